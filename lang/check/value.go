package check

import (
	"strings"

	"nabla/lang"
	"nabla/symbolic"
	"nabla/symbolic/shape"
)

// A Value is a checked expression.
type Value struct {
	Expr  *symbolic.Expr // nil for a list and where there is a hole
	Row   bool           // one axis, written xᵀ
	Items []Value        // a list: [W1, W2]
	Hole  *Hole          // the expression has a hole: what may stand there
	Notes []string       // what was broadcast, what a zero means
	Spans map[*symbolic.Expr]lang.Span

	ident bool // stands for Expr times the identity of a size not yet known
}

// IsList says that the value is a list of values.
func (v Value) IsList() bool { return v.Expr == nil && v.Hole == nil }

// Exprs are the expressions of a list, or the one that v is.
func (v Value) Exprs() []*symbolic.Expr {
	if !v.IsList() {
		return []*symbolic.Expr{v.Expr}
	}
	exprs := make([]*symbolic.Expr, len(v.Items))
	for i, it := range v.Items {
		exprs[i] = it.Expr
	}
	return exprs
}

// Space is the type as a person writes it; a row is R[d]ᵀ.
func (v Value) Space() string { return space(v.Expr.Shape, v.Row) }

func (v Value) rank() int { return v.Expr.Rank() }

func (v Value) isColumn() bool { return v.rank() == 1 && !v.Row }

// with is another expression of the same orientation.
func (v Value) with(e *symbolic.Expr) Value {
	return Value{Expr: e, Row: v.Row && e.Rank() == 1, ident: v.ident}
}

func space(s shape.Shape, row bool) string {
	if row {
		return s.String() + "ᵀ"
	}
	return s.String()
}

func signature(sig *symbolic.Signature) string {
	args := make([]string, len(sig.Args))
	for i, a := range sig.Args {
		args[i] = a.String()
	}
	return strings.Join(args, ", ") + " -> " + sig.Result.String()
}
