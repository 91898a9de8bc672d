package derivatives

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"nabla/kernel"
	"nabla/lang"
	"nabla/lang/check"
	"nabla/symbolic/fn"
)

// A reader reads statements into a scope and gives their graphs.
type reader struct{ *check.Scope }

func newReader() *reader { return &reader{check.New(fn.Library())} }

// tell runs statements and returns the value of the last.
func (r *reader) tell(src string) (v check.Value, err error) {
	p := lang.NewParser(src)
	for {
		st, err := p.Next(r.Scope)
		if err == io.EOF {
			return v, nil
		}
		if err != nil {
			return v, err
		}
		r.Enter(src, st, check.Origin{Cell: 1})
		if v, err = r.run(st); err != nil {
			return v, err
		}
	}
}

func (r *reader) run(st *lang.Stmt) (v check.Value, err error) {
	var reply check.Reply
	var e *lang.Error
	switch b := st.Body.(type) {
	case *lang.Decl:
		reply, e = r.Declare(b)
	case *lang.FuncDecl:
		reply, e = r.DeclareFunc(b)
	case *lang.Dims:
		reply, e = r.Size(b)
	case *lang.Def:
		reply, e = r.Define(b)
	case *lang.ExprStmt:
		v, e = r.Expr(b.X)
	default:
		return v, errors.New("no formula: " + st.Source)
	}
	if e != nil {
		return v, e
	}
	if n := len(reply.Bound); n > 0 && reply.Bound[n-1].Expr != nil {
		v = check.Value{Expr: reply.Bound[n-1].Expr, Row: reply.Bound[n-1].Row}
	}
	return v, nil
}

// An answerer keeps the last result of a session.
type answerer struct{ last *kernel.Result }

func (a *answerer) Result(r *kernel.Result)                      { a.last = r }
func (a *answerer) Print(string, string)                         {}
func (a *answerer) Display(string, bool, []kernel.Media, string) {}
func (a *answerer) Clear(bool)                                   {}
func (a *answerer) Input(string) (string, error)                 { return "", io.EOF }

// answer is what a person is told after setup.
func answer(setup, question string) *kernel.Result {
	s, a := kernel.NewSession(), &answerer{}
	for _, src := range []string{setup, question} {
		if strings.TrimSpace(src) != "" && !s.Execute(context.Background(), src, kernel.ExecuteOptions{NoInput: true}, a) {
			return a.last
		}
	}
	return a.last
}

// printed is text as the printer writes it, and its number of nodes: names, numbers, operations and calls. canonical is
// the same with the addends of every sum, and the factors of every elementwise product, in one order, and with the
// indices renamed as they come: the order in which a source writes them is taste.
func printed(r *reader, text string) (canonical string, nodes int, err error) {
	var lines []string
	p := lang.NewParser(text)
	for {
		st, err := p.Next(r.Scope)
		if err == io.EOF {
			return strings.Join(lines, "; "), nodes, nil
		}
		if err != nil {
			return "", 0, err
		}
		n := lang.Node(st.Body)
		c := canon{letter: map[string]string{}}
		switch x := n.(type) {
		case *lang.Def:
			for _, i := range x.Target.Index {
				c.bind(i)
			}
			c.entries = len(x.Target.Index) > 0
			n = x.Value
		case *lang.ExprStmt:
			n = x.X
		}
		lines = append(lines, c.text(n))
		lang.Walk(n, func(lang.Node) bool { nodes++; return true })
	}
}

// A canon renames the indices of one line. In index notation its products are of numbers.
type canon struct {
	letter  map[string]string
	entries bool
}

func (c canon) bind(n lang.Node) {
	if i, ok := n.(*lang.Name); ok && c.letter[i.Name] == "" {
		c.letter[i.Name] = fmt.Sprintf("_%d", len(c.letter))
	}
}

// text is an S-expression with what commutes sorted.
func (c canon) text(n lang.Node) string {
	switch x := n.(type) {
	case *lang.Name:
		if l := c.letter[x.Name]; l != "" {
			return l
		}
		return x.Name
	case *lang.Index:
		matrix := c
		matrix.entries = false
		words := []string{matrix.text(x.X)}
		for _, a := range x.Args {
			words = append(words, c.text(a))
		}
		return strings.Join(words, ",")
	case *lang.SumIdx:
		for _, i := range x.Index {
			c.bind(i)
		}
	case *lang.Binary:
		if xs := c.chain(x); xs != nil {
			return "(" + strings.Join(xs, " ") + ")"
		}
	}
	parts := lang.Parts(n)
	if len(parts) == 0 {
		return lang.Print(n)
	}
	words := []string{fmt.Sprintf("%T", n) + mark(n)}
	for _, p := range parts {
		words = append(words, c.text(p))
	}
	return "(" + strings.Join(words, " ") + ")"
}

// chain is the operands of a sum or an elementwise product, sorted, after its name.
func (c canon) chain(b *lang.Binary) []string {
	var words []string
	name := ""
	var add func(n lang.Expr, negative bool)
	add = func(n lang.Expr, negative bool) {
		u, neg := n.(*lang.Unary)
		x, ok := n.(*lang.Binary)
		switch {
		case name == "+" && neg && !negative:
			add(u.X, true)
		case ok && name == "+" && !negative && (x.Op == lang.Add || x.Op == lang.Sub):
			add(x.X, negative)
			add(x.Y, negative != (x.Op == lang.Sub))
		case ok && (name == "⊙" && x.Op == lang.Had || name == "*" && x.Op == lang.Mul):
			add(x.X, false)
			add(x.Y, false)
		case negative:
			words = append(words, "-"+c.text(n))
		default:
			words = append(words, c.text(n))
		}
	}
	switch b.Op {
	case lang.Add, lang.Sub:
		name = "+"
	case lang.Had:
		name = "⊙"
	case lang.Mul:
		if !c.entries {
			return nil
		}
		name = "*"
	default:
		return nil
	}
	add(b, false)
	slices.Sort(words)
	return append([]string{name}, words...)
}

// mark tells nodes of one type apart.
func mark(n lang.Node) string {
	switch x := n.(type) {
	case *lang.Binary:
		return fmt.Sprint(x.Op)
	case *lang.Norm:
		return fmt.Sprint(x.Kind)
	case *lang.Call:
		words := []any{x.Primes}
		for _, a := range x.Args {
			if a.Name != nil {
				words = append(words, a.Name.Name)
			}
		}
		return fmt.Sprint(words...)
	case *lang.Pow:
		return fmt.Sprint(x.Elementwise)
	case *lang.Deriv:
		return fmt.Sprint(len(x.Wrt))
	case *lang.Compare:
		return fmt.Sprint(x.Op)
	}
	return ""
}
