package numeric

import (
	"context"
	"sync/atomic"
)

// abandoned are the bytes held by calls that were left behind.
var abandoned atomic.Int64

// Abandoned is the memory in bytes of the calls that Aside left behind and that have not returned yet.
func Abandoned() int64 { return abandoned.Load() }

// Aside runs f, which cannot be stopped, in a goroutine of its own. When ctx ends first, f is left behind: finished is
// false, err that of ctx, and bytes, the memory that f holds, count in Abandoned until f returns. A panic of f is one of
// Aside, unless f was left behind.
func Aside(ctx context.Context, bytes int64, f func() error) (finished bool, err error) {
	if ctx.Done() == nil {
		return true, f()
	}
	var failed any
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() { failed = recover() }()
		err = f()
	}()
	select {
	case <-done:
		if failed != nil {
			panic(failed)
		}
		return true, err
	case <-ctx.Done():
	}
	abandoned.Add(bytes)
	go func() {
		<-done
		abandoned.Add(-bytes)
	}()
	return false, context.Cause(ctx)
}

// piece is how many entries are looked at between two looks at the context: about a millisecond.
const piece = 1 << 19

// Pieces calls f for consecutive ranges of n entries until ctx ends; its error is that of ctx.
func Pieces(ctx context.Context, n int, f func(from, to int)) error {
	for at := 0; at < n; at += piece {
		if err := ctx.Err(); err != nil {
			return err
		}
		f(at, min(at+piece, n))
	}
	return nil
}

// Zeros is n zeros. Memory that is used again has to be cleared, which takes a second for 8 GB: an interrupt does not
// wait for it.
func Zeros[T Float](ctx context.Context, n int) (x []T, err error) {
	if n < 16*piece {
		return make([]T, n), nil
	}
	made := make(chan []T, 1)
	finished, err := Aside(ctx, TypeOf[T]().Bytes()*int64(n), func() error {
		made <- make([]T, n)
		return nil
	})
	if !finished {
		return nil, err
	}
	return <-made, nil
}

// Copy is an independent copy of a, unless ctx ends.
func (a *Tensor[T]) Copy(ctx context.Context) (*Tensor[T], error) { return Converted[T](ctx, a) }

// Converted is a copy of a with numbers of another type, each rounded to the nearest, unless ctx ends.
func Converted[To, From Float](ctx context.Context, a *Tensor[From]) (*Tensor[To], error) {
	data, err := Zeros[To](ctx, len(a.Data))
	if err != nil {
		return nil, err
	}
	c := &Tensor[To]{Shape: append([]int(nil), a.Shape...), Data: data}
	return c, Pieces(ctx, len(data), func(from, to int) { Copy(data[from:to], a.Data[from:to]) })
}

// Contains reports whether an entry fulfils a condition; false where ctx ends before one is found.
func (a *Tensor[T]) Contains(ctx context.Context, condition func(T) bool) bool {
	found := false
	_ = Pieces(ctx, len(a.Data), func(from, to int) {
		for _, x := range a.Data[from:to] {
			found = found || condition(x)
		}
	})
	return found
}
