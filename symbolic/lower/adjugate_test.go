package lower

import (
	"context"
	"testing"

	"nabla/numeric"
	"nabla/symbolic"
	"nabla/symbolic/fn"
	"nabla/symbolic/shape"
)

// TestGradientOfADeterminantAtASingularMatrix: the cofactors exist where the inverse in det(X) X⁻ᵀ does not.
func TestGradientOfADeterminantAtASingularMatrix(t *testing.T) {
	g := symbolic.NewGraph(fn.Library(), shape.NewEnv())
	X := g.Var("X", shape.Of("n", "n"))
	d, err := g.Diff(g.Let("J", g.Call("det", X)), X)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ x, want []float64 }{
		{[]float64{1, 2, 2, 4}, []float64{4, -2, -2, 1}},
		{[]float64{0, 0, 0, 0}, []float64{0, 0, 0, 0}},
		{[]float64{3, 1, 1, 2}, []float64{2, -1, -1, 3}},
	} {
		x := numeric.New(2, 2)
		copy(x.Data, c.x)
		b := Bindings{Values: map[*symbolic.Expr]*numeric.Array{X: x}}
		p, err := Compile([]*symbolic.Expr{d}, b)
		if err != nil {
			t.Fatal(err)
		}
		out, err := p.Eval(context.Background(), b)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "∂ det(X)/∂X", out[0].Data, c.want)
	}
}
