package rewrite_test

import (
	"math/big"
	"testing"

	"nabla/symbolic"
	"nabla/symbolic/fn"
	"nabla/symbolic/rewrite"
	"nabla/symbolic/shape"
)

// identities are pairs that the normal form must make one, each from declared shapes.
func identities(g *symbolic.Graph) map[string][2]*symbolic.Expr {
	x, y := g.Var("x", shape.Of("n")), g.Var("y", shape.Of("n"))
	A, B := g.Var("A", shape.Of("n", "n")), g.Var("B", shape.Of("n", "n"))
	X := g.Var("X", shape.Of("m", "n"))
	a, b := g.Var("a", nil), g.Var("b", nil)
	num := func(n int64) *symbolic.Expr { return g.Int(n) }
	sq := func(e *symbolic.Expr) *symbolic.Expr { return g.Pow(e, big.NewRat(2, 1)) }
	half := big.NewRat(1, 2)
	ones := g.Ones(x.Shape)
	sum := func(e *symbolic.Expr) *symbolic.Expr { return g.SumAxes(e, 0) }
	exp := func(e *symbolic.Expr) *symbolic.Expr { return g.Call("exp", e) }
	S := g.Sub(g.MatMul(A, B), g.Scale(big.NewRat(3, 1), B))
	u := exp(g.Neg(x))
	sig := g.Recip(g.Add(ones, u))
	soft := g.Div(exp(x), sum(exp(x)))
	return map[string][2]*symbolic.Expr{
		"(a + b)² = a² + 2ab + b²":  {sq(g.Add(a, b)), g.Sum(nil, sq(a), g.Scale(big.NewRat(2, 1), g.Times(a, b)), sq(b))},
		"(A + B) x":                 {g.MatMul(g.Add(A, B), x), g.Add(g.MatMul(A, x), g.MatMul(B, x))},
		"(A B − 3B)ᵀ":               {g.Transpose(S), g.Sub(g.MatMul(g.Transpose(B), g.Transpose(A)), g.Scale(big.NewRat(3, 1), g.Transpose(B)))},
		"a/(a + b) + b/(a + b) = 1": {g.Add(g.Div(a, g.Add(a, b)), g.Div(b, g.Add(a, b))), num(1)},
		"1/(2a + 2b)":               {g.Recip(g.Add(g.Scale(big.NewRat(2, 1), a), g.Scale(big.NewRat(2, 1), b))), g.Scale(half, g.Recip(g.Add(a, b)))},
		"σ(1 − σ) = e⁻ˣ σ²":         {g.Hadamard(sig, g.Sub(ones, sig)), g.Hadamard(u, sig, sig)},
		"softmax sums to 1":         {sum(soft), num(1)},
		"exp(x + y)":                {exp(g.Add(x, y)), g.Hadamard(exp(x), exp(y))},
		"exp of a transpose":        {exp(g.Transpose(A)), g.Transpose(exp(A))},
		"exp of a transposed sum":   {exp(g.Transpose(g.Add(A, g.MatMul(A, B)))), g.Transpose(exp(g.Add(A, g.MatMul(A, B))))},
		"sin² + cos² = 1":           {g.Add(sq(g.Call("sin", x)), sq(g.Call("cos", x))), ones},
		"‖x + y‖²":                  {sum(sq(g.Add(x, y))), g.Sum(nil, sum(sq(x)), g.Scale(big.NewRat(2, 1), sum(g.Hadamard(x, y))), sum(sq(y)))},
		"(XᵀX)ᵀ = XᵀX":              {g.Transpose(g.MatMul(g.Transpose(X), X)), g.MatMul(g.Transpose(X), X)},
		"max + min = x + y":         {g.Add(g.Call("maximum", x, y), g.Call("minimum", x, y)), g.Add(x, y)},
		"max = −min(−x, −y)":        {g.Call("maximum", x, y), g.Neg(g.Call("minimum", g.Neg(x), g.Neg(y)))},
		"max(x, y) = x + relu(y−x)": {g.Call("maximum", x, y), g.Add(x, g.Call("relu", g.Sub(y, x)))},
		"max(2x, 2y) = 2 max(x, y)": {g.Call("maximum", g.Scale(big.NewRat(2, 1), x), g.Scale(big.NewRat(2, 1), y)), g.Scale(big.NewRat(2, 1), g.Call("maximum", x, y))},
		"det(A⁻¹) = 1/det(A)":       {g.Call("det", g.Call("inv", A)), g.Recip(g.Call("det", A))},
		"√(a+b)³ = (a+b)√(a+b)":     {g.Pow(g.Add(a, b), big.NewRat(3, 2)), g.Times(g.Add(a, b), g.Sqrt(g.Add(a, b)))},
	}
}

func TestIdentitiesHaveOneNormalForm(t *testing.T) {
	g := symbolic.NewGraph(fn.Library(), shape.NewEnv())
	for name, pair := range identities(g) {
		n, ok := rewrite.Normal(g.Sub(pair[0], pair[1]))
		if !ok || !n.IsZero() {
			t.Errorf("%s: the difference is %v", name, n)
		}
	}
}
