package fn

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"nabla/numeric"
	"nabla/symbolic"
)

// maxOrder bounds the order of cofactors: they have 2k axes, and k! terms.
const maxOrder = 5

var orderArgs = []symbolic.Arg{{Name: "A"}, {Name: "order", Kind: symbolic.Number, Optional: true, Default: "1"}}

// determinants is the table of the derivatives of the determinant, and what they are computed from where the matrix has no
// inverse.
func determinants() []*record {
	return []*record{
		{
			Name: "cofactors", Args: orderArgs,
			Doc: "cofactors(A, order=k) is the k-th derivative of det(A) by A: the cofactors for k = 1, and signed minors of order n − k, with two axes for " +
				"each derivative. They are polynomials, also where A is singular.",
			Example: "eval(cofactors([[1, 2], [2, 4]]))\n\t[[4, -2], [-2, 1]]",
			Text:    "cofactors(#1, order=#p1)",
			TeX:     `\operatorname{cofactors}_{#p1}\left(#1\right)`,
			Core:    []int{2},
			Build:   withOrder("cofactors", func(A *expr, k int64) *expr { return A.G.Cofactors(A, k) }),
			Define:  cofactorsByInverse,
			VJP: func(v vjp) []*expr {
				k := v.Y.Par.Order()
				l := axesOf(2*k + 2)
				by := l[2*k:]
				return []*expr{v.E("*~"+l[:2*k]+",~"+l+"->*~"+by, v.Bar, v.G.Cofactors(v.Args[0], int64(k+1)))}
			},
			Compute: func(p params, a []*expr) *expr { return cofactorsByVectors(a[0], p.Order()) },
			Cost:    cubic(20),
			See:     []string{"det", "adj"},
		},
		{
			Name: "leftvectors", Args: matrixArg,
			Doc:     "leftvectors(A) is the U of A = U S Vᵀ, with the singular values from the largest on.",
			Example: "eval(leftvectors([[0, 2], [1, 0]]))\n\t[[-1, 0], [0, -1]]",
			Core:    []int{2},
			Shape:   squareToSquare("leftvectors"),
			NoGrad:  vectorsHaveNone,
			Kernel:  each(func(b block) error { return numeric.Vectors(b.out, nil, b.arg(0), b.dims(0)[0], b.work) }),
			Work:    ofSquare(numeric.VectorsWork),
			Cost:    cubic(20),
		},
		{
			Name: "rightvectors", Args: matrixArg,
			Doc:     "rightvectors(A) is the V of A = U S Vᵀ, with the singular values from the largest on.",
			Example: "eval(rightvectors([[0, 2], [1, 0]]))\n\t[[0, -1], [-1, 0]]",
			Core:    []int{2},
			Shape:   squareToSquare("rightvectors"),
			NoGrad:  vectorsHaveNone,
			Kernel:  each(func(b block) error { return numeric.Vectors(nil, b.out, b.arg(0), b.dims(0)[0], b.work) }),
			Work:    ofSquare(numeric.VectorsWork),
			Cost:    cubic(20),
		},
		{
			Name: "othervalues", Args: orderArgs,
			Doc: "othervalues(A, order=k)[a,b,…] is det(U) det(V) times the product of the singular values of A = U S Vᵀ other than the k named; " +
				"0 where two of these are the same.",
			Example: "eval(othervalues([[3, 0], [0, 2]]))\n\t[2, 3]",
			Text:    "othervalues(#1, order=#p1)",
			Core:    []int{2},
			NoGrad:  vectorsHaveNone,
			Build:   withOrder("othervalues", otherValues),
			Kernel: each(func(b block) error {
				return numeric.OtherValues(b.out, b.arg(0), b.dims(0)[0], b.par.Order(), b.work)
			}),
			Work: ofSquare(numeric.OtherValuesWork),
			Cost: cubic(20),
		},
	}
}

const vectorsHaveNone = "singular vectors are not unique; they stand only in what is computed"

// withOrder builds what has an order from 1 to maxOrder.
func withOrder(name string, build func(A *expr, k int64) *expr) func(in) (*expr, error) {
	return func(i in) (*expr, error) {
		if _, _, err := matrices(name, i); err != nil {
			return nil, err
		}
		k := i.Num("order", 1)
		if !k.IsInt() || k.Sign() <= 0 || k.Cmp(rat(maxOrder, 1)) > 0 {
			return nil, fmt.Errorf("the order of %s is a whole number from 1 to %d, not %s", name, maxOrder, k.RatString())
		}
		return build(i.Args[0], k.Num().Int64()), nil
	}
}

func otherValues(A *expr, k int64) *expr {
	core := A.Rank() - 2
	s := A.Shape[:core:core]
	for range k {
		s = append(s, A.Shape[core])
	}
	return A.G.ApplyParams("othervalues", params{Core: 2, Nums: []*big.Rat{rat(k, 1)}}, s, A)
}

// cofactorsByInverse is det(A) Σ ± A⁻¹[b₁,a₁] A⁻¹[b₂,a₂] …, over the orders of the b's (Jacobi).
func cofactorsByInverse(p params, a []*expr) *expr {
	return antisymmetric(a[0], p.Order(), func(order []int, l string) ([]string, []*expr) {
		in, args := []string{"*"}, []*expr{call("det", a[0])}
		for m, o := range order {
			in, args = append(in, "*"+l[2*o+1:2*o+2]+l[2*m:2*m+1]), append(args, call("inv", a[0]))
		}
		return in, args
	})
}

// cofactorsByVectors are cofactors from A = U S Vᵀ: Σ P[s₁,s₂,…] ± U[a₁,s₁] V[b₁,s₁] …, with P the products of the other
// singular values (G. W. Stewart, On the adjugate matrix, 1998, for k = 1). It needs no inverse.
func cofactorsByVectors(A *expr, k int) *expr {
	if k == 1 {
		return A.G.E("*ba->*ab", call("adj", A))
	}
	P := otherValues(A, int64(k))
	return antisymmetric(A, k, func(order []int, l string) ([]string, []*expr) {
		s := l[2*k:]
		in, args := []string{"*" + s}, []*expr{P}
		for m, o := range order {
			in = append(in, "*"+l[2*m:2*m+1]+s[m:m+1], "*"+l[2*o+1:2*o+2]+s[m:m+1])
			args = append(args, call("leftvectors", A), call("rightvectors", A))
		}
		return in, args
	})
}

// antisymmetric is the sum over the orders of k pairs of axes, each with the sign of the order, of a product whose labels
// are chosen from l: a₁ b₁ a₂ b₂ …, then k more.
func antisymmetric(A *expr, k int, term func(order []int, l string) ([]string, []*expr)) *expr {
	l := axesOf(3 * k)
	var terms []*expr
	var coefs []*big.Rat
	symbolic.Permutations(k, func(order []int, sign int64) {
		in, args := term(slices.Clone(order), l)
		terms = append(terms, A.G.E(strings.Join(in, ",")+"->*"+l[:2*k], args...))
		coefs = append(coefs, rat(sign, 1))
	})
	return A.G.LinearCombination(terms[0].Shape, coefs, terms)
}
