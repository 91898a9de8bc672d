package numeric

import (
	"context"
	"math/rand/v2"
)

// Source is the random numbers of a seed: the same on every machine and in every version, PCG-DXSM.
func Source(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15)) }

// Fresh is random numbers that nobody can repeat.
func Fresh() *rand.Rand { return Source(rand.Uint64()) }

// ShuffleRows reorders the entries of the first axis of a at random, unless ctx ends: by the algorithm of Fisher and
// Yates, as rand.Shuffle does it, which cannot be stopped.
func ShuffleRows(ctx context.Context, a *Array, r *rand.Rand) error {
	if len(a.Shape) == 0 || a.Shape[0] == 0 {
		return nil
	}
	n, work := len(a.Data)/a.Shape[0], 0
	for i := a.Shape[0] - 1; i > 0; i-- {
		if work += n + 16; work > piece/16 {
			if work = 0; ctx.Err() != nil {
				return ctx.Err()
			}
		}
		j := int(r.Uint64N(uint64(i + 1)))
		p, q := a.Data[i*n:(i+1)*n], a.Data[j*n:(j+1)*n]
		for k := range p {
			p[k], q[k] = q[k], p[k]
		}
	}
	return nil
}
