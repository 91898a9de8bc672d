package export

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"nabla/symbolic"
	"nabla/symbolic/fn"
	"nabla/symbolic/shape"
)

// juliaKnown are what the programs use of Julia, its standard library and SpecialFunctions.
var juliaKnown = strings.Fields(`size ndims axes reshape permutedims reverse length dropdims sum prod maximum minimum cumsum cat
	selectdim mapslices stack ntuple zeros ones rand randn Matrix Float64 I Diagonal Symmetric dot det logdet inv pinv cholesky svd
	eigvals eigvecs eachindex argmax getindex allunique CartesianIndices Iterators product vec collect append! println
	abs exp log expm1 log1p log2 log10 sqrt cbrt sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh sign floor ceil round
	max min ifelse float erf erfc gamma loggamma digamma polygamma abspath PROGRAM_FILE MersenneTwister DimensionMismatch throw
	π ℯ true false init dims L U Vt V S end begin in for if else let function return using LinearAlgebra Random SpecialFunctions
	Inf NaN tril triu RoundNearestTiesUp mod trunc`)

var (
	juliaStrings = regexp.MustCompile(`(?s)""".*?"""|"(?:\\.|[^"\\])*"|#.*?(?:\n|$)`)
	juliaToken   = regexp.MustCompile(`[\pL_][\pL\d_′]*!?|\d+(?:\.\d+)?(?:e[-+]?\d+)?|\.?[-+*/^\\]=?|\.?[<>=!]=?|->|[\[\](){},;:?']|\.\.\.|\.|&&|\|\||@`)
	juliaLoop    = regexp.MustCompile(`([\pL_][\pL\d_]*) (?:in|->)|([\pL_][\pL\d_]*)(?:, ([\pL_][\pL\d_]*))? = |([\pL_][\pL\d_]*)\(n\) = `)
)

// juliaFaults lists what a reader of Julia sees at once: brackets and blocks that do not close, names that nothing defines, and
// + and − without a dot beside what may be an array.
func juliaFaults(src string) (out []string) {
	src = juliaStrings.ReplaceAllString(src, "\n")
	defined := map[string]bool{}
	for _, k := range juliaKnown {
		defined[k] = true
	}
	for _, m := range juliaLoop.FindAllStringSubmatch(src, -1) {
		for _, name := range m[1:] {
			defined[name] = true
		}
	}
	for _, m := range regexp.MustCompile(`function ([\pL_][\pL\d_]*)\(([^)]*)\)`).FindAllStringSubmatch(src, -1) {
		defined[m[1]] = true
		for _, p := range strings.Split(m[2], ", ") {
			defined[p] = true
		}
	}
	tokens := juliaToken.FindAllString(src, -1)
	var open []string
	blocks := 0
	for i, t := range tokens {
		switch {
		case strings.Contains("([{", t):
			open = append(open, t)
		case strings.Contains(")]}", t):
			if len(open) == 0 || strings.Index(")]}", t) != strings.Index("([{", open[len(open)-1]) {
				return append(out, "brackets do not match at "+t)
			}
			open = open[:len(open)-1]
		case t == "function" || t == "let" || (t == "for" || t == "if") && len(open) == 0: // a loop or condition in brackets has no end
			blocks++
		case t == "end" && !slices.Contains(open, "["):
			blocks--
		case regexp.MustCompile(`^[\pL_]`).MatchString(t) && !defined[t] && (i == 0 || tokens[i-1] != "." && tokens[i-1] != "@"):
			out = append(out, t+" is not defined")
		case (t == "+" || t == "-") && i > 0 && (arrayLike(tokens[i-1]) || arrayLike(tokens[i+1])) && isOperand(tokens[i-1]):
			out = append(out, fmt.Sprintf("%s %s %s has no dot", tokens[i-1], t, tokens[i+1]))
		}
	}
	if len(open) > 0 || blocks != 0 {
		out = append(out, fmt.Sprintf("%d brackets and %d blocks are left open", len(open), blocks))
	}
	return out
}

func isOperand(t string) bool { return regexp.MustCompile(`^[\pL_\d)\]']`).MatchString(t) }

// arrayLike says that a name may be an array: a temporary, or a variable of the random models. Sizes, indices and numbers
// are others.
func arrayLike(t string) bool { return regexp.MustCompile(`^(t|u|v|y)\d+$`).MatchString(t) || t == "'" }

func TestJuliaProgramsReadWell(t *testing.T) {
	for i, x := range trials(t, "julia", 150) {
		if faults := juliaFaults(x.Program); len(faults) > 0 {
			t.Errorf("program %d: %s\n%s", i, strings.Join(faults, ", "), x.Program)
		}
	}
}

// TestFaultsOfJuliaAreSeen: the check above is not blind.
func TestFaultsOfJuliaAreSeen(t *testing.T) {
	for src, want := range map[string]string{
		"function f(v1)\n    return exp.(v1\nend":             "1 brackets",
		"function f(v1)\n    return exp.(v1)":                 "blocks are left open",
		"function f(v1)\n    return softmax(v1)\nend":         "softmax is not defined",
		"function f(v1)\n    t1 = v1 .+ 1\n    t1 - v1\nend":  "has no dot",
		"function f(v1)\n    return v1 .* w\nend":             "w is not defined",
		"function f(v1)\n    return [v1[i] for i in 1:3\nend": "brackets",
	} {
		if got := strings.Join(juliaFaults(src), ", "); !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", src, got, want)
		}
	}
}

// TestNamesInJuliaDoNotMeet: what a template names is no variable or size of the program, and a number is no array.
func TestNamesInJuliaDoNotMeet(t *testing.T) {
	g := symbolic.NewGraph(fn.Library(), shape.NewEnv())
	m, T := g.Var("m", shape.Of("k")), g.Var("T", shape.Of("k", "n", "n"))
	total, err := g.Apply(g.Lib.Lookup("logsumexp"), symbolic.In{Args: []*symbolic.Expr{m}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		e    *symbolic.Expr
		want string
	}{
		{total, "(let m_2 = maximum(m, dims=1); dropdims(m_2 .+ log.(sum(exp.(m .- m_2), dims=1)), dims=1) end)[]"},
		{g.ApplyParams("inv", symbolic.Params{Core: 2}, T.Shape, T), "mapslices(slice -> inv(slice), T, dims=(2, 3))"},
		{g.ApplyParams("det", symbolic.Params{Core: 2}, T.Shape[:1], T), "dropdims(mapslices(slice -> det(slice), T, dims=(2, 3)), dims=(2, 3,))"},
		{g.Call("erf", m), "using LinearAlgebra, Random, SpecialFunctions\n"},
	} {
		text, err := Write([]Output{{Expr: c.e}}, "julia", Options{Name: "answer"})
		if err != nil || !strings.Contains(text, c.want) {
			t.Errorf("no %q (%v):\n%s", c.want, err, text)
		}
		if faults := juliaFaults(text); len(faults) > 0 {
			t.Errorf("%v:\n%s", faults, text)
		}
	}
}
