package kernel

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// A statement costs the same however much was said before it. Work is counted by what is allocated, which does not depend
// on the clock: what copies or lists the names of a session at every statement allocates more the more there are.
func TestManyStatementsAreLinear(t *testing.T) {
	for _, c := range []struct {
		name      string
		first     string
		statement func(i int) string
	}{
		{"variables", "", func(i int) string { return fmt.Sprintf("x%d : R[d%d]", i, i) }},
		{"one dimension", "", func(i int) string { return fmt.Sprintf("x%d : R[d] where x%d > 0", i, i) }},
		{"a chain of definitions", "x0 : R[d]", func(i int) string { return fmt.Sprintf("x%d = exp(x%d)", i+1, i) }},
		{"definitions of one variable", "w : R[d]", func(i int) string { return fmt.Sprintf("x%d = %d w", i, i+2) }},
		{"sizes", "", func(i int) string { return fmt.Sprintf("dim d%d = %d", i, i+1) }},
		{"values", "", func(i int) string { return fmt.Sprintf("x%d := [%d, 1]", i, i) }},
		{"a value again and again", "w : R[2]", func(i int) string { return fmt.Sprintf("w := [%d, 1]", i) }},
		{"values of declared names", "", func(i int) string { return fmt.Sprintf("x%d : R[d%d]; x%d := [%d, 1]", i, i, i, i) }},
		{"numbers", "w := [1, 2]", func(i int) string { return fmt.Sprintf("x%d = %d w; eval(x%d)", i, i+2, i) }},
		{"functions", "", func(i int) string { return fmt.Sprintf("f%d(t) = t + %d", i, i) }},
		{"abstract functions", "", func(i int) string { return fmt.Sprintf("f%d : R -> R; f%d := relu", i, i) }},
		{"a name again and again", "a = 1", func(i int) string { return fmt.Sprintf("a = a + %d", i) }},
		{"members one by one", "H[0] = 1", func(i int) string { return fmt.Sprintf("H[%d] = 2", i+1) }},
		{"members with their numbers", "W[k] : R for k = 1..20000", func(i int) string { return fmt.Sprintf("W[%d] := %d", i+1, i) }},
		{"errors", "x : R[d]", func(i int) string { return fmt.Sprintf("y%d = x x%d", i, i) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := NewSession()
			s.Execute(context.Background(), c.first, ExecuteOptions{}, &transcript{})
			early := allocatedBy(t, s, 300, 500, c.statement)
			allocatedBy(t, s, 500, 2300, c.statement)
			late := allocatedBy(t, s, 2300, 2500, c.statement)
			if late > 1.6*early {
				t.Errorf("the statements after 300 allocate %.0f bytes each, those after 2300 %.0f", early, late)
			}
		})
	}
}

// allocatedBy runs statements in one cell, and counts the bytes that each of them allocates.
func allocatedBy(t *testing.T, s *Session, from, to int, statement func(int) string) float64 {
	t.Helper()
	var cell strings.Builder
	for i := from; i < to; i++ {
		fmt.Fprintln(&cell, statement(i))
	}
	s.nodes = s.state.Load().scope.Graph.Len() + 1_000_000 // collecting the graph is for another test
	var before, after runtime.MemStats
	out := &transcript{}
	runtime.ReadMemStats(&before)
	s.Execute(context.Background(), cell.String(), ExecuteOptions{KeepGoing: true}, out)
	runtime.ReadMemStats(&after)
	if n := strings.Count(cell.String(), "\n"); len(out.results) < n {
		t.Fatalf("%d statements, %d results", n, len(out.results))
	}
	return float64(after.TotalAlloc-before.TotalAlloc) / float64(to-from)
}

// A program is compiled anew when a dimension that it reads gets another size, also where it does so in a function.
func TestSizesInFunctionsAreReadAnew(t *testing.T) {
	s := NewSession()
	execute(t, s, "dim h = 3; y : R; y := 1; o : R[q]; o := [1, 2]; l : R[q], R[q] -> R; f(t) = t + h; g(u, v) = h (u - 2 v)' (u - 2 v)")
	execute(t, s, "l := g; φ : R -> R; φ := f; p(t) = f(t) + 1")
	for _, c := range []struct{ ask, three, five string }{
		{"eval(f(y))", "4", "6"}, {"eval(φ(y))", "4", "6"}, {"eval(l(o, o))", "15", "25"}, {"eval(p(y))", "5", "7"}, {"eval(dim(h) y)", "3", "5"},
	} {
		for _, round := range []struct{ dim, want string }{{"dim h = 3", c.three}, {"dim h = 5", c.five}, {"dim h = 3", c.three}} {
			if r := execute(t, s, round.dim, c.ask); r.Text != round.want {
				t.Errorf("%s; %s: %s, want %s", round.dim, c.ask, r.Text, round.want)
			}
		}
	}
}
