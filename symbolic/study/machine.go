package study

import (
	"context"
	"sync"
	"time"

	"nabla/numeric"
	"nabla/numeric/plan"
	"nabla/symbolic"
	"nabla/symbolic/lower"
	"nabla/symbolic/shape"
)

// Rates are how many operations a second this machine does, by the kind of instruction.
type Rates struct {
	Gemm, Gemv, Loop float64
}

// Machine measures this machine, once: a matrix product, a product with a vector, and a loop, run by the evaluator itself.
// It takes some hundredths of a second. Numbers are of type t.
func Machine(t numeric.Type) Rates { return machines[t]() }

var machines = [...]func() Rates{sync.OnceValue(func() Rates { return rates(numeric.Float64) }), sync.OnceValue(func() Rates { return rates(numeric.Float32) })}

func rates(t numeric.Type) Rates {
	rate := func(build func(*symbolic.Graph) *symbolic.Expr) float64 { return rate(t, build) }
	return Rates{
		Gemm: rate(func(g *symbolic.Graph) *symbolic.Expr {
			return g.E("ab,bc->ac", g.Var("A", sized(384, 384)), g.Var("B", sized(384, 384)))
		}),
		Gemv: rate(func(g *symbolic.Graph) *symbolic.Expr {
			return g.E("ab,b->a", g.Var("A", sized(512, 512)), g.Var("b", sized(512)))
		}),
		Loop: rate(func(g *symbolic.Graph) *symbolic.Expr {
			a, b := g.Var("a", sized(1<<17)), g.Var("b", sized(1<<17))
			return g.Hadamard(a, g.Add(a, b))
		}),
	}
}

func sized(n ...int64) shape.Shape {
	s := make(shape.Shape, len(n))
	for i := range n {
		s[i] = shape.Const(n[i])
	}
	return s
}

// rate is how many operations a second the evaluator does for an expression, at the best of some runs.
func rate(t numeric.Type, build func(*symbolic.Graph) *symbolic.Expr) float64 {
	g := symbolic.NewGraph(symbolic.NewLibrary(), shape.NewEnv())
	e := build(g)
	b := lower.Bindings{Values: map[*symbolic.Expr]*numeric.Array{}, Dims: g.Dims}
	symbolic.Walk(e, func(n *symbolic.Expr) {
		if n.Op == symbolic.Var {
			sizes, _ := g.Dims.Sizes(n.Shape)
			a := numeric.New(sizes...)
			for i := range a.Data {
				a.Data[i] = 1 + float64(i%7)
			}
			b.Values[n] = a
		}
	}, nil)
	b = b.In(t)
	p, err := lower.Compile([]*symbolic.Expr{e}, b)
	if err != nil {
		return 1e9
	}
	best := time.Duration(1 << 62)
	for range 5 {
		start := time.Now()
		if err := p.Execute(context.Background(), b); err != nil {
			return 1e9
		}
		best = min(best, time.Since(start))
	}
	return float64(p.Flops()) / max(best.Seconds(), 1e-9)
}

// perInstruction is about what an instruction takes beside its operations, in seconds.
const perInstruction = 2e-7

// Seconds estimates how long a program runs on this machine.
func (r Rates) Seconds(infos []plan.Info) float64 {
	t := 0.0
	for _, in := range infos {
		speed := r.Loop
		switch in.Kind {
		case "gemm", "syrk", "half", "listed":
			speed = r.Gemm
		case "gemv", "dot":
			speed = r.Gemv
		}
		t += float64(in.Flops)/speed + perInstruction
	}
	return t
}
