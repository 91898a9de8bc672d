package kernel

import (
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strconv"

	"nabla/lang"
	"nabla/symbolic/shape"
)

// depths are the numbers of layers that a model whose depth is a symbol is built with, beyond the first. What a report says
// of it for any depth holds for all of these: two of them determine what grows by the same amount with every layer, the
// others confirm it.
var depths = []int64{0, 1, 2, 3, 5}

// firstDepths are those from which layers may be alike: a model of one layer can be unlike all others.
var firstDepths = []int64{1, 2, 4}

// atDepth answers in a copy of the session in which a dimension has a size, and goes back.
func (j *job) atDepth(name string, k int64, answer func() *lang.Error) *lang.Error {
	before := j.state
	j.state = before.clone()
	defer func() {
		j.state = before
		before.scope.Activate()
	}()
	if err := j.state.scope.Resize(name, int(k)); err != nil {
		return err
	}
	return answer()
}

// A fitting finds what quantities are for any depth.
type fitting struct {
	from  int64 // the first depth
	basis []shape.Quantity
	at    [][]*big.Rat // the basis at every depth tried
	wrong bool         // something does not grow by the same amount with every layer
}

// overDepths answers at some depths from the first one on for which combine finds the answers alike. Where there is none it
// says so.
func (a *ask) overDepths(depth string, answer func(first bool) *lang.Error, combine func(f *fitting)) (*fitting, *lang.Error) {
	for _, from := range firstDepths {
		f := &fitting{from: from, basis: []shape.Quantity{shape.Integer(1), shape.Symbol(depth)}}
		var failed *lang.Error
		for i, k := range depths {
			k += from
			f.at = append(f.at, []*big.Rat{big.NewRat(1, 1), big.NewRat(k, 1)})
			if err := a.atDepth(depth, k, func() *lang.Error { return answer(i == 0) }); err != nil {
				failed = err
				break
			}
		}
		if failed != nil {
			if from == firstDepths[len(firstDepths)-1] {
				return nil, failed
			}
			continue // a member that the statement names is not there yet
		}
		if combine(f); !f.wrong {
			return f, nil
		}
	}
	e := a.errorf("E219", a.positional()[0], "the layers are not alike: %s needs a number", depth)
	a.offer(e, "for three of them", "dim "+depth+" = 3")
	return nil, e
}

// fitPairs is fit for what grows with pairs of layers.
func (f *fitting) fitPairs(of func(i int) shape.Quantity) shape.Quantity {
	g := &fitting{basis: append(slices.Clone(f.basis), f.basis[1].Mul(f.basis[1]))}
	for _, b := range f.at {
		g.at = append(g.at, []*big.Rat{b[0], b[1], new(big.Rat).Mul(b[1], b[1])})
	}
	q := g.fit(of)
	f.wrong = f.wrong || g.wrong
	return q
}

// note says for which depths an answer holds.
func (f *fitting) note(depth string) string {
	return fmt.Sprintf("it holds for any %s from %d on: with every one more, the same is added", depth, f.from)
}

// fit is a quantity for any depth; of is the quantity at the i-th depth tried.
func (f *fitting) fit(of func(i int) shape.Quantity) shape.Quantity {
	samples := make([]shape.Sample, len(f.at))
	for i, b := range f.at {
		samples[i] = shape.Sample{Basis: b, Value: of(i)}
	}
	q, ok := shape.Fit(f.basis, samples)
	f.wrong = f.wrong || !ok
	return q
}

// number is fit for a count.
func (f *fitting) number(of func(i int) int64) shape.Quantity {
	return f.fit(func(i int) shape.Quantity { return shape.Integer(of(i)) })
}

// member is the number of a member in a name: H[3], or two of them in a formula.
var member = regexp.MustCompile(`\[\d+\]`)

// texts are as many texts at every depth.
func (f *fitting) texts(of func(i int) []string) []string {
	for i := range f.at {
		if len(of(i)) != len(of(0)) {
			f.wrong = true
			return of(0)
		}
	}
	var out []string
	for k := range of(0) {
		out = append(out, f.text(func(i int) string { return of(i)[k] }))
	}
	return out
}

// text is a text for any depth: the numbers of members in it are fitted. Texts that differ elsewhere are not alike.
func (f *fitting) text(of func(i int) string) string {
	pattern := member.ReplaceAllString(of(0), "[]")
	for i := range f.at {
		if member.ReplaceAllString(of(i), "[]") != pattern {
			f.wrong = true
			return pattern
		}
	}
	at := -1
	return member.ReplaceAllStringFunc(of(0), func(string) string {
		at++
		return "[" + f.number(func(i int) int64 {
			found := member.FindAllString(of(i), -1)[at]
			n, _ := strconv.ParseInt(found[1:len(found)-1], 10, 64)
			return n
		}).String() + "]"
	})
}
