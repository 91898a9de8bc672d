package kernel

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"nabla/lang"
	"nabla/symbolic/shape"
)

// fits finds the largest batch, and the largest depth, for limit=bytes.
func (m *memory) fits() *lang.Error {
	x := m.named("limit")
	if x == nil {
		return nil
	}
	bound, err := m.limit()
	if err != nil {
		return err
	}
	limit, _ := bound.Float64()
	f, depth := m.own, m.depth
	if depth == "" {
		if deep, name, ok := m.anyDepth(); ok {
			f, depth = deep, name
		}
	}
	if f.axis == "" && depth == "" {
		return m.singleExample(x)
	}
	sized := func(name string) bool { _, ok := m.in.size(name); return ok }
	bytes := bytesText(new(big.Rat).SetFloat64(limit))
	if depth != "" && (f.axis == "" || sized(f.axis)) {
		if m.d.Deepest, err = m.largestOf(f, depth, limit, x); err != nil {
			return err
		}
		m.page.say("the largest %s that trains in %s: %s", depth, bytes, largestText(m.d.Deepest))
	}
	if f.axis != "" && (depth == "" || sized(depth)) {
		if m.d.Fits, err = m.largestOf(f, f.axis, limit, x); err != nil {
			return err
		}
		m.page.say("the largest %s that trains in %s: %s", f.axis, bytes, largestText(m.d.Fits))
	}
	if m.d.Deepest == nil && m.d.Fits == nil {
		return m.unsized(x, shape.Symbol(f.axis), "")
	}
	return nil
}

// singleExample refuses to find the largest batch of a model that has none.
func (m *memory) singleExample(x lang.Expr) *lang.Error {
	e := m.errorf("E372", x, "the model is one of a single example: batch=n asks for a batch")
	J, _ := m.own.w.Tree(m.positional()[0])
	bytes, _ := m.own.w.Tree(x)
	e.Fixes = append(e.Fixes, lang.Fix{Text: fmt.Sprintf("memory(%s, batch=%s, limit=%s)", J, m.own.w.freeDimension(m.in), bytes)})
	return e
}

// anyDepth are the facts for any depth of a model whose depth is a dimension that has a size.
func (m *memory) anyDepth() (f *memoryFacts, depth string, ok bool) {
	for _, name := range m.state.scope.Lengths() {
		var at []*memoryFacts
		_, err := m.overDepths(name, func(first bool) *lang.Error {
			if first {
				at = nil
			}
			own, _, err := m.facts()
			at = append(at, own)
			return err
		}, func(fit *fitting) { f = forAnyDepth(fit, at) })
		if err == nil && slices.Contains(f.training.Names(), name) {
			return f, name, true
		}
	}
	return nil, "", false
}

// largestOf is the largest size of a dimension with which a model trains, by optimiser and type of numbers.
func (m *memory) largestOf(f *memoryFacts, dim string, limit float64, x lang.Expr) (map[string]int64, *lang.Error) {
	out := map[string]int64{}
	for _, o := range optimizers {
		for _, t := range numberTypes {
			q := f.training.Add(f.params.Times(o.state)).Times(t.bytes)
			most, missing := m.in.largest(q, dim, limit)
			if missing != nil {
				return nil, m.unsized(x, q, dim)
			}
			out[o.name+" "+t.name] = most
		}
	}
	return out, nil
}

// numberTypes are the types of numbers, with the bytes of one.
var numberTypes = []struct {
	name  string
	bytes int64
}{{"float64", 8}, {"float32", 4}}

func largestText(sizes map[string]int64) string {
	var parts []string
	for _, o := range optimizers {
		for _, t := range numberTypes {
			parts = append(parts, fmt.Sprintf("%s %s %d", o.name, t.name, sizes[o.name+" "+t.name]))
		}
	}
	return strings.Join(parts, ", ")
}

// unsized says which dimension needs a size before a number can be given.
func (a *ask) unsized(at lang.Node, q shape.Quantity, but string) *lang.Error {
	in := a.ruler()
	for _, name := range in.canon(q).Names() {
		if _, ok := in.size(name); !ok && name != but {
			e := a.errorf("E302", at, "dimension %s has no size", name)
			a.offer(e, "", "dim "+name+" = 64")
			return e
		}
	}
	return a.errorf("E302", at, "a dimension has no size")
}

// largest is the largest size of a dimension for which a quantity is at most limit; 0 where none is small enough. What
// memory takes never falls as a dimension grows.
func (r ruler) largest(q shape.Quantity, dim string, limit float64) (int64, error) {
	q = r.canon(q)
	return largestThat(func(n int64) (bool, error) {
		v, err := q.Eval(func(name string) (int, bool) {
			if name == dim {
				return int(n), true
			}
			return r.size(name)
		})
		if err != nil {
			return false, err
		}
		f, _ := v.Float64()
		return f <= limit, nil
	})
}

// largestThat is the largest number that fits, if all below it do; 0 where none does.
func largestThat(fits func(n int64) (bool, error)) (int64, error) {
	lo, hi := int64(0), int64(1)
	for {
		ok, err := fits(hi)
		if err != nil {
			return 0, err
		}
		if !ok || hi > 1<<40 {
			break
		}
		lo, hi = hi, 2*hi
	}
	for hi-lo > 1 {
		mid := (lo + hi) / 2
		ok, err := fits(mid)
		if err != nil {
			return 0, err
		}
		if ok {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo, nil
}
