package lower

import (
	"math"
	"math/bits"

	"nabla/symbolic"
	"nabla/symbolic/shape"
)

// sizes are the sizes of dimensions for one evaluation: those of the session, then those that values have.
type sizes struct {
	env  *shape.Env
	from map[string]source
}

// A source is a variable whose value gave a dimension its size.
type source struct {
	n int
	v *symbolic.Expr
}

// sizesOf collects the sizes that the values of the variables in typed give, and checks every value against them. Of
// the variables, those in outputs, which is typed with its functions known, must have a value.
func (b Bindings) sizesOf(typed, outputs []*symbolic.Expr) (*sizes, error) {
	s := &sizes{env: b.Dims, from: map[string]source{}}
	if s.env == nil {
		s.env = shape.NewEnv()
	}
	for _, v := range variables(outputs) {
		if _, ok := b.sizesOfValue(v); !ok {
			return nil, &MissingValue{v}
		}
	}
	vars := variables(typed)
	for _, step := range []func(*symbolic.Expr, []int) error{s.learn, s.check} {
		for _, v := range vars {
			if n, ok := b.sizesOfValue(v); ok {
				if err := step(v, n); err != nil {
					return nil, err
				}
			}
		}
	}
	return s, nil
}

// variables are the Var nodes that outputs reach, in topological order.
func variables(outputs []*symbolic.Expr) []*symbolic.Expr {
	var vars []*symbolic.Expr
	seen := map[*symbolic.Expr]bool{}
	for _, e := range outputs {
		symbolic.Walk(e, func(n *symbolic.Expr) {
			if n.Op == symbolic.Var {
				vars = append(vars, n)
			}
		}, seen)
	}
	return vars
}

func (s *sizes) learn(v *symbolic.Expr, got []int) error {
	if len(got) != v.Rank() {
		return &WrongShape{Var: v, Got: got}
	}
	for i, d := range v.Shape {
		name, ok := s.env.Canon(d).AsName()
		if !ok {
			continue
		}
		n, by, known := s.size(name)
		if known && n != got[i] {
			return &SizeConflict{Dim: name, N1: n, V1: by, N2: got[i], V2: v}
		}
		if !known {
			s.from[name] = source{got[i], v}
		}
	}
	return nil
}

func (s *sizes) check(v *symbolic.Expr, got []int) error {
	want, err := s.of(v)
	if err != nil {
		return err
	}
	for i := range want {
		if want[i] != got[i] {
			return &WrongShape{Var: v, Want: want, Got: got}
		}
	}
	return nil
}

func (s *sizes) size(name string) (n int, by *symbolic.Expr, ok bool) {
	if n, ok := s.env.Size(shape.Name(name)); ok {
		return n, nil, true
	}
	f, ok := s.from[name]
	return f.n, f.v, ok
}

// dim is the number of entries along d.
func (s *sizes) dim(d shape.Dim, node *symbolic.Expr) (int, error) {
	d = s.env.Canon(d)
	for _, name := range d.Names() {
		if _, _, ok := s.size(name); !ok {
			return 0, &MissingSize{name, node}
		}
	}
	n, err := d.Eval(func(name string) (int, bool) { n, _, ok := s.size(name); return n, ok })
	if err != nil {
		return 0, &TooLarge{Bytes: math.Inf(1), Node: node}
	}
	return n, nil
}

// of is the size of every axis of e. The number of entries is sure to be countable in bytes, and e does not divide by a
// size that is 0.
func (s *sizes) of(e *symbolic.Expr) ([]int, error) {
	if err := s.divides(e); err != nil {
		return nil, err
	}
	out := make([]int, e.Rank())
	for i, d := range e.Shape {
		n, err := s.dim(d, e)
		if err != nil {
			return nil, err
		}
		if n < 0 {
			return nil, &BadSize{d, n}
		}
		out[i] = n
	}
	if _, ok := count(out); !ok {
		return nil, &TooLarge{Bytes: bytesOf(out), Node: e}
	}
	return out, nil
}

// divides refuses a reciprocal of a size that is 0. As a number it would be infinite, and then a mean of no entries nothing
// or 0, as the product happens to be ordered.
func (s *sizes) divides(e *symbolic.Expr) error {
	if e.Op != symbolic.Call || e.Par.Exp == nil || e.Par.Exp.Sign() >= 0 || e.Args[0].Body().Op != symbolic.Dim {
		return nil
	}
	d := e.Args[0].Body().Size
	if n, err := s.dim(d, e); n != 0 || err != nil {
		return err
	}
	return &NoEntries{d}
}

// params are the parameters of a call as its kernel takes them: with numbers for dimensions.
func (s *sizes) params(e *symbolic.Expr) (symbolic.Params, error) {
	return e.Par.Sized(func(d shape.Dim) (int, error) { return s.dim(d, e) })
}

// maxEntries is how many float64 an int can count in bytes, with room to add a few such numbers.
const maxEntries = math.MaxInt64 / 64

// count is the number of entries, if that many can be counted in bytes.
func count(n []int) (int, bool) {
	total := uint64(1)
	for _, d := range n {
		if d == 0 {
			return 0, true
		}
	}
	for _, d := range n {
		hi, lo := bits.Mul64(total, uint64(d))
		if hi != 0 || lo > maxEntries {
			return 0, false
		}
		total = lo
	}
	return int(total), true
}

// bytesOf is the memory of an array as a float, which cannot overflow.
func bytesOf(n []int) float64 {
	b := 8.0
	for _, d := range n {
		b *= float64(d)
	}
	return b
}
