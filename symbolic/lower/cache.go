package lower

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"nabla/numeric"
	"nabla/symbolic"
)

// A Cache keeps compiled programs by what they compute and by the sizes and functions they were compiled for. The zero
// Cache is ready. It is for one goroutine at a time, as its programs are.
type Cache struct {
	programs map[string]*Program
	order    []string // the one used longest ago first
}

// keep is how many programs stay.
const keep = 32

// Compile is Compile, or a program that it made before.
func (c *Cache) Compile(outputs []*symbolic.Expr, b Bindings) (*Program, error) {
	key := b.key(outputs)
	if i := slices.Index(c.order, key); i >= 0 {
		c.order = append(slices.Delete(c.order, i, i+1), key)
		return c.programs[key], nil
	}
	p, err := Compile(outputs, b)
	if err != nil {
		return nil, err
	}
	if c.programs == nil {
		c.programs = map[string]*Program{}
	}
	if len(c.order) == keep {
		delete(c.programs, c.order[0])
		c.order = c.order[1:]
	}
	c.programs[key], c.order = p, append(c.order, key)
	return p, nil
}

// Eval computes outputs by a compiled program. The results belong to the caller.
func (c *Cache) Eval(ctx context.Context, outputs []*symbolic.Expr, b Bindings) ([]*numeric.Array, error) {
	p, err := c.Compile(outputs, b)
	if err != nil {
		return nil, err
	}
	results, err := p.Eval(ctx, b)
	if err != nil {
		return nil, err
	}
	out := make([]*numeric.Array, len(results))
	for i, a := range results {
		out[i] = a.Clone()
	}
	return out, nil
}

// key is everything that a program depends on.
func (b Bindings) key(outputs []*symbolic.Expr) string {
	var k strings.Builder
	for _, e := range outputs {
		fmt.Fprintf(&k, "%p %d,", e.G, e.ID)
	}
	for _, v := range variables(outputs) {
		if a := b.Values[v]; a != nil {
			fmt.Fprint(&k, v.ID, a.Shape)
		}
	}
	if b.Dims != nil {
		for _, name := range b.Dims.Names() {
			fmt.Fprint(&k, name, "=", b.Dims.Canon(dimension(name)))
			if n, ok := b.Dims.Size(dimension(name)); ok {
				fmt.Fprint(&k, ":", n)
			}
			k.WriteByte(';')
		}
	}
	var functions []string
	for f, g := range b.Functions {
		functions = append(functions, fmt.Sprintf("%p→%p", f, g))
	}
	slices.SortFunc(functions, cmp.Compare)
	fmt.Fprint(&k, functions, b.MemoryLimit)
	return k.String()
}
