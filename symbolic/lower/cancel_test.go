package lower

import (
	"context"
	"math"
	"testing"

	"nabla/numeric"
	"nabla/symbolic"
	"nabla/symbolic/fn"
	"nabla/symbolic/shape"
)

// TestGradientOfASaturatedClassifier: the cross-entropy of a sigmoid, written out, divides by p and 1 − p, which the
// derivative of the sigmoid multiplies by again. Where p is rounded to 0 or 1 the gradient has a value all the same.
func TestGradientOfASaturatedClassifier(t *testing.T) {
	g := symbolic.NewGraph(fn.Library(), shape.NewEnv())
	z, y := g.Var("z", shape.Of("n")), g.Var("y", shape.Of("n"))
	p := g.Let("p", g.Call("sigmoid", z))
	no := func(x *symbolic.Expr) *symbolic.Expr { return g.Sub(g.Ones(shape.Of("n")), x) }
	entropy := g.Let("L", g.E("i->", g.Neg(g.Add(g.Hadamard(y, g.Call("log", p)), g.Hadamard(no(y), g.Call("log", no(p)))))))
	d, err := g.Diff(entropy, z)
	if err != nil {
		t.Fatal(err)
	}
	zs, ys := numeric.New(4), numeric.New(4)
	copy(zs.Data, []float64{800, -800, 0.5, 1000})
	copy(ys.Data, []float64{1, 1, 0, 0})
	b := Bindings{Dims: g.Dims, Values: map[*symbolic.Expr]*numeric.Array{z: zs, y: ys}}
	want := []float64{0, -1, 1 / (1 + math.Exp(-0.5)), 1}
	program, err := Compile([]*symbolic.Expr{d}, b)
	if err != nil {
		t.Fatal(err)
	}
	fast, err := program.Eval(context.Background(), b)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "∂L/∂z", fast[0].Data, want)
	plain, err := Reference(context.Background(), []*symbolic.Expr{d}, b)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "∂L/∂z by the reference", plain[0].Data, want)
}
