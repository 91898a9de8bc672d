package symbolic

import (
	"slices"

	"nabla/symbolic/shape"
)

// Reshape gives the last core axes of x the shape s: the same entries in the same order, the last axis running fastest.
// A reshape of a reshape is one, and a linear combination of such goes inside the combination: so the cotangent of a
// Kronecker product meets the product that was merged, and no trace of the merging stays.
func (g *Graph) Reshape(x *Expr, core int, s shape.Shape) *Expr {
	for core > 1 && len(s) > 1 && x.Shape[x.Rank()-core] == s[0] { // an axis that stays is one to map over
		core, s = core-1, s[1:]
	}
	lead := x.Shape[:x.Rank()-core]
	whole := slices.Concat(lead, s)
	switch {
	case x.Shape.Equal(whole):
		return x
	case x.Op == Ones:
		return g.Ones(whole)
	case x.IsCall("reshape"):
		at := min(len(lead), x.Rank()-len(x.Par.Dims))
		return g.Reshape(x.Args[0], x.Args[0].Rank()-at, whole[at:])
	case x.Op == Sum && (len(x.Args) == 1 || slices.ContainsFunc(x.Args, func(t *Expr) bool { return t.IsCall("reshape") })):
		terms := make([]*Expr, len(x.Args))
		for i, t := range x.Args {
			terms[i] = g.Reshape(t, core, s)
		}
		return g.LinearCombination(whole, x.Coef, terms)
	case entrywise(x) && slices.ContainsFunc(x.Args, func(f *Expr) bool { return f.IsCall("reshape") }):
		return g.reshapeFactors(x, core, s)
	}
	if fine := x.parted(whole); fine != nil {
		return g.Reshape(fine, fine.Rank(), whole)
	}
	return g.ApplyParams("reshape", Params{Core: core, Dims: s}, whole, x)
}

// parted is a product of identities over finer axes, where a reshape to the axes whole would split one of them: δ on n m is
// δ on n times δ on m, with their axes merged where whole keeps them so. Nil where nothing is split.
func (x *Expr) parted(whole shape.Shape) *Expr {
	groups := axisGroups(x.Shape, whole)
	deltas, in, out := []*Expr{x}, []string{labels(2, 'a')}, labels(2, 'a')
	if x.Op == Einsum {
		deltas, in, out = x.Args, x.In, x.Out
	} else if x.Op != Delta {
		return nil
	}
	if groups == nil || !slices.ContainsFunc(groups, func(s shape.Shape) bool { return len(s) > 1 }) {
		return nil
	}
	parts, at := make([]shape.Shape, len(out)), func(l byte) int { return slices.Index([]byte(out), l) }
	copy(parts, groups)
	for k, d := range deltas {
		if d.Op != Delta {
			return nil
		}
		i, j := at(in[k][0]), at(in[k][1])
		switch {
		case len(parts[i]) < len(parts[j]):
			parts[i] = parts[j]
		case len(parts[j]) < len(parts[i]):
			parts[j] = parts[i]
		}
		if !parts[i].Equal(parts[j]) {
			return nil
		}
	}
	return identities(x.G, deltas, in, out, parts)
}

// identities is a product of Deltas with every axis of out split into its parts.
func identities(g *Graph, deltas []*Expr, in []string, out string, parts []shape.Shape) *Expr {
	fine, first := "", make([]int, len(out))
	var s shape.Shape
	for i := range out {
		first[i] = len(fine)
		fine += labels(len(parts[i]), 1+byte(len(fine)))
		s = append(s, parts[i]...)
	}
	var args []*Expr
	var places []string
	for k := range deltas {
		i, j := slices.Index([]byte(out), in[k][0]), slices.Index([]byte(out), in[k][1])
		for n, d := range parts[i] {
			args = append(args, g.Delta(d))
			places = append(places, string([]byte{fine[first[i]+n], fine[first[j]+n]}))
		}
	}
	return g.Einsum(places, fine, args, s)
}

// axisGroups are, for each axis of coarse, the consecutive axes of fine whose product it is; nil where they do not fall into
// such groups.
func axisGroups(coarse, fine shape.Shape) []shape.Shape {
	out := make([]shape.Shape, 0, len(coarse))
	for _, d := range coarse {
		n := 1
		for n <= len(fine) && fine[:n].Count() != d {
			n++
		}
		if n > len(fine) {
			return nil
		}
		out, fine = append(out, fine[:n]), fine[n:]
	}
	if len(fine) > 0 {
		return nil
	}
	return out
}

// MergedAxes are, for each axis of a reshape, the axes of its argument that it consists of; nil where they do not fall into
// such groups.
func (e *Expr) MergedAxes() []shape.Shape { return axisGroups(e.Shape, e.Args[0].Shape) }

// entrywise says that x is a product of numbers and of tensors of its own shape, entry by entry.
func entrywise(x *Expr) bool {
	return x.Op == Einsum && !slices.ContainsFunc(x.In, func(in string) bool { return in != "" && in != x.Out })
}

// reshapeFactors is the product of the reshaped factors.
func (g *Graph) reshapeFactors(x *Expr, core int, s shape.Shape) *Expr {
	args, in, out := make([]*Expr, len(x.Args)), make([]string, len(x.Args)), Labels(x.Rank()-core+len(s))
	for i, f := range x.Args {
		args[i] = f
		if f.Rank() > 0 {
			args[i], in[i] = g.Reshape(f, core, s), out
		}
	}
	return g.Einsum(in, out, args, nil)
}
