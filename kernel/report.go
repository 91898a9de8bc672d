package kernel

import (
	"context"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"nabla/lang"
	"nabla/lang/check"
	"nabla/symbolic"
)

// A Report is a question that the session answers: eval, backprop, train, exercise … One record is all there is of
// it: help, completion and dispatch read it.
type Report struct {
	Name    string
	Args    string // as help shows them: "J, [W1, W2], lr=0.1, epochs=10"
	Doc     string // one sentence, then what a user must know
	Example string // statements, then the last one's answer after a tab
	Run     func(a *ask) (*Result, *lang.Error)
}

// reports are filled by the init functions of the files that answer them.
var reports = map[string]*Report{}

func register(rs ...*Report) {
	for _, r := range rs {
		if reports[r.Name] != nil {
			panic("kernel: two reports named " + r.Name)
		}
		reports[r.Name] = r
	}
}

// words are the names that the session answers itself, in alphabetical order.
func words() []string {
	var names []string
	for n := range reports {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// report is the record that a call asks for; nil if it is an expression, or its name has been taken by the user.
func (j *job) report(c *lang.Call) *Report {
	if c.Primes > 0 || j.state.scope.Lookup(c.Fn.Name) != nil {
		return nil
	}
	return reports[c.Fn.Name]
}

// An ask is one question being answered.
type ask struct {
	*job
	call *lang.Call
}

// Context is cancelled when the user interrupts.
func (a *ask) Context() context.Context { return a.ctx }

// positional are the arguments without a name.
func (a *ask) positional() []lang.Expr {
	var out []lang.Expr
	for _, x := range a.call.Args {
		if x.Name == nil {
			out = append(out, x.X)
		}
	}
	return out
}

// named is the argument of that name, or nil.
func (a *ask) named(name string) lang.Expr {
	for _, x := range a.call.Args {
		if x.Name != nil && x.Name.Name == name {
			return x.X
		}
	}
	return nil
}

// allow refuses arguments that the report does not have: between lo and hi positional ones, and the names given.
func (a *ask) allow(lo, hi int, names ...string) *lang.Error {
	n := len(a.positional())
	if n < lo || n > hi {
		e := a.errorf("E320", a.call, "%s(%s) was given %s", a.call.Fn.Name, reports[a.call.Fn.Name].Args, counted(n, "argument", "arguments"))
		return e
	}
	for _, x := range a.call.Args {
		if x.Name != nil && !slices.Contains(names, x.Name.Name) {
			e := a.errorf("E321", x.Name, "%s has no option %s", a.call.Fn.Name, x.Name.Name)
			if len(names) > 0 {
				e.Details = append(e.Details, "it has "+strings.Join(names, ", "))
			}
			a.offerOptions(e, x.Name, names)
			return e
		}
	}
	return nil
}

// optionsElsewhere are options of other programs by what they are called here.
var optionsElsewhere = map[string]string{
	"batch_size": "batch", "batchsize": "batch", "minibatch": "batch", "learning_rate": "lr", "η": "lr", "α": "lr", "step": "lr",
	"iterations": "epochs", "iters": "epochs", "steps": "epochs", "num_epochs": "epochs", "n_epochs": "epochs", "optim": "optimizer", "method": "optimizer",
}

// offerOptions offers the call with an option that there is, in the place of one that there is not.
func (a *ask) offerOptions(e *lang.Error, given *lang.Name, names []string) {
	near := lang.DidYouMean(given.Name, names)
	if to := optionsElsewhere[given.Name]; slices.Contains(names, to) {
		near = []string{to}
	}
	for _, n := range near {
		call := *a.call
		call.Args = slices.Clone(call.Args)
		for i, x := range call.Args {
			if x.Name == given {
				name := *given
				name.Name, name.Raw = n, n
				call.Args[i].Name = &name
			}
		}
		e.Fixes = append(e.Fixes, lang.Fix{Text: lang.Print(&call)})
	}
}

// expr checks the i-th positional argument.
func (a *ask) expr(i int) (check.Value, *lang.Error) {
	x := a.positional()[i]
	v, err := a.state.scope.Expr(x)
	if err != nil {
		return v, err
	}
	if v.Hole != nil {
		return v, a.errorf("E322", x, "%s needs an expression without a hole", a.call.Fn.Name)
	}
	return v, nil
}

// tensor is expr, but refuses a list.
func (a *ask) tensor(i int) (check.Value, *lang.Error) {
	v, err := a.expr(i)
	if err == nil && v.IsList() {
		err = a.errorf("E323", a.positional()[i], "%s takes one expression here, not a list", a.call.Fn.Name)
	}
	return v, err
}

// scalar is tensor, but refuses anything with axes: reports on an objective need a number.
func (a *ask) scalar(i int) (check.Value, *lang.Error) {
	v, err := a.tensor(i)
	if err == nil && v.Expr.Rank() > 0 {
		err = a.errorf("E324", a.positional()[i], "%s needs a scalar objective; this is in %s", a.call.Fn.Name, v.Space())
		err.Details = append(err.Details, "an objective is a number, such as a loss; sum(…) or mean(…) makes one")
	}
	return v, err
}

// rational is a literal number given as an option, or def.
func (a *ask) rational(name string, def *big.Rat) (*big.Rat, *lang.Error) {
	x := a.named(name)
	if x == nil {
		return def, nil
	}
	v, err := a.state.scope.Expr(x)
	if err != nil {
		return nil, err
	}
	if !v.IsList() && v.Hole == nil {
		if r, ok := v.Expr.Body().AsConst(); ok {
			return r, nil
		}
		if arr, err := a.evaluate(x, v.Expr); err == nil && len(arr[0].Data) == 1 {
			if r := new(big.Rat).SetFloat64(arr[0].Data[0]); r != nil {
				return r, nil
			}
		}
	}
	return nil, a.errorf("E325", x, "%s should be a number", name)
}

// float is a numeric option.
func (a *ask) float(name string, def float64) (float64, *lang.Error) {
	r, err := a.rational(name, new(big.Rat).SetFloat64(def))
	if err != nil {
		return 0, err
	}
	f, _ := r.Float64()
	return f, nil
}

// integer is an option that counts something.
func (a *ask) integer(name string, def int) (int, *lang.Error) {
	r, err := a.rational(name, big.NewRat(int64(def), 1))
	if err != nil {
		return 0, err
	}
	if !r.IsInt() || !r.Num().IsInt64() {
		return 0, a.errorf("E325", a.named(name), "%s should be a whole number", name)
	}
	return int(r.Num().Int64()), nil
}

// text is an option in quotes, or a bare word.
func (a *ask) text(name, def string) (string, *lang.Error) {
	switch x := a.named(name).(type) {
	case nil:
		return def, nil
	case *lang.String:
		return x.Val, nil
	case *lang.Name:
		return x.Name, nil
	default:
		return "", a.errorf("E325", x, "%s should be a text in quotes", name)
	}
}

// names reads a list of variables, or one. The name of a family stands for its members.
func (a *ask) names(x lang.Expr) ([]*symbolic.Expr, *lang.Error) {
	items := []lang.Expr{x}
	if l, ok := x.(*lang.List); ok {
		items = l.Items
	}
	var out []*symbolic.Expr
	add := func(vars ...*symbolic.Expr) { // who is named twice counts once
		for _, v := range vars {
			if !slices.Contains(out, v) {
				out = append(out, v)
			}
		}
	}
	for _, it := range items {
		if members := a.members(it); members != nil {
			add(members...)
			continue
		}
		v, err := a.state.scope.Expr(it)
		if err != nil {
			return nil, err
		}
		if v.IsList() || v.Hole != nil || v.Expr.Op != symbolic.Var {
			return nil, a.noVariable(it, v)
		}
		add(v.Expr)
	}
	return out, nil
}

// members are the declared variables of the family that x names, as far as something uses them; nil where x names none.
func (a *ask) members(x lang.Expr) []*symbolic.Expr {
	n, ok := x.(*lang.Name)
	if !ok {
		return nil
	}
	b := a.state.scope.Lookup(n.Name)
	if b == nil || b.Family == nil {
		return nil
	}
	var out []*symbolic.Expr
	for _, k := range b.Family.Numbers() {
		if m, _ := b.Family.Member(k); m.Expr != nil && m.Expr.Op == symbolic.Var {
			out = append(out, m.Expr)
		}
	}
	return out
}

// noVariable refuses what is no declared variable where one is needed. The derivative by a definition is another question.
func (a *ask) noVariable(x lang.Expr, v check.Value) *lang.Error {
	if v.IsList() || v.Hole != nil || v.Expr.Op != symbolic.Let {
		return a.errorf("E326", x, "%s needs variables here: this is not one", a.call.Fn.Name)
	}
	e := a.errorf("E326", x, "%s needs declared variables here: %s is computed from others", a.call.Fn.Name, a.written(x))
	e.Fixes = append(e.Fixes, lang.Fix{Text: fmt.Sprintf("derive(grad(%s, %s))", a.source(a.positional()[0]), a.source(x))})
	return e
}

// limit is limit=bytes, or nil where it is not given.
func (a *ask) limit() (*big.Rat, *lang.Error) {
	x := a.named("limit")
	if x == nil {
		return nil, nil
	}
	l, err := a.rational("limit", nil)
	if err == nil && l.Sign() <= 0 {
		err = a.errorf("E325", x, "limit should be a positive number of bytes")
		err.Fixes = append(err.Fixes, lang.Fix{Text: a.replaced(x, "16e9")})
	}
	return l, err
}

// replaced is the question with a part of it written anew.
func (a *ask) replaced(part lang.Node, by string) string {
	whole, s := a.call.Extent(), part.Extent()
	if whole.Start < 0 || whole.End > len(a.cell) || s.Start < whole.Start || s.End > whole.End {
		return by
	}
	return a.cell[whole.Start:s.Start] + by + a.cell[s.End:whole.End]
}
