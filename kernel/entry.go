package kernel

import (
	"context"
	"slices"

	"nabla/lang"
	"nabla/lang/check"
	"nabla/symbolic"
	"nabla/symbolic/notation"
	"nabla/symbolic/study"
)

// entryQuestions are those about a line for one entry, such as ∂J/∂W[i,j] == …: %s is what was touched.
var entryQuestions = map[editKind]string{
	editEntry: "look at the indices of %s: each belongs to an axis, and the left side says which ones remain",
	editSum:   "which index stands on one side only? Over that one is summed",
	editAxis:  "which index stands on one side only? Over that one is summed",
	editWhole: "through which entries does %s reach the objective? Each gives a product, and over an index that the left side has not is summed",
}

// entryOf is the entry of a tensor that a line is for, such as ∂J/∂W[i,j]; nil for any other line. A member of a family
// is no entry.
func (j *job) entryOf(x lang.Expr) *lang.Index {
	at, ok := x.(*lang.Index)
	if !ok || !isGiven(at) {
		return nil
	}
	quiet := j.state.scope.Quiet()
	defer j.state.scope.Activate()
	if v, err := quiet.Expr(at.X); err != nil || v.Expr == nil || v.Expr.Rank() != len(at.Args) {
		return nil
	}
	return at
}

// asEntries reads x as the side of a claim about an entry: for indices that mean every value, it is the tensor of all of
// them. The first value is that of the entry itself; it has more axes where x has more indices.
func asEntries(s *check.Scope, entry *lang.Index, x lang.Expr) (left, right check.Value, ok bool) {
	c, err := s.Claim(&lang.Check{Terms: []lang.Expr{entry, x}, Ops: []lang.RelOp{lang.Eq}})
	if err != nil {
		return left, right, false
	}
	return c.Terms[0], c.Terms[1], true
}

// indicesOf are the names that stand in brackets in x or that its sums bind, and the positions, without repetition.
func indicesOf(x lang.Expr) (out []lang.Expr) {
	seen := map[string]bool{}
	add := func(e lang.Expr) {
		if t := lang.Print(e); !seen[t] && (isNumber(e) || isName(e)) {
			seen[t] = true
			out = append(out, e)
		}
	}
	lang.Walk(x, func(n lang.Node) bool {
		switch n := n.(type) {
		case *lang.Index:
			for _, a := range n.Args {
				add(a)
			}
		case *lang.SumIdx:
			for _, i := range n.Index {
				add(i)
			}
		}
		return true
	})
	return out
}

func isName(x lang.Expr) bool {
	_, ok := x.(*lang.Name)
	return ok
}

// unstated are the indices of x that the entry has not and that no sum binds.
func unstated(entry *lang.Index, x lang.Expr) (out []*lang.Name) {
	bound := map[string]bool{}
	lang.Walk(x, func(n lang.Node) bool {
		if s, ok := n.(*lang.SumIdx); ok {
			for _, i := range s.Index {
				bound[i.Name] = true
			}
		}
		return true
	})
	for _, e := range indicesOf(entry) {
		bound[lang.Print(e)] = true
	}
	for _, e := range indicesOf(x) {
		if n, ok := e.(*lang.Name); ok && !bound[n.Name] {
			out = append(out, n)
		}
	}
	return out
}

// toEntry makes what is known of a tensor what is known of one entry of it.
func (j *job) toEntry(k *knowledge, entry *lang.Index) {
	e := k.short
	if k.line != nil {
		e = k.line.Formula
	}
	whole := k.formula
	k.formula, k.forms = nil, nil
	for i, e := range []*symbolic.Expr{e, k.short} {
		x := j.entryForm(e, entry)
		if x == nil {
			continue
		}
		if i == 0 {
			k.formula = x
		}
		k.forms = append(k.forms, addends(x))
	}
	if k.formula == nil && whole != nil {
		k.formula = &lang.Index{X: whole, Args: entry.Args}
	}
}

// entryForm is the formula of one entry of e in index notation; nil where that takes names for parts.
func (j *job) entryForm(e *symbolic.Expr, entry *lang.Index) lang.Expr {
	f := notation.Printer{Scope: j.printer().names, KeepDerivatives: true}.Entries(e)
	if len(f.Where) > 0 || len(f.Def.Target.Index) != len(entry.Args) {
		return nil
	}
	to := map[string]lang.Expr{}
	for i, n := range f.Def.Target.Index {
		to[lang.Print(n)] = entry.Args[i]
	}
	taken := indicesOf(entry)
	for _, n := range indicesOf(f.Def.Value) { // the indices of its sums step aside
		t := lang.Print(n)
		clash := slices.ContainsFunc(taken, func(e lang.Expr) bool { return lang.Print(e) == t })
		if _, left := to[t]; !left && clash {
			fresh := j.freshIndex(slices.Concat(taken, indicesOf(f.Def.Value)))
			to[t], taken = fresh, append(taken, fresh)
		}
	}
	return renamed(f.Def.Value, to)
}

func (j *job) freshIndex(taken []lang.Expr) *lang.Name {
	for _, n := range []string{"i", "j", "k", "m", "n", "r", "s", "t", "u", "v", "w"} {
		used := slices.ContainsFunc(taken, func(e lang.Expr) bool { return lang.Print(e) == n })
		if !used && j.state.scope.Lookup(n) == nil {
			return name(n)
		}
	}
	return name("index")
}

// renamed is x with its indices renamed, those of its sums as well.
func renamed(x lang.Expr, to map[string]lang.Expr) lang.Expr {
	return lang.Rewrite(x, func(e lang.Expr) lang.Expr {
		switch e := e.(type) {
		case *lang.Name:
			if y, ok := to[e.Name]; ok {
				return y
			}
		case *lang.SumIdx:
			c := *e
			c.Index = slices.Clone(e.Index)
			for i, n := range c.Index {
				if y, ok := to[n.Name].(*lang.Name); ok {
					c.Index[i] = y
				}
			}
			return &c
		}
		return e
	})
}

// forEntries makes r a search among lines for an entry: quantities and slopes stand in it with indices that it has.
func (r *repairer) forEntries(entry *lang.Index, x lang.Expr) {
	r.entry = entry
	if v, _, ok := asEntries(r.scope, entry, entry); ok {
		r.truth, r.row = v.Expr, v.Row
	}
	r.indices = indicesOf(binary(lang.Add, entry, x))
	r.leaves = r.entries(r.leaves, func(q lang.Expr, at []lang.Expr) lang.Expr { return &lang.Index{X: q, Args: at} })
	r.slopes = r.entries(r.slopes, func(q lang.Expr, at []lang.Expr) lang.Expr {
		c := *q.(*lang.Call)
		if isQuantity(c.Args[0].X) {
			c.Args = []lang.Arg{{X: &lang.Index{X: c.Args[0].X, Args: at}}}
			return &c
		}
		return &lang.Index{X: q, Args: at}
	})
}

// entries are the numbers and the entries of vectors and matrices at the indices of the line.
func (r *repairer) entries(of []lang.Expr, at func(lang.Expr, []lang.Expr) lang.Expr) (out []lang.Expr) {
	for _, q := range of {
		v, err := r.scope.Expr(q)
		if err != nil || v.Expr == nil {
			continue
		}
		switch v.Expr.Rank() {
		case 0:
			out = append(out, q)
		case 1:
			for _, i := range r.indices {
				out = append(out, at(q, []lang.Expr{i}))
			}
		case 2:
			for _, i := range r.indices {
				for _, k := range r.indices {
					if lang.Print(i) != lang.Print(k) || isNumber(i) {
						out = append(out, at(q, []lang.Expr{i, k}))
					}
				}
			}
		}
	}
	return out
}

// exchanges are the edits that exchange two indices within a product or a line.
func (r *repairer) exchanges(x lang.Expr, text string, put func(lang.Expr) lang.Expr) {
	for a, i := range r.indices {
		for _, k := range r.indices[a+1:] {
			one, other := lang.Print(i), lang.Print(k)
			r.try(editEntry, text, "exchange "+one+" and "+other+" in "+text, put(reindexed(x, map[string]lang.Expr{one: k, other: i})))
		}
	}
}

// reindexed is x with other indices in its brackets.
func reindexed(x lang.Expr, to map[string]lang.Expr) lang.Expr {
	return lang.Rewrite(x, func(e lang.Expr) lang.Expr {
		at, ok := e.(*lang.Index)
		if !ok {
			return e
		}
		c := &lang.Index{X: at.X, Args: slices.Clone(at.Args)}
		for i, k := range c.Args {
			if y, ok := to[lang.Print(k)]; ok {
				c.Args[i] = y
			}
		}
		return c
	})
}

// atEntry are the edits of the indices of one quantity.
func (r *repairer) atEntry(x *lang.Index, text string, put func(lang.Expr) lang.Expr) {
	for i := range x.Args {
		for _, k := range r.indices {
			y := &lang.Index{X: x.X, Args: slices.Clone(x.Args)}
			y.Args[i] = k
			r.try(editEntry, text, lang.Print(y)+" instead of "+text, put(y))
		}
	}
	if len(x.Args) == 2 {
		y := &lang.Index{X: x.X, Args: []lang.Expr{x.Args[1], x.Args[0]}}
		r.try(editEntry, text, lang.Print(y)+" instead of "+text, put(y))
	}
}

// insertEntries multiply a number by one that was forgotten.
func (r *repairer) insertEntries(x lang.Expr, text string, put func(lang.Expr) lang.Expr) {
	for _, q := range slices.Concat(r.slopes, r.leaves) {
		r.try(editInsert, text, "multiply by "+lang.Print(q), put(binary(lang.Mul, x, q)))
	}
}

// summed is x with a sum over every index that the entry has not, and what was done to it.
func (r *repairer) summed(x lang.Expr) (lang.Expr, string) {
	over := unstated(r.entry, x)
	if len(over) == 0 {
		return x, ""
	}
	terms := addends(x)
	for i, t := range terms {
		if u := unstated(r.entry, t); len(u) > 0 {
			terms[i] = &lang.SumIdx{Index: u, X: t}
		}
	}
	return sumOf(terms), "sum over " + conjunction(names(over))
}

func names(of []*lang.Name) (out []string) {
	for _, n := range of {
		out = append(out, n.Raw)
	}
	return out
}

// sameEntry says that two lines for an entry agree at a few random points.
func sameEntry(ctx context.Context, s *check.Scope, entry *lang.Index, x, y lang.Expr) bool {
	_, a, ok := asEntries(s, entry, x)
	_, b, fine := asEntries(s, entry, y)
	if !ok || !fine || !s.Dims.SameShape(a.Expr.Shape, b.Expr.Shape) {
		return false
	}
	return study.NewTrial(ctx, a.Expr, []*symbolic.Expr{b.Expr}).Right(ctx, []*symbolic.Expr{b.Expr})[0]
}
