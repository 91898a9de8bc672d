package check

import (
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"nabla/lang"
	"nabla/symbolic/fn"
)

func init() { debugPanics = true }

// An answer is what a statement gave, as text, so that tables can state it.
type answer struct {
	text  string // the shape
	notes []string
	value Value
	err   *lang.Error
}

// tell runs the statements of a text and answers for the last.
func tell(t testing.TB, s *Scope, src string) (a answer) {
	t.Helper()
	p := lang.NewParser(src)
	for {
		st, err := p.Next(s)
		if err == io.EOF {
			return a
		}
		if err != nil {
			e := err.(*lang.Error)
			return answer{err: e}
		}
		s.Enter(src, st, Origin{Cell: 1})
		if a = run(s, st); a.err != nil {
			return a
		}
	}
}

func run(s *Scope, st *lang.Stmt) (a answer) {
	var r Reply
	switch b := st.Body.(type) {
	case *lang.Decl:
		r, a.err = s.Declare(b)
	case *lang.FuncDecl:
		r, a.err = s.DeclareFunc(b)
	case *lang.Dims:
		r, a.err = s.Size(b)
	case *lang.Def:
		r, a.err = s.Define(b)
	case *lang.Check:
		var c Claim
		c, a.err = s.Claim(b)
		a.text, a.notes = "claim", c.Notes
		if c.Hole != nil {
			a.text = c.Hole.String()
		}
		return a
	case *lang.ExprStmt:
		return runExpr(s, b)
	default:
		a.err = lang.Errorf("E000", st.Span, "no such statement here")
	}
	a.notes = r.Notes
	if len(r.Bound) > 0 {
		b := r.Bound[len(r.Bound)-1]
		a.text, a.value = b.Space(), Value{Expr: b.Expr, Row: b.Row}
	}
	return a
}

func runExpr(s *Scope, b *lang.ExprStmt) (a answer) {
	a.value, a.err = s.Expr(b.X)
	a.notes = a.value.Notes
	switch {
	case a.err != nil:
	case a.value.Hole != nil:
		a.text = a.value.Hole.String()
	case a.value.IsList():
		for _, v := range a.value.Items {
			a.text += v.Space() + " "
		}
	default:
		a.text = a.value.Space()
	}
	return a
}

func newScope() *Scope { return New(fn.Library(), "eval", "shape") }

// testTable runs a file of cases as one session.
func testTable(t *testing.T, file string) {
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s := newScope()
	for _, line := range strings.Split(string(data), "\n") {
		if line == "---" {
			s = newScope()
		}
		input, rest, ok := strings.Cut(line, "\t")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		columns := strings.Split(rest, "\t")
		if rest == "" {
			columns = nil
		}
		a := tell(t, s, input)
		if columns == nil && a.err != nil {
			t.Errorf("%s\n%s", input, a.report())
		}
		for _, miss := range a.misses(columns) {
			t.Errorf("%s: %s\n%s", input, miss, a.report())
		}
	}
}

func (a answer) report() string {
	if a.err == nil {
		return "  got " + a.text + " " + strings.Join(a.notes, "; ")
	}
	b := "  got " + a.err.Code + " " + a.err.Message
	for _, d := range a.err.Details {
		b += "\n    " + d
	}
	for _, f := range a.err.Fixes {
		b += "\n    fix: " + f.Text + "  " + f.When
	}
	return b
}

// misses lists the columns that the answer does not meet.
func (a answer) misses(columns []string) (out []string) {
	for _, c := range columns {
		ok := true
		key, rest, _ := strings.Cut(c, ": ")
		switch {
		case strings.HasPrefix(c, "✗"):
			code, part, _ := strings.Cut(strings.TrimPrefix(c, "✗ "), " ")
			ok = a.err != nil && a.err.Code == code && strings.Contains(a.err.Message, part)
		case key == "fix":
			ok = a.err != nil && slices.ContainsFunc(a.err.Fixes, func(f lang.Fix) bool { return f.Text == rest })
		case key == "detail":
			ok = a.err != nil && slices.Contains(a.err.Details, rest)
		case key == "note":
			ok = slices.Contains(a.notes, rest)
		case key == "is":
			ok = a.value.Expr != nil && a.value.Expr.String() == rest
		default:
			ok = a.err == nil && a.text == c
		}
		if !ok {
			out = append(out, c)
		}
	}
	return out
}

func TestRules(t *testing.T) { testTable(t, "testdata/rules.txt") }

func TestCasesOfTheLanguage(t *testing.T) { testTable(t, "testdata/parses.txt") }

// Every explanation of an error of meaning has an example that is refused with it.
func TestCodesAreWhatTheirExamplesGive(t *testing.T) {
	for _, c := range lang.Codes {
		if c.Code == "E223" || c.Code == "E225" || c.Code >= "E300" { // the session raises these, and tests them
			continue
		}
		s := newScope()
		if a := tell(t, s, c.Setup); a.err != nil {
			t.Errorf("%s: %s\n%s", c.Code, c.Setup, a.report())
		}
		if a := tell(t, s, c.Example); a.err == nil || a.err.Code != c.Code {
			t.Errorf("%s: %s\n%s", c.Code, c.Example, a.report())
		}
	}
}
