package lower

import (
	"context"
	"math/rand/v2"
	"testing"

	"nabla/numeric"
	"nabla/numeric/blas"
	"nabla/symbolic"
	"nabla/symbolic/fn"
	"nabla/symbolic/shape"

	"pgregory.net/rapid"
)

// everyOrbit makes compilers look for symmetries of the smallest products.
func everyOrbit(t testing.TB) {
	before := orbitCost
	orbitCost.work, orbitCost.gather, orbitCost.spread = 1, 0, 0
	t.Cleanup(func() { orbitCost = before })
}

func listed(p *Program) bool {
	for _, i := range p.Instructions() {
		if i.Kind == "listed" {
			return true
		}
	}
	return false
}

func TestSymmetricFactorsAreComputedOnce(t *testing.T) {
	g := symbolic.NewGraph(fn.Library(), shape.NewEnv())
	r := rand.New(rand.NewPCG(1, 2))
	X, Y, V, w := g.Var("X", shape.Of("n", "d")), g.Var("Y", shape.Of("n", "d")), g.Var("V", shape.Of("n", "h")), g.Var("w", shape.Of("n"))
	Q, P := g.Var("Q", shape.Of("q", "h")), g.Var("P", shape.Of("n", "q"))
	b := Bindings{Dims: g.Dims, Values: map[*symbolic.Expr]*numeric.Array{X: random(r, 70, 7), Y: random(r, 70, 7), V: random(r, 70, 17), w: random(r, 70),
		Q: random(r, 23, 17), P: random(r, 70, 23)}}
	// diag(p) − p pᵀ: the product with Q on both sides is symmetric only once it is multiplied out
	centered := g.Sub(g.E("qa,nq->naq", Q, P), g.E("nq,ra,nr->naq", P, Q, P))
	everyOrbit(t)
	cases := []struct {
		name   string
		e      *symbolic.Expr
		listed bool
	}{
		{"both parts", g.E("na,nb,ni,nj->aibj", V, V, X, X), true},
		{"one part", g.E("na,nb,ni,nj->iajb", V, V, X, Y), true},
		{"the part that is stored finest", g.E("na,nb,ni,nj->ijab", X, Y, V, V), true},
		{"three axes", g.E("ni,nj,nk,na->aijk", X, X, X, V), true},
		{"with weights", g.E("n,na,nb,ni,nj->abij", w, V, V, X, X), true},
		{"for every entry of another axis", g.E("na,nb,ni,nj->naibj", V, V, X, X), false},
		{"a sum that is multiplied out", g.E("naq,qb,ni,nj->aibj", centered, Q, X, X), true},
		{"a sum that is not symmetric", g.E("na,nb,ni,nj->aibj", V, g.Add(V, g.Call("tanh", V)), X, Y), false},
		{"nothing", g.E("na,nb,ni,nj->aibj", V, g.Call("tanh", V), X, Y), false},
		{"sizes that agree by chance", g.E("nv,na,ni,nj->vaij", g.Var("U", shape.Of("n", "v")), V, X, Y), false},
	}
	b.Values[g.Var("U", shape.Of("n", "v"))] = random(r, 70, 17)
	for _, c := range cases {
		p, err := Compile([]*symbolic.Expr{c.e}, b)
		if err != nil {
			t.Fatal(c.name, err)
		}
		if listed(p) != c.listed {
			t.Errorf("%s: listed is %v: %v", c.name, listed(p), p.Instructions())
		}
		want, _ := Reference(context.Background(), []*symbolic.Expr{c.e}, b)
		got, err := p.Eval(context.Background(), b)
		if err != nil {
			t.Fatal(c.name, err)
		}
		near(t, c.name, got[0].Data, want[0].Data)
	}
}

// A product of a few factors, most of them twice with other labels, in any order of axes; some of its symmetries hold, some
// would but for one factor.
func TestRandomSymmetricProductsEqualTheReference(t *testing.T) {
	everyOrbit(t)
	defer blas.SetThreads(1)
	found := 0
	rapid.Check(t, func(t *rapid.T) {
		g := symbolic.NewGraph(fn.Library(), shape.NewEnv())
		b := Bindings{Dims: g.Dims, Values: map[*symbolic.Expr]*numeric.Array{}}
		dims := map[byte]string{'n': "n", 'm': "m", 'a': "h", 'b': "h", 'c': "h", 'i': "d", 'j': "d"}
		for i, d := range []string{"n", "m", "h", "d"} {
			g.Dims.SetSize(d, []int{7, 3, 5, 4}[i]-rapid.IntRange(0, 2).Draw(t, d))
		}
		variable := func(name, labels string) *symbolic.Expr {
			var s shape.Shape
			for _, l := range []byte(labels) {
				s = append(s, shape.Name(dims[l]))
			}
			v := g.Var(name, s)
			n, _ := g.Dims.Sizes(s)
			b.Values[v] = random(rand.New(rand.NewPCG(uint64(len(b.Values)), 3)), n...)
			return v
		}
		V, W, X, Z := variable("V", "na"), variable("W", "ma"), variable("X", "ni"), variable("Z", "nm")
		S := g.Sub(g.E("ma,nm->nam", W, Z), g.E("nm,ka,nk->nam", Z, W, Z))
		pairs := []struct {
			in   [2]string
			args [2]*symbolic.Expr
		}{
			{[2]string{"na", "nb"}, [2]*symbolic.Expr{V, V}},
			{[2]string{"na", "nb"}, [2]*symbolic.Expr{V, g.Call("tanh", V)}},
			{[2]string{"nam", "mb"}, [2]*symbolic.Expr{S, W}},
			{[2]string{"ma", "mb"}, [2]*symbolic.Expr{W, W}},
			{[2]string{"ni", "nj"}, [2]*symbolic.Expr{X, X}},
			{[2]string{"nb", "nc"}, [2]*symbolic.Expr{V, V}},
		}
		var in []string
		var args []*symbolic.Expr
		used := map[byte]bool{}
		for range rapid.IntRange(2, 3).Draw(t, "pairs") {
			p := rapid.SampledFrom(pairs).Draw(t, "pair")
			in, args = append(in, p.in[:]...), append(args, p.args[:]...)
		}
		for _, w := range in {
			for _, l := range []byte(w) {
				used[l] = true
			}
		}
		var kept []byte
		for _, l := range []byte("abcij") {
			if used[l] {
				kept = append(kept, l)
			}
		}
		if rapid.IntRange(0, 4).Draw(t, "batch") == 0 && used['n'] {
			kept = append(kept, 'n')
		}
		out := string(rapid.Permutation(kept).Draw(t, "out"))
		e := g.Einsum(in, out, args, nil)
		if rapid.Bool().Draw(t, "added") {
			e = g.Add(e, g.Scale(half, variable("T", out)))
		}
		blas.SetThreads(rapid.IntRange(1, 2).Draw(t, "threads"))
		p, err := Compile([]*symbolic.Expr{e}, b)
		if err != nil {
			t.Fatal(err)
		}
		if listed(p) {
			found++
		}
		want, err := Reference(context.Background(), []*symbolic.Expr{e}, b)
		if err != nil {
			t.Fatal(err)
		}
		got, err := p.Eval(context.Background(), b)
		if err != nil {
			t.Fatal(err)
		}
		near(t, out, got[0].Data, want[0].Data)
	})
	if found == 0 {
		t.Error("no product was computed by its symmetries")
	}
}
