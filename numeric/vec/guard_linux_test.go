package vec

import (
	"math/rand/v2"
	"testing"

	"nabla/numeric/internal/guard"
)

func TestNothingOutsideTheSlicesIsTouched(t *testing.T) {
	testGuarded[float64](t)
	testGuarded[float32](t)
}

func testGuarded[T Number](t *testing.T) {
	const most = 100
	r := rand.New(rand.NewPCG(11, 1))
	var memory [4]guard.Memory
	for i := range memory {
		memory[i] = guard.New(t, 8*most)
	}
	for n := range most {
		for range 8 {
			var s [4][]T
			for i := range s {
				s[i] = guard.Numbers[T](memory[i], r, n)
			}
			for _, f := range unary[T]() {
				f.f(s[0], s[1])
				s[1] = guard.Numbers[T](memory[1], r, n)
				if n > 0 {
					s[1][r.IntN(n)] = T(odd[r.IntN(len(odd))])
				}
			}
			Add(s[0], s[1], s[2])
			Sub(s[0], s[1], s[2])
			Mul(s[0], s[1], s[2])
			Div(s[0], s[1], s[2])
			MulAdd(s[0], s[1], s[2], s[3])
			AddScaled(s[0], s[1], 2, s[2])
			Scale(s[0], 2, s[1])
			Affine(s[0], 2, s[1], 1)
			Sum(s[1])
			Max(s[1])
			Min(s[1])
		}
	}
}
