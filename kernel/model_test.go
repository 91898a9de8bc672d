package kernel

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"nabla/lang"
	"nabla/symbolic"
	"nabla/symbolic/notation"
	"nabla/symbolic/study"
)

// A randomModel is statements that end in an objective J. Names are v10, v11, … in the order in which they are made.
type randomModel struct {
	r     *rand.Rand
	lines []string
	shape map[string]string // of each name: "mn"
	names []string
	vars  []string // declared
}

const modelPreamble = "φ : R -> R; l : R[m], R[m] -> R; λ : R"

// newRandomModel is a directed acyclic graph with shared variables, skips, and tensors of rank 0 to 3.
func newRandomModel(seed uint64) *randomModel {
	m := &randomModel{r: rand.New(rand.NewPCG(seed, 7)), shape: map[string]string{}}
	for range 3 + m.r.IntN(4) {
		m.declare([]string{"", "m", "n", "m", "mn", "nm", "mm", "mn", "mnp"}[m.r.IntN(9)])
	}
	for range 2 + m.r.IntN(6) {
		m.grow()
	}
	m.objective()
	return m
}

func (m *randomModel) fresh(shape string) string {
	n := fmt.Sprint("v", 10+len(m.names))
	m.names = append(m.names, n)
	m.shape[n] = shape
	return n
}

func (m *randomModel) declare(shape string) string {
	n := m.fresh(shape)
	m.vars = append(m.vars, n)
	space := "R"
	if shape != "" {
		space = "R[" + strings.Join(strings.Split(shape, ""), ",") + "]"
	}
	m.lines = append(m.lines, n+" : "+space)
	return n
}

func (m *randomModel) define(shape, formula string) {
	m.lines = append(m.lines, m.fresh(shape)+" = "+formula)
}

func (m *randomModel) any() string { return m.names[m.r.IntN(len(m.names))] }

// like is a name of that shape, declared if there is none.
func (m *randomModel) like(shape string) string {
	for range 20 {
		if n := m.any(); m.shape[n] == shape {
			return n
		}
	}
	return m.declare(shape)
}

// grow defines one more value of those that are there.
func (m *randomModel) grow() {
	x := m.any()
	s := m.shape[x]
	switch k := m.r.IntN(12); {
	case k == 9 && len(s) == 2 && s[0] != s[1]: // normalized over its first axis
		mean := "mean(" + x + ", " + s[:1] + ")"
		m.define(s, "("+x+" - "+mean+") ./ sqrt(mean(("+x+" - "+mean+").^2, "+s[:1]+") + 1)")
	case k == 10 && len(s) == 2:
		m.define(s, "softmax("+x+", "+[]string{"1", "2"}[m.r.IntN(2)]+")")
	case k == 11 && len(s) == 2:
		m.define(s, "softmax("+x+" "+m.like(s)+"', 2) "+m.like(s))
	case k == 0:
		m.define(s, "φ("+x+")")
	case k == 1:
		m.define(s, "tanh("+x+") + "+m.like(s))
	case k == 2:
		m.define(s, x+" ⊙ "+m.like(s))
	case k == 3:
		m.define(s, x+" - "+m.like(s)+"/3")
	case k == 4 && len(s) == 2:
		m.define(s[:1], x+" "+m.like(s[1:]))
	case k == 5 && len(s) == 2:
		m.define(s[:1]+"m", x+" "+m.like(s[1:]+"m"))
	case k == 6 && len(s) == 1 && s == "m":
		m.define("", "l("+x+", "+m.like("m")+")")
	case len(s) == 3:
		n := m.fresh("mp")
		m.lines = append(m.lines, n+"[i,k] = sum[j] "+x+"[i,j,k] "+m.like("n")+"[j]")
	case len(s) == 1:
		m.define(s, "φ("+m.like(s+"m")+" "+m.like("m")+") + "+x)
	default:
		m.define(s, "sigmoid(2 "+x+")")
	}
}

// objective adds up something of the last values and a penalty.
func (m *randomModel) objective() {
	var terms []string
	for _, n := range m.names[max(0, len(m.names)-3):] {
		switch {
		case m.shape[n] == "":
			terms = append(terms, n)
		case m.r.IntN(2) == 0:
			terms = append(terms, "sum("+n+")")
		default:
			terms = append(terms, "sum("+n+" ⊙ "+n+")/2")
		}
	}
	if w := m.vars[m.r.IntN(len(m.vars))]; m.r.IntN(2) == 0 && len(m.shape[w]) == 2 {
		terms = append(terms, "λ/2 ‖"+w+"‖²")
	}
	m.lines = append(m.lines, "J = "+strings.Join(terms, " + "))
}

func (m *randomModel) source() string { return modelPreamble + "\n" + strings.Join(m.lines, "\n") }

// reports are the questions of one model.
func (m *randomModel) reports() []string {
	out := []string{"forward(J)", "backprop(J)", "graph(J)", "graph(J, backward)", "graph(J, shapes, memory)"}
	for _, v := range m.vars {
		out = append(out, "derive(∂J/∂"+v+")")
	}
	return out
}

// TestEveryReportRunsOnRandomModels: none fails, and other names change nothing but names.
func TestEveryReportRunsOnRandomModels(t *testing.T) {
	t.Parallel()
	models := uint64(200)
	if testing.Short() {
		models = 20
	}
	for seed := range models {
		m := newRandomModel(seed)
		s, renamed := NewSession(), NewSession()
		if r := execute(t, s, m.source()); r.Err != nil {
			t.Fatalf("%s\n%v", m.source(), r.Err)
		}
		if r := execute(t, renamed, rename(m.source())); r.Err != nil {
			t.Fatalf("%s\n%v", rename(m.source()), r.Err)
		}
		for _, q := range m.reports() {
			a, b := execute(t, s, q), executeText(t, renamed, rename(q)) // one picture of each is enough
			if a.Err != nil || a.Text == "" {
				t.Errorf("%s\n%s: %v", m.source(), q, a.Err)
				continue
			}
			if data, ok := a.Data.(map[string]any); ok {
				checkPlaces(t, q, data)
			}
			if b.Err != nil || rename(a.Text) != b.Text {
				t.Errorf("%s\n%s gives\n%s\nunder other names\n%s", m.source(), q, rename(a.Text), b.Text)
			}
		}
	}
}

// checkPlaces: no two nodes of a picture stand at one place.
func checkPlaces(t *testing.T, question string, data map[string]any) {
	nodes, _ := data["nodes"].([]graphNode)
	at := map[[2]int]string{}
	for _, n := range nodes {
		p := [2]int{n.Col, n.Row}
		if at[p] != "" {
			t.Errorf("%s: %s and %s are both at %v", question, at[p], n.ID, p)
		}
		at[p] = n.ID
	}
}

var modelName = regexp.MustCompile(`v([1-9][0-9])`)

// rename gives every variable another name of the same length.
func rename(s string) string {
	return modelName.ReplaceAllStringFunc(s, func(n string) string {
		k, _ := strconv.Atoi(n[1:])
		return fmt.Sprint("w", k+13)
	})
}

// TestPrintedLinesOfTheSweepAreRight asks check to judge every line that backprop prints.
func TestPrintedLinesOfTheSweepAreRight(t *testing.T) {
	for seed := range uint64(25) {
		m := newRandomModel(seed)
		s := NewSession()
		execute(t, s, m.source())
		lines := execute(t, s, "backprop(J)").Data.(map[string]any)["lines"].([]backpropLine)
		for _, l := range lines {
			if strings.Contains(l.Formula, " where ") || strings.Contains(strings.SplitN(l.Formula, " = ", 2)[0], "[") {
				continue // not one formula
			}
			claim := "check " + strings.Replace(l.Formula, " = ", " == ", 1)
			r := execute(t, s, claim)
			if r.Err != nil || !strings.HasPrefix(r.Text, "RIGHT") {
				t.Errorf("%s\n%s: %s %v", m.source(), claim, r.Text, r.Err)
			}
		}
	}
}

// TestEntriesOfTheSweepAreRight reads back what why writes: every line of the sweep as a sum over indices.
func TestEntriesOfTheSweepAreRight(t *testing.T) {
	for seed := range uint64(25) {
		m := newRandomModel(seed)
		s := NewSession()
		execute(t, s, m.source())
		j := &job{run: &run{session: s, ctx: context.Background()}, state: s.state.Load().clone()}
		w := &view{formula: j.printer(), job: j}
		w.Model = study.NewModel(j.state.scope.Lookup("J").Expr, nil)
		sweep, err := study.NewSweep(w.Model, w.lets())
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range sweep.Lines {
			f := notation.Printer{Scope: w.names, KeepDerivatives: true}.Entries(l.Formula)
			claim := f.Text(false) + "; check " + lang.Print(w.derivativeTree(l.Of, l.By)) + " == " + lang.Print(f.Def.Target.Name)
			if r := execute(t, sessionOf(s), claim); r.Err != nil || !strings.HasPrefix(r.Text, "RIGHT") {
				t.Errorf("%s\n%s: %s %v", m.source(), claim, r.Text, r.Err)
			}
		}
	}
}

// sessionOf is a session in the state of another.
func sessionOf(s *Session) *Session {
	out := NewSession()
	out.state.Store(s.state.Load().clone())
	return out
}

// TestLinesOfTheSweepAreSlopes compares the gradients that the lines come to with differences of the objective, and the
// sums of their paths with the lines.
func TestLinesOfTheSweepAreSlopes(t *testing.T) {
	for seed := range uint64(60) {
		m := newRandomModel(seed)
		s := NewSession()
		execute(t, s, m.source())
		scope := s.state.Load().scope
		sweep, err := study.NewSweep(study.NewModel(scope.Lookup("J").Expr, nil), scope.Names().Lets())
		if err != nil {
			t.Fatal(err)
		}
		p, err := study.NewPoint(rand.New(rand.NewPCG(seed, 1)), false, sweep.Model.Objective)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range sweep.Lines {
			comparePaths(t, m, p, l)
			if l.Of == sweep.Model.Objective && l.By.Op == symbolic.Var {
				compareSlope(t, m, p, l)
			}
		}
	}
}

// comparePaths: what comes along the edges adds up to the line.
func comparePaths(t *testing.T, m *randomModel, p *study.Point, l study.Line) {
	if len(l.Paths) == 0 {
		return
	}
	parts := make([]*symbolic.Expr, len(l.Paths))
	for i, path := range l.Paths {
		parts[i] = path.Part
	}
	out, err := p.Eval(context.Background(), l.Formula, l.By.G.Sum(l.By.Shape, parts...))
	if err != nil {
		t.Fatalf("%s\n%v", m.source(), err)
	}
	for i, x := range out[0].Data {
		if y := out[1].Data[i]; math.Abs(x-y) > 1e-9*(1+math.Abs(x)) {
			t.Errorf("%s\n∂/∂%s: the line is %v and its paths add up to %v", m.source(), l.By.Name, x, y)
			return
		}
	}
}

// compareSlope changes one entry of a variable by a little.
func compareSlope(t *testing.T, m *randomModel, p *study.Point, l study.Line) {
	const step = 1e-5
	grad, err := p.Eval(context.Background(), l.Formula)
	if err != nil {
		t.Fatalf("%s\n%v", m.source(), err)
	}
	x := p.Values[l.By].Data
	k := len(x) / 2
	at := func(d float64) float64 {
		keep := slices.Clone(x)
		x[k] += d
		out, err := p.Eval(context.Background(), l.Of)
		copy(x, keep)
		if err != nil {
			t.Fatal(err)
		}
		return out[0].Data[0]
	}
	slope := (at(step) - at(-step)) / (2 * step)
	if g := grad[0].Data[k]; math.Abs(g-slope) > 1e-5*(1+math.Abs(g)) {
		t.Errorf("%s\n∂J/∂%s: the line is %v and the slope %v", m.source(), l.By.Name, g, slope)
	}
}

// The examples in the help of these reports are what the session answers.
func TestExamplesOfModelReportsAreAnswers(t *testing.T) {
	for _, name := range []string{"forward", "backprop", "derive"} {
		var cell, want []string
		for _, line := range strings.Split(reports[name].Example, "\n") {
			if answer, ok := strings.CutPrefix(line, "\t"); ok {
				want = append(want, answer)
			} else {
				cell = append(cell, line)
			}
		}
		got := execute(t, NewSession(), strings.Join(cell, "\n")).Text
		if got != strings.Join(want, "\n") {
			t.Errorf("%s answers\n%s\nand its example says\n%s", name, got, strings.Join(want, "\n"))
		}
	}
}
