package notation

import (
	"maps"
	"math/big"
	"slices"

	"nabla/lang"
	"nabla/symbolic"
	"nabla/symbolic/shape"
)

// isPlaced says that e takes entries at sums of indices, as in X[i+a, j+b], or adds them up there.
func isPlaced(e *symbolic.Expr) bool { return e.IsCall("gather") || e.IsCall("scatter") }

// placed says that a product has such a factor: it prints as its sum over indices.
func placed(e *symbolic.Expr) bool { return slices.ContainsFunc(e.Args, isPlaced) }

// isPlacedTerm says that a term is a multiple of such a call that has no name: it prints by entries.
func (p *printer) isPlacedTerm(t *term) bool {
	return t.core != nil && t.core.kind == atom && isPlaced(t.core.e) && !p.isLeaf(t.core.e)
}

// placesOf is X[i+a, 2j-1] for a call of gather whose axes have the given letters.
func (p *printer) placesOf(e *symbolic.Expr, at []lang.Expr) lang.Expr {
	x := e.Args[0]
	batch := x.Rank() - e.Par.Core
	args := slices.Clone(at[:batch])
	for a, offset := range e.Par.Dims {
		coef := e.Par.Places(a)
		t := placeTree(coef, offset, at[batch:])
		if p.reach == nil {
			p.reach = map[lang.Expr]reach{}
		}
		p.reach[t] = reach{coef, at[batch:], e.Shape[batch:], x.Shape[batch+a].Sub(offset)}
		args = append(args, t)
	}
	return indexed(p.tree(x), args)
}

// A reach is what a place says of the ranges of its letters: Σ coef·(range − 1) < room, where all ranges are as large
// as they can be.
type reach struct {
	coef []int
	at   []lang.Expr
	dims []shape.Dim
	room shape.Dim
}

// solveRanges marks the letters of at whose range the checker finds by itself: the one unknown of some place, which it
// fills. Letters that are bound within x are known where top is set.
func (p *printer) solveRanges(x lang.Expr, at []lang.Expr, dims []shape.Dim, top bool, used map[string]bool) {
	known := maps.Clone(used)
	lang.Walk(x, func(n lang.Node) bool {
		if s, ok := n.(*lang.SumIdx); ok { // the ranges of what sums within bind are found already
			for _, b := range s.Index {
				known[b.Name] = true
			}
		}
		return true
	})
	defer func() {
		for _, a := range at {
			used[a.(*lang.Name).Name] = known[a.(*lang.Name).Name]
		}
	}()
	for changed := true; changed; {
		changed = false
		lang.Walk(x, func(n lang.Node) bool {
			t, ok := n.(lang.Expr)
			if !ok {
				return true
			}
			if r, ok := p.reach[t]; ok {
				changed = r.solve(at, top, known) || changed
			}
			return true
		})
	}
}

// solve marks the one letter of a place that is not known yet, if its range is what the place leaves it.
func (r reach) solve(at []lang.Expr, top bool, used map[string]bool) bool {
	open, room := -1, r.room
	for i, k := range r.coef {
		name := r.at[i].(*lang.Name).Name
		switch known := used[name] || top && !slices.ContainsFunc(at, func(a lang.Expr) bool { return a.(*lang.Name).Name == name }); {
		case k == 0:
		case known && k > 0:
			room = room.Sub(r.dims[i].Sub(shape.Const(1)).Mul(shape.Const(int64(k))))
		case known:
		case open >= 0 || k != 1:
			return false
		default:
			open = i
		}
	}
	if open < 0 || r.dims[open] != room {
		return false
	}
	used[r.at[open].(*lang.Name).Name] = true
	return true
}

// placeTree is a place counted from 1, as the indices are; offset is it counted from 0 where every index is at its
// first value.
func placeTree(coef []int, offset shape.Dim, at []lang.Expr) lang.Expr {
	var x lang.Expr
	rest := offset.Add(shape.Const(1))
	for _, k := range coef {
		rest = rest.Sub(shape.Const(int64(k)))
	}
	if n, ok := rest.AsConst(); ok && n > 0 && slices.Max(coef) <= 0 { // 11 - i rather than -i + 11
		x, rest = plus(nil, n, nil), shape.Const(0)
	}
	for i, k := range coef {
		if k != 0 {
			x = plus(x, int64(k), at[i])
		}
	}
	if n, ok := rest.AsConst(); ok {
		if n == 0 && x != nil {
			return x
		}
		return plus(x, n, nil)
	}
	if x == nil {
		return sizeTree(rest)
	}
	return binary(lang.Add, x, sizeTree(rest))
}

// plus is x + k·y; y may be nil, which is 1, and x nil, which is 0.
func plus(x lang.Expr, k int64, y lang.Expr) lang.Expr {
	size := k
	if k < 0 {
		size = -k
	}
	var term lang.Expr = number(big.NewRat(size, 1))
	if y != nil && size == 1 {
		term = y
	} else if y != nil {
		term = binary(lang.Mul, term, y)
	}
	switch {
	case x == nil && k < 0:
		return negate(term)
	case x == nil:
		return term
	case k < 0:
		return binary(lang.Sub, x, term)
	}
	return binary(lang.Add, x, term)
}

// scattered is sum[j,m where j + m - 1 == i] B[j,m], an entry of what scatter adds up: at are the letters of its axes. An
// index that is an axis of the result has its letter; an axis that is longer than the last place that is reached gets
// ones(n)[i].
func (x *indices) scattered(e *symbolic.Expr, at []lang.Expr) []lang.Expr {
	b, lead, labels := e.Args[0], e.BatchRank(), e.Par.Ints[0]
	was, entries := x.at, x.p.Indices
	all := x.p.letters(len(was) + labels)
	x.p.Indices = true
	defer func() { x.p.Indices = entries; x.use(was) }()
	letter, bound, dims := make([]lang.Expr, labels), []lang.Expr{}, []shape.Dim{}
	alone := e.Par.Alone(b.Shape[lead:], e.Shape[lead:])
	for l := range letter {
		if a := alone[l]; a >= 0 {
			letter[l] = at[lead+a]
			continue
		}
		letter[l] = all[len(was)+len(bound)]
		bound, dims = append(bound, letter[l]), append(dims, b.Shape[lead+l])
	}
	x.use(all[:len(was)+len(bound)])
	s := &lang.SumIdx{Index: x.p.namesOf(bound)}
	factors := []lang.Expr{}
	if c, t := b.AsScaled(); c.Sign() > 0 && c.Cmp(one) != 0 {
		b, factors = t, append(factors, rational(c))
	}
	s.X = x.p.ranged(x.sum(b, slices.Concat(at[:lead], letter)), bound, dims, false)
	for a, offset := range e.Par.Dims {
		coef := e.Par.Places(a)
		if slices.Contains(alone, a) {
			continue
		}
		s.Where = append(s.Where, &lang.Compare{Op: lang.Eq, X: placeTree(coef, offset, letter), Y: at[lead+a]})
		if n := e.Shape[lead+a]; lastPlace(coef, offset, b.Shape[lead:]) != n {
			factors = append(factors, indexed(call("ones", sizeTree(n)), at[lead+a:lead+a+1]))
		}
	}
	if len(bound) == 0 && len(s.Where) == 0 {
		return append(factors, s.X)
	}
	return append(factors, s)
}

// lastPlace is the last position, counted from 1, of a place whose letters have these ranges.
func lastPlace(coef []int, offset shape.Dim, ranges []shape.Dim) shape.Dim {
	last := offset.Add(shape.Const(1))
	for i, k := range coef {
		if k > 0 {
			last = last.Add(ranges[i].Sub(shape.Const(1)).Mul(shape.Const(int64(k))))
		}
	}
	return last
}
