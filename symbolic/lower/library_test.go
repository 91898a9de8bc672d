package lower

import (
	"math"
	"math/big"

	"nabla/symbolic"
	"nabla/symbolic/shape"
)

// testLibrary has a function of each kind, independent of the real records.
func testLibrary() *symbolic.Library {
	one := big.NewRat(1, 1)
	return symbolic.NewLibrary(
		&symbolic.Func{Name: "pow",
			FP: func(p symbolic.Params) func(float64) float64 {
				r := float(p.Exp)
				return func(x float64) float64 { return math.Pow(x, r) }
			},
			DP: func(p symbolic.Params, x, y *symbolic.Expr) *symbolic.Expr {
				return x.G.Scale(p.Exp, x.G.Pow(x, new(big.Rat).Sub(p.Exp, one)))
			}},
		&symbolic.Func{Name: "exp", F: math.Exp, D: func(x, y *symbolic.Expr) *symbolic.Expr { return y }},
		&symbolic.Func{Name: "tanh", F: math.Tanh, D: func(x, y *symbolic.Expr) *symbolic.Expr {
			return x.G.Sub(x.G.Ones(x.Shape), x.G.Hadamard(y, y))
		}},
		&symbolic.Func{Name: "sin", F: math.Sin, D: func(x, y *symbolic.Expr) *symbolic.Expr { return x.G.Call("cos", x) }},
		&symbolic.Func{Name: "cos", F: math.Cos, D: func(x, y *symbolic.Expr) *symbolic.Expr {
			return x.G.Neg(x.G.Call("sin", x))
		}},
		&symbolic.Func{Name: "hypot", F2: math.Hypot, D2: func(a, b, y *symbolic.Expr) (da, db *symbolic.Expr) {
			return a.G.Div(a, y), a.G.Div(b, y)
		}},
		halfSquare(), softmaxRecord(),
	)
}

// halfSquare is a macro: half the squared distance of two vectors.
func halfSquare() *symbolic.Func {
	return &symbolic.Func{Name: "halfsquare", Args: []symbolic.Arg{{Name: "a"}, {Name: "b"}}, Build: func(in symbolic.In) (*symbolic.Expr, error) {
		d := in.G.Sub(in.Args[0], in.Args[1])
		return in.G.Scale(big.NewRat(1, 2), in.G.E("a,a->", d, d)), nil
	}}
}

func softmaxRecord() *symbolic.Func {
	return &symbolic.Func{Name: "softmax", Core: []int{1},
		Shape: func(in symbolic.In) (shape.Shape, symbolic.Params, error) {
			return in.Args[0].Shape, symbolic.Params{Core: 1}, nil
		},
		VJP: func(v symbolic.VJP) []*symbolic.Expr {
			p := v.Y
			s := v.E("*~i,~i->*~", v.Bar, p)
			return []*symbolic.Expr{v.G.Sub(v.E("*~i,~i->*~i", v.Bar, p), v.E("*~,~i->*~i", s, p))}
		},
		Kernel: softmaxKernel,
	}
}
