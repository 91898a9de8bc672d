package lang

import (
	"fmt"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// treeScope knows the names that random trees are made of.
func treeScope() *testScope {
	s := newTestScope()
	for _, v := range []string{"x", "W1", "λ", "ŷ", "V^(1)", "A", "T", "x̄2", "b_out", "J", "i"} {
		s.vars[v] = true
	}
	for _, f := range []string{"φ", "l"} {
		s.funcs[f] = true
	}
	return s
}

var treeNames = []string{"x", "W1", "λ", "ŷ", "V^(1)", "A", "T", "x̄2", "b_out", "J", "i"}

func drawName(t *rapid.T, names ...string) *Name {
	n := rapid.SampledFrom(names).Draw(t, "name")
	return &Name{Name: n, Raw: n}
}

func drawNumber(t *rapid.T) Expr {
	text := rapid.SampledFrom([]string{"0", "1", "2", "10", "0.5", "2e1", "1e-3"}).Draw(t, "number")
	v, _ := new(big.Rat).SetString(text)
	return &Number{Text: text, Val: v}
}

// drawExpr draws a tree of at most the given depth that the language can write.
func drawExpr(t *rapid.T, depth int) Expr {
	if depth <= 0 {
		return drawLeaf(t)
	}
	sub := func() Expr { return drawExpr(t, depth-1) }
	switch rapid.IntRange(0, 16).Draw(t, "kind") {
	case 0, 1, 2, 3, 4:
		return &Binary{Op: BinOp(rapid.IntRange(int(Add), int(HDiv)).Draw(t, "op")), X: sub(), Y: sub()}
	case 5:
		return &Unary{X: sub()}
	case 6:
		return &Pow{X: sub(), Y: sub(), Elementwise: rapid.Bool().Draw(t, "elementwise")}
	case 7:
		return &Pow{X: sub(), Y: &Unary{X: drawNumber(t)}}
	case 8:
		return &Transpose{X: sub()}
	case 9:
		x := sub()
		if _, number := x.(*Number); number {
			return x
		}
		return &Index{X: x, Args: []Expr{sub(), &Colon{}, &Range{From: sub(), To: sub()}}}
	case 10:
		return &List{Items: []Expr{sub(), sub()}}
	case 11:
		return &Norm{X: sub(), Kind: rapid.SampledFrom([]string{"", "1", "2", "F", "inf"}).Draw(t, "norm")}
	case 12:
		return &Abs{X: sub()}
	case 13:
		return drawDeriv(t, sub)
	case 14:
		return &Nabla{Wrt: drawName(t, "x", "W1", "V^(1)"), X: sub()}
	case 15:
		s := &SumIdx{Index: []*Name{drawName(t, "i", "j")}, X: sub()}
		for range rapid.IntRange(0, 2).Draw(t, "equations") {
			s.Where = append(s.Where, &Compare{Op: Eq, X: sub(), Y: sub()})
		}
		return s
	}
	c := &Call{Fn: drawName(t, "φ", "l", "exp"), Args: []Arg{{X: sub()}, {Name: drawName(t, "axis"), X: sub()}}}
	c.Primes = rapid.IntRange(0, 2).Draw(t, "primes")
	return c
}

func drawDeriv(t *rapid.T, sub func() Expr) Expr {
	d := &Deriv{Num: sub()}
	if rapid.Bool().Draw(t, "of a function") {
		d.Num = drawName(t, "l", "J", "φ")
	}
	for range rapid.IntRange(1, 3).Draw(t, "order") {
		if rapid.Bool().Draw(t, "by a name") {
			d.Wrt = append(d.Wrt, drawName(t, "x", "W1", "λ", "V^(1)"))
		} else {
			d.Wrt = append(d.Wrt, sub())
		}
	}
	return d
}

func drawLeaf(t *rapid.T) Expr {
	switch rapid.IntRange(0, 9).Draw(t, "leaf") {
	case 0, 1:
		return drawNumber(t)
	case 2:
		return &Hole{}
	case 3:
		return &OutRef{N: rapid.IntRange(0, 3).Draw(t, "out")}
	case 4:
		return &String{Val: rapid.SampledFrom([]string{"a", `"\`, "é\n”"}).Draw(t, "text")}
	}
	return drawName(t, treeNames...)
}

func readBack(t *rapid.T, text string) Expr {
	s, err := NewParser(text).Next(treeScope())
	if err != nil {
		t.Fatalf("%s\n%v", text, err)
	}
	x, ok := s.Body.(*ExprStmt)
	if !ok || s.Source != text {
		t.Fatalf("%s is read as %T of %q", text, s.Body, s.Source)
	}
	return x.X
}

func TestWhatIsPrintedReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := drawExpr(t, rapid.IntRange(0, 4).Draw(t, "depth"))
		text := Print(&ExprStmt{X: x})
		if got, want := Sexpr(readBack(t, text), nil), Sexpr(x, nil); got != want {
			t.Fatalf("%s\n  got  %s\n  want %s", text, got, want)
		}
	})
}

func TestASCIIReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := drawExpr(t, rapid.IntRange(0, 4).Draw(t, "depth"))
		text := PrintASCII(&ExprStmt{X: x})
		if !isASCII(text) && !containsText(x) {
			t.Fatalf("not ASCII: %s", text)
		}
		if got, want := plainCalls(Sexpr(readBack(t, text), nil)), plainCalls(Sexpr(x, nil)); got != want {
			t.Fatalf("%s\n  got  %s\n  want %s", text, got, want)
		}
	})
}

func containsText(x Expr) bool { return strings.Contains(Sexpr(x, nil), `"`) }

// plainCalls reads the calls that stand for operators in ASCII as these, and derivatives of order n as n of order one.
func plainCalls(sexpr string) string {
	toks := strings.Fields(strings.NewReplacer("V^(1)", "V1", "(", " ( ", ")", " ) ").Replace(sexpr))
	var read func() any
	read = func() any {
		if toks[0] != "(" {
			word := toks[0]
			toks = toks[1:]
			return word
		}
		toks = toks[1:]
		var items []any
		for toks[0] != ")" {
			items = append(items, read())
		}
		toks = toks[1:]
		return items
	}
	return fmt.Sprint(plainTree(read()))
}

func plainTree(x any) any {
	list, ok := x.([]any)
	if !ok {
		return x
	}
	for i := range list {
		list[i] = plainTree(list[i])
	}
	switch {
	case len(list) == 4 && list[0] == "call" && (list[1] == "dot" || list[1] == "grad"):
		name := map[any]string{"dot": "dot", "grad": "D"}[list[1]]
		return []any{name, list[2], list[3]}
	case len(list) > 3 && list[0] == "D":
		d := list[1]
		for _, w := range list[2:] {
			d = []any{"D", d, w}
		}
		return d
	}
	return list
}

func TestReadingsSayWhereAQuotientEnds(t *testing.T) {
	scope := treeScope()
	for src, want := range map[string]string{
		"λ/2 W x":            "(λ/2) W x",
		"a/b*c":              "(a/b) c",
		"a / b c / d":        "(a/b) c / d",
		"a/b/c":              "(a/b) / c",
		"x ⊘ y ⊙ z":          "(x ⊘ y) ⊙ z",
		"s = 1 + λ/2 ‖W‖²":   "(λ/2) ‖W‖²",
		"check a/b c == d":   "(a/b) c",
		"f(a/b c) + a/b d":   "(a/b) c & (a/b) d",
		"(a/b) c":            "",
		"a/(b c)":            "",
		"a b/c":              "",
		"(a b)/c + d/e":      "",
		"∂J/∂W x":            "",
		"x : R[d]; W : R[d]": "",
	} {
		stmt, err := NewParser(src).Next(scope)
		if err != nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		if got := strings.Join(Readings(stmt, false), " & "); got != want {
			t.Errorf("%s: got %q, want %q", src, got, want)
		}
	}
}
