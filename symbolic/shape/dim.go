// Package shape holds dimension names, integer polynomials in them, and the equations and sizes a session knows.
package shape

import (
	"fmt"
	"sort"
	"strconv"
	"strings"
)

// A Dim is the size of an axis: an integer polynomial in dimension names, such as h, 5, 2h+1 or n·d.
// The zero Dim is the number 0. Dims are comparable: equal polynomials are equal Dims.
type Dim struct {
	key string // canonical text: terms joined by "+"; each term is coef*name*name…, names sorted
}

// A term is coef · names[0] · names[1] …; names are sorted and may repeat.
type term struct {
	coef  int64
	names []string
}

// Name is the dimension called name.
func Name(name string) Dim { return Dim{"1*" + name} }

// Const is the number n.
func Const(n int64) Dim {
	if n == 0 {
		return Dim{}
	}
	return Dim{strconv.FormatInt(n, 10)}
}

// AsName is the name if d is a single name.
func (d Dim) AsName() (string, bool) {
	rest, ok := strings.CutPrefix(d.key, "1*")
	if !ok || strings.ContainsAny(rest, "*+") {
		return "", false
	}
	return rest, true
}

// AsConst is the number if d mentions no name.
func (d Dim) AsConst() (int64, bool) {
	if d.key == "" {
		return 0, true
	}
	n, err := strconv.ParseInt(d.key, 10, 64)
	return n, err == nil
}

// Key is the same text for equal dimensions, and for no others.
func (d Dim) Key() string { return d.key }

func (d Dim) terms() []term {
	if d.key == "" {
		return nil
	}
	var ts []term
	for _, s := range strings.Split(d.key, "+") {
		f := strings.Split(s, "*")
		c, _ := strconv.ParseInt(f[0], 10, 64)
		ts = append(ts, term{c, f[1:]})
	}
	return ts
}

// build puts terms into canonical form. Higher degree first, then alphabetical: n·d+2h+1.
func build(ts []term) Dim {
	sum := map[string]int64{}
	for _, t := range ts {
		sum[strings.Join(t.names, "*")] += t.coef
	}
	keys := make([]string, 0, len(sum))
	for k, c := range sum {
		if c != 0 {
			keys = append(keys, k)
		}
	}
	sort.Slice(keys, func(i, j int) bool {
		if a, b := degree(keys[i]), degree(keys[j]); a != b {
			return a > b
		}
		return keys[i] < keys[j]
	})
	for i, k := range keys {
		c := strconv.FormatInt(sum[k], 10)
		if k == "" {
			keys[i] = c
		} else {
			keys[i] = c + "*" + k
		}
	}
	return Dim{strings.Join(keys, "+")}
}

func degree(k string) int {
	if k == "" {
		return 0
	}
	return 1 + strings.Count(k, "*")
}

// Add is d + e.
func (d Dim) Add(e Dim) Dim { return build(append(d.terms(), e.terms()...)) }

// Sub is d − e.
func (d Dim) Sub(e Dim) Dim { return d.Add(e.Mul(Const(-1))) }

// Mul is d · e.
func (d Dim) Mul(e Dim) Dim {
	var out []term
	for _, a := range d.terms() {
		for _, b := range e.terms() {
			n := append(append([]string{}, a.names...), b.names...)
			sort.Strings(n)
			out = append(out, term{a.coef * b.coef, n})
		}
	}
	return build(out)
}

// Names lists the dimension names in d, sorted, each once.
func (d Dim) Names() []string {
	seen := map[string]bool{}
	var out []string
	for _, t := range d.terms() {
		for _, n := range t.names {
			if !seen[n] {
				seen[n] = true
				out = append(out, n)
			}
		}
	}
	sort.Strings(out)
	return out
}

// Replace substitutes polynomials for names.
func (d Dim) Replace(by func(name string) (Dim, bool)) Dim {
	if n, ok := d.AsName(); ok {
		if e, ok := by(n); ok {
			return e
		}
		return d
	}
	out := Dim{}
	for _, t := range d.terms() {
		p := Const(t.coef)
		for _, n := range t.names {
			f, ok := by(n)
			if !ok {
				f = Name(n)
			}
			p = p.Mul(f)
		}
		out = out.Add(p)
	}
	return out
}

// Terms calls f for every term: its coefficient and its names, sorted and possibly repeated.
func (d Dim) Terms(f func(coef int64, names []string)) {
	for _, t := range d.terms() {
		f(t.coef, t.names)
	}
}

// Eval is the size of d where every name has one. It fails on a name without a size and on overflow.
func (d Dim) Eval(size func(name string) (int, bool)) (int, error) {
	total := int64(0)
	for _, t := range d.terms() {
		p := t.coef
		for _, n := range t.names {
			s, ok := size(n)
			if !ok {
				return 0, fmt.Errorf("dimension %s has no size", n)
			}
			q := p * int64(s)
			if p != 0 && q/p != int64(s) {
				return 0, fmt.Errorf("%s is too large", d)
			}
			p = q
		}
		total += p
	}
	return int(total), nil
}

// String is d as a person writes it inside R[…]: h, 5, 2h+1, n*d, h-1.
func (d Dim) String() string {
	if d.key == "" {
		return "0"
	}
	if name, ok := d.AsName(); ok { // nearly all are
		return name
	}
	var b strings.Builder
	for i, t := range d.terms() {
		c := t.coef
		switch {
		case c < 0:
			b.WriteString("-")
			c = -c
		case i > 0:
			b.WriteString("+")
		}
		if c != 1 || len(t.names) == 0 {
			b.WriteString(strconv.FormatInt(c, 10))
		}
		for j, n := range t.names {
			if j > 0 {
				b.WriteString("*")
			}
			b.WriteString(n)
		}
	}
	return b.String()
}

// A Shape is the size of each axis in order; a scalar has none.
type Shape []Dim

// Of makes a Shape of dimension names.
func Of(names ...string) Shape {
	s := make(Shape, len(names))
	for i, n := range names {
		s[i] = Name(n)
	}
	return s
}

// Equal says that a and b are the same axes, letter for letter.
func (a Shape) Equal(b Shape) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// Count is the number of entries.
func (a Shape) Count() Dim {
	n := Const(1)
	for _, d := range a {
		n = n.Mul(d)
	}
	return n
}

// Strings is each axis as text.
func (a Shape) Strings() []string {
	out := make([]string, len(a))
	for i, d := range a {
		out[i] = d.String()
	}
	return out
}

// String is the space: R, R[h], R[h,d].
func (a Shape) String() string {
	if len(a) == 0 {
		return "R"
	}
	return "R[" + strings.Join(a.Strings(), ",") + "]"
}
