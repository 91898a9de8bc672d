package export

import (
	"fmt"
	"regexp"
	"strings"

	"nabla/symbolic"
	"nabla/symbolic/shape"
)

// juliaDialect is Julia with its standard library: what is no matrix product is a comprehension.
func juliaDialect() *dialect {
	return &dialect{
		target: "julia", comment: "#", matmul: " * ", times: " .* ", over: " ./ ", plus: " .+ ", minus: " .- ",
		eye: "Matrix{Float64}(I, %[1]s, %[1]s)", ones: "ones(%s)", zeros: "zeros(%s)", apply: "%s.(%s)", implicit: true,
		tuple: pythonTuple,
		dot:   func(a, b code) code { return atom("dot(%s, %s)", a.text, b.text) },
		outer: func(a, b code) code {
			return code{text: a.in(multiplicative) + " * " + b.in(atomic) + "'", prec: multiplicative}
		},
		permute: func(x code, perm []int) code {
			if len(perm) == 2 {
				return atom("%s'", x.in(atomic))
			}
			return atom("permutedims(%s, (%s))", x.text, numbers(shifted(perm)))
		},
		sum: func(x code, axes []int, rank int) code {
			if len(axes) == rank {
				return atom("sum(%s)", x.text)
			}
			dims := "(" + numbers(shifted(axes)) + ",)"
			return atom("dropdims(sum(%s, dims=%s), dims=%s)", x.text, dims, dims)
		},
		einsum: juliaEinsum,
		insert: func(w *arrays, x code, missing []bool) code {
			name := w.hoist(x)
			parts, axis := make([]string, len(missing)), 0
			for i, m := range missing {
				parts[i] = "1"
				if !m {
					axis++
					parts[i] = fmt.Sprintf("size(%s, %d)", name, axis)
				}
			}
			return atom("reshape(%s, %s)", name, strings.Join(parts, ", "))
		},
		broadcast: func(w *arrays, x code, s shape.Shape) code {
			return code{text: fmt.Sprintf(w.d.ones, w.shape(s)) + " .* " + x.in(atomic), prec: multiplicative}
		},
		gather: juliaGather, scatter: juliaScatter,
		mapped: func(w *arrays, f string, args []string, batch int, n *symbolic.Expr) code {
			var index, loops []string
			for k := range batch {
				i := w.unique(fmt.Sprintf("i%d", k+1))
				index, loops = append(index, i), append(loops, fmt.Sprintf("%s in 1:%s", i, w.dim(n.Shape[k])))
			}
			parts := make([]string, len(args))
			for k, a := range args {
				core := strings.Repeat(", :", len(n.Fn.Abstract.Args[k]))
				parts[k] = fmt.Sprintf("%s[%s%s]", a, strings.Join(index, ", "), core)
			}
			rest := n.Rank() - batch
			text := fmt.Sprintf("[%s(%s) for %s]", f, strings.Join(parts, ", "), strings.Join(loops, ", "))
			if rest == 0 {
				return atom("%s", text)
			}
			order := make([]int, 0, n.Rank())
			for k := range batch {
				order = append(order, rest+k+1)
			}
			for k := range rest {
				order = append(order, k+1)
			}
			return atom("permutedims(stack(%s), (%s))", text, numbers(order))
		},
		program: juliaProgram,
		check:   juliaCheck,
	}
}

func shifted(ns []int) []int {
	out := make([]int, len(ns))
	for i, n := range ns {
		out[i] = n + 1
	}
	return out
}

// juliaEinsum is [sum(A[a,b] * B[b,c] for b in axes(A, 2)) for a in axes(A, 1), c in axes(B, 2)].
func juliaEinsum(w *arrays, ops []operand, out string) code {
	size := map[byte]string{}
	var factors []string
	var all string
	for _, o := range ops {
		name := w.hoist(o.code)
		factors = append(factors, fmt.Sprintf("%s[%s]", name, strings.Join(strings.Split(o.labels, ""), ", ")))
		for i := range len(o.labels) {
			if size[o.labels[i]] == "" {
				size[o.labels[i]] = fmt.Sprintf("axes(%s, %d)", name, i+1)
			}
		}
		all = union(all, o.labels)
	}
	text := strings.Join(factors, " * ")
	if summed := without(all, out); summed != "" {
		text = fmt.Sprintf("sum(%s for %s; init=0.0)", text, juliaLoops(summed, size))
	}
	if out != "" {
		text = fmt.Sprintf("[%s for %s]", text, juliaLoops(out, size))
	}
	return atom("%s", text)
}

func juliaLoops(labels string, size map[byte]string) string {
	out := make([]string, len(labels))
	for i := range len(labels) {
		out[i] = fmt.Sprintf("%c in %s", labels[i], size[labels[i]])
	}
	return strings.Join(out, ", ")
}

// juliaPlaces is the indices of the gathered entries, those of the tensor, and the loops over the former.
func juliaPlaces(w *arrays, p symbolic.Params, gathered shape.Shape, lead int) (index, places []string, loops string) {
	var all []string
	for k, d := range gathered {
		i := w.unique(fmt.Sprintf("i%d", k+1))
		index = append(index, i)
		first, last := "1", w.dim(d)
		if k >= lead {
			first, last = "0", w.dim(d.Sub(shape.Const(1)))
		}
		all = append(all, fmt.Sprintf("%s in %s:%s", i, first, last))
	}
	places = append(places, index[:lead]...)
	for a := range p.Dims {
		places = append(places, place(w, p, a, 1, index[lead:]))
	}
	return index, places, strings.Join(all, ", ")
}

func juliaGather(w *arrays, n *symbolic.Expr) code {
	x := w.hoist(w.expr(n.Args[0]))
	_, places, loops := juliaPlaces(w, *n.Par, n.Shape, n.BatchRank())
	if loops == "" {
		return atom("%s[%s]", x, strings.Join(places, ", "))
	}
	return atom("[%s[%s] for %s]", x, strings.Join(places, ", "), loops)
}

func juliaScatter(w *arrays, n *symbolic.Expr) code {
	x, lead := w.hoist(w.expr(n.Args[0])), n.BatchRank()
	index, places, loops := juliaPlaces(w, *n.Par, n.Args[0].Shape, lead)
	for i := lead; i < len(index); i++ {
		index[i] += " + 1"
	}
	name := w.assign(w.temp(), atom("zeros(%s)", w.shape(n.Shape)), n)
	add := fmt.Sprintf("%s[%s] += %s[%s]", name.text, strings.Join(places, ", "), x, strings.Join(index, ", "))
	if loops != "" {
		add = fmt.Sprintf("for %s; %s; end", loops, add)
	}
	w.lines = append(w.lines, add)
	return name
}

func juliaProgram(w *arrays, opt Options, results []code) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\"\"\"\n%s\n\"\"\"\n", strings.ReplaceAll(strings.Join(w.docLines(opt), "\n"), "$", `\$`))
	fmt.Fprintf(&b, "function %s(%s)\n", opt.Name, strings.Join(w.parameters(), ", "))
	for _, l := range w.sizeLines("%s = size(%s, %d)", 1) {
		b.WriteString("    " + l + "\n")
	}
	for _, v := range w.vars {
		fmt.Fprintf(&b, "    size(%s) == %s || throw(DimensionMismatch(\"%s is $(size(%s)), not %s\"))\n", w.names[v], w.shape(v.Shape), w.names[v], w.names[v], v.Shape)
	}
	for _, l := range w.lines {
		b.WriteString("    " + l + "\n")
	}
	fmt.Fprintf(&b, "    return %s\nend\n", resultText(results))
	return b.String()
}

var (
	// juliaLocal is a template that gives something a name: (z = …; …); juliaNames are the names.
	juliaLocal = regexp.MustCompile(`^\([A-Za-z]+ = .*;.*\)$`)
	juliaNames = regexp.MustCompile(`(?:^\(|; )([A-Za-z]+)(?:\([a-z]\))? = `)
)

// juliaTemplate is a template as it stands in a program: its names are none of the program's, it maps over the axes before
// those of the matrices that it is about, and what has no axes is a number rather than an array without axes.
func (w *arrays) juliaTemplate(template string, n *symbolic.Expr) string {
	if juliaLocal.MatchString(template) {
		for _, m := range juliaNames.FindAllStringSubmatch(template, -1) {
			template = regexp.MustCompile(`\b`+m[1]+`\b`).ReplaceAllLiteralString(template, w.unique(m[1]+"_"))
		}
		template = "(let " + template[1:len(template)-1] + " end)"
	}
	if onMatrices[n.Fn.Name] && n.BatchRank() > 0 {
		slice := w.unique("slice")
		template = "mapslices(" + slice + " -> " + strings.ReplaceAll(template, "#1", slice) + ", #1, dims=#dims)"
		if lost := 2 - (n.Rank() - n.BatchRank()); lost > 0 {
			template = fmt.Sprintf("dropdims(%s, dims=%s)", template, juliaLast(n.Args[0].Rank(), lost))
		}
		return template
	}
	if n.Rank() == 0 && strings.Contains(template, "dropdims(") {
		template += "[]"
	}
	return template
}

// onMatrices are the functions of one matrix, which Julia does not map over leading axes.
var onMatrices = map[string]bool{"inv": true, "det": true, "logdet": true, "adj": true, "pinv": true, "cholesky": true, "eigvals": true, "eigvecs": true}

// juliaLast is the last axes of a rank.
func juliaLast(rank, n int) string {
	axes := make([]int, n)
	for i := range axes {
		axes[i] = rank - n + i + 1
	}
	return "(" + numbers(axes) + ",)"
}

// juliaHead imports what a program calls: the special functions are a package of their own.
func juliaHead(text string) string {
	if regexp.MustCompile(`\b(erf|erfc|gamma|loggamma|digamma|polygamma)\.\(`).MatchString(text) {
		return "using LinearAlgebra, Random, SpecialFunctions\n"
	}
	return "using LinearAlgebra, Random\n"
}
