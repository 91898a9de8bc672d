package fn_test

import (
	"context"
	"math/big"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"nabla/numeric"
	"nabla/symbolic"
	"nabla/symbolic/fn"
	"nabla/symbolic/lower"
	"nabla/symbolic/shape"
)

func newGraph() *symbolic.Graph { return symbolic.NewGraph(fn.Library(), shape.NewEnv()) }

// values are the numbers of the variables of a test.
type values map[*symbolic.Expr]*numeric.Array

func eval(t testing.TB, e *symbolic.Expr, v values) *numeric.Array {
	t.Helper()
	a, err := try(e, v)
	if err != nil {
		t.Fatalf("%v: %v", e, err)
	}
	return a
}

func try(e *symbolic.Expr, v values) (*numeric.Array, error) {
	a, err := lower.Reference(context.Background(), []*symbolic.Expr{e}, lower.Bindings{Values: v, Dims: e.G.Dims})
	if err != nil {
		return nil, err
	}
	return a[0], nil
}

// A reader reads the examples of the records: numbers, lists, names, calls, quotients and products. The language itself
// is a floor above.
type reader struct {
	g    *symbolic.Graph
	text string
	vals values
	defs map[string]*symbolic.Expr
}

func (r *reader) skip() { r.text = strings.TrimLeft(r.text, " ") }

func (r *reader) take(s string) bool {
	r.skip()
	rest, ok := strings.CutPrefix(r.text, s)
	if ok {
		r.text = rest
	}
	return ok
}

func (r *reader) word(ok func(rune) bool) string {
	r.skip()
	rest := strings.TrimLeftFunc(r.text, ok)
	w := r.text[:len(r.text)-len(rest)]
	r.text = rest
	return w
}

func (r *reader) expr() *symbolic.Expr {
	e := r.primary()
	for {
		r.skip()
		switch {
		case r.take("/"):
			e = r.g.Div(e, r.primary())
		case r.text != "" && !strings.ContainsAny(r.text[:1], "),]="):
			e = r.g.Times(e, r.primary())
		default:
			return e
		}
	}
}

func (r *reader) primary() *symbolic.Expr {
	switch {
	case r.take("-"):
		return r.g.Neg(r.primary())
	case r.take("["):
		return r.list()
	}
	r.skip()
	if unicode.IsDigit(rune(r.text[0])) {
		return r.g.Const(r.number())
	}
	name := r.word(func(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) || c == '_' })
	if r.take("(") {
		return r.call(name)
	}
	if d := r.defs[name]; d != nil {
		return d
	}
	return r.g.Call(name)
}

func (r *reader) number() *big.Rat {
	s := r.word(func(c rune) bool { return unicode.IsDigit(c) || c == '.' || c == 'e' })
	if strings.HasSuffix(s, "e") && r.take("-") {
		s += "-" + r.word(unicode.IsDigit)
	}
	x, ok := new(big.Rat).SetString(s)
	if !ok {
		panic("not a number: " + s)
	}
	return x
}

// list is an array as a variable with that value.
func (r *reader) list() *symbolic.Expr {
	var parts []*numeric.Array
	for !r.take("]") {
		parts = append(parts, r.constant(r.primary()))
		r.take(",")
	}
	a := numeric.New(append([]int{len(parts)}, parts[0].Shape...)...)
	s := make(shape.Shape, len(a.Shape))
	for i, n := range a.Shape {
		s[i] = shape.Const(int64(n))
	}
	for i, p := range parts {
		copy(a.Data[i*len(p.Data):], p.Data)
	}
	v := r.g.Fresh("v", s)
	r.vals[v] = a
	return v
}

func (r *reader) constant(e *symbolic.Expr) *numeric.Array {
	a, err := try(e, r.vals)
	if err != nil {
		panic(err)
	}
	return a
}

func (r *reader) int() int { return int(r.constant(r.expr()).Data[0]) }

func (r *reader) call(name string) *symbolic.Expr {
	f := r.g.Lib.Lookup(name)
	in := symbolic.In{Nums: map[string]*big.Rat{}}
	for k := 0; !r.take(")"); r.take(",") {
		a := f.Args[min(k, len(f.Args)-1)]
		if named := r.named(f); named != nil {
			a = *named
		} else if a.Kind != symbolic.Variadic && a.Kind != symbolic.Sizes {
			k++
		}
		switch a.Kind {
		case symbolic.Axis:
			in.Axes = append(in.Axes, r.int()-1)
		case symbolic.Size, symbolic.Sizes:
			in.Sizes = append(in.Sizes, shape.Const(int64(r.int())))
		case symbolic.Number:
			in.Nums[a.Name] = r.number()
		default:
			in.Args = append(in.Args, r.expr())
		}
	}
	if f.F2 != nil && f.Build == nil {
		in.Args = r.alike(in.Args)
	}
	e, err := r.g.Apply(f, in)
	if err != nil {
		panic(err)
	}
	return e
}

// alike repeats numbers to the shape of the other argument, as the checker does.
func (r *reader) alike(args []*symbolic.Expr) []*symbolic.Expr {
	for i, a := range args {
		if a.Rank() == 0 {
			args[i] = r.g.Broadcast(a, args[1-i].Shape)
		}
	}
	return args
}

// named is the argument that "name=" announces, if it does.
func (r *reader) named(f *symbolic.Func) *symbolic.Arg {
	for i := range f.Args {
		if r.take(f.Args[i].Name + "=") {
			return &f.Args[i]
		}
	}
	return nil
}

// show prints an array as the examples do.
func show(a *numeric.Array) string {
	if len(a.Shape) == 0 {
		return strconv.FormatFloat(a.Data[0]+0, 'g', 6, 64)
	}
	n := a.Shape[0]
	parts := make([]string, n)
	for i := range n {
		m := len(a.Data) / n
		parts[i] = show(&numeric.Array{Shape: a.Shape[1:], Data: a.Data[i*m : (i+1)*m]})
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

func TestExamplesAreTrue(t *testing.T) {
	for _, family := range fn.Families() {
		for _, f := range family.Funcs {
			t.Run(f.Name, func(t *testing.T) {
				defer func() {
					if p := recover(); p != nil {
						t.Fatal(p)
					}
				}()
				if f.Example == "" && len(f.Args) == 0 {
					t.Skip("nobody writes it")
				}
				statement, want, ok := strings.Cut(f.Example, ")\n\t")
				statement, read := strings.CutPrefix(statement, "eval(")
				if !ok || !read {
					t.Fatalf("the example %q has no answer", f.Example)
				}
				r := &reader{g: newGraph(), text: statement, vals: values{}}
				e := r.expr()
				if r.text != "" {
					t.Fatalf("cannot read %q", r.text)
				}
				if got := show(eval(t, e, r.vals)); got != want {
					t.Errorf("%s is %s, not %s", statement, got, want)
				}
				if !strings.Contains(statement, f.Name) && f.Text == "" {
					t.Errorf("the example %q does not use %s", statement, f.Name)
				}
			})
		}
	}
}
