package lang

import (
	"fmt"
	"strconv"
	"strings"
)

// Sexpr writes a tree or statement body as an S-expression: its structure without spelling and positions.
// Two trees with the same Sexpr mean the same. Names that the scope knows only as dimensions are (dimval n).
func Sexpr(n Node, scope Scope) string {
	if scope == nil {
		scope = noScope{}
	}
	return sexprer{scope}.node(n)
}

type sexprer struct{ scope Scope }

var binNames = [...]string{Add: "add", Sub: "sub", Mul: "mul", Dot: "dot", Had: "had", Kron: "kron", Div: "div", HDiv: "hdiv"}

var relNames = [...]string{Eq: "eq", Approx: "approx", Less: "lt", Greater: "gt", LessEq: "le", GreaterEq: "ge"}

// list joins parts, each of which is a string or a Node, in parentheses.
func (s sexprer) list(parts ...any) string {
	words := make([]string, 0, len(parts))
	for _, part := range parts {
		switch part := part.(type) {
		case string:
			words = append(words, part)
		case Node:
			words = append(words, s.node(part))
		}
	}
	return "(" + strings.Join(words, " ") + ")"
}

func (s sexprer) node(n Node) string {
	switch n := n.(type) {
	case Expr:
		return s.expr(n)
	case DimExpr:
		return dimText(n)
	case Body:
		return s.body(n)
	case *Target:
		return s.target(n)
	case *Space:
		return spaceText(n)
	case *For:
		return s.list("for", n.Name, n.Range.From, n.Range.To)
	case *Fact:
		if n.X == nil {
			return s.list("where", n.Word)
		}
		return s.list("where", n.X)
	}
	return fmt.Sprintf("(unknown %T)", n)
}

func (s sexprer) target(t *Target) string {
	if t.Index == nil {
		return t.Name.Name
	}
	return t.Name.Name + " " + s.list(anys(t.Index)...)
}

// anys spreads nodes as arguments of list.
func anys[T any](xs []T) []any {
	out := make([]any, len(xs))
	for i, x := range xs {
		out[i] = x
	}
	return out
}

func (s sexprer) body(b Body) string {
	var parts []any
	add := func(xs ...any) { parts = append(parts, xs...) }
	switch b := b.(type) {
	case *Decl:
		add("decl")
		add(anys(b.Targets)...)
		add(b.Space)
		add(anys(b.Facts)...)
		add(optional(b.For)...)
	case *FuncDecl:
		add("fun")
		add(anys(b.Targets)...)
		add(funcText(b))
		add(optional(b.For)...)
	case *Dims:
		add("dim")
		for _, item := range b.Items {
			if item.Size == nil {
				add(item.Name.Name)
			} else {
				add(s.list("=", item.Name.Name, item.Size))
			}
		}
	case *Def:
		add("def", b.Target)
		if b.Params != nil {
			add(s.list(append([]any{"params"}, anys(b.Params)...)...))
		}
		add(b.Value)
		add(optional(b.For)...)
	case *Value:
		add("value")
		add(anys(b.Targets)...)
		add(b.Value)
		add(optional(b.For)...)
	case *Check:
		add("check", s.claim(b))
	case *ExprStmt:
		return s.expr(b.X)
	case *Command:
		add("command", b.Name, strconv.Quote(b.Args))
	case *Help:
		add("help", strconv.Quote(b.Topic))
	}
	return s.list(parts...)
}

// claim writes one relation as (eq a b) and a chain as (chain a eq b eq c).
func (s sexprer) claim(c *Check) string {
	switch len(c.Ops) {
	case 0:
		return s.expr(c.Terms[0])
	case 1:
		return s.list(relNames[c.Ops[0]], c.Terms[0], c.Terms[1])
	}
	parts := []any{"chain", c.Terms[0]}
	for i, rel := range c.Ops {
		parts = append(parts, relNames[rel], c.Terms[i+1])
	}
	return s.list(parts...)
}

func optional(f *For) []any {
	if f == nil {
		return nil
	}
	return []any{f}
}

func (s sexprer) expr(x Expr) string {
	switch x := x.(type) {
	case *Number:
		return x.Text
	case *Name:
		if s.scope.IsDim(x.Name) && !s.scope.IsVar(x.Name) {
			return s.list("dimval", x.Name)
		}
		return x.Name
	case *String:
		return strconv.Quote(x.Val)
	case *Hole:
		return "(hole)"
	case *OutRef:
		return s.list("out", strconv.Itoa(x.N))
	case *Call:
		return s.call(x)
	case *Binary:
		return s.list(binNames[x.Op], x.X, x.Y)
	case *Unary:
		return s.list("neg", x.X)
	case *Pow:
		return s.list(map[bool]string{false: "pow", true: "hpow"}[x.Elementwise], x.X, x.Y)
	case *Transpose:
		return s.list("T", x.X)
	case *Index:
		return s.list(append([]any{"index", x.X}, anys(x.Args)...)...)
	case *List:
		return s.list(append([]any{"list"}, anys(x.Items)...)...)
	case *Norm:
		if x.Kind == "" {
			return s.list("norm", "2", x.X)
		}
		return s.list("norm", x.Kind, x.X)
	case *Abs:
		return s.list("abs", x.X)
	case *Deriv:
		return s.list(append([]any{"D", x.Num}, anys(x.Wrt)...)...)
	case *Nabla:
		return s.list("nabla", x.Wrt.Name, x.X)
	case *SumIdx:
		parts := []any{"sum", s.list(anys(x.Index)...)}
		for _, w := range x.Where {
			parts = append(parts, s.list("where", w))
		}
		return s.list(append(parts, x.X)...)
	case *Compare:
		return s.list(relNames[x.Op], x.X, x.Y)
	case *Range:
		return s.list("range", x.From, x.To)
	case *Colon:
		return ":"
	}
	return fmt.Sprintf("(unknown %T)", x)
}

func (s sexprer) call(c *Call) string {
	if c.Fn.Name == "dim" && len(c.Args) == 1 && c.Args[0].Name == nil {
		if n, ok := c.Args[0].X.(*Name); ok {
			return s.list("dimval", n.Name)
		}
	}
	parts := []any{"call", c.Fn.Name}
	if c.Primes > 0 {
		parts = []any{"dcall", c.Fn.Name, strconv.Itoa(c.Primes)}
	}
	for _, a := range c.Args {
		if a.Name != nil {
			parts = append(parts, s.list("=", a.Name.Name, a.X))
		} else {
			parts = append(parts, a.X)
		}
	}
	return s.list(parts...)
}
