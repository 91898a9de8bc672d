package lower

import (
	"context"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
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

// minor is the k-th derivative of det(x) by the entries at rows and columns, by expansion: integers stay exact.
func minor(x []float64, n int, rows, columns []int) float64 {
	var keepRows, keepColumns []int
	sign := 1.0
	for i := range n {
		if !slices.Contains(rows, i) {
			keepRows = append(keepRows, i)
		}
		if !slices.Contains(columns, i) {
			keepColumns = append(keepColumns, i)
		}
	}
	order := func(places []int) {
		for a := range places {
			for b := range a {
				if places[b] == places[a] {
					sign = 0
				} else if places[b] > places[a] {
					sign = -sign
				}
			}
			if places[a]%2 == 1 {
				sign = -sign
			}
		}
	}
	order(rows)
	order(columns)
	if sign == 0 {
		return 0
	}
	var det func(r, c []int) float64
	det = func(r, c []int) float64 {
		if len(r) == 0 {
			return 1
		}
		sum, s := 0.0, 1.0
		for j := range c {
			rest := slices.Delete(slices.Clone(c), j, j+1)
			sum += s * x[r[0]*n+c[j]] * det(r[1:], rest)
			s = -s
		}
		return sum
	}
	return sign * det(keepRows, keepColumns)
}

// ofRank is an n×n matrix of small integers of at most a rank.
func ofRank(r *rand.Rand, n, rank int) []float64 {
	x := make([]float64, n*n)
	for range rank {
		u, v := make([]float64, n), make([]float64, n)
		for i := range n {
			u[i], v[i] = float64(r.IntN(5)-2), float64(r.IntN(5)-2)
		}
		for i := range x {
			x[i] += u[i/n] * v[i%n]
		}
	}
	return x
}

// TestDerivativesOfADeterminantAreMinors: of orders one to three, at regular and singular matrices of every rank.
func TestDerivativesOfADeterminantAreMinors(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	g := symbolic.NewGraph(fn.Library(), shape.NewEnv())
	X := g.Var("X", shape.Of("n", "n"))
	orders := []*symbolic.Expr{g.Let("J", g.Call("det", X))}
	for k := range 3 {
		d, err := g.Diff(orders[k], X)
		if err != nil {
			t.Fatal(err)
		}
		orders = append(orders, d)
	}
	for _, n := range []int{1, 2, 3, 4, 5} {
		for rank := range n + 1 {
			x := numeric.New(n, n)
			copy(x.Data, ofRank(r, n, rank))
			b := Bindings{Values: map[*symbolic.Expr]*numeric.Array{X: x}}
			for k, e := range orders {
				if k == 3 && n > 3 && rank%2 == 0 {
					continue // large
				}
				got := both(t, e, b)
				want := make([]float64, len(got))
				at := make([]int, 2*k)
				for i := range want {
					for rest, a := i, 2*k-1; a >= 0; a-- {
						at[a], rest = rest%n, rest/n
					}
					var rows, columns []int
					for m := range k {
						rows, columns = append(rows, at[2*m]), append(columns, at[2*m+1])
					}
					want[i] = minor(x.Data, n, rows, columns)
				}
				near(t, fmt.Sprintf("derivative %d of det at rank %d of %d", k, rank, n), got, want)
			}
		}
	}
}

// both is e by the program and by the reference, which must agree.
func both(t *testing.T, e *symbolic.Expr, b Bindings) []float64 {
	t.Helper()
	p, err := Compile([]*symbolic.Expr{e}, b)
	if err != nil {
		t.Fatal(err)
	}
	out, err := p.Eval(context.Background(), b)
	if err != nil {
		t.Fatal(err)
	}
	ref, err := Reference(context.Background(), []*symbolic.Expr{e}, b)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range ref[0].Data { // what cancels here has terms of some thousands
		if got := out[0].Data[i]; math.Abs(got-want) > 1e-10*(1+math.Abs(want)) {
			t.Fatalf("the program: entry %d is %v, the reference says %v", i, got, want)
		}
	}
	return out[0].Data
}

// TestMixedDerivativesAtSingularMatrices: second derivatives of what determinants are composed with, against differences of
// the first.
func TestMixedDerivativesAtSingularMatrices(t *testing.T) {
	g := symbolic.NewGraph(fn.Library(), shape.NewEnv())
	B, x, y, s := g.Var("B", shape.Of("n", "d")), g.Var("x", shape.Of("d")), g.Var("y", shape.Of("n")), g.Var("s", nil)
	A := g.Var("A", shape.Of("n", "n"))
	M := g.Let("M", g.E("a,b->ab", g.E("ab,b->a", B, x), y))
	N := g.Let("N", g.Sum(A.Shape, M, g.E(",ab->ab", s, A)))
	D := g.Let("D", g.Call("det", N))
	values := map[*symbolic.Expr]*numeric.Array{
		B: numeric.From([]float64{1, 2, 3, 4, 5, 7}, 3, 2), x: numeric.From([]float64{1, -2}, 2), y: numeric.From([]float64{1, -1, 2}, 3),
		s: numeric.From([]float64{0}), A: numeric.From([]float64{1, 2, 3, 2, 4, 6, 1, 0, 1}, 3, 3),
	}
	for name, J := range map[string]*symbolic.Expr{
		"det": D, "det squared": g.Pow(D, big.NewRat(2, 1)), "det times trace": g.E(",aa->", D, N),
		"a function of det": g.Call("sin", D), "adj": g.E("ab,ab->", g.Call("adj", N), A), "det of a product": g.Call("det", g.E("ab,bc->ac", N, A)),
	} {
		for _, u := range []*symbolic.Expr{B, x, s, A} {
			for _, v := range []*symbolic.Expr{B, x, y, s} {
				first, err := g.Diff(J, u)
				if err != nil {
					t.Fatal(err)
				}
				second, err := g.Diff(first, v)
				if err != nil {
					t.Fatal(err)
				}
				got := both(t, second, Bindings{Values: values})
				want := differences(t, first, v, values)
				for i := range want {
					if math.Abs(got[i]-want[i]) > 1e-6*(1+math.Abs(want[i])) {
						t.Errorf("∂²(%s)/∂%s∂%s entry %d: %v, differences %v", name, u.Name, v.Name, i, got[i], want[i])
					}
				}
			}
		}
	}
}

// differences is ∂e/∂v by differences of fourth order.
func differences(t *testing.T, e, v *symbolic.Expr, values map[*symbolic.Expr]*numeric.Array) []float64 {
	t.Helper()
	at, n := values[v], len(values[v].Data)
	defer func() { values[v] = at }()
	var out []float64
	const h = 2e-3
	for k := range n {
		var sum []float64
		for _, c := range []struct{ step, weight float64 }{{-2, 1. / 12}, {-1, -8. / 12}, {1, 8. / 12}, {2, -1. / 12}} {
			moved := at.Clone()
			moved.Data[k] += c.step * h
			values[v] = moved
			y := both(t, e, Bindings{Values: values})
			if sum == nil {
				sum = make([]float64, len(y))
				if out == nil {
					out = make([]float64, len(y)*n)
				}
			}
			for i := range y {
				sum[i] += c.weight / h * y[i]
			}
		}
		for i := range sum {
			out[i*n+k] = sum[i]
		}
	}
	return out
}
