package kernel

import (
	"fmt"
	"io"
	"math/big"
	"math/rand/v2"
	"slices"

	"nabla/lang"
)

// A count is a number of entries, operations or bytes: a polynomial in the sizes of dimensions, with max, min and
// quotients. All names in it are sizes, whatever variables there are.
type count struct {
	x    lang.Expr
	lets map[string]lang.Expr
}

// readCount parses a count. Names of its own come from lets.
func readCount(text string, lets [][2]string) (count, error) {
	c := count{lets: map[string]lang.Expr{}}
	for _, l := range lets {
		x, err := countTree(l[1])
		if err != nil {
			return c, err
		}
		c.lets[l[0]] = x
	}
	x, err := countTree(text)
	c.x = x
	return c, err
}

func countTree(text string) (lang.Expr, error) {
	st, err := lang.NewParser(text).Next(countScope{})
	if err == io.EOF {
		return nil, fmt.Errorf("there is nothing to read")
	}
	if err != nil {
		return nil, err
	}
	s, ok := st.Body.(*lang.ExprStmt)
	if !ok {
		return nil, fmt.Errorf("%s is no count", text)
	}
	return s.X, nil
}

// A countScope reads every name as a size, but for max and min.
type countScope struct{}

func (countScope) IsFunc(n string) bool { return n == "max" || n == "min" || n == "ceil" }
func (countScope) IsVar(n string) bool  { return !countScope{}.IsFunc(n) }
func (countScope) IsDim(string) bool    { return false }

// names are the sizes that a count depends on.
func (c count) names() []string {
	var out []string
	var visit func(x lang.Expr)
	visit = func(x lang.Expr) {
		lang.Walk(x, func(n lang.Node) bool {
			if call, ok := n.(*lang.Call); ok {
				for _, a := range call.Args {
					visit(a.X)
				}
				return false
			}
			if m, ok := n.(*lang.Name); ok {
				if l := c.lets[m.Name]; l != nil {
					visit(l)
				} else if !slices.Contains(out, m.Name) {
					out = append(out, m.Name)
				}
			}
			return true
		})
	}
	visit(c.x)
	return out
}

// at is the count for given sizes.
func (c count) at(sizes map[string]*big.Rat) (*big.Rat, error) { return c.eval(c.x, sizes) }

func (c count) eval(x lang.Expr, sizes map[string]*big.Rat) (*big.Rat, error) {
	switch x := x.(type) {
	case *lang.Number:
		return x.Val, nil
	case *lang.Name:
		if l := c.lets[x.Name]; l != nil {
			return c.eval(l, sizes)
		}
		if v := sizes[x.Name]; v != nil {
			return v, nil
		}
		return nil, fmt.Errorf("%s is not one of the sizes here", x.Raw)
	case *lang.Unary:
		v, err := c.eval(x.X, sizes)
		if err != nil {
			return nil, err
		}
		return new(big.Rat).Neg(v), nil
	case *lang.Binary:
		return c.binary(x, sizes)
	case *lang.Pow:
		return c.power(x, sizes)
	case *lang.Call:
		return c.extreme(x, sizes)
	}
	return nil, fmt.Errorf("%s is no count: write sums, products, quotients, max and min of sizes", lang.Print(x))
}

func (c count) binary(x *lang.Binary, sizes map[string]*big.Rat) (*big.Rat, error) {
	a, err := c.eval(x.X, sizes)
	if err != nil {
		return nil, err
	}
	b, err := c.eval(x.Y, sizes)
	if err != nil {
		return nil, err
	}
	r := new(big.Rat)
	switch x.Op {
	case lang.Add:
		return r.Add(a, b), nil
	case lang.Sub:
		return r.Sub(a, b), nil
	case lang.Mul, lang.Dot:
		return r.Mul(a, b), nil
	case lang.Div:
		if b.Sign() == 0 {
			return nil, fmt.Errorf("division by 0")
		}
		return r.Quo(a, b), nil
	}
	return nil, fmt.Errorf("%s is no count: write sums, products and quotients of sizes", lang.Print(x))
}

func (c count) power(x *lang.Pow, sizes map[string]*big.Rat) (*big.Rat, error) {
	a, err := c.eval(x.X, sizes)
	if err != nil {
		return nil, err
	}
	n, ok := x.Y.(*lang.Number)
	if !ok || !n.Val.IsInt() || n.Val.Sign() < 0 || n.Val.Num().Int64() > 9 {
		return nil, fmt.Errorf("the exponent of %s should be a small whole number", lang.Print(x))
	}
	r := big.NewRat(1, 1)
	for range n.Val.Num().Int64() {
		r.Mul(r, a)
	}
	return r, nil
}

func (c count) extreme(x *lang.Call, sizes map[string]*big.Rat) (*big.Rat, error) {
	if x.Fn.Name != "max" && x.Fn.Name != "min" || len(x.Args) == 0 {
		return nil, fmt.Errorf("%s is no count: max and min are the functions here", lang.Print(x))
	}
	var best *big.Rat
	for _, a := range x.Args {
		v, err := c.eval(a.X, sizes)
		if err != nil {
			return nil, err
		}
		if best == nil || (v.Cmp(best) > 0) == (x.Fn.Name == "max") {
			best = v
		}
	}
	return best, nil
}

// sameCount says that two counts agree at many random sizes: exactly, so that polynomials that differ do differ. sizes
// are the names allowed.
func sameCount(a, b count, sizes []string) (bool, error) {
	r := rand.New(rand.NewPCG(1, 5))
	for range 60 {
		at := map[string]*big.Rat{}
		for _, n := range sizes {
			at[n] = big.NewRat(r.Int64N(997)+1, 1)
		}
		x, err := a.at(at)
		if err != nil {
			return false, err
		}
		y, err := b.at(at)
		if err != nil {
			return false, err
		}
		if x.Cmp(y) != 0 {
			return false, nil
		}
	}
	return true, nil
}
