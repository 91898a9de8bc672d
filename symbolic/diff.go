package symbolic

import (
	"fmt"
	"slices"
	"strings"

	"nabla/symbolic/shape"
)

// A NoDerivative says that some function on the way has no derivative.
type NoDerivative struct {
	Fn  *Func
	Why string
}

func (e *NoDerivative) Error() string { return fmt.Sprintf("%s: %s", e.Fn.Name, e.Why) }

// A Step is one contribution of the reverse sweep: the cotangent Bar of Node gives Contribution to its argument Arg.
type Step struct {
	Rule         string
	Node         *Expr
	Arg          int
	Bar          *Expr
	Contribution *Expr
}

// A Trace records what was done; nil records nothing.
type Trace struct {
	Steps []Step
}

func (t *Trace) add(s Step) {
	if t != nil {
		t.Steps = append(t.Steps, s)
	}
}

// Diff is ∂y/∂x: the axes of y, then those of x. x is any node: a variable, a definition, or an expression.
func (g *Graph) Diff(y, x *Expr) (*Expr, error) {
	d, err := g.Grad(y, []*Expr{x}, nil)
	if err != nil {
		return nil, err
	}
	return d[0], nil
}

// Grad is ∂y/∂x for several x at once, by one reverse sweep: the cotangent of each node is the sum of what its readers
// contribute, and each definition's cotangent becomes a Let, so that the result is linear in the size of y.
func (g *Graph) Grad(y *Expr, xs []*Expr, trace *Trace) ([]*Expr, error) {
	seed := g.Const(one)
	if y.Rank() > 0 {
		seed = g.identity(y.Shape)
	}
	return g.pullBack(y, seed, xs, trace, true)
}

// identity is δ[i,k] δ[j,l] …: the derivative of a tensor by itself.
func (g *Graph) identity(s shape.Shape) *Expr {
	n := len(s)
	a, b := labels(n, 'a'), labels(n, 'a'+byte(n))
	in, args := make([]string, n), make([]*Expr, n)
	for i := range s {
		in[i] = a[i:i+1] + b[i:i+1]
		args[i] = g.Delta(s[i])
	}
	return g.Einsum(in, a+b, args, nil)
}

// PullBack is the vector-Jacobian product: seed has any leading axes, then those of y; the results have the leading
// axes, then those of each x.
func (g *Graph) PullBack(y, seed *Expr, xs []*Expr, trace *Trace) ([]*Expr, error) {
	return g.pullBack(y, seed, xs, trace, false)
}

func (g *Graph) pullBack(y, seed *Expr, xs []*Expr, trace *Trace, named bool) ([]*Expr, error) {
	defer func(f func(*Expr, bool)) { g.Cancels = f }(g.Cancels)
	g.Cancels = nil
	s := &sweep{g: g, y: y, named: named, lead: seed.Shape[:seed.Rank()-y.Rank()], trace: trace}
	nodes := s.between(y, xs)
	s.place = newNodeIndex(nodes, y)
	s.bars = make([]cotangents, len(nodes)+1)
	if len(nodes) > 0 {
		s.give(y, seed)
	}
	for i := len(nodes) - 1; i >= 0; i-- {
		if err := s.visit(nodes[i], xs); err != nil {
			return nil, err
		}
	}
	out := make([]*Expr, len(xs))
	for i, x := range xs {
		out[i] = s.total(x)
	}
	return out, nil
}

// A sweep is one reverse pass.
type sweep struct {
	g     *Graph
	y     *Expr
	named bool // cotangents are ∂y/∂e: the seed is the identity
	lead  shape.Shape
	needs nodeSet        // nodes that some x occurs in
	stop  map[*Expr]bool // x's that occur in no other x
	place nodeIndex
	bars  []cotangents // by place
	trace *Trace

	out, args []*Expr  // scratch
	in        []string // scratch
}

// between lists the nodes on a path from an x to y, in topological order.
func (s *sweep) between(y *Expr, xs []*Expr) []*Expr {
	s.needs = nodeSet{last: y}
	target := map[*Expr]bool{}
	for _, x := range xs {
		target[x] = true
	}
	below := nodeSet{last: y} // an x lies strictly below
	var nodes []*Expr
	Walk(y, func(e *Expr) {
		for _, a := range e.Args {
			if s.needs.has(a) {
				below.add(e)
				break
			}
		}
		if target[e] || below.has(e) {
			s.needs.add(e)
			nodes = append(nodes, e)
		}
	}, nil)
	s.stop = map[*Expr]bool{}
	for x := range target {
		s.stop[x] = !below.has(x)
	}
	return nodes
}

func (s *sweep) give(e, bar *Expr) {
	if !bar.IsZero() {
		c := &s.bars[s.place.of(e)]
		if c.first == nil {
			c.first = bar
		} else {
			c.more = append(c.more, bar)
		}
	}
}

// cotangents are what the readers of a node hand on to it; most nodes have one reader.
type cotangents struct {
	first *Expr
	more  []*Expr
}

// total is the cotangent of e: the sum over its readers, in the order of the forward pass.
func (s *sweep) total(e *Expr) *Expr {
	c := s.bars[s.place.of(e)]
	switch {
	case c.first == nil:
		return s.g.Zero(slices.Concat(s.lead, e.Shape))
	case len(c.more) == 0:
		return c.first
	}
	bars := append([]*Expr{c.first}, c.more...)
	slices.Reverse(bars)
	return s.g.Sum(slices.Concat(s.lead, e.Shape), bars...)
}

// visit hands the cotangent of e on to its arguments.
func (s *sweep) visit(e *Expr, xs []*Expr) error {
	if s.bars[s.place.of(e)].first == nil || s.stop[e] {
		return nil
	}
	bar := s.total(e)
	if e.Op == Let && e != s.y && !bar.IsZero() && bar.Op != Const {
		bar = s.name(e, bar)
		s.bars[s.place.of(e)] = cotangents{first: bar}
	}
	contributions, rule, err := s.pull(e, bar)
	if err != nil {
		return err
	}
	for i, c := range contributions {
		if c == nil || !s.needs.has(e.Args[i]) {
			continue
		}
		s.trace.add(Step{rule, e, i, bar, c})
		s.give(e.Args[i], c)
	}
	return nil
}

// name makes the cotangent of a definition a node of its own, so that what it is multiplied into stays small.
func (s *sweep) name(e, bar *Expr) *Expr {
	if s.named {
		return s.g.derivative(s.y, e, bar)
	}
	return s.g.Let("", bar)
}

// pull is the derivative rule of one node: THE place where they are.
func (s *sweep) pull(e, bar *Expr) (contributions []*Expr, rule string, err error) {
	s.out = append(s.out[:0], make([]*Expr, len(e.Args))...)
	out := s.out
	switch e.Op {
	case Let:
		out[0] = bar
		return out, "definition", nil
	case Sum:
		for i := range e.Args {
			out[i] = s.g.Scale(e.Coef[i], bar)
		}
		return out, "sum", nil
	case Einsum:
		if s.pullCofactors(e, bar) {
			return out, "product", nil
		}
		for i := range e.Args {
			if s.needs.has(e.Args[i]) {
				out[i] = s.pullProduct(e, bar, i)
			}
		}
		return out, "product", nil
	case Call:
		return s.pullCall(e, bar)
	}
	return out, "", nil
}

// pullProduct is Āₖ[sₖ] = Σ C̄[…out] ∏_{j≠k} Aⱼ[sⱼ]. A label that Aₖ repeats becomes a Delta; one that nothing else has
// becomes a broadcast.
func (s *sweep) pullProduct(e, bar *Expr, k int) *Expr {
	lead := labels(len(s.lead), 1)
	in, args := append(s.in[:0], lead+e.Out), append(s.args[:0], bar)
	for j, a := range e.Args {
		if j != k {
			in, args = append(in, e.In[j]), append(args, a)
		}
	}
	target := e.In[k]
	next := byte(60)
	for i := range len(target) {
		if j := strings.IndexByte(target[:i], target[i]); j >= 0 {
			in = append(in, string([]byte{target[j], next}))
			args = append(args, s.g.Delta(e.Args[k].Shape[i]))
			target = target[:i] + string([]byte{next}) + target[i+1:]
			next--
		}
	}
	s.in, s.args = in, args
	whole := e.Args[k].Shape
	if len(s.lead) > 0 {
		whole = slices.Concat(s.lead, whole)
	}
	return s.g.Einsum(in, lead+target, args, whole)
}

func (s *sweep) pullCall(e, bar *Expr) (contributions []*Expr, rule string, err error) {
	f := e.Fn
	switch {
	case f.NoGrad != "":
		return nil, "", &NoDerivative{f, f.NoGrad}
	case f.Abstract != nil && !f.Abstract.Elementwise():
		return s.pullAbstract(e, bar)
	case f.Elementwise():
		parts, err := s.g.partials(e)
		if err != nil {
			return nil, "", err
		}
		l := labels(e.Rank(), 'a')
		lead := labels(len(s.lead), 1)
		for i, d := range parts {
			if d != nil && s.needs.has(e.Args[i]) {
				parts[i] = s.g.Einsum([]string{lead + l, l}, lead+l, []*Expr{bar, d}, nil)
			}
		}
		return parts, f.Name, nil
	case f.VJP != nil:
		v := VJP{G: s.g, Y: e, Bar: bar, Args: e.Args, batch: e.BatchRank()}
		return f.VJP(v), f.Name, nil
	}
	return nil, "", &NoDerivative{f, "no derivative rule is known"}
}

// partials are the derivatives of an elementwise call by each argument, entry by entry.
func (g *Graph) partials(e *Expr) ([]*Expr, error) {
	f := e.Fn
	switch {
	case f.Abstract != nil:
		out := make([]*Expr, len(e.Args))
		for i := range out {
			d, err := g.applyAbstract(f, append(slices.Clone(e.Par.Deriv), i), e.Args)
			if err != nil {
				return nil, err
			}
			out[i] = d
		}
		return out, nil
	case f.Body != nil:
		out := make([]*Expr, len(e.Args))
		for i := range out {
			by := append(slices.Clone(e.Par.Deriv), i)
			slices.Sort(by)
			out[i] = g.call(f, Params{Deriv: by}, e.Args, e.Shape)
			d, err := g.Unfold(out[i])
			if err != nil {
				return nil, err
			}
			if d.IsZero() {
				out[i] = d
			}
		}
		return out, nil
	case f.DP != nil:
		return []*Expr{f.DP(*e.Par, e.Args[0], e)}, nil
	case f.D != nil:
		return []*Expr{f.D(e.Args[0], e)}, nil
	case f.D2 != nil:
		a, b := f.D2(e.Args[0], e.Args[1], e)
		return []*Expr{a, b}, nil
	}
	return nil, &NoDerivative{f, "no derivative rule is known"}
}

// pullAbstract contracts the cotangent with the abstract Jacobian, for each argument.
func (s *sweep) pullAbstract(e, bar *Expr) ([]*Expr, string, error) {
	sig, batch := e.Fn.Abstract, e.BatchRank()
	lead, b := labels(len(s.lead), 1), labels(batch, 'A')
	core := labels(e.Rank()-batch, 'a')
	out := make([]*Expr, len(e.Args))
	for i, a := range e.Args {
		if !s.needs.has(a) {
			continue
		}
		d, err := s.g.applyAbstract(e.Fn, append(slices.Clone(e.Par.Deriv), i), e.Args)
		if err != nil {
			return nil, "", err
		}
		// The axes of the derivative are batch, result, those of Deriv and then those of argument i; those of e are
		// a prefix of them.
		arg := labels(len(sig.Args[i]), 'a'+byte(len(core)))
		out[i] = s.g.Einsum([]string{lead + b + core, b + core + arg}, lead+b+arg, []*Expr{bar, d}, nil)
	}
	return out, e.Fn.Name, nil
}

// Unfold replaces a call of a user's function, or of its derivative, by its body.
func (g *Graph) Unfold(e *Expr) (*Expr, error) {
	y, err := g.BodyDerivative(e.Fn, e.Par.Deriv)
	if err != nil {
		return nil, err
	}
	return g.Map(y, e.Fn.Body.Params, e.Args)
}

// BodyDerivative is the derivative of the body of a user's function by the parameters of these positions, in terms of its
// parameters. Functions call each other many times over, so each is derived once.
func (g *Graph) BodyDerivative(f *Func, by []int) (*Expr, error) {
	if len(by) == 0 {
		return f.Body.Result, nil
	}
	key := fmt.Sprintf("%p %v", f, by)
	if d, ok := g.known[key]; ok {
		return d, nil
	}
	d, err := g.BodyDerivative(f, by[:len(by)-1])
	if err == nil {
		d, err = g.Diff(d, f.Body.Params[by[len(by)-1]])
	}
	if err != nil {
		return nil, err
	}
	g.known[key] = d
	return d, nil
}

// JVP is the Jacobian-vector product: the derivative of y along v, which has the shape of x. It never forms ∂y/∂x: the
// pull-back is linear in its seed, so pulling back through the pull-back pushes forward.
func (g *Graph) JVP(y *Expr, xs, vs []*Expr) (*Expr, error) {
	u := g.Fresh("seed", y.Shape)
	back, err := g.PullBack(y, u, xs, nil)
	if err != nil {
		return nil, err
	}
	dots := make([]*Expr, len(xs))
	for i, b := range back {
		l := labels(b.Rank(), 'a')
		dots[i] = g.Einsum([]string{l, l}, "", []*Expr{b, vs[i]}, nil)
	}
	return g.Diff(g.Sum(nil, dots...), u)
}
