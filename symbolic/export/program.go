package export

import (
	"fmt"
	"slices"
	"strings"

	"nabla/symbolic"
	"nabla/symbolic/shape"
)

// An Output is an expression to export.
type Output struct {
	Expr *symbolic.Expr
	Of   *symbolic.Expr // Expr is ∂Of/∂By; nil: it is no derivative, and there is nothing to check
	By   *symbolic.Expr
}

// Options are what a program says beside its expressions.
type Options struct {
	Name    string   // of the function; empty: "f"
	Comment []string // lines at its head: the formula
}

// Targets are the languages, in the order in which help lists them.
var Targets = []string{"numpy", "pytorch", "jax", "julia", "go"}

// An Unsupported says that a function cannot be written in a target.
type Unsupported struct {
	Fn, Target string
	Why        string
}

func (e *Unsupported) Error() string {
	return fmt.Sprintf("%s cannot be exported to %s: %s", e.Fn, e.Target, e.Why)
}

// Write is the program that computes the outputs. Functions of the user and abstract ones with a value are opened
// already; an abstract function that is left becomes an argument. An error is an *Unsupported.
func Write(outputs []Output, target string, opt Options) (string, error) {
	if len(outputs) == 0 {
		return "", fmt.Errorf("nothing to export")
	}
	if opt.Name == "" {
		opt.Name = "f"
	}
	switch target {
	case "go":
		return writeGo(outputs, opt)
	case "numpy", "pytorch", "jax", "julia":
		return writeArrays(outputs, dialects[target], opt)
	}
	return "", fmt.Errorf("there is no target %s", target)
}

// A program is what is common to every target: arguments, sizes, and which nodes become lines.
type program struct {
	target  string
	g       *symbolic.Graph
	outputs []*symbolic.Expr
	vars    []*symbolic.Expr
	fns     []function // abstract functions and derivatives of them
	sizes   []string   // dimensions that are arguments
	known   []string   // dimensions that no variable has, but the session has sized
	bound   map[string]binding
	uses    map[*symbolic.Expr]int
	readers map[*symbolic.Expr]int // as uses, before anything is rewritten
	names   map[*symbolic.Expr]string
	dims    map[string]string // identifiers of dimensions
	taken   map[string]bool
	temps   int
	done    map[*symbolic.Expr]*symbolic.Expr
	seen    map[*symbolic.Expr]bool
}

// A binding is the axis of an argument that gives a dimension its size.
type binding struct {
	v    *symbolic.Expr
	axis int
}

// A function is an abstract one, or a derivative of it, that the program takes as an argument.
type function struct {
	fn   *symbolic.Func
	by   []int
	name string
	call *symbolic.Expr // one of its applications
}

// newProgram collects what the outputs need, and refuses what the target cannot do before anything is written.
func newProgram(outputs []*symbolic.Expr, target string, reserved []string) (*program, error) {
	p := &program{target: target, g: outputs[0].G, bound: map[string]binding{}, uses: map[*symbolic.Expr]int{},
		names: map[*symbolic.Expr]string{}, dims: map[string]string{}, taken: map[string]bool{}, done: map[*symbolic.Expr]*symbolic.Expr{}, seen: map[*symbolic.Expr]bool{}}
	for _, r := range reserved {
		p.taken[r] = true
	}
	p.readers = readersOf(outputs)
	for _, e := range outputs {
		p.outputs = append(p.outputs, p.defined(e))
	}
	if err := p.collect(); err != nil {
		return nil, err
	}
	p.nameAll()
	return p, nil
}

// defined replaces functions that the target has no template for by what they are defined as.
func (p *program) defined(e *symbolic.Expr) *symbolic.Expr {
	symbolic.Walk(e, func(n *symbolic.Expr) {
		args, same := make([]*symbolic.Expr, len(n.Args)), true
		for i, a := range n.Args {
			args[i] = p.done[a]
			same = same && args[i] == a
		}
		r := n
		if !same {
			r = p.g.Rebuild(n, args)
		}
		if r.Op == symbolic.Call && r.Fn.Define != nil && !p.has(r) {
			r = p.defined(r.Fn.Define(*r.Par, r.Args))
		}
		if r.Op == symbolic.Sum {
			r = p.factored(r, p.readers)
		}
		p.done[n] = r
	}, p.seen)
	return p.done[e]
}

// has says that the target can write a call.
func (p *program) has(n *symbolic.Expr) bool {
	return n.Fn.Abstract != nil || n.Fn.Export[p.target] != "" || n.IsCall("gather") || n.IsCall("scatter") ||
		p.target == "go" && (goCalls[n.Fn.Name] != "" || n.IsCall("reshape"))
}

func (p *program) collect() error {
	seen := map[*symbolic.Expr]bool{}
	var err error
	for _, e := range p.outputs {
		e.G.Proceed()
		p.uses[e]++
		symbolic.Walk(e, func(n *symbolic.Expr) {
			for _, a := range n.Args {
				p.uses[a]++
			}
			if err == nil {
				err = p.collectOne(n)
			}
		}, seen)
	}
	return err
}

func (p *program) collectOne(n *symbolic.Expr) error {
	switch {
	case n.Op == symbolic.Var:
		p.vars = append(p.vars, n)
	case n.Op == symbolic.Call && n.Fn.Abstract != nil:
		p.addFunction(n)
	case n.Op == symbolic.Call && n.Fn.Random && len(n.Par.Nums) > 0:
		return &Unsupported{Fn: n.Fn.Name + " with a seed", Target: p.target, Why: "it draws other numbers there; give them a name by := first, and it becomes an argument"}
	case n.Op == symbolic.Call && !p.has(n):
		return &Unsupported{Fn: n.Fn.Name, Target: p.target, Why: "it has no equivalent there"}
	case n.Op == symbolic.Einsum:
		for _, in := range append(slices.Clone(n.In), n.Out) {
			if len(in) > 20 {
				return &Unsupported{Fn: "a product of " + fmt.Sprint(len(in)) + " axes", Target: p.target, Why: "it has too many axes"}
			}
		}
	}
	return nil
}

func (p *program) addFunction(n *symbolic.Expr) {
	for _, f := range p.fns {
		if f.fn == n.Fn && slices.Equal(f.by, n.Par.Deriv) {
			return
		}
	}
	p.fns = append(p.fns, function{fn: n.Fn, by: n.Par.Deriv, call: n})
}

// function is the argument that a call of an abstract function applies.
func (p *program) function(n *symbolic.Expr) string {
	i := slices.IndexFunc(p.fns, func(f function) bool { return f.fn == n.Fn && slices.Equal(f.by, n.Par.Deriv) })
	return p.fns[i].name
}

// nameAll gives identifiers: variables and functions first, so that they keep their own names; then definitions, then
// dimensions.
func (p *program) nameAll() {
	for _, v := range p.vars {
		p.names[v] = p.unique(v.Name)
	}
	for i, f := range p.fns {
		p.fns[i].name = p.unique(f.derivativeName())
	}
	seen := map[*symbolic.Expr]bool{}
	for _, e := range p.outputs {
		e.G.Proceed()
		symbolic.Walk(e, func(n *symbolic.Expr) {
			if n.Op == symbolic.Let && n.Body().Op != symbolic.Var {
				p.names[n] = p.unique(letName(n))
			}
		}, seen)
	}
	p.nameDims()
}

// derivativeName is φ, dφ, d2φ; of a function of several arguments, the positions differentiated by follow: dl_1.
func (f function) derivativeName() string {
	name := f.fn.Name
	switch len(f.by) {
	case 0:
		return name
	case 1:
		name = "d" + name
	default:
		name = fmt.Sprintf("d%d%s", len(f.by), name)
	}
	if len(f.fn.Abstract.Args) > 1 {
		name += "_"
		for _, k := range f.by {
			name += fmt.Sprint(k + 1)
		}
	}
	return name
}

// doc is what the function is: "φ", "the derivative of l by its argument 1".
func (f function) doc() string {
	if len(f.by) == 0 {
		return "the function " + f.fn.Name
	}
	words := make([]string, len(f.by))
	for i, k := range f.by {
		words[i] = fmt.Sprint(k + 1)
	}
	out := "the derivative of " + f.fn.Name
	if len(f.fn.Abstract.Args) > 1 {
		return out + " by argument " + strings.Join(words, ", then ")
	}
	if len(f.by) > 1 {
		out = fmt.Sprintf("the derivative of order %d of %s", len(f.by), f.fn.Name)
	}
	return out
}

func letName(n *symbolic.Expr) string {
	if n.By == nil {
		return n.Name
	}
	return "d" + letOrVar(n.By.Of) + "_d" + letOrVar(n.By.By)
}

func letOrVar(e *symbolic.Expr) string {
	if e.Name == "" && e.By != nil {
		return letName(e)
	}
	if e.Name == "" {
		return "f"
	}
	return e.Name
}

// nameDims finds where each dimension gets its size.
func (p *program) nameDims() {
	p.g.Proceed()
	for _, v := range p.vars {
		for i, d := range v.Shape {
			name, ok := p.g.Dims.Canon(d).AsName()
			if _, has := p.bound[name]; ok && !has {
				p.bound[name] = binding{v, i}
				p.dimName(name)
			}
		}
	}
	use := func(d shape.Dim) {
		for _, name := range p.g.Dims.Canon(d).Names() {
			if p.dims[name] != "" {
				continue
			}
			p.dimName(name)
			if _, ok := p.g.Dims.Size(shape.Name(name)); ok {
				p.known = append(p.known, name)
			} else {
				p.sizes = append(p.sizes, name)
			}
		}
	}
	seen := map[*symbolic.Expr]bool{}
	for _, e := range p.outputs {
		symbolic.Walk(e, func(n *symbolic.Expr) {
			use(n.Size)
			for _, d := range slices.Concat(n.Shape, n.Par.Dims) {
				use(d)
			}
		}, seen)
	}
}

func (p *program) dimName(name string) {
	id := identifier(name, p.target)
	if p.taken[id] {
		id = "dim_" + id
	}
	p.dims[name] = p.unique(id)
}

// unique is a name as an identifier that nothing else has.
func (p *program) unique(name string) string {
	id := identifier(name, p.target)
	out := id
	for k := 2; p.taken[out]; k++ {
		out = fmt.Sprintf("%s_%d", id, k)
	}
	p.taken[out] = true
	return out
}

// temp is a name for what is used more than once and has none.
func (p *program) temp() string {
	p.temps++
	return p.unique(fmt.Sprintf("t%d", p.temps))
}

// dim is a size as code.
func (p *program) dim(d shape.Dim) string {
	d = p.g.Dims.Canon(d)
	if name, ok := d.AsName(); ok {
		return p.dims[name]
	}
	var b strings.Builder
	d.Terms(func(c int64, names []string) {
		switch {
		case c < 0:
			b.WriteString(" - ")
			c = -c
		case b.Len() > 0:
			b.WriteString(" + ")
		}
		var parts []string
		if c != 1 || len(names) == 0 {
			parts = append(parts, fmt.Sprint(c))
		}
		for _, n := range names {
			parts = append(parts, p.dims[n])
		}
		b.WriteString(strings.Join(parts, "*"))
	})
	out := strings.TrimPrefix(b.String(), " ")
	switch {
	case out == "":
		return "0"
	case strings.Contains(out, " ") || strings.Contains(out, "*") || strings.HasPrefix(out, "-"):
		return "(" + out + ")"
	}
	return out
}

func (p *program) dimsOf(s shape.Shape) []string {
	out := make([]string, len(s))
	for i, d := range s {
		out[i] = p.dim(d)
	}
	return out
}

// shared says that an unnamed node becomes a line of its own: it is used more than once, and it takes work.
func (p *program) shared(n *symbolic.Expr) bool {
	if p.uses[n] < 2 {
		return false
	}
	switch n.Op {
	case symbolic.Einsum:
		return len(n.Args) > 1 || len(n.In[0]) != len(n.Out)
	case symbolic.Call:
		return len(n.Args) > 0
	case symbolic.Sum:
		return len(n.Args) > 1
	}
	return false
}

// parameters are the names of all arguments, in order.
func (p *program) parameters() []string {
	var out []string
	for _, v := range p.vars {
		out = append(out, p.names[v])
	}
	for _, f := range p.fns {
		out = append(out, f.name)
	}
	for _, d := range p.sizes {
		out = append(out, p.dims[d])
	}
	return out
}
