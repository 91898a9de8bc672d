package notation

import (
	"maps"
	"math/big"
	"slices"

	"nabla/lang"
	"nabla/symbolic"
	"nabla/symbolic/shape"
)

// letters are tried in order. t is none of them: a line of its own is called t, also one that is made when a letter has
// been taken already.
const letters = "ijkmnpqrsuvabcdefgh"

// letters are n index names that mean nothing else in scope.
func (p *printer) letters(n int) []lang.Expr {
	var out []lang.Expr
	for _, r := range letters {
		if s := string(r); len(out) < n && p.free(s) {
			out = append(out, name(s))
		}
	}
	for k := 1; len(out) < n; k++ {
		if s := "i" + itoa(k); p.free(s) {
			out = append(out, name(s))
		}
	}
	return out
}

func (p *printer) namesOf(xs []lang.Expr) []*lang.Name {
	out := make([]*lang.Name, len(xs))
	for i, x := range xs {
		out[i] = plainName(x.(*lang.Name).Name)
	}
	return out
}

// indexDef is T[i,j,…] = … for a node without matrix notation.
func (p *printer) indexDef(base string, e *symbolic.Expr) *lang.Def {
	if e.Op == symbolic.Call && len(e.Par.Deriv) > 0 {
		return p.derivativeDef(e)
	}
	at := p.letters(e.Rank())
	x := &indices{p: p}
	x.use(at)
	defer x.use(nil)
	value := p.ranged(x.sum(e, at), at, e.Shape, true)
	n := p.fresh(base)
	p.rank[n] = e.Rank()
	return &lang.Def{Target: &lang.Target{Name: plainName(n), Index: at}, Value: value}
}

// ranged multiplies by ones(n)[i] for each index that stands at no axis: what repeats along it has to say how often.
// An index whose range follows from a place such as i+k-1 needs none; top says that x has all other indices bound.
func (p *printer) ranged(x lang.Expr, at []lang.Expr, dims []shape.Dim, top bool) lang.Expr {
	used := map[string]bool{}
	indicesIn(x, used)
	p.solveRanges(x, at, dims, top, used)
	for i := len(at) - 1; i >= 0; i-- {
		if a := at[i]; !used[a.(*lang.Name).Name] {
			x = insert(indexed(call("ones", sizeTree(dims[i])), []lang.Expr{a}), x)
			used[a.(*lang.Name).Name] = true
			p.solveRanges(x, at, dims, top, used)
		}
	}
	return x
}

// insert is f x with a number that x begins with in front: 2 f y for an x that is 2 y.
func insert(f, x lang.Expr) lang.Expr {
	b, ok := x.(*lang.Binary)
	if !ok || b.Op != lang.Mul {
		return prepend(f, x)
	}
	if _, isNumber := b.X.(*lang.Number); isNumber {
		return prepend(prepend(b.X, f), b.Y)
	}
	return binary(lang.Mul, insert(f, b.X), b.Y)
}

// indicesIn collects the names that stand alone in brackets, unless a sum within x binds them.
func indicesIn(x lang.Expr, used map[string]bool) {
	lang.Walk(x, func(n lang.Node) bool {
		switch n := n.(type) {
		case *lang.Index:
			for _, a := range n.Args {
				if m, ok := a.(*lang.Name); ok {
					used[m.Name] = true
				}
			}
		case *lang.SumIdx:
			inner := map[string]bool{}
			indicesIn(n.X, inner)
			for _, w := range n.Where {
				if m, ok := w.(*lang.Compare).Y.(*lang.Name); ok {
					inner[m.Name] = true
				}
			}
			for _, b := range n.Index {
				delete(inner, b.Name)
			}
			maps.Copy(used, inner)
			return false
		}
		return true
	})
}

// scalarIndexTree is a number that is a sum over indices.
func (p *printer) scalarIndexTree(n *net) lang.Expr {
	x := &indices{p: p, at: p.letters(p.inUse)}
	return x.product(&term{coef: one, net: n}, nil)
}

// indices writes entries. at are the letters in use.
type indices struct {
	p  *printer
	at []lang.Expr
}

// use says which letters are taken from now on, also for sums within.
func (x *indices) use(at []lang.Expr) {
	x.at = at
	x.p.inUse = len(at)
}

// sum is the entry of e at the given indices, term by term.
func (x *indices) sum(e *symbolic.Expr, at []lang.Expr) lang.Expr {
	return x.addends(x.p.terms(e), at)
}

// addends takes out the number and the factors that all terms have, and puts one that is positive first.
func (x *indices) addends(ts []*term, at []lang.Expr) lang.Expr {
	if i := slices.IndexFunc(ts, func(t *term) bool { return t.coef.Sign() > 0 }); i > 0 && ts[0].coef.Sign() < 0 {
		ts = slices.Concat(ts[i:i+1], ts[:i], ts[i+1:])
	}
	if common, rest, ok := x.shared(ts, at); ok {
		return x.p.juxtaposed(append(common, rest))
	}
	var out lang.Expr
	for _, t := range ts {
		out = plusTerm(out, x.product(t, at), t.coef.Sign() < 0)
	}
	if out == nil {
		return number(zero)
	}
	return out
}

// plusTerm is out + a, or out − a; out may be nil.
func plusTerm(out, a lang.Expr, negative bool) lang.Expr {
	switch {
	case out == nil && negative:
		return negate(a)
	case out == nil:
		return a
	case negative:
		return binary(lang.Sub, out, a)
	}
	return binary(lang.Add, out, a)
}

// shared splits the factors off that all terms have, and writes the sum of what is left: δ[i,j] (A[i,k] + b[k]). Terms with
// a divisor are left as they are.
func (x *indices) shared(ts []*term, at []lang.Expr) (common []lang.Expr, rest lang.Expr, ok bool) {
	if len(ts) < 2 {
		return nil, nil, false
	}
	factors, texts := make([][]lang.Expr, len(ts)), make([][]string, len(ts))
	for i, t := range ts {
		if len(t.den) > 0 {
			return nil, nil, false
		}
		factors[i] = append(x.p.scalars(t.num), x.termFactors(t, at)...)
		for _, f := range factors[i] {
			texts[i] = append(texts[i], lang.Print(f))
		}
	}
	for _, text := range slices.Clone(texts[0]) {
		if slices.ContainsFunc(texts, func(s []string) bool { return !slices.Contains(s, text) }) {
			continue
		}
		common = append(common, factors[0][slices.Index(texts[0], text)])
		for i := range ts {
			j := slices.Index(texts[i], text)
			texts[i], factors[i] = slices.Delete(texts[i], j, j+1), slices.Delete(factors[i], j, j+1)
		}
	}
	if len(common) == 0 {
		return nil, nil, false
	}
	c := sharedCoefficient(ts)
	for i, t := range ts {
		k := new(big.Rat).Quo(t.coef, c)
		rest = plusTerm(rest, x.p.plainTerm(new(big.Rat).Abs(k), factors[i], nil), k.Sign() < 0)
	}
	if c.Cmp(one) != 0 {
		common = append([]lang.Expr{rational(c)}, common...)
	}
	return common, rest, true
}

// termFactors are the entries of the tensors of a term.
func (x *indices) termFactors(t *term, at []lang.Expr) []lang.Expr {
	switch {
	case t.net != nil:
		return x.netFactors(t.net, at)
	case t.core != nil:
		return x.factors(t.core, labelled(t.core.labels, at))
	}
	return nil
}

// product is the entry of |coef| · num · sum[k,…] ∏ pieces / den.
func (x *indices) product(t *term, at []lang.Expr) lang.Expr {
	factors := x.termFactors(t, at)
	head := new(big.Rat).Abs(t.coef)
	if len(t.num)+len(t.den) == 0 && head.Cmp(one) == 0 && len(factors) > 0 {
		return x.p.juxtaposed(factors)
	}
	if len(t.den) == 0 {
		num := append(x.p.scalars(t.num), factors...)
		return x.p.plainTerm(head, num, nil)
	}
	above := append(withNumber(new(big.Rat).SetInt(head.Num()), x.p.scalars(t.num)), factors...)
	if len(above) == 0 {
		above = []lang.Expr{number(one)}
	}
	below := withNumber(new(big.Rat).SetInt(head.Denom()), x.p.scalars(t.den))
	return binary(lang.Div, x.p.juxtaposed(above), x.p.juxtaposed(below))
}

// labelled maps labels to letters, in order.
func labelled(labels []int, at []lang.Expr) map[int]lang.Expr {
	m := map[int]lang.Expr{}
	for i, l := range labels {
		m[l] = at[i]
	}
	return m
}

// netFactors are the entries of the pieces; a sum over the labels that are not of the result is one factor.
func (x *indices) netFactors(n *net, at []lang.Expr) []lang.Expr {
	index := map[int]lang.Expr{}
	for i, l := range n.out {
		index[l] = at[i]
	}
	var bound []lang.Expr
	var dims []shape.Dim
	used := len(x.at)
	for _, m := range n.pieces {
		for _, l := range m.labels {
			if _, ok := index[l]; !ok {
				letter := x.p.letters(used + 1)[used]
				used++
				index[l] = letter
				bound, dims = append(bound, letter), append(dims, n.dims[l])
			}
		}
	}
	was := x.at
	x.use(x.p.letters(used))
	defer func() { x.use(was) }()
	var free, summed []lang.Expr
	for _, m := range inAxisOrder(n.pieces) {
		fs := x.factors(m, index)
		if touches(m, n.out) {
			free = append(free, fs...)
		} else {
			summed = append(summed, fs...)
		}
	}
	free, summed = squares(free), squares(summed)
	if len(bound) == 0 {
		return free
	}
	s := &lang.SumIdx{Index: x.p.namesOf(bound), X: x.p.ranged(x.p.juxtaposed(summed), bound, dims, false)}
	return append(free, s)
}

// squares are factors that are numbers, equal ones as a power.
func squares(xs []lang.Expr) []lang.Expr {
	count := map[string]int64{}
	for _, x := range xs {
		count[lang.Print(x)]++
	}
	var out []lang.Expr
	for _, x := range xs {
		if n := count[lang.Print(x)]; n > 0 {
			out = append(out, power(x, big.NewRat(n, 1), false))
			count[lang.Print(x)] = 0
		}
	}
	return out
}

// inAxisOrder sorts pieces by the axes that they have.
func inAxisOrder(ms []*mat) []*mat {
	ms = slices.Clone(ms)
	slices.SortStableFunc(ms, func(a, b *mat) int {
		return slices.Compare(slices.Sorted(slices.Values(a.labels)), slices.Sorted(slices.Values(b.labels)))
	})
	return ms
}

// touches says that m has labels of the result only.
func touches(m *mat, out []int) bool {
	return !slices.ContainsFunc(m.labels, func(l int) bool { return !slices.Contains(out, l) })
}

// factors are the entry of m, as factors of a product.
func (x *indices) factors(m *mat, index map[int]lang.Expr) []lang.Expr {
	at := make([]lang.Expr, len(m.labels))
	for i, l := range m.labels {
		at[i] = index[l]
	}
	switch {
	case m.kind == ones:
		return nil
	case m.kind == hadamard:
		return x.quotient(m, index)
	case m.kind == total && x.p.Indices:
		return []lang.Expr{x.addends(m.terms, at)}
	case m.kind == atom:
		if m.t {
			slices.Reverse(at)
		}
		return x.entry(m.e, at)
	case m.kind == chain && m.rank() == 2 && m.args[0].rank() == 1 && !m.args[0].row:
		return []lang.Expr{indexed(x.p.matTree(m), at)}
	case m.row:
		m = m.flip()
	}
	return []lang.Expr{indexed(x.p.matTree(m), at)}
}

// quotient is the entries of what is multiplied, over those of what is divided by.
func (x *indices) quotient(m *mat, index map[int]lang.Expr) []lang.Expr {
	var num, den []lang.Expr
	for _, a := range m.args {
		num = append(num, x.factors(a, index)...)
	}
	for _, a := range m.den {
		den = append(den, x.factors(a, index)...)
	}
	num, den = squares(num), squares(den)
	if len(den) == 0 {
		return num
	}
	if len(num) == 0 {
		num = []lang.Expr{number(one)}
	}
	return []lang.Expr{binary(lang.Div, x.p.juxtaposed(num), x.p.juxtaposed(den))}
}

// entry is e[at]: an elementwise function takes the indices inside.
func (x *indices) entry(e *symbolic.Expr, at []lang.Expr) []lang.Expr {
	switch {
	case x.p.isLeaf(e):
	case e.Op == symbolic.Ones:
		return nil
	case e.Op == symbolic.Delta && x.p.latex:
		return []lang.Expr{indexed(name("δ"), at)}
	case e.Op == symbolic.Sum && len(e.Args) > 0, e.Op == symbolic.Einsum && (x.p.Indices || isElementwisePower(e)):
		return []lang.Expr{x.sum(e, at)}
	case e.IsCall("gather"):
		return []lang.Expr{x.p.placesOf(e, at)}
	case e.IsCall("scatter"):
		return x.scattered(e, at)
	case e.IsCall("pow"):
		return []lang.Expr{power(x.p.juxtaposed(x.entry(e.Args[0], at)), e.Par.Exp, false)}
	case e.Op == symbolic.Call && len(e.Par.Deriv) == 0 && e.Fn.Elementwise():
		return []lang.Expr{x.p.withOptions(e, x.arguments(e, at))}
	case e.Op == symbolic.Call && len(e.Args) == 1 && e.Fn.Elementwise():
		c := call(e.Fn.Name, x.arguments(e, at)...)
		c.Primes = len(e.Par.Deriv)
		return []lang.Expr{c}
	}
	return []lang.Expr{indexed(x.p.tree(e), at)}
}

// isElementwisePower says that e is f ⊙ f ⊙ …: its entries are powers of those of f.
func isElementwisePower(e *symbolic.Expr) bool {
	return !slices.ContainsFunc(e.Args, func(f *symbolic.Expr) bool { return f != e.Args[0] }) &&
		!slices.ContainsFunc(e.In, func(in string) bool { return in != e.Out })
}

// arguments are the entries of the arguments of an elementwise call.
func (x *indices) arguments(e *symbolic.Expr, at []lang.Expr) []lang.Expr {
	args := make([]lang.Expr, len(e.Args))
	for i, a := range e.Args {
		args[i] = number(one)
		if fs := x.entry(a, at); len(fs) > 0 {
			args[i] = x.p.juxtaposed(fs)
		}
	}
	return args
}
