package plan

import "nabla/numeric"

// A Kernel is a call of a library function of tensors, once for each entry of the leading axes that it maps over, or once for
// several where a call is short: its arguments then have a leading axis. The function computes in double precision, whatever the
// numbers of the program are.
type Kernel struct {
	Name  string
	Out   Buf
	Args  []Buf
	Batch int   // calls
	Core  []int // sizes of the result of one call
	Cores [][]int
	F     func(out *numeric.Array, args []*numeric.Array, work numeric.Work) error // safe for several goroutines
	Work  numeric.WorkSize                                                         // what one call works in
	Fail  func(error) error                                                        // puts an error of F into the user's terms; may be nil
	Flops int64                                                                    // of all calls
}

// patience is how many operations a kernel may take before it is worth a goroutine that can be abandoned.
const patience = 1 << 23

func (k *Kernel) prepare() {}

// each is about how many operations one call takes.
func (k *Kernel) each() int64 { return k.Flops/int64(max(k.Batch, 1)) + 64 }

// shortCall is how many operations a call takes at least, where more than one entry can be had.
const shortCall = 1 << 12

// together is how many entries one call is for.
func (k *Kernel) together() int { return max(1, min(int(shortCall/k.each()), k.Batch)) }

// parts is in how many parts threads can do the calls.
func (k *Kernel) parts(threads int) int {
	if threads == 1 || k.each() > patience || k.each()*int64(k.Batch) < sharedWork {
		return 1
	}
	return min(4*threads, k.Batch)
}

// room is what a thread needs for a call in a program of this type: what the function works in, and copies of what it
// reads and writes where the program is in another precision.
func (k *Kernel) room(t numeric.Type) numeric.WorkSize {
	s := k.Work
	if t == numeric.Float64 {
		return s
	}
	s.Floats += k.together() * product(k.Core)
	for _, c := range k.Cores {
		s.Floats += k.together() * product(c)
	}
	return s
}

func (k *Kernel) fail(err error) error {
	if err != nil && k.Fail != nil {
		return k.Fail(err)
	}
	return err
}

func (k *Kernel) reads() []Buf      { return k.Args }
func (k *Kernel) writes() Buf       { return k.Out }
func (k *Kernel) overwrites() []Buf { return nil }

func (k *Kernel) info() Info {
	return Info{Kind: k.Name, Flops: k.Flops, Entries: int64(k.Batch) * int64(product(k.Core))}
}

// A zero fills a buffer with zeros.
type zero struct{ buf Buf }

func (z *zero) prepare()          {}
func (z *zero) parts(int) int     { return 1 }
func (z *zero) reads() []Buf      { return nil }
func (z *zero) writes() Buf       { return z.buf }
func (z *zero) overwrites() []Buf { return nil }
func (z *zero) info() Info        { return Info{Kind: "zero"} }
