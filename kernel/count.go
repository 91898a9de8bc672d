package kernel

import (
	"fmt"
	"io"
	"maps"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"unicode/utf8"

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
	text = strings.NewReplacer("×", "*", "·", "*").Replace(text)
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

func (countScope) IsFunc(n string) bool {
	return n == "max" || n == "min" || n == "ceil" || n == "sqrt"
}
func (countScope) IsVar(n string) bool { return !countScope{}.IsFunc(n) }
func (countScope) IsDim(string) bool   { return false }

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
		if v := c.size(x.Name, sizes); v != nil {
			return v, nil
		}
		return nil, &unknownSize{x.Raw}
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

// size is the value of a name; a name that is none, such as nd, is the product of its letters if these are.
func (c count) size(name string, sizes map[string]*big.Rat) *big.Rat {
	if v := sizes[name]; v != nil {
		return v
	}
	if utf8.RuneCountInString(name) < 2 {
		return nil
	}
	product := big.NewRat(1, 1)
	for _, r := range name {
		v := sizes[string(r)]
		if l := c.lets[string(r)]; l != nil {
			v, _ = c.eval(l, sizes)
		}
		if v == nil {
			return nil
		}
		product.Mul(product, v)
	}
	return product
}

// An unknownSize is a name in a count that is no size.
type unknownSize struct{ name string }

func (e *unknownSize) Error() string { return e.name + " is not one of the sizes here" }

// unknown are the names of a count that are no sizes.
func (c count) unknown(sizes []string) []string {
	at := map[string]*big.Rat{}
	for _, n := range sizes {
		at[n] = big.NewRat(1, 1)
	}
	return slices.DeleteFunc(c.names(), func(n string) bool { return c.size(n, at) != nil })
}

// renamed is a count with other names for its sizes.
func (c count) renamed(to map[string]string) count {
	c.x = lang.Rewrite(c.x, func(e lang.Expr) lang.Expr {
		if n, ok := e.(*lang.Name); ok && to[n.Name] != "" {
			return name(to[n.Name])
		}
		return e
	})
	return c
}

// renamings are the ways to read names that mean nothing as sizes that the count does not use: N as n first of all.
func (c count) renamings(sizes []string, isSize func(string) bool) []map[string]string {
	unknown := c.unknown(sizes)
	if slices.ContainsFunc(unknown, isSize) {
		return nil
	}
	used := c.names()
	var free []string
	for _, n := range slices.Concat(slices.Sorted(maps.Keys(c.lets)), sizes) {
		if !slices.Contains(used, n) {
			free = append(free, n)
		}
	}
	if len(unknown) == 0 || len(unknown) > len(free) || len(unknown) == len(used) && len(used) < 3 && !slices.ContainsFunc(unknown, func(n string) bool { return slices.Contains(free, strings.ToLower(n)) }) {
		return nil
	}
	var out []map[string]string
	assign(unknown, free, map[string]string{}, &out)
	return out
}

// assign lists the injections of names into free.
func assign(names, free []string, so map[string]string, out *[]map[string]string) {
	if len(names) == 0 {
		*out = append(*out, maps.Clone(so))
		return
	}
	if i := slices.Index(free, strings.ToLower(names[0])); i > 0 {
		free = slices.Concat(free[i:i+1], free[:i], free[i+1:])
	}
	for i, f := range free {
		so[names[0]] = f
		assign(names[1:], slices.Concat(free[:i], free[i+1:]), so, out)
		delete(so, names[0])
	}
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
