package notation

import (
	"math/big"
	"strconv"
	"strings"

	"nabla/lang"
	"nabla/symbolic/shape"
)

// name is a leaf. "H[3]", a member of a family, is an index expression.
func name(s string) lang.Expr {
	base, index, ok := strings.Cut(s, "[")
	if !ok || !strings.HasSuffix(index, "]") {
		return &lang.Name{Name: s, Raw: s}
	}
	at, ok := new(big.Rat).SetString(strings.TrimSuffix(index, "]"))
	if !ok {
		return &lang.Name{Name: s, Raw: s}
	}
	return &lang.Index{X: name(base), Args: []lang.Expr{number(at)}}
}

func call(fn string, args ...lang.Expr) *lang.Call {
	c := &lang.Call{Fn: &lang.Name{Name: fn, Raw: fn}}
	for _, a := range args {
		c.Args = append(c.Args, lang.Arg{X: a})
	}
	return c
}

func binary(op lang.BinOp, a, b lang.Expr) lang.Expr {
	return &lang.Binary{Op: op, X: a, Y: b, Juxt: op == lang.Mul}
}

// multiply is a b; either may be nil, which is 1.
func multiply(a, b lang.Expr) lang.Expr {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return binary(lang.Mul, a, b)
}

// product joins factors from the left; without any it is nil.
func product(op lang.BinOp, factors []lang.Expr) lang.Expr {
	var x lang.Expr
	for _, f := range factors {
		if x == nil {
			x = f
		} else {
			x = binary(op, x, f)
		}
	}
	return x
}

func negate(x lang.Expr) lang.Expr { return &lang.Unary{X: x} }

func transposed(x lang.Expr) lang.Expr {
	if t, ok := x.(*lang.Transpose); ok {
		return t.X
	}
	return &lang.Transpose{X: x}
}

func power(x lang.Expr, r *big.Rat, elementwise bool) lang.Expr {
	if r.Cmp(one) == 0 {
		return x
	}
	if n, ok := x.(*lang.Pow); ok && !elementwise && !n.Elementwise && r.IsInt() { // (‖x‖²)² is ‖x‖⁴
		if k := whole(n.Y); k != nil {
			return &lang.Pow{X: n.X, Y: rational(new(big.Rat).Mul(r, k))}
		}
	}
	return &lang.Pow{X: x, Y: rational(r), Elementwise: elementwise}
}

// whole is the integer that an exponent is, or nil.
func whole(y lang.Expr) *big.Rat {
	switch y := y.(type) {
	case *lang.Number:
		if y.Val.IsInt() {
			return y.Val
		}
	case *lang.Unary:
		if k := whole(y.X); k != nil {
			return new(big.Rat).Neg(k)
		}
	}
	return nil
}

func norm(x lang.Expr) lang.Expr { return &lang.Norm{X: x} }

// squaredNorm is ‖x‖².
func squaredNorm(x lang.Expr) lang.Expr { return power(norm(x), two, false) }

func indexed(x lang.Expr, at []lang.Expr) lang.Expr {
	if len(at) == 0 {
		return x
	}
	return &lang.Index{X: x, Args: at}
}

func isName(x lang.Expr) bool { _, ok := x.(*lang.Name); return ok }

// number is a literal that is not negative, and has a finite decimal form.
func number(r *big.Rat) lang.Expr {
	return &lang.Number{Text: decimal(r), Val: new(big.Rat).Set(r)}
}

// rational is any number: an integer, a short fraction, or a decimal where the number was most likely written as one.
func rational(r *big.Rat) lang.Expr {
	if r.Sign() < 0 {
		return negate(rational(new(big.Rat).Neg(r)))
	}
	if r.IsInt() || writtenAsDecimal(r) {
		return number(r)
	}
	return binary(lang.Div, number(new(big.Rat).SetInt(r.Num())), number(new(big.Rat).SetInt(r.Denom())))
}

// writtenAsDecimal says that r has a finite decimal form and is no binary fraction such as 3/8.
func writtenAsDecimal(r *big.Rat) bool {
	q := r.Denom()
	if q.Cmp(big.NewInt(8)) <= 0 {
		return false
	}
	if q.IsInt64() && q.Int64() <= 1024 && q.Int64()&(q.Int64()-1) == 0 {
		return false
	}
	_, exact := r.FloatPrec()
	return exact
}

// decimal is the shortest text that reads back as r, which has a finite decimal form. A number that came from a
// float64 is printed as that float64 is.
func decimal(r *big.Rat) string {
	digits, _ := r.FloatPrec()
	if digits > 17 {
		if f, exact := r.Float64(); exact {
			return strconv.FormatFloat(f, 'g', -1, 64)
		}
	}
	s := r.FloatString(digits)
	if small := strings.TrimLeft(strings.TrimPrefix(s, "0."), "0"); digits-len(small) > 15 {
		return small[:1] + strings.TrimSuffix("."+small[1:], ".") + "e-" + strconv.Itoa(digits-len(small)+1)
	}
	if digits == 0 && len(s) > 15 {
		if t := strings.TrimRight(s, "0"); len(s)-len(t) > 6 {
			return t + "e" + strconv.Itoa(len(s)-len(t))
		}
	}
	return s
}

// sizeTree is a dimension where a size is expected: ones(n), ones(2 n + 1).
func sizeTree(d shape.Dim) lang.Expr {
	return dimTree(d, name)
}

// dimTree is an integer polynomial in dimension names.
func dimTree(d shape.Dim, leaf func(string) lang.Expr) lang.Expr {
	var sum lang.Expr
	d.Terms(func(coef int64, names []string) {
		t := monomial(big.NewRat(coef, 1), names, leaf)
		switch {
		case sum == nil && coef < 0:
			sum = negate(t)
		case sum == nil:
			sum = t
		case coef < 0:
			sum = binary(lang.Sub, sum, t)
		default:
			sum = binary(lang.Add, sum, t)
		}
	})
	if sum == nil {
		return number(zero)
	}
	return sum
}

// monomial is |coef| · names.
func monomial(coef *big.Rat, names []string, leaf func(string) lang.Expr) lang.Expr {
	c := new(big.Rat).Abs(coef)
	var x lang.Expr
	if c.Cmp(one) != 0 || len(names) == 0 {
		x = number(c)
	}
	for _, n := range names {
		x = multiply(x, leaf(n))
	}
	return x
}

var (
	zero = new(big.Rat)
	one  = big.NewRat(1, 1)
	two  = big.NewRat(2, 1)
	half = big.NewRat(1, 2)
)
