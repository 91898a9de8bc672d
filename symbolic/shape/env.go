package shape

import "fmt"

// An Env is what a session knows of its dimensions: which exist, which are equated, and which have a size.
// The zero Env is not ready; use NewEnv.
type Env struct {
	order []string       // names in the order of their first use
	equal map[string]Dim // name → what it is equated to
	size  map[string]int
}

// NewEnv is an Env that knows nothing.
func NewEnv() *Env { return &Env{equal: map[string]Dim{}, size: map[string]int{}} }

// Clone is an independent copy.
func (e *Env) Clone() *Env {
	c := NewEnv()
	c.order = append(c.order, e.order...)
	for k, v := range e.equal {
		c.equal[k] = v
	}
	for k, v := range e.size {
		c.size[k] = v
	}
	return c
}

// Declare makes a name exist.
func (e *Env) Declare(name string) {
	if !e.Exists(name) {
		e.order = append(e.order, name)
	}
}

// Exists says that the name is a dimension.
func (e *Env) Exists(name string) bool {
	for _, n := range e.order {
		if n == name {
			return true
		}
	}
	return false
}

// Names lists the dimensions in the order of their first use.
func (e *Env) Names() []string { return append([]string(nil), e.order...) }

// Canon replaces every equated name by what it stands for.
func (e *Env) Canon(d Dim) Dim {
	for range len(e.equal) + 1 {
		r := d.Replace(func(n string) (Dim, bool) { v, ok := e.equal[n]; return v, ok })
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
	if s, ok := e.size[root]; ok {
		if n, ok := d.AsName(); ok {
			e.size[n] = s
		}
	}
	e.equal[root] = d
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
		e.size[root] = n
		return nil
	}
	if s, ok := e.Size(c); ok && s == n {
		return nil
	}
	return fmt.Errorf("%s stands for %s", name, c)
}

// Unset forgets the size of a name.
func (e *Env) Unset(name string) { delete(e.size, name) }

// Size is the number of entries of d, if every name in it has a size.
func (e *Env) Size(d Dim) (int, bool) {
	n, err := e.Canon(d).Eval(func(name string) (int, bool) { s, ok := e.size[name]; return s, ok })
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
