package study

import (
	"context"
	"math"
	"slices"

	"nabla/numeric"
	"nabla/symbolic"
	"nabla/symbolic/lower"
	"nabla/symbolic/shape"
)

// A Tape is a model as a list of operations, one for each node of the graph, and what the reverse sweep reads of each:
// reverse-mode differentiation as it is done without fusing anything. A product of several tensors is several operations,
// of two each (see apart). A definition is what it stands for; a
// rearrangement, a transpose or a repetition, shares the memory of its argument; what no variable occurs in takes none.
type Tape struct {
	Model   *Model
	Ops     []*symbolic.Expr                            // in the order of evaluation
	Reads   map[*symbolic.Expr][]*symbolic.Expr         // what an operation reads
	Pull    map[*symbolic.Expr]map[*symbolic.Expr]*pull // for an operation and what it reads: how its cotangent is handed on
	Named   map[*symbolic.Expr]*symbolic.Expr           // the definition that a value has
	uses    map[*symbolic.Expr][]*symbolic.Expr         // the operations that read a value, in the order of evaluation
	grads   map[*symbolic.Expr]bool                     // values that a parameter occurs in, and parameters
	data    map[*symbolic.Expr]bool                     // values that an input occurs in, and inputs
	known   constants                                   //
	pairs   map[*symbolic.Expr]*symbolic.Expr           // the last product of two, for products of more tensors
	funcs   map[*symbolic.Func]*symbolic.Func           // what abstract functions stand for
	mode    Derivatives                                 // what the derivative of a function of a number is computed from
	fromY   map[*symbolic.Func]bool                     // functions of a number whose derivative can be computed from their value
	readers map[*symbolic.Expr][]*symbolic.Expr         // the definitions that mention a variable of the model
}

// A pull is what one operation contributes to the cotangent of one of its arguments.
type pull struct {
	reads    []*symbolic.Expr // values of the forward pass
	alias    bool             // the cotangent itself
	constant bool             // a number times the cotangent
}

// Derivatives says what the derivative of a function of a number is computed from.
type Derivatives uint8

const (
	AsKnown   Derivatives = iota // from the value where that is known to be possible, as for tanh; else from the argument
	FromValue                    // from the value, for abstract functions too
)

// NewTape reads a model. functions are what abstract functions stand for.
func NewTape(m *Model, functions map[*symbolic.Func]*symbolic.Func, mode Derivatives) (*Tape, error) {
	t := &Tape{
		Model: m, Reads: map[*symbolic.Expr][]*symbolic.Expr{}, Pull: map[*symbolic.Expr]map[*symbolic.Expr]*pull{},
		Named: map[*symbolic.Expr]*symbolic.Expr{}, grads: map[*symbolic.Expr]bool{}, data: map[*symbolic.Expr]bool{}, known: constants{},
		pairs: map[*symbolic.Expr]*symbolic.Expr{},
		funcs: functions, mode: mode, fromY: map[*symbolic.Func]bool{},
	}
	products := newApart(t)
	symbolic.Walk(m.Objective, func(e *symbolic.Expr) {
		t.known.mark(e)
		products.take(e)
		t.mark(e)
	}, nil)
	t.order()
	t.noteUses()
	for _, e := range t.Ops {
		if err := t.differentiate(e); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// noteUses lists what reads each value, and each variable of the model.
func (t *Tape) noteUses() {
	t.uses, t.readers = map[*symbolic.Expr][]*symbolic.Expr{}, map[*symbolic.Expr][]*symbolic.Expr{}
	for _, e := range t.Ops {
		for _, a := range t.Reads[e] {
			t.uses[a] = append(t.uses[a], e)
		}
	}
	for _, v := range t.Model.Values {
		for _, a := range t.Model.Reads[v] {
			t.readers[a] = append(t.readers[a], v)
		}
	}
}

// ReadersOf are the operations that read a value, in the order of evaluation.
func (t *Tape) ReadersOf(e *symbolic.Expr) []*symbolic.Expr { return t.uses[e] }

// order puts the operations into the order of evaluation: what is read comes right before what reads it, the operands of an
// operation as they stand in it, penalties before data. So it is that of the model, whatever the session made before.
func (t *Tape) order() {
	known := map[*symbolic.Expr]bool{}
	for _, e := range t.Ops {
		known[e] = true
	}
	t.Ops = nil
	type visit struct {
		e    *symbolic.Expr
		next int
		args []*symbolic.Expr
	}
	var stack []*visit
	push := func(e *symbolic.Expr) {
		if known[e] {
			known[e] = false
			args := slices.Clone(t.Reads[e])
			slices.SortStableFunc(args, func(a, b *symbolic.Expr) int { return btoi(t.data[a]) - btoi(t.data[b]) })
			stack = append(stack, &visit{e: e, args: args})
		}
	}
	push(t.Store(t.Model.Objective))
	for len(stack) > 0 {
		v := stack[len(stack)-1]
		if v.next == len(v.args) {
			t.Ops = append(t.Ops, v.e)
			stack = stack[:len(stack)-1]
			continue
		}
		v.next++
		push(v.args[v.next-1])
	}
}

// add puts a node on the tape that is not in the model.
func (t *Tape) add(e *symbolic.Expr) {
	t.known.mark(e)
	t.mark(e)
}

// mark notes where a node gets its value from; its arguments have been marked.
func (t *Tape) mark(e *symbolic.Expr) {
	role, leaf := t.Model.Role[e]
	t.grads[e], t.data[e] = leaf && role == Parameter, leaf && role == Input
	for _, a := range e.Args {
		t.grads[e], t.data[e] = t.grads[e] || t.grads[a], t.data[e] || t.data[a]
	}
	if s := t.Store(e); IsVariable(e) && e.Op == symbolic.Let && (t.Named[s] == nil || e.ID < t.Named[s].ID) {
		t.Named[s] = e // of two names the first
	}
	if t.Store(e) != e || e.Op == symbolic.Var {
		return
	}
	t.Ops = append(t.Ops, e)
	for _, a := range e.Args {
		if s := t.Store(a); s != nil && !slices.Contains(t.Reads[e], s) {
			t.Reads[e] = append(t.Reads[e], s)
		}
	}
}

// Store is the operation or variable whose memory holds e; nil for what needs none.
func (t *Tape) Store(e *symbolic.Expr) *symbolic.Expr {
	for {
		switch {
		case t.known[e]:
			return nil
		case e.Op == symbolic.Let, isView(e):
			e = e.Args[0]
		case t.pairs[e] != nil:
			e = t.pairs[e]
		default:
			return e
		}
	}
}

// isView says that e shows the entries of its one argument in another order, or repeats them.
func isView(e *symbolic.Expr) bool {
	return e.Op == symbolic.Einsum && len(e.Args) == 1 && !slices.ContainsFunc([]byte(e.In[0]), func(l byte) bool {
		return !slices.Contains([]byte(e.Out), l)
	})
}

// differentiate finds what the reverse step of e reads.
func (t *Tape) differentiate(e *symbolic.Expr) error {
	t.Pull[e] = map[*symbolic.Expr]*pull{}
	if !t.grads[e] {
		return nil
	}
	if e.Op == symbolic.Call {
		return t.differentiateCall(e)
	}
	for i, a := range e.Args {
		if !t.grads[a] {
			continue
		}
		p := t.pull(e, a)
		if e.Op == symbolic.Sum {
			p.alias = p.alias && e.Coef[i].IsInt() && e.Coef[i].Num().IsInt64() && e.Coef[i].Num().Int64() == 1
			continue
		}
		p.alias = false
		for j, b := range e.Args {
			if s := t.Store(b); j != i && s != nil {
				p.read(s)
				p.constant = p.constant && t.Model.Role[s] == Hyperparameter
			}
		}
	}
	return nil
}

// pull is the contribution of e to its argument a, made if it is not there.
func (t *Tape) pull(e, a *symbolic.Expr) *pull {
	s := t.Store(a)
	p := t.Pull[e][s]
	if p == nil {
		p = &pull{alias: s.Shape.Entries().Key() == e.Shape.Entries().Key(), constant: true}
		t.Pull[e][s] = p
	} else {
		p.alias = false // it is read twice
	}
	return p
}

func (p *pull) read(s *symbolic.Expr) {
	if !slices.Contains(p.reads, s) {
		p.reads = append(p.reads, s)
	}
}

// differentiateCall asks the record of a function: it differentiates a call of it on variables.
func (t *Tape) differentiateCall(e *symbolic.Expr) error {
	args := make([]*symbolic.Expr, len(e.Args))
	var xs []*symbolic.Expr
	for i, a := range e.Args {
		args[i] = e.G.Fresh("t", a.Shape)
		if t.grads[a] {
			xs = append(xs, args[i])
		}
	}
	y, err := t.applied(e, args)
	if err != nil {
		return err
	}
	ds, err := e.G.PullBack(y, e.G.Fresh("bar", y.Shape), xs, nil)
	if err != nil {
		return err
	}
	k := 0
	for i, a := range e.Args {
		if !t.grads[a] {
			continue
		}
		p := t.pull(e, a)
		p.alias, p.constant = false, false
		t.readsOf(p, ds[k], e, y, args)
		if i == 0 && len(e.Args) == 1 && t.fromValue(e) {
			p.reads = []*symbolic.Expr{e}
		}
		k++
	}
	return nil
}

// applied is e with other arguments, and with the function that it stands for.
func (t *Tape) applied(e *symbolic.Expr, args []*symbolic.Expr) (*symbolic.Expr, error) {
	known := t.funcs[e.Fn]
	if known == nil || len(e.Par.Deriv) > 0 {
		return e.G.Rebuild(e, args), nil
	}
	for i, s := range e.Fn.Abstract.Args { // without the axes that it maps over: they read nothing
		if len(s) > 0 {
			args[i].Shape = s
		}
	}
	return e.G.Apply(known, symbolic.In{Args: args})
}

// readsOf lists the arguments of e, or its value, that occur in a contribution.
func (t *Tape) readsOf(p *pull, d, e, y *symbolic.Expr, args []*symbolic.Expr) {
	seen := map[*symbolic.Expr]bool{}
	var visit func(n *symbolic.Expr)
	visit = func(n *symbolic.Expr) {
		if seen[n] {
			return
		}
		seen[n] = true
		if n == y {
			p.read(e)
			return
		}
		if i := slices.Index(args, n); i >= 0 {
			if s := t.Store(e.Args[i]); s != nil {
				p.read(s)
			}
			return
		}
		for _, a := range n.Args {
			visit(a)
		}
	}
	visit(d)
}

// fromValue says that the derivative of a function of a number can be computed from its value.
func (t *Tape) fromValue(e *symbolic.Expr) bool {
	f := e.Fn
	if known := t.funcs[f]; known != nil {
		f = known
	}
	if !f.Elementwise() || len(e.Par.Deriv) > 0 {
		return false
	}
	if f.Abstract != nil {
		return t.mode == FromValue
	}
	known, tried := t.fromY[f]
	if !tried || e.Par.Exp != nil || len(e.Par.Nums) > 0 {
		known = derivativeFromValue(e.G, f, e)
		t.fromY[f] = known
	}
	return known
}

// derivativeFromValue tries whether f′(f(t)) is f′(t): then f′ may be given the value in the place of the argument, as
// for relu.
func derivativeFromValue(g *symbolic.Graph, f *symbolic.Func, e *symbolic.Expr) bool {
	const points = 41
	x := g.Fresh("t", shape.Shape{shape.Const(points)})
	y := g.Rebuild(e, []*symbolic.Expr{x})
	if f != e.Fn {
		var err error
		if y, err = g.Apply(f, symbolic.In{Args: []*symbolic.Expr{x}}); err != nil {
			return false
		}
	}
	d, err := g.PullBack(y, g.Ones(y.Shape), []*symbolic.Expr{x}, nil)
	if err != nil {
		return false
	}
	at := numeric.New(points)
	for i := range at.Data {
		at.Data[i] = float64(i-points/2) / 8
	}
	b := lower.Bindings{Values: map[*symbolic.Expr]*numeric.Array{x: at}, Dims: g.Dims}
	first, err := lower.Reference(context.Background(), []*symbolic.Expr{y, d[0]}, b)
	if err != nil {
		return false
	}
	b.Values = map[*symbolic.Expr]*numeric.Array{x: first[0]}
	second, err := lower.Reference(context.Background(), d, b)
	if err != nil {
		return false
	}
	for i, v := range first[1].Data {
		if !(math.Abs(v-second[0].Data[i]) <= 1e-12*(1+math.Abs(v))) {
			return onlyReadsValue(d[0], x, y)
		}
	}
	return true
}

// onlyReadsValue says that a derivative is written in terms of the value.
func onlyReadsValue(d, x, y *symbolic.Expr) bool {
	if d == y {
		return true
	}
	if d == x {
		return false
	}
	return !slices.ContainsFunc(d.Args, func(a *symbolic.Expr) bool { return !onlyReadsValue(a, x, y) })
}
