package rewrite

import (
	"math/big"
	"slices"

	"nabla/symbolic"
)

// openLimit bounds the nodes up to which cotangents are opened before simplifying; a larger derivative keeps them as
// definitions, so that its size stays linear.
const openLimit = 3000

// trialLimit bounds the products that one Simplify tries while it multiplies out: of sums within sums they are
// exponentially many, and what a reader gains is among the first.
const trialLimit = 4000

// Simplify is e in a shorter form of the same value. The definitions in names (Lets of the user) stay, and take the
// place of what equals their bodies; cotangents made while differentiating are opened where e is small.
//
// Every node is rewritten by the rules that shorten (calls recognised, inverses and quotients cancelled), from the
// leaves up; a product is distributed over a sum only where the result is shorter.
func Simplify(e *symbolic.Expr, names []*symbolic.Expr) *symbolic.Expr {
	return SimplifyTrace(e, names, nil)
}

// A Rewriting is one step of Simplify: the part that was rewritten, and by which rule.
type Rewriting struct {
	Rule          string
	Before, After *symbolic.Expr
}

// A Trace records the steps of Simplify; nil records nothing.
type Trace struct {
	Steps []Rewriting
}

func (t *Trace) add(rule string, before, after *symbolic.Expr) {
	if t != nil {
		t.Steps = append(t.Steps, Rewriting{rule, before, after})
	}
}

// Identities are what the rules say that Simplify applies to e, each once, such as "Σ softmax(x) = 1". Multiplying out and
// putting names in the place of what they stand for are none.
func Identities(e *symbolic.Expr, names []*symbolic.Expr) []string {
	var trace Trace
	SimplifyTrace(e, names, &trace)
	var out []string
	for _, step := range trace.Steps {
		if doc := identity(step.Rule); doc != "" && !slices.Contains(out, doc) {
			out = append(out, doc)
		}
	}
	return out
}

// identity is what a rule says; "" for a step that is no rule of a table.
func identity(rule string) string {
	for _, r := range shorteningRules {
		if r.name == rule {
			return r.doc
		}
	}
	for _, r := range sumRules {
		if r.name == rule {
			return r.doc
		}
	}
	for _, table := range []map[string][]symbolic.Rule{callRules, compactRules} {
		for _, rules := range table {
			if i := slices.IndexFunc(rules, func(r symbolic.Rule) bool { return r.Name == rule }); i >= 0 {
				return rules[i].Doc
			}
		}
	}
	return ""
}

// SimplifyTrace is Simplify, recording what it does.
func SimplifyTrace(e *symbolic.Expr, names []*symbolic.Expr, trace *Trace) *symbolic.Expr {
	s := newSimplifier(e.G, names)
	s.trace = trace
	if top := e; top.Op == symbolic.Let { // asked for by name: show what it is
		e = top.Args[0]
	}
	return s.simplify(s.opened(s.defined(e)))
}

// defined is e with the functions that stand only in what is computed replaced by what they are defined as, products with
// them as sums of products.
func (s *simplifier) defined(e *symbolic.Expr) *symbolic.Expr {
	found := false
	hidden := func(x *symbolic.Expr) bool { return x.Op == symbolic.Call && x.Fn.Compute != nil }
	s.walk(e, func(x *symbolic.Expr) { found = found || hidden(x) })
	if !found {
		return e
	}
	return s.rebuildAll(e, func(x *symbolic.Expr, args []*symbolic.Expr) *symbolic.Expr {
		if hidden(x) {
			return x.Fn.Define(*x.Par, args)
		}
		return s.g.Distribute(x, args, hidden)
	})
}

// Named is e with the definitions in names in the place of what equals their bodies, and nothing else changed.
func Named(e *symbolic.Expr, names []*symbolic.Expr) *symbolic.Expr {
	s := newSimplifier(e.G, names)
	e = s.defined(e)
	return s.rebuildAll(e, func(x *symbolic.Expr, args []*symbolic.Expr) *symbolic.Expr {
		n := s.g.Rebuild(x, args)
		for r := s.named(n); r != nil; r = s.named(n) {
			n = r
		}
		if l := s.body[n]; l != nil && x != e {
			return l
		}
		return n
	})
}

func newSimplifier(g *symbolic.Graph, names []*symbolic.Expr) *simplifier {
	s := &simplifier{
		normalizer: normalizer{g: g, done: map[*symbolic.Expr]*symbolic.Expr{}, monomials: map[*symbolic.Expr]*symbolic.Expr{}},
		body:       map[*symbolic.Expr]*symbolic.Expr{},
		products:   map[*symbolic.Expr][]*symbolic.Expr{},
		costs:      map[*symbolic.Expr]int{},
		tried:      map[*symbolic.Expr]*symbolic.Expr{},
		trials:     trialLimit,
		scalars:    map[*symbolic.Expr]*symbolic.Expr{},
		roots:      map[*symbolic.Expr]*symbolic.Expr{},
	}
	for _, l := range names {
		if l.Op == symbolic.Let && l.By == nil && l.Args[0].Op != symbolic.Var && l.Args[0].Op != symbolic.Const {
			s.body[l.Args[0]] = l
			if l.Args[0].IsCall("pow") {
				s.roots[l.Args[0].Args[0]] = l
			}
			if b := l.Args[0]; b.Op == symbolic.Einsum {
				s.products[b.Args[0]] = append(s.products[b.Args[0]], l)
			}
		}
	}
	return s
}

type simplifier struct {
	normalizer
	body map[*symbolic.Expr]*symbolic.Expr // body of a definition → the definition
	// products are the definitions that are products, by their first factor: what they stand for can only be found
	// where that is.
	products map[*symbolic.Expr][]*symbolic.Expr
	costs    map[*symbolic.Expr]int
	tried    map[*symbolic.Expr]*symbolic.Expr // what node made of the products that were tried
	trials   int                               // products that may still be tried
	scalars  map[*symbolic.Expr]*symbolic.Expr // numbers that were shortened
	roots    map[*symbolic.Expr]*symbolic.Expr // base of a power → the definition that is the power
	trace    *Trace
	rule     string // of the last step
}

// opened is e without the Lets that no user wrote, if it is small.
func (s *simplifier) opened(e *symbolic.Expr) *symbolic.Expr {
	n := 0
	s.walk(e, func(x *symbolic.Expr) { n++ })
	if n > openLimit {
		return e
	}
	return s.rebuildAll(e, func(x *symbolic.Expr, args []*symbolic.Expr) *symbolic.Expr {
		if x.Op == symbolic.Let {
			return args[0]
		}
		return s.g.Rebuild(x, args)
	})
}

// isName says that a Let is the user's: it stays.
func isName(e *symbolic.Expr) bool { return e.Op == symbolic.Let && e.By == nil && e.Name != "" }

// walk visits arguments before results, and nothing below a user's definition.
func (s *simplifier) walk(e *symbolic.Expr, visit func(*symbolic.Expr)) {
	seen := map[*symbolic.Expr]bool{}
	var rec func(x *symbolic.Expr)
	rec = func(x *symbolic.Expr) {
		if seen[x] {
			return
		}
		seen[x] = true
		if !isName(x) {
			for _, a := range x.Args {
				rec(a)
			}
		}
		visit(x)
	}
	rec(e)
}

// rebuildAll rewrites e from the leaves up, leaving the user's definitions alone.
func (s *simplifier) rebuildAll(e *symbolic.Expr, f func(x *symbolic.Expr, args []*symbolic.Expr) *symbolic.Expr) *symbolic.Expr {
	done := map[*symbolic.Expr]*symbolic.Expr{}
	s.walk(e, func(x *symbolic.Expr) {
		if isName(x) || len(x.Args) == 0 {
			done[x] = x
			return
		}
		args := make([]*symbolic.Expr, len(x.Args))
		for i, a := range x.Args {
			args[i] = done[a]
		}
		done[x] = f(x, args)
	})
	return done[e]
}

// simplify rewrites from the leaves up.
func (s *simplifier) simplify(e *symbolic.Expr) *symbolic.Expr {
	top := e
	return s.rebuildAll(e, func(x *symbolic.Expr, args []*symbolic.Expr) *symbolic.Expr {
		n := s.node(s.g.Rebuild(x, args))
		if l := s.body[n]; l != nil && x != top {
			s.trace.add(definitionRule, n, l)
			return l
		}
		return n
	})
}

// node applies the shortening rules to one node until none fits.
func (s *simplifier) node(n *symbolic.Expr) *symbolic.Expr {
	for range 20 {
		next := s.step(n)
		if next == nil || next == n || s.cost(next) > s.cost(n) {
			return n
		}
		s.trace.add(s.rule, n, next)
		n = next
	}
	return n
}

// The names of the steps that are no rule of a table: a name in the place of what it stands for, a product of a sum
// as a sum of products.
const (
	definitionRule   = "definition"
	distributiveRule = "distributive law"
)

// try is node without a trace: what is tried and given up is no step. Each product is tried once.
func (s *simplifier) try(n *symbolic.Expr) *symbolic.Expr {
	if r, ok := s.tried[n]; ok {
		return r
	}
	trace := s.trace
	s.trace = nil
	s.trials--
	r := s.node(n)
	s.trace = trace
	s.tried[n] = r
	return r
}

// step is one rewrite that makes n no longer, or nil.
func (s *simplifier) step(n *symbolic.Expr) *symbolic.Expr {
	switch n.Op {
	case symbolic.Call:
		if v := knownValue(n); v != nil {
			s.rule = knownValueRule
			return v
		}
		for _, r := range slices.Concat(compactRules[n.Fn.Name], callRules[n.Fn.Name], n.Fn.Rules) {
			if spelledOut[r.Name] {
				continue
			}
			if e := r.Apply(n); e != nil && s.cost(e) <= s.cost(n) && e != n {
				s.rule = r.Name
				return e
			}
		}
		if n.IsCall("pow") {
			if e := s.powerOfName(n); e != nil {
				s.rule = definitionRule
				return e
			}
			return s.monomialStep(n)
		}
	case symbolic.Sum:
		for _, r := range sumRules {
			if e := r.apply(n); e != nil && s.cost(e) < s.cost(n) {
				s.rule = r.name
				return e
			}
		}
		if e := s.multipliedOut(n); e != nil && s.cost(e) < s.cost(n) {
			s.rule = distributiveRule
			return e
		}
		if c, t := n.AsScaled(); t != n && t.Op == symbolic.Einsum {
			if e := s.step(t); e != nil && s.cost(e) <= s.cost(t) {
				return s.g.Scale(c, e)
			}
		}
	case symbolic.Einsum:
		if e := s.scalarStep(n); e != nil {
			return e
		}
		if e := s.monomialStep(n); e != nil {
			return e
		}
		if d := s.distributed(n); d != nil && s.cost(d) < s.cost(n) {
			s.rule = distributiveRule
			return d
		}
	}
	return nil
}

// powerOfName is 1/ρ for x^(−1/2) where ρ was defined as x^(1/2); nil where no definition is a root of n.
func (s *simplifier) powerOfName(n *symbolic.Expr) *symbolic.Expr {
	l := s.roots[n.Args[0]]
	if l == nil || s.body[n] != nil {
		return nil
	}
	if r := new(big.Rat).Quo(n.Par.Exp, l.Args[0].Par.Exp); r.IsInt() {
		return s.g.Pow(l, r)
	}
	return nil
}

// scalarStep shortens the numbers with sums in them that a product has as factors: rewriting may just have made them.
func (s *simplifier) scalarStep(n *symbolic.Expr) *symbolic.Expr {
	for k, a := range n.Args {
		if a.Op != symbolic.Einsum || a.Rank() > 0 || s.body[a] != nil {
			continue
		}
		b, ok := s.scalars[a]
		if !ok {
			b = s.node(a)
			s.scalars[a] = b
		}
		if b != a {
			args := slices.Clone(n.Args)
			args[k] = b
			return s.g.Einsum(n.In, n.Out, args, n.Shape)
		}
	}
	return nil
}

func (s *simplifier) monomialStep(n *symbolic.Expr) *symbolic.Expr {
	for _, r := range orientingRules {
		if e := r.apply(open(n)); e != nil && e != n {
			s.rule = r.name
			return e
		}
	}
	shorter := func(e *symbolic.Expr) bool { return s.cost(e) < s.cost(n) }
	if e, rule := firstRule(shorteningRules, n, shorter); e != nil {
		s.rule = rule
		return e
	}
	if e := s.throughNames(n, shorter); e != nil {
		return e
	}
	s.rule = definitionRule
	return s.named(n)
}

// throughNames tries the rules on a product with a definition among its factors opened, or all of them: T S is I where T
// was defined as S⁻¹, h ⊙ step(z) is h where h was defined as relu(z).
func (s *simplifier) throughNames(n *symbolic.Expr, shorter func(*symbolic.Expr) bool) *symbolic.Expr {
	m := open(n)
	whole, names := slices.Clone(m.factors), 0
	attempt := func(factors []*symbolic.Expr) *symbolic.Expr {
		e, rule := firstRule(shorteningRules, s.g.Einsum(m.in, m.out, factors, m.shape), shorter)
		if e == nil {
			return nil
		}
		s.rule = rule
		return s.renamed(e)
	}
	for i, f := range m.factors {
		if !isName(f) || f.Args[0].Op != symbolic.Call || !readInProducts[f.Args[0].Fn.Name] {
			continue
		}
		whole[i] = f.Args[0]
		names++
		factors := slices.Clone(m.factors)
		factors[i] = f.Args[0]
		if e := attempt(factors); e != nil {
			return e
		}
	}
	if names < 2 {
		return nil
	}
	return attempt(whole)
}

// readInProducts are the functions that a rule on products looks for: a name of another hides nothing.
var readInProducts = map[string]bool{"inv": true, "relu": true, "step": true, "sign": true, "softmax": true, "exp": true,
	"sigmoid": true, "power": true, "pow": true, "sinh": true, "cosh": true, "sin": true, "cos": true}

// renamed is e with definitions in the place of what they were opened to.
func (s *simplifier) renamed(e *symbolic.Expr) *symbolic.Expr {
	return s.rebuildAll(e, func(x *symbolic.Expr, args []*symbolic.Expr) *symbolic.Expr {
		if l := s.body[x]; l != nil {
			return l
		}
		return s.g.Rebuild(x, args)
	})
}

// named puts a definition in the place of the factors of a product that are its body: (W1 x) ⊙ φ′(z) is z ⊙ φ′(z).
func (s *simplifier) named(n *symbolic.Expr) *symbolic.Expr {
	if n.Op != symbolic.Einsum || s.body[n] != nil {
		return nil
	}
	m := open(n)
	for i, f := range m.factors {
		if slices.Contains(m.factors[:i], f) {
			continue
		}
		for _, l := range s.products[f] {
			hit, at, ok := m.find(l.Args[0], nil, nil)
			if !ok || len(hit) < 2 || l.Args[0] == n {
				continue
			}
			if e := m.replace(hit, []*symbolic.Expr{l}, []string{string(at)}); s.cost(e) < s.cost(n) {
				return e
			}
		}
	}
	return nil
}

// distributed multiplies a product out over the sums among its factors; nil where there is none.
func (s *simplifier) distributed(n *symbolic.Expr) *symbolic.Expr {
	if s.trials <= 0 {
		return nil
	}
	sums, terms := slices.Clone(n.Args), 1
	for k, a := range n.Args {
		if a.Op == symbolic.Einsum && a.Rank() == 0 { // a number in front: λ (aᵀ (b + c))
			if d := s.distributed(a); d != nil {
				sums[k] = d
			}
		}
		if sums[k].Op == symbolic.Sum {
			terms *= len(sums[k].Args)
		}
	}
	if terms == 1 || terms > 16 {
		return nil
	}
	var best *symbolic.Expr
	for k, a := range sums { // one sum at a time: (A + B)(C + D) may want only one of them opened
		if a.Op != symbolic.Sum || len(a.Args) < 2 {
			continue
		}
		out := make([]*symbolic.Expr, len(a.Args))
		for i, t := range a.Args {
			args := slices.Clone(n.Args)
			args[k] = t
			out[i] = s.try(s.g.Einsum(n.In, n.Out, args, n.Shape))
		}
		if d := s.g.LinearCombination(n.Shape, a.Coef, out); best == nil || s.cost(d) < s.cost(best) {
			best = d
		}
	}
	return best
}

// multipliedOut distributes the terms of a sum, each over one of its sums, so that what cancels is seen.
func (s *simplifier) multipliedOut(n *symbolic.Expr) *symbolic.Expr {
	if len(n.Args) > 8 {
		return nil
	}
	terms, changed := slices.Clone(n.Args), 0
	for i, t := range terms {
		if t.Op != symbolic.Einsum || s.body[t] != nil {
			continue
		}
		if d := s.distributed(t); d != nil {
			terms[i] = d
			changed++
		}
	}
	if changed == 0 {
		return nil
	}
	return s.g.LinearCombination(n.Shape, n.Coef, terms)
}

// cost is about how many signs e takes to write: every leaf, operation and coefficient counts; what has a name is one,
// and so is a factor that a product repeats, as it is written as a power.
func (s *simplifier) cost(e *symbolic.Expr) int {
	if c, ok := s.costs[e]; ok {
		return c
	}
	c := 1
	if t, ok := negated(e); ok {
		c = s.cost(t)
	} else if l := s.body[e]; l == nil && !isName(e) {
		for i, a := range e.Args {
			if e.Op == symbolic.Einsum && repeated(e, i) {
				c++
				continue
			}
			if e.Op == symbolic.Sum && a.Op == symbolic.Ones {
				continue // written as the number beside
			}
			c = min(c+s.cost(a), 1<<40)
			if e.Op == symbolic.Einsum && a.Op == symbolic.Sum && a.Rank() > 2 && len(a.Args) > 1 && s.body[a] == nil {
				c += 2 * a.Rank() // it takes a line of its own, with indices
			}
			if e.Op == symbolic.Sum && new(big.Rat).Abs(e.Coef[i]).Cmp(big.NewRat(1, 1)) != 0 {
				c++
			}
		}
		switch e.Op {
		case symbolic.Einsum:
			c += len(e.Args) - 1
		case symbolic.Call:
			c += len(e.Par.Dims)
			if e.IsCall("scatter") && scatterByEquations(e) != nil {
				c += 8 // equations say it shorter
			}
			if x := e.Par.Exp; x != nil && new(big.Rat).Abs(x).Cmp(big.NewRat(1, 1)) != 0 {
				c++
			}
			if isNorm(e) {
				c = 1 + s.cost(e.Args[0])/2 // ‖x‖ rather than sqrt(xᵀ x)
			}
		}
	}
	s.costs[e] = c
	return c
}

// isNorm says that e is the root of a square, or one divided by it.
func isNorm(e *symbolic.Expr) bool {
	return e.IsCall("pow") && e.Rank() == 0 && new(big.Rat).Abs(e.Par.Exp).Cmp(big.NewRat(1, 2)) == 0 &&
		e.Args[0].Op == symbolic.Einsum && e.Args[0].Nonnegative()
}

// negated is t where e is −t: a sign alone costs nothing.
func negated(e *symbolic.Expr) (*symbolic.Expr, bool) {
	if e.Op == symbolic.Sum && len(e.Args) == 1 && e.Coef[0].Cmp(big.NewRat(-1, 1)) == 0 {
		return e.Args[0], true
	}
	return nil, false
}

// repeated says that an earlier factor is the i-th at the same place.
func repeated(e *symbolic.Expr, i int) bool {
	for k := range i {
		if e.Args[k] == e.Args[i] && e.In[k] == e.In[i] {
			return true
		}
	}
	return false
}

// shorteningRules are the rules on products that Simplify uses; each is taken only where the result is shorter.
var shorteningRules []monomialRule

// orientingRules choose one of several forms of one length; none undoes another.
var orientingRules []monomialRule

// compactRules recognise functions: the opposite of their definitions.
var compactRules = map[string][]symbolic.Rule{}

// spelledOut are the rules on calls that serve proofs only: exp(−x/2) is not 1/√exp(x) to a reader.
var spelledOut = map[string]bool{"exponential of a sum": true, "cases by a mask": true, "power of a sum": true,
	"sine of a sum": true, "cosine of a sum": true, "sign by cases": true, "sign of a common factor": true, "places of single axes": true, "logarithm of a quotient": true,
	"determinant of an inverse": true, "determinant of a multiple": true}

// A sumRule rewrites a sum.
type sumRule struct {
	name, doc string
	apply     func(*symbolic.Expr) *symbolic.Expr
}

var sumRules []sumRule

func init() {
	orientingRules = []monomialRule{
		{"symmetric", "axes that may be swapped are written in one order", orderSymmetric},
		{"opposite factors", "(y − x) (x − y)ᵀ = −(x − y) (x − y)ᵀ", oppositeFactors},
	}
	shorteningRules = append(append([]monomialRule{
		{"softmax", "exp(x)/Σ exp(x) = softmax(x)", recognizeSoftmax},
		{"sigmoid", "exp(x) sigmoid(−x) = sigmoid(x)", recognizeSigmoidProduct},
		{"inverse of a product", "B (A B)⁻¹ = A⁻¹ for square A, B", openInverse},
	}, identityRules...), slices.DeleteFunc(slices.Clone(monomialRules), func(r monomialRule) bool {
		return r.name == "symmetric" || r.name == "diagonal" || r.name == "partial fractions" || r.name == "Pythagoras"
	})...)
	compactRules["pow"] = []symbolic.Rule{{Name: "sigmoid", Doc: "1/(1 + exp(−x)) = sigmoid(x)", Apply: recognizeSigmoid}}
	compactRules["log"] = []symbolic.Rule{
		{Name: "logsumexp", Doc: "log Σ exp(x) = logsumexp(x)", Apply: recognizeLogSumExp},
	}
	compactRules["where"] = []symbolic.Rule{{Name: "mask", Doc: "where(c, 1, 0) = c for a comparison c", Apply: whereMask}}
	sumRules = []sumRule{
		{"diagonals", "diag(a) + diag(b) = diag(a + b)", joinDiagonals},
		{"cases", "c ⊙ a + (1 − c) ⊙ b = where(c, a, b) for a comparison c", joinCases},
		{"Pythagoras", "sin² + cos² = 1", recognizePythagoras},
		{"complement", "c σ − c σ σ = c σ (1 − σ), for σ a sigmoid", takeComplement},
		{"sums", "Σ a − Σ b = Σ (a − b), and aᵀ c − bᵀ c = (a − b)ᵀ c", joinSums},
	}
}

// recognizeSoftmax finds exp(x)[…i] with a power of (Σ exp(x))[…], the sum being over some axes of x, as often as the
// power has it.
func recognizeSoftmax(m monomial) *symbolic.Expr {
	for j, d := range m.factors {
		if !d.IsCall("pow") || !d.Par.Exp.IsInt() || d.Par.Exp.Sign() > 0 {
			continue
		}
		var hits []int
		var with []*symbolic.Expr
		var in []string
		left := new(big.Rat).Set(d.Par.Exp)
		for i, f := range m.factors {
			if left.Sign() == 0 || !f.IsCall("exp") {
				continue
			}
			if p := softmaxOver(m, f, m.in[i], d.Args[0], m.in[j]); p != nil {
				hits, with, in = append(hits, i), append(with, p), append(in, m.in[i])
				left.Add(left, big.NewRat(1, 1))
			}
		}
		if len(hits) > 0 {
			with, in = append(with, m.g.Pow(d.Args[0], left)), append(in, m.in[j])
			return m.replace(append(hits, j), with, in)
		}
	}
	return nil
}

// softmaxOver is softmax(x) where f[in] is exp(x) and sum[at] is the sum of it over some axes, at the same place.
func softmaxOver(m monomial, f *symbolic.Expr, in string, sum *symbolic.Expr, at string) *symbolic.Expr {
	axes := summedAxes(sum, f)
	if axes == nil {
		return nil
	}
	keep := ""
	for k := range in {
		if !slices.Contains(axes, k) {
			keep += in[k : k+1]
		}
	}
	if keep != at {
		return nil
	}
	p, err := m.g.Apply(m.g.Lib.Lookup("softmax"), symbolic.In{Args: []*symbolic.Expr{f.Args[0]}, Axes: axes})
	if err != nil {
		return nil
	}
	return p
}

// recognizeSigmoidProduct applies exp(x) sigmoid(−x) = sigmoid(x) to factors at one place, each as often as it stands there.
func recognizeSigmoidProduct(m monomial) *symbolic.Expr {
	for i, f := range m.factors {
		e, _ := f.AsPower()
		if !e.IsCall("exp") {
			continue
		}
		minus := m.g.Neg(e.Args[0])
		for j, s := range m.factors {
			s, _ := s.AsPower()
			if !s.IsCall("sigmoid") || s.Args[0] != minus || m.in[i] != m.in[j] {
				continue
			}
			p, exps := m.powers(e, m.in[i])
			q, sigmoids := m.powers(s, m.in[i])
			both := p
			if q.Cmp(p) < 0 {
				both = q
			}
			if both.Sign() <= 0 {
				continue
			}
			with := []*symbolic.Expr{m.g.Pow(m.g.Call("sigmoid", e.Args[0]), both), m.g.Pow(e, new(big.Rat).Sub(p, both)), m.g.Pow(s, new(big.Rat).Sub(q, both))}
			return m.replace(append(exps, sigmoids...), with, []string{m.in[i], m.in[i], m.in[i]})
		}
	}
	return nil
}

// powers are the factors at a place that are powers of base, and the sum of their exponents.
func (m monomial) powers(base *symbolic.Expr, in string) (total *big.Rat, at []int) {
	total = new(big.Rat)
	for i, f := range m.factors {
		if b, p := f.AsPower(); b == base && m.in[i] == in {
			total.Add(total, p)
			at = append(at, i)
		}
	}
	return total, at
}

// oppositeFactors writes a sum that is a multiple of another factor, or of the base of a power among them, as that and a
// number: (y − x) (x − y) is −(x − y) (x − y), (−p − q)/(p + q)² is −1/(p + q).
func oppositeFactors(m monomial) *symbolic.Expr {
	for i, f := range m.factors {
		for j, b := range m.factors {
			if b.IsCall("pow") {
				b = b.Args[0]
			} else if j <= i { // of two sums the later one stays
				continue
			}
			if c := multipleOf(f, b); b != f && c != nil {
				return m.g.Scale(c, m.replace([]int{i}, []*symbolic.Expr{b}, []string{m.in[i]}))
			}
		}
	}
	return nil
}

// multipleOf is c where the sum f is c b.
func multipleOf(f, b *symbolic.Expr) *big.Rat {
	if f.Op != symbolic.Sum || b.Op != symbolic.Sum || len(f.Args) < 2 || len(f.Args) != len(b.Args) {
		return nil
	}
	k := slices.Index(b.Args, f.Args[0])
	if k < 0 {
		return nil
	}
	c := new(big.Rat).Quo(f.Coef[0], b.Coef[k])
	if f.G.Scale(c, b) != f {
		return nil
	}
	return c
}

// openInverse writes the inverse of a chain of square factors as the product of their inverses, and cancels them with
// what stands beside.
func openInverse(m monomial) *symbolic.Expr {
	for i, f := range m.factors {
		if !f.IsCall("inv") || f.Rank() != 2 {
			continue
		}
		chain := squareChain(f.Args[0])
		if chain == nil {
			continue
		}
		inverse := m.g.Call("inv", oriented(chain[len(chain)-1]))
		inverse = turned(inverse, chain[len(chain)-1])
		for k := len(chain) - 2; k >= 0; k-- {
			inverse = m.g.MatMul(inverse, turned(m.g.Call("inv", oriented(chain[k])), chain[k]))
		}
		e := m.replace([]int{i}, []*symbolic.Expr{inverse}, []string{m.in[i]})
		for range 2 * len(chain) {
			next := cancelInverse(open(e))
			if next == nil {
				break
			}
			e = next
		}
		return e
	}
	return nil
}

// oriented is x where e is xᵀ, else e; turned puts the transpose back on its inverse.
func oriented(e *symbolic.Expr) *symbolic.Expr {
	if t := asTranspose(e); t != nil {
		return t
	}
	return e
}

func turned(inverse, e *symbolic.Expr) *symbolic.Expr {
	if asTranspose(e) != nil {
		return e.G.Transpose(inverse)
	}
	return inverse
}

// takeComplement factors σ(1 − σ) out of two terms of a sum.
func takeComplement(e *symbolic.Expr) *symbolic.Expr {
	for i, a := range e.Args {
		m := open(a)
		for k, s := range m.factors {
			if !s.IsCall("sigmoid") {
				continue
			}
			squared := m.replace(nil, []*symbolic.Expr{s}, []string{m.in[k]})
			j := slices.Index(e.Args, squared)
			if j < 0 || new(big.Rat).Add(e.Coef[i], e.Coef[j]).Sign() != 0 {
				continue
			}
			both := m.replace(nil, []*symbolic.Expr{e.G.Sub(e.G.Ones(s.Shape), s)}, []string{m.in[k]})
			rest := e.G.Sub(e, e.G.LinearCombination(e.Shape, []*big.Rat{e.Coef[i], e.Coef[j]}, []*symbolic.Expr{a, squared}))
			return e.G.Add(rest, e.G.Scale(e.Coef[i], both))
		}
	}
	return nil
}

// summedAxes are the axes of f over which e is the sum of f; nil where e is no such sum. The axes kept stand in order.
func summedAxes(e, f *symbolic.Expr) []int {
	if e.Op != symbolic.Einsum || len(e.Args) != 1 || e.Args[0] != f {
		return nil
	}
	var axes []int
	kept := ""
	for k := range e.In[0] {
		if slices.Contains([]byte(e.Out), e.In[0][k]) {
			kept += e.In[0][k : k+1]
		} else {
			axes = append(axes, k)
		}
	}
	if kept != e.Out {
		return nil
	}
	return axes
}

// recognizeSigmoid reads (1 + exp(x))^−k as sigmoid(−x)^k.
func recognizeSigmoid(e *symbolic.Expr) *symbolic.Expr {
	if !e.Par.Exp.IsInt() || e.Par.Exp.Sign() > 0 || e.Args[0].Op != symbolic.Sum || len(e.Args[0].Args) != 2 {
		return nil
	}
	s := e.Args[0]
	for i := range 2 {
		t := s.Args[1-i]
		unit := s.Args[i].Op == symbolic.Ones || s.Args[i].Op == symbolic.Const
		if unit && s.Coef[0].Cmp(s.Coef[1]) == 0 && s.Coef[0].Cmp(big.NewRat(1, 1)) == 0 && t.IsCall("exp") {
			return e.G.Pow(e.G.Call("sigmoid", e.G.Neg(t.Args[0])), new(big.Rat).Neg(e.Par.Exp))
		}
	}
	return nil
}

func recognizeLogSumExp(e *symbolic.Expr) *symbolic.Expr {
	a := e.Args[0]
	if a.Op != symbolic.Einsum || len(a.Args) != 1 || !a.Args[0].IsCall("exp") {
		return nil
	}
	axes := summedAxes(a, a.Args[0])
	if axes == nil {
		return nil
	}
	r, err := e.G.Apply(e.G.Lib.Lookup("logsumexp"), symbolic.In{Args: []*symbolic.Expr{a.Args[0].Args[0]}, Axes: axes})
	if err != nil {
		return nil
	}
	return r
}

// recognizePythagoras replaces c·sin(x)² + c·cos(x)² in a sum by c.
func recognizePythagoras(e *symbolic.Expr) *symbolic.Expr {
	squareOf := func(t *symbolic.Expr, name string) *symbolic.Expr {
		if t.Op == symbolic.Einsum && len(t.Args) == 2 && t.Args[0] == t.Args[1] && t.In[0] == t.Out && t.In[1] == t.Out && t.Args[0].IsCall(name) {
			return t.Args[0].Args[0]
		}
		return nil
	}
	for i, a := range e.Args {
		x := squareOf(a, "sin")
		if x == nil {
			continue
		}
		for k, b := range e.Args {
			if squareOf(b, "cos") == x && e.Coef[i].Cmp(e.Coef[k]) == 0 {
				unit := e.G.Sub(e.G.Ones(e.Shape), e.G.Add(a, b))
				return e.G.Add(e, e.G.Scale(e.Coef[i], unit))
			}
		}
	}
	return nil
}
