package study

import (
	"slices"

	"nabla/symbolic"
	"nabla/symbolic/rewrite"
)

// A Derivation is ∂Y/∂X step by step: the reverse sweep along the paths from X to Y, what it comes to when the lines are
// put into each other, and the simplification of that. Every step is one that the engine took.
type Derivation struct {
	Y, X    *symbolic.Expr
	Through []*symbolic.Expr // the definitions that read X, in the order of evaluation: the paths that are summed
	Parts   []Part           // ∂u/∂X for every penalty u of X: a definition of X alone, or a term of Y
	Sweep   []Stage          // the last is ∂Y/∂X
	Inserts []Insertion
	Rewrite []rewrite.Rewriting
	Result  *symbolic.Expr
}

// A Stage is a line of the sweep: ∂Y/∂By, with the rules that gave it.
type Stage struct {
	By      *symbolic.Expr
	Formula *symbolic.Expr
	Rules   []string
}

// A Part is ∂Of/∂X for one of the things that read X.
type Part struct {
	Of, Formula *symbolic.Expr
	Rules       []string
}

// An Insertion puts the formula of a stage into the one before.
type Insertion struct {
	Stage   int // in Sweep
	Formula *symbolic.Expr
}

// maxInsertions bounds the formulas that are written out.
const maxInsertions = 24

// Derive is the derivation of ∂y/∂x; names are the definitions that may stand for their bodies.
func Derive(y, x *symbolic.Expr, names []*symbolic.Expr) (*Derivation, error) {
	d := &Derivation{Y: y, X: x}
	var trace symbolic.Trace
	result, err := y.G.Grad(y, []*symbolic.Expr{x}, &trace)
	if err != nil {
		return nil, err
	}
	s := &deriver{d: d, names: names, at: map[*symbolic.Expr]int{}}
	s.stages(trace.Steps, result[0])
	s.insert()
	s.parts()
	if d.Result = result[0]; IsVariable(d.Result) {
		return d, nil
	}
	var steps rewrite.Trace
	d.Result = rewrite.SimplifyTrace(result[0], names, &steps)
	d.Rewrite = steps.Steps
	return d, nil
}

type deriver struct {
	d     *Derivation
	names []*symbolic.Expr
	at    map[*symbolic.Expr]int // the stage of a node
	rules map[*symbolic.Expr][]string
}

// stages reads the trace: one stage for each node with a cotangent of its own. The body of a definition has that of the
// definition, and no stage.
func (s *deriver) stages(steps []symbolic.Step, result *symbolic.Expr) {
	s.rules = map[*symbolic.Expr][]string{}
	var nodes []*symbolic.Expr
	bar := map[*symbolic.Expr]*symbolic.Expr{}
	for _, st := range steps {
		if _, known := bar[st.Node]; !known {
			nodes = append(nodes, st.Node)
			bar[st.Node] = st.Bar
		}
		a := st.Node.Args[st.Arg]
		if r := RuleName(st); r != "" && !slices.Contains(s.rules[a], r) {
			s.rules[a] = append(s.rules[a], r)
		}
		if a == s.d.X {
			s.path(steps, st.Node)
		}
	}
	for _, n := range nodes {
		if n != s.d.Y && n != s.d.X && len(s.rules[n]) > 0 {
			s.stage(n, bar[n])
		}
	}
	s.stage(s.d.X, result)
	slices.SortFunc(s.d.Through, func(a, b *symbolic.Expr) int { return int(a.ID - b.ID) })
}

// path notes the definition through which x is reached from node.
func (s *deriver) path(steps []symbolic.Step, node *symbolic.Expr) {
	for !IsVariable(node) {
		up := slices.IndexFunc(steps, func(st symbolic.Step) bool { return st.Node.Args[st.Arg] == node })
		if up < 0 {
			node = s.d.Y
			break
		}
		node = steps[up].Node
	}
	if !slices.Contains(s.d.Through, node) {
		s.d.Through = append(s.d.Through, node)
	}
}

// parts differentiates the penalties of X by themselves, where X is read by something else too.
func (s *deriver) parts() {
	for _, u := range s.d.Through {
		body := u.Body()
		switch {
		case u != s.d.Y && len(s.d.Through) > 1:
			if p := s.penalty(body); p != nil {
				p.Of = u
				s.d.Parts = append(s.d.Parts, *p)
			}
		case u == s.d.Y && body.Op == symbolic.Sum:
			if p := s.penalty(s.direct(body)); p != nil {
				s.d.Parts = append(s.d.Parts, *p)
			}
		}
	}
}

// direct is what the terms of a sum that are penalties of X add up to; nil if there are none, or if X is not in others.
func (s *deriver) direct(sum *symbolic.Expr) *symbolic.Expr {
	var terms []*symbolic.Expr
	others := false
	for i, a := range sum.Args {
		if s.penalty(a) != nil {
			terms = append(terms, sum.G.Scale(sum.Coef[i], a))
		} else {
			others = others || slices.Contains(mustVars(a), s.d.X)
		}
	}
	if len(terms) == 0 || !others {
		return nil
	}
	return sum.G.Sum(sum.Shape, terms...)
}

// penalty is the derivative by X of a number in which X meets nothing but numbers, such as λ; nil if that is not so.
func (s *deriver) penalty(e *symbolic.Expr) *Part {
	if e == nil || e.Rank() > 0 || !slices.Contains(mentioned(e), s.d.X) {
		return nil
	}
	var trace symbolic.Trace
	d, err := e.G.Grad(e, []*symbolic.Expr{s.d.X}, &trace)
	if err != nil || slices.ContainsFunc(mentioned(d[0]), func(v *symbolic.Expr) bool {
		return v != s.d.X && (v.Rank() > 0 || v.Op != symbolic.Var)
	}) {
		return nil
	}
	p := &Part{Of: e, Formula: rewrite.Simplify(d[0], s.names)}
	for _, st := range trace.Steps {
		if r := RuleName(st); r != "" && !slices.Contains(p.Rules, r) {
			p.Rules = append(p.Rules, r)
		}
	}
	return p
}

func (s *deriver) stage(n, bar *symbolic.Expr) {
	if bar.Op == symbolic.Let && bar.By != nil && bar.By.By == n && bar.By.Of == s.d.Y {
		bar = bar.Args[0]
	}
	if n != s.d.X { // the last line stays as the engine added it up: its simplification is shown
		bar = (&Sweep{names: s.names}).Short(bar)
	}
	rules := slices.Clone(s.rules[n])
	slices.Reverse(rules) // as the paths are added: in the order of the forward pass
	s.at[n] = len(s.d.Sweep)
	s.d.Sweep = append(s.d.Sweep, Stage{By: n, Formula: bar, Rules: rules})
}

// insert opens the derivatives in the last line one by one, the nearest to X first.
func (s *deriver) insert() {
	cur := s.d.Sweep[len(s.d.Sweep)-1].Formula
	for range maxInsertions {
		last, let := -1, (*symbolic.Expr)(nil)
		for _, n := range derivativesIn(cur) {
			if k, ok := s.at[n.By.By]; ok && n.By.Of == s.d.Y && k > last {
				last, let = k, n
			}
		}
		if let == nil {
			return
		}
		formula := s.d.Sweep[last].Formula
		cur = rebuilt(cur, map[*symbolic.Expr]*symbolic.Expr{}, func(n *symbolic.Expr) *symbolic.Expr {
			switch {
			case n == let:
				return formula
			case IsVariable(n) || n.Op == symbolic.Let && n.By != nil:
				return n
			}
			return nil
		})
		s.d.Inserts = append(s.d.Inserts, Insertion{Stage: last, Formula: cur})
	}
}

// derivativesIn are the derivatives in a formula that no other hides.
func derivativesIn(e *symbolic.Expr) []*symbolic.Expr {
	var out []*symbolic.Expr
	seen := map[*symbolic.Expr]bool{}
	var visit func(n *symbolic.Expr)
	visit = func(n *symbolic.Expr) {
		if seen[n] || IsVariable(n) {
			return
		}
		seen[n] = true
		if n.Op == symbolic.Let && n.By != nil {
			out = append(out, n)
			return
		}
		for _, a := range n.Args {
			visit(a)
		}
	}
	visit(e)
	return out
}
