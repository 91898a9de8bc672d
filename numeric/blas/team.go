package blas

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// The mates are goroutines that wait for products to take part in. They are started when SetThreads first asks for
// them and then stay, asleep when there is nothing to do.
var team struct {
	sync.Mutex
	threads atomic.Int32
	started int
	calls   chan shared
}

// shared is a product with room for one more thread.
type shared interface{ join() }

const maxThreads = 256

func init() {
	team.threads.Store(1)
	team.calls = make(chan shared, maxThreads)
}

// SetThreads sets how many threads a large product may use, at first 1. The result does not depend on it, bit for bit.
// Numbers below 1 mean as many as there are processors for the program.
func SetThreads(n int) {
	if n < 1 {
		n = runtime.GOMAXPROCS(0)
	}
	n = min(n, maxThreads)
	team.Lock()
	defer team.Unlock()
	for ; team.started < n-1; team.started++ {
		go func() {
			for call := range team.calls {
				call.join()
			}
		}()
	}
	team.threads.Store(int32(n))
}

// Threads is how many threads a large product may use.
func Threads() int { return int(team.threads.Load()) }

// each runs a phase of the product for the units [first, end), together with the mates that are free.
func (g *product[T]) each(phase phase, first, end int) {
	g.phase = phase
	if g.threads == 1 || end-first <= 1 {
		for unit := first; unit < end; unit++ {
			g.do(g.workers[0], unit)
		}
		return
	}
	g.units = int64(end)
	g.next.Store(int64(first))
	g.joined.Store(0)
	for range min(g.threads, end-first) - 1 {
		g.invite()
	}
	g.work()
	takeOpenInvitations()
	g.mates.Wait()
}

// takeOpenInvitations answers the invitations that no mate has taken yet, most likely one's own, so that nobody waits for mates
// that are busy elsewhere.
func takeOpenInvitations() {
	for {
		select {
		case call := <-team.calls:
			call.join()
		default:
			return
		}
	}
}

// invite offers the phase to one mate, if there is any that is not behind already.
func (g *product[T]) invite() {
	g.mates.Add(1)
	select {
	case team.calls <- g:
	default:
		g.mates.Done()
	}
}

func (g *product[T]) join() {
	g.work()
	g.mates.Done()
}

// work takes units until there are none left.
func (g *product[T]) work() {
	w := g.workers[g.joined.Add(1)-1]
	for unit := g.next.Add(1) - 1; unit < g.units; unit = g.next.Add(1) - 1 {
		g.do(w, int(unit))
	}
}

func (g *product[T]) do(w *worker[T], unit int) {
	switch g.phase {
	case packing:
		g.packPanel(unit)
	case multiplying:
		g.multiply(w, unit)
	}
}
