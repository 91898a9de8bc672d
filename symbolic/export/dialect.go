package export

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"nabla/symbolic"
	"nabla/symbolic/shape"
)

// A dialect is how a target with arrays writes what every one of them has.
type dialect struct {
	target              string
	comment             string // before a remark
	matmul, times, over string // of tensors
	plus, minus         string
	eye, ones, zeros    string // of a size; of a shape
	number              string // a plain number as an array; empty where functions take numbers
	apply               string // an abstract function of numbers applied to a tensor
	implicit            bool   // a sum broadcasts by itself
	tuple               func(dims []string) string
	dot, outer          func(a, b code) code
	permute             func(x code, perm []int) code
	sum                 func(x code, axes []int, rank int) code
	einsum              func(w *arrays, ops []operand, out string) code
	insert              func(w *arrays, x code, missing []bool) code
	broadcast           func(w *arrays, x code, s shape.Shape) code
	gather, scatter     func(w *arrays, n *symbolic.Expr) code
	mapped              func(w *arrays, f string, args []string, batch int, n *symbolic.Expr) code
	program             func(w *arrays, opt Options, results []code) string
	check               func(c *check) string
	head                string
}

var dialects = map[string]*dialect{
	"numpy":   pythonDialect("numpy", "np"),
	"jax":     pythonDialect("jax", "jnp"),
	"pytorch": pythonDialect("pytorch", "torch"),
	"julia":   juliaDialect(),
}

// pythonDialect is NumPy, or a library with its names; module is what the library is imported as.
func pythonDialect(target, module string) *dialect {
	d := &dialect{
		target: target, comment: "#", matmul: " @ ", times: " * ", over: " / ", plus: " + ", minus: " - ",
		eye: module + ".eye(%s)", ones: module + ".ones(%s)", zeros: module + ".zeros(%s)", apply: "%s(%s)",
		number: "float(%s)", implicit: true, tuple: pythonTuple,
		dot: func(a, b code) code {
			return code{text: a.in(multiplicative) + " @ " + b.in(atomic), prec: multiplicative}
		},
		outer: func(a, b code) code { return atom("%s.outer(%s, %s)", module, a.text, b.text) },
		permute: func(x code, perm []int) code {
			if len(perm) == 2 {
				return atom("%s.T", x.in(atomic))
			}
			if target == "pytorch" {
				return atom("%s.permute(%s)", x.in(atomic), numbers(perm))
			}
			return atom("%s.transpose(%s, (%s))", module, x.text, numbers(perm))
		},
		sum: func(x code, axes []int, rank int) code {
			switch {
			case len(axes) == rank:
				return atom("%s.sum()", x.in(atomic))
			case len(axes) == 1:
				return atom("%s.sum(%d)", x.in(atomic), axes[0])
			}
			return atom("%s.sum((%s))", x.in(atomic), numbers(axes))
		},
		einsum: func(w *arrays, ops []operand, out string) code {
			var in, args []string
			for _, o := range ops {
				in, args = append(in, o.labels), append(args, o.code.text)
			}
			return atom("%s.einsum(%q, %s)", module, strings.Join(in, ",")+"->"+out, strings.Join(args, ", "))
		},
		insert: func(_ *arrays, x code, missing []bool) code {
			first := slices.Index(missing, false)
			if first < 0 || !slices.Contains(missing[first:], true) {
				return x // axes in front are added by broadcasting, all of them for a number
			}
			parts := make([]string, 0, len(missing))
			for _, m := range missing[first:] {
				parts = append(parts, map[bool]string{true: "None", false: ":"}[m])
			}
			return atom("%s[%s]", x.in(atomic), strings.Join(parts, ", "))
		},
		broadcast: func(w *arrays, x code, s shape.Shape) code {
			if x.num && target == "pytorch" {
				return code{text: x.in(multiplicative) + " * " + fmt.Sprintf(w.d.ones, w.shape(s)), prec: multiplicative}
			}
			return atom("%s.broadcast_to(%s, %s)", module, x.text, w.shape(s))
		},
		gather: func(w *arrays, n *symbolic.Expr) code {
			lead := n.BatchRank()
			places := pythonPlaces(w, module, *n.Par, n.Shape[lead:])
			return atom("%s[%s]", w.expr(n.Args[0]).in(atomic), strings.Join(append([]string{"..."}, places...), ", "))
		},
		scatter: func(w *arrays, n *symbolic.Expr) code { return pythonScatter(w, module, n) },
		mapped: func(w *arrays, f string, args []string, batch int, n *symbolic.Expr) code {
			return pythonMapped(module, f, args, batch)
		},
		program: pythonProgram,
		check:   pythonCheck,
	}
	switch target {
	case "numpy":
		d.head = "import numpy as np\n"
	case "jax":
		d.head = "import jax\nimport jax.numpy as jnp\n\njax.config.update(\"jax_enable_x64\", True)\n"
	case "pytorch":
		d.head = "import torch\n\ntorch.set_default_dtype(torch.float64)\n"
		d.number = "torch.tensor(float(%s))"
	}
	return d
}

func pythonTuple(dims []string) string {
	if len(dims) == 1 {
		return "(" + dims[0] + ",)"
	}
	return "(" + strings.Join(dims, ", ") + ")"
}

func numbers(ns []int) string {
	out := make([]string, len(ns))
	for i, n := range ns {
		out[i] = strconv.Itoa(n)
	}
	return strings.Join(out, ", ")
}

// place is the position along axis a of a gather or scatter, for the indices named; from is the first position.
func place(w *arrays, p symbolic.Params, a int, from int, index []string) string {
	var parts []string
	labels := p.Ints[0]
	for l, k := range p.Ints[1+a*labels : 1+(a+1)*labels] {
		switch k {
		case 0:
		case 1:
			parts = append(parts, index[l])
		default:
			parts = append(parts, fmt.Sprintf("%d * %s", k, index[l]))
		}
	}
	if start := w.dim(p.Dims[a].Add(shape.Const(int64(from)))); start != "0" || len(parts) == 0 {
		parts = append(parts, start)
	}
	return strings.Join(parts, " + ")
}

// pythonPlaces is the index arrays of a gather or scatter, over labels of the sizes s.
func pythonPlaces(w *arrays, module string, p symbolic.Params, s shape.Shape) []string {
	index := pythonGrid(w, module, s)
	out := make([]string, len(p.Dims))
	for a := range out {
		out[a] = place(w, p, a, 0, index)
	}
	return out
}

// pythonGrid is a line that makes one index array per axis.
func pythonGrid(w *arrays, module string, s shape.Shape) []string {
	if len(s) == 0 {
		return nil
	}
	index, ranges := make([]string, len(s)), make([]string, len(s))
	for i, d := range s {
		index[i] = w.unique(fmt.Sprintf("i%d", i+1))
		ranges[i] = fmt.Sprintf("%s.arange(%s)", module, w.dim(d))
	}
	w.lines = append(w.lines, fmt.Sprintf("%s, = %s.meshgrid(%s, indexing=\"ij\")", strings.Join(index, ", "), module, strings.Join(ranges, ", ")))
	return index
}

func pythonScatter(w *arrays, module string, n *symbolic.Expr) code {
	x, lead := n.Args[0], n.BatchRank()
	value := w.expr(x)
	if module == "torch" { // index_put_ has no Ellipsis: every axis gets its index
		index := pythonGrid(w, module, x.Shape)
		places := slices.Clone(index[:lead])
		for a := range n.Par.Dims {
			places = append(places, place(w, *n.Par, a, 0, index[lead:]))
		}
		for i, p := range places {
			if !strings.Contains(p, "i") || len(index) > 0 && !slices.ContainsFunc(index, func(v string) bool { return strings.Contains(p, v) }) {
				places[i] = fmt.Sprintf("torch.full_like(%s, %s)", index[0], p)
			}
		}
		return atom("torch.zeros(%s).index_put((%s,), %s, accumulate=True)", w.shape(n.Shape), strings.Join(places, ", "), value.text)
	}
	places := strings.Join(append([]string{"..."}, pythonPlaces(w, module, *n.Par, x.Shape[lead:])...), ", ")
	if module == "jnp" {
		return atom("jnp.zeros(%s).at[%s].add(%s)", w.shape(n.Shape), places, value.text)
	}
	name := w.assign(w.temp(), atom("np.zeros(%s)", w.shape(n.Shape)), n)
	w.lines = append(w.lines, fmt.Sprintf("np.add.at(%s, (%s), %s)", name.text, places, value.text))
	return name
}

// pythonMapped applies f to every entry of the leading axes.
func pythonMapped(module, f string, args []string, batch int) code {
	stack := module + ".stack"
	inner := make([]string, len(args))
	for i := range args {
		inner[i] = fmt.Sprintf("a%d", i+1)
	}
	body := fmt.Sprintf("%s(%s)", f, strings.Join(inner, ", "))
	for k := range batch {
		from := inner
		if k == batch-1 {
			from = args
		}
		body = fmt.Sprintf("%s([%s for %s in zip(%s)])", stack, body, strings.Join(inner, ", ")+comma(len(inner)), strings.Join(from, ", "))
	}
	return atom("%s", body)
}

func comma(n int) string {
	if n == 1 {
		return ","
	}
	return ""
}

// pythonProgram is the function with its arguments checked.
func pythonProgram(w *arrays, opt Options, results []code) string {
	var b strings.Builder
	fmt.Fprintf(&b, "def %s(%s):\n", opt.Name, strings.Join(w.parameters(), ", "))
	fmt.Fprintf(&b, "    \"\"\"%s\"\"\"\n", strings.Join(w.docLines(opt), "\n    "))
	for _, v := range w.vars {
		name := w.names[v]
		switch w.target {
		case "pytorch":
			fmt.Fprintf(&b, "    %[1]s = torch.as_tensor(%[1]s, dtype=torch.float64)\n", name)
		case "jax":
			fmt.Fprintf(&b, "    %[1]s = jnp.asarray(%[1]s, dtype=float)\n", name)
		default:
			fmt.Fprintf(&b, "    %[1]s = np.asarray(%[1]s, dtype=float)\n", name)
		}
	}
	for _, l := range w.sizeLines("%s = %s.shape[%d]", 0) {
		b.WriteString("    " + l + "\n")
	}
	for _, v := range w.vars {
		fmt.Fprintf(&b, "    assert %s.shape == %s, f\"%s is {tuple(%s.shape)}, not %s\"\n", w.names[v], w.shape(v.Shape), w.names[v], w.names[v], v.Shape)
	}
	for _, l := range w.lines {
		b.WriteString("    " + l + "\n")
	}
	b.WriteString("    return " + resultText(results) + "\n")
	return b.String()
}

func resultText(results []code) string {
	out := make([]string, len(results))
	for i, r := range results {
		out[i] = r.text
	}
	return strings.Join(out, ", ")
}

// docLines says what the function computes and what its arguments are.
func (p *program) docLines(opt Options) []string {
	lines := slices.Clone(opt.Comment)
	for _, f := range p.fns {
		lines = append(lines, f.name+" is "+f.doc()+applies(f))
	}
	if len(lines) == 0 {
		lines = []string{opt.Name}
	}
	for i, l := range lines {
		lines[i] = strings.ReplaceAll(strings.ReplaceAll(l, `\`, `\\`), `"""`, `'''`)
	}
	return lines
}

func applies(f function) string {
	if f.fn.Abstract.Elementwise() {
		return ", applied entry by entry"
	}
	args := make([]string, len(f.fn.Abstract.Args))
	for i, s := range f.fn.Abstract.Args {
		args[i] = s.String()
	}
	s := slices.Clone(f.fn.Abstract.Result)
	for _, k := range f.by {
		s = append(s, f.fn.Abstract.Args[k]...)
	}
	return ": " + strings.Join(args, ", ") + " -> " + s.String()
}

// sizeLines are the lines that read sizes from arguments; first is the number of the first axis.
func (p *program) sizeLines(format string, first int) []string {
	var lines []string
	for _, v := range p.vars {
		for i, d := range v.Shape {
			name, ok := p.g.Dims.Canon(d).AsName()
			if ok && p.bound[name] == (binding{v, i}) {
				lines = append(lines, fmt.Sprintf(format, p.dims[name], p.names[v], i+first))
			}
		}
	}
	for _, name := range p.known {
		n, _ := p.g.Dims.Size(shape.Name(name))
		lines = append(lines, fmt.Sprintf("%s = %d", p.dims[name], n))
	}
	return lines
}
