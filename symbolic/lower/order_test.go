package lower

import (
	"math"
	"slices"
	"strings"
	"testing"

	"nabla/numeric"
	"nabla/symbolic"
	"nabla/symbolic/fn"
	"nabla/symbolic/shape"

	"pgregory.net/rapid"
)

// A word is the labels of one factor.
type word string

// multiplied are the labels that are left of a product of two words, beside which there are others.
func multiplied(a, b word, others string) word {
	var out []byte
	for _, l := range []byte(a + b) {
		if strings.IndexByte(others, l) >= 0 && !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	return word(out)
}

// time is the effort of one pairwise product, written anew: its multiplications, four times as many where it sums nothing,
// and 64 for the call.
func (a word) time(b, result word, size map[byte]int) float64 {
	n, labels := 1.0, map[byte]bool{}
	for _, l := range []byte(a + b) {
		if !labels[l] {
			labels[l] = true
			n *= float64(size[l])
		}
	}
	if len(labels) == len(result) {
		n *= 4
	}
	return n + 64
}

// leastTime tries every pair first, and after it every pair of what is left.
func leastTime(factors []word, out string, size map[byte]int) float64 {
	if len(factors) < 2 {
		return 0
	}
	least := math.Inf(1)
	for i := range factors {
		for j := i + 1; j < len(factors); j++ {
			rest := slices.Delete(slices.Delete(slices.Clone(factors), j, j+1), i, i+1)
			others := out
			for _, r := range rest {
				others += string(r)
			}
			p := multiplied(factors[i], factors[j], others)
			least = min(least, factors[i].time(factors[j], p, size)+leastTime(append(rest, p), out, size))
		}
	}
	return least
}

// randomProduct draws factors over up to six labels, each label in two factors or in one and the result.
func randomProduct(t *rapid.T, most int) (factors []word, out string, size map[byte]int) {
	n := rapid.IntRange(2, most).Draw(t, "factors")
	factors, size = make([]word, n), map[byte]int{}
	for l := byte('a'); l < byte('a'+rapid.IntRange(1, 6).Draw(t, "labels")); l++ {
		size[l] = rapid.SampledFrom([]int{2, 3, 5, 7, 11, 30, 64}).Draw(t, "size")
		kept := rapid.Bool().Draw(t, "kept")
		where := rapid.Permutation(axes(n)).Draw(t, "where")[:rapid.IntRange(1, min(n, 3)).Draw(t, "held by")]
		if len(where) == 1 || kept {
			out += string(l)
		}
		for _, k := range where {
			factors[k] += word(l)
		}
	}
	if len(out) > 4 {
		t.Skip("a result of many axes")
	}
	return factors, out, size
}

// asContraction is the product as the planner sees it.
func asContraction(factors []word, out string, size map[byte]int) *contraction {
	labels := func(w string) (n []int) {
		for _, l := range []byte(w) {
			n = append(n, int(l))
		}
		return n
	}
	k := &contraction{target: labels(out)}
	for l, n := range size {
		k.size[l] = n
	}
	for _, f := range factors {
		k.parts = append(k.parts, part{labels: labels(string(f))})
	}
	return k
}

func TestTheOrderOfAProductIsTheCheapestOfAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		factors, out, size := randomProduct(t, 6)
		_, cost, _ := asContraction(factors, out, size).trees()
		if got, want := cost[len(cost)-1], leastTime(factors, out, size); math.Abs(got-want) > 1e-9*want {
			t.Fatalf("%q → %q, %v: %v, but there is an order for %v", factors, out, size, got, want)
		}
	})
}

// The program does not do more than the planner reckoned with: a product two operations for each multiplication, a loop one
// more for the sum.
func TestAProgramMultipliesInTheOrderThatWasFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		factors, out, size := randomProduct(t, 6)
		g := symbolic.NewGraph(fn.Library(), shape.NewEnv())
		b := Bindings{Dims: g.Dims, Values: map[*symbolic.Expr]*numeric.Array{}}
		for l, n := range size {
			g.Dims.SetSize(string("d"+string(l)), n)
		}
		dims := func(w string) (s shape.Shape) {
			for _, l := range []byte(w) {
				s = append(s, shape.Name("d"+string(l)))
			}
			return s
		}
		var in []string
		var args []*symbolic.Expr
		for i, f := range factors {
			v := g.Var("v"+string(byte('a'+i)), dims(string(f)))
			n, _ := g.Dims.Sizes(v.Shape)
			b.Values[v] = numeric.New(n...)
			in, args = append(in, string(f)), append(args, v)
		}
		e := g.Einsum(in, out, args, dims(out))
		most, _ := count(sizesOfWord(out, size))
		if most > 1<<22 {
			t.Skip("large")
		}
		p, err := Compile([]*symbolic.Expr{e}, b)
		if err != nil {
			t.Skip(err)
		}
		// Factors without axes multiply the result in its own loop, at most once for each.
		bound := 3*leastTime(factors, out, size) + float64(2*len(factors)*(most+1))
		if float64(p.Flops()) > bound {
			t.Fatalf("%q → %q, %v: %d operations, reckoned %v\n%+v", factors, out, size, p.Flops(), bound, p.Instructions())
		}
	})
}

func sizesOfWord(w string, size map[byte]int) (n []int) {
	for _, l := range []byte(w) {
		n = append(n, size[l])
	}
	return n
}

// With more factors than all orders are tried for, the cheapest pairs go first: vectors before matrices.
func TestALongChainStartsAtTheVector(t *testing.T) {
	const n, matrices = 40, 2 * exact
	g := symbolic.NewGraph(fn.Library(), shape.NewEnv())
	b := Bindings{Dims: g.Dims, Values: map[*symbolic.Expr]*numeric.Array{}}
	e := g.Var("x", shape.Of("n"))
	b.Values[e] = numeric.New(n)
	for i := range matrices {
		A := g.Var("A"+string(byte('a'+i)), shape.Of("n", "n"))
		b.Values[A] = numeric.New(n, n)
		e = g.MatMul(A, e)
	}
	if len(e.Args) != matrices+1 {
		t.Fatalf("not one product, but %v", e)
	}
	p, err := Compile([]*symbolic.Expr{e}, b)
	if err != nil {
		t.Fatal(err)
	}
	if want := int64(matrices * 2 * n * n); p.Flops() != want {
		t.Errorf("%d operations, want %d: %v", p.Flops(), want, p.Instructions())
	}
}
