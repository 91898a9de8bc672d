package kernel

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"nabla/lang"
	"nabla/symbolic/study"
)

func TestBundleHasEveryForm(t *testing.T) {
	for _, c := range []struct {
		name string
		r    Result
		want map[string]any
	}{
		{"a formula", Result{Kind: KindExpr, Text: "W x", LaTeX: "W x", Shape: []string{"h"}},
			map[string]any{"text/plain": "W x      # R[h]", "text/latex": `$\displaystyle W x \qquad \in \mathbb{R}^{h}$`}},
		{"a row", Result{Kind: KindExpr, Text: "xᵀ", LaTeX: "x^{\\top}", Shape: []string{"d"}, Row: true},
			map[string]any{"text/plain": "xᵀ      # R[d] (row)", "text/latex": `$\displaystyle x^{\top} \qquad \in (\mathbb{R}^{d})^{\top}$`}},
		{"a scalar", Result{Kind: KindExpr, Text: "xᵀ x", Shape: []string{}},
			map[string]any{"text/plain": "xᵀ x      # R"}},
		{"a number", Result{Kind: KindExpr, Text: "0.25", Shape: []string{}},
			map[string]any{"text/plain": "0.25"}},
		{"lines", Result{Kind: KindValue, Text: "[1, 2,\n 3, 4]", Shape: []string{"4"}},
			map[string]any{"text/plain": "[1, 2,\n 3, 4]\n# R[4]"}},
		{"a declaration", Result{Kind: KindDecl, Text: "x : R[d]", Shape: []string{"d"}},
			map[string]any{"text/plain": "x : R[d]"}},
		{"pictures", Result{Kind: KindReport, Text: "a graph", Media: []Media{
			{MIME: "image/svg+xml; charset=utf-8", Data: []byte("<svg/>")}, {MIME: "image/png", Data: []byte{1, 2}},
			{MIME: "text/html", Data: []byte("<b>\xff</b>")}, {MIME: "application/vnd.x+json", Data: []byte(`{"a":1}`)},
			{MIME: "application/json", Data: []byte("{")}, {MIME: "not a type", Data: nil}}},
			map[string]any{"text/plain": "a graph", "image/svg+xml": "<svg/>", "image/png": "AQI=", "text/html": "<b>�</b>",
				"application/vnd.x+json": `{"a":1}`, "application/json": "{"}},
		{"nothing", Result{Kind: KindCommand}, map[string]any{}},
	} {
		got := c.r.SimpleRender()
		for kind, value := range got {
			if text := fmt.Sprintf("%s", value); text != c.want[kind] {
				t.Errorf("%s: %s is %q", c.name, kind, text)
			}
		}
		if len(got) != len(c.want) {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// shown is what the last statement of a cell shows, by MIME type.
func shown(t *testing.T, cell string) map[string]any {
	t.Helper()
	return execute(t, NewSession(), cell).SimpleRender()
}

func TestAnswersAreTypesetAsEquations(t *testing.T) {
	const model = "x : R[d]; W : R[h,d]; φ : R -> R; H[k] : R[h] for k = 1..2; f = ‖W x‖²; g = ‖H[2]‖²; z = φ(W x);\n"
	for cell, want := range map[string]string{
		"∂f/∂x":                     `$\displaystyle \frac{\partial f}{\partial \mathbf{x}} = 2`,
		"grad(f, W)":                `$\displaystyle \frac{\partial f}{\partial \mathbf{W}} = 2`,
		"hessian(f, x)":             `$\displaystyle \frac{\partial^{2} f}{\partial \mathbf{x}^{2}} = 2`,
		"∂z/∂W":                     `$\displaystyle \left[\frac{\partial \mathbf{z}}{\partial \mathbf{W}}\right]_{i j k} = `,
		"grad(f, [x, W])":           `$\displaystyle \begin{gathered}`,
		"W x":                       `$\displaystyle \mathbf{W} \mathbf{x} \qquad`,
		"∂g/∂H[2]":                  `$\displaystyle \frac{\partial g}{\partial \mathbf{H}_{2}} = 2`,
		"(∂f/∂x)[1]":                `$\displaystyle \left[2 `,
		"[[1, -2], [1e-9, 0]]":      "",
		"M := [[1, -2], [3e-9, 0]]": `$\displaystyle \mathbf{M} \mathrel{:=} \left[\begin{array}{rr}1 & -2 \\ 3 \times 10^{-9} & 0\end{array}\right]`,
		"v := [1, 2]":               "",
		"N := ones(13, 2)":          "",
	} {
		latex, _ := shown(t, model+cell)["text/latex"].(string)
		if want == "" && latex != "" && cell[0] != '[' || !strings.HasPrefix(latex, want) {
			t.Errorf("%s: %s", cell, latex)
		}
	}
}

func TestReportsArePages(t *testing.T) {
	const model = "x : R[d]; y : R[q]; W1 : R[h,d]; W2 : R[q,h]; φ : R -> R; l : R[q], R[q] -> R; J = l(W2 φ(W1 x), y);\n"
	for cell, want := range map[string]string{
		"memory(J)":                     "<td style",
		"cost(J)":                       "<th style",
		"partition(J, 2)":               `src="data:image/svg+xml;base64,PHN2Zy`, // <svg
		"check ∂J/∂y = 0 y":             `>WRONG VALUE</b>`,
		"check sum(y) = sum(y)":         `#1a7f37">RIGHT`,
		"dim d = 2; bench(sum(eye(d)))": "<td style",
	} {
		page, _ := shown(t, model+cell)["text/html"].(string)
		if !strings.Contains(page, want) {
			t.Errorf("%s: %.300q", cell, page)
		}
	}
}

func TestPixelPicturesSayTheirSize(t *testing.T) {
	out := &transcript{}
	NewSession().Execute(context.Background(), "x : R[n]; f = ‖x‖²; graph(f); plot(tanh, t = -1..1)", ExecuteOptions{}, out)
	sized := 0
	for _, r := range out.results {
		if size, ok := Sizes(r.Media)["image/png"].(map[string]int); ok {
			sized++
			if !strings.Contains(r.SVG(), "<svg") || size["width"] < 100 || size["height"] < 50 {
				t.Errorf("%s: %v", r.In, size)
			}
		}
	}
	if sized != 2 {
		t.Errorf("%d pictures have a size in pixels", sized)
	}
}

func TestDimensionsInLaTeX(t *testing.T) {
	for dim, want := range map[string]string{
		"h": "h", "d1": "d_{1}", "batch": `\mathrm{batch}`, "2*h + 1": "2 h + 1", "d^12": "d^{12}", "n_x": `n\_x`, "λ": "λ", "64": "64",
	} {
		if got := latexDim(dim); strings.Join(strings.Fields(got), " ") != want {
			t.Errorf("%s: %s", dim, got)
		}
	}
}

func TestLongLaTeXIsCutAfterATerm(t *testing.T) {
	term := `\left(W_{1}^{\top} + \left\{b\right.\right) \frac{a+b}{c}`
	got := elideLaTeX(strings.Repeat(term+" + ", 50)+"z", 200)
	want := strings.TrimSuffix(strings.Repeat(term+" + ", 3), " + ")
	if !strings.HasPrefix(got, want+` + \cdots\ \text{(`) {
		t.Errorf("%s", got)
	}
	if got := elideLaTeX(strings.Repeat("x", 300), 200); !strings.HasPrefix(got, `\text{(300 characters`) {
		t.Errorf("without a term: %s", got)
	}
	if got := elideLaTeX("short", 200); got != "short" {
		t.Errorf("%s", got)
	}
}

// formulas draws well formed LaTeX.
func formulas(depth int) *rapid.Generator[string] {
	atom := rapid.SampledFrom([]string{"x", "W_{1}", `\lambda`, `\%`, "é", " ", `\phi'`, "2"})
	if depth == 0 {
		return atom
	}
	inner := formulas(depth - 1)
	return rapid.OneOf(
		atom,
		rapid.Map(rapid.SliceOfN(inner, 1, 6), func(s []string) string { return strings.Join(s, " + ") }),
		rapid.Map(inner, func(s string) string { return "{" + s + "}" }),
		rapid.Map(inner, func(s string) string { return `\left(` + s + `\right)` }),
		rapid.Map(inner, func(s string) string { return `\left\{` + s + `\right.` }),
		rapid.Map(inner, func(s string) string { return `\begin{matrix}` + s + `\end{matrix}` }),
	)
}

func TestCutLaTeXIsWellFormed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		src := formulas(5).Draw(t, "formula")
		got := elideLaTeX(src, rapid.IntRange(1, 60).Draw(t, "limit"))
		var braces, lefts, begins int
		for at := 0; at < len(got); {
			token := latexToken(got[at:])
			switch token {
			case "{":
				braces++
			case "}":
				braces--
			case `\left`:
				lefts++
			case `\right`:
				lefts--
			case `\begin`:
				begins++
			case `\end`:
				begins--
			}
			at += len(token)
		}
		if braces != 0 || lefts != 0 || begins != 0 {
			t.Fatalf("%d braces, %d \\left, %d \\begin stay open in %s", braces, lefts, begins, got)
		}
	})
}

func TestNothingOfAReportIsUnicodeUnderASCII(t *testing.T) {
	s := NewSession()
	execute(t, s, "x : R[d]; y : R[q]; W1 : R[h,d]; W2 : R[q,h]; λ : R; φ : R -> R; l : R[q], R[q] -> R",
		"z = W1 x; h = φ(z); o = W2 h; ŝ = λ/2 ‖W1‖²; J = l(o, y) + ŝ; dim d = 4, h = 3, q = 2", ":set ascii")
	for _, cell := range []string{
		"backprop(J)", "forward(J)", "derive(dJ/dW1)", "memory(J)", "cost(J)", "graph(J)", "graph(J, backward)", "partition(J, 2)",
		"shape(dJ/dW1)", "check dJ/dW1 == dJ/dz x'", "equal(W1 x, z)", "J", "hessian(J, x)", "grad(J, [W1, lambda])", ":vars", ":defs", "?softmax",
	} {
		r := execute(t, s, cell)
		line, _ := json.Marshal(r)
		for _, c := range string(line) {
			if c > 126 {
				t.Errorf("%s: %q in %s", cell, c, line)
				break
			}
		}
	}
}

func TestAListReadsBackAsOneStatement(t *testing.T) {
	s := NewSession()
	execute(t, s, "x, a : R[d]; y : R[q]; W1 : R[h,d]; λ : R; φ : R -> R; l : R[h], R[h] -> R; b : R[h]; z = W1 x; J = l(φ(2 z), b) + λ ‖W1‖²")
	for _, cell := range []string{
		"[x, z]", "[λ, J]", "grad(J, [W1, x])", "grad(J, [z, W1, λ])", "grad(W1 x, [W1, x])", "[∂z/∂W1, ∂(2 z)/∂W1, x']", "[x ⊙ a, z]",
		"[l(3 z, b), ∂(l(3 z, b))/∂x, ∂(l(2 z, b))/∂x]",
	} {
		for _, mode := range []string{":set ascii off", ":set ascii"} {
			execute(t, s, mode)
			first := execute(t, s, cell)
			read := NewSession()
			read.state.Store(s.state.Load())
			out := &transcript{}
			if !read.Execute(context.Background(), first.Text, ExecuteOptions{}, out) {
				t.Errorf("%s: %s\nis refused: %+v", cell, first.Text, out.results[len(out.results)-1].Err)
				continue
			}
			want, _ := s.state.Load().scope.Expr(expression(t, s, cell))
			got, err := read.state.Load().scope.Expr(expression(t, read, first.Text[strings.LastIndex("\n"+first.Text, "\n["):]))
			if err != nil || len(got.Items) != len(want.Items) {
				t.Errorf("%s: %s\nreads back as %d items: %v", cell, first.Text, len(got.Items), err)
				continue
			}
			for i, v := range want.Items {
				if c := study.Compare(context.Background(), v.Expr, got.Items[i].Expr); c.Decision == study.Refuted || v.Row != got.Items[i].Row {
					t.Errorf("%s: item %d of\n%s\nreads back as something else", cell, i+1, first.Text)
				}
			}
		}
	}
}

// expression is the tree of a statement that is an expression.
func expression(t *testing.T, s *Session, text string) lang.Expr {
	t.Helper()
	st, err := lang.NewParser(text).Next(s.state.Load().scope)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return st.Body.(*lang.ExprStmt).X
}

// A line of its own is called t, and no index is, however many are bound where it is used.
func TestALongDerivativeReadsBack(t *testing.T) {
	s := NewSession()
	execute(t, s, "dim n = 3; S : R[n,n] where symmetric; f = sum(eigvecs(S)[:,3].^4)", "S := [[2, 1, 0], [1, 5, 1], [0, 1, 9]]")
	want := execute(t, s, "eval(hessian(f, S))")
	lines := strings.Split(execute(t, s, "hessian(f, S)").Text, "\n")
	read := execute(t, s, append(lines, "eval(%)")...)
	if want.Err != nil || read.Err != nil || !near(want.Value, read.Value) {
		t.Errorf("%s\nreads back as %v, %v", strings.Join(lines, "\n"), read.Text, read.Err)
	}
}
