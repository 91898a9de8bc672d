package notation

import (
	"math"

	"nabla/lang"
	"nabla/symbolic"
)

// lineLimit bounds the nodes of one printed line; what is longer is cut into lines of their own.
const lineLimit = 240

// foldLimit is the size from which a formula keeps ∂J/∂z by name rather than by its formula.
const foldLimit = 120

// shareLimit is the size from which a part that is used more than once gets a line of its own, in what is long.
const shareLimit = 10

// prepare rebuilds e without the definitions that are not printed by name. Names in scope stay; the derivatives by
// way of which e was computed stay where the formula would become too long without them.
func (p *printer) prepare(e *symbolic.Expr) *symbolic.Expr {
	p.cut = map[*symbolic.Expr]bool{}
	e = p.entries(p.inline(e, p.keep(e)))
	p.cut = p.long(e)
	return e
}

// keep decides which definitions that have no name in scope stay nodes, and names those that do.
func (p *printer) keep(e *symbolic.Expr) map[*symbolic.Expr]bool {
	kept := map[*symbolic.Expr]bool{}
	order, uses := p.visible(e)
	size := map[*symbolic.Expr]float64{}
	long := p.expanded(order, nil)[e] > foldLimit
	for _, n := range order {
		size[n] = p.sizeOf(n, size, kept)
		if n.Op != symbolic.Let || p.inScope(n) || n == e {
			continue
		}
		shared := uses[n] > 1 && size[n] > shareLimit
		if p.KeepDerivatives && n.By != nil || long && (shared || size[n] > foldLimit/3) {
			kept[n] = true
			p.nameDerivative(n)
		}
	}
	return kept
}

// nameDerivative lets ∂J/∂z be written as that, if J and z are names; else it gets a line of its own when it is used.
func (p *printer) nameDerivative(n *symbolic.Expr) {
	if n.Op != symbolic.Let || n.By == nil {
		return
	}
	of, ok1 := p.scopeName(n.By.Of)
	by, ok2 := p.scopeName(n.By.By)
	if ok1 && ok2 && isOperand(of) && isOperand(by) {
		p.named[n] = &lang.Deriv{Num: of, Wrt: []lang.Expr{by}}
	}
}

// isOperand says that x may stand in ∂J/∂x: a name, or a member of a family.
func isOperand(x lang.Expr) bool {
	if i, ok := x.(*lang.Index); ok {
		x = i.X
	}
	return isName(x)
}

// visible lists the nodes that printing e meets, arguments first, and how often each is used. It does not look below
// names.
func (p *printer) visible(e *symbolic.Expr) (order []*symbolic.Expr, uses map[*symbolic.Expr]int) {
	uses = map[*symbolic.Expr]int{}
	seen := map[*symbolic.Expr]bool{}
	type frame struct {
		e    *symbolic.Expr
		next int
	}
	stack := []frame{{e, 0}}
	seen[e] = true
	for len(stack) > 0 {
		top := &stack[len(stack)-1]
		if p.KeepDerivatives && top.next == 0 && top.e != e {
			p.nameDerivative(top.e)
		}
		if top.next < len(top.e.Args) && !p.isLeaf(top.e) {
			a := top.e.Args[top.next]
			top.next++
			uses[a]++
			if !seen[a] {
				seen[a] = true
				stack = append(stack, frame{a, 0})
			}
			continue
		}
		order = append(order, top.e)
		stack = stack[:len(stack)-1]
	}
	return order, uses
}

// sizeOf counts the nodes that e is printed with.
func (p *printer) sizeOf(e *symbolic.Expr, size map[*symbolic.Expr]float64, kept map[*symbolic.Expr]bool) float64 {
	s := 1.0
	if p.isLeaf(e) {
		return s
	}
	for _, a := range e.Args {
		if kept[a] {
			s++
		} else {
			s += size[a]
		}
	}
	return math.Min(s, math.MaxFloat64/1e6)
}

func (p *printer) expanded(order []*symbolic.Expr, kept map[*symbolic.Expr]bool) map[*symbolic.Expr]float64 {
	size := map[*symbolic.Expr]float64{}
	for _, n := range order {
		size[n] = p.sizeOf(n, size, kept)
	}
	return size
}

// inline replaces definitions that are neither names nor kept by their bodies, without touching what is below names.
func (p *printer) inline(e *symbolic.Expr, kept map[*symbolic.Expr]bool) *symbolic.Expr {
	order, _ := p.visible(e)
	done := map[*symbolic.Expr]*symbolic.Expr{}
	for _, n := range order {
		switch {
		case p.isLeaf(n):
			done[n] = n
		case n.Op == symbolic.Let && !kept[n]:
			done[n] = done[n.Args[0]]
		default:
			done[n] = p.rebuilt(n, done)
		}
		if kept[n] && p.named[n] == nil {
			p.cut[done[n]] = true
		}
	}
	return done[e]
}

func (p *printer) rebuilt(n *symbolic.Expr, done map[*symbolic.Expr]*symbolic.Expr) *symbolic.Expr {
	args, same := make([]*symbolic.Expr, len(n.Args)), true
	for i, a := range n.Args {
		args[i] = done[a]
		same = same && args[i] == a
	}
	if same {
		return n
	}
	return p.g.Rebuild(n, args)
}

// long lists the nodes that get a line of their own: kept definitions, and in what is long, parts that are used more
// than once or are long themselves.
func (p *printer) long(e *symbolic.Expr) map[*symbolic.Expr]bool {
	cut := p.cut
	order, uses := p.visible(e)
	if p.expanded(order, nil)[e] <= lineLimit {
		return cut
	}
	size := map[*symbolic.Expr]float64{}
	for _, n := range order {
		size[n] = p.sizeOf(n, size, cut)
		shared := uses[n] > 1 && size[n] > shareLimit
		if n != e && (shared || size[n] > lineLimit) && n.Op != symbolic.Let && !p.repeats(n) {
			cut[n] = true
		}
	}
	return cut
}

// repeats says that n only repeats a part along axes; in a sum it needs no name.
func (p *printer) repeats(n *symbolic.Expr) bool {
	return n.Op == symbolic.Einsum && len(n.Args) == 1
}
