package kernel

import (
	"context"
	"runtime"
	"testing"

	"nabla/numeric"
	"nabla/symbolic"
	"nabla/symbolic/lower"
)

const sectionModel = `x : R[d]; y : R[q]; W1 : R[h,d]; W2 : R[q,h]; λ : R; φ : R -> R; l : R[q], R[q] -> R
z = W1 x; h = φ(z); o = W2 h; L = l(o, y); s = λ/2 (‖W1‖² + ‖W2‖²); J = L + s
Jn = batch(J, n, [x, y])`

// rounding is what the Go runtime adds to twelve blocks, which it gives out in pages: the arena, the scratch, and what the products
// of two threads pack.
const rounding = 12 << 13

// What memory says of this evaluator is what the first run of the program really allocates.
func TestReportedMemoryIsAllocated(t *testing.T) {
	for _, sizes := range []string{
		"dim d = 784, h = 256, q = 10, n = 64",
		"dim d = 3, h = 500, q = 77, n = 1000",
		"dim d = 50, h = 40, q = 30, n = 20",
	} {
		s := NewSession()
		execute(t, s, sectionModel, sizes, "φ := tanh; l := crossentropy")
		r := execute(t, s, "memory(Jn)")
		if r.Err != nil {
			t.Fatal(r.Err)
		}
		want := r.Data.(memoryData).Evaluator
		if want == nil {
			t.Fatal("nothing said of the evaluator")
		}
		if got := allocated(t, s, modelOutputs(t, s)); got < want.Gradient || got > want.Gradient+rounding {
			t.Errorf("%s: said %d bytes, allocated %d", sizes, want.Gradient, got)
		}
	}
}

// modelOutputs are the objective of the section's model and its gradients.
func modelOutputs(t *testing.T, s *Session) []*symbolic.Expr {
	J := s.state.Load().scope.Lookup("Jn").Expr
	params := []*symbolic.Expr{s.state.Load().scope.Lookup("W1").Expr, s.state.Load().scope.Lookup("W2").Expr}
	g, err := J.G.Grad(J, params, nil)
	if err != nil {
		t.Fatal(err)
	}
	return append([]*symbolic.Expr{J}, g...)
}

// allocated are the bytes that a program takes for its arena.
func allocated(t *testing.T, s *Session, outputs []*symbolic.Expr) int64 {
	b := s.state.Load().bindings()
	b.Values, b.Kept = map[*symbolic.Expr]*numeric.Array{}, lower.Kept{}
	symbolic.Walk(J(outputs), func(e *symbolic.Expr) {
		if sizes, ok := b.Dims.Sizes(e.Shape); ok && e.Op == symbolic.Var {
			b.Values[e] = numeric.New(sizes...)
		}
	}, nil)
	b = b.In(b.Type)
	p, err := lower.Compile(outputs, b)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Execute(context.Background(), b); err != nil { // the crew stays when the arena is given back
		t.Fatal(err)
	}
	p.Release()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	if err := p.Execute(context.Background(), b); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	return int64(after.TotalAlloc - before.TotalAlloc)
}

// J is the objective among the outputs.
func J(outputs []*symbolic.Expr) *symbolic.Expr { return outputs[0] }
