package kernel

import (
	"fmt"

	"nabla/lang"
	"nabla/lang/check"
	"nabla/numeric"
	"nabla/symbolic"
	"nabla/symbolic/lower"
	"nabla/symbolic/persist"
	"nabla/symbolic/shape"
)

// A state is everything that a statement may change. Copies share what they do not change.
type state struct {
	scope    *check.Scope
	values   lower.Kept // of variables
	settings settings
	answers  persist.Map[int, *answer] // Out[n]
	last     *answer                   // %
	edits    int                       // how often a value was given
	tutorial lesson                    // how far the tutorial is
	history  persist.List[*lang.Stmt]  // the statements that made the session what it is, for :save
	lines    []*studentLine            // what was checked, one for each left side
	judged   *judgement                // the claim checked last
	hinted   int                       // how many of its hints were given
	exercise *openExercise             // the exercise at hand
	solved   []string                  // the parts solved in this session
}

// An answer is what % refers to.
type answer struct {
	expr *symbolic.Expr // nil for plain numbers
	row  bool
	num  *numeric.Array // nil for a formula
	of   *symbolic.Expr // what num is the value of: its shape is shown
	list []answer       // several at once
}

// everything is the expressions of an answer.
func (a *answer) everything() []*symbolic.Expr {
	var out []*symbolic.Expr
	if a.expr != nil {
		out = append(out, a.expr)
	}
	for i := range a.list {
		out = append(out, a.list[i].everything()...)
	}
	return out
}

// value is the answer as part of a formula.
func (a *answer) value() check.Value {
	v := check.Value{Expr: a.expr, Row: a.row}
	for i := range a.list {
		v.Items = append(v.Items, a.list[i].value())
	}
	return v
}

// settings are what :set changes.
type settings struct {
	Format      Format
	ASCII       bool
	Backend     string // "fast" or "reference"
	MemoryLimit int64  // bytes
	NaN         string // "allow" or "error"
	Type        numeric.Type
	Time        bool
	Debug       bool
	Threads     int
}

func (st *state) clone() *state {
	c := *st
	c.scope = st.scope.Clone()
	c.scope.Activate()
	c.scope.Results = c.result
	return &c
}

// setValue gives a variable its numbers; earlier states keep theirs.
func (st *state) setValue(v *symbolic.Expr, a *numeric.Array) {
	st.values.Set(v, a, st.settings.Type)
	st.edits++
}

// valueOf are the numbers of a variable in double precision; nil where it has none.
func (st *state) valueOf(v *symbolic.Expr) *numeric.Array { return st.values.Get(v) }

// sizesOf is the shape of the numbers of a variable.
func (st *state) sizesOf(v *symbolic.Expr) (n []int, ok bool) { return st.values.Sizes(v) }

// convertFrom gives all values the type that is set now.
func (st *state) convertFrom(t numeric.Type) {
	if st.settings.Type == t {
		return
	}
	st.values = st.values.In(st.settings.Type)
	st.edits++
}

// rounded is a with the numbers that the session computes with.
func (st *state) rounded(a *numeric.Array) *numeric.Array {
	if st.settings.Type == numeric.Float32 {
		return numeric.Convert[float64](numeric.Convert[float32](a))
	}
	return a
}

// remember makes a the answer of cell n.
func (st *state) remember(n int, a answer) {
	st.nameNumbers(fmt.Sprintf("%%%d", n), &a)
	st.answers.Set(n, &a)
	st.last = &a
}

// nameNumbers makes plain numbers the value of a variable %n, so that formulas can use them; %n.1, %n.2, … of a list.
func (st *state) nameNumbers(name string, a *answer) {
	for i := range a.list {
		st.nameNumbers(fmt.Sprintf("%s.%d", name, i+1), &a.list[i])
	}
	if a.expr != nil || a.num == nil {
		return
	}
	s := make(shape.Shape, len(a.num.Shape))
	for i, d := range a.num.Shape {
		s[i] = shape.Const(int64(d))
	}
	a.expr = st.scope.Graph.Var(name, s)
	st.values.Set(a.expr, a.num, st.settings.Type)
}

// answered is what %n refers to, 0 being the last; nil where there is none.
func (st *state) answered(n int) *answer {
	if n > 0 {
		return st.answers.At(n)
	}
	return st.last
}

// result is what %n stands for.
func (st *state) result(n int) (check.Value, bool) {
	a := st.answered(n)
	if a == nil || a.expr == nil && a.list == nil {
		return check.Value{}, false
	}
	return a.value(), true
}

// roots adds the expressions that must survive a collection of the graph, but for those of bindings in seen.
func (st *state) roots(out []*symbolic.Expr, seen map[*check.Binding]bool) []*symbolic.Expr {
	out = st.scope.Roots(out, seen)
	for v := range st.values.Doubles.All() {
		out = append(out, v)
	}
	for v := range st.values.Singles.All() {
		out = append(out, v)
	}
	for _, a := range st.answers.All() {
		out = append(out, a.everything()...)
	}
	return out
}
