package plan

import (
	"slices"

	"nabla/numeric"
)

// A Kernel is a call of a library function of tensors, once for each entry of the leading axes that it maps over.
type Kernel struct {
	Name  string
	Out   Buf
	Args  []Buf
	Batch int   // calls
	Core  []int // sizes of the result of one call
	Cores [][]int
	F     func(out *numeric.Array, args []*numeric.Array) error
	Fail  func(error) error // puts an error of F into the user's terms; may be nil
	Flops int64             // of all calls

	out  numeric.Array
	args []*numeric.Array
}

func (k *Kernel) prepare() {
	k.out.Shape = slices.Clone(k.Core)
	k.args = make([]*numeric.Array, len(k.Args))
	for i := range k.args {
		k.args[i] = &numeric.Array{Shape: slices.Clone(k.Cores[i])}
	}
}

// patience is how many operations a kernel may take before it is worth a goroutine that can be abandoned.
const patience = 1 << 23

func (k *Kernel) run(m *machine) error {
	cost := k.Flops/int64(max(k.Batch, 1)) + 64
	n := product(k.Core)
	for i := range k.Batch {
		k.out.Data = m.bufs[k.Out][i*n : (i+1)*n]
		for j, b := range k.Args {
			c := product(k.Cores[j])
			k.args[j].Data = m.bufs[b][i*c : (i+1)*c]
		}
		err := k.once(m, cost)
		if err == nil {
			err = m.spend(cost)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (k *Kernel) once(m *machine, cost int64) error {
	if cost > patience && m.ctx.Done() != nil {
		return k.abandonable(m)
	}
	return k.fail(k.F(&k.out, k.args))
}

func (k *Kernel) fail(err error) error {
	if err != nil && k.Fail != nil {
		return k.Fail(err)
	}
	return err
}

// abandonable runs a long call so that it can be left alone when the context ends. It goes on then with the arena, so
// that nothing else may use that.
func (k *Kernel) abandonable(m *machine) error {
	out, args := k.out, make([]*numeric.Array, len(k.args))
	for i, a := range k.args {
		b := *a
		args[i] = &b
	}
	finished, err := numeric.Aside(m.ctx, m.held, func() error { return k.F(&out, args) })
	if !finished {
		m.left = true
		return err
	}
	return k.fail(err)
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
func (z *zero) reads() []Buf      { return nil }
func (z *zero) writes() Buf       { return z.buf }
func (z *zero) overwrites() []Buf { return nil }
func (z *zero) info() Info        { return Info{Kind: "zero"} }

func (z *zero) run(m *machine) error {
	b := m.bufs[z.buf]
	return numeric.Pieces(m.ctx, len(b), func(from, to int) { clear(b[from:to]) })
}
