package check

import (
	"fmt"
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
	if c.table == nil || c.members != c.table.countMembers() {
		c.table = s.nameTable()
		c.members = c.table.countMembers()
	}
	return c.table
}

// A nameTable is which name of a scope denotes a node.
type nameTable struct {
	of       map[*symbolic.Expr]named
	apps     map[*symbolic.Func][]*symbolic.Expr // applications of abstract functions in definitions
	lets     []*symbolic.Expr                    // in the order of their names
	families []*Family
}

func (t *nameTable) countMembers() (n int) {
	for _, f := range t.families {
		n += len(f.members)
	}
	return n
}

func (s *Scope) nameTable() *nameTable {
	t := &nameTable{of: map[*symbolic.Expr]named{}, apps: map[*symbolic.Func][]*symbolic.Expr{}}
	seen := map[*symbolic.Expr]bool{}
	for _, b := range s.Bindings() {
		switch b.Kind {
		case Variable, Definition:
			t.add(b.Expr, named{b.Name, b.Row}, seen)
		case FamilyName:
			t.families = append(t.families, b.Family)
			for _, k := range b.Family.Numbers() {
				m := b.Family.members[k]
				t.add(m.Expr, named{fmt.Sprintf("%s[%d]", b.Name, k), m.Row}, seen)
			}
		}
	}
	for _, let := range t.lets {
		t.nameApplication(let)
	}
	return t
}

func (t *nameTable) add(e *symbolic.Expr, n named, seen map[*symbolic.Expr]bool) {
	t.of[e] = n
	if e.Op == symbolic.Let {
		t.lets = append(t.lets, e)
	}
	t.findApplications(e, seen)
}

// nameApplication lets the application of a function that a definition stands for have its name: f = sigmoid(z).
func (t *nameTable) nameApplication(let *symbolic.Expr) {
	if e := application(let); e != nil {
		if _, known := t.of[e]; !known {
			t.of[e] = t.of[let]
		}
	}
}

// application is the call that a definition stands for, or nil.
func application(let *symbolic.Expr) *symbolic.Expr {
	if e := let.Body(); e != let && e.Op == symbolic.Call {
		return e
	}
	return nil
}

func (t *nameTable) findApplications(e *symbolic.Expr, seen map[*symbolic.Expr]bool) {
	symbolic.Walk(e, func(e *symbolic.Expr) {
		if e.Op == symbolic.Call && e.Fn.Abstract != nil && len(e.Par.Deriv) == 0 {
			t.apps[e.Fn] = append(t.apps[e.Fn], e)
		}
	}, seen)
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
	for _, names := range []map[*symbolic.Expr]named{n.added, n.table().of} {
		for _, d := range names {
			if d.name == name {
				return true
			}
		}
	}
	return false
}

// NameOf is the name that denotes e; row says that it stands for the transpose of the vector e.
func (n *Names) NameOf(e *symbolic.Expr) (name string, row, ok bool) {
	d, ok := n.added[e]
	if !ok {
		d, ok = n.table().of[e]
	}
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
