package plan

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"nabla/numeric"
)

// longCall is a program of one library function that is said to take long.
func longCall(typ numeric.Type, f func(out *numeric.Array, args []*numeric.Array, work numeric.Work) error) *Program {
	var b Builder
	x, o := b.Input([]int{3}), b.Buffer(3)
	b.Kernel(&Kernel{Name: "f", Out: o, Args: []Buf{x}, Batch: 1, Core: []int{3}, Cores: [][]int{{3}}, Flops: 100 * patience, F: f}, "")
	return b.Program([]View{Dense(o, []int{3})}, typ)
}

func TestALongCallIsLeftAloneAndCounted(t *testing.T) {
	t.Run("float64", leaveAlone[float64])
	t.Run("float32", leaveAlone[float32])
}

func leaveAlone[T numeric.Float](t *testing.T) {
	goOn := make(chan bool)
	var block atomic.Bool
	block.Store(true)
	m := NewMachine[T](longCall(numeric.TypeOf[T](), func(out *numeric.Array, args []*numeric.Array, _ numeric.Work) error {
		if block.Load() {
			<-goOn
			out.Data[0] = -1
			return nil
		}
		copy(out.Data, args[0].Data)
		return nil
	}))
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(20*time.Millisecond, cancel)
	x := &numeric.Tensor[T]{Shape: []int{3}, Data: []T{1, 2, 3}}
	if _, err := m.Run(ctx, []*numeric.Tensor[T]{x}); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	if bytes := numeric.Abandoned(); bytes != m.PeakBytes() {
		t.Errorf("%d bytes are held, want %d", bytes, m.PeakBytes())
	}
	block.Store(false)
	for range 2 {
		out, err := m.Run(context.Background(), []*numeric.Tensor[T]{x})
		if err != nil || out[0].Data[0] != 1 {
			t.Fatalf("afterwards %v, %v", out, err)
		}
	}
	out, _ := m.Run(context.Background(), []*numeric.Tensor[T]{x})
	goOn <- true
	for range 1000 {
		if numeric.Abandoned() == 0 {
			break
		}
		time.Sleep(time.Millisecond)
	}
	if bytes := numeric.Abandoned(); bytes != 0 || out[0].Data[0] != 1 {
		t.Errorf("%d bytes are still held; the result is %v", bytes, out[0].Data)
	}
}
