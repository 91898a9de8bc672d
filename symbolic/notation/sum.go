package notation

import (
	"fmt"
	"math/big"
	"slices"

	"nabla/lang"
	"nabla/symbolic"
)

// sumTree is a sum with common factors taken out: 2 Xᵀ (X w − y), (A + Aᵀ) x, λ (V + W).
func (p *printer) sumTree(ts []*term) lang.Expr {
	outer, inner := takeScalars(ts)
	inner = collect(takeMatrices(inner))
	switch {
	case len(inner) == 1:
		return p.signedTree(joined(outer, inner[0]))
	case outer.isOne():
		return p.addends(inner)
	}
	body := p.addends(inner)
	return p.signedFactor(outer, body)
}

// joined is the product of a scalar term and a term.
func joined(a, b *term) *term {
	return &term{
		coef: new(big.Rat).Mul(a.coef, b.coef), core: b.core, net: b.net,
		num: slices.Concat(a.num, b.num), den: slices.Concat(a.den, b.den),
	}
}

func (t *term) isOne() bool {
	return t.coef.Cmp(one) == 0 && len(t.num) == 0 && len(t.den) == 0 && t.core == nil
}

// signedFactor is a scalar term times a sum.
func (p *printer) signedFactor(t *term, sum lang.Expr) lang.Expr {
	c := new(big.Rat).Abs(t.coef)
	num, den := p.scalars(t.num), p.scalars(t.den)
	var x lang.Expr
	if len(den) == 0 {
		x = p.plainTerm(c, num, sum)
	} else {
		above := withNumber(new(big.Rat).SetInt(c.Num()), num)
		x = binary(lang.Div, p.juxtaposed(append(above, sum)), p.juxtaposed(withNumber(new(big.Rat).SetInt(c.Denom()), den)))
	}
	if t.coef.Sign() < 0 {
		return negate(x)
	}
	return x
}

// takeScalars splits off the number and the scalar factors that every term has.
func takeScalars(ts []*term) (outer *term, inner []*term) {
	outer = &term{coef: one}
	if len(ts) < 2 {
		return outer, ts
	}
	inner = make([]*term, len(ts))
	for i, t := range ts {
		c := *t
		inner[i] = &c
	}
	outer.num = takeCommon(inner, func(t *term) *[]*symbolic.Expr { return &t.num }, isRoot)
	outer.den = takeCommon(inner, func(t *term) *[]*symbolic.Expr { return &t.den }, func(*symbolic.Expr) bool { return true })
	outer.coef = takeCoefficient(inner, len(outer.num)+len(outer.den) > 0)
	return outer, inner
}

// takeCommon removes from every term the factors that all have, and returns them. Of those that are powers in the sense
// given, it takes the lowest power.
func takeCommon(ts []*term, of func(*term) *[]*symbolic.Expr, power func(*symbolic.Expr) bool) []*symbolic.Expr {
	var common []*symbolic.Expr
	for _, e := range slices.Clone(*of(ts[0])) {
		if !slices.ContainsFunc(ts, func(t *term) bool { return !slices.Contains(*of(t), e) }) {
			common = append(common, e)
			for _, t := range ts {
				s := of(t)
				i := slices.Index(*s, e)
				*s = slices.Delete(slices.Clone(*s), i, i+1)
			}
		}
	}
	return append(common, takePowers(ts, of, power)...)
}

// takePowers removes the lowest power that every term has of what differs by whole powers: 1/√v − a/v^(3/2) is
// (1 − a/v)/√v, and b/v − a/v² is (b − a/v)/v.
func takePowers(ts []*term, of func(*term) *[]*symbolic.Expr, power func(*symbolic.Expr) bool) []*symbolic.Expr {
	var common []*symbolic.Expr
	for _, e := range slices.Clone(*of(ts[0])) {
		base, _ := powerOf(e)
		least := leastPower(ts, of, base, power)
		if least == nil {
			continue
		}
		common = append(common, base.G.Pow(base, least))
		for _, t := range ts {
			s := of(t)
			left := new(big.Rat).Sub(exponentIn(*s, base, power), least)
			*s = slices.DeleteFunc(slices.Clone(*s), func(x *symbolic.Expr) bool { b, _ := powerOf(x); return b == base && power(x) })
			if left.Sign() > 0 {
				*s = append(*s, base.G.Pow(base, left))
			}
		}
	}
	return common
}

// leastPower is the lowest power of base that any term has; nil where a term has none, or they differ by a root.
func leastPower(ts []*term, of func(*term) *[]*symbolic.Expr, base *symbolic.Expr, power func(*symbolic.Expr) bool) (least *big.Rat) {
	first := exponentIn(*of(ts[0]), base, power)
	for _, t := range ts {
		r := exponentIn(*of(t), base, power)
		if r.Sign() <= 0 || !new(big.Rat).Sub(r, first).IsInt() {
			return nil
		}
		if least == nil || r.Cmp(least) < 0 {
			least = r
		}
	}
	return least
}

// exponentIn is how often base is among some factors.
func exponentIn(factors []*symbolic.Expr, base *symbolic.Expr, power func(*symbolic.Expr) bool) *big.Rat {
	sum := new(big.Rat)
	for _, x := range factors {
		if b, r := powerOf(x); b == base && power(x) {
			sum.Add(sum, r)
		}
	}
	return sum
}

// powerOf is a number as a power.
func powerOf(e *symbolic.Expr) (base *symbolic.Expr, r *big.Rat) {
	switch {
	case e.IsCall("pow"):
		return e.Args[0], e.Par.Exp
	case e.Op == symbolic.Einsum && e.Rank() == 0 && !slices.ContainsFunc(e.Args, func(x *symbolic.Expr) bool { return x != e.Args[0] || x.Rank() > 0 }):
		return e.Args[0], big.NewRat(int64(len(e.Args)), 1)
	}
	return e, one
}

// isRoot says that e is a power that is not whole.
func isRoot(e *symbolic.Expr) bool {
	return e.IsCall("pow") && !e.Par.Exp.IsInt() && e.Par.Exp.Sign() > 0
}

// takeCoefficient divides by the absolute value that all coefficients have, if any, or by a whole one of which all are
// multiples, where more than one term has it; and by −1 where all are negative and something else is taken out as well.
func takeCoefficient(ts []*term, more bool) *big.Rat {
	c := sharedCoefficient(ts)
	negative := true
	for _, t := range ts {
		if !c.IsInt() && len(t.num)+len(t.den) > 0 {
			c = one
		}
		negative = negative && t.coef.Sign() < 0
	}
	if negative && (more || c.Cmp(one) != 0) {
		c = new(big.Rat).Neg(c)
	}
	if c.Cmp(one) == 0 {
		return one
	}
	for _, t := range ts {
		t.coef = new(big.Rat).Quo(t.coef, c)
	}
	return c
}

// sharedCoefficient is the least absolute value of the coefficients, if all are small multiples of it and it is whole or the
// only one, and more than one term has it; else 1.
func sharedCoefficient(ts []*term) *big.Rat {
	c, count := new(big.Rat).Abs(ts[0].coef), 0
	for _, t := range ts[1:] {
		if a := new(big.Rat).Abs(t.coef); a.Cmp(c) < 0 {
			c = a
		}
	}
	for _, t := range ts {
		switch q := new(big.Rat).Quo(t.coef, c); {
		case q.IsInt() && q.Num().IsInt64() && (q.Num().Int64() == 1 || q.Num().Int64() == -1):
			count++
		case !q.IsInt() || !c.IsInt() || q.Num().CmpAbs(big.NewInt(4)) > 0: // 2 a + 400 b is read more easily than 2 (a + 200 b)
			return one
		}
	}
	if count < 2 {
		return one
	}
	return c
}

// takeMatrices joins terms with the same last or first matrix factor, or a factor of an elementwise product, as long as
// there are any.
func takeMatrices(ts []*term) []*term {
	for {
		joined, ok := joinPair(ts)
		if !ok {
			joined, ok = joinElementwise(ts)
		}
		if !ok {
			joined, ok = joinSummed(ts)
		}
		if !ok {
			return ts
		}
		ts = joined
	}
}

func joinPair(ts []*term) ([]*term, bool) {
	for _, last := range []bool{true, false} {
		groups := map[string][]int{}
		var order []string
		for i, t := range ts {
			if k, ok := endKey(t, last); ok {
				if groups[k] == nil {
					order = append(order, k)
				}
				groups[k] = append(groups[k], i)
			}
		}
		for _, k := range order {
			if len(groups[k]) > 1 {
				return joinGroup(ts, groups[k], last), true
			}
		}
	}
	return ts, false
}

// joinElementwise is a ⊙ b − a ⊙ c = a ⊙ (b − c) for the first two terms that share factors.
func joinElementwise(ts []*term) ([]*term, bool) {
	i, j, ok := firstPair(ts, func(t *term) (keys []string) {
		if isElementwise(t) {
			in := fmt.Sprint(t.core.row, t.scalarKey())
			for _, f := range t.core.args {
				keys = append(keys, in+f.key())
			}
		}
		return keys
	})
	if !ok {
		return ts, false
	}
	first, second := ts[i].core, ts[j].core
	if first.row { // rows are joined as the columns that they are transposes of
		first, second = first.flip(), second.flip()
	}
	common, a, b := sharedFactors(first, second)
	return joinFactors(ts, i, j, common, a, b, nil), true
}

// firstPair are the first two terms that have a key in common. Each term is looked at once, however many there are.
func firstPair(ts []*term, keys func(*term) []string) (i, j int, ok bool) {
	first := map[string]int{}
	for n, t := range ts {
		for _, k := range keys(t) {
			m, seen := first[k]
			if !seen {
				first[k] = n
			} else if m != n && (!ok || m < i) {
				i, j, ok = m, n, true
			}
		}
	}
	return i, j, ok
}

func isElementwise(t *term) bool {
	return t.core != nil && t.core.kind == hadamard && len(t.core.args) > 1 && t.core.rank() <= 2
}

// sharedFactors are the factors that two elementwise products have, and what is left of each.
func sharedFactors(a, b *mat) (common []*mat, restA, restB *mat) {
	left, right := slices.Clone(a.args), slices.Clone(b.args)
	for i := 0; i < len(left); i++ {
		k := slices.IndexFunc(right, func(f *mat) bool { return f.key() == left[i].key() })
		if k < 0 {
			continue
		}
		common = append(common, left[i])
		left, right = slices.Delete(left, i, i+1), slices.Delete(right, k, k+1)
		i--
	}
	return common, a.withFactors(left), b.withFactors(right)
}

// withFactors is an elementwise product with other factors: a vector or matrix of ones where there are none.
func (m *mat) withFactors(args []*mat) *mat {
	switch {
	case len(args) == 0 && len(m.den) == 0:
		return &mat{kind: ones, labels: m.labels, dims: m.dims, row: m.row, at: m.at}
	case len(args) == 1 && len(m.den) == 0:
		return args[0]
	}
	r := *m
	r.args = args
	return &r
}

// joinFactors is a sum with terms i and j as one: their common factors, and the sum of what is left of them, itself summed
// as over is, unless that is nil.
func joinFactors(ts []*term, i, j int, common []*mat, a, b, over *mat) []*term {
	t, u := *ts[i], *ts[j]
	at := t.core.at
	t.core, u.core = a, b
	outer, inner := takeScalars(collect(takeMatrices([]*term{&t, &u})))
	takeSign(outer, inner)
	sum := inner[0].core
	if len(inner) == 1 {
		outer = joined(outer, inner[0])
	} else {
		sum = sumOf(inner, at)
	}
	for k := len(common) - 1; k >= 0; k-- {
		sum = elementwise(common[k], sum)
	}
	switch {
	case over != nil:
		whole := *over
		whole.args, sum = []*mat{sum}, &whole
	case ts[i].core.row:
		sum = sum.flip()
	}
	outer.core = sum
	return spliced(ts, []int{i, j}, outer)
}

// joinSummed is sum(A, n) − sum(B, n) = sum(A − B, n) for the first two terms that are summed over one axis.
func joinSummed(ts []*term) ([]*term, bool) {
	i, j, ok := firstPair(ts, func(t *term) []string {
		if t.core == nil || t.core.kind != sumOver {
			return nil
		}
		c := t.core
		return []string{fmt.Sprint(c.row, c.t, lang.Print(c.axis), c.args[0].dims, t.scalarKey())}
	})
	if !ok {
		return ts, false
	}
	return joinFactors(ts, i, j, nil, ts[i].core.args[0], ts[j].core.args[0], ts[i].core), true
}

// endKey tells the last (or first) factor of a product of two or more matrices.
func endKey(t *term, last bool) (string, bool) {
	if t.core == nil || t.core.kind != chain || len(t.core.args) < 2 || t.core.rank() > 2 || t.core.row {
		return "", false
	}
	for _, f := range t.core.args {
		if f.rank() > 2 {
			return "", false
		}
	}
	if last {
		return t.core.args[len(t.core.args)-1].key() + t.scalarKey(), true
	}
	return t.core.args[0].key() + t.scalarKey(), true
}

// scalarKey tells the numbers in front that are not plain names.
func (t *term) scalarKey() string {
	scalars := &term{coef: one, num: slices.DeleteFunc(slices.Clone(t.num), isNamed), den: t.den}
	return scalars.key()
}

// isNamed says that e is a plain symbol.
func isNamed(e *symbolic.Expr) bool { return e.Op == symbolic.Var || e.Op == symbolic.Let }

// joinGroup is A x + B x = (A + B) x in the place of the first.
func joinGroup(ts []*term, group []int, last bool) []*term {
	rest := make([]*term, len(group))
	args := ts[group[0]].core.args
	for i, k := range group {
		t := *ts[k]
		t.core = withoutEnd(t.core.args, last)
		rest[i] = &t
	}
	outer, inner := takeScalars(collect(takeMatrices(rest)))
	takeSign(outer, inner)
	var sum *mat
	if len(inner) == 1 {
		outer = joined(outer, inner[0])
		sum = outer.core
	} else {
		sum = sumOf(inner, ts[group[0]].core.at)
	}
	if last {
		outer.core = times(sum, args[len(args)-1])
	} else {
		outer.core = times(args[0], sum)
	}
	return spliced(ts, group, outer)
}

// takeSign takes −1 out of a sum of which every term is negative.
func takeSign(outer *term, inner []*term) {
	if slices.ContainsFunc(inner, func(t *term) bool { return t.coef.Sign() >= 0 }) {
		return
	}
	outer.coef = new(big.Rat).Neg(outer.coef)
	for _, t := range inner {
		t.coef = new(big.Rat).Neg(t.coef)
	}
}

func withoutEnd(args []*mat, last bool) *mat {
	if last {
		return folded(args[:len(args)-1])
	}
	return folded(args[1:])
}

// sumOf is a sum as one piece. One of rows is the transpose of one of columns.
func sumOf(ts []*term, at int) *mat {
	c := ts[0].core
	m := &mat{kind: total, terms: ts, labels: c.labels, dims: c.dims, row: c.row, at: at}
	if m.row {
		m.terms = make([]*term, len(ts))
		for i, t := range ts {
			m.terms[i] = t.flip()
		}
	}
	return m
}

// spliced puts t in the place of the first of a group and drops the others.
func spliced(ts []*term, group []int, t *term) []*term {
	out := append(slices.Clone(ts[:group[0]]), t)
	for i := group[0] + 1; i < len(ts); i++ {
		if !slices.Contains(group, i) {
			out = append(out, ts[i])
		}
	}
	return out
}

// collect adds up terms that print the same: with S symmetric, S x + Sᵀ x is 2 S x.
func collect(ts []*term) []*term {
	at := map[string]int{}
	var out []*term
	for _, t := range ts {
		u := *t
		u.coef = one
		k := u.key()
		if i, ok := at[k]; ok && t.net == nil {
			c := *out[i]
			c.coef = new(big.Rat).Add(c.coef, t.coef)
			out[i] = &c
			continue
		}
		if t.net == nil {
			at[k] = len(out)
		}
		out = append(out, t)
	}
	kept := slices.DeleteFunc(slices.Clone(out), func(t *term) bool { return t.coef.Sign() == 0 })
	if len(kept) == 0 {
		return out[:1]
	}
	return kept
}

// folded is the product of factors.
func folded(ms []*mat) *mat {
	m := ms[0]
	for _, f := range ms[1:] {
		m = times(m, f)
	}
	return m
}

// addends writes terms with their signs, one that is positive first.
func (p *printer) addends(ts []*term) lang.Expr {
	ts = p.ordered(ts)
	full, sized := hasFull(ts), p.tellsSize(ts)
	if sized && slices.ContainsFunc(ts, func(t *term) bool { return !t.isFull() || t.core == nil }) {
		sized = p.tellsSize(ts[:1]) // 1 + I + A is read from the left
	}
	var x lang.Expr
	for _, t := range ts {
		if sized && t.core != nil && isDelta(t.core) {
			u := *t
			u.core = &mat{kind: identity, labels: t.core.labels, dims: t.core.dims}
			t = &u
		}
		a := p.addend(t, full)
		switch {
		case x == nil && t.coef.Sign() < 0:
			x = negate(a)
		case x == nil:
			x = a
		case t.coef.Sign() < 0:
			x = binary(lang.Sub, x, a)
		default:
			x = binary(lang.Add, x, a)
		}
	}
	return x
}

// tellsSize says that a sum has a matrix beside the identity, so that I has its size.
func (p *printer) tellsSize(ts []*term) bool {
	if sh, ok := p.Printer.Scope.(interface{ Shadowed(string) bool }); !ok || sh.Shadowed("I") {
		return false
	}
	return slices.ContainsFunc(ts, func(t *term) bool {
		return t.core != nil && t.core.rank() == 2 && t.isFull() && !isDelta(t.core)
	})
}

// ordered puts a positive term first, and where vectors are repeated by name, one that has every axis.
func (p *printer) ordered(ts []*term) []*term {
	ts = slices.Clone(ts)
	byName := false
	for _, t := range ts {
		b := p.bare(t)
		byName = byName || b != nil && b.core != nil
	}
	if i := slices.IndexFunc(ts, func(t *term) bool { return t.coef.Sign() > 0 && (!byName || t.isFull()) }); i > 0 {
		if byName && !ts[0].isFull() || ts[0].coef.Sign() < 0 {
			t := ts[i]
			ts = slices.Insert(slices.Delete(ts, i, i+1), 0, t)
		}
	}
	if byName && !ts[0].isFull() {
		i := slices.IndexFunc(ts, (*term).isFull)
		if i > 0 {
			t := ts[i]
			ts = slices.Insert(slices.Delete(ts, i, i+1), 0, t)
		}
	}
	transposeLast(ts)
	return ts
}

// transposeLast writes A + Aᵀ rather than Aᵀ + A.
func transposeLast(ts []*term) {
	if len(ts) == 2 && ts[0].core != nil && ts[1].core != nil && ts[0].core.rank() == 2 &&
		ts[0].core.flip().key() == ts[1].core.key() && ts[0].core.marks() > ts[1].core.marks() && ts[1].coef.Sign() > 0 {
		ts[0], ts[1] = ts[1], ts[0]
	}
}

// isFull says that a term has every axis of the sum by itself, without being repeated.
func (t *term) isFull() bool {
	if t.net != nil {
		return false
	}
	return t.core == nil || !t.core.repeated()
}

func hasFull(ts []*term) bool { return slices.ContainsFunc(ts, (*term).isFull) }

// repeated says that m is a vector of ones, or an outer product with one.
func (m *mat) repeated() bool {
	if m.kind == ones {
		return true
	}
	if m.kind == chain && m.rank() == 2 && m.args[0].rank() == 1 && !m.args[0].row {
		return m.args[0].kind == ones || m.args[len(m.args)-1].kind == ones
	}
	return m.kind == chain && m.rank() == 2 && m.args[len(m.args)-1].kind == ones && m.args[len(m.args)-1].row
}

// addend is |coef| times the rest; repeated along axes by name where another term has them all.
func (p *printer) addend(t *term, full bool) lang.Expr {
	if full && !t.isFull() {
		if b := p.bare(t); b != nil {
			return p.termTree(b)
		}
	}
	return p.termTree(t)
}

// bare is a repeated term without its ones, if names tell along which axes it is repeated; nil otherwise.
func (p *printer) bare(t *term) *term {
	b := *t
	b.net, b.core = nil, nil
	switch {
	case t.net != nil:
		return p.bareTensor(t, &b)
	case t.core == nil || !t.core.repeated():
		return nil
	case t.core.kind == ones:
		return &b
	case !p.distinctNames(t.core.dims):
		return nil
	}
	args := t.core.args
	if args[0].kind == ones {
		b.core = folded(args[1:]).flip()
	} else {
		b.core = folded(args[:len(args)-1])
	}
	return &b
}

// bareTensor is one piece of a higher-order sum that has some of its axes, in their order.
func (p *printer) bareTensor(t, b *term) *term {
	n := t.net
	if len(n.pieces) != 1 || !slices.IsSorted(n.pieces[0].labels) || repeats(n.pieces[0].labels) {
		return nil
	}
	dims := n.dims[:0:0]
	for _, l := range n.out {
		dims = append(dims, n.dims[l])
	}
	for _, l := range n.pieces[0].labels {
		if !n.isOut(l) {
			return nil
		}
	}
	if !p.distinctNames(dims) {
		return nil
	}
	b.core = n.pieces[0]
	return b
}
