package kernel

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"nabla/lang"
)

// typedModel declares what random statements speak of. Its dimensions have different sizes, so that no two shapes
// agree by accident.
const typedModel = `
dim d = 2, h = 3
a, b : R;  u, v : R[d];  p, r : R[h];  A : R[h,d];  B : R[d,h];  Q, S : R[d,d];  M : R[h,h] where symmetric
φ : R -> R;  l : R[h], R[h] -> R
g(t) = t sigmoid(t)
a := 0.7; b := 1.3; u := [0.4, 1.1]; v := [0.9, 0.3]; p := [0.2, 0.8, 1.7]; r := [1.2, 0.6, 0.5]
A := [[0.5, 1.2], [0.3, 0.7], [1.1, 0.2]]; B := [[0.6, 0.1, 0.9], [1.3, 0.4, 0.8]]
Q := [[2.1, 0.3], [0.7, 1.9]]; S := [[1.4, 0.2], [0.1, 1.6]]; M := [[2, 0.3, 0.1], [0.3, 3, 0.2], [0.1, 0.2, 4]]
φ := tanh;  l := huber
z = A u;  w = φ(z)
`

// A statements draws expressions of given shapes: "" a number, "d" a vector, "hd" a matrix.
type statements struct{ t *rapid.T }

func (s statements) pick(options ...string) string {
	return rapid.SampledFrom(options).Draw(s.t, "pick")
}

var leaves = map[string][]string{
	"": {"a", "b", "2", "1/3", "0.5", "d", "‖u‖"}, "d": {"u", "v"}, "h": {"p", "r", "z", "w"},
	"hd": {"A", "B'"}, "dh": {"B", "A'"}, "dd": {"Q", "S", "I"}, "hh": {"M"},
}

// expr draws an expression of a shape; every subexpression is in parentheses, so that its reading is clear.
func (s statements) expr(shape string, depth int) string {
	if depth == 0 || rapid.IntRange(0, 5).Draw(s.t, "leaf") == 0 {
		return s.pick(leaves[shape]...)
	}
	sub := func(shape string) string { return "(" + s.expr(shape, depth-1) + ")" }
	options := []func() string{
		func() string { return sub(shape) + s.pick(" + ", " - ") + sub(shape) },
		func() string { return sub("") + " " + sub(shape) },
		func() string { return "-" + sub(shape) },
		func() string { return s.pick("φ", "g", "exp", "tanh", "softplus", "square") + sub(shape) },
		func() string { return sub(shape) + " / " + "(2 + " + sub("") + "^2)" },
		func() string { return sub(shape) + s.pick(" ⊙ ", " ./ (2 + cosh") + sub(shape) },
		func() string { return "max(" + sub(shape) + ", 0.1)" },
		func() string { return s.pick("", "5 ") + "(" + sub(shape) + " > 0.2)" },
	}
	switch len(shape) {
	case 0:
		k := s.pick("d", "h")
		options = append(options,
			func() string { return sub(k) + "' " + sub(k) },
			func() string {
				return s.pick("sum", "mean", "norm", "logsumexp", "max") + sub(s.pick("d", "h", "hd", "dd"))
			},
			func() string { return "‖" + sub(s.pick("d", "h", "hd")) + "‖²" },
			func() string { return "l(" + sub("h") + ", " + sub("h") + ")" },
			func() string { return s.pick("tr", "det") + sub("dd") },
			func() string { return s.pick("norm1", "norminf", "std", "prod", "var") + sub(k) },
			func() string { return sub(k) + fmt.Sprintf("[%d]", rapid.IntRange(1, 2).Draw(s.t, "entry")) },
			func() string { return sub("hd") + fmt.Sprintf("[%d, 2]", rapid.IntRange(1, 3).Draw(s.t, "entry")) },
			func() string { return "sum[i] (" + s.expr("d", depth-1) + ")[i] Q[i,i]" },
		)
	case 1:
		k := s.pick("d", "h")
		options = append(options,
			func() string { return sub(shape+k) + " " + sub(k) },
			func() string { return s.pick("softmax", "cumsum", "logsoftmax", "sign", "relu") + sub(shape) },
			func() string { return "sum(" + sub(shape+k) + ", 2)" },
			func() string { return "diag" + sub(shape+shape) },
			func() string { return "∂" + sub("") + "/∂" + s.pick(leafVariables[shape]...) },
			func() string { return "grad(" + s.expr("", depth-1) + ", " + s.pick(leafVariables[shape]...) + ")" },
			func() string { return sub(shape+k) + "[:, 1]" },
			func() string {
				return "jacobian(" + s.pick("cumsum", "softmax", "") + sub("d") + ", " + s.pick("u", "v") + ")[1, :]"
			},
			func() string { return "where(" + sub(shape) + " > 0.3, " + sub(shape) + ", 0)" },
			func() string { return "concat(" + sub("h") + "[1..2], " + sub(shape) + ")[1.." + shape + "]" },
			func() string { return "solve(" + sub(shape+shape) + " + 5 eye(" + shape + "), " + sub(shape) + ")" },
			func() string {
				return "[" + s.expr("", depth-1) + ", " + strings.Repeat("1, ", len(k)-1) + sub("") + "]"
			},
			func() string { return sub(shape) + ".^" + s.pick("2", "3") },
		)
	case 2:
		l, r := shape[:1], shape[1:]
		k := s.pick("d", "h")
		options = append(options,
			func() string { return sub(l+k) + " " + sub(k+r) },
			func() string { return sub(l) + " " + sub(r) + "'" },
			func() string { return sub(r+l) + "'" },
			func() string { return s.pick("cumsum", "relu", "logsoftmax") + "(" + s.expr(shape, depth-1) + ", 1)" },
			func() string { return "outer(" + s.expr(l, depth-1) + ", " + s.expr(r, depth-1) + ")" },
			func() string { return sub("hd") + "[1..2, :] " + sub("dd") },
			func() string { return "softmax(" + sub(shape) + ", 2)" },
			func() string { return "jacobian(" + s.expr(l, depth-1) + ", " + s.pick(leafVariables[r]...) + ")" },
			func() string { return sub(shape) + " + " + sub(r) },
		)
		if l == r {
			options = append(options,
				func() string { return "diag" + sub(l) },
				func() string { return "hessian(" + s.expr("", depth-1) + ", " + s.pick(leafVariables[l]...) + ")" },
				func() string { return "inv(eye(" + l + ") + " + sub(l) + " " + sub(l) + "')" },
			)
		}
	}
	text := options[rapid.IntRange(0, len(options)-1).Draw(s.t, "form")]()
	return text + strings.Repeat(")", strings.Count(text, "(")-strings.Count(text, ")"))
}

var leafVariables = map[string][]string{"d": {"u", "v"}, "h": {"p", "r", "z", "w"}}

// TestWhatIsPrintedReadsBack: the text of an answer is a statement whose value is that of what was typed.
func TestWhatIsPrintedReadsBack(t *testing.T) {
	base := NewSession()
	for _, line := range strings.Split(typedModel, "\n") {
		if line != "" {
			if r := execute(t, base, line); r.Err != nil {
				t.Fatalf("%s: %v", line, r.Err)
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		shape := rapid.SampledFrom([]string{"", "d", "h", "hd", "dd"}).Draw(t, "shape")
		typed := statements{t}.expr(shape, 3)
		s := sessionOf(base)
		before := s.state.Load()
		r := executeIn(t, s, typed)
		if r.Err != nil {
			refusedWell(t, s, before, typed, r.Err)
			return
		}
		if r.Shape == nil {
			return // a list of several answers, a line for each
		}
		want := executeIn(t, s, "eval("+typed+")")
		if want.Err != nil {
			if want.Err.Code != "E308" {
				t.Fatalf("eval(%s): %v", typed, want.Err)
			}
			return
		}
		for _, ascii := range []bool{false, true} {
			readsBack(t, base, typed, want.Value, ascii)
		}
	})
}

// readsBack feeds the text of an answer to a session like the one that gave it.
func readsBack(t *rapid.T, base *Session, typed string, want *Value, ascii bool) {
	s := sessionOf(base)
	if ascii {
		executeIn(t, s, ":set ascii")
	}
	text := executeIn(t, s, typed).Text
	again := executeIn(t, s, text)
	if again.Err != nil {
		t.Fatalf("%s\nprints\n%s\nwhich is refused: %v", typed, text, again.Err)
	}
	last := text[strings.LastIndexByte(text, '\n')+1:]
	if again.Kind == KindDef {
		last = again.Name
	}
	got := executeIn(t, s, "eval("+last+")")
	if got.Err != nil {
		t.Fatalf("%s\nprints\n%s\nwhich cannot be computed: %v", typed, text, got.Err)
	}
	if !near(got.Value, want) {
		t.Fatalf("%s = %v\nprints\n%s = %v", typed, want, text, got.Value)
	}
}

// refusedWell says that a refusal is none of the program's mistakes, changed nothing, and offers what is accepted.
func refusedWell(t *rapid.T, s *Session, before *state, typed string, err *lang.Error) {
	if err.Code == "E999" {
		t.Fatalf("%s: %v", typed, err)
	}
	if s.state.Load() != before {
		t.Fatalf("%s was refused and changed the session", typed)
	}
	for _, f := range err.Fixes {
		if r := executeIn(t, sessionOf(s), f.Text); r.Err != nil {
			t.Fatalf("%s offers %s, which gives %v", typed, f.Text, r.Err)
		}
	}
}

func executeIn(t *rapid.T, s *Session, cell string) *Result {
	out := &transcript{}
	s.Execute(t.Context(), cell, ExecuteOptions{}, out)
	if len(out.results) == 0 {
		t.Fatalf("%s: no result", cell)
	}
	return out.results[len(out.results)-1]
}

func near(a, b *Value) bool {
	if a == nil || b == nil || len(a.Data) != len(b.Data) {
		return false
	}
	for i, x := range a.Data {
		y := b.Data[i]
		if math.IsNaN(x) && math.IsNaN(y) || x == y {
			continue
		}
		if !(math.Abs(x-y) <= 1e-8*(1+math.Abs(x)+math.Abs(y))) {
			return false
		}
	}
	return true
}
