package study_test

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"nabla/symbolic"
	"nabla/symbolic/fn"
	"nabla/symbolic/persist"
	"nabla/symbolic/shape"
	"nabla/symbolic/study"
)

// All that is declared of a variable holds at once at every point: words, signs, and each of several equations.
func TestDeclaredEquationsHoldAtEveryPoint(t *testing.T) {
	one := func(g *symbolic.Graph, e *symbolic.Expr) *symbolic.Expr { return g.Sub(e, g.Int(1)) }
	square := func(g *symbolic.Graph, a *symbolic.Expr) *symbolic.Expr {
		return g.Sub(g.MatMul(a, a), g.Delta(a.Shape[0]))
	}
	for name, c := range map[string]struct {
		rank  int
		facts symbolic.Facts
		zero  func(g *symbolic.Graph, x *symbolic.Expr) []*symbolic.Expr
	}{
		"probabilities": {1, symbolic.Facts{Positive: true, Nonneg: true}, func(g *symbolic.Graph, x *symbolic.Expr) []*symbolic.Expr {
			return []*symbolic.Expr{one(g, g.SumAxes(x, 0))}
		}},
		"unit vectors of mean 0": {1, symbolic.Facts{}, func(g *symbolic.Graph, x *symbolic.Expr) []*symbolic.Expr {
			return []*symbolic.Expr{one(g, g.E("a,a->", x, x)), g.SumAxes(x, 0)}
		}},
		"reflections": {2, symbolic.Facts{Symmetric: true}, func(g *symbolic.Graph, x *symbolic.Expr) []*symbolic.Expr {
			return []*symbolic.Expr{square(g, x)}
		}},
		"projections": {2, symbolic.Facts{}, func(g *symbolic.Graph, x *symbolic.Expr) []*symbolic.Expr {
			return []*symbolic.Expr{g.Sub(g.MatMul(x, x), x)}
		}},
		"density matrices": {2, symbolic.Facts{PosDef: true, Symmetric: true}, func(g *symbolic.Graph, x *symbolic.Expr) []*symbolic.Expr {
			return []*symbolic.Expr{one(g, g.E("aa->", x))}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			g := symbolic.NewGraph(fn.Library(), shape.NewEnv())
			x := g.Var("x", shape.Of("n", "n")[:c.rank])
			zero := c.zero(g, x)
			c.facts.Equal = zero
			var facts persist.Map[*symbolic.Expr, *symbolic.Facts]
			facts.Set(x, &c.facts)
			g.See(g.Dims, &facts)
			for seed := range uint64(30) {
				p, err := study.NewPoint(rand.New(rand.NewPCG(seed, 5)), seed%3 == 2, zero...)
				if err != nil {
					t.Fatalf("seed %d: %v", seed, err)
				}
				out, err := p.Eval(context.Background(), zero...)
				if err != nil {
					t.Fatal(err)
				}
				for k, z := range out {
					if worst := floats.Norm(z.Data, math.Inf(1)); worst > 1e-9 {
						t.Errorf("seed %d: equation %d is off by %g", seed, k, worst)
					}
				}
				if c.facts.Positive && floats.Min(p.Values[x].Data) <= 0 {
					t.Errorf("seed %d: %v is not positive", seed, p.Values[x].Data)
				}
				if n := p.Values[x].Shape[0]; c.facts.PosDef {
					var chol mat.Cholesky
					if !chol.Factorize(mat.NewSymDense(n, p.Values[x].Data)) {
						t.Errorf("seed %d: the matrix is not positive definite", seed)
					}
				}
			}
		})
	}
}

// Where no value satisfies what is declared, there is no point: nothing can be refuted by one.
func TestThereIsNoPointWhereDeclaredEquationsContradict(t *testing.T) {
	g := symbolic.NewGraph(fn.Library(), shape.NewEnv())
	x := g.Var("x", shape.Of("n"))
	zero := g.Add(g.E("a,a->", x, x), g.Int(1))
	var facts persist.Map[*symbolic.Expr, *symbolic.Facts]
	facts.Set(x, &symbolic.Facts{Equal: []*symbolic.Expr{zero}})
	g.See(g.Dims, &facts)
	if d := study.Compare(context.Background(), g.SumAxes(x, 0), g.Int(0)); d.Decision != study.Unknown {
		t.Errorf("decision %v, though there is no such x", d.Decision)
	}
}
