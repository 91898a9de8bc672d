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
	return g.ApplyParams("reshape", Params{Core: core, Dims: s}, whole, x)
}

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
