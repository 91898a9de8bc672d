package symbolic

import (
	"math/big"
	"slices"
	"strings"
)

// Cancelled multiplies a product out over a sum in which every term is divided by another factor of the product:
// (a ⊘ p − b ⊘ q) ⊙ p ⊙ q is a ⊙ q − b ⊙ p, which is less work and has a value where p or q was rounded to 0, as a
// saturated sigmoid is. Only the factors along the axes of the sum go into it, so that no contraction is done twice.
func Cancelled(e *Expr) *Expr {
	if e.Op != Einsum {
		return e
	}
	for k, a := range e.Args {
		sum := a.Body()
		if sum.Op != Sum || len(sum.Args) < 2 || len(sum.Args) > maxCancelled || !distinct(e.In[k]) {
			continue
		}
		if inside, ok := cancelling(e, k, sum); ok {
			return Cancelled(multipliedOut(e, k, inside, sum))
		}
	}
	return e
}

// maxCancelled is the most terms that a product is multiplied out over.
const maxCancelled = 8

// cancelling are the factors of a product that have no axis which factor k, the sum, lacks. ok is false where one of the
// sum's terms is divided by none of them.
func cancelling(e *Expr, k int, sum *Expr) (inside []int, ok bool) {
	for j, in := range e.In {
		if j != k && strings.Trim(in, e.In[k]) == "" {
			inside = append(inside, j)
		}
	}
	for _, term := range sum.Args {
		if !slices.ContainsFunc(divisors(term, e.In[k]), func(r divisor) bool { return r.among(e, inside) >= 0 }) {
			return nil, false
		}
	}
	return inside, true
}

// multipliedOut is the product with the factors inside multiplied into every term of factor k, the sum.
func multipliedOut(e *Expr, k int, inside []int, sum *Expr) *Expr {
	terms := make([]*Expr, len(sum.Args))
	for i, t := range sum.Args {
		in, args := []string{e.In[k]}, []*Expr{t}
		place := map[int]*Expr{}
		for _, r := range divisors(t, e.In[k]) {
			place[r.among(e, inside)] = r.of // a name or what it stands for: the same node cancels
		}
		for _, j := range inside {
			a := e.Args[j]
			if of := place[j]; of != nil {
				a = of
			}
			in, args = append(in, e.In[j]), append(args, a)
		}
		terms[i] = e.G.Einsum(in, e.In[k], args, sum.Shape)
	}
	in, args := []string{e.In[k]}, []*Expr{e.G.LinearCombination(sum.Shape, sum.Coef, terms)}
	for j := range e.Args {
		if j != k && !slices.Contains(inside, j) {
			in, args = append(in, e.In[j]), append(args, e.Args[j])
		}
	}
	return e.G.Einsum(in, e.Out, args, e.Shape)
}

// A divisor of a term stands under its fraction bar; axes are its labels.
type divisor struct {
	of   *Expr
	axes string
}

// among is which of some factors of e a divisor is, or −1. A definition is what it stands for.
func (f divisor) among(e *Expr, some []int) int {
	for _, j := range some {
		if e.In[j] == f.axes && alike(e.Args[j], f.of) {
			return j
		}
	}
	return -1
}

// alike says that two expressions are the same, and that sums of them are, if definitions are what they stand for.
func alike(a, b *Expr) bool {
	a, b = a.Body(), b.Body()
	return a == b || a.Op == Sum && b.Op == Sum &&
		slices.EqualFunc(a.Coef, b.Coef, func(x, y *big.Rat) bool { return x.Cmp(y) == 0 }) &&
		slices.EqualFunc(a.Args, b.Args, func(x, y *Expr) bool { return x.Body() == y.Body() })
}

// divisors are what a term, whose axes have these labels, is divided by.
func divisors(term *Expr, labels string) (out []divisor) {
	factors, in, axes := []*Expr{term}, []string{labels}, labels
	if term.Op == Einsum {
		factors, in, axes = term.Args, term.In, term.Out
	}
	for i, f := range factors {
		if f.IsCall("pow") && f.Par.Exp.Sign() < 0 {
			if at, ok := relabelled(in[i], axes, labels); ok {
				out = append(out, divisor{f.Args[0], at})
			}
		}
	}
	return out
}

// relabelled writes the labels in, which stand in from, with those at the same places of to; ok is false where one does
// not stand there.
func relabelled(in, from, to string) (string, bool) {
	b := []byte(in)
	for i, l := range b {
		k := strings.IndexByte(from, l)
		if k < 0 {
			return "", false
		}
		b[i] = to[k]
	}
	return string(b), true
}

// distinct says that no label stands twice.
func distinct(labels string) bool {
	for i := range labels {
		if strings.IndexByte(labels, labels[i]) < i {
			return false
		}
	}
	return true
}
