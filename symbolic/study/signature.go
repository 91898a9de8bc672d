package study

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"

	"nabla/symbolic"
	"nabla/symbolic/shape"
)

// Signature describes a model but for its names and the order of addends: two models with one signature differ by no
// more.
func (m *Model) Signature() string {
	s := &signature{node: map[*symbolic.Expr]int{}, dim: map[string]int{}, fn: map[*symbolic.Func]int{}}
	for _, e := range canonicalOrder(m.Objective) {
		e.G.Proceed()
		s.node[e] = len(s.node)
		s.write(e, IsVariable(e))
	}
	return s.b.String()
}

// Variables are the variables of a model in an order that all models of its signature share.
func (m *Model) Variables() []*symbolic.Expr {
	return slices.DeleteFunc(canonicalOrder(m.Objective), func(e *symbolic.Expr) bool { return !IsVariable(e) })
}

// canonicalOrder lists the nodes of e, arguments first; the addends of a sum in the order of their structure.
func canonicalOrder(e *symbolic.Expr) []*symbolic.Expr {
	hash := map[*symbolic.Expr]uint64{}
	symbolic.Walk(e, func(n *symbolic.Expr) { hash[n] = structure(n, hash) }, nil)
	var out []*symbolic.Expr
	seen := map[*symbolic.Expr]bool{}
	var visit func(n *symbolic.Expr)
	visit = func(n *symbolic.Expr) {
		if seen[n] {
			return
		}
		seen[n] = true
		args := slices.Clone(n.Args)
		if n.Op == symbolic.Sum {
			slices.SortStableFunc(args, func(a, b *symbolic.Expr) int { return cmp.Compare(hash[a], hash[b]) })
		}
		for _, a := range args {
			visit(a)
		}
		out = append(out, n)
	}
	visit(e)
	return out
}

// structure is a hash of a node without its names.
func structure(e *symbolic.Expr, hash map[*symbolic.Expr]uint64) uint64 {
	args := make([]uint64, len(e.Args))
	for i, a := range e.Args {
		args[i] = hash[a]
	}
	if e.Op == symbolic.Sum {
		slices.Sort(args)
	}
	h := fnv.New64a()
	fmt.Fprint(h, e.Op, IsVariable(e), e.Rank(), e.In, e.Out, e.Val, args)
	if e.Op == symbolic.Call && e.Fn.Abstract == nil && e.Fn.Body == nil {
		fmt.Fprint(h, e.Fn.Name)
	}
	return h.Sum64()
}

type signature struct {
	b    strings.Builder
	node map[*symbolic.Expr]int
	dim  map[string]int
	fn   map[*symbolic.Func]int
}

func (s *signature) write(e *symbolic.Expr, variable bool) {
	fmt.Fprintf(&s.b, "%d %t", e.Op, variable)
	args := make([]string, len(e.Args))
	for i, a := range e.Args {
		args[i] = fmt.Sprintf(" #%d", s.node[a])
		if e.Op == symbolic.Sum {
			args[i] += "*" + e.Coef[i].RatString()
		}
	}
	if e.Op == symbolic.Sum {
		slices.Sort(args)
	}
	fmt.Fprintf(&s.b, "%v %v %s %v %v", args, e.In, e.Out, e.Val, e.Par.Nums)
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
