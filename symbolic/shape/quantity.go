package shape

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// A Quantity is a rational function of dimensions with max, min and ceil: a number of entries, of operations, or a
// fraction of time, such as d*h + n*max(d + h, 2*h, h + q) or (P - 1)/(m + P - 1). Dimensions are at least 1. The zero
// Quantity is 0. Equal keys are equal quantities.
type Quantity struct {
	terms []monomial // canonical: no two alike, none zero, in the order of cmpMonomial
}

// A monomial is coef·∏ base^exp.
type monomial struct {
	coef   *big.Rat
	powers []power // ordered by the key of the base, no exponent zero
	known  *place  // where it stands among the terms of a quantity, once it does
}

// A place orders the terms of a quantity: those of the highest degree first, then by key.
type place struct {
	key    string
	degree int
}

func (p *place) compare(r *place) int { return cmp.Or(r.degree-p.degree, cmp.Compare(p.key, r.key)) }

func (t monomial) place() *place {
	if t.known != nil {
		return t.known
	}
	return &place{t.monomialKey(), t.degree()}
}

type power struct {
	base *atom
	exp  int
}

// An atom is a name, or something that a polynomial cannot express.
type atom struct {
	key  string
	kind atomKind
	name string
	args []Quantity
}

type atomKind uint8

const (
	nameAtom atomKind = iota
	maxAtom
	minAtom
	ceilAtom
	sumAtom // a sum of several terms, which only occurs with a negative exponent
)

// Number is the quantity r.
func Number(r *big.Rat) Quantity { return collect([]monomial{{coef: r}}) }

// Integer is the quantity n.
func Integer(n int64) Quantity { return Number(big.NewRat(n, 1)) }

// Symbol is the quantity called name.
func Symbol(name string) Quantity {
	return Quantity{[]monomial{{coef: big.NewRat(1, 1), powers: []power{{&atom{key: name, name: name}, 1}}}}}
}

// Quantity is d as a quantity.
func (d Dim) Quantity() Quantity {
	out := Quantity{}
	d.Terms(func(coef int64, names []string) {
		t := Integer(coef)
		for _, n := range names {
			t = t.Mul(Symbol(n))
		}
		out = out.Add(t)
	})
	return out
}

// Entries is the number of entries of a tensor of this shape.
func (a Shape) Entries() Quantity {
	out := Integer(1)
	for _, d := range a {
		out = out.Mul(d.Quantity())
	}
	return out
}

// Key is the same for equal quantities only.
func (q Quantity) Key() string {
	var b strings.Builder
	for i, t := range q.terms {
		if i > 0 {
			b.WriteByte('+')
		}
		b.WriteString(t.coef.RatString())
		b.WriteString(t.monomialKey())
	}
	return b.String()
}

func (t monomial) monomialKey() string {
	if t.known != nil {
		return t.known.key
	}
	var b []byte
	for _, p := range t.powers {
		b = append(append(append(b, '*'), p.base.key...), '^')
		b = strconv.AppendInt(b, int64(p.exp), 10)
	}
	return string(b)
}

func (t monomial) degree() int {
	n := 0
	for _, p := range t.powers {
		n += p.exp
	}
	return n
}

// collect puts terms into canonical form.
func collect(ts []monomial) Quantity {
	all := make([]monomial, len(ts))
	for i, t := range ts {
		all[i] = monomial{t.coef, t.powers, t.place()}
	}
	slices.SortStableFunc(all, func(a, b monomial) int { return a.known.compare(b.known) })
	return merged(all, nil)
}

// merged are the terms of two ordered lists in order, those that are alike added.
func merged(a, b []monomial) Quantity {
	out := make([]monomial, 0, len(a)+len(b))
	for len(a)+len(b) > 0 {
		from := &a
		if len(a) == 0 || len(b) > 0 && b[0].known.compare(a[0].known) < 0 {
			from = &b
		}
		t := (*from)[0]
		*from = (*from)[1:]
		if n := len(out) - 1; n >= 0 && out[n].known.compare(t.known) == 0 {
			out[n].coef = new(big.Rat).Add(out[n].coef, t.coef)
			continue
		}
		out = append(out, t)
	}
	return Quantity{slices.DeleteFunc(out, func(t monomial) bool { return t.coef.Sign() == 0 })}
}

// ordered says that q is in canonical form, as all are but those made for a step in between.
func (q Quantity) ordered() bool {
	for i, t := range q.terms {
		if t.known == nil || i > 0 && q.terms[i-1].known.compare(t.known) >= 0 {
			return false
		}
	}
	return true
}

// Add is q + r.
func (q Quantity) Add(rs ...Quantity) Quantity {
	if len(rs) == 1 && q.ordered() && rs[0].ordered() {
		return merged(q.terms, rs[0].terms)
	}
	all := slices.Clone(q.terms)
	for _, r := range rs {
		all = append(all, r.terms...)
	}
	return collect(all)
}

// Sub is q − r.
func (q Quantity) Sub(r Quantity) Quantity {
	minus := make([]monomial, len(r.terms))
	for i, t := range r.terms {
		minus[i] = monomial{new(big.Rat).Neg(t.coef), t.powers, t.known}
	}
	return q.Add(Quantity{minus})
}

// Scale is c·q.
func (q Quantity) Scale(c *big.Rat) Quantity { return q.Mul(Number(c)) }

// Times is n·q.
func (q Quantity) Times(n int64) Quantity { return q.Scale(big.NewRat(n, 1)) }

// Mul is q·r.
func (q Quantity) Mul(r Quantity) Quantity {
	var out []monomial
	for _, a := range q.terms {
		for _, b := range r.terms {
			out = append(out, a.mul(b))
		}
	}
	return collect(out)
}

func (t monomial) mul(u monomial) monomial {
	ps := slices.Clone(t.powers)
	for _, p := range u.powers {
		i, found := slices.BinarySearchFunc(ps, p.base.key, func(x power, k string) int { return strings.Compare(x.base.key, k) })
		if !found {
			ps = slices.Insert(ps, i, p)
		} else if ps[i].exp += p.exp; ps[i].exp == 0 {
			ps = slices.Delete(ps, i, i+1)
		}
	}
	return monomial{coef: new(big.Rat).Mul(t.coef, u.coef), powers: ps}
}

func (t monomial) inverse() monomial {
	ps := slices.Clone(t.powers)
	for i := range ps {
		ps[i].exp = -ps[i].exp
	}
	return monomial{coef: new(big.Rat).Inv(t.coef), powers: ps}
}

// Div is q/r. It panics where r is 0.
func (q Quantity) Div(r Quantity) Quantity {
	if r.IsZero() {
		panic("shape: a quantity divided by 0")
	}
	content := r.content()
	rest := r.Mul(Quantity{[]monomial{content.inverse()}})
	q = q.Mul(Quantity{[]monomial{content.inverse()}})
	if len(rest.terms) == 1 {
		return q.Mul(Quantity{[]monomial{rest.terms[0].inverse()}})
	}
	if len(q.terms) > 0 {
		own := q.content()
		if q.Mul(Quantity{[]monomial{own.inverse()}}).Key() == rest.Key() {
			return Quantity{[]monomial{own}}
		}
	}
	s := &atom{key: "(" + rest.Key() + ")", kind: sumAtom, args: []Quantity{rest}}
	return q.Mul(Quantity{[]monomial{{coef: big.NewRat(1, 1), powers: []power{{s, -1}}}}})
}

// content is the largest positive monomial that divides every term.
func (q Quantity) content() monomial {
	out := monomial{coef: big.NewRat(1, 1)}
	if len(q.terms) == 0 {
		return out
	}
	for _, p := range q.terms[0].powers {
		least := p.exp
		for _, t := range q.terms[1:] {
			least = min(least, t.exponent(p.base.key))
		}
		if least > 0 {
			out.powers = append(out.powers, power{p.base, least})
		}
	}
	num, den := new(big.Int), big.NewInt(1)
	for _, t := range q.terms {
		num.GCD(nil, nil, num, new(big.Int).Abs(t.coef.Num()))
		g := new(big.Int).GCD(nil, nil, den, t.coef.Denom())
		den.Mul(den, new(big.Int).Div(t.coef.Denom(), g))
	}
	out.coef = new(big.Rat).SetFrac(num, den)
	return out
}

func (t monomial) exponent(key string) int {
	for _, p := range t.powers {
		if p.base.key == key {
			return p.exp
		}
	}
	return 0
}

// IsZero says that q is 0.
func (q Quantity) IsZero() bool { return len(q.terms) == 0 }

// AsNumber is the number if q mentions no name.
func (q Quantity) AsNumber() (*big.Rat, bool) {
	switch {
	case len(q.terms) == 0:
		return new(big.Rat), true
	case len(q.terms) == 1 && len(q.terms[0].powers) == 0:
		return q.terms[0].coef, true
	}
	return nil, false
}

// Names are the dimensions that q mentions, in alphabetical order.
func (q Quantity) Names() []string {
	seen := map[string]bool{}
	q.eachName(func(n string) { seen[n] = true })
	out := make([]string, 0, len(seen))
	for n := range seen {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}

func (q Quantity) eachName(f func(string)) {
	for _, t := range q.terms {
		for _, p := range t.powers {
			if p.base.kind == nameAtom {
				f(p.base.name)
			}
			for _, a := range p.base.args {
				a.eachName(f)
			}
		}
	}
}

// Replace substitutes quantities for names.
func (q Quantity) Replace(by map[string]Quantity) Quantity {
	out := Quantity{}
	for _, t := range q.terms {
		x := Number(t.coef)
		for _, p := range t.powers {
			b := p.base.replace(by)
			for range max(p.exp, -p.exp) {
				if p.exp > 0 {
					x = x.Mul(b)
				} else {
					x = x.Div(b)
				}
			}
		}
		out = out.Add(x)
	}
	return out
}

func (a *atom) replace(by map[string]Quantity) Quantity {
	if a.kind == nameAtom {
		if r, ok := by[a.name]; ok {
			return r
		}
		return Symbol(a.name)
	}
	args := make([]Quantity, len(a.args))
	for i, x := range a.args {
		args[i] = x.Replace(by)
	}
	switch a.kind {
	case maxAtom:
		return Max(args...)
	case minAtom:
		return Min(args...)
	case ceilAtom:
		return Ceil(args[0])
	}
	return args[0]
}

// Eval is the number that q is for these sizes. It fails on a name without a size, and where it divides by 0.
func (q Quantity) Eval(size func(name string) (int, bool)) (*big.Rat, error) {
	total := new(big.Rat)
	for _, t := range q.terms {
		x := new(big.Rat).Set(t.coef)
		for _, p := range t.powers {
			v, err := p.base.eval(size)
			if err != nil {
				return nil, err
			}
			if p.exp < 0 && v.Sign() == 0 {
				return nil, fmt.Errorf("%s divides by 0", q)
			}
			for range max(p.exp, -p.exp) {
				if p.exp > 0 {
					x.Mul(x, v)
				} else {
					x.Quo(x, v)
				}
			}
		}
		total.Add(total, x)
	}
	return total, nil
}

func (a *atom) eval(size func(string) (int, bool)) (*big.Rat, error) {
	if a.kind == nameAtom {
		n, ok := size(a.name)
		if !ok {
			return nil, fmt.Errorf("dimension %s has no size", a.name)
		}
		return big.NewRat(int64(n), 1), nil
	}
	var best *big.Rat
	for _, x := range a.args {
		v, err := x.Eval(size)
		if err != nil {
			return nil, err
		}
		if best == nil || a.kind == maxAtom && v.Cmp(best) > 0 || a.kind == minAtom && v.Cmp(best) < 0 {
			best = v
		}
	}
	if a.kind == ceilAtom {
		n := new(big.Int).Neg(best.Num())
		n.Div(n, best.Denom()) // rounds down, so that its negative is rounded up
		return new(big.Rat).SetInt(n.Neg(n)), nil
	}
	return best, nil
}

// Ceil is q rounded up.
func Ceil(q Quantity) Quantity {
	if r, ok := q.AsNumber(); ok {
		a := &atom{kind: ceilAtom, args: []Quantity{Number(r)}}
		v, _ := a.eval(nil)
		return Number(v)
	}
	if q.isWhole() {
		return q
	}
	return Quantity{[]monomial{{coef: big.NewRat(1, 1), powers: []power{{&atom{"ceil(" + q.Key() + ")", ceilAtom, "", []Quantity{q}}, 1}}}}}
}

// isWhole says that q is a whole number for all sizes.
func (q Quantity) isWhole() bool {
	for _, t := range q.terms {
		if !t.coef.IsInt() {
			return false
		}
		for _, p := range t.powers {
			if p.exp < 0 || (p.base.kind == maxAtom || p.base.kind == minAtom) && slices.ContainsFunc(p.base.args, func(a Quantity) bool { return !a.isWhole() }) {
				return false
			}
		}
	}
	return true
}

// Max is the largest of qs. What another one is never below is left out; what all have in common stands outside.
func Max(qs ...Quantity) Quantity { return extremum(maxAtom, "max", qs) }

// Min is the smallest of qs.
func Min(qs ...Quantity) Quantity { return extremum(minAtom, "min", qs) }

func extremum(kind atomKind, word string, qs []Quantity) Quantity {
	qs = undominated(kind, flattened(kind, qs))
	if len(qs) == 1 {
		return qs[0]
	}
	common := commonTerms(qs)
	sum := Quantity{}
	for i, q := range qs {
		qs[i] = q.Sub(common)
		sum.terms = append(sum.terms, qs[i].terms...)
	}
	factor := sum.content()
	keys := make([]string, len(qs))
	for i, q := range qs {
		qs[i] = q.Mul(Quantity{[]monomial{factor.inverse()}})
	}
	slices.SortFunc(qs, func(a, b Quantity) int { return strings.Compare(a.Key(), b.Key()) })
	for i, q := range qs {
		keys[i] = q.Key()
	}
	a := &atom{word + "(" + strings.Join(keys, ",") + ")", kind, "", qs}
	return common.Add(Quantity{[]monomial{factor.mul(monomial{coef: big.NewRat(1, 1), powers: []power{{a, 1}}})}})
}

// flattened opens arguments that are an extremum of the same kind.
func flattened(kind atomKind, qs []Quantity) []Quantity {
	var out []Quantity
	for _, q := range qs {
		if len(q.terms) == 1 && len(q.terms[0].powers) == 1 {
			if p := q.terms[0].powers[0]; p.base.kind == kind && p.exp == 1 && q.terms[0].coef.Cmp(big.NewRat(1, 1)) == 0 {
				out = append(out, p.base.args...)
				continue
			}
		}
		out = append(out, q)
	}
	return out
}

func undominated(kind atomKind, qs []Quantity) []Quantity {
	var out []Quantity
	for i, q := range qs {
		beaten := false
		for j, r := range qs {
			if i == j {
				continue
			}
			lo, hi := q, r
			if kind == minAtom {
				lo, hi = r, q
			}
			if lo.NeverAbove(hi) && (j < i || !hi.NeverAbove(lo)) {
				beaten = true
			}
		}
		if !beaten {
			out = append(out, q)
		}
	}
	return out
}

// NeverAbove says that q ≤ r for all sizes that are at least 1, as far as the coefficients show it.
func (q Quantity) NeverAbove(r Quantity) bool {
	d := r.Sub(q)
	if nonnegative(d) {
		return true
	}
	names := d.Names()
	for _, sizes := range [][2]int{{1, 1}, {1000, 1000}, {1, 1000}, {1000, 1}} { // refuted at once
		v, err := d.Eval(func(n string) (int, bool) { return sizes[slices.Index(names, n)&1], true })
		if err != nil || v.Sign() < 0 {
			return false
		}
	}
	by := map[string]Quantity{}
	if slices.ContainsFunc(d.terms, func(t monomial) bool {
		return slices.ContainsFunc(t.powers, func(p power) bool { return p.exp < 0 })
	}) {
		return false
	}
	for _, n := range names {
		by[n] = Symbol(n).Add(Integer(1)) // n = n′ + 1 with n′ at least 0
	}
	return nonnegative(d.Replace(by))
}

// nonnegative says that no coefficient is negative.
func nonnegative(q Quantity) bool {
	return !slices.ContainsFunc(q.terms, func(t monomial) bool { return t.coef.Sign() < 0 })
}

// commonTerms are the terms that all of qs have, each with the least coefficient.
func commonTerms(qs []Quantity) Quantity {
	var out []monomial
	for _, t := range qs[0].terms {
		least := t.coef
		for _, q := range qs[1:] {
			c := q.coefficient(t.monomialKey())
			if c.Cmp(least) < 0 {
				least = c
			}
		}
		if least.Sign() > 0 {
			out = append(out, monomial{least, t.powers, t.known})
		}
	}
	return collect(out)
}

func (q Quantity) coefficient(key string) *big.Rat {
	for _, t := range q.terms {
		if t.monomialKey() == key {
			return t.coef
		}
	}
	return new(big.Rat)
}

// Linear splits q = a·name + b where a and b do not mention the name.
func (q Quantity) Linear(name string) (a, b Quantity, ok bool) {
	for _, t := range q.terms {
		one := Quantity{[]monomial{t}}
		switch t.exponent(name) {
		case 0:
			b = b.Add(one)
		case 1:
			a = a.Add(one.Div(Symbol(name)))
		default:
			return a, b, false
		}
	}
	return a, b, !slices.Contains(a.Names(), name) && !slices.Contains(b.Names(), name)
}

// String is q as a person writes it, with * between factors: it reads back.
func (q Quantity) String() string { return q.print("*", false) }

// LaTeX is q as LaTeX source.
func (q Quantity) LaTeX() string { return q.print(`\,`, true) }

func (q Quantity) print(times string, tex bool) string {
	if len(q.terms) == 0 {
		return "0"
	}
	if den := q.denominator(); len(den.powers) > 0 || den.coef.Cmp(big.NewRat(1, 1)) != 0 {
		num, bottom := q.Mul(Quantity{[]monomial{den}}), Quantity{[]monomial{den}}
		if tex {
			return `\frac{` + num.print(times, tex) + `}{` + bottom.print(times, tex) + `}`
		}
		return num.wrapped(times, tex) + "/" + bottom.wrapped(times, tex)
	}
	var b strings.Builder
	for i, t := range q.terms {
		c := t.coef
		switch {
		case c.Sign() < 0 && i == 0:
			b.WriteString("-")
		case c.Sign() < 0:
			b.WriteString(" - ")
		case i > 0:
			b.WriteString(" + ")
		}
		b.WriteString(t.print(new(big.Rat).Abs(c), times, tex))
	}
	return b.String()
}

// denominator is the monomial that q must be multiplied by to have none.
func (q Quantity) denominator() monomial {
	den := monomial{coef: big.NewRat(1, 1)}
	lcm := big.NewInt(1)
	for _, t := range q.terms {
		g := new(big.Int).GCD(nil, nil, lcm, t.coef.Denom())
		lcm.Mul(lcm, new(big.Int).Div(t.coef.Denom(), g))
		for _, p := range t.powers {
			if have := den.exponent(p.base.key); -p.exp > have {
				den = den.mul(monomial{coef: big.NewRat(1, 1), powers: []power{{p.base, -p.exp - have}}})
			}
		}
	}
	den.coef.SetInt(lcm)
	return den
}

// wrapped is q in parentheses where it has several terms or factors.
func (q Quantity) wrapped(times string, tex bool) string {
	s := q.print(times, tex)
	if len(q.terms) == 1 && len(q.terms[0].powers) <= 1 && (len(q.terms[0].powers) == 0 || q.terms[0].coef.Cmp(big.NewRat(1, 1)) == 0) {
		return s
	}
	return "(" + s + ")"
}

func (t monomial) print(coef *big.Rat, times string, tex bool) string {
	var parts []string
	if coef.Cmp(big.NewRat(1, 1)) != 0 || len(t.powers) == 0 {
		parts = append(parts, coef.RatString())
	}
	ps := slices.Clone(t.powers)
	slices.SortStableFunc(ps, func(a, b power) int { return int(a.base.kind) - int(b.base.kind) })
	for _, p := range ps {
		s := p.base.print(times, tex)
		switch {
		case p.exp != 1 && tex:
			s = fmt.Sprintf("%s^{%d}", s, p.exp)
		case p.exp != 1:
			s = fmt.Sprintf("%s^%d", s, p.exp)
		}
		parts = append(parts, s)
	}
	return strings.Join(parts, times)
}

func (a *atom) print(times string, tex bool) string {
	args := make([]string, len(a.args))
	for i, x := range a.args {
		args[i] = x.print(times, tex)
	}
	list := strings.Join(args, ", ")
	switch {
	case a.kind == nameAtom:
		return a.name
	case a.kind == sumAtom:
		return "(" + list + ")"
	case a.kind == ceilAtom && tex:
		return `\lceil ` + list + ` \rceil`
	case tex:
		return `\` + map[atomKind]string{maxAtom: "max", minAtom: "min"}[a.kind] + "(" + list + ")"
	}
	return map[atomKind]string{maxAtom: "max", minAtom: "min", ceilAtom: "ceil"}[a.kind] + "(" + list + ")"
}
