package check

import (
	"fmt"
	"slices"

	"nabla/symbolic"
)

// Names is a Scope as printing sees it: which name denotes a node at present. It implements notation.Scope. It is a
// snapshot: after a definition it is made anew.
type Names struct {
	*Scope
	of   map[*symbolic.Expr]named
	apps map[*symbolic.Func][]*symbolic.Expr // applications of abstract functions in definitions
}

type named struct {
	name string
	row  bool
}

// Names is the snapshot of what names denote. It takes time linear in the definitions.
func (s *Scope) Names() *Names {
	n := &Names{Scope: s, of: map[*symbolic.Expr]named{}, apps: map[*symbolic.Func][]*symbolic.Expr{}}
	seen := map[*symbolic.Expr]bool{}
	for _, b := range s.Bindings() {
		switch b.Kind {
		case Variable, Definition:
			n.of[b.Expr] = named{b.Name, b.Row}
			n.findApplications(b.Expr, seen)
		case FamilyName:
			for k, m := range b.Family.members {
				n.of[m.Expr] = named{fmt.Sprintf("%s[%d]", b.Name, k), m.Row}
				n.findApplications(m.Expr, seen)
			}
		}
	}
	for _, b := range s.Bindings() {
		switch b.Kind {
		case Definition:
			n.nameApplication(b.Expr)
		case FamilyName:
			for _, m := range b.Family.members {
				n.nameApplication(m.Expr)
			}
		}
	}
	return n
}

// nameApplication lets the application of a function that a definition stands for have its name: f = sigmoid(z).
func (n *Names) nameApplication(let *symbolic.Expr) {
	e := let.Body()
	if _, known := n.of[e]; !known && e != let && e.Op == symbolic.Call {
		n.of[e] = n.of[let]
	}
}

func (n *Names) findApplications(e *symbolic.Expr, seen map[*symbolic.Expr]bool) {
	symbolic.Walk(e, func(e *symbolic.Expr) {
		if e.Op == symbolic.Call && e.Fn.Abstract != nil && len(e.Par.Deriv) == 0 {
			n.apps[e.Fn] = append(n.apps[e.Fn], e)
		}
	}, seen)
}

// Add gives a node a name in this snapshot only: one whose own name means something else by now.
func (n *Names) Add(e *symbolic.Expr, name string) {
	n.of[e] = named{name: name}
	if e.Op == symbolic.Let {
		n.nameApplication(e)
	}
}

// Denotes says that some node has the name in this snapshot.
func (n *Names) Denotes(name string) bool {
	for _, d := range n.of {
		if d.name == name {
			return true
		}
	}
	return false
}

// NameOf is the name that denotes e; row says that it stands for the transpose of the vector e.
func (n *Names) NameOf(e *symbolic.Expr) (name string, row, ok bool) {
	d, ok := n.of[e]
	return d.name, d.row, ok
}

// Shadowed says that the name has been given a meaning by the user.
func (n *Names) Shadowed(name string) bool { return n.names[name] != nil }

// OneApplication says that ∂f/∂x, with x an argument of the call, can only be a derivative of this application of f.
func (n *Names) OneApplication(call *symbolic.Expr, arg int) bool {
	x := call.Args[arg]
	if b := n.names[call.Fn.Name]; b == nil || b.Fn != call.Fn {
		return false
	}
	found := false
	for _, a := range n.apps[call.Fn] {
		if !slices.Contains(a.Args, x) {
			continue
		}
		if found || !slices.Equal(a.Args, call.Args) {
			return false
		}
		found = true
	}
	return found
}
