package lang

import (
	"os"
	"strings"
	"testing"
)

// testScope records what statements declare, as the checker would.
type testScope struct{ funcs, vars, dims map[string]bool }

func newTestScope() *testScope {
	s := &testScope{map[string]bool{}, map[string]bool{}, map[string]bool{}}
	for _, f := range strings.Fields("sum exp log tr grad jac jacobian hessian dim ones zeros eye norm norm1 dot outer kron inv sin asin relu load randn max softmax sigmoid user prod sqrt") {
		s.funcs[f] = true
	}
	return s
}

func (s *testScope) IsFunc(n string) bool { return s.funcs[n] && !s.vars[n] }
func (s *testScope) IsVar(n string) bool  { return s.vars[n] }
func (s *testScope) IsDim(n string) bool  { return s.dims[n] }

func (s *testScope) declare(b Body) {
	switch b := b.(type) {
	case *Decl:
		for _, t := range b.Targets {
			s.vars[t.Name.Name] = true
		}
		for _, d := range b.Space.Dims {
			s.declareDim(d)
		}
	case *FuncDecl:
		for _, t := range b.Targets {
			s.funcs[t.Name.Name] = true
		}
		for _, sp := range append(b.Args, b.Result) {
			for _, d := range sp.Dims {
				s.declareDim(d)
			}
		}
	case *Def:
		if b.Params != nil {
			s.funcs[b.Target.Name.Name] = true
		} else {
			s.vars[b.Target.Name.Name] = true
		}
	case *Value:
		for _, t := range b.Targets {
			if !s.funcs[t.Name.Name] {
				s.vars[t.Name.Name] = true
			}
		}
	}
}

func (s *testScope) declareDim(d DimExpr) {
	switch d := d.(type) {
	case *DimName:
		s.dims[d.Name] = true
	case *DimOp:
		s.declareDim(d.X)
		s.declareDim(d.Y)
	}
}

// readAll reads every statement of src, declaring as it goes.
func readAll(t *testing.T, src string, scope *testScope) (out []*Stmt) {
	t.Helper()
	p := NewParser(src)
	for {
		s, err := p.Next(scope)
		if s == nil {
			return out
		}
		if err != nil {
			t.Fatalf("%q: %v", s.Source, err)
		}
		scope.declare(s.Body)
		out = append(out, s)
	}
}

// TestTheTableOfReadings runs testdata/parses.txt: one session, each line an input, a tab, and its reading or the
// code of its refusal; a third column is for the checker.
func TestTheTableOfReadings(t *testing.T) {
	data, err := os.ReadFile("testdata/parses.txt")
	if err != nil {
		t.Fatal(err)
	}
	scope := newTestScope()
	for i, line := range strings.Split(string(data), "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		cols := strings.Split(line, "\t")
		in, want := cols[0], cols[1]
		s, err := NewParser(in).Next(scope)
		got := ""
		if err != nil {
			got = err.(*Error).Code
		} else {
			got = Sexpr(s.Body, scope)
			if _, isDef := s.Body.(*ExprStmt); !isDef {
				scope.declare(s.Body)
			}
		}
		if got != want {
			t.Errorf("line %d: %s\n  got  %s\n  want %s", i+1, in, got, want)
		}
	}
}
