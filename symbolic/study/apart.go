package study

import (
	"math/bits"
	"slices"

	"nabla/symbolic"
	"nabla/symbolic/shape"
)

// An apart takes the products of a tape apart into products of two tensors, in the order in which a Counter counts them:
// (N Q) (N K)ᵀ is three operations, and the reverse sweep reads N Q and N K.
type apart struct {
	tape    *Tape
	counter *Counter
	made    map[string]partial // by key
	whole   *symbolic.Expr     // the product under way
	last    []factor           // what is multiplied last in it: two, or one that was made before
}

// A partial is a product that was made, and the number in its key of the label of each axis.
type partial struct {
	expr *symbolic.Expr
	axes []int
}

func newApart(t *Tape) *apart {
	dims := t.Model.Objective.G.Dims
	size := func(name string) (int, bool) { return dims.Size(shape.Name(name)) }
	return &apart{tape: t, counter: NewCounter(size), made: map[string]partial{}}
}

// take puts products of two tensors in the place of e, whose arguments are on the tape.
func (a *apart) take(e *symbolic.Expr) {
	if e.Op != symbolic.Einsum || a.tape.known[e] || repeats(e) {
		return
	}
	p, scalars := a.counter.pairing(e)
	switch n := len(p.factors); {
	case n < 2 || n >= bits.UintSize-1:
	case n == 2:
		key, number := p.numbered(3)
		p.run()
		if _, known := a.made[key]; !known && scalars == 0 {
			a.made[key] = partial{e, numbers(e.Out, number)}
		}
	default:
		p.apart, a.whole = a, e
		p.run()
		a.tape.pairs[e] = a.finish(e)
	}
}

// repeats says that e has an identity in it, or an axis that no factor has: such products stay whole.
func repeats(e *symbolic.Expr) bool {
	if slices.ContainsFunc(e.Args, func(b *symbolic.Expr) bool { return b.Body().Op == symbolic.Delta }) {
		return true
	}
	return slices.ContainsFunc([]byte(e.Out), func(l byte) bool {
		return !slices.ContainsFunc(e.In, func(in string) bool { return slices.Contains([]byte(in), l) })
	})
}

func numbers(axes string, number map[byte]int) []int {
	out := make([]int, len(axes))
	for i := range axes {
		out[i] = number[axes[i]]
	}
	return out
}

// part gives f its product: one that was made, or that of two factors. The outermost has the axes of the whole.
func (a *apart) part(f *factor, number map[byte]int, of []factor, outermost bool) {
	m, known := a.made[f.id]
	if !known {
		axes := slices.Clone(f.labels)
		slices.SortFunc(axes, func(x, y byte) int { return number[x] - number[y] })
		if outermost {
			axes = []byte(a.whole.Out)
		}
		in, args := []string{of[0].axes, of[1].axes}, []*symbolic.Expr{of[0].expr, of[1].expr}
		m = partial{a.whole.G.Einsum(in, string(axes), args, nil), numbers(string(axes), number)}
		a.made[f.id] = m
		a.tape.add(m.expr)
	}
	f.expr = a.whole.G.Let("", m.expr)
	a.tape.add(f.expr)
	label := map[int]byte{}
	for l, n := range number {
		label[n] = l
	}
	for _, n := range m.axes {
		f.axes += string(rune(label[n]))
	}
	if outermost {
		a.last = of
		if known {
			a.last = []factor{*f}
		}
	}
}

// finish is the last product of e, with the factors that are numbers; or a rearrangement of one made before.
func (a *apart) finish(e *symbolic.Expr) *symbolic.Expr {
	var in []string
	var args []*symbolic.Expr
	for _, f := range a.last {
		in, args = append(in, f.axes), append(args, f.expr)
	}
	for i, b := range e.Args {
		if b.Rank() == 0 {
			in, args = append(in, e.In[i]), append(args, b)
		}
	}
	out := e.G.Einsum(in, e.Out, args, nil)
	a.tape.add(out)
	return out
}
