package lower

import (
	"context"
	"slices"

	"nabla/numeric"
	"nabla/numeric/plan"
	"nabla/symbolic"
)

// A Program computes outputs from the values of variables. Input k of its plan is the variable Vars[k]; their order is
// that in which the outputs, read one after the other, reach them, whatever the sizes.
type Program struct {
	*plan.Program
	Outputs []*symbolic.Expr // what it computes
	Vars    []*symbolic.Expr
	double  *engine[float64] // one of the two
	single  *engine[float32]
}

// An engine is the machine of a program, with what it reads and returned last.
type engine[T numeric.Float] struct {
	*plan.Machine[T]
	in, out []*numeric.Tensor[T]
}

func newProgram(p *plan.Program, outputs, vars []*symbolic.Expr) *Program {
	out := &Program{Program: p, Outputs: slices.Clone(outputs), Vars: vars}
	if p.Type == numeric.Float32 {
		out.single = newEngine[float32](p)
	} else {
		out.double = newEngine[float64](p)
	}
	return out
}

// allow refuses bytes that would go beyond the limit, together with what calls that were left behind still hold.
func (b Bindings) allow(bytes int64) error {
	held := numeric.Abandoned()
	if b.MemoryLimit > 0 && bytes > b.MemoryLimit-held {
		return &TooLarge{Bytes: float64(bytes), Limit: b.MemoryLimit, Held: held}
	}
	return nil
}

func newEngine[T numeric.Float](p *plan.Program) *engine[T] {
	return &engine[T]{Machine: plan.NewMachine[T](p), in: make([]*numeric.Tensor[T], len(p.InputShapes()))}
}

// Execute runs the program on the values in b, which have the sizes that it was compiled for. A value that is not kept in
// the type of the program is converted first, at every run.
func (p *Program) Execute(ctx context.Context, b Bindings) error {
	if err := b.allow(p.PeakBytes()); err != nil {
		return err
	}
	if p.single != nil {
		return p.single.execute(ctx, b, p.Vars)
	}
	return p.double.execute(ctx, b, p.Vars)
}

func (e *engine[T]) execute(ctx context.Context, b Bindings, vars []*symbolic.Expr) (err error) {
	for i, v := range vars {
		a := value[T](b, v)
		if a == nil {
			return &MissingValue{v}
		}
		if want := e.InputShapes()[i]; !slices.Equal(want, a.Shape) {
			return &WrongShape{v, want, a.Shape}
		}
		e.in[i] = a
	}
	e.out, err = e.Run(ctx, e.in)
	return err
}

// Eval is Execute with its results. In double precision they belong to the program and hold until its next run, in single
// precision they are copies.
func (p *Program) Eval(ctx context.Context, b Bindings) ([]*numeric.Array, error) {
	if err := p.Execute(ctx, b); err != nil {
		return nil, err
	}
	if p.double != nil {
		return p.double.out, nil
	}
	return p.Take(ctx)
}

// Take gives the results of the last run to the caller, unless ctx ends; see plan.Machine.
func (p *Program) Take(ctx context.Context) (out []*numeric.Array, err error) {
	if p.double != nil {
		return p.double.Take(ctx)
	}
	for _, a := range p.single.out {
		c, err := numeric.Converted[float64](ctx, a)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// Release gives the memory of the program back; the next run allocates it again.
func (p *Program) Release() {
	if p.single != nil {
		p.single.Release()
	} else {
		p.double.Release()
	}
}

// machineOf is the machine of a program with numbers of type T.
func machineOf[T numeric.Float](p *Program) *plan.Machine[T] {
	if e, ok := any(p.double).(*engine[T]); ok && e != nil {
		return e.Machine
	}
	return any(p.single).(*engine[T]).Machine
}
