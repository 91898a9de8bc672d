package export

import (
	"fmt"
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
		head:    "using LinearAlgebra, Random\n",
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
	_, places, loops := juliaPlaces(w, n.Par, n.Shape, n.BatchRank())
	if loops == "" {
		return atom("%s[%s]", x, strings.Join(places, ", "))
	}
	return atom("[%s[%s] for %s]", x, strings.Join(places, ", "), loops)
}

func juliaScatter(w *arrays, n *symbolic.Expr) code {
	x, lead := w.hoist(w.expr(n.Args[0])), n.BatchRank()
	index, places, loops := juliaPlaces(w, n.Par, n.Args[0].Shape, lead)
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
