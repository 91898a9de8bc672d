package kernel

import (
	"fmt"
	"maps"
	"slices"

	"nabla/lang"
	"nabla/lang/check"
	"nabla/numeric"
	"nabla/symbolic"
	"nabla/symbolic/lower"
	"nabla/symbolic/shape"
)

// A state is everything that a statement may change. Copies share what they do not change.
type state struct {
	scope    *check.Scope
	values   values
	singles  singles // values in single precision
	settings settings
	answers  map[int]*answer // Out[n]
	last     *answer         // %
	edits    int             // how often a value was given
	tutorial lesson          // how far the tutorial is
	history  []*lang.Stmt    // the statements that made the session what it is, for :save
	lines    []*studentLine  // what was checked, one for each left side
	judged   *judgement      // the claim checked last
	hinted   int             // how many of its hints were given
	exercise *openExercise   // the exercise at hand
	solved   []string        // the parts solved in this session
}

// values are the numbers of variables, by node: a name declared anew has no value.
type values map[*symbolic.Expr]*numeric.Array

// singles are those that are kept in single precision: all of them under :set dtype float32.
type singles map[*symbolic.Expr]*lower.Single

// An answer is what % refers to.
type answer struct {
	expr *symbolic.Expr // nil for plain numbers
	row  bool
	num  *numeric.Array // nil for a formula
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

// setValue gives a variable its numbers, on a copy: earlier states keep theirs.
func (st *state) setValue(v *symbolic.Expr, a *numeric.Array) {
	st.keep(v, a)
	st.edits++
}

func (st *state) keep(v *symbolic.Expr, a *numeric.Array) {
	if st.settings.Type == numeric.Float32 {
		st.singles = maps.Clone(st.singles)
		if st.singles == nil {
			st.singles = singles{}
		}
		st.singles[v] = numeric.Convert[float32](a)
		return
	}
	st.values = maps.Clone(st.values)
	st.values[v] = a
}

// valueOf are the numbers of a variable in double precision; nil where it has none.
func (st *state) valueOf(v *symbolic.Expr) *numeric.Array {
	if s := st.singles[v]; s != nil {
		return numeric.Convert[float64](s)
	}
	return st.values[v]
}

// sizesOf is the shape of the numbers of a variable.
func (st *state) sizesOf(v *symbolic.Expr) (n []int, ok bool) {
	if s := st.singles[v]; s != nil {
		return s.Shape, true
	}
	if a := st.values[v]; a != nil {
		return a.Shape, true
	}
	return nil, false
}

// convertFrom gives all values the type that is set now.
func (st *state) convertFrom(t numeric.Type) {
	if st.settings.Type == t {
		return
	}
	b := st.bindings().In(st.settings.Type)
	st.values, st.singles = b.Values, b.Singles
	st.edits++
}

// rounded is a with the numbers that the session computes with.
func (st *state) rounded(a *numeric.Array) *numeric.Array {
	if st.settings.Type == numeric.Float32 {
		return numeric.Convert[float64](numeric.Convert[float32](a))
	}
	return a
}

// remember makes a the answer of cell n. Plain numbers become the value of a variable %n, so that formulas can use them.
func (st *state) remember(n int, a answer) {
	if a.expr == nil && a.num != nil {
		s := make(shape.Shape, len(a.num.Shape))
		for i, d := range a.num.Shape {
			s[i] = shape.Const(int64(d))
		}
		a.expr = st.scope.Graph.Var(fmt.Sprintf("%%%d", n), s)
		st.keep(a.expr, a.num)
	}
	st.answers = maps.Clone(st.answers)
	if st.answers == nil {
		st.answers = map[int]*answer{}
	}
	st.answers[n] = &a
	st.last = &a
}

// result is what %n stands for.
func (st *state) result(n int) (check.Value, bool) {
	a := st.last
	if n > 0 {
		a = st.answers[n]
	}
	if a == nil || a.expr == nil {
		return check.Value{}, false
	}
	return check.Value{Expr: a.expr, Row: a.row}, true
}

// roots are the expressions that must survive a collection of the graph.
func (st *state) roots() []*symbolic.Expr {
	out := st.scope.Roots()
	for v := range st.values {
		out = append(out, v)
	}
	for v := range st.singles {
		out = append(out, v)
	}
	for _, a := range st.answers {
		if a.expr != nil {
			out = append(out, a.expr)
		}
	}
	return slices.Clip(out)
}
