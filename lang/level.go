package lang

// A Level is a precedence, from loose to tight, as in grammar.txt.
type Level int

// The levels. An expression stands without parentheses where its own level is at least the level wanted.
const (
	LevelCompare Level = iota // a == b
	LevelSum                  // a + b
	LevelSigned               // -a
	LevelProduct              // a b, and sum[k] a
	LevelPower                // a^b, and the units ∂f/∂x and ∇_x f
	LevelPostfix              // aᵀ, a[i]
	LevelPrimary              // names, numbers, calls, whatever has brackets of its own
)

// LevelOf is the precedence of the operation at the top of x as text is written.
func LevelOf(x Expr) Level {
	switch x := x.(type) {
	case *Compare, *Range, *Colon:
		return LevelCompare
	case *Binary:
		if x.Op == Add || x.Op == Sub {
			return LevelSum
		}
		return LevelProduct
	case *Unary:
		return LevelSigned
	case *SumIdx:
		return LevelProduct
	case *Pow, *Deriv, *Nabla:
		return LevelPower
	case *Transpose, *Index:
		return LevelPostfix
	}
	return LevelPrimary
}

// productKinds groups the products that may stand in one row without parentheses. Mixed rows are read left to right
// by the grammar, but people should not have to know that: (W x) ⊙ z.
var productKinds = [...]int{Mul: 1, Div: 1, Had: 2, HDiv: 2, Dot: 3, Kron: 4}

// leftFits reports whether x may stand without parentheses as the left operand of the product op.
func leftFits(x Expr, o BinOp) bool {
	if b, ok := x.(*Binary); ok && LevelOf(x) == LevelProduct {
		return productKinds[b.Op] == productKinds[o] && !endsOpen(x)
	}
	return LevelOf(x) >= LevelProduct && !endsOpen(x)
}

// endsOpen reports whether x ends in a sum over an index, which would take whatever factor follows.
func endsOpen(x Expr) bool {
	switch x := x.(type) {
	case *SumIdx:
		return true
	case *Binary:
		return LevelOf(x) == LevelProduct && rightFits(x.Y, x.Op) && endsOpen(x.Y)
	}
	return false
}

// rightFits reports whether y may stand without parentheses as the right operand of the product op.
func rightFits(y Expr, o BinOp) bool {
	if _, ok := y.(*SumIdx); ok {
		return o != Div && o != HDiv
	}
	return LevelOf(y) >= LevelPower
}

// Equal reports whether two trees have the same structure, whatever their spelling and positions.
func Equal(a, b Node) bool { return Sexpr(a, nil) == Sexpr(b, nil) }

// runs groups the variables of a derivative: ∂x∂x∂y is x twice, y once.
func runs(wrt []Expr) (vars []Expr, times []int) {
	for i, w := range wrt {
		if i > 0 && Equal(w, wrt[i-1]) {
			times[len(times)-1]++
			continue
		}
		vars, times = append(vars, w), append(times, 1)
	}
	return vars, times
}

// smallInt recognizes a whole number or its negation, as exponents mostly are.
func smallInt(x Expr) (text string, ok bool) {
	sign := ""
	if u, isUnary := x.(*Unary); isUnary {
		x, sign = u.X, "-"
	}
	n, isNumber := x.(*Number)
	if !isNumber || !allDigits(n.Text) {
		return "", false
	}
	return sign + n.Text, true
}
