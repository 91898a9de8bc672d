package numeric

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestACallLeftBehindCountsUntilItReturns(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	release, started := make(chan struct{}), make(chan struct{})
	go func() {
		<-started
		cancel()
	}()
	finished, err := Aside(ctx, 1000, func() error {
		close(started)
		<-release
		panic("nobody hears this")
	})
	if finished || !errors.Is(err, context.Canceled) || Abandoned() != 1000 {
		t.Errorf("finished %v, error %v, %d bytes", finished, err, Abandoned())
	}
	close(release)
	for deadline := time.Now().Add(10 * time.Second); Abandoned() != 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d bytes after the call has returned", Abandoned())
		}
	}
}

func TestACallAsideFailsLikeAnyOther(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	failure := errors.New("singular")
	if finished, err := Aside(ctx, 1, func() error { return failure }); !finished || err != failure {
		t.Errorf("finished %v, error %v", finished, err)
	}
	defer func() {
		if recover() != "shape" {
			t.Error("the panic was lost")
		}
	}()
	_, _ = Aside(ctx, 1, func() error { panic("shape") })
}

func TestPiecesCoverEveryEntryOnce(t *testing.T) {
	for _, n := range []int{0, 1, piece - 1, piece, piece + 1, 3*piece + 7} {
		next := 0
		err := Pieces(context.Background(), n, func(from, to int) {
			if from != next || to <= from {
				t.Fatalf("%d..%d after %d", from, to, next)
			}
			next = to
		})
		if err != nil || next != n {
			t.Errorf("%d of %d entries: %v", next, n, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	calls := 0
	err := Pieces(ctx, 10*piece, func(int, int) { calls++; cancel() })
	if calls != 1 || !errors.Is(err, context.Canceled) {
		t.Errorf("%d calls after the end, error %v", calls, err)
	}
}
