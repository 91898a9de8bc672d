package fn

import (
	"fmt"
	"slices"

	"nabla/numeric"
	"nabla/symbolic"
	"nabla/symbolic/shape"
)

// A function over named axes acts on the last axes of its argument: the axes it is asked for are moved there and, where
// they survive, back. So each record has to know one place only.

// xAxis is a tensor and the axes a function acts on; without them it is all of them.
var xAxis = []symbolic.Arg{{Name: "x"}, {Name: "axis", Kind: symbolic.Axis, Optional: true}}

// coreLast moves the axes of the application last: axis i of the result is axis order[i] of the argument, and the last
// core of them are those to act on.
func coreLast(i in) (x *expr, core int, order []int) {
	x = i.Args[0]
	if i.Axes == nil {
		return x, x.Rank(), count(x.Rank())
	}
	for k := range x.Rank() {
		if !slices.Contains(i.Axes, k) {
			order = append(order, k)
		}
	}
	order = append(order, i.Axes...)
	return i.G.Permute(x, order...), len(i.Axes), order
}

func count(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// inverse is the permutation that undoes order.
func inverse(order []int) []int {
	out := make([]int, len(order))
	for i, k := range order {
		out[k] = i
	}
	return out
}

// overAxes applies the named record to the axes asked for, which survive.
func overAxes(name string) func(in) (*expr, error) {
	return func(i in) (*expr, error) {
		x, core, order := coreLast(i)
		y := i.G.ApplyParams(name, params{Core: core}, x.Shape, x)
		return i.G.Permute(y, inverse(order)...), nil
	}
}

// reducing applies the named record to the axes asked for, which vanish.
func reducing(name string) func(in) (*expr, error) {
	return func(i in) (*expr, error) {
		x, core, _ := coreLast(i)
		return i.G.ApplyParams(name, params{Core: core}, x.Shape[:x.Rank()-core], x), nil
	}
}

// onlyAxis is the one axis that a function acts on: the one asked for, or that of a vector.
func onlyAxis(name string, i in) (int, error) {
	switch {
	case len(i.Axes) == 1:
		return i.Axes[0], nil
	case i.Axes == nil && i.Args[0].Rank() == 1:
		return 0, nil
	case len(i.Axes) > 1:
		return 0, fmt.Errorf("%s acts along one axis, not along %d", name, len(i.Axes))
	case i.Args[0].Rank() == 0:
		return 0, fmt.Errorf("%s needs an axis to act along, and a number has none", name)
	}
	return 0, fmt.Errorf("say along which of the axes of %v: %s(…, %v)", i.Args[0].Shape, name, i.Args[0].Shape[0])
}

// sizeOf is the number of entries of some axes, as an expression.
func sizeOf(g *symbolic.Graph, s shape.Shape) *expr { return g.DimSize(s.Count()) }

// A block is one application of a kernel: the entries of one result and of each argument, without the axes that the
// function maps over, and memory to work in.
type block struct {
	out     []float64
	tensors []*numeric.Array
	lead    int // axes that the function maps over
	i, n    int // this block, of so many
	par     params
	work    numeric.Work
}

// arg is the k-th argument.
func (b *block) arg(k int) []float64 { return part(b.tensors[k], b.i, b.n) }

// dims are the sizes of the k-th argument.
func (b *block) dims(k int) []int { return b.tensors[k].Shape[b.lead:] }

// each makes a Kernel of a loop over one block. The Kernel may be called for one block or for all of them at once.
func each(f func(b block) error) symbolic.Kernel {
	return func(out *numeric.Array, args []*numeric.Array, par params, work numeric.Work) error {
		b := block{tensors: args, lead: len(args[0].Shape) - par.Core, par: par, work: work}
		b.n = numeric.Count(args[0].Shape[:b.lead])
		for ; b.i < b.n; b.i++ {
			b.out = part(out, b.i, b.n)
			if err := f(b); err != nil {
				return err
			}
		}
		return nil
	}
}

func part(a *numeric.Array, i, n int) []float64 {
	m := len(a.Data) / n
	return a.Data[i*m : (i+1)*m]
}

// matrices checks that the last two axes of the argument are a square matrix.
func matrices(name string, i in) (batch shape.Shape, n shape.Dim, err error) {
	s := i.Args[0].Shape
	k := len(s) - 2
	if k < 0 || !i.G.Dims.Same(s[k], s[k+1]) {
		return nil, n, fmt.Errorf("%s needs a square matrix, not one in %v%s", name, s, asMatrix(i, s))
	}
	return s[:k], s[k], nil
}

// asMatrix says how a tensor whose axes come twice becomes a matrix.
func asMatrix(i in, s shape.Shape) string {
	half := len(s) / 2
	if half < 2 || len(s)%2 == 1 || !i.G.Dims.SameShape(s[:half], s[half:]) {
		return ""
	}
	n := s[:half].Count()
	return fmt.Sprintf("; as a matrix it is reshape(…, %v, %v)", n, n)
}
