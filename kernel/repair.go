package kernel

import (
	"cmp"
	"context"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"nabla/lang"
	"nabla/lang/check"
	"nabla/symbolic"
	"nabla/symbolic/study"
)

// An editKind is one way in which a line is amended, in the order in which repairs are preferred.
type editKind uint8

const (
	editSum editKind = iota // over an index that was meant to be summed
	editTranspose
	editSwap
	editSwapTranspose
	editProduct
	editDrop
	editReplace
	editPrime
	editTwice // a term too many, where the line as a whole is a multiple of the right one
	editSign
	editConstant
	editTerm // after what is wrong within a term: 2 W for W is a wrong constant, not another path
	editAxis
	editIndex
	editEntry
	editInsert
	editWhole
)

// questions are what a teacher asks about a mistake of each kind: %s is what was touched.
var questions = map[editKind]string{
	editTranspose:     "look at %s: which of its indices is summed, the row or the column?",
	editSwap:          "look at the order of the factors: which index do they share?",
	editSwapTranspose: "write one entry with indices: which factor stands left, and which of its indices is summed?",
	editProduct:       "is this sum over an index, or entry by entry?",
	editTwice:         "how many paths lead from the variable to the objective? Each is counted once",
	editSign:          "compare the sign of one entry with that of the right value: where did a minus get lost?",
	editTerm:          "how many paths lead from the variable to the objective? Each gives one term",
	editDrop:          "where does %s come from? Follow the edge of the graph that this line belongs to",
	editReplace:       "look at %s: is that the quantity that meets this variable in the forward pass?",
	editPrime:         "how often was the function differentiated on the way here?",
	editConstant:      "compare one entry of yours with the right value: by which constant are they off, and where did it get lost?",
	editAxis:          "which axis should remain? Over the other one is summed",
	editIndex:         "which step does this quantity belong to?",
	editInsert:        "what lies between the two ends of this edge of the graph? One factor is missing",
	editWhole:         "write one entry with indices, and differentiate that",
}

// plainQuestions are those about a line that is no derivative: there is no graph to look at.
var plainQuestions = map[editKind]string{
	editTwice:   "compare the sides term by term: which one is counted twice?",
	editTerm:    "compare the sides term by term: which one is missing, or too many?",
	editDrop:    "does %s belong here?",
	editReplace: "look at %s: is that the quantity that is meant?",
	editPrime:   "how often is the function differentiated on the other side?",
	editIndex:   "which member is meant?",
	editInsert:  "one factor is missing: which?",
	editWhole:   "write one entry of both sides with indices: where do they part?",
}

// A repair is a line that differs from the student's by one edit.
type repair struct {
	kind    editKind
	touched string // the part that was edited
	edit    string // "transpose h"
	tree    lang.Expr
	text    string
	entry   string // the variable at the indices of the line, where that is for an entry
}

// question is what leads to the repair of a line; derived says that it is about a derivative.
func (r repair) question(derived bool) string {
	q := questions[r.kind]
	if plain, ok := plainQuestions[r.kind]; ok && !derived {
		q = plain
	}
	touched := r.touched
	if own, ok := entryQuestions[r.kind]; ok && r.entry != "" && derived {
		q = own
		if r.kind == editWhole {
			touched = r.entry
		}
	}
	if strings.Contains(q, "%s") {
		return fmt.Sprintf(q, touched)
	}
	return q
}

// A repairer searches the lines that are one edit away from a wrong one.
type repairer struct {
	ctx     context.Context
	scope   *check.Scope
	truth   *symbolic.Expr
	row     bool
	forms   [][]lang.Expr // the terms of each form of the truth
	leaves  []lang.Expr   // quantities that a line may use
	slopes  []lang.Expr   // φ′(z), for each function in the forward pass
	dims    []string
	entry   *lang.Index // what the line is for, where that is an entry; leaves and slopes have indices then
	indices []lang.Expr // of such a line
	before  string      // what was done to the line before it is edited
	banned  string      // the left side, as printed: no line may use what it is to find
	seen    map[string]bool
	out     []repair
	exprs   []*symbolic.Expr
	nodes   map[*symbolic.Expr]bool // of exprs
}

// The search is bounded by what it looks at, never by the clock: a line has the same repairs on every machine. maxVariants
// are the edited lines that are read, maxNodes the nodes of the graph that those of the right shape add, each evaluated at
// a few points; maxRepairs are shown.
const (
	maxVariants = 4000
	maxNodes    = 20000
	maxRepairs  = 8
)

// repairs are the lines one edit away from x that are right, best first.
func (r *repairer) repairs(x lang.Expr) []repair {
	r.seen = map[string]bool{lang.Print(x): true}
	r.nodes = map[*symbolic.Expr]bool{}
	x = r.begin(x)
	r.whole(x)
	r.visit(x, func(y lang.Expr) lang.Expr { return y })
	r.everywhere(x)
	t := study.NewTrial(r.ctx, r.truth, r.exprs)
	var good []repair
	for i, right := range t.Right(r.ctx, r.exprs) {
		if right {
			good = append(good, r.out[i])
		}
	}
	countedTwice(good, lang.Print(x))
	slices.SortStableFunc(good, func(a, b repair) int {
		if a.kind != b.kind || a.kind == editConstant || a.kind == editSign { // a constant stands best before the whole line
			return int(a.kind) - int(b.kind)
		}
		return len(a.text) - len(b.text)
	})
	seen := map[string]bool{} // one multiplication by 2 is as good as the same at another place
	good = slices.DeleteFunc(good, func(p repair) bool {
		double := seen[p.edit]
		seen[p.edit] = true
		return double
	})
	return good[:min(len(good), maxRepairs)]
}

// countedTwice marks the terms to be dropped from a line that is a multiple of the right one as a whole: in a sum, a term
// was rather counted twice than a factor lost.
func countedTwice(good []repair, line string) {
	if !slices.ContainsFunc(good, func(p repair) bool { return p.kind == editConstant && p.touched == line }) {
		return
	}
	for i, p := range good {
		if p.kind == editTerm && strings.HasPrefix(p.edit, "drop the term") {
			good[i].kind = editTwice
		}
	}
}

// begin reads the line itself: sums over indices that stand on its side only are what was meant.
func (r *repairer) begin(x lang.Expr) lang.Expr {
	if r.entry == nil {
		return x
	}
	y, done := r.summed(x)
	r.try(editSum, lang.Print(x), done, y)
	r.before = done
	return y
}

// try keeps an edited line if its shape is that of the truth and it is not the question itself.
func (r *repairer) try(kind editKind, touched, edit string, y lang.Expr) {
	if len(r.seen) >= maxVariants || len(r.nodes) >= maxNodes || r.ctx.Err() != nil {
		return
	}
	text := lang.Print(y)
	if r.seen[text] {
		return
	}
	r.seen[text] = true
	if r.banned != "" && strings.Contains(text, r.banned) && mentionsKey(y, r.banned) {
		return
	}
	v, ok := r.read(y)
	if !ok || v.IsList() || v.Hole != nil || v.Row != r.row || !r.scope.Dims.SameShape(v.Expr.Shape, r.truth.Shape) {
		return
	}
	if r.before != "" {
		edit = r.before + " and " + edit
	}
	r.out = append(r.out, repair{kind: kind, touched: touched, edit: edit, tree: y, text: text})
	r.exprs = append(r.exprs, v.Expr)
	symbolic.Walk(v.Expr, func(*symbolic.Expr) {}, r.nodes)
}

// read is the value of a line.
func (r *repairer) read(y lang.Expr) (check.Value, bool) {
	if r.entry == nil {
		v, err := r.scope.Expr(y)
		return v, err == nil
	}
	left, v, ok := asEntries(r.scope, r.entry, y)
	return v, ok && left.Expr == r.truth
}

// mentionsKey says that the quantity printed as key occurs in x.
func mentionsKey(x lang.Expr, key string) bool {
	found := false
	lang.Walk(x, func(n lang.Node) bool {
		if e, ok := n.(lang.Expr); ok && lineKey(e) == key {
			found = true
		}
		return !found
	})
	return found
}

// whole are the edits of the line as a whole: terms of the truth added and taken away, constants, sums over an axis.
func (r *repairer) whole(x lang.Expr) {
	r.try(editTranspose, "each matrix", "transpose every matrix of the product", transposedFactors(x))
	for _, form := range r.forms {
		for i, t := range form {
			rest := slices.Delete(slices.Clone(form), i, i+1)
			r.term(x, t)
			if len(rest) > 1 {
				r.term(x, sumOf(rest))
			}
		}
	}
	if r.entry != nil {
		return
	}
	r.axes(x, func(y lang.Expr) lang.Expr { return y })
}

// term adds a term of the truth to x, and takes it away.
func (r *repairer) term(x, t lang.Expr) {
	if u, ok := t.(*lang.Unary); ok {
		t = u.X
	}
	text := lang.Print(t)
	r.try(editTerm, text, "add the term "+text, binary(lang.Add, x, t))
	r.try(editTerm, text, "subtract the term "+text, binary(lang.Sub, x, t))
}

// transposedFactors is a chain of products with all its factors but the last transposed: A B g becomes Aᵀ Bᵀ g. A product
// of two is transposed factor by factor anyway.
func transposedFactors(x lang.Expr) lang.Expr {
	if b, ok := x.(*lang.Binary); ok && b.Op == lang.Mul {
		if left := everyTransposed(b.X); isChain(left) {
			return binary(lang.Mul, left, b.Y)
		}
	}
	return x
}

func isChain(x lang.Expr) bool {
	b, ok := x.(*lang.Binary)
	return ok && b.Op == lang.Mul
}

func everyTransposed(x lang.Expr) lang.Expr {
	if b, ok := x.(*lang.Binary); ok && b.Op == lang.Mul {
		return binary(lang.Mul, everyTransposed(b.X), transposed(b.Y))
	}
	return transposed(x)
}

func sumOf(terms []lang.Expr) lang.Expr {
	sum := terms[0]
	for _, t := range terms[1:] {
		if u, ok := t.(*lang.Unary); ok {
			sum = binary(lang.Sub, sum, u.X)
		} else {
			sum = binary(lang.Add, sum, t)
		}
	}
	return sum
}

// axes are sums over one axis of x.
func (r *repairer) axes(x lang.Expr, put func(lang.Expr) lang.Expr) {
	v, err := r.scope.Expr(x)
	if err != nil || v.IsList() || v.Hole != nil || v.Expr.Rank() < 1 {
		return
	}
	for _, d := range v.Expr.Shape {
		n, ok := d.AsName()
		if !ok {
			continue
		}
		r.try(editAxis, lang.Print(x), "sum over "+n, put(call("sum", x, name(n))))
		r.try(editAxis, lang.Print(x), "take the mean over "+n, put(call("mean", x, name(n))))
	}
}

// visit edits every part of the line.
func (r *repairer) visit(x lang.Expr, put func(lang.Expr) lang.Expr) {
	r.local(x, put)
	for i, part := range operands(x) {
		r.visit(part, func(y lang.Expr) lang.Expr { return put(withOperand(x, i, y)) })
	}
}

func (r *repairer) local(x lang.Expr, put func(lang.Expr) lang.Expr) {
	text := lang.Print(x)
	r.transposes(x, text, put)
	if b, ok := x.(*lang.Binary); ok {
		r.binary(b, text, put)
	}
	if u, ok := x.(*lang.Unary); ok {
		r.try(editSign, text, "change the sign of "+lang.Print(u.X), put(u.X))
	}
	if c, ok := x.(*lang.Call); ok {
		r.call(c, text, put)
	}
	if ix, ok := x.(*lang.Index); ok {
		r.shifted(ix, text, put)
		if r.entry != nil {
			r.atEntry(ix, text, put)
		}
	}
	if s, ok := x.(*lang.SumIdx); ok {
		r.try(editAxis, text, "drop the sum", put(s.X))
	}
	if r.entry != nil {
		r.exchanges(x, text, put)
	}
	r.constants(x, text, put)
	r.replacements(x, text, put)
	r.insertions(x, text, put)
}

func (r *repairer) transposes(x lang.Expr, text string, put func(lang.Expr) lang.Expr) {
	if isNumber(x) || r.entry != nil {
		return
	}
	r.try(editTranspose, text, "transpose "+text, put(transposed(x)))
}

func (r *repairer) binary(b *lang.Binary, text string, put func(lang.Expr) lang.Expr) {
	left, right := lang.Print(b.X), lang.Print(b.Y)
	switch b.Op {
	case lang.Add, lang.Sub:
		r.try(editTerm, right, "drop the term "+right, put(b.X))
		r.try(editTerm, left, "drop the term "+left, put(b.Y))
		flip := map[lang.BinOp]lang.BinOp{lang.Add: lang.Sub, lang.Sub: lang.Add}[b.Op]
		r.try(editSign, right, "change the sign of "+right, put(binary(flip, b.X, b.Y)))
		if b.Op == lang.Sub {
			r.try(editSign, text, "exchange "+left+" and "+right, put(binary(lang.Sub, b.Y, b.X)))
		}
		r.try(editSign, left, "change the sign of "+left, put(binary(flip, &lang.Unary{X: b.X}, b.Y)))
		return
	case lang.Div, lang.HDiv:
		if plain, dropped := withoutNumbers(b); dropped != "" {
			r.try(editDrop, dropped, "drop the constant "+dropped, put(plain))
		}
		r.try(editDrop, right, "drop the divisor "+right, put(b.X))
		r.try(editDrop, right, "multiply by "+right+" instead of dividing", put(binary(lang.Mul, b.X, b.Y)))
		return
	}
	if plain, dropped := withoutNumbers(b); dropped != "" {
		r.try(editDrop, dropped, "drop the constant "+dropped, put(plain))
	}
	r.try(editDrop, right, "drop the factor "+right, put(b.X))
	r.try(editDrop, left, "drop the factor "+left, put(b.Y))
	r.try(editSwap, text, "swap "+left+" and "+right, put(binary(b.Op, b.Y, b.X)))
	for _, f := range []struct {
		x, y lang.Expr
		what string
	}{
		{transposed(b.Y), b.X, "move " + right + " to the left and transpose it"},
		{b.Y, transposed(b.X), "move " + left + " to the right and transpose it"},
		{transposed(b.X), transposed(b.Y), "transpose both factors of " + text},
		{transposed(b.Y), transposed(b.X), "swap and transpose both factors of " + text},
	} {
		r.try(editSwapTranspose, text, f.what, put(binary(b.Op, f.x, f.y)))
	}
	for _, op := range []lang.BinOp{lang.Mul, lang.Had, lang.Div} {
		if op != b.Op {
			r.try(editProduct, text, productNames[op]+" in "+text, put(binary(op, b.X, b.Y)))
		}
	}
	// A chain a b c is (a b) c: its last two factors are no part of the tree.
	if l, ok := b.X.(*lang.Binary); ok && isProduct(l.Op) && isProduct(b.Op) {
		r.try(editSwap, text, "swap "+lang.Print(l.Y)+" and "+right, put(binary(b.Op, binary(l.Op, l.X, b.Y), l.Y)))
		r.try(editProduct, text, "multiply "+lang.Print(l.Y)+" and "+right+" first", put(binary(l.Op, l.X, binary(b.Op, l.Y, b.Y))))
		r.try(editSwap, text, "move "+right+" to the front", put(binary(l.Op, binary(b.Op, b.Y, l.X), l.Y)))
	}
}

// withoutNumbers is a product without its numeric factors and divisors, and these.
func withoutNumbers(x lang.Expr) (rest lang.Expr, dropped string) {
	b, ok := x.(*lang.Binary)
	if !ok || !isProduct(b.Op) && b.Op != lang.Div {
		return x, ""
	}
	if isNumber(b.X) && b.Op != lang.Div {
		return b.Y, lang.Print(b.X)
	}
	left, dropped := withoutNumbers(b.X)
	if !isNumber(b.Y) {
		return binary(b.Op, left, b.Y), dropped
	}
	if b.Op == lang.Div {
		return left, cmp.Or(dropped, "1") + "/" + lang.Print(b.Y)
	}
	return left, dropped + lang.Print(b.Y)
}

var productNames = map[lang.BinOp]string{lang.Mul: "matrix product", lang.Had: "elementwise product", lang.Div: "divide instead of multiplying"}

func isProduct(op lang.BinOp) bool { return op == lang.Mul || op == lang.Had }

// call edits the derivative marks of a function, the axis of a sum, and takes a function away.
func (r *repairer) call(c *lang.Call, text string, put func(lang.Expr) lang.Expr) {
	if len(c.Args) == 1 {
		for p := range 3 {
			if p != c.Primes {
				d := *c
				d.Primes = p
				r.try(editPrime, text, fmt.Sprintf("%s instead of %s", lang.Print(&d), text), put(&d))
			}
		}
		r.try(editDrop, text, "drop "+c.Fn.Raw, put(c.Args[0].X))
	}
	if len(c.Args) == 2 && c.Args[1].Name == nil {
		r.try(editDrop, text, "drop "+c.Fn.Raw, put(c.Args[0].X))
		for _, d := range r.dims {
			e := *c
			e.Args = []lang.Arg{c.Args[0], {X: name(d)}}
			r.try(editAxis, text, fmt.Sprintf("%s instead of %s", lang.Print(&e), text), put(&e))
		}
	}
	for from, to := range map[string]string{"sum": "mean", "mean": "sum"} {
		if c.Fn.Name == from {
			e := *c
			e.Fn = name(to)
			r.try(editConstant, text, to+" instead of "+from, put(&e))
		}
	}
}

// shifted moves the number of a member of a family by one.
func (r *repairer) shifted(x *lang.Index, text string, put func(lang.Expr) lang.Expr) {
	if len(x.Args) != 1 {
		return
	}
	for _, op := range []lang.BinOp{lang.Add, lang.Sub} {
		to := binary(op, x.Args[0], number(1, 1))
		if n, ok := x.Args[0].(*lang.Number); ok && n.Val.IsInt() {
			k := n.Val.Num().Int64() + map[lang.BinOp]int64{lang.Add: 1, lang.Sub: -1}[op]
			if k < 0 {
				continue
			}
			y := &lang.Index{X: x.X, Args: []lang.Expr{number(k, 1)}}
			r.try(editIndex, text, lang.Print(y)+" instead of "+text, put(y))
			continue
		}
		y := &lang.Index{X: x.X, Args: []lang.Expr{to}}
		r.try(editIndex, text, lang.Print(y)+" instead of "+text, put(y))
	}
}

// constants multiplies and divides by what is lost most often: 2, −1, the size of a dimension and its root.
func (r *repairer) constants(x lang.Expr, text string, put func(lang.Expr) lang.Expr) {
	if isNumber(x) {
		return
	}
	r.try(editConstant, text, "multiply by 2", put(binary(lang.Mul, number(2, 1), x)))
	r.try(editConstant, text, "divide by 2", put(binary(lang.Div, x, number(2, 1))))
	r.try(editSign, text, "change the sign", put(&lang.Unary{X: x}))
	for _, d := range r.dims {
		r.try(editConstant, text, "divide by "+d, put(binary(lang.Div, x, r.size(d))))
		r.try(editConstant, text, "multiply by "+d, put(binary(lang.Mul, r.size(d), x)))
		r.try(editConstant, text, "divide by sqrt("+d+")", put(binary(lang.Div, x, call("sqrt", r.size(d)))))
		r.try(editConstant, text, "multiply by sqrt("+d+")", put(binary(lang.Mul, call("sqrt", r.size(d)), x)))
	}
}

// size is the number of entries of a dimension, also where a variable has its name.
func (r *repairer) size(d string) lang.Expr {
	if r.scope.Lookup(d) == nil {
		return name(d)
	}
	return call("dim", name(d))
}

// replacements put another quantity in the place of one.
func (r *repairer) replacements(x lang.Expr, text string, put func(lang.Expr) lang.Expr) {
	if !isQuantity(x) {
		return
	}
	for _, q := range r.leaves {
		r.try(editReplace, text, lang.Print(q)+" instead of "+text, put(q))
	}
}

// insertions multiply by a quantity that was forgotten.
func (r *repairer) insertions(x lang.Expr, text string, put func(lang.Expr) lang.Expr) {
	if isNumber(x) {
		return
	}
	if r.entry != nil {
		r.insertEntries(x, text, put)
		return
	}
	for _, s := range r.slopes {
		t := lang.Print(s)
		r.try(editInsert, text, "multiply elementwise by "+t, put(binary(lang.Had, x, s)))
	}
	for _, q := range r.leaves {
		t := lang.Print(q)
		r.try(editInsert, text, "multiply by "+t+" on the left", put(binary(lang.Mul, q, x)))
		r.try(editInsert, text, "multiply by "+t+"ᵀ on the left", put(binary(lang.Mul, transposed(q), x)))
		r.try(editInsert, text, "multiply by "+t+" on the right", put(binary(lang.Mul, x, q)))
		r.try(editInsert, text, "multiply by "+t+"ᵀ on the right", put(binary(lang.Mul, x, transposed(q))))
		r.try(editInsert, text, "multiply elementwise by "+t, put(binary(lang.Had, x, q)))
	}
}

// everywhere edits every occurrence of a part at once: a variable replaced, a part transposed.
func (r *repairer) everywhere(x lang.Expr) {
	count := map[string]int{}
	var parts []lang.Expr
	lang.Walk(x, func(n lang.Node) bool {
		if e, ok := n.(lang.Expr); ok {
			t := lang.Print(e)
			count[t]++
			if count[t] == 2 {
				parts = append(parts, e)
			}
		}
		return true
	})
	for _, p := range parts {
		if isNumber(p) {
			continue
		}
		t := lang.Print(p)
		all := func(y lang.Expr) lang.Expr {
			return lang.Rewrite(x, func(e lang.Expr) lang.Expr {
				if lang.Print(e) == t {
					return y
				}
				return e
			})
		}
		r.try(editTranspose, t, "transpose every "+t, all(transposed(p)))
		if isQuantity(p) {
			for _, q := range r.leaves {
				r.try(editReplace, t, fmt.Sprintf("%s instead of every %s", lang.Print(q), t), all(q))
			}
		}
	}
}

// operands are the parts of x that edits reach. A derivative is one quantity.
func operands(x lang.Expr) []lang.Expr {
	switch x := x.(type) {
	case *lang.Binary:
		return []lang.Expr{x.X, x.Y}
	case *lang.Unary:
		return []lang.Expr{x.X}
	case *lang.Pow:
		return []lang.Expr{x.X}
	case *lang.Transpose:
		return []lang.Expr{x.X}
	case *lang.Norm:
		return []lang.Expr{x.X}
	case *lang.SumIdx:
		return []lang.Expr{x.X}
	case *lang.Call:
		if len(x.Args) > 0 {
			return []lang.Expr{x.Args[0].X}
		}
	}
	return nil
}

// withOperand is x with its i-th part replaced.
func withOperand(x lang.Expr, i int, y lang.Expr) lang.Expr {
	switch x := x.(type) {
	case *lang.Binary:
		c := *x
		if i == 0 {
			c.X = y
		} else {
			c.Y = y
		}
		return &c
	case *lang.Unary:
		return &lang.Unary{Span: x.Span, X: y}
	case *lang.Pow:
		return &lang.Pow{Span: x.Span, X: y, Y: x.Y, Elementwise: x.Elementwise}
	case *lang.Transpose:
		return &lang.Transpose{Span: x.Span, X: y}
	case *lang.Norm:
		return &lang.Norm{Span: x.Span, X: y, Kind: x.Kind}
	case *lang.SumIdx:
		return &lang.SumIdx{Span: x.Span, Index: x.Index, Where: x.Where, X: y}
	case *lang.Call:
		c := *x
		c.Args = slices.Clone(x.Args)
		c.Args[0].X = y
		return &c
	}
	return x
}

func isNumber(x lang.Expr) bool {
	_, ok := x.(*lang.Number)
	return ok
}

// isQuantity says that x is a name, an entry of a family, or a derivative: what a line is made of.
func isQuantity(x lang.Expr) bool {
	switch x.(type) {
	case *lang.Name, *lang.Index, *lang.Deriv:
		return true
	}
	return false
}

func name(s string) *lang.Name { return &lang.Name{Name: s, Raw: s} }

func number(p, q int64) *lang.Number {
	r := big.NewRat(p, q)
	return &lang.Number{Text: r.RatString(), Val: r}
}

func binary(op lang.BinOp, x, y lang.Expr) lang.Expr {
	return &lang.Binary{Op: op, X: x, Y: y, Juxt: op == lang.Mul}
}

func call(fn string, args ...lang.Expr) lang.Expr {
	c := &lang.Call{Fn: name(fn)}
	for _, a := range args {
		c.Args = append(c.Args, lang.Arg{X: a})
	}
	return c
}

// transposed is the transpose of x; that of xᵀ is x.
func transposed(x lang.Expr) lang.Expr {
	if t, ok := x.(*lang.Transpose); ok {
		return t.X
	}
	return &lang.Transpose{X: x}
}
