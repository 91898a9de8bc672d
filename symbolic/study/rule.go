package study

import (
	"slices"
	"strings"

	"nabla/symbolic"
)

// ThroughFunction begins the name of the rule for a function; its name follows.
const ThroughFunction = "chain rule through "

// RuleName is what a step of the reverse sweep is called; empty for a definition, which hands its cotangent on as it is.
func RuleName(st symbolic.Step) string {
	e := st.Node
	switch e.Op {
	case symbolic.Let:
		return ""
	case symbolic.Sum:
		if len(e.Args) == 1 {
			return "constant factor"
		}
		return "sum"
	case symbolic.Einsum:
		return productRule(e, st.Arg)
	case symbolic.Call:
		return ThroughFunction + st.Rule
	}
	return st.Rule
}

// productRule names the product that e is for its k-th factor.
func productRule(e *symbolic.Expr, k int) string {
	if len(e.Args) == 1 {
		return singleRule(e)
	}
	tensors := slices.DeleteFunc(slices.Clone(e.In), func(l string) bool { return l == "" })
	summed := slices.ContainsFunc([]byte(strings.Join(e.In, "")), func(l byte) bool { return strings.IndexByte(e.Out, l) < 0 })
	same := len(tensors) > 1 && !slices.ContainsFunc(tensors, func(l string) bool { return l != tensors[0] })
	switch {
	case len(tensors) < 2:
		return "scaling"
	case same && e.Out == tensors[0]:
		return "elementwise product"
	case same && e.Out == "" && e.Args[0] == e.Args[1]:
		return "squared norm"
	case same && e.Out == "":
		return "inner product"
	case !summed:
		return "outer product"
	case e.Args[k].Rank() <= 2 && e.Rank() <= 2 && len(tensors) == 2:
		return "matrix product"
	}
	return "tensor product"
}

// singleRule names a product of one factor: it moves, sums, picks or repeats axes.
func singleRule(e *symbolic.Expr) string {
	in := e.In[0]
	missing := func(a, b string) bool {
		return slices.ContainsFunc([]byte(a), func(l byte) bool { return strings.IndexByte(b, l) < 0 })
	}
	switch {
	case missing(in, e.Out):
		return "sum over an axis"
	case missing(e.Out, in):
		return "repetition along an axis"
	case len(in) == len(e.Out):
		return "transpose"
	}
	return "diagonal"
}
