package rewrite

import (
	"math/big"
	"slices"

	"nabla/symbolic"
)

// A monomialRule rewrites one product; apply returns nil where the rule does not fit. The first that fits wins.
type monomialRule struct {
	name  string
	doc   string
	apply func(m monomial) *symbolic.Expr
}

// Filled in init: the rules call the normalizer, which reads the table.
var monomialRules []monomialRule

func init() {
	monomialRules = []monomialRule{
		{"inverse", "A⁻¹ A = I; for a sum A + B the largest term: (A + B)⁻¹ A = I − (A + B)⁻¹ B", cancelInverse},
		{"denominator", "a/(a + b) = 1 − b/(a + b), and Σ a / Σ a = 1", cancelDenominator},
		{"partial fractions", "1/(a (a + 1)) = 1/a − 1/(a + 1)", partialFractions},
		{"Pythagoras", "sin² = 1 − cos²", square("sin", func(x *symbolic.Expr) *symbolic.Expr {
			c := x.G.Call("cos", x)
			return x.G.Sub(x.G.Ones(x.Shape), x.G.Hadamard(c, c))
		})},
		{"step", "step² = step", square("step", func(x *symbolic.Expr) *symbolic.Expr { return x.G.Call("step", x) })},
		{"powers of a sign", "sign(x)³ = sign(x); sign(x)² = sign(x) for x ≥ 0", signPowers},
		{"sign beside its argument", "x sign(x)² = x; x sign(x) = x for x ≥ 0", absorbSign},
		{"mask", "c² = c for a comparison c", squareMask},
		{"root of a product", "(a b)^r = a^r b^r for a, b ≥ 0", splitRoot},
		{"fact", "a declared equation, such as sum(y) = 1", applyEquation},
		{"orthogonal", "QᵀQ = I for a declared orthogonal Q", cancelOrthogonal},
		{"merged axes", "(A ⊗ C) (B ⊗ D) = (A B) ⊗ (C D)", unmerge},
		{"diagonal", "A[i,j] = δ[i,j] A[i,i] for a declared diagonal A", splitDiagonal},
		{"equation for a δ at a place", "Σₙ δ[i, k+n−1] w[n] adds w up at i = k+n−1", sumByEquations},
		{"symmetric", "axes that may be swapped are written in one order", orderSymmetric},
	}
}

// callRules rewrite one call.
var callRules = map[string][]symbolic.Rule{
	"exp": {
		{Name: "exponential of a sum", Doc: "exp(2a + b) = exp(a)² exp(b)", Apply: expSum},
		{Name: "exp log", Doc: "exp(log x) = x", Apply: opposite("log")},
	},
	"log": {
		{Name: "log exp", Doc: "log(exp x) = x", Apply: opposite("exp")},
		{Name: "logarithm of a product", Doc: "log(a b) = log a + log b where a is positive", Apply: logProduct},
		{Name: "logarithm of a quotient", Doc: "log(1 + 1/b) = log(b + 1) − log(b) where b is positive", Apply: logQuotient},
	},
	"inv": {
		{Name: "inverse of an inverse", Doc: "(A⁻¹)⁻¹ = A", Apply: opposite("inv")},
		{Name: "inverse of a multiple", Doc: "(c A)⁻¹ = c⁻¹ A⁻¹", Apply: invScaled},
		{Name: "inverse of a transpose", Doc: "(Aᵀ)⁻¹ = (A⁻¹)ᵀ", Apply: invTransposed},
		{Name: "inverse of a product", Doc: "(A B)⁻¹ = B⁻¹ A⁻¹ for square A, B", Apply: invProduct},
		{Name: "inverse of a diagonal", Doc: "diag(v)⁻¹ = diag(1 ⊘ v)", Apply: invDiagonal},
		{Name: "inverse of a Kronecker product", Doc: "(A ⊗ B)⁻¹ = A⁻¹ ⊗ B⁻¹ for square A, B", Apply: invKronecker},
		{Name: "inverse of an orthogonal matrix", Doc: "Q⁻¹ = Qᵀ for a declared orthogonal Q", Apply: func(e *symbolic.Expr) *symbolic.Expr {
			if e.Rank() == 2 && orthogonal(e.Args[0]) {
				return e.G.Transpose(e.Args[0])
			}
			return nil
		}},
		{Name: "inverse of the identity", Doc: "I⁻¹ = I", Apply: func(e *symbolic.Expr) *symbolic.Expr {
			if e.Args[0].Op == symbolic.Delta {
				return e.Args[0]
			}
			return nil
		}},
	},
	"gather": {{Name: "places of single axes", Doc: "X[n, i+u] = X[n][i+u]: it maps over axes along which nothing moves", Apply: mapPlaces}},
	"scatter": {
		{Name: "places of single axes", Doc: "X[n, i+u] = X[n][i+u]: it maps over axes along which nothing moves", Apply: mapPlaces},
		{Name: "equations for δ", Doc: "Σₖₘ at j = k+m−1 of δ[i,k] w[m] is Σₖₘ at i = k, j = k+m−1 of w[m]", Apply: scatterByEquations},
		{Name: "order of places", Doc: "axes and indices of what is added up at places are written in one order", Apply: orderPlaces},
	},
	"reshape": {
		{Name: "identity of merged axes", Doc: "eye(n) ⊗ eye(m) = eye(n m)", Apply: identityOfMerged},
		{Name: "reshape of a sum", Doc: "reshape(x + y) = reshape(x) + reshape(y)", Apply: reshapeSum},
		{Name: "entries of a Kronecker product", Doc: "reshape(A ⊗ B, m, n, m, n)[i,j,k,l] = A[i,k] B[j,l] for square A, B", Apply: unfoldKronecker},
	},
	"step": {
		{Name: "step of a multiple", Doc: "step(c x) = step(x) for c > 0", Apply: stepMultiple},
		{Name: "step of a positive", Doc: "step(x) = 1 where x is positive", Apply: func(e *symbolic.Expr) *symbolic.Expr {
			if e.Args[0].Positive() {
				return e.G.Ones(e.Shape)
			}
			return nil
		}},
	},
	"abs":   {{Name: "absolute value of what is not negative", Doc: "|x| = x where x is nowhere negative", Apply: notNegative}},
	"relu":  {{Name: "relu of what is not negative", Doc: "relu(x) = x where x is nowhere negative", Apply: notNegative}},
	"sign":  signRules,
	"where": {{Name: "cases by a mask", Doc: "where(c, a, b) = sign(c)² ⊙ a + (1 − sign(c)²) ⊙ b", Apply: whereBySign}},
	"power": {{Name: "power of a sum", Doc: "x^(p + q) = x^p x^q", Apply: powerSum}},
	"erf":   {{Name: "odd", Doc: "erf(−x) = −erf x", Apply: parity("erf", -1)}},
	"asin":  {{Name: "odd", Doc: "asin(−x) = −asin x", Apply: parity("asin", -1)}},
	"atan":  {{Name: "odd", Doc: "atan(−x) = −atan x", Apply: parity("atan", -1)}},
	"asinh": {{Name: "odd", Doc: "asinh(−x) = −asinh x", Apply: parity("asinh", -1)}},
	"atanh": {{Name: "odd", Doc: "atanh(−x) = −atanh x", Apply: parity("atanh", -1)}},
	"cos": {
		{Name: "even", Doc: "cos(−x) = cos x", Apply: parity("cos", 1)},
		{Name: "cosine of a sum", Doc: "cos(a + b) = cos a cos b − sin a sin b; 2a is a + a", Apply: angleSum("cos")},
	},
	"sin": {
		{Name: "odd", Doc: "sin(−x) = −sin x", Apply: parity("sin", -1)},
		{Name: "sine of a sum", Doc: "sin(a + b) = sin a cos b + cos a sin b; 2a is a + a", Apply: angleSum("sin")},
	},
	"det": {
		{Name: "determinant of a diagonal", Doc: "det(diag(v)) = ∏ v", Apply: detDiagonal},
		{Name: "determinant of a Kronecker product", Doc: "det(A ⊗ B) = det(A)^n det(B)^m for A with m rows and B with n", Apply: detKronecker},
		{Name: "determinant of an inverse", Doc: "det(A⁻¹) = 1/det A", Apply: detInverse},
		{Name: "determinant of a multiple", Doc: "det(c A) = c^n det A for A with n rows", Apply: detMultiple},
		{Name: "determinant of a transpose", Doc: "det Aᵀ = det A", Apply: ofTranspose},
		{Name: "determinant of a product", Doc: "det(A B) = det A det B for square A, B", Apply: ofProduct(func(a, b *symbolic.Expr) *symbolic.Expr {
			return a.G.Times(a, b)
		})},
	},
	"logdet": {
		{Name: "log determinant of a diagonal", Doc: "logdet(diag(v)) = Σ log v for a positive v", Apply: logdetDiagonal},
		{Name: "log determinant of a Kronecker product", Doc: "logdet(A ⊗ B) = n logdet(A) + m logdet(B) for A with m rows and B with n", Apply: logdetKronecker},
		{Name: "log determinant of an inverse", Doc: "logdet(A⁻¹) = −logdet A", Apply: logdetInverse},
		{Name: "log determinant of a transpose", Doc: "logdet Aᵀ = logdet A", Apply: ofTranspose},
		{Name: "log determinant of a product", Doc: "logdet(A B) = logdet A + logdet B for square A, B", Apply: ofProduct(func(a, b *symbolic.Expr) *symbolic.Expr {
			return a.G.Add(a, b)
		})},
	},
}

// leading is the term of a sum by which the others are expressed: the one with most factors, then the last made.
func leading(s *symbolic.Expr) int {
	best := -1
	for i, t := range s.Args {
		if t.Op == symbolic.Ones || t.Op == symbolic.Const || t.Op == symbolic.Delta {
			continue
		}
		if best < 0 || heavier(t, s.Args[best]) {
			best = i
		}
	}
	return best
}

func heavier(a, b *symbolic.Expr) bool {
	if x, y := len(pattern(a).factors), len(pattern(b).factors); x != y {
		return x > y
	}
	return a.ID > b.ID
}

// cancelInverse applies S⁻¹ t to a factor inv(S), where t is S itself or its leading term.
func cancelInverse(m monomial) *symbolic.Expr {
	for i, f := range m.factors {
		if !f.IsCall("inv") || f.Rank() != 2 {
			continue
		}
		s := f.Args[0]
		coef, t, rest := splitLeading(s)
		if t == nil {
			continue
		}
		for _, side := range [2]int{1, 0} { // inv(S)[a,b] t[b,c], then t[c,a] inv(S)[a,b]
			inner, outer := m.in[i][side], m.in[i][1-side]
			if inner == outer || m.count(inner) != 2 {
				continue
			}
			bound := []byte{inner, 0}
			if side == 0 {
				bound = []byte{0, inner}
			}
			hit, at, ok := m.findMatrix(t, bound, []int{i})
			if !ok || at[0] == at[1] {
				continue
			}
			far := at[side]
			drop := append(slices.Clone(hit), i)
			id := m.replace(drop, []*symbolic.Expr{m.g.Delta(s.Shape[0])}, []string{string([]byte{outer, far})})
			return subtractRest(m, id, coef, rest, drop, f, m.in[i], string(at))
		}
	}
	return nil
}

// findMatrix is find for a matrix t; a symmetric one may stand the other way round.
func (m monomial) findMatrix(t *symbolic.Expr, bound []byte, used []int) (hit []int, at []byte, ok bool) {
	if hit, at, ok = m.find(t, bound, used); ok || !symbolic.Symmetric(t) {
		return hit, at, ok
	}
	if hit, at, ok = m.find(t, []byte{bound[1], bound[0]}, used); ok {
		slices.Reverse(at)
	}
	return hit, at, ok
}

// splitLeading writes s as coef·t + rest; rest is nil where s is one term.
func splitLeading(s *symbolic.Expr) (coef *big.Rat, t, rest *symbolic.Expr) {
	c, inner := s.AsScaled()
	if inner.Op != symbolic.Sum {
		return c, inner, nil
	}
	k := leading(inner)
	if k < 0 {
		return nil, nil, nil
	}
	t = inner.Args[k]
	rest = s.G.Sub(inner, s.G.Scale(inner.Coef[k], t))
	return inner.Coef[k], t, rest
}

// subtractRest is (id − f·rest)/coef in the place of f·t.
func subtractRest(m monomial, id *symbolic.Expr, coef *big.Rat, rest *symbolic.Expr, drop []int, f *symbolic.Expr, fin, at string) *symbolic.Expr {
	inv := new(big.Rat).Inv(coef)
	if rest == nil {
		return m.g.Scale(inv, id)
	}
	other := m.replace(drop, []*symbolic.Expr{f, rest}, []string{fin, at})
	return m.g.Scale(inv, m.g.Sub(id, other))
}

// cancelDenominator applies t S^r = S^(r+1) − rest S^r, for r ≤ −1, to a factor S^r.
func cancelDenominator(m monomial) *symbolic.Expr {
	for i, f := range m.factors {
		if !f.IsCall("pow") || f.Par.Exp.Cmp(big.NewRat(-1, 1)) > 0 {
			continue
		}
		coef, t, rest := denominator(f.Args[0])
		if t == nil {
			continue
		}
		hit, at, ok := m.find(t, []byte(m.in[i]), []int{i})
		if !ok {
			continue
		}
		drop := append(slices.Clone(hit), i)
		up := m.g.Pow(f.Args[0], new(big.Rat).Add(f.Par.Exp, big.NewRat(1, 1)))
		id := m.replace(drop, []*symbolic.Expr{up}, []string{m.in[i]})
		return subtractRest(m, id, coef, rest, drop, f, m.in[i], string(at))
	}
	return nil
}

// denominator is splitLeading, and a product with sums over axes as a whole: in others the
// factors cancel one by one.
func denominator(s *symbolic.Expr) (coef *big.Rat, t, rest *symbolic.Expr) {
	switch {
	case s.Op == symbolic.Sum:
		return splitLeading(s)
	case s.Op == symbolic.Einsum && !pointwise(s):
		return big.NewRat(1, 1), s, nil
	}
	return nil, nil, nil
}

// partialFractions applies t^−1 S^r = (t^−1 S^(r+1) − k S^r)/c to S = k t + c with a number c, for r ≤ −1.
func partialFractions(m monomial) *symbolic.Expr {
	for i, f := range m.factors {
		if !f.IsCall("pow") || f.Par.Exp.Cmp(big.NewRat(-1, 1)) > 0 || f.Args[0].Op != symbolic.Sum {
			continue
		}
		coef, t, rest := splitLeading(f.Args[0])
		if t == nil || rest == nil {
			continue
		}
		c, unit := rest.AsScaled()
		if unit.Op == symbolic.Const {
			c = unit.Val
		} else if unit.Op != symbolic.Ones {
			continue
		}
		over := m.g.Recip(t)
		hit, at, ok := m.find(over, []byte(m.in[i]), []int{i})
		if !ok || !over.IsCall("pow") {
			continue
		}
		drop := append(slices.Clone(hit), i)
		up := m.g.Pow(f.Args[0], new(big.Rat).Add(f.Par.Exp, big.NewRat(1, 1)))
		first := m.replace(drop, []*symbolic.Expr{over, up}, []string{string(at), m.in[i]})
		second := m.replace(drop, []*symbolic.Expr{f}, []string{m.in[i]})
		return m.g.Scale(new(big.Rat).Inv(c), m.g.Sub(first, m.g.Scale(coef, second)))
	}
	return nil
}

// square is the rule f(x)² = to(x) for two equal factors f(x) at one place, or a power of f(x).
func square(name string, to func(x *symbolic.Expr) *symbolic.Expr) func(monomial) *symbolic.Expr {
	return func(m monomial) *symbolic.Expr {
		for i, f := range m.factors {
			if f.IsCall("pow") && f.Args[0].IsCall(name) && f.Par.Exp.IsInt() && f.Par.Exp.Sign() > 0 {
				rest := m.g.Pow(f.Args[0], new(big.Rat).Sub(f.Par.Exp, big.NewRat(2, 1)))
				return m.replace([]int{i}, []*symbolic.Expr{to(f.Args[0].Args[0]), rest}, []string{m.in[i], m.in[i]})
			}
			if !f.IsCall(name) {
				continue
			}
			for j := i + 1; j < len(m.factors); j++ {
				if m.factors[j] == f && m.in[j] == m.in[i] {
					return m.replace([]int{i, j}, []*symbolic.Expr{to(f.Args[0])}, []string{m.in[i]})
				}
			}
		}
		return nil
	}
}

// applyEquation replaces the leading term of a declared equation by the rest of it.
func applyEquation(m monomial) *symbolic.Expr {
	for v, facts := range m.g.Facts.All() {
		for _, zero := range facts.Equal {
			if !symbolic.DependsOn(zero, v) {
				continue
			}
			coef, t, rest := splitLeading(zero)
			if t == nil {
				continue
			}
			hit, at, ok := m.find(t, nil, nil)
			if !ok {
				continue
			}
			if rest == nil { // aᵀ b = 0
				return m.g.Zero(m.shape)
			}
			return m.g.Scale(new(big.Rat).Inv(coef), m.replace(hit, []*symbolic.Expr{m.g.Neg(rest)}, []string{string(at)}))
		}
	}
	return nil
}

// cancelOrthogonal applies Q[k,i] Q[k,j] = δ[i,j], over either axis.
func cancelOrthogonal(m monomial) *symbolic.Expr {
	for i, q := range m.factors {
		if !orthogonal(q) {
			continue
		}
		for j := i + 1; j < len(m.factors); j++ {
			for side := range 2 {
				if m.factors[j] == q && m.in[i][side] == m.in[j][side] && m.count(m.in[i][side]) == 2 && m.in[i][1-side] != m.in[j][1-side] {
					return m.replace([]int{i, j}, []*symbolic.Expr{m.g.Delta(q.Shape[0])},
						[]string{string([]byte{m.in[i][1-side], m.in[j][1-side]})})
				}
			}
		}
	}
	return nil
}

// orthogonal says that a matrix was declared so, or is one of eigenvectors.
func orthogonal(q *symbolic.Expr) bool {
	f := q.G.Facts.At(q)
	return q.Rank() == 2 && (f != nil && f.Orthogonal || q.IsCall("eigvecs"))
}

func splitDiagonal(m monomial) *symbolic.Expr {
	for i, a := range m.factors {
		if f := m.g.Facts.At(a); f == nil || !f.Diagonal || a.Rank() != 2 || m.in[i][0] == m.in[i][1] {
			continue
		}
		x := m.in[i][0]
		if slices.ContainsFunc(m.factors, func(f *symbolic.Expr) bool { return f.Op == symbolic.Delta }) && m.count(x) > 2 {
			continue // already split: the Delta between two axes of the result stands beside it
		}
		return m.replace([]int{i}, []*symbolic.Expr{a, m.g.Delta(a.Shape[0])}, []string{string([]byte{x, x}), m.in[i]})
	}
	return nil
}

// orderSymmetric writes every factor with interchangeable axes in the order that makes the product the first-made node.
func orderSymmetric(m monomial) *symbolic.Expr {
	type swap struct {
		factor int
		in     string
	}
	var swaps []swap
	for i, f := range m.factors {
		for _, in := range swapped(f, m.in[i]) {
			if in != m.in[i] {
				swaps = append(swaps, swap{i, in})
			}
		}
	}
	if len(swaps) == 0 || len(swaps) > 6 {
		return nil
	}
	best := m.g.Einsum(m.in, m.out, m.factors, m.shape)
	for bits := 1; bits < 1<<len(swaps); bits++ {
		in := slices.Clone(m.in)
		for k, s := range swaps {
			if bits>>k&1 == 1 {
				in[s.factor] = s.in
			}
		}
		if e := m.g.Einsum(in, m.out, m.factors, m.shape); e.ID < best.ID {
			best = e
		}
	}
	return best
}

// swapped lists the other label orders under which a factor has the same value.
func swapped(f *symbolic.Expr, in string) []string {
	swap := func(a, b, n int) string { // blocks of n labels at a and b
		l := []byte(in)
		for k := range n {
			l[a+k], l[b+k] = l[b+k], l[a+k]
		}
		return string(l)
	}
	var out []string
	if symbolic.Symmetric(f) {
		out = append(out, swap(0, 1, 1))
	}
	if f.Op == symbolic.Call && f.Fn.Abstract != nil {
		at := f.Rank()
		for k := len(f.Par.Deriv) - 1; k > 0; k-- {
			n := len(f.Fn.Abstract.Args[f.Par.Deriv[k]])
			at -= n
			if f.Par.Deriv[k-1] == f.Par.Deriv[k] && n > 0 {
				out = append(out, swap(at-n, at, n))
			}
		}
	}
	return out
}

// expSum is exp(Σ cᵢ tᵢ) = ∏ exp(tᵢ)^cᵢ.
func expSum(e *symbolic.Expr) *symbolic.Expr {
	a := e.Args[0]
	if a.Op != symbolic.Sum || len(a.Args) == 0 {
		return nil
	}
	fs := make([]*symbolic.Expr, len(a.Args))
	for i, t := range a.Args {
		fs[i] = e.G.Pow(e.G.Call("exp", t), a.Coef[i])
	}
	return e.G.Hadamard(fs...)
}

// opposite is f(g(x)) = x.
func opposite(inner string) func(*symbolic.Expr) *symbolic.Expr {
	return func(e *symbolic.Expr) *symbolic.Expr {
		if e.Args[0].IsCall(inner) {
			return e.Args[0].Args[0]
		}
		return nil
	}
}

// logProduct takes the factors out of a logarithm that cannot be negative: positive ones, even powers as 2 log |x|, and
// |x| itself, written x sign(x).
func logProduct(e *symbolic.Expr) *symbolic.Expr {
	g, a := e.G, e.Args[0]
	if a.IsCall("pow") {
		return logPower(g, a.Args[0], a.Par.Exp)
	}
	if c, t := a.AsScaled(); c.Sign() > 0 && t != a {
		return g.Add(g.Call("log", t), g.Broadcast(g.Call("log", g.Const(c)), e.Shape))
	}
	if !pointwise(a) {
		return nil
	}
	m := open(a)
	var sum []*symbolic.Expr
	var taken []int
	for k := range m.factors {
		same := m.same(k)
		if same[0] != k || slices.Contains(taken, k) {
			continue
		}
		log, used := logFactor(m, same)
		if log == nil || len(used) == len(m.factors) && len(same) == 1 && len(used) > 1 {
			continue // |x| alone stays
		}
		taken = append(taken, used...)
		sum = append(sum, g.Einsum([]string{m.in[k]}, m.out, []*symbolic.Expr{log}, m.shape))
	}
	if len(sum) == 0 {
		return nil
	}
	if len(taken) < len(m.factors) {
		sum = append(sum, g.Call("log", m.replace(taken, nil, nil)))
	}
	return g.Sum(e.Shape, sum...)
}

func notNegative(e *symbolic.Expr) *symbolic.Expr {
	if e.Args[0].Nonnegative() {
		return e.Args[0]
	}
	return nil
}

// logPower is log(x^r) = r log x for a positive x, r log |x| for an even r.
func logPower(g *symbolic.Graph, x *symbolic.Expr, r *big.Rat) *symbolic.Expr {
	switch {
	case x.Positive():
		return g.Scale(r, g.Call("log", x))
	case r.IsInt() && r.Num().Bit(0) == 0:
		return g.Scale(r, g.Call("log", g.Call("abs", x)))
	}
	return nil
}

// logFactor is the logarithm of the equal factors in same, if they cannot be negative, with their sign if that stands
// beside them; used are those and the sign.
func logFactor(m monomial, same []int) (log *symbolic.Expr, used []int) {
	f, n := m.factors[same[0]], big.NewRat(int64(len(same)), 1)
	if f.IsCall("sign") {
		return nil, nil
	}
	if f.IsCall("pow") {
		return logPower(m.g, f.Args[0], new(big.Rat).Mul(n, f.Par.Exp)), same
	}
	if log := logPower(m.g, f, n); log != nil {
		return log, same
	}
	if base, p := powerOf(f); base.IsCall("det") && len(m.factors) > 1 { // as logdet(A B) = logdet A + logdet B
		return m.g.Scale(n, m.g.Times(p, m.g.Call("log", base))), same
	}
	for k, s := range m.factors {
		if s.IsCall("sign") && s.Args[0] == f && m.in[k] == m.in[same[0]] && len(m.same(k)) == 1 {
			return m.g.Scale(n, m.g.Call("log", m.g.Hadamard(f, s))), append(slices.Clone(same), k)
		}
	}
	return nil, nil
}

// powerOf reads a factor as x^p with an expression p.
func powerOf(f *symbolic.Expr) (x, p *symbolic.Expr) {
	if f.IsCall("power") && f.Rank() == 0 {
		return f.Args[0], f.Args[1]
	}
	return f, f.G.Int(1)
}

// logQuotient brings the terms of a logarithm's sum over the positive divisor of one of them.
func logQuotient(e *symbolic.Expr) *symbolic.Expr {
	g, a := e.G, e.Args[0]
	base, at, lift := overDivisor(a, true)
	if base == nil {
		return nil
	}
	l := symbolic.Labels(a.Rank())
	return g.Sub(g.Call("log", base), g.Einsum([]string{at}, l, []*symbolic.Expr{g.Call("log", lift)}, a.Shape))
}

// maxDivided bounds the terms of a sum that is brought over a divisor: each try multiplies all of them.
const maxDivided = 40

// overDivisor is a sum with divided terms times the divisor of one of them, which has the labels at, if fewer terms are
// divided then.
func overDivisor(x *symbolic.Expr, positive bool) (base *symbolic.Expr, at string, lift *symbolic.Expr) {
	if x.Op != symbolic.Sum || len(x.Args) < 2 || len(x.Args) > maxDivided {
		return nil, "", nil
	}
	type divisor struct {
		f  *symbolic.Expr
		at string
	}
	tried := map[divisor]bool{}
	l := symbolic.Labels(x.Rank())
	for _, t := range x.Args {
		m := open(t)
		for k, f := range m.factors {
			if !f.IsCall("pow") || f.Par.Exp.Sign() > 0 || !within(m.in[k], m.out) {
				continue
			}
			at := onto(m.in[k], m.out, l)
			lift := x.G.Pow(f.Args[0], new(big.Rat).Neg(f.Par.Exp))
			if tried[divisor{f, at}] || positive && !lift.Positive() {
				continue
			}
			tried[divisor{f, at}] = true
			terms := make([]*symbolic.Expr, len(x.Args))
			for i, t := range x.Args {
				terms[i] = x.G.Einsum([]string{l, at}, l, []*symbolic.Expr{t, lift}, x.Shape)
			}
			base := x.G.LinearCombination(x.Shape, x.Coef, terms)
			if divisions(base) < divisions(x) {
				return base, at, lift
			}
		}
	}
	return nil, "", nil
}

func invScaled(e *symbolic.Expr) *symbolic.Expr {
	g, a := e.G, e.Args[0]
	if a.Rank() != 2 {
		return nil
	}
	if c, t := a.AsScaled(); t != a {
		return g.Scale(new(big.Rat).Inv(c), g.Call("inv", t))
	}
	if a.Op != symbolic.Einsum {
		return nil
	}
	for k, in := range a.In {
		if in == "" { // a scalar factor
			m := open(a)
			return g.Times(g.Recip(a.Args[k]), g.Call("inv", m.replace([]int{k}, nil, nil)))
		}
	}
	return nil
}

func invTransposed(e *symbolic.Expr) *symbolic.Expr {
	a := e.Args[0]
	if t := asTranspose(a); t != nil && t.Rank() == 2 {
		return e.G.Transpose(e.G.Call("inv", t))
	}
	return nil
}

// asTranspose is x where e is xᵀ.
func asTranspose(e *symbolic.Expr) *symbolic.Expr {
	if e.Op == symbolic.Einsum && len(e.Args) == 1 && e.Out == "ab" && e.In[0] == "ba" {
		return e.Args[0]
	}
	return nil
}

// asSquareProduct splits a chain A B C … of square factors into A and B C …, each as it stands in the product.
func asSquareProduct(e *symbolic.Expr) (a, b *symbolic.Expr) {
	chain := squareChain(e)
	if len(chain) < 2 {
		return nil, nil
	}
	b = chain[1]
	for _, f := range chain[2:] {
		b = e.G.MatMul(b, f)
	}
	return chain[0], b
}

// squareChain is the factors of a product of square matrices, in order and as they stand in it; nil where e is none.
func squareChain(e *symbolic.Expr) []*symbolic.Expr {
	if e.Op != symbolic.Einsum || e.Rank() != 2 || len(e.Args) < 2 {
		return nil
	}
	used := make([]bool, len(e.Args))
	var chain []*symbolic.Expr
	for at := e.Out[0]; len(chain) < len(e.Args); {
		k, flipped := nextFactor(e, used, at)
		if k < 0 || !e.G.Dims.Same(e.Args[k].Shape[0], e.Args[k].Shape[1]) {
			return nil
		}
		used[k] = true
		if flipped {
			chain, at = append(chain, e.G.Transpose(e.Args[k])), e.In[k][0]
		} else {
			chain, at = append(chain, e.Args[k]), e.In[k][1]
		}
	}
	product := chain[0]
	for _, f := range chain[1:] {
		product = e.G.MatMul(product, f)
	}
	if product != e {
		return nil // a diagonal, an elementwise product: not a chain
	}
	return chain
}

// nextFactor is the one matrix not used that has a label.
func nextFactor(e *symbolic.Expr, used []bool, label byte) (k int, flipped bool) {
	k = -1
	for i, in := range e.In {
		if used[i] || len(in) != 2 || in[0] != label && in[1] != label {
			continue
		}
		if k >= 0 || in[0] == in[1] {
			return -1, false
		}
		k, flipped = i, in[1] == label
	}
	return k, flipped
}

func invProduct(e *symbolic.Expr) *symbolic.Expr {
	a, b := asSquareProduct(e.Args[0])
	if a == nil {
		return nil
	}
	return e.G.MatMul(e.G.Call("inv", b), e.G.Call("inv", a))
}

func ofTranspose(e *symbolic.Expr) *symbolic.Expr {
	if t := asTranspose(e.Args[0]); t != nil {
		return e.G.Rebuild(e, []*symbolic.Expr{t})
	}
	return nil
}

func ofProduct(join func(a, b *symbolic.Expr) *symbolic.Expr) func(*symbolic.Expr) *symbolic.Expr {
	return func(e *symbolic.Expr) *symbolic.Expr {
		a, b := asSquareProduct(e.Args[0])
		if a == nil {
			return nil
		}
		return join(e.G.Rebuild(e, []*symbolic.Expr{a}), e.G.Rebuild(e, []*symbolic.Expr{b}))
	}
}

// negative says that the first-made term of e has a negative coefficient: one of x and −x has.
func negative(e *symbolic.Expr) bool {
	if e.Op != symbolic.Sum || len(e.Args) == 0 {
		return false
	}
	best := 0
	for i, a := range e.Args {
		if a.ID < e.Args[best].ID {
			best = i
		}
	}
	return e.Coef[best].Sign() < 0
}

// stepMultiple is step(c x) = step(±x): the sign of c decides. Of a sum, c is its content.
func stepMultiple(e *symbolic.Expr) *symbolic.Expr {
	x := e.Args[0]
	if x.Op != symbolic.Sum || len(x.Args) == 0 {
		return nil
	}
	if c := content(x); c.Cmp(big.NewRat(1, 1)) != 0 {
		return e.G.Call("step", e.G.Scale(new(big.Rat).Inv(c), x))
	}
	return nil
}

// parity is f(−x) = sign·f(x).
func parity(name string, sign int64) func(*symbolic.Expr) *symbolic.Expr {
	return func(e *symbolic.Expr) *symbolic.Expr {
		if a := e.Args[0]; negative(a) {
			return e.G.Scale(big.NewRat(sign, 1), e.G.Call(name, e.G.Neg(a)))
		}
		return nil
	}
}
