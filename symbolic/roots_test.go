package symbolic_test

import (
	"math/big"
	"testing"

	"nabla/symbolic"
	"nabla/symbolic/fn"
	"nabla/symbolic/shape"
)

func TestRootsOfNumbersAreOneRoot(t *testing.T) {
	g := symbolic.NewGraph(fn.Library(), shape.NewEnv())
	two, π, x := g.Const(big.NewRat(2, 1)), g.Call("pi"), g.Var("x", nil)
	minusHalf := big.NewRat(-1, 2)
	apart := g.Times(g.Times(g.Pow(π, minusHalf), x), g.Pow(two, minusHalf))
	joint := g.Times(x, g.Pow(g.Times(two, π), minusHalf))
	if apart != joint {
		t.Errorf("x/√π/√2 is %v, x/√(2π) is %v", apart, joint)
	}
}
