package fn

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"strconv"
	"sync/atomic"

	"nabla/numeric"
	"nabla/symbolic"
)

// randoms is the table of the random tensors.
func randoms() []*record {
	return []*record{
		random("randn", "standard normal", (*rand.Rand).NormFloat64, map[string]string{
			"numpy": "np.random.default_rng().standard_normal(#shape)", "jax": "jax.random.normal(jax.random.key(0), #shape)",
			"pytorch": "torch.randn(#shape, dtype=torch.float64)", "julia": "randn(#shape...)"}),
		random("rand", "uniform in [0, 1)", (*rand.Rand).Float64, map[string]string{
			"numpy": "np.random.default_rng().random(#shape)", "jax": "jax.random.uniform(jax.random.key(0), #shape)",
			"pytorch": "torch.rand(#shape, dtype=torch.float64)", "julia": "rand(#shape...)"}),
	}
}

func random(name, law string, draw func(*rand.Rand) float64, exports map[string]string) *record {
	return &record{
		Name: name, Args: []symbolic.Arg{{Name: "sizes", Kind: symbolic.Sizes}, {Name: "seed", Kind: symbolic.Number, Optional: true}},
		Doc: fmt.Sprintf("%[1]s(n, d) is a tensor of those sizes with independent %[2]s entries. With %[1]s(n, d, seed=1) it is the same every time and everywhere; "+
			"W := %[1]s(n, d) draws once and keeps the values.", name, law),
		Example: "eval(sum(0 " + name + "(3, seed=1)))\n\t0",
		Random:  true,
		NoGrad:  "a random number depends on nothing: give it a name by := and differentiate by that name",
		Build: func(i in) (*expr, error) {
			p, err := seeded(name, i)
			if err != nil {
				return nil, err
			}
			p.Dims = i.Sizes
			return i.G.ApplyParams(name, p, i.Sizes), nil
		},
		Kernel: func(out *numeric.Array, _ []*numeric.Array, p params, _ numeric.Work) error {
			r := source(p)
			for i := range out.Data {
				out.Data[i] = draw(r)
			}
			return nil
		},
		Export: exports,
		See:    []string{"shuffle"},
	}
}

// unseeded tells apart two draws without a seed, which would be one node else.
var unseeded atomic.Int64

// seeded is the parameters of a random record: the seed, or a text that no other draw has.
func seeded(name string, i in) (params, error) {
	r, ok := i.Nums["seed"]
	if !ok {
		return params{Text: strconv.FormatInt(unseeded.Add(1), 36)}, nil
	}
	if !r.IsInt() || !r.Num().IsInt64() {
		return params{}, fmt.Errorf("%s: a seed is a whole number, not %s", name, r.RatString())
	}
	return params{Nums: []*big.Rat{r}}, nil
}

func source(p params) *rand.Rand {
	if len(p.Nums) == 0 {
		return numeric.Fresh()
	}
	return numeric.Source(uint64(p.Nums[0].Num().Int64()))
}
