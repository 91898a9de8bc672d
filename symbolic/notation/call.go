package notation

import (
	"math/big"
	"slices"
	"strconv"

	"nabla/lang"
	"nabla/symbolic"
)

func itoa(i int) string { return strconv.Itoa(i) }

// callTree is the application of a function.
func (p *printer) callTree(e *symbolic.Expr) lang.Expr {
	switch {
	case e.IsCall("pow"):
		return p.powerTree(e)
	case len(e.Par.Deriv) > 0:
		return p.derivedTree(e)
	case e.IsCall("part"):
		return p.partTree(e)
	case e.IsCall("concat"):
		if x := p.listTree(e); x != nil {
			return x
		}
	}
	return p.applied(e)
}

// applied is f(…) with the arguments that the record lists.
func (p *printer) applied(e *symbolic.Expr) lang.Expr {
	if x := p.alongFirst(e, 1); x != nil {
		return x
	}
	if x := p.reshaped(e); x != nil {
		return x
	}
	return p.withOptions(e, p.arguments(e))
}

// arguments are the trees of the arguments. One that only repeats along axes is named without its ones where another
// argument of an elementwise function has them all: max(x, 0).
func (p *printer) arguments(e *symbolic.Expr) []lang.Expr {
	args := make([]lang.Expr, len(e.Args))
	bare := make([]lang.Expr, len(e.Args))
	full := false
	for i, a := range e.Args {
		args[i] = p.tree(a)
		if len(e.Args) > 1 && e.Fn.Elementwise() {
			bare[i] = p.bareNode(a)
		}
		full = full || bare[i] == nil
	}
	for i := range args {
		if full && bare[i] != nil {
			args[i] = bare[i]
		}
	}
	return args
}

// powerTree is x^r, x.^r, sqrt(x), ‖x‖^3, 1/x.
func (p *printer) powerTree(e *symbolic.Expr) lang.Expr {
	x, r := e.Args[0], e.Par.Exp
	if r.Sign() < 0 {
		d, _ := divisor(e)
		op := lang.Div
		if e.Rank() > 0 {
			op = lang.HDiv
		}
		return binary(op, number(one), p.tree(d))
	}
	if n, ok := p.tree(x).(*lang.Pow); ok && x.Rank() == 0 && !n.Elementwise {
		if inner, ok := n.X.(*lang.Norm); ok {
			return power(inner, new(big.Rat).Mul(r, two), false)
		}
	}
	if r.Cmp(half) == 0 {
		return call("sqrt", p.tree(x))
	}
	return power(p.tree(x), r, e.Rank() > 0)
}

// callHasForm says that a call can be written where it stands. Derivatives of functions that map over a batch cannot
// always, and entries at sums of indices never.
func (p *printer) callHasForm(e *symbolic.Expr) bool {
	if len(e.Par.Deriv) == 0 {
		return !isPlaced(e)
	}
	if e.BatchRank() == 0 {
		return true
	}
	_, ok := p.derivative(e)
	return ok || mapsSimply(e)
}

// mapsSimply says that a derivative of a function that maps over a batch is ∂sum(l(t, Y))/∂t, with t for the argument.
func mapsSimply(e *symbolic.Expr) bool {
	return len(e.Par.Deriv) == 1 && (e.Fn.Abstract == nil || len(e.Fn.Abstract.Result) == 0)
}

// derivedTree is the derivative of an abstract or user-defined function.
func (p *printer) derivedTree(e *symbolic.Expr) lang.Expr {
	x, ok := p.derivative(e)
	if !ok {
		args, wrt := p.renamed(e)
		num := call(e.Fn.Name, args...)
		if e.BatchRank() > 0 { // each entry of the sum depends on its own part only
			num = call("sum", num)
		}
		return &lang.Deriv{Num: num, Wrt: wrt}
	}
	return x
}

// renamed gives the arguments that are differentiated by names of their own: t = 2 o makes l(t, y) depend on its first
// argument by name.
func (p *printer) renamed(e *symbolic.Expr) (args, wrt []lang.Expr) {
	args = make([]lang.Expr, len(e.Args))
	for i, a := range e.Args {
		args[i] = p.tree(a)
		if slices.Contains(e.Par.Deriv, i) {
			d := &lang.Def{Target: &lang.Target{Name: plainName(p.fresh("t"))}, Value: args[i]}
			p.where = append(p.where, d)
			p.rank[d.Target.Name.Name] = a.Rank()
			args[i] = name(d.Target.Name.Name)
		}
	}
	for _, i := range e.Par.Deriv {
		wrt = append(wrt, args[i])
	}
	return args, wrt
}

// derivative is φ′(z), ∂l/∂o where that is understood, ∂L/∂o, or ∂l(o, y)/∂o.
func (p *printer) derivative(e *symbolic.Expr) (lang.Expr, bool) {
	if len(e.Args) == 1 {
		c := call(e.Fn.Name, p.tree(e.Args[0]))
		if e.Fn.Abstract == nil || e.Fn.Abstract.Elementwise() {
			c.Primes = len(e.Par.Deriv)
			return c, true
		}
		if !p.understood(e) {
			c.Primes = len(e.Par.Deriv)
			return c, true
		}
	}
	if p.understood(e) {
		return &lang.Deriv{Num: name(e.Fn.Name), Wrt: p.wrt(e)}, true
	}
	return p.explicit(e)
}

// understood says that ∂l/∂o can only mean e.
func (p *printer) understood(e *symbolic.Expr) bool {
	if e.Fn.Abstract == nil || e.BatchRank() > 0 || !p.onlyThrough(e) {
		return false
	}
	for _, i := range e.Par.Deriv {
		if !p.OneApplication(e, i) {
			return false
		}
	}
	return true
}

// wrt lists what is differentiated by, once per order.
func (p *printer) wrt(e *symbolic.Expr) []lang.Expr {
	var out []lang.Expr
	for _, i := range e.Par.Deriv {
		out = append(out, p.tree(e.Args[i]))
	}
	return out
}

// explicit is ∂L/∂o with L = l(o, y) in scope, or ∂l(o, y)/∂o, where the total derivative is the partial one; of a
// function that maps over a batch it is ∂sum(l(O, Y))/∂O.
func (p *printer) explicit(e *symbolic.Expr) (lang.Expr, bool) {
	mapped := e.BatchRank() > 0
	if mapped && (len(e.Par.Deriv) > 1 || e.Fn.Abstract != nil && len(e.Fn.Abstract.Result) > 0) || !p.onlyThrough(e) {
		return nil, false
	}
	var num lang.Expr
	if app, err := p.g.Apply(e.Fn, symbolic.In{Args: e.Args}); err == nil {
		if s, row, ok := p.NameOf(app); ok && !row {
			num = name(s)
		}
	}
	if num == nil {
		args := make([]lang.Expr, len(e.Args))
		for i, a := range e.Args {
			args[i] = p.tree(a)
		}
		num = call(e.Fn.Name, args...)
	}
	if mapped { // each entry of the sum depends on its own part only
		num = call("sum", num)
	}
	return &lang.Deriv{Num: num, Wrt: p.wrt(e)}, true
}

// onlyThrough says that each argument differentiated by has a name, and occurs in no other argument.
func (p *printer) onlyThrough(e *symbolic.Expr) bool {
	for _, i := range e.Par.Deriv {
		if x := e.Args[i]; x.Op == symbolic.Call || !p.inScope(x) {
			return false
		}
		if _, row, _ := p.NameOf(e.Args[i]); row {
			return false
		}
		for j, a := range e.Args {
			if j != i && symbolic.DependsOn(a, e.Args[i]) {
				return false
			}
		}
	}
	return true
}

// derivativeDef is the way that always reads back: the arguments get names of their own, and the sum over the axes
// that the function maps over is differentiated by those, since each entry depends on its own only. The axes of the
// derivative are then picked where they belong.
func (p *printer) derivativeDef(e *symbolic.Expr) *lang.Def {
	args, wrt := p.renamed(e)
	var num lang.Expr = call(e.Fn.Name, args...)
	batch := e.BatchRank()
	d := &lang.Deriv{Wrt: wrt}
	letters := p.letters(e.Rank())
	result := 0
	if e.Fn.Abstract != nil {
		result = len(e.Fn.Abstract.Result)
	}
	if batch > 0 {
		at := slices.Concat(letters[:batch], letters[batch:batch+result])
		num = &lang.SumIdx{Index: p.namesOf(p.letters(batch)), X: indexed(num, at)}
		if result == 0 {
			num = call("sum", call(e.Fn.Name, args...))
		} else {
			num = p.mappedResult(num, e, batch, result)
		}
	}
	d.Num = num
	value := indexed(d, p.mappedAxes(e, letters, batch, result))
	return &lang.Def{Target: &lang.Target{Name: plainName(p.fresh("T")), Index: letters}, Value: value}
}

// mappedResult defines S[i] = sum[b] f(t)[b,i].
func (p *printer) mappedResult(num lang.Expr, e *symbolic.Expr, batch, result int) lang.Expr {
	letters := p.letters(batch + result)
	s := num.(*lang.SumIdx)
	s.Index = p.namesOf(letters[:batch])
	s.X.(*lang.Index).Args = letters
	d := &lang.Def{Target: &lang.Target{Name: plainName(p.fresh("S")), Index: letters[batch:]}, Value: s}
	p.where = append(p.where, d)
	return name(d.Target.Name.Name)
}

// mappedAxes are the positions in the derivative of the sum: result, then for each order the mapped axes and its own.
func (p *printer) mappedAxes(e *symbolic.Expr, letters []lang.Expr, batch, result int) []lang.Expr {
	at := slices.Clone(letters[batch : batch+result])
	next := batch + result
	for _, i := range e.Par.Deriv {
		at = append(at, letters[:batch]...)
		n := e.Args[i].Rank() - batch
		at = append(at, letters[next:next+n]...)
		next += n
	}
	return at
}
