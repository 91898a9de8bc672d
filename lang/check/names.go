package check

import (
	"slices"
	"sync"

	"nabla/symbolic"
)

// Names is a Scope as printing sees it: which name denotes a node at present. It implements notation.Scope. It is a
// snapshot: after a definition it is made anew. It costs nothing until a node is looked for.
type Names struct {
	*Scope
	added map[*symbolic.Expr]named // in this snapshot only
	known *nameTable
}

type named struct {
	name string
	row  bool
}

// Names is the snapshot of what names denote.
func (s *Scope) Names() *Names {
	return &Names{Scope: s, added: map[*symbolic.Expr]named{}}
}

// table is what the names of the scope denote, made when it is first needed.
func (n *Names) table() *nameTable {
	if n.known == nil {
		n.known = n.tables.of(n.Scope)
	}
	return n.known
}

// Lets are the definitions, members of families included. The list is not to be written to.
func (n *Names) Lets() []*symbolic.Expr { return slices.Clip(n.table().lets) }

// A tableCell holds the table of a scope and of its clones, until one of them binds a name.
type tableCell struct {
	sync.Mutex
	table   *nameTable
	members int // of families, which are made on demand, when it was built
}

// of is the table of s, built in time linear in the definitions where it is not at hand.
func (c *tableCell) of(s *Scope) *nameTable {
	c.Lock()
	defer c.Unlock()
	if members := s.countMembers(); c.table == nil || c.members != members {
		c.table, c.members = s.nameTable(), members
	}
	return c.table
}

func (s *Scope) countMembers() (n int) {
	for name := range s.families.All() {
		n += len(s.names.At(name).Family.members)
	}
	return n
}

// A nameTable is what stands in the definitions of a scope.
type nameTable struct {
	apps map[*symbolic.Func][]*symbolic.Expr // applications of abstract functions
	lets []*symbolic.Expr                    // in the order of their names
}

func (s *Scope) nameTable() *nameTable {
	t := &nameTable{apps: map[*symbolic.Func][]*symbolic.Expr{}}
	seen := map[*symbolic.Expr]bool{}
	for _, b := range s.Bindings() {
		switch b.Kind {
		case Variable, Definition:
			t.add(b.Expr, seen)
		case FamilyName:
			for _, k := range b.Family.Numbers() {
				t.add(b.Family.members[k].Expr, seen)
			}
		}
	}
	return t
}

func (t *nameTable) add(e *symbolic.Expr, seen map[*symbolic.Expr]bool) {
	if e.Op == symbolic.Let {
		t.lets = append(t.lets, e)
	}
	symbolic.Walk(e, func(e *symbolic.Expr) {
		if e.Op == symbolic.Call && e.Fn.Abstract != nil && len(e.Par.Deriv) == 0 {
			t.apps[e.Fn] = append(t.apps[e.Fn], e)
		}
	}, seen)
}

// application is the call that a definition stands for, or nil.
func application(let *symbolic.Expr) *symbolic.Expr {
	if e := let.Body(); e != let && e.Op == symbolic.Call {
		return e
	}
	return nil
}

// Add gives a node a name in this snapshot only: one whose own name means something else by now.
func (n *Names) Add(e *symbolic.Expr, name string) {
	n.added[e] = named{name: name}
	if call := application(e); e.Op == symbolic.Let && call != nil {
		if _, _, known := n.NameOf(call); !known {
			n.added[call] = n.added[e]
		}
	}
}

// Denotes says that some node has the name in this snapshot.
func (n *Names) Denotes(name string) bool {
	for _, d := range n.added {
		if d.name == name {
			return true
		}
	}
	return n.valueOf(name).Expr != nil
}

// NameOf is the name that denotes e; row says that it stands for the transpose of the vector e.
func (n *Names) NameOf(e *symbolic.Expr) (name string, row, ok bool) {
	d, ok := n.added[e]
	if !ok {
		d, ok = n.denotes(e)
	}
	return d.name, d.row, ok
}

// Shadowed says that the name has been given a meaning by the user.
func (n *Names) Shadowed(name string) bool { return n.names.At(name) != nil }

// OneApplication says that ∂f/∂x, with x an argument of the call, can only be a derivative of this application of f.
func (n *Names) OneApplication(call *symbolic.Expr, arg int) bool {
	x := call.Args[arg]
	if b := n.names.At(call.Fn.Name); b == nil || b.Fn != call.Fn {
		return false
	}
	found := false
	for _, a := range n.table().apps[call.Fn] {
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
