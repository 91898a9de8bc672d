package lower

import (
	"context"
	"math"
	"math/big"
	"testing"

	"nabla/numeric"
	"nabla/symbolic"
	"nabla/symbolic/fn"
	"nabla/symbolic/shape"
)

// TestFunctionsOfADiagonalDoNotFormIt: of 3000 entries, the matrix has 72 MB.
func TestFunctionsOfADiagonalDoNotFormIt(t *testing.T) {
	const n = 3000
	g := symbolic.NewGraph(fn.Library(), shape.NewEnv())
	g.Dims.SetSize("n", n)
	x := g.Var("x", shape.Of("n"))
	f := g.SumAxes(g.Call("exp", x), 0)
	H := f
	for range 2 {
		var err error
		if H, err = g.Diff(H, x); err != nil {
			t.Fatal(err)
		}
	}
	H = g.Let("H", g.Add(H, g.Scale(big.NewRat(2, 1), g.Delta(shape.Name("n")))))
	outputs := []*symbolic.Expr{g.Call("logdet", H), g.Call("det", H), g.E("aa->", g.Call("inv", H)), g.E("ab,b->a", g.Call("inv", H), x)}
	v := numeric.New(n)
	want := []float64{0, 1, 0, 0}
	for i := range v.Data {
		v.Data[i] = math.Sin(float64(i)) - 6
		d := math.Exp(v.Data[i]) + 2
		if i%2 == 0 {
			v.Data[i] = -700 // so that the determinant stays in range
			d = 2
		}
		want[0] += math.Log(d)
		want[1] *= d
		want[2] += 1 / d
	}
	b := Bindings{Dims: g.Dims, Values: map[*symbolic.Expr]*numeric.Array{x: v}}
	p, err := Compile(outputs, b)
	if err != nil {
		t.Fatal(err)
	}
	if p.PeakBytes() > 10*8*n {
		t.Errorf("%d bytes: the matrix is formed", p.PeakBytes())
	}
	got, err := (&Cache{}).Eval(context.Background(), outputs, b)
	if err != nil {
		t.Fatal(err)
	}
	for i, w := range want[:3] {
		if y := got[i].Data[0]; y != w && !(math.Abs(y-w) <= 1e-12*math.Abs(w)) {
			t.Errorf("output %d is %g, want %g", i, y, w)
		}
	}
	for i, y := range got[3].Data {
		if w := v.Data[i] / (math.Exp(v.Data[i]) + 2); math.Abs(y-w) > 1e-12*math.Abs(w) {
			t.Fatalf("entry %d of the solution is %g, want %g", i, y, w)
		}
	}
}

// TestASingularDiagonalIsRefused as any singular matrix is.
func TestASingularDiagonalIsRefused(t *testing.T) {
	g := symbolic.NewGraph(fn.Library(), shape.NewEnv())
	x := g.Var("x", shape.Of("n"))
	D := g.E("a,ab->ab", x, g.Delta(shape.Name("n")))
	for _, data := range [][]float64{{1, 0}, {1, -2}} {
		b := Bindings{Dims: g.Dims, Values: map[*symbolic.Expr]*numeric.Array{x: numeric.From(data, 2)}}
		if got, err := (&Cache{}).Eval(context.Background(), []*symbolic.Expr{g.Call("logdet", D)}, b); err == nil {
			t.Errorf("logdet of diag(%v) is %v", data, got[0])
		}
		got, err := (&Cache{}).Eval(context.Background(), []*symbolic.Expr{g.Call("det", D)}, b)
		if err != nil || got[0].Data[0] != data[0]*data[1] {
			t.Errorf("det of diag(%v) is %v, %v", data, got, err)
		}
	}
}
