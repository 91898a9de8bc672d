package notation

import (
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

// placesOf is X[i+a, 2j-1] for a call of gather whose axes have the given letters.
func (p *printer) placesOf(e *symbolic.Expr, at []lang.Expr) lang.Expr {
	x := e.Args[0]
	batch := x.Rank() - e.Par.Core
	args := slices.Clone(at[:batch])
	n := e.Par.Ints[0]
	for a, offset := range e.Par.Dims {
		coef := e.Par.Ints[1+a*n : 1+(a+1)*n]
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
	for changed := true; changed; {
		changed = false
		lang.Walk(x, func(n lang.Node) bool {
			t, ok := n.(lang.Expr)
			if !ok {
				return true
			}
			if r, ok := p.reach[t]; ok {
				changed = r.solve(at, top, used) || changed
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
	for i, k := range coef {
		if k != 0 {
			x = plus(x, int64(k), at[i])
			rest = rest.Sub(shape.Const(int64(k)))
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

// scatterTree is prod(B, ∂G/∂t), where G[i,a] = t[i+a] takes entries where scatter adds them up.
func (p *printer) scatterTree(e *symbolic.Expr) lang.Expr {
	b := e.Args[0]
	core := len(e.Par.Dims)
	batch := e.Rank() - core
	t := p.fresh("t")
	zeros := call("zeros")
	for _, d := range e.Shape[batch:] {
		zeros.Args = append(zeros.Args, lang.Arg{X: sizeTree(d)})
	}
	p.where = append(p.where, &lang.Def{Target: &lang.Target{Name: plainName(t)}, Value: zeros})
	p.rank[t] = core
	x := p.g.Var(t, e.Shape[batch:])
	p.named[x] = name(t)
	par := e.Par
	par.Core = core
	taken := p.define(p.g.ApplyParams("gather", par, b.Shape[batch:], x))
	return call("prod", p.tree(b), &lang.Deriv{Num: taken, Wrt: []lang.Expr{name(t)}})
}
