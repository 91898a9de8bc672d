package rewrite_test

import (
	"math/big"
	"testing"

	"nabla/symbolic"
	"nabla/symbolic/rewrite"
	"nabla/symbolic/shape"

	"pgregory.net/rapid"
)

// An instance makes an expression that the rule of that name fits, from random parts.
type instance func(k *grower) *symbolic.Expr

// vector, matrix and number are random parts.
func (k *grower) vector() *symbolic.Expr {
	x, y := k.pool[2], k.pool[3]
	return rapid.SampledFrom([]*symbolic.Expr{x, y, k.g.Call("tanh", x), k.g.MatMul(k.pool[5], y), k.g.Add(x, y)}).Draw(k.t, "vector")
}

func (k *grower) matrix() *symbolic.Expr {
	A, S := k.pool[5], k.pool[7]
	return rapid.SampledFrom([]*symbolic.Expr{A, S, k.g.Call("tanh", A), k.g.Add(A, k.g.Transpose(A)), k.g.Transpose(A)}).Draw(k.t, "matrix")
}

func (k *grower) number() *symbolic.Expr {
	a, b := k.pool[0], k.pool[1]
	return rapid.SampledFrom([]*symbolic.Expr{a, b, k.g.Call("exp", a), k.square2(k.pool[2])}).Draw(k.t, "number")
}

func (k *grower) square2(x *symbolic.Expr) *symbolic.Expr { return k.g.E("a,a->", x, x) }

func (k *grower) positive() *symbolic.Expr {
	x := k.vector()
	return rapid.SampledFrom([]*symbolic.Expr{k.g.Call("exp", x), k.g.Call("softplus", x)}).Draw(k.t, "positive")
}

// definite is M Mᵀ + I.
func (k *grower) definite() *symbolic.Expr {
	M := k.matrix()
	return k.g.Add(k.g.MatMul(M, k.g.Transpose(M)), k.g.Delta(shape.Name("n")))
}

func (k *grower) one(x *symbolic.Expr) *symbolic.Expr { return k.g.Ones(x.Shape) }

func (k *grower) diag(v *symbolic.Expr) *symbolic.Expr {
	return k.g.E("a,ab->ab", v, k.g.Delta(v.Shape[0]))
}

func (k *grower) apply(name string, xs ...*symbolic.Expr) *symbolic.Expr {
	e, err := k.g.Apply(k.g.Lib.Lookup(name), symbolic.In{Args: xs})
	if err != nil {
		k.t.Fatal(err)
	}
	return e
}

// placed is X[i, r, i + p] or its transpose, for an r that is the axis before or after the moved one.
func (k *grower) placed(name string) *symbolic.Expr {
	m, n, p := shape.Name("m"), shape.Name("n"), shape.Name("p")
	long := n.Add(p).Sub(shape.Const(1))
	gathered, tensor := shape.Shape{n, m, p}, shape.Shape{m, long}
	par := symbolic.Params{Core: 2, Ints: []int{3, 0, 1, 0, 1, 0, 1}, Dims: shape.Shape{shape.Const(0), shape.Const(0)}}
	if rapid.Bool().Draw(k.t, "last") {
		gathered, tensor = shape.Shape{n, p, m}, shape.Shape{long, m}
		par.Ints = []int{3, 1, 1, 0, 0, 0, 1}
	}
	if rapid.Bool().Draw(k.t, "batch") {
		gathered, tensor = append(shape.Shape{p}, gathered...), append(shape.Shape{p}, tensor...)
	}
	from, to := tensor, gathered
	if name == "scatter" {
		from, to, par.Core = gathered, tensor, 3
	}
	return k.g.ApplyParams(name, par, to, k.g.Call("tanh", k.g.Var("moved", from)))
}

// filters is R[p,n], vectors R[n,p]: what is moved, and what moves it.
func (k *grower) filters() *symbolic.Expr {
	return k.call("tanh", k.g.Var("filters", shape.Of("p", "n")))
}
func (k *grower) vectors() *symbolic.Expr {
	return k.call("tanh", k.g.Var("vectors", shape.Of("n", "p")))
}

// convolution is a δ, or another convolution, on n, with a filter on p, n: what a Jacobian adds up. Its axes are n, n, p or
// m, n, p, where m is their place.
func (k *grower) convolution(out string) *symbolic.Expr {
	n, p := shape.Name("n"), shape.Name("p")
	if rapid.Bool().Draw(k.t, "identity") {
		return k.g.E("ab,cb->"+out, k.g.Delta(n), k.filters())
	}
	par := symbolic.Params{Core: 2, Ints: []int{2, 1, 1, 1, 0}, Dims: shape.Shape{shape.Const(0), shape.Const(0)}}
	inner := k.g.ApplyParams("scatter", par, shape.Shape{n.Add(p).Sub(shape.Const(1)), n}, k.vectors())
	return k.g.E("ab,cb->"+out, inner, k.filters())
}

// addedUp adds x up at the sums of its last two indices.
func (k *grower) addedUp(x *symbolic.Expr) *symbolic.Expr {
	par := symbolic.Params{Core: 2, Ints: []int{2, 1, 1}, Dims: shape.Shape{shape.Const(0)}}
	return k.g.ApplyParams("scatter", par, shape.Shape{x.Shape[0], x.Shape[1].Add(x.Shape[2]).Sub(shape.Const(1))}, x)
}

func (k *grower) kron() *symbolic.Expr { return k.apply("kron", k.definite(), k.definite()) }

func (k *grower) mask() *symbolic.Expr { return k.apply("gt", k.vector(), k.vector()) }

// unary is a call of a function of the library that no constructor simplifies away.
func (k *grower) call(name string, x *symbolic.Expr) *symbolic.Expr { return k.g.Call(name, x) }

func (k *grower) minus(x *symbolic.Expr) *symbolic.Expr {
	return k.g.Neg(k.g.Add(x, k.g.Scale(big.NewRat(3, 1), k.one(x)))) // its first term is negative
}

// instances are at least one for every rule of every table.
var instances = map[string]instance{
	"product/inverse": func(k *grower) *symbolic.Expr {
		m := k.matrix()
		return k.g.MatMul(k.call("inv", m), k.g.MatMul(m, k.matrix()))
	},
	"product/denominator": func(k *grower) *symbolic.Expr {
		u := k.call("exp", k.vector())
		if rapid.Bool().Draw(k.t, "summed") { // Σ a / Σ a in every row
			a := k.call("exp", k.matrix())
			return k.g.E("ij,i->i", a, k.g.Recip(k.g.SumAxes(a, 1)))
		}
		return k.g.Hadamard(u, k.vector(), k.g.Recip(k.g.Add(u, k.one(u))))
	},
	"product/partial fractions": func(k *grower) *symbolic.Expr {
		u := k.call("exp", k.vector())
		return k.g.Hadamard(k.g.Recip(u), k.g.Recip(k.g.Add(u, k.one(u))))
	},
	"product/Pythagoras": func(k *grower) *symbolic.Expr { s := k.call("sin", k.vector()); return k.g.Hadamard(s, s, k.vector()) },
	"product/step":       func(k *grower) *symbolic.Expr { s := k.call("step", k.vector()); return k.g.Hadamard(s, s, k.vector()) },
	"product/mask":       func(k *grower) *symbolic.Expr { c := k.mask(); return k.g.Hadamard(c, c, k.vector()) },
	"product/powers of a sign": func(k *grower) *symbolic.Expr {
		s := k.call("sign", k.vector())
		return k.g.Hadamard(k.g.Pow(s, big.NewRat(rapid.SampledFrom([]int64{-3, -2, 3, 4, 5}).Draw(k.t, "power"), 1)), k.pool[3])
	},
	"product/sign beside its argument": func(k *grower) *symbolic.Expr {
		x := k.vector()
		s := k.call("sign", x)
		return rapid.SampledFrom([]*symbolic.Expr{k.g.Hadamard(x, s, s), k.g.Hadamard(k.g.Recip(x), s, s), k.g.Hadamard(k.g.Pow(x, big.NewRat(1, 2)), s, s),
			k.g.Hadamard(k.pool[3], k.call("sign", k.g.Add(k.pool[2], k.pool[3])), k.call("sign", k.g.Add(k.pool[2], k.pool[3])))}).Draw(k.t, "of")
	},
	"product/merged axes": func(k *grower) *symbolic.Expr {
		return rapid.SampledFrom([]*symbolic.Expr{k.g.MatMul(k.kron(), k.kron()), k.g.Transpose(k.kron()), k.g.E("aa->", k.kron()),
			k.g.MatMul(k.kron(), k.apply("vec", k.matrix()))}).Draw(k.t, "of")
	},
	"sign/sign of a multiple": func(k *grower) *symbolic.Expr { return k.call("sign", k.minus(k.pool[2])) },
	"sign/sign of a positive": func(k *grower) *symbolic.Expr { return k.call("sign", k.positive()) },
	"sign/sign of a sign":     func(k *grower) *symbolic.Expr { return k.call("sign", k.call("sign", k.vector())) },
	"sign/sign of a product": func(k *grower) *symbolic.Expr {
		return k.call("sign", k.g.Hadamard(k.vector(), k.vector()))
	},
	"sign/sign of a common factor": func(k *grower) *symbolic.Expr {
		c := rapid.SampledFrom([]*symbolic.Expr{k.pool[1], k.vector(), k.call("exp", k.vector())}).Draw(k.t, "common")
		l := labelsOf(c.Rank())
		times := func(x *symbolic.Expr) *symbolic.Expr {
			return k.g.Einsum([]string{l, "a"}, "a", []*symbolic.Expr{c, x}, nil)
		}
		return k.call("sign", k.g.Sub(times(k.call("sin", k.pool[2])), times(k.call("cos", k.pool[3]))))
	},
	"product/relu beside its step": func(k *grower) *symbolic.Expr {
		x := k.vector()
		return k.g.Hadamard(k.call("relu", x), k.call("step", x))
	},
	"sign/sign by cases": func(k *grower) *symbolic.Expr {
		x := k.vector()
		s := k.call("sign", x)
		return k.call("sign", k.g.Sum(x.Shape, k.g.Hadamard(x, s), rapid.SampledFrom([]*symbolic.Expr{x, s, k.g.Hadamard(s, s), k.pool[3]}).Draw(k.t, "rest")))
	},
	"product/root of a product": func(k *grower) *symbolic.Expr {
		x := k.square2(k.vector())
		return k.g.Times(k.g.Pow(k.g.Times(x, k.square2(k.pool[3])), big.NewRat(-1, 2)), k.vector())
	},
	"product/fact": func(k *grower) *symbolic.Expr { return k.g.Times(k.g.SumAxes(k.unitSum(), 0), k.vector()) },
	"product/orthogonal": func(k *grower) *symbolic.Expr {
		Q := k.pool[8]
		return k.g.MatMul(k.g.Transpose(Q), k.g.MatMul(Q, k.matrix()))
	},
	"product/diagonal": func(k *grower) *symbolic.Expr { return k.g.MatMul(k.pool[9], k.matrix()) },
	"product/symmetric": func(k *grower) *symbolic.Expr {
		S, B := k.pool[7], k.vector()
		k.g.MatMul(S, B) // made first: the order to choose
		return k.g.E("ba,b->a", S, B)
	},
	"product/softmax": func(k *grower) *symbolic.Expr {
		u := k.call("exp", k.vector())
		return k.g.Times(k.g.Recip(k.g.SumAxes(u, 0)), u)
	},
	"product/sigmoid": func(k *grower) *symbolic.Expr {
		x := k.vector()
		if rapid.Bool().Draw(k.t, "powers") {
			s := k.call("sigmoid", k.g.Neg(x))
			return k.g.Hadamard(k.call("exp", x), k.call("exp", x), s, s, s)
		}
		return k.g.Hadamard(k.call("exp", x), k.call("sigmoid", k.g.Neg(x)))
	},
	"product/inverse of a product": func(k *grower) *symbolic.Expr {
		a, b := k.pool[5], k.call("tanh", k.pool[5])
		return k.g.MatMul(b, k.call("inv", k.g.MatMul(a, b)))
	},
	"product/inverse of a sum": func(k *grower) *symbolic.Expr {
		m := k.definite()
		return k.g.MatMul(k.matrix(), k.g.MatMul(m, k.call("inv", m)))
	},
	"product/sum of a softmax": func(k *grower) *symbolic.Expr { return k.g.SumAxes(k.apply("softmax", k.vector()), 0) },
	"product/deviations": func(k *grower) *symbolic.Expr {
		x := k.vector()
		return k.g.SumAxes(k.g.Sub(x, k.g.Broadcast(k.g.Let("μ", k.apply("mean", x)), x.Shape)), 0)
	},
	"product/size and sign": func(k *grower) *symbolic.Expr {
		x := k.vector()
		size := rapid.SampledFrom([]*symbolic.Expr{x, k.call("abs", x)}).Draw(k.t, "beside")
		return k.g.Hadamard(k.vector(), size, k.call("sign", x))
	},
	"product/powers of one base": func(k *grower) *symbolic.Expr {
		x := k.positive()
		return k.g.Hadamard(k.apply("power", x, k.vector()), x)
	},
	"product/hyperbolic tangent": func(k *grower) *symbolic.Expr {
		x := k.vector()
		return k.g.Hadamard(k.call("sinh", x), k.g.Pow(k.call("cosh", x), big.NewRat(-2, 1)))
	},
	"product/tangent": func(k *grower) *symbolic.Expr {
		x := k.vector()
		return k.g.Hadamard(k.call("sin", x), k.g.Recip(k.call("cos", x)))
	},
	"product/opposite factors": func(k *grower) *symbolic.Expr {
		x, y := k.pool[2], k.call("tanh", k.pool[3])
		return k.g.E("a,b->ab", k.g.Sub(x, y), k.g.Sub(y, x))
	},

	"exp/exponential of a sum": func(k *grower) *symbolic.Expr { return k.call("exp", k.g.Sub(k.pool[2], k.call("tanh", k.pool[3]))) },
	"exp/exp log":              func(k *grower) *symbolic.Expr { return k.call("exp", k.call("log", k.positive())) },
	"log/log exp":              func(k *grower) *symbolic.Expr { return k.call("log", k.call("exp", k.vector())) },
	"log/logarithm of a product": func(k *grower) *symbolic.Expr {
		return k.call("log", k.g.Hadamard(k.call("exp", k.pool[2]), k.call("softplus", k.pool[3])))
	},
	"log/logarithm of a quotient": func(k *grower) *symbolic.Expr {
		x := k.positive()
		return k.call("log", k.g.Add(k.one(x), k.g.Recip(x)))
	},
	"log/logsumexp":                       func(k *grower) *symbolic.Expr { return k.call("log", k.g.SumAxes(k.call("exp", k.vector()), 0)) },
	"inv/inverse of an inverse":           func(k *grower) *symbolic.Expr { return k.call("inv", k.call("inv", k.matrix())) },
	"inv/inverse of a multiple":           func(k *grower) *symbolic.Expr { return k.call("inv", k.g.Times(k.number(), k.pool[5])) },
	"inv/inverse of a transpose":          func(k *grower) *symbolic.Expr { return k.call("inv", k.g.Transpose(k.pool[5])) },
	"inv/inverse of a product":            func(k *grower) *symbolic.Expr { return k.call("inv", k.g.MatMul(k.pool[5], k.pool[7])) },
	"inv/inverse of a diagonal":           func(k *grower) *symbolic.Expr { return k.call("inv", k.diag(k.positive())) },
	"inv/inverse of a Kronecker product":  func(k *grower) *symbolic.Expr { return k.call("inv", k.kron()) },
	"inv/inverse of an orthogonal matrix": func(k *grower) *symbolic.Expr { return k.call("inv", k.pool[8]) },
	"inv/inverse of the identity":         func(k *grower) *symbolic.Expr { return k.call("inv", k.g.Delta(shape.Name("n"))) },
	"reshape/identity of merged axes": func(k *grower) *symbolic.Expr {
		I := k.g.Delta(shape.Name("n"))
		return k.apply("kron", I, I)
	},
	"reshape/reshape of a sum": func(k *grower) *symbolic.Expr {
		n := shape.Name("n")
		return k.g.Reshape(k.g.Add(k.call("tanh", k.matrix()), k.call("exp", k.matrix())), 2, shape.Shape{n.Mul(n)})
	},
	"logdet/log determinant of a Kronecker product": func(k *grower) *symbolic.Expr { return k.call("logdet", k.kron()) },
	"reshape/entries of a Kronecker product": func(k *grower) *symbolic.Expr {
		n := shape.Name("n")
		x := rapid.SampledFrom([]*symbolic.Expr{k.g.Transpose(k.kron()), k.call("inv", k.kron()), k.g.Transpose(k.call("inv", k.kron()))}).Draw(k.t, "of")
		return k.g.Reshape(x, 2, shape.Shape{n, n, n, n})
	},
	"gather/places of single axes":  func(k *grower) *symbolic.Expr { return k.placed("gather") },
	"scatter/places of single axes": func(k *grower) *symbolic.Expr { return k.placed("scatter") },
	"scatter/equations for δ": func(k *grower) *symbolic.Expr {
		e := k.convolution("abc")
		if n := shape.Name("n"); e.Shape[0] == n && rapid.Bool().Draw(k.t, "sum") {
			e = k.g.Add(e, k.g.E("ab,cb->abc", k.pool[5], k.filters()))
		}
		return k.addedUp(e)
	},
	"scatter/order of places": func(k *grower) *symbolic.Expr {
		n, p := shape.Name("n"), shape.Name("p")
		par := symbolic.Params{Core: 2, Ints: []int{2, 1, 2, 0, 1}, Dims: shape.Shape{shape.Const(0), shape.Const(0)}}
		s := shape.Shape{n, n.Add(p).Add(p).Sub(shape.Const(2)), p}
		return k.g.ApplyParams("scatter", par, s, k.g.E("ab,bc->abc", k.vectors(), k.filters()))
	},
	"product/equation for a δ at a place": func(k *grower) *symbolic.Expr {
		n, p := shape.Name("n"), shape.Name("p")
		long := n.Add(p).Sub(shape.Const(1))
		at := k.g.ApplyParams("gather", symbolic.Params{Core: 1, Ints: []int{2, 1, 1}, Dims: shape.Shape{shape.Const(0)}}, shape.Shape{long, n, p}, k.g.Delta(long))
		return k.g.E("abc,cb->"+rapid.SampledFrom([]string{"a", "ab", "ba", "ca"}).Draw(k.t, "out"), at, k.filters())
	},
	"step/step of a multiple":   func(k *grower) *symbolic.Expr { return k.call("step", k.g.Scale(big.NewRat(-3, 2), k.vector())) },
	"step/step of the negative": func(k *grower) *symbolic.Expr { return k.call("step", k.minus(k.pool[2])) },
	"step/step of a positive":   func(k *grower) *symbolic.Expr { return k.call("step", k.positive()) },
	"where/cases by a mask":     func(k *grower) *symbolic.Expr { return k.apply("where", k.mask(), k.vector(), k.vector()) },
	"where/mask":                func(k *grower) *symbolic.Expr { c := k.mask(); return k.apply("where", c, k.one(c), k.g.Zero(c.Shape)) },
	"abs/absolute value of what is not negative": func(k *grower) *symbolic.Expr {
		return k.call("abs", k.g.Hadamard(k.positive(), k.call("relu", k.vector())))
	},
	"relu/relu of what is not negative": func(k *grower) *symbolic.Expr {
		x := k.vector()
		return k.call("relu", k.g.Hadamard(x, x))
	},
	"power/power of a sum": func(k *grower) *symbolic.Expr {
		x := k.positive()
		return k.apply("power", x, k.g.Sub(k.vector(), k.one(x)))
	},
	"pow/sigmoid": func(k *grower) *symbolic.Expr {
		x := k.vector()
		return k.g.Pow(k.g.Add(k.one(x), k.call("exp", x)), big.NewRat(-2, 1))
	},
	"cos/cosine of a sum": func(k *grower) *symbolic.Expr { return k.call("cos", k.g.Add(k.vector(), k.vector())) },
	"sin/sine of a sum": func(k *grower) *symbolic.Expr {
		return k.call("sin", k.g.Scale(big.NewRat(rapid.Int64Range(2, 4).Draw(k.t, "multiple"), 3), k.vector()))
	},
	"erf/odd":   func(k *grower) *symbolic.Expr { return k.call("erf", k.minus(k.pool[2])) },
	"atan/odd":  func(k *grower) *symbolic.Expr { return k.call("atan", k.minus(k.pool[2])) },
	"asinh/odd": func(k *grower) *symbolic.Expr { return k.call("asinh", k.minus(k.pool[2])) },
	"asin/odd":  func(k *grower) *symbolic.Expr { return k.call("asin", k.g.Neg(k.call("sin", k.vector()))) },
	"atanh/odd": func(k *grower) *symbolic.Expr { return k.call("atanh", k.g.Neg(k.call("tanh", k.vector()))) },
	"cos/even":  func(k *grower) *symbolic.Expr { return k.call("cos", k.minus(k.pool[2])) },
	"sin/odd":   func(k *grower) *symbolic.Expr { return k.call("sin", k.minus(k.pool[2])) },

	"det/determinant of a diagonal":          func(k *grower) *symbolic.Expr { return k.call("det", k.diag(k.vector())) },
	"det/determinant of a Kronecker product": func(k *grower) *symbolic.Expr { return k.call("det", k.kron()) },
	"det/determinant of an inverse":          func(k *grower) *symbolic.Expr { return k.call("det", k.call("inv", k.matrix())) },
	"det/determinant of a multiple":          func(k *grower) *symbolic.Expr { return k.call("det", k.g.Scale(big.NewRat(-3, 2), k.pool[5])) },
	"logdet/log determinant of an inverse":   func(k *grower) *symbolic.Expr { return k.call("logdet", k.call("inv", k.definite())) },
	"det/determinant of a transpose":         func(k *grower) *symbolic.Expr { return k.call("det", k.g.Transpose(k.pool[5])) },
	"det/determinant of a product":           func(k *grower) *symbolic.Expr { return k.call("det", k.g.MatMul(k.pool[5], k.pool[7])) },
	"logdet/log determinant of a diagonal":   func(k *grower) *symbolic.Expr { return k.call("logdet", k.diag(k.positive())) },
	"logdet/log determinant of a transpose":  func(k *grower) *symbolic.Expr { return k.call("logdet", k.g.Transpose(k.call("exp", k.definite()))) },
	"logdet/log determinant of a product": func(k *grower) *symbolic.Expr {
		return k.call("logdet", k.g.MatMul(k.definite(), k.g.Scale(big.NewRat(1, 2), k.definite())))
	},

	"sum/diagonals": func(k *grower) *symbolic.Expr {
		return k.g.Sub(k.diag(k.call("tanh", k.vector())), k.g.Scale(big.NewRat(2, 1), k.diag(k.call("sin", k.vector()))))
	},
	"sum/cases": func(k *grower) *symbolic.Expr {
		c := k.mask()
		return k.g.Add(k.g.Hadamard(c, k.pool[2]), k.g.Hadamard(k.g.Sub(k.one(c), c), k.call("exp", k.pool[3])))
	},
	"sum/Pythagoras": func(k *grower) *symbolic.Expr {
		x := k.vector()
		s, c := k.call("sin", x), k.call("cos", x)
		return k.g.Sum(x.Shape, k.g.Hadamard(s, s), k.g.Hadamard(c, c), k.call("exp", x))
	},
	"sum/complement": func(k *grower) *symbolic.Expr {
		x := k.vector()
		s, v := k.call("sigmoid", x), k.call("exp", x)
		return k.g.Sub(k.g.Hadamard(v, s), k.g.Hadamard(v, s, s))
	},
	"sum/sums": func(k *grower) *symbolic.Expr {
		x := k.vector()
		l := symbolic.Labels(x.Rank())
		return k.g.Sub(k.g.Einsum([]string{l}, "", []*symbolic.Expr{k.call("tanh", x)}, nil), k.g.Einsum([]string{l}, "", []*symbolic.Expr{x}, nil))
	},
}

// unitSum is a vector that is declared to sum to 1.
func (k *grower) unitSum() *symbolic.Expr {
	p := k.g.Var("p", shape.Of("n"))
	k.g.Facts.Set(p, &symbolic.Facts{Equal: []*symbolic.Expr{k.g.Sub(k.g.SumAxes(p, 0), k.g.Int(1))}})
	return p
}

// TestEveryRuleKeepsTheValue applies each rule of every table to random instances, and compares values. A rule that has no
// instance, or does not fit its instances, fails.
func TestEveryRuleKeepsTheValue(t *testing.T) {
	for _, r := range rewrite.AllRules() {
		name := r.Table + "/" + r.Name
		t.Run(name, func(t *testing.T) {
			make := instances[name]
			if make == nil {
				t.Fatal("no instance")
			}
			fits, compared := 0, 0
			rapid.Check(t, func(t *rapid.T) {
				k := newGrower(t)
				e := make(k)
				n := r.Apply(e)
				if n == nil || n == e {
					return
				}
				fits++
				if !n.Shape.Equal(e.Shape) {
					t.Fatalf("%v : %v becomes %v : %v", e, e.Shape, n, n.Shape)
				}
				equal, ok := agree(t, e, n)
				if ok {
					compared++
				}
				if ok && !equal {
					t.Fatalf("%v\nbecomes %v", e, n)
				}
			})
			if fits < 20 || compared < 10 {
				t.Errorf("it fitted %d instances, of which %d could be compared", fits, compared)
			}
		})
	}
}

// TestRewritingEnds: Simplify and Normal end on random graphs within their limits, and what Simplify returns is one of its
// fixed points or no longer than it was.
func TestRewritingEnds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := newGrower(t)
		for range rapid.IntRange(6, 14).Draw(t, "nodes") {
			k.grow()
		}
		e := k.pool[len(k.pool)-1]
		s := rewrite.Simplify(e, nil)
		for range 4 {
			next := rewrite.Simplify(s, nil)
			if next == s {
				break
			}
			s = next
		}
		if next := rewrite.Simplify(s, nil); next != s && len(next.String()) > len(s.String()) {
			t.Fatalf("%v\nstill grows: %v\n%v", e, s, next)
		}
		rewrite.Normal(e)
	})
}
