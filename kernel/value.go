package kernel

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/rivo/uniseg"

	"nabla/lang"
	"nabla/lang/check"
	"nabla/numeric"
	"nabla/symbolic"
)

// value runs "names := expression".
func (j *job) value(v *lang.Value) (*Result, *lang.Error) {
	if v.For != nil {
		return j.valueFamily(v)
	}
	if len(v.Targets) == 1 {
		t := v.Targets[0]
		if j.takesFunction(t, v.Value) {
			return j.functionValue(t, v)
		}
		if len(t.Index) == 0 && j.isOnlyDimension(t.Name.Name) {
			return j.dimensionValue(t, v.Value)
		}
	}
	arrays, notes, err := j.arrays(v)
	if err != nil {
		return nil, err
	}
	for i, a := range arrays {
		arrays[i] = j.state.rounded(a)
	}
	res := &Result{Kind: KindValue, Notes: append(notes, j.orderNotes(v)...)}
	for i, t := range v.Targets {
		more, err := j.assign(t, arrays[i])
		if err != nil {
			return nil, err
		}
		res.Notes = append(res.Notes, more...)
	}
	for _, t := range v.Targets {
		more, err := j.againstFacts(targetName(t), v, j.target(t))
		if err != nil {
			return nil, err
		}
		res.Notes = append(res.Notes, more...)
	}
	j.echoValues(res, v.Targets, arrays)
	return res, nil
}

// echoValues shows what the targets became.
func (j *job) echoValues(res *Result, targets []*lang.Target, arrays []*numeric.Array) {
	f := j.format()
	for i, t := range targets {
		if i > 0 {
			res.Text += "\n"
		}
		if a := arrays[i]; len(a.Data) <= 100 {
			name := targetName(t) + " := "
			res.Text += name + f.indented(a, uniseg.StringWidth(name))
		} else {
			res.Text += fmt.Sprintf("%s := %s entries %s", targetName(t), times(a.Shape), f.Range(j.ctx, a))
		}
	}
	if len(targets) == 1 {
		a := arrays[0]
		res.Name, res.Value = targetName(targets[0]), j.state.number(a)
		if e := j.target(targets[0]); e != nil {
			j.shape(res, e, false)
			res.Sizes = append([]int{}, a.Shape...)
			j.answer = &answer{expr: e}
		}
		if m := f.LaTeX(a); m != "" {
			_, name := j.printer().Tree(targetExpr(targets[0]))
			res.Typeset = name + ` \mathrel{:=} ` + m
		}
	}
}

func targetName(t *lang.Target) string {
	if len(t.Index) == 0 {
		return t.Name.Name
	}
	return lang.Print(targetExpr(t))
}

// targetExpr is the target as an expression: W1, W[3].
func targetExpr(t *lang.Target) lang.Expr {
	if len(t.Index) == 0 {
		return t.Name
	}
	return &lang.Index{Span: t.Span, X: t.Name, Args: t.Index}
}

// target is the variable that a target names; nil where there is none yet.
func (j *job) target(t *lang.Target) *symbolic.Expr {
	if len(t.Index) == 0 && j.state.scope.Lookup(t.Name.Name) == nil {
		return nil
	}
	v, err := j.state.scope.Expr(targetExpr(t))
	if err != nil || v.Expr == nil {
		return nil
	}
	return v.Expr
}

// assign gives a target its numbers. An undeclared name is declared by them.
func (j *job) assign(t *lang.Target, a *numeric.Array) (notes []string, err *lang.Error) {
	scope := j.state.scope
	name := t.Name.Name
	if len(t.Index) > 0 {
		return nil, j.assignMember(t, a)
	}
	if b := scope.Lookup(name); b != nil && b.Kind == check.Definition {
		e := j.errorf("E310", t, "%s is defined as a formula: its value follows from that", name)
		e.Details = append(e.Details, "a value can be given to a declared name, such as x : R[d], or to a new one")
		return nil, e
	}
	r, err := scope.DeclareValue(name, a.Shape, t.Span)
	if err != nil {
		return nil, err
	}
	j.state.setValue(scope.Lookup(name).Expr, a)
	return r.Notes, nil
}

// assignMember gives a member of a family its numbers.
func (j *job) assignMember(t *lang.Target, a *numeric.Array) *lang.Error {
	if len(t.Index) != 1 {
		return j.errorf("E310", t, "a value is given to a whole name, or to a member of a family such as W[2]")
	}
	k, err := j.count(t.Index[0])
	if err != nil {
		return err
	}
	v, err := j.state.scope.DeclareMember(t.Name.Name, k, a.Shape, t.Span)
	if err != nil {
		return err
	}
	j.state.setValue(v, a)
	return nil
}

// times is 3×4 for a shape; "1 number" for none.
func times(s []int) string {
	if len(s) == 0 {
		return "1"
	}
	out := ""
	for i, n := range s {
		if i > 0 {
			out += "×"
		}
		out += fmt.Sprint(n)
	}
	return out
}

// arrays are the numbers on the right of ":=", one for each target.
func (j *job) arrays(v *lang.Value) ([]*numeric.Array, []string, *lang.Error) {
	n := len(v.Targets)
	if c, ok := v.Value.(*lang.Call); ok {
		if f := valueCalls[c.Fn.Name]; f != nil && j.state.scope.Lookup(c.Fn.Name) == nil {
			return f(&ask{job: j, call: c}, n)
		}
	}
	if l, ok := v.Value.(*lang.List); ok {
		if n == 1 {
			if a, ok := literal(l); ok {
				return []*numeric.Array{a}, nil, nil
			}
		} else if len(l.Items) == n {
			var out []*numeric.Array
			for _, it := range l.Items {
				a, err := j.compute(it)
				if err != nil {
					return nil, nil, err
				}
				out = append(out, a)
			}
			return out, nil, nil
		}
	}
	if n > 1 {
		return nil, nil, j.refuseSharing(v)
	}
	a, err := j.compute(v.Value)
	if err != nil {
		return nil, nil, err
	}
	return []*numeric.Array{a}, nil, nil
}

// refuseSharing refuses a, b := randn(2, 2): one array is not two values. It offers the same for each name.
func (j *job) refuseSharing(v *lang.Value) *lang.Error {
	n := len(v.Targets)
	e := j.errorf("E315", v, "there are %d names: the right side is load, shuffle, or a list of %d values", n, n)
	var each []string
	for _, t := range v.Targets {
		each = append(each, t.Name.Raw+" := "+lang.Print(v.Value))
	}
	if text := strings.Join(each, "; "); j.state.scope.Passes(text) {
		e.Fixes = append(e.Fixes, lang.Fix{Text: text, When: "for each its own"})
	}
	return e
}

// compute computes one expression.
func (j *job) compute(x lang.Expr) (*numeric.Array, *lang.Error) {
	if l, ok := x.(*lang.List); ok {
		if a, ok := literal(l); ok {
			return a, nil
		}
		return j.stack(l)
	}
	if ref, ok := x.(*lang.OutRef); ok {
		if a := j.state.answered(ref.N); a != nil && a.num != nil {
			return a.num, nil
		}
	}
	v, err := j.state.scope.Expr(stripEval(x))
	if err != nil {
		return nil, err
	}
	if v.Hole != nil || v.IsList() {
		return nil, j.errorf("E311", x, "a value is a number or an array of numbers")
	}
	out, err := j.evaluate(x, v.Expr)
	if err != nil {
		return nil, err
	}
	return out[0], nil
}

// exactly computes an expression in double precision, whatever the type of numbers is: it counts something.
func (j *job) exactly(x lang.Expr) (*numeric.Array, *lang.Error) {
	t := j.state.settings.Type
	j.state.settings.Type = numeric.Float64
	defer func() { j.state.settings.Type = t }()
	return j.compute(x)
}

// stack computes the items of a list and puts them along a new first axis.
func (j *job) stack(l *lang.List) (*numeric.Array, *lang.Error) {
	out := &numeric.Array{}
	for i, it := range l.Items {
		a, err := j.compute(it)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			out.Shape = append([]int{len(l.Items)}, a.Shape...)
		}
		if !slices.Equal(out.Shape[1:], a.Shape) {
			return nil, j.errorf("E311", it, "the items of a list have one shape: this is %s, those before are %s", times(a.Shape), times(out.Shape[1:]))
		}
		out.Data = append(out.Data, a.Data...)
	}
	return out, nil
}

// literal reads nested lists of numbers; ok is false where something else is in them or they are ragged.
func literal(l *lang.List) (*numeric.Array, bool) {
	a := &numeric.Array{}
	return a, appendList(a, l, 0)
}

// appendList appends the entries of a list that stands depth brackets deep.
func appendList(a *numeric.Array, l *lang.List, depth int) bool {
	if depth == len(a.Shape) {
		if len(a.Data) > 0 {
			return false // numbers stood at this depth before
		}
		a.Shape = append(a.Shape, len(l.Items))
	}
	if a.Shape[depth] != len(l.Items) {
		return false
	}
	for _, it := range l.Items {
		if inner, ok := it.(*lang.List); ok {
			if !appendList(a, inner, depth+1) {
				return false
			}
			continue
		}
		x, ok := literalNumber(it)
		if !ok || depth != len(a.Shape)-1 {
			return false
		}
		a.Data = append(a.Data, x)
	}
	return true
}

func literalNumber(x lang.Expr) (float64, bool) {
	switch x := x.(type) {
	case *lang.Number:
		f, _ := x.Val.Float64()
		return f, true
	case *lang.Unary:
		f, ok := literalNumber(x.X)
		return -f, ok
	}
	return 0, false
}

// stripEval reads eval(e) as e where numbers are computed anyway.
func stripEval(x lang.Expr) lang.Expr {
	return lang.Rewrite(x, func(e lang.Expr) lang.Expr {
		if c, ok := e.(*lang.Call); ok && c.Fn.Name == "eval" && len(c.Args) == 1 && c.Args[0].Name == nil {
			return c.Args[0].X
		}
		return e
	})
}

// takesFunction says that the target is a function, or becomes one: φ := relu.
func (j *job) takesFunction(t *lang.Target, x lang.Expr) bool {
	if len(t.Index) > 0 {
		return false
	}
	if b := j.state.scope.Lookup(t.Name.Name); b != nil {
		return b.Kind == check.Function
	}
	n, ok := x.(*lang.Name)
	return ok && j.state.scope.IsFunc(n.Name) && !j.state.scope.IsVar(n.Name)
}

func (j *job) functionValue(t *lang.Target, v *lang.Value) (*Result, *lang.Error) {
	n, ok := v.Value.(*lang.Name)
	if !ok {
		return nil, j.errorf("E314", v.Value, "the value of the function %s is the name of a function, such as tanh", t.Name.Name)
	}
	r, err := j.state.scope.BindFunc(t.Name.Name, n.Name, n.Span)
	if err != nil {
		return nil, err
	}
	return &Result{Kind: KindValue, Name: t.Name.Name, Text: j.stmt.Source, Notes: r.Notes}, nil
}

func (j *job) isOnlyDimension(name string) bool {
	return j.state.scope.IsDim(name) && !j.state.scope.IsVar(name)
}

// dimensionValue is n := 5 where n is a dimension.
func (j *job) dimensionValue(t *lang.Target, x lang.Expr) (*Result, *lang.Error) {
	a, err := j.exactly(x)
	if err != nil {
		return nil, err
	}
	n, ok := wholeNumber(a)
	if !ok || n < 0 {
		return nil, j.errorf("E312", x, "the size of a dimension is a whole number")
	}
	size := &lang.DimNum{Span: t.Span, Val: int64(n)}
	if _, err := j.state.scope.Size(&lang.Dims{Span: t.Span, Items: []lang.DimItem{{Span: t.Span, Name: t.Name, Size: size}}}); err != nil {
		return nil, err
	}
	return &Result{Kind: KindValue, Name: t.Name.Name, Text: fmt.Sprintf("dim %s = %d", t.Name.Name, n),
		Value: &Value{Data: []float64{float64(n)}}}, nil
}

// valueFamily is W[k] := … for k = 1..3.
func (j *job) valueFamily(v *lang.Value) (*Result, *lang.Error) {
	from, err := j.count(v.For.Range.From)
	if err != nil {
		return nil, err
	}
	to, err := j.count(v.For.Range.To)
	if err != nil {
		return nil, err
	}
	res := &Result{Kind: KindValue, Text: j.stmt.Source}
	for k := from; k <= to; k++ {
		one := *v
		one.For = nil
		one.Value = withNumber(v.Value, v.For.Name.Name, k)
		one.Targets = nil
		for _, t := range v.Targets {
			u := *t
			u.Index = nil
			for _, x := range t.Index {
				u.Index = append(u.Index, withNumber(x, v.For.Name.Name, k))
			}
			one.Targets = append(one.Targets, &u)
		}
		r, err := j.value(&one)
		if err != nil {
			return nil, err
		}
		res.Notes = append(res.Notes, r.Notes...)
	}
	return res, nil
}

// count is a whole number.
func (j *job) count(x lang.Expr) (int, *lang.Error) {
	a, err := j.exactly(x)
	if err != nil {
		return 0, err
	}
	n, ok := wholeNumber(a)
	if !ok {
		return 0, j.errorf("E313", x, "a range runs over whole numbers")
	}
	return n, nil
}

// wholeNumber is the value of an array without axes, if it is an integer.
func wholeNumber(a *numeric.Array) (int, bool) {
	if len(a.Shape) > 0 {
		return 0, false
	}
	n := int(a.Data[0])
	return n, float64(n) == a.Data[0]
}

// withNumber puts a number in the place of a name.
func withNumber(x lang.Expr, name string, n int) lang.Expr {
	return lang.Rewrite(x, func(e lang.Expr) lang.Expr {
		if v, ok := e.(*lang.Name); ok && v.Name == name {
			return &lang.Number{Span: v.Span, Text: fmt.Sprint(n), Val: big.NewRat(int64(n), 1)}
		}
		return e
	})
}
