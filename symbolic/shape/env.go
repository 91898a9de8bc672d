package shape

import (
	"fmt"

	"nabla/symbolic/persist"
)

// An Env is what a session knows of its dimensions: which exist, which are equated, and which have a size.
// The zero Env knows nothing.
type Env struct {
	known persist.Map[string, bool]
	order persist.List[string]     // the known names in the order of their first use
	equal persist.Map[string, Dim] // name → what it is equated to
	size  persist.Map[string, int]
}

// NewEnv is an Env that knows nothing.
func NewEnv() *Env { return &Env{} }

// Clone is an independent copy. It costs nothing.
func (e *Env) Clone() *Env {
	c := *e
	return &c
}

// Declare makes a name exist.
func (e *Env) Declare(name string) {
	if !e.Exists(name) {
		e.known.Set(name, true)
		e.order.Add(name)
	}
}

// Exists says that the name is a dimension.
func (e *Env) Exists(name string) bool { return e.known.Has(name) }

// Names lists the dimensions in the order of their first use. The list is not to be written to.
func (e *Env) Names() []string { return e.order.Slice() }

// Canon replaces every equated name by what it stands for.
func (e *Env) Canon(d Dim) Dim {
	for range e.equal.Len() + 1 {
		r := d.Replace(e.equal.Get)
		if r == d {
			return d
		}
		d = r
	}
	return d
}

// Equate makes name stand for d from now on ("dim h = d"). It fails where their sizes are known and differ, and where
// d mentions name.
func (e *Env) Equate(name string, d Dim) error {
	d = e.Canon(d)
	c := e.Canon(Name(name))
	if c == d {
		return nil
	}
	if s, ok := e.Size(Name(name)); ok {
		if t, ok := e.Size(d); ok && s != t {
			return fmt.Errorf("%s is %d and %s is %d", name, s, d, t)
		}
	}
	root, ok := c.AsName()
	if !ok {
		if root, ok = d.AsName(); !ok {
			return fmt.Errorf("%s already stands for %s", name, c)
		}
		d = c
	}
	for _, n := range d.Names() {
		if n == root {
			return fmt.Errorf("%s cannot stand for %s, which mentions it", root, d)
		}
	}
	if s, ok := e.size.Get(root); ok {
		if n, ok := d.AsName(); ok {
			e.size.Set(n, s)
		}
	}
	e.equal.Set(root, d)
	return nil
}

// SetSize gives a name a number of entries. Where the name stands for another, that one gets it.
func (e *Env) SetSize(name string, n int) error {
	if n < 0 {
		return fmt.Errorf("a dimension cannot have %d entries", n)
	}
	e.Declare(name)
	c := e.Canon(Name(name))
	if root, ok := c.AsName(); ok {
		e.size.Set(root, n)
		return nil
	}
	if s, ok := e.Size(c); ok && s == n {
		return nil
	}
	return fmt.Errorf("%s stands for %s", name, c)
}

// Unset forgets the size of a name.
func (e *Env) Unset(name string) { e.size.Delete(name) }

// Size is the number of entries of d, if every name in it has a size.
func (e *Env) Size(d Dim) (int, bool) {
	n, err := e.Canon(d).Eval(e.size.Get)
	return n, err == nil
}

// Sizes is the size of every axis, if all have one.
func (e *Env) Sizes(s Shape) ([]int, bool) {
	out := make([]int, len(s))
	for i, d := range s {
		n, ok := e.Size(d)
		if !ok {
			return nil, false
		}
		out[i] = n
	}
	return out, true
}

// Same says that two axes have the same size as far as names tell: equal polynomials after "dim h = d", or a number and
// something sized to it. Two names that merely have equal sizes are not the same.
func (e *Env) Same(a, b Dim) bool {
	if a == b {
		return true
	}
	a, b = e.Canon(a), e.Canon(b)
	if a == b {
		return true
	}
	_, ca := a.AsConst()
	_, cb := b.AsConst()
	if ca == cb {
		return false
	}
	s, ok1 := e.Size(a)
	t, ok2 := e.Size(b)
	return ok1 && ok2 && s == t
}

// SameShape is Same on every axis.
func (e *Env) SameShape(a, b Shape) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !e.Same(a[i], b[i]) {
			return false
		}
	}
	return true
}
