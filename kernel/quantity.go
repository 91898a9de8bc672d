package kernel

import (
	"math/big"
	"strconv"
	"strings"

	"nabla/numeric"
	"nabla/symbolic"
	"nabla/symbolic/lower"
	"nabla/symbolic/shape"
)

// A ruler writes quantities in the dimensions of a session: equated names as one, and numbers once sizes are known.
type ruler struct {
	env  *shape.Env
	same map[string]shape.Quantity // equated names
}

func (j *job) ruler() ruler {
	r := ruler{env: j.state.sizes().env, same: map[string]shape.Quantity{}}
	for _, n := range r.env.Names() {
		if c := r.env.Canon(shape.Name(n)); c != shape.Name(n) {
			r.same[n] = c.Quantity()
		}
	}
	return r
}

func (r ruler) size(name string) (int, bool) { return r.env.Size(shape.Name(name)) }

func (r ruler) canon(q shape.Quantity) shape.Quantity {
	if len(r.same) == 0 {
		return q
	}
	return q.Replace(r.same)
}

// number is the quantity once every dimension in it has a size.
func (r ruler) number(q shape.Quantity) (*big.Rat, bool) {
	v, err := r.canon(q).Eval(r.size)
	return v, err == nil
}

// text is the formula.
func (r ruler) text(q shape.Quantity) string { return r.canon(q).String() }

// cell is the formula as part of a table.
func (r ruler) cell(q shape.Quantity) cell { return cell{r.text(q), r.canon(q).LaTeX()} }

// value is the number, or nothing.
func (r ruler) value(q shape.Quantity) string {
	v, ok := r.number(q)
	if _, plain := r.canon(q).AsNumber(); !ok || plain {
		return ""
	}
	return "= " + grouped(v)
}

// line is the formula with its number.
func (r ruler) line(q shape.Quantity) string {
	return strings.TrimRight(r.text(q)+" "+r.value(q), " ")
}

// grouped is a whole number with spaces between groups of three digits, any other with four digits, or one after the point.
func grouped(v *big.Rat) string {
	if !v.IsInt() && v.Cmp(big.NewRat(1000, 1)) > 0 {
		whole, tenth, _ := strings.Cut(v.FloatString(1), ".")
		n, _ := new(big.Rat).SetString(whole)
		return grouped(n) + "." + tenth
	}
	if !v.IsInt() {
		f, _ := v.Float64()
		return strconv.FormatFloat(f, 'g', 4, 64)
	}
	s := v.Num().String()
	sign := ""
	if s[0] == '-' {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + " " + s[i:]
	}
	return sign + s
}

// An amount is a quantity in the data of a report.
type amount struct {
	Formula string `json:"formula"`
	LaTeX   string `json:"latex"`
	Value   *Float `json:"value"`
}

// line is the formula with its number.
func (a amount) line() string {
	if a.Value == nil {
		return a.Formula
	}
	v := new(big.Rat).SetFloat64(float64(*a.Value))
	if v == nil || grouped(v) == a.Formula {
		return a.Formula
	}
	return a.Formula + " = " + grouped(v)
}

func (r ruler) amount(q shape.Quantity) amount {
	q = r.canon(q)
	a := amount{Formula: q.String(), LaTeX: q.LaTeX()}
	if v, ok := r.number(q); ok {
		f, _ := v.Float64()
		a.Value = (*Float)(&f)
	}
	return a
}

// bytesText is a number of bytes as people say it: 813 056 bytes, 153.9 GiB.
func bytesText(b *big.Rat) string {
	f, _ := b.Float64()
	for _, u := range []struct {
		name string
		size float64
	}{{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
		if f >= u.size {
			return strconv.FormatFloat(f/u.size, 'f', 1, 64) + " " + u.name
		}
	}
	return grouped(b) + " bytes"
}

// program compiles outputs for the sizes that are known, without values; an abstract function that stands for nothing yet
// is taken as the example of its type. It fails where a size is missing.
func (j *job) program(outputs []*symbolic.Expr) (*lower.Program, error) {
	return j.programFor(outputs, j.state.sizes().env)
}

// programFor is program for other sizes.
func (j *job) programFor(outputs []*symbolic.Expr, env *shape.Env) (*lower.Program, error) {
	b := j.state.bindings()
	b.Dims, b.Values, b.Kept, b.MemoryLimit = env, map[*symbolic.Expr]*numeric.Array{}, lower.Kept{}, 0
	known := map[*symbolic.Func]*symbolic.Func{}
	for f, g := range b.Functions {
		known[f] = g
	}
	seen := map[*symbolic.Expr]bool{}
	for _, e := range outputs {
		symbolic.Walk(e, func(n *symbolic.Expr) {
			switch {
			case n.Op == symbolic.Var:
				if sizes, ok := env.Sizes(n.Shape); ok {
					b.Values[n] = &numeric.Array{Shape: sizes}
				}
			case n.Op == symbolic.Call && n.Fn.Abstract != nil && known[n.Fn] == nil:
				known[n.Fn] = n.G.Lib.Lookup(exampleFunction(n.Fn))
			}
		}, seen)
	}
	b.Functions = known
	return lower.Compile(outputs, b)
}
