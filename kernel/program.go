package kernel

import (
	"fmt"

	"nabla/lang"
	"nabla/symbolic/lower"
)

// Compile is the program that eval would run for an expression or a list of them, with the values that it reads. It is
// for Go code that runs one thing many times.
func (s *Session) Compile(src string) (*lower.Program, lower.Bindings, error) {
	st := s.state.Load()
	b := st.bindings()
	stmt, err := lang.NewParser(src).Next(st.scope)
	if err != nil {
		return nil, b, err
	}
	x, ok := stmt.Body.(*lang.ExprStmt)
	if !ok {
		return nil, b, fmt.Errorf("%s is no expression", src)
	}
	v, lerr := st.scope.Expr(x.X)
	if lerr != nil {
		return nil, b, lerr
	}
	if v.Hole != nil {
		return nil, b, fmt.Errorf("%s has a hole", src)
	}
	p, err := lower.Compile(v.Exprs(), b)
	return p, b, err
}
