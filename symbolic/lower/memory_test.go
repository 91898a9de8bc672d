package lower

import (
	"math"

	"nabla/numeric/plan"
)

// spoil makes everything that a run left behind NaN.
func (p *Program) spoil() {
	if p.single != nil {
		p.single.Spoil(float32(math.NaN()))
	} else {
		p.double.Spoil(math.NaN())
	}
}

// held is the memory that the machine of a program holds.
func (p *Program) held() int64 {
	if p.single != nil {
		return p.single.HeldBytes()
	}
	return p.double.HeldBytes()
}

// A fataler is a test, or one draw of a random one.
type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

// checkMemory follows a program through its arena: everything that is read is what was last written there, in order and
// stage by stage; results stay; and the arena ends where its last buffer ends.
func checkMemory(t fataler, p *Program) {
	t.Helper()
	var order []int
	for _, s := range p.Stages() {
		order = append(order, s...)
	}
	code := p.Instructions()
	for _, order := range [][]int{axes(len(code)), order} {
		whole := map[plan.Buf]bool{} // of the buffers written so far: nothing was written over it
		holds := func(b plan.Buf) bool {
			_, n, inside := p.Place(b)
			return !inside || n == 0 || whole[b]
		}
		for _, i := range order {
			for _, r := range code[i].Reads {
				if !holds(r) {
					t.Fatalf("instruction %d, %s, reads buffer %d, whose memory was given away:\n%+v", i, code[i].Kind, r, code)
				}
			}
			at, n, inside := p.Place(code[i].Writes)
			if !inside {
				t.Fatalf("instruction %d, %s, writes to an input", i, code[i].Kind)
			}
			for b := range whole {
				other, m, _ := p.Place(b)
				whole[b] = whole[b] && (at+n <= other || other+m <= at)
			}
			whole[code[i].Writes] = true
		}
		for _, o := range p.Program.Outputs() {
			if !holds(o) {
				t.Fatalf("the result in buffer %d is overwritten:\n%+v", o, code)
			}
		}
	}
	end := 0
	for _, i := range code {
		at, n, _ := p.Place(i.Writes)
		end = max(end, at+(n+7)/8*8) // whole cache lines
	}
	if end != p.ArenaEntries() {
		t.Fatalf("the arena has %d entries, of which %d are used", p.ArenaEntries(), end)
	}
	if bytes := p.Type.Bytes() * int64(p.ArenaEntries()); bytes > p.PeakBytes() {
		t.Fatalf("an arena of %d bytes, planned %d", bytes, p.PeakBytes())
	}
}
