package numeric

import "math/rand/v2"

// Source is the random numbers of a seed: the same on every machine and in every version, PCG-DXSM.
func Source(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15)) }

// Fresh is random numbers that nobody can repeat.
func Fresh() *rand.Rand { return Source(rand.Uint64()) }

// ShuffleRows reorders the entries of the first axis of a at random.
func ShuffleRows(a *Array, r *rand.Rand) {
	if len(a.Shape) == 0 || a.Shape[0] == 0 {
		return
	}
	n := len(a.Data) / a.Shape[0]
	r.Shuffle(a.Shape[0], func(i, j int) {
		p, q := a.Data[i*n:(i+1)*n], a.Data[j*n:(j+1)*n]
		for k := range p {
			p[k], q[k] = q[k], p[k]
		}
	})
}
