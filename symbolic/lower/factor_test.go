package lower

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"nabla/numeric"
	"nabla/symbolic"
	"nabla/symbolic/fn"
	"nabla/symbolic/shape"
)

func TestCommonFactorsAreTakenOutOfSums(t *testing.T) {
	g := symbolic.NewGraph(fn.Library(), shape.NewEnv())
	x, u, v, A := g.Var("x", shape.Of("n")), g.Var("u", shape.Of("m")), g.Var("v", shape.Of("m")), g.Var("A", shape.Of("n", "m"))
	r := rand.New(rand.NewPCG(3, 5))
	values := map[*symbolic.Expr]*numeric.Array{x: random(r, 5), u: random(r, 7), v: random(r, 7), A: random(r, 5, 7)}
	outer := func(a, b *symbolic.Expr) *symbolic.Expr { return g.E("i,j->ij", a, b) }
	cases := []struct {
		name  string
		sum   *symbolic.Expr
		taken bool
	}{
		{"two outer products", g.Add(outer(x, u), g.Scale(half, outer(x, v))), true},
		{"in the other place", g.Add(outer(u, x), outer(v, x)), true},
		{"with a third factor", g.Add(g.E("i,j,j->ij", x, u, v), g.E("i,j,j->ij", x, v, v)), true},
		{"a factor without an axis of its own", g.Add(g.E("i,ij->ij", x, A), g.E("i,ij,j->ij", x, A, u)), false},
		{"nothing in common", g.Add(outer(x, u), g.E("i,i,j->ij", x, x, v)), false},
		{"a factor that is summed over", g.Add(g.E("i,ij,k->jk", x, A, u), g.E("i,ij,k->jk", x, A, v)), false},
		{"at different axes", g.Add(g.E("i,j,k->ijk", x, g.Call("tanh", x), u), g.E("i,j,k->jik", x, g.E("a,a->a", x, x), v)), false},
	}
	for _, c := range cases {
		if got := factored(c.sum).Op == symbolic.Einsum; got != c.taken {
			t.Errorf("%s: taken out is %v", c.name, got)
		}
		b := Bindings{Dims: g.Dims, Values: values}
		want, err := Reference(context.Background(), []*symbolic.Expr{c.sum}, b)
		if err != nil {
			t.Fatal(c.name, err)
		}
		p, err := Compile([]*symbolic.Expr{c.sum}, b)
		if err != nil {
			t.Fatal(c.name, err)
		}
		got, err := p.Eval(context.Background(), b)
		if err != nil {
			t.Fatal(c.name, err)
		}
		for i, w := range want[0].Data {
			if math.Abs(got[0].Data[i]-w) > 1e-13*(1+math.Abs(w)) {
				t.Fatalf("%s: entry %d is %v, not %v", c.name, i, got[0].Data[i], w)
			}
		}
	}
}
