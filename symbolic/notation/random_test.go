package notation

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"nabla/lang"
	"nabla/lang/check"
	"nabla/symbolic"
	"nabla/symbolic/shape"

	"pgregory.net/rapid"
)

// A sampler draws expressions over variables and abstract functions of a session.
type sampler struct {
	t    *rapid.T
	s    *session
	g    *symbolic.Graph
	dims []string
	pool []*symbolic.Expr
}

func newSampler(t *rapid.T, tb testing.TB) *sampler {
	s := newSession(tb, "dim m = 2, n = 3, p = 5\nφ : R -> R\nl : R[n], R[n] -> R\nf : R[m] -> R[m]\nρ : R, R -> R\nuser(t) = t sigmoid(t)\n")
	k := &sampler{t: t, s: s, g: s.Graph, dims: []string{"m", "n", "p"}}
	for i := range rapid.IntRange(2, 5).Draw(t, "variables") {
		var axes []string
		for range rapid.SampledFrom([]int{0, 1, 1, 2, 2, 2, 3}).Draw(t, "rank") {
			axes = append(axes, rapid.SampledFrom(k.dims).Draw(t, "dim"))
		}
		decl := fmt.Sprintf("v%d : R", i)
		if len(axes) > 0 {
			decl += "[" + strings.Join(axes, ",") + "]"
		}
		v, err := s.tell(decl)
		if err != nil {
			t.Fatal(err)
		}
		k.pool = append(k.pool, v.Expr)
	}
	return k
}

func (k *sampler) pick() *symbolic.Expr { return rapid.SampledFrom(k.pool).Draw(k.t, "node") }

// grow adds a random node over those that are there.
func (k *sampler) grow() {
	x := k.pick()
	e := x
	switch rapid.IntRange(0, 12).Draw(k.t, "op") {
	case 0, 1, 2, 3, 4:
		e = k.einsum()
	case 5:
		e = k.g.Call(rapid.SampledFrom([]string{"tanh", "sigmoid", "exp"}).Draw(k.t, "f"), x)
	case 6:
		e = k.let(x)
	case 7:
		if x.Rank() > 0 {
			e = k.g.Call("softmax", x)
		}
	case 8:
		one := k.g.Ones(x.Shape)
		e = k.g.Pow(k.g.Add(one, k.g.Hadamard(x, x)), big.NewRat(rapid.Int64Range(-3, 3).Draw(k.t, "exp"), 2))
	case 9:
		e = k.abstract(x)
	default:
		e = k.combination(x)
	}
	if e.Rank() <= 4 {
		k.pool = append(k.pool, e)
	}
}

// let defines a name, at times for a second time.
func (k *sampler) let(x *symbolic.Expr) *symbolic.Expr {
	name := fmt.Sprint("w", rapid.IntRange(0, 2).Draw(k.t, "name"))
	p := Printer{Scope: k.s.Names()}
	v, err := k.s.tell(lineFor(p, name, x))
	if err != nil || v.Expr == nil || !v.Expr.Shape.Equal(x.Shape) {
		return x
	}
	return v.Expr
}

// lineFor is x as a definition of name.
func lineFor(p Printer, name string, x *symbolic.Expr) string {
	f := p.Form(x)
	if f.Def == nil && len(f.Where) == 0 {
		return lang.Print(&lang.Def{Target: &lang.Target{Name: plainName(name)}, Value: f.X})
	}
	return "w9 = 1"
}

func (k *sampler) abstract(x *symbolic.Expr) *symbolic.Expr {
	last := ""
	if x.Rank() > 0 {
		last, _ = x.Shape[x.Rank()-1].AsName()
	}
	apply := func(f string, args ...*symbolic.Expr) *symbolic.Expr {
		e, err := k.g.Apply(k.s.Lookup(f).Fn, symbolic.In{Args: args})
		if err != nil {
			k.t.Fatal(err)
		}
		return e
	}
	switch {
	case last == "n":
		return apply("l", x, k.g.Call("tanh", x))
	case last == "m":
		return apply("f", x)
	case rapid.Bool().Draw(k.t, "binary"):
		return apply("ρ", x, k.g.Call("exp", x))
	}
	return apply(rapid.SampledFrom([]string{"φ", "user"}).Draw(k.t, "f"), x)
}

// combination is a sum of nodes of one shape.
func (k *sampler) combination(x *symbolic.Expr) *symbolic.Expr {
	var coefs []*big.Rat
	args := []*symbolic.Expr{x}
	for _, e := range k.pool {
		if e.Shape.Equal(x.Shape) && rapid.Bool().Draw(k.t, "term") {
			args = append(args, e)
		}
	}
	if rapid.IntRange(0, 3).Draw(k.t, "ones") == 0 {
		args = append(args, k.g.Ones(x.Shape))
	}
	for range args {
		coefs = append(coefs, big.NewRat(rapid.Int64Range(-3, 3).Draw(k.t, "coef"), rapid.SampledFrom([]int64{1, 2, 3, 10}).Draw(k.t, "over")))
	}
	return k.g.LinearCombination(x.Shape, coefs, args)
}

// einsum multiplies up to four nodes; any label may be summed, kept, repeated or broadcast.
func (k *sampler) einsum() *symbolic.Expr {
	var args []*symbolic.Expr
	var in []string
	dim := map[byte]shape.Dim{}
	for range rapid.IntRange(1, 4).Draw(k.t, "factors") {
		a := k.pick()
		word := ""
		for _, d := range a.Shape {
			name, _ := d.AsName()
			l := byte('a'+2*slices.Index(k.dims, name)) + byte(rapid.SampledFrom([]int{0, 0, 0, 1}).Draw(k.t, "label"))
			dim[l] = d
			word += string(l)
		}
		args, in = append(args, a), append(in, word)
	}
	var out []byte
	for l := byte('a'); l <= 'f'; l++ {
		keep := rapid.IntRange(0, 5).Draw(k.t, "keep")
		_, ok := dim[l]
		if ok && keep < 2 || !ok && keep == 5 && rapid.IntRange(0, 3).Draw(k.t, "broadcast") == 0 {
			if !ok {
				dim[l] = shape.Name(k.dims[(l-'a')/2])
			}
			out = append(out, l)
		}
	}
	if len(out) > 4 {
		out = out[:4]
	}
	if len(out) > 0 {
		out = rapid.Permutation(out).Draw(k.t, "order")
	}
	s := make(shape.Shape, len(out))
	for i, l := range out {
		s[i] = dim[l]
	}
	return k.g.Einsum(in, string(out), args, s)
}

// TestEveryGraphPrintsAndReadsBack: text, ASCII and LaTeX are total, and text reads back as an expression of the same
// values, for random graphs and their first and second derivatives.
func TestEveryGraphPrintsAndReadsBack(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		k := newSampler(rt, t)
		for range rapid.IntRange(1, 12).Draw(rt, "nodes") {
			k.grow()
		}
		e := k.pool[len(k.pool)-1]
		for range rapid.SampledFrom([]int{0, 0, 1, 1, 2}).Draw(rt, "order") {
			d, err := k.g.Diff(e, k.pick())
			if err != nil {
				rt.Fatal(err)
			}
			if d.Rank() <= 5 {
				e = d
			}
		}
		p := k.s.printer()
		p.KeepDerivatives = rapid.Bool().Draw(rt, "keep")
		if p.LaTeX(e) == "" || p.Text(e) == "" {
			rt.Fatal("nothing is printed")
		}
		for _, ascii := range []bool{false, true} {
			if err := readsBackAs(k.s, check.Value{Expr: e, Row: false}, p, ascii); err != nil {
				rt.Fatal(err)
			}
		}
	})
}
