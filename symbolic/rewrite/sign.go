package rewrite

import (
	"math/big"
	"slices"

	"nabla/symbolic"
)

// What has kinks and jumps (abs, relu, step, max, comparisons, where) is written by sign, whose algebra holds at the
// kinks too: sign³ = sign, x sign(x)² = x, sign(x y) = sign(x) sign(y), sign(−x) = −sign(x), each with sign(0) = 0.

// signRules rewrite a call of sign.
var signRules = []symbolic.Rule{
	{Name: "sign of a multiple", Doc: "sign(c x) = ±sign(x), by the sign of c", Apply: signMultiple},
	{Name: "sign of a positive", Doc: "sign(x) = 1 where x is positive", Apply: signPositive},
	{Name: "sign of a sign", Doc: "sign(sign(x)) = sign(x)", Apply: signSign},
	{Name: "sign of a product", Doc: "sign(x y) = sign(x) sign(y)", Apply: signProduct},
	{Name: "sign of a common factor", Doc: "sign(c x + c y) = sign(c) sign(x + y)", Apply: signCommon},
	{Name: "sign by cases", Doc: "sign(x + sign(x) y) = (s² + s)/2 sign(x + y) + (1 − s²) sign(x) + (s² − s)/2 sign(x − y) with s = sign(x)", Apply: signCases},
}

// signMultiple takes the number out of sign(c x). Of a sum, c is its content.
func signMultiple(e *symbolic.Expr) *symbolic.Expr {
	x := e.Args[0]
	if x.Op != symbolic.Sum || len(x.Args) == 0 {
		return nil
	}
	c := content(x)
	if negative(x) {
		return e.G.Neg(e.G.Call("sign", e.G.Scale(new(big.Rat).Neg(new(big.Rat).Inv(c)), x)))
	}
	if c.Cmp(big.NewRat(1, 1)) != 0 {
		return e.G.Call("sign", e.G.Scale(new(big.Rat).Inv(c), x))
	}
	return nil
}

func signPositive(e *symbolic.Expr) *symbolic.Expr {
	switch x := e.Args[0]; {
	case x.Positive():
		return e.G.Ones(e.Shape)
	case x.IsZero():
		return x
	}
	return nil
}

func signSign(e *symbolic.Expr) *symbolic.Expr {
	if e.Args[0].IsCall("sign") {
		return e.Args[0]
	}
	return nil
}

// signProduct takes a product apart that sums over nothing.
func signProduct(e *symbolic.Expr) *symbolic.Expr {
	x := e.Args[0]
	if !pointwise(x) {
		return nil
	}
	signs := make([]*symbolic.Expr, len(x.Args))
	for i, f := range x.Args {
		signs[i] = f // of a Delta it is itself
		if f.Op != symbolic.Delta {
			signs[i] = e.G.Call("sign", f)
		}
	}
	return e.G.Einsum(x.In, x.Out, signs, x.Shape)
}

// signCommon takes a factor that every term of a sum has out of its sign.
func signCommon(e *symbolic.Expr) *symbolic.Expr {
	x := e.Args[0]
	if x.Op != symbolic.Sum || len(x.Args) < 2 {
		return nil
	}
	l := symbolic.Labels(x.Rank())
	first := open(x.Args[0])
	for k, f := range first.factors {
		if f.Op == symbolic.Delta || !within(first.in[k], first.out) {
			continue
		}
		at := onto(first.in[k], first.out, l)
		terms := make([]*symbolic.Expr, len(x.Args))
		for i, t := range x.Args {
			if terms[i] = withoutFactor(open(t), f, at, l); terms[i] == nil {
				break
			}
		}
		if !slices.Contains(terms, nil) {
			rest := e.G.LinearCombination(x.Shape, x.Coef, terms)
			return e.G.Einsum([]string{at, l}, l, []*symbolic.Expr{e.G.Call("sign", f), e.G.Call("sign", rest)}, e.Shape)
		}
	}
	return nil
}

// withoutFactor is a product without the factor f that it has at some axes of the result; nil where it has none.
func withoutFactor(m monomial, f *symbolic.Expr, at, l string) *symbolic.Expr {
	for k, g := range m.factors {
		if g == f && within(m.in[k], m.out) && onto(m.in[k], m.out, l) == at {
			return m.replace([]int{k}, nil, nil)
		}
	}
	return nil
}

// signCases is sign(f) = p sign(f₊) + (1 − s²) sign(f₀) + n sign(f₋) for an f with s = sign(x) among its factors, where
// p = (s² + s)/2, n = (s² − s)/2, and f₊, f₀, f₋ are f with 1, 0 and −1 for s.
func signCases(e *symbolic.Expr) *symbolic.Expr {
	f := e.Args[0]
	s, at := signWithin(f)
	if s == nil {
		return nil
	}
	g := e.G
	place := g.Einsum([]string{at}, symbolic.Labels(f.Rank()), []*symbolic.Expr{s}, f.Shape)
	square := g.Hadamard(place, place)
	half := big.NewRat(1, 2)
	cases := []*symbolic.Expr{
		g.Scale(half, g.Add(square, place)),
		g.Sub(g.Ones(f.Shape), square),
		g.Scale(half, g.Sub(square, place)),
	}
	terms := make([]*symbolic.Expr, len(cases))
	for i, value := range []int64{1, 0, -1} {
		terms[i] = g.Hadamard(cases[i], g.Call("sign", withSign(f, s, at, value)))
	}
	return g.Sum(f.Shape, terms...)
}

// casesLimit bounds the terms of a sum that is looked at case by case.
const casesLimit = 6

// signWithin finds a sign(x) that is a factor of a term of a sum, and which axes of the sum it has.
func signWithin(f *symbolic.Expr) (s *symbolic.Expr, at string) {
	if f.Op != symbolic.Sum || len(f.Args) > casesLimit {
		return nil, ""
	}
	for _, t := range f.Args {
		m := open(t)
		for k, x := range m.factors {
			if x.IsCall("sign") && within(m.in[k], m.out) {
				return x, onto(m.in[k], m.out, symbolic.Labels(len(m.out)))
			}
		}
	}
	return nil, ""
}

// withSign is a sum with a number in the place of a factor s at some axes; where it is 0, the argument of s is 0 too.
func withSign(f, s *symbolic.Expr, at string, value int64) *symbolic.Expr {
	terms := make([]*symbolic.Expr, len(f.Args))
	for i, t := range f.Args {
		m := open(t)
		l := symbolic.Labels(len(m.out))
		var drop []int
		c := int64(1)
		for k, x := range m.factors {
			if within(m.in[k], m.out) && onto(m.in[k], m.out, l) == at {
				switch {
				case x == s:
					drop, c = append(drop, k), c*value
				case x == s.Args[0] && value == 0:
					c = 0
				}
			}
		}
		terms[i] = f.G.Scale(big.NewRat(c, 1), m.replace(drop, nil, nil))
	}
	return f.G.LinearCombination(f.Shape, f.Coef, terms)
}

// signPowers writes powers of sign(x): sign³ = sign, 1/sign = sign where it has a value; sign² = sign for an x that is
// not negative.
func signPowers(m monomial) *symbolic.Expr {
	for i, f := range m.factors {
		if f.IsCall("pow") && f.Args[0].IsCall("sign") && f.Par.Exp.IsInt() {
			s := f.Args[0]
			if f.Par.Exp.Num().Bit(0) == 0 {
				s = m.g.Hadamard(s, s)
			}
			return m.replace([]int{i}, []*symbolic.Expr{s}, []string{m.in[i]})
		}
		if !f.IsCall("sign") {
			continue
		}
		if p := f.Args[0]; p.IsCall("pow") && p.Par.Exp.IsInt() && m.has(p, m.in[i]) {
			s := m.g.Call("sign", p.Args[0]) // 1/x sign(1/x) has no value at 0
			return m.replace([]int{i}, []*symbolic.Expr{s}, []string{m.in[i]})
		}
		if same := m.same(i); len(same) > 2 {
			return m.replace(same[:2], nil, nil)
		} else if len(same) == 2 && f.Args[0].Nonnegative() {
			return m.replace(same[:1], nil, nil)
		}
	}
	return nil
}

// has says that a factor stands at a place.
func (m monomial) has(f *symbolic.Expr, in string) bool {
	for k, h := range m.factors {
		if h == f && m.in[k] == in {
			return true
		}
	}
	return false
}

// same lists the factors that are the i-th, at the same place.
func (m monomial) same(i int) []int {
	var out []int
	for k, f := range m.factors {
		if f == m.factors[i] && m.in[k] == m.in[i] {
			out = append(out, k)
		}
	}
	return out
}

// absorbSign applies x sign(x)² = x, and x sign(x) = x for an x that is not negative; of a sum x = t + rest to its leading
// term: t sign(x)² = t + rest − rest sign(x)². Beside a power of x it does the same.
func absorbSign(m monomial) *symbolic.Expr {
	for i, f := range m.factors {
		if !f.IsCall("sign") {
			continue
		}
		x := f.Args[0]
		signs := m.same(i)
		if len(signs) != 2 && !x.Nonnegative() {
			continue
		}
		for k, p := range m.factors {
			if m.in[k] == m.in[i] && (p == x || p.IsCall("pow") && p.Args[0] == x) {
				return m.replace(signs, nil, nil)
			}
		}
		coef, t, rest := splitLeading(x)
		if t == nil {
			continue
		}
		hit, at, ok := m.find(t, []byte(m.in[i]), signs)
		if !ok {
			continue
		}
		if rest == nil {
			return m.replace(signs, nil, nil)
		}
		drop := slices.Concat(hit, signs)
		squares, in := m.pick(signs)
		whole := m.replace(drop, []*symbolic.Expr{x}, []string{string(at)})
		other := m.replace(drop, append(squares, rest), append(in, string(at)))
		return m.g.Scale(new(big.Rat).Inv(coef), m.g.Sub(whole, other))
	}
	return nil
}

// pick is some factors and their labels.
func (m monomial) pick(at []int) (factors []*symbolic.Expr, in []string) {
	for _, k := range at {
		factors, in = append(factors, m.factors[k]), append(in, m.in[k])
	}
	return factors, in
}

// rootOfSquare is (x²)^r = |x|^(2r), and so for every factor of a product that stands there an even number of times and
// where 2r times that is whole. Nil where nothing is a square.
func rootOfSquare(e *symbolic.Expr) *symbolic.Expr {
	x, r := e.Args[0].Body(), e.Par.Exp
	if r.IsInt() || !pointwise(x) {
		if x.IsCall("pow") {
			base, s := x.Args[0], x.Par.Exp
			if total := new(big.Rat).Mul(s, r); s.IsInt() && s.Num().Bit(0) == 0 && !r.IsInt() && total.IsInt() {
				return e.G.Pow(e.G.Call("abs", base), total)
			}
		}
		return nil
	}
	m := open(x)
	outside, rest := monomial{g: e.G, out: m.out, shape: m.shape}, monomial{g: e.G, out: m.out, shape: m.shape}
	for i := range m.factors {
		same := m.same(i)
		if same[0] != i || m.factors[i].Op == symbolic.Delta {
			if m.factors[i].Op == symbolic.Delta {
				return nil
			}
			continue
		}
		total := new(big.Rat).Mul(r, big.NewRat(int64(len(same)), 1))
		if len(same)%2 == 0 && total.IsInt() {
			outside.factors, outside.in = append(outside.factors, e.G.Pow(e.G.Call("abs", m.factors[i]), total)), append(outside.in, m.in[i])
			continue
		}
		factors, in := m.pick(same)
		rest.factors, rest.in = append(rest.factors, factors...), append(rest.in, in...)
	}
	if len(outside.factors) == 0 {
		return nil
	}
	root := e.G.Pow(rest.replace(nil, nil, nil), r)
	return outside.replace(nil, []*symbolic.Expr{root}, []string{m.out})
}

// angleSum opens sin(a + b) or cos(a + b), and so those of whole multiples.
func angleSum(name string) func(*symbolic.Expr) *symbolic.Expr {
	return func(e *symbolic.Expr) *symbolic.Expr {
		first, rest := splitAngle(e.Args[0])
		if first == nil {
			return nil
		}
		g := e.G
		both := func(f, h string) *symbolic.Expr { return g.Hadamard(g.Call(f, first), g.Call(h, rest)) }
		if name == "sin" {
			return g.Add(both("sin", "cos"), both("cos", "sin"))
		}
		return g.Sub(both("cos", "cos"), both("sin", "sin"))
	}
}

// angleLimit bounds the multiples of an angle that are opened.
const angleLimit = 4

// splitAngle is an angle as a sum: a + b, or 3a as a + 2a; nil where it is none.
func splitAngle(x *symbolic.Expr) (first, rest *symbolic.Expr) {
	if x.Op != symbolic.Sum || len(x.Args) == 0 || len(x.Args) > 3 {
		return nil, nil
	}
	c, one := x.Coef[0], big.NewRat(1, 1)
	unit := new(big.Rat).SetFrac(big.NewInt(1), c.Denom())
	n := new(big.Int).Abs(c.Num())
	if len(x.Args) == 1 {
		if n.Cmp(one.Num()) == 0 || n.Cmp(big.NewInt(angleLimit)) > 0 {
			return nil, nil
		}
		if c.Sign() < 0 {
			unit.Neg(unit)
		}
		first = x.G.Scale(unit, x.Args[0])
	} else {
		first = x.G.Scale(c, x.Args[0])
	}
	return first, x.G.Sub(x, first)
}
