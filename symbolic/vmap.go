package symbolic

import (
	"fmt"
	"slices"

	"nabla/symbolic/shape"
)

// Map substitutes args for params in e, where every argument may have leading axes beyond its parameter's: e is then
// mapped over them, and the result has them in front. All arguments with leading axes have the same ones.
func (g *Graph) Map(e *Expr, params, args []*Expr) (*Expr, error) {
	var lead shape.Shape
	by := map[*Expr]*Expr{}
	mapped := map[*Expr]bool{}
	for i, p := range params {
		by[p] = args[i]
		if n := args[i].Rank() - p.Rank(); n > 0 {
			if lead != nil && !g.Dims.SameShape(lead, args[i].Shape[:n]) {
				return nil, fmt.Errorf("arguments map over %v and over %v", lead, args[i].Shape[:n])
			}
			lead = args[i].Shape[:n]
			mapped[p] = true
		}
	}
	if len(mapped) == 0 {
		return g.Substitute(e, by), nil
	}
	m := &mapping{g: g, lead: lead, by: by, mapped: mapped, done: map[*Expr]*Expr{}}
	var err error
	Walk(e, func(n *Expr) {
		if err == nil {
			err = m.visit(n)
		}
	}, nil)
	if err != nil {
		return nil, err
	}
	return m.lifted(e), nil
}

// A mapping rebuilds an expression with leading axes on the nodes that depend on a mapped parameter.
type mapping struct {
	g      *Graph
	lead   shape.Shape
	by     map[*Expr]*Expr
	mapped map[*Expr]bool // nodes whose image has the leading axes
	done   map[*Expr]*Expr
}

func (m *mapping) visit(n *Expr) error {
	if r, ok := m.by[n]; ok {
		m.done[n] = r
		return nil
	}
	any, same := false, true
	args := make([]*Expr, len(n.Args))
	for i, a := range n.Args {
		args[i] = m.done[a]
		any = any || m.mapped[a]
		same = same && args[i] == a
	}
	switch {
	case same:
		m.done[n] = n
	case !any:
		m.done[n] = m.g.Rebuild(n, args)
	default:
		r, err := m.rebuild(n, args)
		if err != nil {
			return err
		}
		m.done[n], m.mapped[n] = r, true
	}
	return nil
}

// lifted is the image of e with the leading axes.
func (m *mapping) lifted(e *Expr) *Expr {
	r := m.done[e]
	if m.mapped[e] {
		return r
	}
	s := slices.Concat(m.lead, r.Shape)
	axes := make([]int, r.Rank())
	for i := range axes {
		axes[i] = len(m.lead) + i
	}
	return m.g.Broadcast(r, s, axes...)
}

func (m *mapping) rebuild(n *Expr, args []*Expr) (*Expr, error) {
	g, k := m.g, len(m.lead)
	s := slices.Concat(m.lead, n.Shape)
	switch n.Op {
	case Let:
		if n.By != nil {
			return args[0], nil
		}
		return g.Let(n.Name, args[0]), nil
	case Sum:
		for i, a := range n.Args {
			args[i] = m.lifted(a)
		}
		return g.LinearCombination(s, n.Coef, args), nil
	case Einsum:
		l := labels(k, 1)
		in := slices.Clone(n.In)
		for i, a := range n.Args {
			if m.mapped[a] {
				in[i] = l + in[i]
			}
		}
		return g.Einsum(in, l+n.Out, args, s), nil
	case Call:
		for i, a := range n.Args {
			args[i] = m.lifted(a)
		}
		if n.Par.Exp != nil {
			return g.Pow(args[0], n.Par.Exp), nil
		}
		return g.call(n.Fn, *n.Par, args, s), nil
	}
	return nil, fmt.Errorf("cannot map over a node of kind %d", n.Op)
}
