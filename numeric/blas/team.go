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
	calls   chan *Crew
}

const maxThreads = 256

func init() {
	team.threads.Store(1)
	team.calls = make(chan *Crew, maxThreads)
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

// Work is something done in units that do not depend on one another. Worker numbers the threads at work from 0: no two
// have one number at the same time.
type Work interface {
	Do(worker, unit int)
}

// A Crew shares work among threads. The zero Crew is ready; it does one thing at a time, and allocates nothing.
type Crew struct {
	work         Work
	units        int64
	next, joined atomic.Int64
	mates        sync.WaitGroup
}

// Each does the units [first, end) of w by so many threads at most: this one, and mates that are free.
func (c *Crew) Each(w Work, threads, first, end int) {
	if threads == 1 || end-first <= 1 {
		for unit := first; unit < end; unit++ {
			w.Do(0, unit)
		}
		return
	}
	c.work, c.units = w, int64(end)
	c.next.Store(int64(first))
	c.joined.Store(0)
	for range min(threads, end-first) - 1 {
		c.invite()
	}
	c.take()
	takeOpenInvitations()
	c.mates.Wait()
	c.work = nil
}

// takeOpenInvitations answers the invitations that no mate has taken yet, most likely one's own, so that nobody waits for mates
// that are busy elsewhere.
func takeOpenInvitations() {
	for {
		select {
		case c := <-team.calls:
			c.join()
		default:
			return
		}
	}
}

// invite offers the work to one mate, if there is any that is not behind already.
func (c *Crew) invite() {
	c.mates.Add(1)
	select {
	case team.calls <- c:
	default:
		c.mates.Done()
	}
}

func (c *Crew) join() {
	c.take()
	c.mates.Done()
}

// take does units until there are none left.
func (c *Crew) take() {
	worker := int(c.joined.Add(1) - 1)
	for unit := c.next.Add(1) - 1; unit < c.units; unit = c.next.Add(1) - 1 {
		c.work.Do(worker, int(unit))
	}
}

// Do makes a product work that can be shared.
func (g *product[T]) Do(worker, unit int) {
	switch g.phase {
	case packing:
		g.pack(g.workers[worker], unit)
	case multiplying:
		g.multiply(g.workers[worker], unit)
	}
}
