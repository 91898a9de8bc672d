package export

import (
	"fmt"
	"go/format"
	"maps"
	"math/big"
	"regexp"
	"slices"
	"strings"

	"nabla/symbolic"
	"nabla/symbolic/shape"
)

// A loops writes a Go program: every line is a loop over the entries of one tensor.
type loops struct {
	*program
	lines []string
	memo  map[*symbolic.Expr]string // values with a name
	index []string
}

// writeGo is the program, and the function that it is checked against in main.
func writeGo(outputs []Output, opt Options) (string, error) {
	parts := []string{}
	text, err := goFunctionText(expressions(outputs), opt)
	if err != nil {
		return "", err
	}
	parts = append(parts, text)
	body := "func main() {}\n"
	if len(outputs) == 1 && outputs[0].Of != nil {
		of := checkedName(outputs[0].Of, "go", opt)
		if c := newCheck(outputs[0], "go", opt.Name, of); c != nil {
			f, err := goFunctionText([]*symbolic.Expr{outputs[0].Of}, Options{Name: of})
			if err == nil {
				parts, body = append(parts, f), goCheck(c, outputs[0])
			}
		}
	}
	parts = append(parts, body, goType)
	text = strings.Join(parts, "\n") + goSupport(parts)
	text = goImports(text) + text
	src, err := format.Source([]byte(text))
	if err != nil {
		return "", fmt.Errorf("the Go program is not right: %v", err)
	}
	return string(src), nil
}

const goType = `// A tensor has its entries in row-major order.
type tensor struct {
	shape []int
	data  []float64
}
`

// goSupport is the text of the functions that a program calls.
func goSupport(parts []string) string {
	called := map[string]bool{}
	var visit func(text string)
	visit = func(text string) {
		for _, m := range goCall.FindAllStringSubmatch(text, -1) {
			if f, ok := goTexts[m[1]]; ok && !called[m[1]] {
				called[m[1]] = true
				visit(f)
			}
		}
	}
	visit(strings.Join(parts, "\n"))
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(called)) {
		b.WriteString("\n" + goTexts[name])
	}
	return b.String()
}

var goCall = regexp.MustCompile(`\b([a-zA-Z]+)\(`)

// goImports is the head of a program.
func goImports(text string) string {
	var imports []string
	for _, p := range [][2]string{{"fmt.", "fmt"}, {"math.", "math"}, {"rand.", "math/rand/v2"}, {"mathext.", "gonum.org/v1/gonum/mathext"}} {
		if regexp.MustCompile(`\b` + regexp.QuoteMeta(p[0])).MatchString(text) {
			imports = append(imports, fmt.Sprintf("%q", p[1]))
		}
	}
	head := "package main\n\n"
	if len(imports) > 0 {
		head += "import (\n" + strings.Join(imports, "\n") + "\n)\n\n"
	}
	return head
}

// goFunctionText is one function.
func goFunctionText(outputs []*symbolic.Expr, opt Options) (string, error) {
	p, err := newProgram(outputs, "go", append(slices.Collect(maps.Keys(goTexts)), opt.Name, "sum"))
	if err != nil {
		return "", err
	}
	w := &loops{program: p, memo: map[*symbolic.Expr]string{}}
	for _, l := range []string{"i", "j", "k", "l", "m", "n", "p", "q", "r"} {
		if !p.taken[l] {
			w.index = append(w.index, p.unique(l))
		}
	}
	results := w.write()
	var b strings.Builder
	for i, l := range w.docLines(opt) {
		if i == 0 {
			l = opt.Name + " is " + l
		}
		b.WriteString("// " + strings.ReplaceAll(l, "\n", " ") + "\n")
	}
	fmt.Fprintf(&b, "func %s(%s) %s {\n", opt.Name, w.goParameters(), goResults(p.outputs))
	for _, l := range w.sizeLines("%s := %s.shape[%d]", 0) {
		b.WriteString(strings.Replace(l, " = ", " := ", 1) + "\n")
	}
	for _, v := range w.vars {
		if v.Rank() > 0 {
			fmt.Fprintf(&b, "if got, want := fmt.Sprint(%[1]s.shape), fmt.Sprint([]int{%[2]s}); got != want {\npanic(\"%[1]s is \" + got + \", not \" + want)\n}\n",
				w.names[v], strings.Join(w.dimsOf(v.Shape), ", "))
		}
	}
	for _, l := range w.lines {
		b.WriteString(l + "\n")
	}
	fmt.Fprintf(&b, "return %s\n}\n", strings.Join(results, ", "))
	return b.String(), nil
}

func goResults(outputs []*symbolic.Expr) string {
	out := make([]string, len(outputs))
	for i, e := range outputs {
		out[i] = goTypeOf(e.Shape)
	}
	if len(out) == 1 {
		return out[0]
	}
	return "(" + strings.Join(out, ", ") + ")"
}

func goTypeOf(s shape.Shape) string {
	if len(s) == 0 {
		return "float64"
	}
	return "tensor"
}

// goParameters are the arguments with their types.
func (p *program) goParameters() string {
	var out []string
	for _, v := range p.vars {
		out = append(out, p.names[v]+" "+goTypeOf(v.Shape))
	}
	for _, f := range p.fns {
		out = append(out, f.name+" "+f.goType())
	}
	for _, d := range p.sizes {
		out = append(out, p.dims[d]+" int")
	}
	return strings.Join(out, ", ")
}

func (f function) goType() string {
	args := make([]string, len(f.fn.Abstract.Args))
	for i, s := range f.fn.Abstract.Args {
		args[i] = goTypeOf(s)
	}
	return "func(" + strings.Join(args, ", ") + ") " + goTypeOf(f.shape())
}

// shape is the shape of one application.
func (f function) shape() shape.Shape {
	s := slices.Clone(f.fn.Abstract.Result)
	for _, k := range f.by {
		s = append(s, f.fn.Abstract.Args[k]...)
	}
	return s
}

// write emits the lines of the named nodes and returns the code of each output.
func (w *loops) write() []string {
	seen := map[*symbolic.Expr]bool{}
	out := make([]string, len(w.outputs))
	for i, e := range w.outputs {
		symbolic.Walk(e, func(n *symbolic.Expr) {
			if n == e && w.uses[n] < 2 {
				return
			}
			if n.Op == symbolic.Let && w.names[n] != "" {
				w.materialize(n, w.names[n])
			} else if w.shared(n) {
				w.materialize(n, "")
			}
		}, seen)
		if e.Rank() == 0 {
			out[i] = w.entry(e, nil)
			if _, known := e.Body().AsConst(); known || e.Op == symbolic.Dim {
				out[i] = "float64(" + out[i] + ")"
			}
		} else {
			out[i] = w.named(e)
		}
	}
	return out
}

// named is the name of the value of a node.
func (w *loops) named(n *symbolic.Expr) string {
	if n.Op == symbolic.Var {
		return w.names[n]
	}
	if w.memo[n] == "" {
		w.materialize(n, "")
	}
	return w.memo[n]
}

// tensorOf is a value as a tensor, also where it is a number.
func (w *loops) tensorOf(n *symbolic.Expr) string {
	if n.Rank() == 0 {
		return "scalar(" + w.entry(n, nil) + ")"
	}
	return w.named(n)
}

// at is the place of an entry in data.
func (w *loops) at(index []string, s shape.Shape) string {
	text := ""
	for i, x := range index {
		switch {
		case i == 0:
			text = x
		case i == 1:
			text = fmt.Sprintf("%s*%s+%s", paren(text), w.dim(s[i]), x)
		default:
			text = fmt.Sprintf("(%s)*%s+%s", text, w.dim(s[i]), x)
		}
	}
	return text
}

func paren(s string) string {
	if isName.MatchString(s) {
		return s
	}
	return "(" + s + ")"
}

// entry is the code of one entry. What it needs in memory is written before.
func (w *loops) entry(n *symbolic.Expr, index []string) string {
	name, known := w.memo[n]
	if n.Op == symbolic.Var {
		name, known = w.names[n], true
	}
	if known {
		if n.Rank() == 0 {
			return name
		}
		return fmt.Sprintf("%s.data[%s]", name, w.at(index, n.Shape))
	}
	switch n.Op {
	case symbolic.Let:
		return w.entry(n.Args[0], index)
	case symbolic.Const:
		return goNumber(n.Val)
	case symbolic.Dim:
		return "float64(" + w.dim(n.Size) + ")"
	case symbolic.Ones:
		return "1.0"
	case symbolic.Delta:
		return fmt.Sprintf("delta(%s, %s)", index[0], index[1])
	case symbolic.Sum:
		return w.sumEntry(n, index)
	case symbolic.Einsum:
		if !sums(n) {
			return w.productEntry(n, index)
		}
	case symbolic.Call:
		if n.Fn.Elementwise() {
			return w.callEntry(n, index)
		}
	}
	w.materialize(n, "")
	return w.entry(n, index)
}

// sums says that a product has a letter that the result lacks.
func sums(n *symbolic.Expr) bool {
	for _, in := range n.In {
		if without(in, n.Out) != "" {
			return true
		}
	}
	return false
}

func goNumber(r *big.Rat) string {
	f, _ := r.Float64()
	text := fmt.Sprint(f)
	if !strings.ContainsAny(text, ".e") {
		text += ".0"
	}
	if f < 0 {
		text = "(" + text + ")"
	}
	return text
}

func (w *loops) sumEntry(n *symbolic.Expr, index []string) string {
	if len(n.Args) == 0 {
		return "0.0"
	}
	parts := make([]string, len(n.Args))
	for i, a := range n.Args {
		parts[i] = w.entry(a, index)
		if n.Coef[i].Cmp(big.NewRat(1, 1)) != 0 {
			parts[i] = goNumber(n.Coef[i]) + " * " + parts[i]
		}
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return "(" + strings.Join(parts, " + ") + ")"
}

// productEntry is an entry of a product without a sum. A factor that takes work and has fewer axes is computed before.
func (w *loops) productEntry(n *symbolic.Expr, index []string) string {
	parts := make([]string, len(n.Args))
	for k, a := range n.Args {
		if len(n.In[k]) < len(n.Out) && !w.cheap(a) {
			w.named(a)
		}
		parts[k] = w.entry(a, picked(index, n.In[k], n.Out))
	}
	if len(parts) == 0 {
		return "1.0"
	}
	return strings.Join(parts, " * ")
}

// picked are the indices of labels, out of those of out.
func picked(index []string, labels, out string) []string {
	part := make([]string, len(labels))
	for i := range len(labels) {
		part[i] = index[strings.IndexByte(out, labels[i])]
	}
	return part
}

// cheap says that reading an entry of n takes no work.
func (w *loops) cheap(n *symbolic.Expr) bool {
	if w.memo[n] != "" {
		return true
	}
	switch n.Op {
	case symbolic.Var, symbolic.Const, symbolic.Dim, symbolic.Delta, symbolic.Ones:
		return true
	case symbolic.Let:
		return w.cheap(n.Args[0])
	}
	return false
}

func (w *loops) callEntry(n *symbolic.Expr, index []string) string {
	args := make([]string, len(n.Args))
	template := n.Fn.Export["go"]
	for i, a := range n.Args {
		if strings.Count(template, fmt.Sprint("#", i+1)) > 1 && !w.cheap(a) {
			w.named(a)
		}
		args[i] = w.entry(a, index)
		if !enclosed(args[i]) {
			args[i] = "(" + args[i] + ")"
		}
	}
	if n.Fn.Abstract != nil {
		return fmt.Sprintf("%s(%s)", w.function(n), strings.Join(args, ", "))
	}
	for i := range args { // a template may divide: its numbers are no integers
		args[i] = strings.TrimSpace(args[i])
	}
	text := symbolic.Expand(template, n, args, w.dim)
	if !enclosed(text) {
		text = "(" + text + ")"
	}
	return text
}

// materialize computes a node into a variable of that name, or a new one.
func (w *loops) materialize(n *symbolic.Expr, name string) {
	body := n
	for body.Op == symbolic.Let && w.memo[body] == "" {
		body = body.Args[0]
	}
	pick := func() string {
		if name == "" {
			name = w.temp()
		}
		return name
	}
	switch {
	case body.Op == symbolic.Einsum && w.memo[body] == "" && sums(body):
		w.contract(body, pick)
	case body.Op == symbolic.Call && w.memo[body] == "" && !body.Fn.Elementwise():
		w.call(body, pick)
	case n.Rank() == 0:
		value := w.entry(body, nil)
		w.line("%s := float64(%s)", pick(), value)
	default:
		index := w.indices(n.Rank())
		value := w.entry(body, index)
		w.line("%s := newTensor(%s) // %s", pick(), strings.Join(w.dimsOf(n.Shape), ", "), n.Shape)
		w.loop(index, n.Shape, fmt.Sprintf("%s.data[%s] = %s", name, w.at(index, n.Shape), value))
	}
	w.memo[n], w.memo[body] = name, name
}

func (w *loops) line(format string, args ...any) {
	w.lines = append(w.lines, fmt.Sprintf(format, args...))
}

// indices are names of n indices.
func (w *loops) indices(n int) []string {
	for len(w.index) < n {
		w.index = append(w.index, w.unique(fmt.Sprintf("i%d", len(w.index)+1)))
	}
	return w.index[:n]
}

// loop runs a line over all indices.
func (w *loops) loop(index []string, s shape.Shape, body ...string) {
	for i, x := range index {
		w.line("for %s := range %s {", x, w.dim(s[i]))
	}
	w.lines = append(w.lines, body...)
	w.line("%s", strings.Repeat("}\n", len(index)))
}

// A term is a factor of a sum of products.
type term struct {
	labels string
	shape  shape.Shape
	entry  func(index []string) string
}

// contract computes a product with sums: pair by pair, the last pair into the result.
func (w *loops) contract(n *symbolic.Expr, name func() string) {
	in, out := letters(n)
	size := map[byte]shape.Dim{}
	var scalars []string
	var ops []operand
	terms := map[string]term{}
	for k, a := range n.Args {
		if in[k] == "" {
			if !w.cheap(a) {
				w.named(a)
			}
			scalars = append(scalars, w.entry(a, nil))
			continue
		}
		if !w.cheap(a) {
			w.named(a)
		}
		for i := range len(in[k]) {
			size[in[k][i]] = a.Shape[i]
		}
		key := fmt.Sprint("#", k)
		terms[key] = term{in[k], a.Shape, func(index []string) string { return w.entry(a, index) }}
		ops = append(ops, operand{labels: in[k], code: code{text: key}})
	}
	for i := range len(out) {
		if _, ok := size[out[i]]; !ok {
			size[out[i]] = n.Shape[i]
		}
	}
	for len(ops) > 2 {
		i, j := cheapest(ops, out)
		labels := kept(ops, i, j, out)
		temp := w.temp()
		w.contractPair(temp, labels, []term{terms[ops[i].code.text], terms[ops[j].code.text]}, nil, size)
		s := sizesFor(labels, size)
		entry := func(index []string) string { return fmt.Sprintf("%s.data[%s]", temp, w.at(index, s)) }
		if labels == "" {
			entry = func([]string) string { return temp }
		}
		terms[temp] = term{labels, s, entry}
		ops = append(slices.Delete(slices.Delete(ops, j, j+1), i, i+1), operand{labels: labels, code: code{text: temp}})
	}
	var last []term
	for _, o := range ops {
		last = append(last, terms[o.code.text])
	}
	w.contractPair(name(), out, last, scalars, size)
}

func sizesFor(labels string, size map[byte]shape.Dim) shape.Shape {
	s := make(shape.Shape, len(labels))
	for i := range len(labels) {
		s[i] = size[labels[i]]
	}
	return s
}

// contractPair sums the product of terms over the labels that out lacks.
func (w *loops) contractPair(name, out string, ts []term, scalars []string, size map[byte]shape.Dim) {
	all := out
	for _, t := range ts {
		all = union(all, t.labels)
	}
	index := slices.Clone(w.indices(len(all)))
	factors := slices.Clone(scalars)
	for _, t := range ts {
		factors = append(factors, t.entry(picked(index, t.labels, all)))
	}
	s := sizesFor(all, size)
	inner := all[len(out):]
	var body []string
	add := fmt.Sprintf("sum += %s", strings.Join(factors, " * "))
	for i := range len(inner) {
		body = append(body, fmt.Sprintf("for %s := range %s {", index[len(out)+i], w.dim(s[len(out)+i])))
	}
	body = append(body, add, strings.Repeat("}\n", len(inner)))
	if out == "" {
		w.line("%s := 0.0", name)
		for i := range body {
			body[i] = strings.Replace(body[i], "sum += ", name+" += ", 1)
		}
		w.lines = append(w.lines, body...)
		return
	}
	w.line("%s := newTensor(%s)", name, strings.Join(w.dimsOf(s[:len(out)]), ", "))
	body = append([]string{"sum := 0.0"}, body...)
	body = append(body, fmt.Sprintf("%s.data[%s] = sum", name, w.at(index[:len(out)], s[:len(out)])))
	w.loop(index[:len(out)], s[:len(out)], body...)
}

// call computes a function of tensors.
func (w *loops) call(n *symbolic.Expr, name func() string) {
	switch {
	case n.Fn.Abstract != nil:
		w.abstract(n, name)
	case n.IsCall("gather"), n.IsCall("scatter"):
		w.places(n, name)
	case n.IsCall("reshape"):
		x := w.tensorOf(n.Args[0])
		w.result(n, name, fmt.Sprintf("tensor{[]int{%s}, %s.data}", strings.Join(w.dimsOf(n.Shape), ", "), x))
	case n.Rank() == 0 && len(n.Args) == 0:
		w.line("%s := %s", name(), n.Fn.Export["go"])
	default:
		args := make([]string, len(n.Args))
		for i, a := range n.Args {
			args[i] = w.tensorOf(a)
		}
		w.result(n, name, symbolic.Expand(goCalls[n.Fn.Name], n, args, w.dim))
	}
}

func (w *loops) result(n *symbolic.Expr, name func() string, value string) {
	if n.Rank() == 0 {
		value += ".data[0]"
	}
	w.line("%s := %s", name(), value)
}

// abstract applies an argument that is a function to every entry of the leading axes.
func (w *loops) abstract(n *symbolic.Expr, name func() string) {
	batch := n.BatchRank()
	args := make([]string, len(n.Args))
	i := w.indices(1)[0]
	for k, a := range n.Args {
		scalar := a.Rank() == batch
		switch {
		case batch == 0 && scalar:
			args[k] = w.entry(a, nil)
		case batch == 0:
			args[k] = w.named(a)
		case scalar:
			args[k] = fmt.Sprintf("%s.data[%s]", w.named(a), i)
		default:
			args[k] = fmt.Sprintf("item(%s, %d, %s)", w.named(a), batch, i)
		}
	}
	call := fmt.Sprintf("%s(%s)", w.function(n), strings.Join(args, ", "))
	if batch == 0 {
		w.line("%s := %s", name(), call)
		return
	}
	w.line("%s := newTensor(%s)", name(), strings.Join(w.dimsOf(n.Shape), ", "))
	body := fmt.Sprintf("%s.data[%s] = %s", name(), i, call)
	if n.Rank() > batch {
		body = fmt.Sprintf("copy(item(%s, %d, %s).data, %s.data)", name(), batch, i, call)
	}
	w.loop([]string{i}, shape.Shape{n.Shape[:batch].Count()}, body)
}

// places is a gather or a scatter as a loop over the gathered entries.
func (w *loops) places(n *symbolic.Expr, name func() string) {
	x, lead := n.Args[0], n.BatchRank()
	source, gathered, scattered := w.tensorOf(x), n.Shape, x.Shape
	if n.IsCall("scatter") {
		gathered, scattered = x.Shape, n.Shape
	}
	index := slices.Clone(w.indices(len(gathered)))
	places := slices.Clone(index[:lead])
	for a := range n.Par.Dims {
		places = append(places, "("+w.place(*n.Par, a, index[lead:])+")")
	}
	to := func(index []string, s shape.Shape) string {
		if len(index) == 0 {
			return "0"
		}
		return w.at(index, s)
	}
	g, s := to(index, gathered), to(places, scattered)
	if n.Rank() == 0 {
		w.line("%s := %s.data[%s]", name(), source, s)
		return
	}
	w.line("%s := newTensor(%s)", name(), strings.Join(w.dimsOf(n.Shape), ", "))
	if n.IsCall("gather") {
		w.loop(index, gathered, fmt.Sprintf("%s.data[%s] = %s.data[%s]", name(), g, source, s))
	} else {
		w.loop(index, gathered, fmt.Sprintf("%s.data[%s] += %s.data[%s]", name(), s, source, g))
	}
}

// place is the position along axis a of a gather or scatter.
func (p *program) place(par symbolic.Params, a int, index []string) string {
	return place(&arrays{program: p}, par, a, 0, index)
}

// goCheck is a main that compares with finite differences.
func goCheck(c *check, out Output) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("func main() { // compares with finite differences at a random point")
	line("rng := rand.New(rand.NewPCG(1, 2))")
	if s := c.sizeLine(); s != "" {
		line("%s", strings.Replace(s, " = ", " := ", 1))
	}
	for _, v := range c.vars {
		name := c.names[v]
		a := c.stated[v]
		switch {
		case v.Rank() == 0 && a != nil:
			line("%s := float64(%s)", name, digits(a.Data)[0])
			continue
		case v.Rank() == 0:
			line("%s := 0.2 + 0.7*rng.Float64()", name)
			continue
		}
		line("%s := newTensor(%s)", name, strings.Join(c.dimsOf(v.Shape), ", "))
		if a != nil {
			line("copy(%s.data, []float64{%s})", name, strings.Join(digits(a.Data), ", "))
			continue
		}
		line("for k := range %[1]s.data {\n%[1]s.data[k] = 0.2 + 0.7*rng.Float64()\n}", name)
		square, symmetric := c.square(v)
		n := c.dim(v.Shape[len(v.Shape)-1])
		if symmetric {
			line("for k := range %[2]s {\nfor m := range k {\n%[1]s.data[k*%[2]s+m] = %[1]s.data[m*%[2]s+k]\n}\n}", name, n)
		}
		if square {
			line("for k := range %[2]s {\n%[1]s.data[k*%[2]s+k] += 2\n}", name, n)
		}
	}
	for _, f := range c.fns {
		line("%s := %s", f.name, goFunctionValue(c, f))
	}
	c.goDifferences(line, out)
	line("}")
	return b.String()
}

// goDifferences compares every entry.
func (c *check) goDifferences(line func(string, ...any), out Output) {
	line("got := %s(%s)", c.derivative, strings.Join(c.derivativeArgs, ", "))
	value := fmt.Sprintf("%s(%s)", c.function, strings.Join(c.functionArgs, ", "))
	list := func(e *symbolic.Expr, code string) string {
		if e.Rank() == 0 {
			return "[]float64{" + code + "}"
		}
		return code + ".data"
	}
	place, n := c.by, "1"
	if out.By.Rank() > 0 {
		place, n = c.by+".data[k]", "len("+c.by+".data)"
	}
	line("all := %s", list(out.Expr, "got"))
	line("columns, largest := %s, 0.0", n)
	line("for k := range columns {")
	line("old := %s", place)
	line("%s = old + 1e-5", place)
	line("up := %s", list(out.Of, value))
	line("%s = old - 1e-5", place)
	line("down := %s", list(out.Of, value))
	line("%s = old", place)
	line("for r := range up {\nwant := (up[r] - down[r]) / 2e-5\nlargest = math.Max(largest, math.Abs(all[r*columns+k]-want)/(1+math.Abs(want)))\n}")
	line("}")
	line("fmt.Printf(\"%s: differs from finite differences by %%.1e\\n\", largest)", c.derivative)
	line("if !(largest < 1e-5) {\npanic(\"%s is not the derivative\")\n}", c.derivative)
}

// goFunctionValue is sin(Σ w·a), or its derivative.
func goFunctionValue(c *check, f function) string {
	var params []string
	var b strings.Builder
	b.WriteString("s := 0.0\n")
	for i, s := range f.fn.Abstract.Args {
		params = append(params, fmt.Sprintf("a%d %s", i+1, goTypeOf(s)))
		switch {
		case f.fn.Abstract.Elementwise():
			fmt.Fprintf(&b, "s += %d * a%d\n", i+1, i+1)
		case len(s) == 0:
			fmt.Fprintf(&b, "s += 2 * a%d / %d\n", i+1, i+2)
		default:
			fmt.Fprintf(&b, "for k, v := range a%d.data {\ns += float64(1+k) / float64(%d+len(a%d.data)) * v\n}\n", i+1, i+1, i+1)
		}
	}
	value := fmt.Sprintf(wave(len(f.by), "math.Sin", "math.Cos"), "s")
	weights, result := goWeights(f), f.shape()
	if len(result) == 0 {
		for _, k := range f.by {
			if f.fn.Abstract.Elementwise() {
				value = fmt.Sprintf("%d * %s", k+1, value)
			} else {
				value = fmt.Sprintf("2.0 / %d * %s", k+2, value)
			}
		}
		fmt.Fprintf(&b, "return %s", value)
	} else {
		fmt.Fprintf(&b, "y := newTensor(%s)\nfor i := range y.data {\nk := i\ny.data[i] = %s\n%s}\nreturn y", strings.Join(c.dimsOf(result), ", "), value, weights)
	}
	return fmt.Sprintf("func(%s) %s {\n%s\n}", strings.Join(params, ", "), goTypeOf(result), b.String())
}

// goWeights multiplies an entry by the weight of each argument differentiated by, the last running fastest.
func goWeights(f function) string {
	var b strings.Builder
	for i := len(f.by) - 1; i >= 0; i-- {
		k := f.by[i]
		if len(f.fn.Abstract.Args[k]) == 0 {
			fmt.Fprintf(&b, "y.data[i] *= 2.0 / %d\n", k+2)
			continue
		}
		fmt.Fprintf(&b, "y.data[i] *= float64(1+k%%len(a%[1]d.data)) / float64(%[2]d+len(a%[1]d.data))\nk /= len(a%[1]d.data)\n", k+1, k+1)
	}
	return b.String() + "_ = k\n"
}
