package kernel

import (
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"nabla/lang"
	"nabla/lang/check"
	"nabla/symbolic"
	"nabla/symbolic/shape"
)

func init() {
	register(&Report{
		Name: "shape", Args: "e",
		Doc:     "shape(e) is the space of an expression, symbolic in the dimensions, with the sizes that are known; a note gives the reason, and of a derivative also how many of its entries differ.",
		Example: "X : R[n,m]; f = sum(X)\nshape(∂f/∂X)\n\tR[n,m]",
		Run:     runShape,
	})
}

// shapeData is the data of shape(e).
type shapeData struct {
	Shape   []string `json:"shape"`
	Entries amount   `json:"entries"`
	Differ  *amount  `json:"different"` // where symmetry makes some entries equal
	Reason  string   `json:"reason"`
}

func runShape(a *ask) (*Result, *lang.Error) {
	if err := a.allow(1, 1); err != nil {
		return nil, err
	}
	res, err := a.shapeNow()
	if err != nil && err.Code == "E219" {
		if any := a.shapeForAnyDepth(); any != nil {
			return any, nil
		}
	}
	return res, err
}

// shapeForAnyDepth is the answer where it is the same for any number of layers; nil where it is not, or no such number
// is open.
func (a *ask) shapeForAnyDepth() *Result {
	for _, depth := range a.state.scope.Lengths() {
		if _, sized := a.ruler().size(depth); sized {
			continue
		}
		var at []*Result
		f, err := a.overDepths(depth, func(first bool) *lang.Error {
			if first {
				at = nil
			}
			r, err := a.shapeNow()
			at = append(at, r)
			return err
		}, func(f *fitting) {
			f.wrong = slices.ContainsFunc(at, func(r *Result) bool { return r.Text != at[0].Text })
		})
		if err == nil {
			var res *Result
			if a.atDepth(depth, a.deepEnough(), func() (err *lang.Error) { res, err = a.shapeNow(); return err }) != nil {
				return nil
			}
			res.Notes = append(res.Notes, fmt.Sprintf("it is the same for any %s from %d on", depth, f.from))
			return res
		}
	}
	return nil
}

// deepEnough is a number of layers that has every member that the statement names.
func (a *ask) deepEnough() int64 {
	most := int64(4)
	for _, digits := range digitRun.FindAllString(a.written(a.positional()[0]), -1) {
		if n, err := strconv.ParseInt(digits, 10, 64); err == nil && n < 1000 {
			most = max(most, n)
		}
	}
	return most + 1
}

var digitRun = regexp.MustCompile(`\d+`)

// shapeNow is the answer in the state of the session.
func (a *ask) shapeNow() (*Result, *lang.Error) {
	v, err := a.expr(0)
	if err != nil {
		return nil, err
	}
	if v.IsList() {
		var lines []string
		var data []shapeData
		for _, it := range v.Items {
			lines = append(lines, it.Space())
			data = append(data, shapeData{Shape: shapeStrings(it.Expr), Entries: a.ruler().amount(it.Expr.Shape.Entries())})
		}
		return &Result{Kind: KindReport, Text: strings.Join(lines, "\n"), Data: data, Notes: v.Notes}, nil
	}
	d := shapeData{Shape: shapeStrings(v.Expr), Entries: a.ruler().amount(v.Expr.Shape.Entries())}
	d.Reason = a.reason(a.positional()[0], v, &d)
	res := &Result{Kind: KindReport, Text: v.Space(), Notes: v.Notes, Data: d}
	if d.Reason != "" {
		res.Notes = append(res.Notes, d.Reason)
	}
	a.shape(res, v.Expr, v.Row)
	return res, nil
}

// reason says why an expression has its space, in terms of its parts.
func (a *ask) reason(x lang.Expr, v check.Value, d *shapeData) string {
	if num, wrt, ok := derivativeParts(x); ok {
		return a.derivativeReason(num, wrt, v, d)
	}
	switch t := x.(type) {
	case *lang.Name:
		return a.nameReason(t, v)
	case *lang.Binary:
		return a.binaryReason(t, v)
	case *lang.Transpose:
		if v.Row {
			return fmt.Sprintf("the transpose of a column, %s, is a row: one axis", a.typed(t.X))
		}
		return fmt.Sprintf("a transpose exchanges the axes of %s", a.typed(t.X))
	case *lang.Norm:
		return fmt.Sprintf("a norm of %s is a number", a.typed(t.X))
	case *lang.SumIdx:
		return "an index that is summed over is no axis of the result"
	case *lang.Unary:
		return "a sign changes no axis"
	case *lang.Call:
		return a.callReason(t, v)
	}
	return ""
}

// derivativeParts reads ∂Y/∂X, ∇_x f, grad(Y, X), jacobian(Y, X) and hessian(f, X, W).
func derivativeParts(x lang.Expr) (num lang.Expr, wrt []lang.Expr, ok bool) {
	switch t := x.(type) {
	case *lang.Deriv:
		return t.Num, t.Wrt, true
	case *lang.Nabla:
		return t.X, []lang.Expr{t.Wrt}, true
	case *lang.Call:
		switch {
		case len(t.Args) == 2 && (t.Fn.Name == "grad" || t.Fn.Name == "jacobian" || t.Fn.Name == "jac"):
			if _, several := t.Args[1].X.(*lang.List); !several {
				return t.Args[0].X, []lang.Expr{t.Args[1].X}, true
			}
		case t.Fn.Name == "hessian" && (len(t.Args) == 2 || len(t.Args) == 3):
			return t.Args[0].X, []lang.Expr{t.Args[1].X, t.Args[len(t.Args)-1].X}, true
		}
	}
	return nil, nil, false
}

// derivativeReason counts partial derivatives.
func (a *ask) derivativeReason(num lang.Expr, wrt []lang.Expr, v check.Value, d *shapeData) string {
	r := a.ruler()
	rank, same := v.Expr.Rank(), true
	var by, counts []string
	entries := shape.Integer(1)
	for _, x := range wrt {
		w, err := a.state.scope.Expr(x)
		if err != nil || w.IsList() || w.Hole != nil {
			return ""
		}
		rank -= w.Expr.Rank()
		entries = w.Expr.Shape.Entries()
		by = append(by, a.written(x))
		counts = append(counts, r.text(entries))
		same = same && by[0] == by[len(by)-1]
	}
	y := a.written(num)
	switch {
	case rank > 0 || rank < 0:
		return fmt.Sprintf("%s has axes of its own, [%s]; each of its entries has a partial derivative by every entry of %s: the axes of %s come first, then those of %s",
			y, strings.Join(v.Expr.Shape.Strings()[:max(rank, 0)], ","), strings.Join(by, " and of "), y, strings.Join(by, ", of "))
	case len(wrt) == 1 && v.Expr.Rank() == 0:
		return fmt.Sprintf("%s and %s are numbers: so is the derivative", y, by[0])
	case len(wrt) == 1:
		return fmt.Sprintf("%s is a number, so that it has one partial derivative for each of the %s entries of %s, and they are arranged as %s is", y, counts[0], by[0], by[0])
	case same:
		q := symmetric(entries, int64(len(wrt)))
		x := r.amount(q)
		d.Differ = &x
		return fmt.Sprintf("%s is a number and is differentiated %d times by the %s entries of %s: the axes of %s, %d times; the order of differentiation makes no difference, so that %s entries may differ",
			y, len(wrt), counts[0], by[0], by[0], len(wrt), r.line(q))
	}
	return fmt.Sprintf("%s is a number; each partial derivative by an entry of %s has one by every entry of the next: the axes of %s", y, by[0], strings.Join(by, ", then those of "))
}

// symmetric is the number of different entries of a tensor of k like groups of axes with n entries each: n over k, with
// repetition.
func symmetric(n shape.Quantity, k int64) shape.Quantity {
	q := shape.Integer(1)
	for i := range k {
		q = q.Mul(n.Add(shape.Integer(i))).Scale(big.NewRat(1, i+1))
	}
	return q
}

func (a *ask) written(x lang.Expr) string {
	text, _ := a.printer().Tree(x)
	return text
}

// typed is an expression with its space.
func (a *ask) typed(x lang.Expr) string {
	v, err := a.state.scope.Expr(x)
	if err != nil || v.IsList() || v.Hole != nil {
		return a.written(x)
	}
	return a.written(x) + " : " + v.Space()
}

func (a *ask) nameReason(t *lang.Name, v check.Value) string {
	b := a.state.scope.Lookup(t.Name)
	switch {
	case b == nil, v.Expr.Op == symbolic.Var: // a declaration needs no reason
		return ""
	case b.Def != nil && b.Def.Target.Index == nil:
		text, _ := a.printer().Tree(b.Def)
		return "it is defined: " + text
	}
	return ""
}

func (a *ask) binaryReason(t *lang.Binary, v check.Value) string {
	x, errX := a.state.scope.Expr(t.X)
	y, errY := a.state.scope.Expr(t.Y)
	if errX != nil || errY != nil || x.IsList() || y.IsList() || x.Hole != nil || y.Hole != nil {
		return ""
	}
	both := a.typed(t.X) + " and " + a.typed(t.Y)
	number := x.Expr.Rank() == 0 || y.Expr.Rank() == 0
	switch t.Op {
	case lang.Add, lang.Sub:
		if x.Expr.Rank() != y.Expr.Rank() {
			return "one term of the sum, " + both + ", is repeated along the axes that it lacks"
		}
		return "the terms of a sum have one space: " + both
	case lang.Mul:
		switch {
		case number:
			return "a number times a tensor keeps its axes: " + both
		case v.Expr.Rank() == x.Expr.Rank()+y.Expr.Rank():
			return "a column times a row has an entry for every pair of entries: " + both
		}
		last := x.Expr.Shape[x.Expr.Rank()-1]
		return fmt.Sprintf("a product sums the last axis of the left factor with the first of the right one, here %s: %s", last, both)
	case lang.Dot:
		return "an inner product is a number: " + both
	case lang.Kron:
		return "it has an entry for every pair of entries: " + both
	}
	if number {
		return "with a number, entry by entry: " + both
	}
	return "entry by entry: " + both
}

func (a *ask) callReason(t *lang.Call, v check.Value) string {
	var args []string
	for _, x := range t.Args {
		if x.Name == nil {
			args = append(args, a.typed(x.X))
		}
	}
	e := v.Expr.Body()
	if len(args) == 0 {
		return ""
	}
	if e.Op == symbolic.Call && e.Fn.Elementwise() {
		return fmt.Sprintf("%s takes numbers to a number and applies entry by entry: %s", t.Fn.Raw, strings.Join(args, ", "))
	}
	return fmt.Sprintf("%s of %s is in %s", t.Fn.Raw, strings.Join(args, ", "), v.Space())
}
