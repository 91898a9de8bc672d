package lower

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"nabla/numeric"
	"nabla/symbolic"
	"nabla/symbolic/shape"
)

// A Cache keeps compiled programs by what they compute and by the sizes and functions they were compiled for. The zero
// Cache is ready. It may be used by several goroutines: a program that is at work is not in it.
type Cache struct {
	mu    sync.Mutex
	ready []kept // the one used longest ago first
}

// A kept program is one at rest. What its key names by address is held, so that no other thing gets that address.
type kept struct {
	key       string
	program   *Program
	functions map[*symbolic.Func]*symbolic.Func
}

const (
	keep      = 32      // programs stay at most,
	keepBytes = 1 << 28 // and of their memory so much; beyond it they give it back
)

// With calls f with the program of outputs, compiled now or before. Nobody else has the program until f returns.
func (c *Cache) With(outputs []*symbolic.Expr, b Bindings, f func(*Program) error) error {
	k, err := c.take(outputs, b)
	if err != nil {
		return err
	}
	defer c.put(k)
	return f(k.program)
}

func (c *Cache) take(outputs []*symbolic.Expr, b Bindings) (kept, error) {
	key := b.key(outputs)
	c.mu.Lock()
	i := slices.IndexFunc(c.ready, func(k kept) bool { return k.key == key })
	if i >= 0 {
		k := c.ready[i]
		c.ready = slices.Delete(c.ready, i, i+1)
		c.mu.Unlock()
		return k, nil
	}
	c.mu.Unlock()
	p, err := Compile(outputs, b)
	return kept{key, p, b.Functions}, err
}

func (c *Cache) put(k kept) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.ready) == keep {
		c.ready = slices.Delete(c.ready, 0, 1)
	}
	c.ready = append(c.ready, k)
	bytes := int64(0)
	for _, k := range slices.Backward(c.ready) {
		if bytes += k.program.PeakBytes(); bytes > keepBytes {
			k.program.Release()
		}
	}
}

// Eval computes outputs by a compiled program. The results belong to the caller.
func (c *Cache) Eval(ctx context.Context, outputs []*symbolic.Expr, b Bindings) (out []*numeric.Array, err error) {
	err = c.With(outputs, b, func(p *Program) error {
		if err := p.Execute(ctx, b); err != nil {
			return err
		}
		out, err = p.Take(ctx)
		return err
	})
	return out, err
}

// key is everything that a program depends on.
func (b Bindings) key(outputs []*symbolic.Expr) string {
	var k strings.Builder
	for _, e := range outputs {
		fmt.Fprintf(&k, "%p %d,", e.G, e.ID)
	}
	for _, v := range variables(outputs) {
		if n, ok := b.sizesOfValue(v); ok {
			fmt.Fprint(&k, v.ID, n)
		}
	}
	if b.Dims != nil {
		for _, name := range b.dimensions(outputs) {
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
	fmt.Fprint(&k, functions, b.MemoryLimit, b.Type)
	return k.String()
}

// dimensions are the names of dimensions that a program for the outputs can depend on. A session may have thousands more.
func (b Bindings) dimensions(outputs []*symbolic.Expr) []string {
	f := dimensionFinder{b: b, seen: map[*symbolic.Expr]bool{}, known: map[shape.Dim]bool{{}: true}, functions: map[*symbolic.Func]bool{}}
	for _, e := range outputs {
		f.expr(e)
	}
	if f.any {
		return b.Dims.Names()
	}
	slices.Sort(f.names)
	return slices.Compact(f.names)
}

type dimensionFinder struct {
	b         Bindings
	seen      map[*symbolic.Expr]bool
	known     map[shape.Dim]bool
	functions map[*symbolic.Func]bool
	names     []string
	any       bool // a function is built anew for its arguments: it may depend on any
}

func (f *dimensionFinder) expr(e *symbolic.Expr) {
	symbolic.Walk(e, func(n *symbolic.Expr) {
		f.dims(n.Size)
		f.dims(n.Shape...)
		f.dims(n.Par.Dims...)
		if n.Op == symbolic.Call {
			f.function(n.G.Lib, n.Fn)
		}
	}, f.seen)
}

func (f *dimensionFinder) dims(dims ...shape.Dim) {
	for _, d := range dims {
		if !f.known[d] {
			f.known[d] = true
			f.names = append(f.names, d.Names()...)
		}
	}
}

// function looks into what a function stands for.
func (f *dimensionFinder) function(lib *symbolic.Library, fn *symbolic.Func) {
	if f.functions[fn] {
		return
	}
	f.functions[fn] = true
	switch {
	case fn.Body != nil:
		f.expr(fn.Body.Result)
	case fn.Abstract != nil:
		for _, s := range append(slices.Clip(fn.Abstract.Args), fn.Abstract.Result) {
			f.dims(s...)
		}
		if given := f.b.Functions[fn]; given != nil && given.Body != nil {
			f.function(lib, given)
		} else if given != nil && lib.Lookup(given.Name) != given {
			f.any = true
		}
	}
}
