package rewrite

import (
	"math/big"
	"slices"

	"nabla/symbolic"
)

// Rules that shorten what derivatives of normalized and structured things leave behind. Simplify takes each only where
// the result is shorter.
var identityRules = []monomialRule{
	{"inverse of a sum", "(A + B)⁻¹ (A + B) = I", cancelWhole},
	{"sum of a softmax", "Σ softmax(x) = 1", sumSoftmax},
	{"deviations", "Σ (x − mean(x)) = 0", sumDeviations},
	{"relu beside its step", "relu(x) step(x) = relu(x)", absorbStep},
	{"size and sign", "x sign(x) = |x|, and |x| sign(x) = x", joinSign},
	{"powers of one base", "x^(p − 1) x = x^p", joinPowers},
	{"hyperbolic tangent", "sinh(x)/cosh(x) = tanh(x)", quotient("sinh", "cosh", "tanh")},
	{"tangent", "sin(x)/cos(x) = tan(x)", quotient("sin", "cos", "tan")},
}

// cancelWhole applies S⁻¹ S = I to a sum S that stands beside its inverse as one factor.
func cancelWhole(m monomial) *symbolic.Expr {
	for i, f := range m.factors {
		if !f.IsCall("inv") || f.Rank() != 2 || shown(f.Args[0]).Op != symbolic.Sum {
			continue
		}
		for j, s := range m.factors {
			if shown(s) != shown(f.Args[0]) {
				continue
			}
			for side := range 2 { // inv(S)[a,b] S[b,c] and S[c,a] inv(S)[a,b]
				inner, outer, far := m.in[i][side], m.in[i][1-side], m.in[j][side]
				if m.in[j][1-side] == inner && inner != outer && inner != far && m.count(inner) == 2 {
					return m.replace([]int{i, j}, []*symbolic.Expr{m.g.Delta(s.Shape[0])}, []string{string([]byte{outer, far})})
				}
			}
		}
	}
	return nil
}

// alone says that a label occurs once only: its axis is summed, and nothing else has it.
func (m monomial) alone(l byte) bool { return m.count(l) == 1 }

// shown is what a definition of the user stands for, and anything else itself.
func shown(e *symbolic.Expr) *symbolic.Expr {
	for isName(e) {
		e = e.Args[0]
	}
	return e
}

// sumSoftmax drops a softmax that is summed over the axes that it normalizes.
func sumSoftmax(m monomial) *symbolic.Expr {
	for i, f := range m.factors {
		if !f.IsCall("softmax") {
			continue
		}
		k := f.Rank() - f.Par.Core
		over := m.in[i][k:]
		if !slices.ContainsFunc([]byte(over), func(l byte) bool { return !m.alone(l) }) {
			return m.replace([]int{i}, []*symbolic.Expr{m.g.Ones(f.Shape[:k])}, []string{m.in[i][:k]})
		}
	}
	return nil
}

// sumDeviations finds a factor x − μ that is summed along an axis, with μ the mean of x along it.
func sumDeviations(m monomial) *symbolic.Expr {
	for i, f := range m.factors {
		if f.Op != symbolic.Sum || len(f.Args) < 2 {
			continue
		}
		for axis := range f.Rank() {
			if m.alone(m.in[i][axis]) && sumsToZero(meansOpened(f), axis) {
				return m.g.Zero(m.shape)
			}
		}
	}
	return nil
}

// sumsToZero says that the terms of a sum cancel when they are summed along an axis.
func sumsToZero(f *symbolic.Expr, axis int) bool {
	if f.Op != symbolic.Sum {
		return false
	}
	sums := make([]*symbolic.Expr, len(f.Args))
	for k, t := range f.Args {
		sums[k] = f.G.SumAxes(t, axis)
	}
	return f.G.LinearCombination(slices.Delete(slices.Clone(f.Shape), axis, axis+1), f.Coef, sums).IsZero()
}

// meansOpened is a sum with the definitions of lower rank that are repeated in it opened, terms of it multiplied out.
func meansOpened(f *symbolic.Expr) *symbolic.Expr {
	terms := slices.Clone(f.Args)
	for k, t := range terms {
		if t.Op != symbolic.Einsum {
			continue
		}
		args := slices.Clone(t.Args)
		for i, a := range args {
			if a.Op == symbolic.Let && a.Rank() < f.Rank() {
				args[i] = a.Args[0]
			}
		}
		terms[k] = f.G.Einsum(t.In, t.Out, args, t.Shape)
	}
	return f.G.LinearCombination(f.Shape, f.Coef, terms)
}

// absorbStep drops step(x) beside relu(x): it is 1 where that is not 0.
func absorbStep(m monomial) *symbolic.Expr {
	for i, f := range m.factors {
		if !f.IsCall("step") {
			continue
		}
		if r := f.G.Call("relu", f.Args[0]); m.has(r, m.in[i]) {
			return m.replace([]int{i}, nil, nil)
		}
	}
	return nil
}

// joinSign makes |x| of sign(x) beside x, and x of it beside |x|, or beside positive powers of them.
func joinSign(m monomial) *symbolic.Expr {
	for i, f := range m.factors {
		if !f.IsCall("sign") {
			continue
		}
		x := f.Args[0]
		size := m.g.Call("abs", x)
		for _, swap := range [2][2]*symbolic.Expr{{x, size}, {size, x}} {
			p, at := m.powers(swap[0], m.in[i])
			if p.Cmp(big.NewRat(1, 1)) < 0 {
				continue
			}
			rest := m.g.Pow(swap[0], p.Sub(p, big.NewRat(1, 1)))
			return m.replace(append(at, i), []*symbolic.Expr{swap[1], rest}, []string{m.in[i], m.in[i]})
		}
	}
	return nil
}

// joinPowers adds the exponents of x^p, with an expression p, and of a power of x with a number.
func joinPowers(m monomial) *symbolic.Expr {
	for i, f := range m.factors {
		if !f.IsCall("power") {
			continue
		}
		for j, b := range m.factors {
			by := big.NewRat(1, 1)
			if b.IsCall("pow") && b.Args[0] == f.Args[0] {
				by = b.Par.Exp
			} else if b != f.Args[0] {
				continue
			}
			if m.in[i] == m.in[j] {
				p := m.g.Add(f.Args[1], m.g.Scale(by, m.g.Ones(f.Shape)))
				return m.replace([]int{i, j}, []*symbolic.Expr{power(f.Args[0], p)}, []string{m.in[i]})
			}
		}
	}
	return nil
}

// power is x^p, entry by entry; p may be a number.
func power(x, p *symbolic.Expr) *symbolic.Expr {
	if r, ok := p.AsConst(); ok {
		return x.G.Pow(x, r)
	}
	if c, unit := p.AsScaled(); unit.Op == symbolic.Ones {
		return x.G.Pow(x, c)
	}
	return x.G.ApplyParams("power", symbolic.Params{}, x.Shape, x, p)
}

// splitRoot takes a fractional power of a product of numbers that are not negative apart.
func splitRoot(m monomial) *symbolic.Expr {
	for i, f := range m.factors {
		if !f.IsCall("pow") || f.Par.Exp.IsInt() || f.Rank() > 0 || f.Args[0].Op != symbolic.Einsum {
			continue
		}
		p := pattern(f.Args[0])
		if len(p.factors) < 2 || slices.ContainsFunc(p.factors, func(a *symbolic.Expr) bool { return a.Rank() > 0 || !a.Nonnegative() }) {
			continue
		}
		with, in := make([]*symbolic.Expr, len(p.factors)), make([]string, len(p.factors))
		for k, a := range p.factors {
			with[k] = m.g.Pow(a, f.Par.Exp)
		}
		return m.replace([]int{i}, with, in)
	}
	return nil
}

// quotient is above(x)/below(x) = name(x), at one place.
func quotient(above, below, name string) func(monomial) *symbolic.Expr {
	return func(m monomial) *symbolic.Expr {
		for i, a := range m.factors {
			if !a.IsCall(above) {
				continue
			}
			for j, b := range m.factors {
				if b.IsCall("pow") && b.Par.Exp.Sign() < 0 && shown(b.Args[0]).IsCall(below) && shown(b.Args[0]).Args[0] == a.Args[0] && m.in[i] == m.in[j] {
					rest := m.g.Pow(b.Args[0], new(big.Rat).Add(b.Par.Exp, big.NewRat(1, 1)))
					return m.replace([]int{i, j}, []*symbolic.Expr{m.g.Call(name, a.Args[0]), rest}, []string{m.in[i], m.in[i]})
				}
			}
		}
		return nil
	}
}

// invDiagonal is diag(v)⁻¹ = diag(1 ⊘ v).
func invDiagonal(e *symbolic.Expr) *symbolic.Expr {
	if v := diagonalOf(e.Args[0]); v != nil && e.Rank() == 2 {
		return e.G.E("a,ab->ab", e.G.Recip(v), e.G.Delta(e.Shape[0]))
	}
	return nil
}

// detDiagonal is det(diag(v)) = ∏ v.
func detDiagonal(e *symbolic.Expr) *symbolic.Expr {
	v := diagonalOf(e.Args[0])
	if v == nil || e.Rank() > 0 {
		return nil
	}
	if v.Op == symbolic.Ones {
		return v.G.Int(1)
	}
	p, err := e.G.Apply(e.G.Lib.Lookup("prod"), symbolic.In{Args: []*symbolic.Expr{v}})
	if err != nil {
		return nil
	}
	return p
}

// logdetDiagonal is logdet(diag(v)) = Σ log v for a positive v.
func logdetDiagonal(e *symbolic.Expr) *symbolic.Expr {
	if v := diagonalOf(e.Args[0]); v != nil && e.Rank() == 0 && v.Positive() {
		return e.G.SumAxes(e.G.Call("log", v), 0)
	}
	return nil
}

// diagonalOf is v where e is the matrix diag(v), else nil.
func diagonalOf(e *symbolic.Expr) *symbolic.Expr {
	if e.Op == symbolic.Delta {
		return e.G.Ones(e.Shape[:1])
	}
	if e.Op == symbolic.Sum && len(e.Args) == 1 {
		if v := diagonalOf(e.Args[0]); v != nil {
			return e.G.Scale(e.Coef[0], v)
		}
	}
	if e.Op != symbolic.Einsum || e.Rank() != 2 || e.Out[0] == e.Out[1] {
		return nil
	}
	for k, a := range e.Args {
		if a.Op != symbolic.Delta || e.In[k] != e.Out && (e.In[k][0] != e.Out[1] || e.In[k][1] != e.Out[0]) {
			continue
		}
		// δ[a,b] times factors that have a or b: on the diagonal both are one.
		in, args := make([]string, 0, len(e.Args)), make([]*symbolic.Expr, 0, len(e.Args))
		for j, f := range e.Args {
			if j != k {
				in, args = append(in, renamed(e.In[j], e.Out[1], e.Out[0])), append(args, f)
			}
		}
		return e.G.Einsum(in, e.Out[:1], args, e.Shape[:1])
	}
	return nil
}

func renamed(in string, from, to byte) string {
	b := []byte(in)
	for i := range b {
		if b[i] == from {
			b[i] = to
		}
	}
	return string(b)
}

// joinDiagonals is diag(a) + diag(b) = diag(a + b).
func joinDiagonals(e *symbolic.Expr) *symbolic.Expr {
	if e.Rank() != 2 || len(e.Args) < 2 {
		return nil
	}
	vs := make([]*symbolic.Expr, len(e.Args))
	for i, t := range e.Args {
		if vs[i] = diagonalOf(t); vs[i] == nil {
			return nil
		}
	}
	v := e.G.LinearCombination(e.Shape[:1], e.Coef, vs)
	return e.G.E("a,ab->ab", v, e.G.Delta(e.Shape[0]))
}

// whereMask is where(c, 1, 0) = c for a comparison c.
func whereMask(e *symbolic.Expr) *symbolic.Expr {
	if isMask(e.Args[0]) && e.Args[1].Op == symbolic.Ones && e.Args[2].IsZero() {
		return e.Args[0]
	}
	return nil
}

// isMask says that every entry of e is 0 or 1: it is a comparison.
func isMask(e *symbolic.Expr) bool {
	return e.Op == symbolic.Call && slices.Contains([]string{"lt", "le", "gt", "ge", "eq", "ne"}, e.Fn.Name)
}

// whereBySign is where(c, a, b) = sign(c)² ⊙ a + (1 − sign(c)²) ⊙ b: what is not 0 holds.
func whereBySign(e *symbolic.Expr) *symbolic.Expr {
	c, g := e.Args[0], e.G
	if !c.Shape.Equal(e.Shape) {
		return nil
	}
	s := g.Call("sign", c)
	holds := g.Hadamard(s, s)
	return g.Add(g.Hadamard(holds, e.Args[1]), g.Hadamard(g.Sub(g.Ones(c.Shape), holds), e.Args[2]))
}

// squareMask is c² = c for two equal comparisons at one place.
func squareMask(m monomial) *symbolic.Expr {
	for i, f := range m.factors {
		if !isMask(f) {
			continue
		}
		for j := i + 1; j < len(m.factors); j++ {
			if m.factors[j] == f && m.in[j] == m.in[i] {
				return m.replace([]int{j}, nil, nil)
			}
		}
	}
	return nil
}

// powerSum is x^(p + q) = x^p x^q for an exponent that is a sum.
func powerSum(e *symbolic.Expr) *symbolic.Expr {
	x, p := e.Args[0], e.Args[1]
	if p.Op != symbolic.Sum || len(p.Args) < 2 {
		return nil
	}
	fs := make([]*symbolic.Expr, len(p.Args))
	for i, t := range p.Args {
		fs[i] = power(x, e.G.Scale(p.Coef[i], t))
	}
	return e.G.Hadamard(fs...)
}

// joinCases is c ⊙ a + (1 − c) ⊙ b = where(c, a, b) for a comparison c.
func joinCases(e *symbolic.Expr) *symbolic.Expr {
	for i, s := range e.Args {
		m := open(s)
		for k, c := range m.factors {
			if !isMask(c) || m.in[k] != m.out {
				continue
			}
			not := e.G.Sub(e.G.Ones(c.Shape), c)
			for j, t := range e.Args {
				n := open(t)
				at := slices.Index(n.factors, not)
				if j == i || at < 0 || n.in[at] != n.out {
					continue
				}
				a, b := e.G.Scale(e.Coef[i], m.replace([]int{k}, nil, nil)), e.G.Scale(e.Coef[j], n.replace([]int{at}, nil, nil))
				rest := e.G.Sub(e, e.G.LinearCombination(e.Shape, []*big.Rat{e.Coef[i], e.Coef[j]}, []*symbolic.Expr{s, t}))
				return e.G.Add(rest, e.G.ApplyParams("where", symbolic.Params{Core: e.Rank()}, e.Shape, c, a, b))
			}
		}
	}
	return nil
}

// asKronecker splits A ⊗ B of square matrices.
func asKronecker(e *symbolic.Expr) (a, b *symbolic.Expr) {
	if !e.IsCall("reshape") || e.Rank() != 2 {
		return nil, nil
	}
	p := e.Args[0]
	if p.Op != symbolic.Einsum || p.Rank() != 4 || len(p.Args) != 2 {
		return nil, nil
	}
	out := []string{string([]byte{p.Out[0], p.Out[2]}), string([]byte{p.Out[1], p.Out[3]})}
	var parts [2]*symbolic.Expr
	for k, a := range p.Args {
		for side, o := range out {
			switch {
			case p.In[k] == o:
				parts[side] = a
			case a.Rank() == 2 && p.In[k] == o[1:]+o[:1]:
				parts[side] = e.G.Transpose(a)
			}
		}
	}
	a, b = parts[0], parts[1]
	if a == nil || b == nil || !e.G.Dims.Same(a.Shape[0], a.Shape[1]) || !e.G.Dims.Same(b.Shape[0], b.Shape[1]) || !p.Shape[:2].Equal(p.Shape[2:]) {
		return nil, nil
	}
	return a, b
}

// invKronecker is (A ⊗ B)⁻¹ = A⁻¹ ⊗ B⁻¹.
func invKronecker(e *symbolic.Expr) *symbolic.Expr {
	a, b := asKronecker(e.Args[0])
	if a == nil {
		return nil
	}
	k, err := e.G.Apply(e.G.Lib.Lookup("kron"), symbolic.In{Args: []*symbolic.Expr{e.G.Call("inv", a), e.G.Call("inv", b)}})
	if err != nil {
		return nil
	}
	return k
}

// detKronecker is det(A ⊗ B) = det(A)^n det(B)^m for A with m rows and B with n.
func detKronecker(e *symbolic.Expr) *symbolic.Expr {
	a, b := asKronecker(e.Args[0])
	if a == nil {
		return nil
	}
	g := e.G
	return g.Times(power(g.Call("det", a), g.DimSize(b.Shape[0])), power(g.Call("det", b), g.DimSize(a.Shape[0])))
}

// unfoldKronecker is the entries of A ⊗ B, of its transpose or of its inverse, on the four axes that it merged:
// reshape(A ⊗ B, m, n, m, n)[i,j,k,l] = A[i,k] B[j,l].
func unfoldKronecker(e *symbolic.Expr) *symbolic.Expr {
	if e.Rank() != 4 || e.Args[0].Rank() != 2 {
		return nil
	}
	c, x := e.Args[0].AsScaled()
	m := open(x)
	matrix := -1
	for i, f := range m.factors {
		switch {
		case f.Rank() == 0:
		case f.Rank() == 2 && matrix < 0 && len(m.out) == 2 && (m.in[i] == m.out || m.in[i] == m.out[1:]+m.out[:1]):
			matrix = i
		default:
			return nil
		}
	}
	if matrix < 0 {
		return nil
	}
	f := m.factors[matrix]
	inverse := f.IsCall("inv")
	if inverse {
		f = f.Args[0]
	}
	a, b := asKronecker(f)
	if a == nil || !e.Shape.Equal(slices.Concat(a.Shape[:1], b.Shape[:1], a.Shape[:1], b.Shape[:1])) {
		return nil
	}
	if inverse {
		a, b = e.G.Call("inv", a), e.G.Call("inv", b)
	}
	in := []string{"ac", "bd"}
	if m.in[matrix] != m.out {
		in = []string{"ca", "db"}
	}
	args := []*symbolic.Expr{a, b}
	for _, f := range m.factors {
		if f.Rank() == 0 {
			in, args = append(in, ""), append(args, f)
		}
	}
	return e.G.Scale(c, e.G.Einsum(in, "abcd", args, e.Shape))
}

// detInverse is det(A⁻¹) = 1/det(A).
func detInverse(e *symbolic.Expr) *symbolic.Expr {
	if a := e.Args[0]; a.IsCall("inv") && e.Rank() == 0 {
		return e.G.Recip(e.G.Call("det", a.Args[0]))
	}
	return nil
}

// logdetInverse is logdet(A⁻¹) = −logdet(A).
func logdetInverse(e *symbolic.Expr) *symbolic.Expr {
	if a := e.Args[0]; a.IsCall("inv") && e.Rank() == 0 {
		return e.G.Neg(e.G.Call("logdet", a.Args[0]))
	}
	return nil
}

// detMultiple is det(c A) = c^n det(A) for a number c.
func detMultiple(e *symbolic.Expr) *symbolic.Expr {
	c, a := e.Args[0].AsScaled()
	if a == e.Args[0] || e.Rank() > 0 {
		return nil
	}
	return e.G.Times(power(e.G.Const(c), e.G.DimSize(a.Shape[0])), e.G.Call("det", a))
}
