package export

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"nabla/numeric"
	"nabla/symbolic"
	"nabla/symbolic/shape"
	"nabla/symbolic/study"
)

// A check compares an exported derivative with finite differences of what it is the derivative of.
type check struct {
	*program             // the names of everything that both functions take
	derivative, function string
	derivativeArgs       []string
	functionArgs         []string
	by                   string // the variable
	sizeOf               map[string]int
	stated               map[*symbolic.Expr]*numeric.Array // values for which declared equations hold
}

// newCheck prepares the check of out; nil where there is none: it is no derivative by a variable, or no sizes fit.
func newCheck(out Output, target, name, of string) *check {
	if out.Of == nil || out.By == nil || out.By.Op != symbolic.Var {
		return nil
	}
	p, err := newProgram([]*symbolic.Expr{out.Expr, out.Of}, target, []string{name, of, "got", "want", "step", "error", "rng", "up", "down", "k", "ramp"})
	if err != nil {
		return nil
	}
	c := &check{program: p, derivative: name, function: of}
	if c.by = p.names[out.By]; c.by == "" {
		return nil
	}
	c.derivativeArgs, c.functionArgs = c.arguments(out.Expr), c.arguments(out.Of)
	if c.sizeOf = p.testSizes(); c.sizeOf == nil {
		return nil
	}
	if c.stated, err = p.statedValues(c.sizeOf); err != nil {
		return nil
	}
	return c
}

// statedValues are values of the variables of which more is declared than a program's random numbers have, and of those that are
// in equations with them: formulas were simplified by that.
func (p *program) statedValues(sizes map[string]int) (map[*symbolic.Expr]*numeric.Array, error) {
	var asked []*symbolic.Expr
	for _, v := range p.vars {
		if f := p.g.Facts.At(v); f != nil && (f.Diagonal || f.Orthogonal || len(f.Equal) > 0) {
			asked = append(append(asked, v), f.Equal...)
		}
	}
	if asked == nil {
		return nil, nil
	}
	point, err := study.NewSizedPoint(rand.New(rand.NewPCG(1, 1)), sizes, asked...)
	if err != nil {
		return nil, err
	}
	return point.Values, nil
}

// digits are numbers that read back as they are.
func digits(xs []float64) []string {
	out := make([]string, len(xs))
	for i, x := range xs {
		out[i] = strconv.FormatFloat(x, 'g', -1, 64)
	}
	return out
}

// arguments are the arguments of the function that computes e, under the names of the check.
func (c *check) arguments(e *symbolic.Expr) []string {
	q, err := newProgram([]*symbolic.Expr{e}, c.target, nil)
	if err != nil {
		return nil
	}
	var out []string
	for _, v := range q.vars {
		out = append(out, c.names[v])
	}
	for _, f := range q.fns {
		out = append(out, c.function1(f))
	}
	for _, d := range q.sizes {
		out = append(out, c.dims[d])
	}
	return out
}

func (c *check) function1(f function) string {
	i := slices.IndexFunc(c.fns, func(g function) bool { return f.fn == g.fn && slices.Equal(f.by, g.by) })
	return c.fns[i].name
}

// testSizes are small sizes, all different, for which every axis has entries; those of the session where a position is
// fixed, as in a slice. Nil if there are none.
func (p *program) testSizes() map[string]int {
	var names []string
	for d := range p.dims {
		names = append(names, d)
	}
	slices.Sort(names)
	fixed := false
	var shapes []shape.Shape
	seen := map[*symbolic.Expr]bool{}
	for _, e := range p.outputs {
		symbolic.Walk(e, func(n *symbolic.Expr) {
			shapes = append(shapes, n.Shape)
			fixed = fixed || n.IsCall("part") || n.IsCall("gather") || n.IsCall("scatter") || n.IsCall("pad")
		}, seen)
	}
	for try := range 40 {
		size := map[string]int{}
		for i, d := range names {
			size[d] = 2 + (i*(1+try)+try)%(len(names)+try/4+1)
			if n, ok := p.g.Dims.Size(shape.Name(d)); ok && (fixed || slices.Contains(p.known, d)) {
				size[d] = n
			}
		}
		if fits(shapes, size, p) {
			return size
		}
	}
	return nil
}

func fits(shapes []shape.Shape, size map[string]int, p *program) bool {
	for _, s := range shapes {
		for _, d := range s {
			n, err := p.g.Dims.Canon(d).Eval(func(name string) (int, bool) { n, ok := size[name]; return n, ok })
			if err != nil || n < 1 {
				return false
			}
		}
	}
	return true
}

// sizeLine is "h, d = 2, 3".
func (c *check) sizeLine() string {
	var ids, values []string
	for _, d := range sortedKeys(c.sizeOf) {
		ids, values = append(ids, c.dims[d]), append(values, fmt.Sprint(c.sizeOf[d]))
	}
	if len(ids) == 0 {
		return ""
	}
	return strings.Join(ids, ", ") + " = " + strings.Join(values, ", ")
}

func sortedKeys(m map[string]int) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// square says that a variable is a square matrix: it gets a large diagonal, so that it has an inverse and a logarithm of
// its determinant; symmetric, that it was declared to be so. A value that is stated is neither: it stays as it is.
func (c *check) square(v *symbolic.Expr) (square, symmetric bool) {
	if c.stated[v] != nil {
		return false, false
	}
	f := c.g.Facts.At(v)
	return v.Rank() == 2 && c.g.Dims.Same(v.Shape[0], v.Shape[1]), f != nil && (f.Symmetric || f.PosDef)
}

// wave is the k-th derivative of the sine, as code with %s for the argument.
func wave(k int, sin, cos string) string {
	return [...]string{sin + "(%s)", cos + "(%s)", "-" + sin + "(%s)", "-" + cos + "(%s)"}[k%4]
}

// pythonCheck draws arguments, and a known function for each abstract one: the sine of a weighted sum of its arguments.
func pythonCheck(c *check) string {
	module := map[string]string{"numpy": "np", "jax": "jnp", "pytorch": "torch"}[c.target]
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, "    "+format+"\n", args...) }
	b.WriteString("if __name__ == \"__main__\":  # compares with finite differences at a random point\n")
	line("import numpy")
	line("rng = numpy.random.default_rng(1)")
	if s := c.sizeLine(); s != "" {
		line("%s", s)
	}
	for _, v := range c.vars {
		name, s := c.names[v], pythonTuple(c.dimsOf(v.Shape))
		a := c.stated[v]
		if a != nil {
			line("%s = numpy.array([%s]).reshape(%s)", name, strings.Join(digits(a.Data), ", "), s)
		} else {
			line("%s = rng.uniform(0.2, 0.9, %s)", name, s)
		}
		square, symmetric := c.square(v)
		if symmetric {
			line("%[1]s = (%[1]s + %[1]s.T) / 2", name)
		}
		if square {
			line("%[1]s = %[1]s + 2 * numpy.eye(%[2]s)", name, c.dim(v.Shape[0]))
		}
		if c.target == "pytorch" {
			line("%[1]s = torch.tensor(%[1]s)", name)
		}
		if c.target == "jax" {
			line("%[1]s = jnp.asarray(%[1]s)", name)
		}
	}
	for _, f := range c.fns {
		line("%s = %s", f.name, pythonFunction(c, f, module))
	}
	line("got = %s(%s)", c.derivative, strings.Join(c.derivativeArgs, ", "))
	shifted := strings.Join(replaced(c.functionArgs, c.by, "%s"), ", ")
	line("want = []")
	line("for k in numpy.ndindex(tuple(%s.shape)):", c.by)
	line("    step = numpy.zeros(tuple(%s.shape))", c.by)
	line("    step[k] = 1e-5")
	if c.target == "pytorch" {
		line("    step = torch.tensor(step)")
	}
	plus, minus := fmt.Sprintf(shifted, c.by+" + step"), fmt.Sprintf(shifted, c.by+" - step")
	line("    want.append(numpy.asarray(%s(%s) - %s(%s)) / 2e-5)", c.function, plus, c.function, minus)
	line("want = numpy.stack(want, -1).reshape(tuple(got.shape))")
	line("error = numpy.abs(numpy.asarray(got) - want).max() / (1 + numpy.abs(want).max())")
	line("print(f\"%s: differs from finite differences by {error:.1e}\")", c.derivative)
	line("assert error < 1e-5")
	return b.String()
}

// replaced has by in the place of the argument name.
func replaced(args []string, name, by string) []string {
	out := slices.Clone(args)
	for i, a := range out {
		if a == name {
			out[i] = by
		}
	}
	return out
}

// pythonFunction is sin(Σ w·a), or its derivative.
func pythonFunction(c *check, f function, module string) string {
	args := make([]string, len(f.fn.Abstract.Args))
	terms := make([]string, len(args))
	for i, s := range f.fn.Abstract.Args {
		args[i] = fmt.Sprintf("a%d", i+1)
		terms[i] = fmt.Sprintf("%d * %s", i+1, args[i])
		if len(s) > 0 || !f.fn.Abstract.Elementwise() {
			terms[i] = fmt.Sprintf("(%s * %s).sum()", pythonRamp(c, s, i, module), args[i])
		}
	}
	value := fmt.Sprintf(wave(len(f.by), module+".sin", module+".cos"), strings.Join(terms, " + "))
	if f.fn.Abstract.Elementwise() {
		for _, k := range f.by {
			value = fmt.Sprintf("%d * %s", k+1, value)
		}
	} else {
		spec, out, parts := "", "", []string{fmt.Sprintf("%s.ones(%s)", module, pythonTuple(c.dimsOf(f.fn.Abstract.Result)))}
		at := len(f.fn.Abstract.Result)
		out = "abcdefghijklmnopqrstuvwxyz"[:at]
		spec = out
		for _, k := range f.by {
			s := f.fn.Abstract.Args[k]
			l := "abcdefghijklmnopqrstuvwxyz"[at : at+len(s)]
			at += len(s)
			spec, out, parts = spec+","+l, out+l, append(parts, pythonRamp(c, s, k, module))
		}
		value += fmt.Sprintf(" * %s.einsum(%q, %s)", module, spec+"->"+out, strings.Join(parts, ", "))
	}
	return fmt.Sprintf("lambda %s: %s", strings.Join(args, ", "), value)
}

// pythonRamp is weights for an argument of shape s: 1, 2, 3 … over their number.
func pythonRamp(c *check, s shape.Shape, k int, module string) string {
	n := c.dim(s.Count())
	return fmt.Sprintf("((1.0 + %s.arange(%s)) / (%d + %s)).reshape(%s)", module, n, k+1, n, pythonTuple(c.dimsOf(s)))
}

func juliaCheck(c *check) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, "    "+format+"\n", args...) }
	b.WriteString("if abspath(PROGRAM_FILE) == @__FILE__  # compares with finite differences at a random point\n")
	line("rng = MersenneTwister(1)")
	if s := c.sizeLine(); s != "" {
		line("%s", s)
	}
	for _, v := range c.vars {
		name := c.names[v]
		if a := c.stated[v]; a != nil {
			line("%s = %s", name, juliaArray(a))
			continue
		}
		if v.Rank() == 0 {
			line("%s = 0.2 + 0.7rand(rng)", name)
			continue
		}
		line("%s = 0.2 .+ 0.7 .* rand(rng, %s)", name, strings.Join(c.dimsOf(v.Shape), ", "))
		square, symmetric := c.square(v)
		if symmetric {
			line("%[1]s = (%[1]s + %[1]s') / 2", name)
		}
		if square {
			line("%[1]s = %[1]s + 2I", name)
		}
	}
	for _, f := range c.fns {
		line("%s = %s", f.name, juliaFunction(c, f))
	}
	line("got = %s(%s)", c.derivative, strings.Join(c.derivativeArgs, ", "))
	up, down := strings.Join(replaced(c.functionArgs, c.by, "up"), ", "), strings.Join(replaced(c.functionArgs, c.by, "down"), ", ")
	line("want = []")
	line("for k in CartesianIndices(size(%s))", c.by)
	line("    up, down = %[1]s .+ 0.0, %[1]s .+ 0.0", c.by)
	line("    if ndims(%[1]s) == 0; up, down = %[1]s + 1e-5, %[1]s - 1e-5; else; up[k] += 1e-5; down[k] -= 1e-5; end", c.by)
	line("    append!(want, vec(collect((%s(%s) .- %s(%s)) ./ 2e-5)))", c.function, up, c.function, down)
	line("end")
	line("off = maximum(abs.(vec(collect(got)) .- want)) / (1 + maximum(abs.(want)))")
	line("println(\"%s: differs from finite differences by \", off)", c.derivative)
	line("@assert off < 1e-5")
	b.WriteString("end\n")
	return b.String()
}

// juliaArray is an array of which the last index runs fastest, as it does here and not in Julia.
func juliaArray(a *numeric.Array) string {
	list := "[" + strings.Join(digits(a.Data), ", ") + "]"
	n := len(a.Shape)
	switch n {
	case 0:
		return digits(a.Data)[0]
	case 1:
		return list
	}
	sizes, axes := make([]string, n), make([]string, n)
	for i, size := range a.Shape {
		sizes[n-1-i], axes[i] = fmt.Sprint(size), fmt.Sprint(n-i)
	}
	return fmt.Sprintf("permutedims(reshape(%s, %s), (%s))", list, strings.Join(sizes, ", "), strings.Join(axes, ", "))
}

// juliaFunction is sin(Σ w·a), or its derivative.
func juliaFunction(c *check, f function) string {
	args := make([]string, len(f.fn.Abstract.Args))
	terms := make([]string, len(args))
	ramp := func(k int) string {
		n := c.dim(f.fn.Abstract.Args[k].Count())
		return fmt.Sprintf("(1:%s) ./ (%d + %s)", n, k+1, n)
	}
	for i := range args {
		args[i] = fmt.Sprintf("a%d", i+1)
		terms[i] = fmt.Sprintf("%d * %s", i+1, args[i])
		if !f.fn.Abstract.Elementwise() {
			terms[i] = fmt.Sprintf("sum(%s .* vec(collect(%s)))", ramp(i), args[i])
		}
	}
	value := fmt.Sprintf(wave(len(f.by), "sin", "cos"), strings.Join(terms, " + "))
	var s shape.Shape
	s = append(s, f.fn.Abstract.Result...)
	weights := fmt.Sprintf("ones(%s)", c.dim(s.Count()))
	for _, k := range f.by {
		if f.fn.Abstract.Elementwise() {
			value = fmt.Sprintf("%d * %s", k+1, value)
			continue
		}
		s = append(s, f.fn.Abstract.Args[k]...)
		weights = fmt.Sprintf("kron(%s, %s)", ramp(k), weights)
	}
	if len(s) > 0 {
		value += fmt.Sprintf(" * reshape(%s, %s)", weights, strings.Join(c.dimsOf(s), ", "))
	}
	return fmt.Sprintf("(%s) -> %s", strings.Join(args, ", "), value)
}
