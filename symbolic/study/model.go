package study

import (
	"cmp"
	"maps"
	"math/big"
	"slices"
	"strings"

	"nabla/symbolic"
	"nabla/symbolic/shape"
)

// A Role says what a variable of a model is there for.
type Role uint8

const (
	Value          Role = iota // a definition
	Parameter                  // a declared variable that is learned
	Input                      // a declared variable that is data: examples, targets, initial states
	Hyperparameter             // a declared number that only weighs terms of the objective
)

// String is the role as a word.
func (r Role) String() string { return [...]string{"value", "parameter", "input", "hyperparameter"}[r] }

// A Model is an objective as a person sees it: the definitions and the declared variables, and which reads which. What
// has no name lies within the definition that mentions it.
type Model struct {
	Objective *symbolic.Expr
	Values    []*symbolic.Expr // definitions in the order of evaluation, the objective last
	Leaves    []*symbolic.Expr // declared variables in the order of declaration
	Role      map[*symbolic.Expr]Role
	Reads     map[*symbolic.Expr][]*symbolic.Expr // what each definition mentions, in the order of its formula

	open [][]*symbolic.Expr      // a matrix and a vector of which either may be data
	held map[*symbolic.Expr]bool // parameters by the structure of the model, data because others were named
}

// IsVariable says that a node is one of a model's variables: declared, or a definition with a name.
func IsVariable(e *symbolic.Expr) bool {
	return e.Op == symbolic.Var || e.Op == symbolic.Let && e.By == nil && e.Name != ""
}

// NewModel is the model of a scalar definition. params are the parameters if they are known; nil lets the structure of
// the model decide (see roles).
func NewModel(objective *symbolic.Expr, params []*symbolic.Expr) *Model {
	m := &Model{
		Objective: objective,
		Role:      map[*symbolic.Expr]Role{},
		Reads:     map[*symbolic.Expr][]*symbolic.Expr{},
	}
	symbolic.Walk(objective, func(e *symbolic.Expr) {
		switch {
		case e.Op == symbolic.Var:
			m.Leaves = append(m.Leaves, e)
		case IsVariable(e):
			m.Values = append(m.Values, e)
			m.Reads[e] = mentioned(e.Args[0])
		}
	}, nil)
	slices.SortFunc(m.Values, func(a, b *symbolic.Expr) int { return cmp.Compare(a.ID, b.ID) })
	first := firsts(m.Leaves) // the members of a family stand together
	slices.SortFunc(m.Leaves, func(a, b *symbolic.Expr) int {
		return cmp.Or(cmp.Compare(first[family(a)], first[family(b)]), cmp.Compare(a.ID, b.ID))
	})
	m.assignRoles(params)
	return m
}

// firsts are the IDs of the first member of each family, by the name of the family.
func firsts(vars []*symbolic.Expr) map[string]int32 {
	out := map[string]int32{}
	for _, v := range vars {
		f := family(v)
		if id, ok := out[f]; !ok || v.ID < id {
			out[f] = v.ID
		}
	}
	return out
}

// family is the name of the family of a member, and of any other variable its own.
func family(v *symbolic.Expr) string {
	f, _, _ := strings.Cut(v.Name, "[")
	return f
}

// Undecided are a matrix and a vector that are multiplied and both taken as parameters, the matrix first, where targets
// say that there is data and nothing says which of the two it is: X w − y and W x − y are alike. They are nil where there
// are none.
func (m *Model) Undecided() (table, vector *symbolic.Expr) {
	for _, pair := range m.open {
		if m.Role[pair[0]] == Parameter && m.Role[pair[1]] == Parameter {
			return pair[1], pair[0]
		}
	}
	return nil, nil
}

// Parameters are the declared variables of that role.
func (m *Model) Parameters() []*symbolic.Expr { return m.of(Parameter) }

// Examples are the inputs of which every example of a batch has its own.
func (m *Model) Examples() []*symbolic.Expr {
	return slices.DeleteFunc(m.Inputs(), func(v *symbolic.Expr) bool { return m.held[v] })
}

// Inputs are the declared variables that are data.
func (m *Model) Inputs() []*symbolic.Expr { return m.of(Input) }

// Hyperparameters are the declared numbers that weigh terms.
func (m *Model) Hyperparameters() []*symbolic.Expr { return m.of(Hyperparameter) }

func (m *Model) of(r Role) []*symbolic.Expr {
	var out []*symbolic.Expr
	for _, v := range m.Leaves {
		if m.Role[v] == r {
			out = append(out, v)
		}
	}
	return out
}

// Learning are the variables that a parameter occurs in: those that need a gradient.
func (m *Model) Learning() map[*symbolic.Expr]bool {
	out := map[*symbolic.Expr]bool{}
	for _, v := range m.Leaves {
		out[v] = m.Role[v] == Parameter
	}
	for _, v := range m.Values {
		out[v] = v == m.Objective || slices.ContainsFunc(m.Reads[v], func(a *symbolic.Expr) bool { return out[a] })
	}
	return out
}

// mentioned lists the variables in e that no other variable hides, in the order of the formula.
func mentioned(e *symbolic.Expr) []*symbolic.Expr {
	var out []*symbolic.Expr
	seen := map[*symbolic.Expr]bool{}
	var visit func(e *symbolic.Expr)
	visit = func(e *symbolic.Expr) {
		if seen[e] {
			return
		}
		seen[e] = true
		if IsVariable(e) {
			out = append(out, e)
			return
		}
		for _, a := range e.Args {
			visit(a)
		}
	}
	visit(e)
	return out
}

// assignRoles tells parameters from data. Names play no part in it. In this order:
//
//  1. A number that only weighs terms of the objective, as λ does in L + λ/2 ‖W‖², is a hyperparameter. One that weighs
//     all of them is data, as y is in −(y log p + (1 − y) log(1 − p)).
//  2. A variable that some term reads alone (a penalty) and that other terms read as well is a parameter.
//  3. A variable with the axis over which the objective is a mean, 1/n Σ, is data.
//  4. A variable handed to a loss (a function of several tensors), or subtracted from what was computed, is a target;
//     the examples of a table of targets (its first axis) are those of the inputs. So is one beside the logarithms of
//     computed probabilities, even where some term reads it alone.
//  5. Where variables are multiplied, those beside a parameter are data; numbers only if there are targets. Where no
//     parameter is known, a vector beside a matrix is data, and so is a matrix beside one that also meets computed
//     values, and what is added to a result of its own, as x in x + φ(W x). Two
//     numbers, two matrices, or a matrix declared before the only vector it meets, of which nothing more is known, are
//     both parameters: a gradient too many does no harm, one too few does.
//  6. What is left is a parameter. Without any parameter, every variable is one.
func (m *Model) assignRoles(params []*symbolic.Expr) {
	if params != nil {
		m.assignGiven(params)
		return
	}
	d := &roles{m: m, terms: m.terms(), computed: m.computed()}
	for _, step := range []func(){d.weights, d.outcomes, d.penalties, d.means, d.targets, d.products} {
		step()
	}
	for _, v := range m.Leaves {
		if _, known := m.Role[v]; !known {
			m.Role[v] = Parameter
		}
	}
	if len(m.Parameters()) == 0 {
		for _, v := range m.Leaves {
			m.Role[v] = Parameter
		}
	}
}

// assignGiven makes the given variables parameters and all others data, but for weights. What would have been a parameter
// otherwise is held fixed: no example has one of its own.
func (m *Model) assignGiven(params []*symbolic.Expr) {
	m.assignRoles(nil)
	m.held = map[*symbolic.Expr]bool{}
	for _, v := range m.Parameters() {
		m.held[v] = !slices.Contains(params, v)
	}
	m.Role = map[*symbolic.Expr]Role{}
	(&roles{m: m, terms: m.terms()}).weights()
	for _, v := range m.Leaves {
		if _, known := m.Role[v]; !known {
			m.Role[v] = Input
		}
	}
	for _, p := range params {
		m.Role[p] = Parameter
	}
}

// A term is one addend of the objective, through all definitions: the product of rest, weighed by numbers.
type term struct {
	weights []*symbolic.Expr // scalar factors that mention declared numbers only
	rest    []*symbolic.Expr
	vars    []*symbolic.Expr // the variables declared that rest mentions
}

// terms are the addends of the objective.
func (m *Model) terms() []term {
	var out []term
	var visit func(e *symbolic.Expr, weights []*symbolic.Expr)
	visit = func(e *symbolic.Expr, weights []*symbolic.Expr) {
		switch {
		case e.Op == symbolic.Let:
			visit(e.Args[0], weights)
		case e.Op == symbolic.Sum && e.Rank() == 0:
			for _, a := range e.Args {
				visit(a, weights)
			}
		default:
			w, rest := splitWeights(e)
			all := slices.Concat(weights, w)
			if len(w) > 0 && len(rest) == 1 && rest[0].Rank() == 0 {
				visit(rest[0], all)
				return
			}
			out = append(out, term{weights: all, rest: rest, vars: mustVars(rest...)})
		}
	}
	visit(m.Objective, nil)
	return out
}

// splitWeights separates the factors of a scalar product that are numbers declared alone and occur once.
func splitWeights(e *symbolic.Expr) (weights, rest []*symbolic.Expr) {
	if e.Op != symbolic.Einsum || e.Rank() > 0 {
		return nil, []*symbolic.Expr{e}
	}
	for i, a := range e.Args {
		repeated := slices.Contains(e.Args[:i], a) || slices.Contains(e.Args[i+1:], a)
		if a.Rank() == 0 && !repeated && isWeight(a) {
			weights = append(weights, a)
		} else {
			rest = append(rest, a)
		}
	}
	if len(rest) == 0 {
		return nil, []*symbolic.Expr{e}
	}
	return weights, rest
}

// isWeight says that e mentions only declared numbers and the sizes of dimensions.
func isWeight(e *symbolic.Expr) bool {
	fine := true
	symbolic.Walk(e, func(n *symbolic.Expr) {
		fine = fine && n.Rank() == 0 && n.Op != symbolic.Let
	}, nil)
	return fine
}

// A roles is one assignment under way.
type roles struct {
	m        *Model
	terms    []term
	computed map[*symbolic.Expr]bool // the nodes that mention a variable
	tables   []shape.Shape           // of targets: their first axis counts examples
	skips    map[*symbolic.Expr]bool // added to what is computed from them
}

// computed are the nodes of the objective that mention a variable, through the bodies of users' functions too.
func (m *Model) computed() map[*symbolic.Expr]bool {
	out := map[*symbolic.Expr]bool{}
	symbolic.Walk(m.Objective, func(e *symbolic.Expr) {
		free := e.Op == symbolic.Var
		if e.Op == symbolic.Call && e.Fn.Body != nil {
			free = slices.ContainsFunc(mustVars(e.Fn.Body.Result), func(v *symbolic.Expr) bool { return !slices.Contains(e.Fn.Body.Params, v) })
		}
		out[e] = free || slices.ContainsFunc(e.Args, func(a *symbolic.Expr) bool { return out[a] })
	}, nil)
	return out
}

// set gives a role to a variable that has none.
func (d *roles) set(v *symbolic.Expr, r Role) {
	if _, known := d.m.Role[v]; !known && v.Op == symbolic.Var {
		d.m.Role[v] = r
	}
}

func (d *roles) weights() {
	used := map[*symbolic.Expr]bool{}
	for _, t := range d.terms {
		for _, v := range t.vars {
			used[v] = true
		}
	}
	weighed := map[*symbolic.Expr]int{}
	for _, t := range d.terms {
		for _, w := range mustVars(t.weights...) {
			weighed[w]++
		}
	}
	for w, n := range weighed {
		if !used[w] && n < len(d.terms) {
			d.set(w, Hyperparameter)
		} else if !used[w] {
			d.set(w, Input)
		}
	}
}

func (d *roles) penalties() {
	together := map[*symbolic.Expr]bool{}
	for _, t := range d.terms {
		if len(t.vars) > 1 {
			for _, v := range t.vars {
				together[v] = true
			}
		}
	}
	for _, t := range d.terms {
		if len(t.vars) == 1 && together[t.vars[0]] {
			d.set(t.vars[0], Parameter)
		}
	}
}

// means finds the axes by whose size something is divided.
func (d *roles) means() {
	symbolic.Walk(d.m.Objective, func(e *symbolic.Expr) {
		if !e.IsCall("pow") || e.Args[0].Op != symbolic.Dim || e.Par.Exp.Cmp(big.NewRat(-1, 1)) != 0 {
			return
		}
		if n, ok := e.Args[0].Size.AsName(); ok {
			d.examples(n)
		}
	}, nil)
}

// examples makes the variables whose first axis is n data, unless a parameter has n.
func (d *roles) examples(n string) {
	var found []*symbolic.Expr
	for _, v := range d.m.Leaves {
		i := slices.Index(v.Shape.Strings(), n)
		if i > 0 || i == 0 && d.m.Role[v] == Parameter {
			return
		}
		if i == 0 {
			found = append(found, v)
		}
	}
	for _, v := range found {
		d.set(v, Input)
	}
}

// outcomes are targets whatever else reads them: an entropy yᵀ log y is no penalty of y.
func (d *roles) outcomes() {
	symbolic.Walk(d.m.Objective, func(e *symbolic.Expr) {
		if e.Op != symbolic.Einsum {
			return
		}
		if p := d.logProbability(e); p != nil {
			for _, a := range e.Args {
				d.target(a, p)
			}
		}
	}, nil)
}

func (d *roles) targets() {
	symbolic.Walk(d.m.Objective, func(e *symbolic.Expr) {
		switch {
		case e.Op == symbolic.Call && len(e.Args) > 1 && !e.Fn.Elementwise():
			for _, a := range e.Args {
				d.target(a, e.Args[0])
			}
		case e.Op == symbolic.Sum && len(e.Args) > 1:
			for _, v := range d.subtracted(e) {
				d.target(v, e)
			}
		}
	}, nil)
	for _, t := range d.tables {
		if n, ok := t[0].AsName(); ok {
			d.examples(n)
		}
	}
}

// target makes data of a variable that is compared with something computed.
func (d *roles) target(given, computed *symbolic.Expr) {
	v := untransposed(given)
	if _, known := d.m.Role[v]; known || v.Op != symbolic.Var {
		return
	}
	d.set(v, Input)
	if v.Rank() > 1 || v.Rank() == 1 && computed.Rank() == 2 {
		d.tables = append(d.tables, given.Shape)
	}
}

// logProbability is the factor of a product that is the logarithm of computed probabilities, of all that another factor weighs: y beside
// log softmax(o) says which outcomes came. Nil where there is none.
func (d *roles) logProbability(e *symbolic.Expr) *symbolic.Expr {
	for i, a := range e.Args {
		if len(a.Body().Args) == 0 || !d.computed[a] || !isLogProbability(a.Body()) {
			continue
		}
		for j, b := range e.Args {
			if j != i && untransposed(b).Op == symbolic.Var && sameLabels(e.In[i], e.In[j]) {
				return a
			}
		}
	}
	return nil
}

// sameLabels says that two factors have the same axes, in any order.
func sameLabels(a, b string) bool {
	x, y := []byte(a), []byte(b)
	slices.Sort(x)
	slices.Sort(y)
	return len(a) > 0 && slices.Equal(x, y)
}

// isLogProbability says that e is logsoftmax(o), or the logarithm of a softmax, a sigmoid, 1 less one, or a quotient; or that a
// term of e is.
func isLogProbability(e *symbolic.Expr) bool {
	switch {
	case e.Op == symbolic.Sum:
		return slices.ContainsFunc(e.Args, func(a *symbolic.Expr) bool { return isLogProbability(a.Body()) })
	case e.IsCall("logsoftmax"):
		return true
	case !e.IsCall("log"):
		return false
	}
	p := e.Args[0].Body()
	if p.Op == symbolic.Sum {
		return slices.ContainsFunc(p.Args, func(a *symbolic.Expr) bool { return isProbability(a.Body()) })
	}
	return isProbability(p)
}

func isProbability(p *symbolic.Expr) bool {
	return p.IsCall("softmax") || p.IsCall("sigmoid") || p.Op == symbolic.Einsum && slices.ContainsFunc(p.Args, func(a *symbolic.Expr) bool {
		_, exponent := a.Body().AsPower()
		return exponent.Sign() < 0
	})
}

// untransposed is what e has the entries of, in whatever order its axes are: Y of Yᵀ, and of the columns Y[:,i] for all i.
func untransposed(e *symbolic.Expr) *symbolic.Expr {
	for e = e.Body(); e.Op == symbolic.Einsum && len(e.Args) == 1 && len(e.In[0]) == len(e.Out) && e.Args[0].Rank() == e.Rank(); {
		e = e.Args[0].Body()
	}
	return e
}

// subtracted are the variables among the addends whose sign is the opposite of everything computed.
func (d *roles) subtracted(e *symbolic.Expr) []*symbolic.Expr {
	sign := 0
	for i, a := range e.Args {
		if untransposed(a).Op == symbolic.Var || !d.computed[a] {
			continue
		}
		if s := e.Coef[i].Sign(); sign == 0 {
			sign = s
		} else if s != sign {
			return nil
		}
	}
	var out []*symbolic.Expr
	for i, a := range e.Args {
		if untransposed(a).Op == symbolic.Var && e.Coef[i].Sign() == -sign && sign != 0 {
			out = append(out, a)
		}
	}
	return out
}

// products decides between two variables that are multiplied.
func (d *roles) products() {
	meets := map[*symbolic.Expr]bool{} // multiplied with something computed from variables
	var pairs [][]*symbolic.Expr
	symbolic.Walk(d.m.Objective, func(e *symbolic.Expr) {
		if e.Op != symbolic.Einsum {
			return
		}
		var vars []*symbolic.Expr
		computed := false
		for _, a := range e.Args {
			v := a.Body()
			if v.Op == symbolic.Var && !slices.Contains(vars, v) && d.m.Role[v] != Hyperparameter {
				vars = append(vars, v)
			}
			computed = computed || v.Op != symbolic.Var && d.computed[v]
		}
		for _, v := range vars {
			meets[v] = meets[v] || computed
		}
		if len(vars) > 1 && !computed {
			pairs = append(pairs, vars)
		}
	}, nil)
	d.skips = skipping(d.m.Objective, slices.Concat(pairs...))
	for _, vars := range pairs {
		d.source(vars, meets)
	}
}

// source makes data of variables that are multiplied: all others where one is a parameter already, else the one that the
// others stand out against, unless one is data already. A number beside tensors is none, nor is any where nothing is
// compared with data.
func (d *roles) source(vars []*symbolic.Expr, meets map[*symbolic.Expr]bool) {
	tensors := slices.ContainsFunc(vars, func(v *symbolic.Expr) bool { return v.Rank() > 0 })
	targets := len(d.m.Inputs()) > 0
	var open []*symbolic.Expr
	learned, data := false, false
	for _, v := range vars {
		r, known := d.m.Role[v]
		learned = learned || known && r == Parameter
		data = data || known && r == Input
		if !known && (v.Rank() > 0 || targets && !tensors) {
			open = append(open, v)
		}
	}
	order := func(v *symbolic.Expr) []int {
		return []int{btoi(meets[v]), btoi(!d.skips[v]), v.Rank(), int(v.ID)}
	}
	slices.SortFunc(open, func(a, b *symbolic.Expr) int { return slices.Compare(order(a), order(b)) })
	if targets && len(open) == 2 && open[0].Rank() < open[1].Rank() {
		d.m.open = append(d.m.open, open)
	}
	for i, v := range open {
		if !meets[v] && (learned || !data && i == 0 && (!tensors || d.skips[v] || standsOut(open[1:], v, meets))) {
			d.set(v, Input)
		}
	}
}

// skipping are the variables among some that are added to what is computed from them, as x in x + φ(W x).
func skipping(objective *symbolic.Expr, among []*symbolic.Expr) map[*symbolic.Expr]bool {
	out := map[*symbolic.Expr]bool{}
	symbolic.Walk(objective, func(e *symbolic.Expr) {
		if e.Op != symbolic.Sum {
			return
		}
		for _, a := range e.Args {
			v := a.Body()
			reads := func(o *symbolic.Expr) bool { return o.Body() != v && slices.Contains(mustVars(o), v) }
			if slices.Contains(among, v) && slices.ContainsFunc(e.Args, reads) {
				out[v] = true
			}
		}
	}, nil)
	return out
}

// standsOut says that among the variables that v is multiplied with one meets computed values, or has more axes. A single
// product W x looks as that of least squares, X w: there the order of declaration decides, and only for data.
func standsOut(others []*symbolic.Expr, v *symbolic.Expr, meets map[*symbolic.Expr]bool) bool {
	layered := slices.Contains(slices.Collect(maps.Values(meets)), true)
	return slices.ContainsFunc(others, func(o *symbolic.Expr) bool {
		return meets[o] || o.Rank() > v.Rank() && (layered || v.ID < o.ID)
	})
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
