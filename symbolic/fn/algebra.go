package fn

import (
	"math/big"

	"nabla/symbolic"
)

// The words that derivative rules are written in.

func rat(a, b int64) *big.Rat { return big.NewRat(a, b) }

// fill is the number r in every entry of the shape of x.
func fill(x *expr, r *big.Rat) *expr { return x.G.Scale(r, x.G.Ones(x.Shape)) }

// shift is x + r, entry by entry.
func shift(x *expr, r *big.Rat) *expr { return x.G.Add(x, fill(x, r)) }

// minus is r − x, entry by entry.
func minus(r *big.Rat, x *expr) *expr { return x.G.Sub(fill(x, r), x) }

func scale(r *big.Rat, x *expr) *expr { return x.G.Scale(r, x) }

func mul(xs ...*expr) *expr { return xs[0].G.Hadamard(xs...) }

func square(x *expr) *expr { return mul(x, x) }

// power is x^(a/b), entry by entry.
func power(x *expr, a, b int64) *expr { return x.G.Pow(x, rat(a, b)) }

// times is the number c times x.
func times(c, x *expr) *expr { return x.G.Times(c, x) }

func call(name string, x *expr) *expr { return symbolic.Call1(name, x) }

// zero is the derivative of what is constant almost everywhere.
func zero(x, _ *expr) *expr { return x.G.Zero(x.Shape) }

// pi is the constant, as a node.
func pi(g *symbolic.Graph) *expr { return g.Call("pi") }

// axesOf labels the last n axes of an argument: "abc"[:n].
func axesOf(n int) string { return "abcdefghijklmnopqrstuvw"[:n] }
