// Package notation turns a graph back into what a person reads: matrix notation in the user's own names where there is
// one, index notation where there is none. The result is a syntax tree of package lang, so that text, ASCII and LaTeX
// are one thing printed three ways, and what is printed reads back.
package notation

import (
	"strings"

	"nabla/lang"
	"nabla/symbolic"
)

// A Scope knows what names mean now.
type Scope interface {
	lang.Scope
	// NameOf is the name that denotes e at present; row says that the name stands for the transpose of the vector e.
	// A definition whose name means something else by now has none, and is printed as its body. It is also asked for
	// applications of functions: f where f = sigmoid(z) is a definition, so that a derivative reads f ⊙ (1 - f).
	NameOf(e *symbolic.Expr) (name string, row, ok bool)
	// OneApplication says that the abstract function of the call has exactly one application in scope that has
	// call.Args[arg] as an argument, that it is the one with call.Args, and that it has it as that argument only: then
	// ∂l/∂o is understood.
	OneApplication(call *symbolic.Expr, arg int) bool
}

// A Printer prints expressions of one scope. The zero value of each option is what an answer looks like.
type Printer struct {
	Scope
	KeepDerivatives bool     // ∂J/∂z stays where a derivative was computed by way of it, instead of its formula
	Indices         bool     // every product is written as a sum over indices, also where it has a matrix notation
	Row             bool     // a result of one axis is a row
	ASCII           bool     // for Text
	Taken           []string // names that parts may not get, because other forms beside this one use them
}

// A Form is an expression in notation: definitions of parts that have no notation of their own or would be repeated
// too often, then either X or, in index notation, Def.
type Form struct {
	Where []*lang.Def
	X     lang.Expr
	Def   *lang.Def
	Notes []string  // what a reader has to know, such as a function whose name means something else here
	Vec   lang.Expr // of a tensor of four axes, as a matrix in Kronecker form; see VecConvention. Nil where there is none
}

// Form puts e in notation. A definition at the top is opened: the answer to z is W1 x, not z.
func (pr Printer) Form(e *symbolic.Expr) Form {
	_, f := pr.form(e, false)
	return f
}

func (pr Printer) printer(g *symbolic.Graph) *printer {
	p := &printer{
		Printer: pr, g: g, rank: map[string]int{}, taken: map[string]bool{},
		memo: map[*symbolic.Expr]lang.Expr{}, named: map[*symbolic.Expr]lang.Expr{},
	}
	for _, name := range pr.Taken {
		p.taken[name] = true
	}
	return p
}

func (pr Printer) form(e *symbolic.Expr, latex bool) (*printer, Form) {
	p := pr.printer(e.G)
	p.latex = latex
	p.top = p.openTop(e)
	e = p.prepare(p.top)
	if p.top.Op != symbolic.Let && p.top.Op != symbolic.Var {
		p.top = e
	}
	f := Form{}
	if p.isLeaf(e) || p.hasMatrixForm(e) {
		f.X = p.tree(e)
		if pr.Row && e.Rank() == 1 {
			f.X = p.asRow(e)
		}
	} else {
		f.Vec = p.kronecker(e)
		f.Def = p.indexDef("T", e)
	}
	f.Where = p.where
	f.Notes = p.hiddenFunctions(f)
	return p, f
}

// hiddenFunctions notes each function that the form is written with, but whose name the user gave another meaning.
func (p *printer) hiddenFunctions(f Form) (notes []string) {
	seen := map[string]bool{}
	look := func(n lang.Node) bool {
		if c, ok := n.(*lang.Call); ok && !seen[c.Fn.Name] && p.IsVar(c.Fn.Name) {
			seen[c.Fn.Name] = true
			notes = append(notes, c.Fn.Name+" is the function here, which your "+c.Fn.Name+" hides")
		}
		return true
	}
	for _, d := range f.Where {
		lang.Walk(d.Value, look)
	}
	if f.Def != nil {
		lang.Walk(f.Def.Value, look)
	} else {
		lang.Walk(f.X, look)
	}
	return notes
}

// Entries is e entry by entry, T[i,j] = sum[k] …, also where it has a matrix notation: what a derivation by hand writes.
// What it needs first is in Where.
func (pr Printer) Entries(e *symbolic.Expr) Form {
	pr.Indices = true
	p := pr.printer(e.G)
	if p.nameDerivative(e); e.Op == symbolic.Let && p.isLeaf(e) {
		return Form{Def: p.indexDef("T", e)}
	}
	p.top = e
	d := p.indexDef("T", p.prepare(e))
	return Form{Where: p.where, Def: d}
}

// Names are the names that the form gives to parts, and to the whole in index notation.
func (f Form) Names() (out []string) {
	for _, d := range f.Where {
		out = append(out, d.Target.Name.Name)
	}
	if f.Def != nil {
		out = append(out, f.Def.Target.Name.Name)
	}
	return out
}

// Tree is e as one syntax tree. Parts that have no matrix notation are names that Form defines.
func (pr Printer) Tree(e *symbolic.Expr) lang.Expr {
	f := pr.Form(e)
	if f.Def != nil {
		return f.Def.Value
	}
	return f.X
}

// Text is e as text that reads back: one line, after a line for each definition that it uses.
func (pr Printer) Text(e *symbolic.Expr) string { return pr.Form(e).Text(pr.ASCII) }

// A printer is one run of a Printer.
type printer struct {
	Printer
	g     *symbolic.Graph
	latex bool
	eyes  bool // an identity matrix was printed, which LaTeX writes otherwise
	memo  map[*symbolic.Expr]lang.Expr
	named map[*symbolic.Expr]lang.Expr // leaves that are not the scope's: kept derivatives, parts with a line of their own
	taken map[string]bool
	rank  map[string]int // of the names that were printed
	top   *symbolic.Expr // is not printed by a name of its own
	inUse int            // how many index letters are bound around what is being written
	where []*lang.Def
	cut   map[*symbolic.Expr]bool
	reach map[lang.Expr]reach // of the places that were printed
}

// openTop is what an answer prints: the body of a definition.
func (p *printer) openTop(e *symbolic.Expr) *symbolic.Expr {
	if e.Op == symbolic.Let && e.By == nil && e.Name != "" {
		e = e.Args[0]
	}
	for e.Op == symbolic.Let && !p.inScope(e) {
		e = e.Args[0]
	}
	return e
}

// inScope says that a definition or variable has a name at present.
func (p *printer) inScope(e *symbolic.Expr) bool {
	_, ok := p.scopeName(e)
	return ok
}

// scopeName is the tree of the name that denotes e at present.
func (p *printer) scopeName(e *symbolic.Expr) (lang.Expr, bool) {
	if e.Op != symbolic.Let && e.Op != symbolic.Var && e.Op != symbolic.Call || e.By != nil || e == p.top {
		return nil, false
	}
	s, row, ok := p.NameOf(e)
	if ok {
		p.rank[s] = e.Rank()
		if base, _, member := strings.Cut(s, "["); member {
			p.rank[base] = e.Rank()
		}
	}
	switch {
	case !ok:
		return nil, false
	case row:
		return transposed(name(s)), true
	}
	return name(s), true
}

// leafTree is the name of e, if it prints as one.
func (p *printer) leafTree(e *symbolic.Expr) (lang.Expr, bool) {
	if x, ok := p.named[e]; ok {
		return x, true
	}
	if x, ok := p.scopeName(e); ok {
		return x, true
	}
	if e.Op == symbolic.Var {
		p.rank[e.Name] = e.Rank()
		return name(e.Name), true
	}
	return nil, false
}

func (p *printer) isLeaf(e *symbolic.Expr) bool { _, ok := p.leafTree(e); return ok || p.cut[e] }

// tree is e in matrix notation, a vector as a column. Where there is none, it is a name that a line of its own defines.
func (p *printer) tree(e *symbolic.Expr) lang.Expr {
	if x, ok := p.memo[e]; ok {
		return x
	}
	e.G.Proceed()
	x, ok := p.leafTree(e)
	switch {
	case ok:
	case p.cut[e]:
		x = p.define(e)
	case !p.hasMatrixForm(e):
		x = p.define(e)
	default:
		x = p.body(e)
	}
	p.memo[e] = x
	return x
}

// body is the tree of a node that is not a leaf.
func (p *printer) body(e *symbolic.Expr) lang.Expr {
	switch e.Op {
	case symbolic.Const:
		return rational(e.Val)
	case symbolic.Dim:
		return dimTree(e.Size, p.dimNumber)
	case symbolic.Delta:
		p.eyes = true
		if p.latex {
			return name("I")
		}
		return call("eye", sizeTree(e.Size))
	case symbolic.Ones:
		return call("ones", sizes(e.Shape)...)
	case symbolic.Let:
		return p.tree(e.Args[0])
	case symbolic.Sum:
		if len(e.Args) == 0 {
			return call("zeros", sizes(e.Shape)...)
		}
		return p.sumTree(p.terms(e))
	case symbolic.Einsum:
		return p.einsumTree(e)
	}
	return p.callTree(e)
}

// dimNumber is the size of a dimension as a number: n, or dim(n) where n is a variable as well.
func (p *printer) dimNumber(s string) lang.Expr {
	if p.IsVar(s) || p.IsFunc(s) || p.taken[s] {
		return call("dim", name(s))
	}
	return name(s)
}

func (p *printer) einsumTree(e *symbolic.Expr) lang.Expr {
	if e.Rank() == 0 {
		if c, r := p.normalScalar(e); r != e {
			return p.signedTree(&term{coef: c, num: []*symbolic.Expr{r}})
		}
		t := &term{coef: one}
		if n := p.netOf(t, e, nil); len(n.pieces) > 0 {
			if placed(e) || p.Indices {
				return p.scaledTree(t, p.scalarIndexTree(n))
			}
			n.reduce()
			x, ok := n.scalar()
			if !ok {
				x = p.scalarIndexTree(n)
			}
			return p.scaledTree(t, x)
		}
	}
	return p.signedTree(p.termOf(one, e, firstLabels(e)))
}

// scaledTree is a scalar term times x.
func (p *printer) scaledTree(t *term, x lang.Expr) lang.Expr {
	if t.isOne() {
		return x
	}
	return p.signedFactor(t, x)
}

// signedTree is a term with its sign.
func (p *printer) signedTree(t *term) lang.Expr {
	x := p.termTree(t)
	if t.coef.Sign() < 0 {
		return negate(x)
	}
	return x
}

// terms are the addends of e, or e as the only one.
func (p *printer) terms(e *symbolic.Expr) []*term {
	labels := firstLabels(e)
	if e.Op != symbolic.Sum || p.isLeaf(e) {
		return []*term{p.termOf(one, e, labels)}
	}
	ts := make([]*term, len(e.Args))
	for i, a := range e.Args {
		ts[i] = p.termOf(e.Coef[i], a, labels)
	}
	return ts
}

// hasMatrixForm says that every product at the top of e reduces. A tensor broadcast by name counts.
func (p *printer) hasMatrixForm(e *symbolic.Expr) bool {
	switch e.Op {
	case symbolic.Einsum:
		return p.termOf(one, e, firstLabels(e)).net == nil
	case symbolic.Sum:
		ts := p.terms(e)
		full := hasFull(ts)
		for _, t := range ts {
			if t.net != nil && !(full && p.bare(t) != nil) || p.isPlacedTerm(t) {
				return false
			}
		}
	case symbolic.Call:
		return p.callHasForm(e)
	}
	return true
}

// asRow is a vector lying down: xᵀ A + bᵀ.
func (p *printer) asRow(e *symbolic.Expr) lang.Expr {
	if p.isLeaf(e) || e.Op != symbolic.Sum && e.Op != symbolic.Einsum || e.IsZero() {
		return transposed(p.tree(e))
	}
	ts := p.terms(e)
	for i, t := range ts {
		if t.net != nil || t.core == nil {
			return transposed(p.tree(e))
		}
		ts[i] = t.flip()
	}
	return p.sumTree(ts)
}

// fresh is a name that means nothing yet.
func (p *printer) fresh(candidates ...string) string {
	for _, s := range candidates {
		if p.free(s) {
			p.taken[s] = true
			return s
		}
	}
	base := candidates[len(candidates)-1]
	for i := 1; ; i++ {
		if s := base + itoa(i); p.free(s) {
			p.taken[s] = true
			return s
		}
	}
}

func (p *printer) free(s string) bool {
	return !p.taken[s] && !p.IsVar(s) && !p.IsFunc(s) && !p.IsDim(s)
}

// define gives e a line of its own and returns its name.
func (p *printer) define(e *symbolic.Expr) lang.Expr {
	var d *lang.Def
	delete(p.cut, e) // within its own line it is no leaf
	if p.hasMatrixForm(e) {
		value := p.body(e)
		d = &lang.Def{Target: &lang.Target{Name: plainName(p.fresh("t"))}, Value: value}
	} else {
		d = p.indexDef("T", e)
	}
	p.where = append(p.where, d)
	p.rank[d.Target.Name.Name] = e.Rank()
	x := name(d.Target.Name.Name)
	p.named[e] = x
	return x
}

func plainName(s string) *lang.Name { return &lang.Name{Name: s, Raw: s} }

// Text is the form as lines that read back.
func (f Form) Text(ascii bool) string {
	print := lang.Print
	if ascii {
		print = lang.PrintASCII
	}
	var lines []string
	for _, d := range f.Where {
		lines = append(lines, print(d))
	}
	if f.Def != nil {
		lines = append(lines, print(f.Def))
	} else {
		lines = append(lines, print(f.X))
	}
	return strings.Join(lines, "\n")
}
