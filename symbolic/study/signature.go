package study

import (
	"fmt"
	"strings"

	"nabla/symbolic"
	"nabla/symbolic/shape"
)

// Signature describes a model but for its names: two models with one signature differ by the names of their variables,
// functions and dimensions only.
func (m *Model) Signature() string {
	s := &signature{node: map[*symbolic.Expr]int{}, dim: map[string]int{}, fn: map[*symbolic.Func]int{}}
	symbolic.Walk(m.Objective, func(e *symbolic.Expr) {
		s.node[e] = len(s.node)
		s.write(e, IsVariable(e))
	}, nil)
	return s.b.String()
}

type signature struct {
	b    strings.Builder
	node map[*symbolic.Expr]int
	dim  map[string]int
	fn   map[*symbolic.Func]int
}

func (s *signature) write(e *symbolic.Expr, variable bool) {
	fmt.Fprintf(&s.b, "%d %t", e.Op, variable)
	for _, a := range e.Args {
		fmt.Fprintf(&s.b, " #%d", s.node[a])
	}
	fmt.Fprintf(&s.b, " %v %s %v %v %v", e.In, e.Out, e.Coef, e.Val, e.Par.Nums)
	s.dims(e.Shape)
	s.dims(e.Par.Dims)
	if e.Op == symbolic.Dim || e.Op == symbolic.Delta {
		s.dims(shape.Shape{e.Size})
	}
	if e.Op == symbolic.Call {
		fmt.Fprintf(&s.b, " %s %v %v %v %s", s.function(e.Fn), e.Par.Core, e.Par.Deriv, e.Par.Ints, e.Par.Text)
		if e.Par.Exp != nil {
			s.b.WriteString(e.Par.Exp.RatString())
		}
	}
	s.b.WriteByte('\n')
}

// dims numbers the dimensions in the order of their first occurrence.
func (s *signature) dims(sh shape.Shape) {
	s.b.WriteByte('[')
	for _, d := range sh {
		d.Terms(func(coef int64, names []string) {
			fmt.Fprintf(&s.b, "%+d", coef)
			for _, n := range names {
				if _, ok := s.dim[n]; !ok {
					s.dim[n] = len(s.dim)
				}
				fmt.Fprintf(&s.b, "*%d", s.dim[n])
			}
		})
		s.b.WriteByte(',')
	}
	s.b.WriteByte(']')
}

// function is the name of a function of the library; those of the user are numbered.
func (s *signature) function(f *symbolic.Func) string {
	if f.Abstract == nil && f.Body == nil {
		return f.Name
	}
	if _, ok := s.fn[f]; !ok {
		s.fn[f] = len(s.fn)
	}
	return fmt.Sprint("function", s.fn[f])
}
