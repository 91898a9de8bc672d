package notation

import (
	"math/big"
	"slices"
	"strings"

	"nabla/lang"
	"nabla/symbolic"
	"nabla/symbolic/shape"
)

// A cutting is X[2, 1..3, :]: what several calls of part take of the axes of X.
type cutting struct {
	of   *symbolic.Expr
	from []shape.Dim // the entries before the first, for each axis
	size []shape.Dim
	is   []bool // the axis is cut
}

// cuttingOf sees through calls of part.
func cuttingOf(e *symbolic.Expr) *cutting {
	c := &cutting{of: e, size: slices.Clone(e.Shape), from: make([]shape.Dim, e.Rank()), is: make([]bool, e.Rank())}
	for c.of.IsCall("part") {
		k := c.of.Rank() - c.of.Par.Core
		c.from[k] = c.from[k].Add(c.of.Par.Dims[0])
		c.is[k] = true
		c.of = c.of.Args[0]
	}
	return c
}

// tree is X[…]; single axes have one position instead of a range.
func (c *cutting) tree(p *printer, single []bool) lang.Expr {
	at := make([]lang.Expr, len(c.from))
	for k := range at {
		first := c.from[k].Add(shape.Const(1))
		switch {
		case !c.is[k]:
			at[k] = &lang.Colon{}
		case single[k]:
			at[k] = dimTree(first, p.dimNumber)
		default:
			at[k] = &lang.Range{From: dimTree(first, p.dimNumber), To: dimTree(c.from[k].Add(c.size[k]), p.dimNumber)}
		}
	}
	return indexed(p.tree(c.of), at)
}

// partTree is X[1..3, :].
func (p *printer) partTree(e *symbolic.Expr) lang.Expr {
	return cuttingOf(e).tree(p, make([]bool, e.Rank()))
}

// entries puts X[2, :] in the place of each operand of a product that is one position of an axis, summed over: that is
// what an index at a fixed position makes.
func (p *printer) entries(e *symbolic.Expr) *symbolic.Expr {
	order, _ := p.visible(e)
	if !slices.ContainsFunc(order, func(n *symbolic.Expr) bool { return n.IsCall("part") }) {
		return e
	}
	done := map[*symbolic.Expr]*symbolic.Expr{}
	for _, n := range order {
		switch {
		case p.isLeaf(n):
			done[n] = n
		case n.Op == symbolic.Einsum:
			done[n] = p.withEntries(n, done)
		default:
			done[n] = p.rebuilt(n, done)
		}
		if p.cut[n] {
			p.cut[done[n]] = true
		}
	}
	return done[e]
}

// withEntries is a product with entries for its operands of one position.
func (p *printer) withEntries(n *symbolic.Expr, done map[*symbolic.Expr]*symbolic.Expr) *symbolic.Expr {
	args, in := make([]*symbolic.Expr, len(n.Args)), slices.Clone(n.In)
	changed := false
	for i, a := range n.Args {
		args[i] = done[a]
		if single := p.singles(n, i); slices.Contains(single, true) {
			args[i], in[i] = p.entry(args[i], in[i], single)
			changed = true
		}
	}
	if !changed {
		return p.rebuilt(n, done)
	}
	return p.g.Einsum(in, n.Out, args, n.Shape)
}

// singles are the axes of operand i that part made one position long and that are summed over by themselves.
func (p *printer) singles(n *symbolic.Expr, i int) []bool {
	single := make([]bool, n.Args[i].Rank())
	if !n.Args[i].IsCall("part") || p.isLeaf(n.Args[i]) {
		return single
	}
	c := cuttingOf(n.Args[i])
	for k := range single {
		label := n.In[i][k : k+1]
		size, ok := c.size[k].AsConst()
		single[k] = c.is[k] && ok && size == 1 && strings.Count(strings.Join(n.In, ""), label) == 1 && !strings.Contains(n.Out, label)
	}
	return single
}

// entry is a leaf for X[2, :], with the labels of the axes that remain.
func (p *printer) entry(e *symbolic.Expr, labels string, single []bool) (*symbolic.Expr, string) {
	var rest []byte
	var s shape.Shape
	for k := range single {
		if !single[k] {
			rest, s = append(rest, labels[k]), append(s, e.Shape[k])
		}
	}
	c := cuttingOf(e)
	leaf := p.g.Fresh("entry", s)
	p.named[leaf] = c.tree(p, single)
	return leaf, string(rest)
}

// listTree is [a, b, c], or [[a, b], [c, d]], where concat joins numbers or equal rows; nil for any other concat. By
// itself [a, b] would be read as two things, unless they are literals or it lies down: [a, b]ᵀ.
func (p *printer) listTree(e *symbolic.Expr) lang.Expr {
	if e.BatchRank() > 0 || e == p.top && !p.Row && !isLiteral(e) {
		return nil
	}
	list := &lang.List{}
	for _, a := range e.Args {
		x := p.item(a)
		if x == nil {
			return nil
		}
		list.Items = append(list.Items, x)
	}
	return list
}

// isLiteral says that e is made of numbers only.
func isLiteral(e *symbolic.Expr) bool {
	found := false
	symbolic.Walk(e, func(n *symbolic.Expr) {
		found = found || n.Op == symbolic.Var || n.Op == symbolic.Let || n.Op == symbolic.Dim || n.Op == symbolic.Call && !n.IsCall("concat")
	}, nil)
	return !found
}

// item is what stands in a list for a slice of one position: the number c for c·ones(1), v for ones(1) vᵀ.
func (p *printer) item(e *symbolic.Expr) lang.Expr {
	if n, ok := e.Shape[0].AsConst(); !ok || n != 1 || p.isLeaf(e) {
		return nil
	}
	if e.Op == symbolic.Ones && e.Rank() == 1 {
		return number(big.NewRat(1, 1))
	}
	x := p.unrepeated(e)
	if x == nil {
		return nil
	}
	return p.tree(x)
}

// unrepeated is e without its first axis, along which it is the same.
func (p *printer) unrepeated(e *symbolic.Expr) *symbolic.Expr {
	switch e.Op {
	case symbolic.Sum:
		args := make([]*symbolic.Expr, len(e.Args))
		for i, a := range e.Args {
			if args[i] = p.unrepeated(a); args[i] == nil {
				return nil
			}
		}
		return p.g.LinearCombination(e.Shape[1:], e.Coef, args)
	case symbolic.Ones:
		return p.g.Ones(e.Shape[1:])
	case symbolic.Einsum:
		first := e.Out[:1]
		if !strings.Contains(strings.Join(e.In, ""), first) {
			return p.g.Einsum(e.In, e.Out[1:], e.Args, e.Shape[1:])
		}
		for i, a := range e.Args {
			if a.Op == symbolic.Ones && e.In[i] == first && strings.Count(strings.Join(e.In, ""), first) == 1 {
				args, in := slices.Delete(slices.Clone(e.Args), i, i+1), slices.Delete(slices.Clone(e.In), i, i+1)
				return p.g.Einsum(in, e.Out[1:], args, e.Shape[1:])
			}
		}
	}
	return nil
}
