package study

import (
	"slices"

	"nabla/symbolic"
	"nabla/symbolic/rewrite"
)

// A Line is one line of the reverse sweep: ∂Of/∂By in terms of the lines before it.
type Line struct {
	Of, By  *symbolic.Expr
	Formula *symbolic.Expr   // derivatives of earlier lines stand in it as definitions with a Deriv
	Paths   []Path           // what is summed; none for the seed
	Reads   []*symbolic.Expr // values of the forward pass in the formula
}

// A Path is the part of a gradient that comes back along one edge of the computational graph.
type Path struct {
	From  []*symbolic.Expr // the definitions that read By; more than one where they share a part without a name
	Part  *symbolic.Expr
	Rules []string // from the definition down to the variable
}

// A Sweep is the reverse pass through a model.
type Sweep struct {
	Model *Model
	Lines []Line
	Trace symbolic.Trace // what the engine did
	names []*symbolic.Expr
	paths map[*symbolic.Expr][]Path
	total map[*symbolic.Expr]*symbolic.Expr // the cotangent of each variable, as a sum of its paths
}

// NewSweep differentiates the objective by every definition and every parameter in one reverse pass. names are the
// definitions that may stand for their bodies in formulas.
func NewSweep(m *Model, names []*symbolic.Expr) (*Sweep, error) {
	s := &Sweep{Model: m, names: names, total: map[*symbolic.Expr]*symbolic.Expr{}}
	xs := slices.Concat(m.Values, m.Parameters())
	ds, err := m.Objective.G.Grad(m.Objective, xs, &s.Trace)
	if err != nil {
		return nil, err
	}
	for i, x := range xs {
		s.total[x] = s.opened(ds[i], x)
	}
	s.paths = pathsOf(s.Trace.Steps)
	s.write()
	return s, nil
}

// opened is the sum that a cotangent of its own name stands for.
func (s *Sweep) opened(d, x *symbolic.Expr) *symbolic.Expr {
	if d.Op == symbolic.Let && d.By != nil && d.By.Of == s.Model.Objective && d.By.By == x {
		return d.Args[0]
	}
	return d
}

// pathsOf gathers, for each variable, what the sweep gave it, by the definitions that it came from.
func pathsOf(steps []symbolic.Step) map[*symbolic.Expr][]Path {
	origin := map[*symbolic.Expr]*Path{} // of nodes without a name: where their cotangent comes from
	out := map[*symbolic.Expr][]Path{}
	for _, st := range steps {
		from := Path{From: []*symbolic.Expr{st.Node}}
		if o := origin[st.Node]; o != nil && !IsVariable(st.Node) {
			from = *o
		}
		from.Rules = appendRule(from.Rules, RuleName(st))
		a := st.Node.Args[st.Arg]
		if IsVariable(a) {
			from.Part = st.Contribution
			out[a] = addPath(out[a], from)
			continue
		}
		if o := origin[a]; o == nil {
			origin[a] = &from
		} else {
			origin[a] = &Path{From: union(o.From, from.From), Rules: o.Rules}
		}
	}
	return out
}

func appendRule(rules []string, r string) []string {
	if r == "" || len(rules) > 0 && rules[len(rules)-1] == r {
		return rules
	}
	return append(slices.Clone(rules), r)
}

func union(a, b []*symbolic.Expr) []*symbolic.Expr {
	out := slices.Clone(a)
	for _, e := range b {
		if !slices.Contains(out, e) {
			out = append(out, e)
		}
	}
	return out
}

// addPath adds what comes along an edge to what came along it before.
func addPath(paths []Path, p Path) []Path {
	for i, q := range paths {
		if slices.Equal(q.From, p.From) {
			paths[i].Part = p.Part.G.Add(q.Part, p.Part)
			for _, r := range p.Rules {
				if !slices.Contains(paths[i].Rules, r) {
					paths[i].Rules = append(slices.Clone(paths[i].Rules), r)
				}
			}
			return paths
		}
	}
	return append(paths, p)
}

// write puts the lines in order: each definition once everything that reads it has been done, a parameter as soon as
// its gradient is complete.
func (s *Sweep) write() {
	m := s.Model
	learns := m.Learning()
	waits := map[*symbolic.Expr]int{}
	for _, v := range m.Values {
		for _, a := range m.Reads[v] {
			waits[a]++
		}
	}
	queue := []*symbolic.Expr{m.Objective}
	told := map[*symbolic.Expr]bool{}
	for len(queue) > 0 {
		v := queue[0]
		queue = queue[1:]
		s.penaltiesBefore(v, told)
		s.Lines = append(s.Lines, s.line(v))
		ready := 0
		for _, a := range m.Reads[v] {
			if waits[a]--; waits[a] > 0 || !learns[a] {
				continue
			}
			if a.Op == symbolic.Var { // ahead of the definitions
				queue = slices.Insert(queue, ready, a)
				ready++
			} else {
				queue = append(queue, a)
			}
		}
	}
}

// penaltiesBefore writes ∂s/∂W for every parameter of a penalty s when the first of them is due. A penalty is a
// definition of parameters only, whose own cotangent is a constant, beside which the parameter is read elsewhere.
func (s *Sweep) penaltiesBefore(v *symbolic.Expr, told map[*symbolic.Expr]bool) {
	if v.Op != symbolic.Var {
		return
	}
	for _, p := range s.paths[v] {
		if u := p.From[0]; len(s.paths[v]) > 1 && len(p.From) == 1 && !told[u] && s.isPenalty(u) {
			told[u] = true
			for _, w := range s.Model.Reads[u] {
				if s.Model.Role[w] == Parameter {
					s.Lines = append(s.Lines, s.local(u, w))
				}
			}
		}
	}
}

func (s *Sweep) isPenalty(u *symbolic.Expr) bool {
	if _, constant := s.total[u].AsConst(); !constant || u == s.Model.Objective || u.Rank() > 0 {
		return false
	}
	for _, a := range s.Model.Reads[u] {
		if r := s.Model.Role[a]; a.Op != symbolic.Var || r == Input {
			return false
		}
	}
	return true
}

// local is ∂u/∂w for a definition that reads the parameter itself.
func (s *Sweep) local(u, w *symbolic.Expr) Line {
	d, err := u.G.Diff(u, w)
	if err != nil { // the sweep through u has succeeded already
		d = s.total[w]
	}
	l := Line{Of: u, By: w, Formula: s.Short(d)}
	l.Reads = valuesIn(l.Formula)
	for _, p := range s.paths[w] {
		if slices.Equal(p.From, []*symbolic.Expr{u}) {
			l.Paths = []Path{{From: p.From, Part: l.Formula, Rules: p.Rules}}
		}
	}
	return l
}

// line is ∂J/∂v.
func (s *Sweep) line(v *symbolic.Expr) Line {
	l := Line{Of: s.Model.Objective, By: v, Formula: s.Short(s.total[v])}
	l.Reads = valuesIn(l.Formula)
	paths := slices.Clone(s.paths[v])
	slices.Reverse(paths) // as the engine adds them: in the order of the forward pass
	for _, p := range paths {
		p.Part = s.Short(p.Part)
		l.Paths = append(l.Paths, p)
	}
	return l
}

// Short is a formula of the sweep simplified, where the derivatives of other lines stay as they are.
func (s *Sweep) Short(e *symbolic.Expr) *symbolic.Expr {
	if IsVariable(e) {
		return e
	}
	back := map[*symbolic.Expr]*symbolic.Expr{}
	e = hold(e, back)
	e = rewrite.Simplify(e, s.names)
	return release(e, back)
}

// hold puts a variable in the place of every derivative of a variable of the model; back undoes it.
func hold(e *symbolic.Expr, back map[*symbolic.Expr]*symbolic.Expr) *symbolic.Expr {
	done := map[*symbolic.Expr]*symbolic.Expr{}
	return rebuilt(e, done, func(n *symbolic.Expr) *symbolic.Expr {
		switch {
		case IsVariable(n):
			return n
		case n.Op == symbolic.Let && n.By != nil && IsVariable(n.By.By):
			f := n.G.Fresh("cotangent", n.Shape)
			back[f] = n
			return f
		}
		return nil
	})
}

func release(e *symbolic.Expr, back map[*symbolic.Expr]*symbolic.Expr) *symbolic.Expr {
	done := map[*symbolic.Expr]*symbolic.Expr{}
	return rebuilt(e, done, func(n *symbolic.Expr) *symbolic.Expr {
		if r := back[n]; r != nil {
			return r
		}
		if IsVariable(n) {
			return n
		}
		return nil
	})
}

// rebuilt is e with nodes replaced from the top down: where leaf gives a node, what is below it is not visited.
func rebuilt(e *symbolic.Expr, done map[*symbolic.Expr]*symbolic.Expr, leaf func(*symbolic.Expr) *symbolic.Expr) *symbolic.Expr {
	if r := done[e]; r != nil {
		return r
	}
	r := leaf(e)
	if r == nil {
		r = e
		args, same := make([]*symbolic.Expr, len(e.Args)), true
		for i, a := range e.Args {
			args[i] = rebuilt(a, done, leaf)
			same = same && args[i] == a
		}
		if !same {
			r = e.G.Rebuild(e, args)
		}
	}
	done[e] = r
	return r
}

// valuesIn are the variables in a formula, those in derivatives of other lines left out.
func valuesIn(e *symbolic.Expr) []*symbolic.Expr {
	var out []*symbolic.Expr
	seen := map[*symbolic.Expr]bool{}
	var visit func(n *symbolic.Expr)
	visit = func(n *symbolic.Expr) {
		if seen[n] || n.Op == symbolic.Let && n.By != nil {
			return
		}
		seen[n] = true
		if IsVariable(n) {
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
