package export

import (
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strings"

	"nabla/symbolic"
	"nabla/symbolic/shape"
)

// A code is an expression of the target with how tightly it binds.
type code struct {
	text string
	prec int
	num  bool // a plain number of the target rather than an array
}

const (
	loose = iota // a template whose inside is not known
	additive
	multiplicative
	atomic
)

// in is the code in a place that needs at least prec.
func (c code) in(prec int) string {
	if c.prec >= prec {
		return c.text
	}
	return "(" + c.text + ")"
}

func atom(format string, args ...any) code {
	return code{text: fmt.Sprintf(format, args...), prec: atomic}
}

// An arrays writes a program for a target that has arrays.
type arrays struct {
	*program
	d     *dialect
	lines []string
	memo  map[*symbolic.Expr]code // named nodes, once written
}

// writeLines appends the statements for the named nodes of the outputs, and returns the code of each.
func (w *arrays) write() []code {
	seen := map[*symbolic.Expr]bool{}
	out := make([]code, len(w.outputs))
	for i, e := range w.outputs {
		symbolic.Walk(e, func(n *symbolic.Expr) {
			if n != e || w.uses[n] > 1 {
				w.visit(n)
			}
		}, seen)
		if c, ok := w.memo[e]; ok {
			out[i] = c
		} else {
			out[i] = w.fresh(e)
		}
		if out[i].num && w.d.number != "" {
			out[i] = atom(w.d.number, out[i].text)
		}
	}
	return out
}

// visit gives a node a line if it has a name or is shared.
func (w *arrays) visit(n *symbolic.Expr) {
	name, ok := w.names[n]
	switch {
	case n.Op == symbolic.Var:
		return
	case ok && n.Op == symbolic.Let:
		w.memo[n] = w.assign(name, w.expr(n.Args[0]), n)
	case w.shared(n):
		w.memo[n] = w.assign(w.temp(), w.fresh(n), n)
	}
}

func (w *arrays) assign(name string, c code, n *symbolic.Expr) code {
	line := name + " = " + c.text
	if n != nil {
		line = fmt.Sprintf("%-40s %s %s", line, w.d.comment, spaceOf(n))
	}
	w.lines = append(w.lines, line)
	return code{text: name, prec: atomic, num: c.num}
}

func spaceOf(n *symbolic.Expr) string { return n.Shape.String() }

// hoist makes a line of what is not a name yet.
func (w *arrays) hoist(c code) string {
	if isName.MatchString(c.text) {
		return c.text
	}
	return w.assign(w.temp(), c, nil).text
}

var isName = regexp.MustCompile(`^[\pL_][\pL_\d]*$`)

func (w *arrays) expr(n *symbolic.Expr) code {
	if c, ok := w.memo[n]; ok {
		return c
	}
	return w.fresh(n)
}

// fresh is the code of a node that has no line.
func (w *arrays) fresh(n *symbolic.Expr) code {
	switch n.Op {
	case symbolic.Var:
		return atom("%s", w.names[n])
	case symbolic.Let:
		return w.expr(n.Args[0])
	case symbolic.Const:
		return number(n.Val)
	case symbolic.Dim:
		return code{text: w.dim(n.Size), prec: atomic, num: true}
	case symbolic.Delta:
		return atom(w.d.eye, w.dim(n.Size))
	case symbolic.Ones:
		return atom(w.d.ones, w.shape(n.Shape))
	case symbolic.Sum:
		return w.sum(n)
	case symbolic.Einsum:
		return w.product(n)
	}
	return w.call(n)
}

// number is an exact fraction as code.
func number(r *big.Rat) code {
	text, exact := decimal(r)
	c := code{text: text, prec: atomic, num: true}
	if !exact {
		c = code{text: r.Num().String() + " / " + r.Denom().String(), prec: multiplicative, num: true}
	}
	if r.Sign() < 0 {
		c.prec = additive
	}
	return c
}

// decimal is a fraction as a short decimal, if it is one.
func decimal(r *big.Rat) (text string, exact bool) {
	f, same := r.Float64()
	text = fmt.Sprint(f)
	back, ok := new(big.Rat).SetString(text)
	return text, (same || len(text) < 10) && ok && back.Cmp(r) == 0
}

// shape is a shape in the target: (n, d).
func (w *arrays) shape(s shape.Shape) string { return w.d.tuple(w.dimsOf(s)) }

// sum is a linear combination. Broadcasts stay implicit as long as one term has the whole shape.
func (w *arrays) sum(n *symbolic.Expr) code {
	if len(n.Args) == 0 {
		if n.Rank() == 0 {
			return code{text: "0.0", prec: atomic, num: true}
		}
		return atom(w.d.zeros, w.shape(n.Shape))
	}
	if c := commonNumber(n.Coef); c != nil {
		x := w.sum(n.G.Scale(new(big.Rat).Inv(c), n))
		return code{text: w.scaled(c, x, n.Rank() > 0), prec: multiplicative, num: x.num}
	}
	full := w.d.implicit && slices.ContainsFunc(n.Args, func(a *symbolic.Expr) bool { _, ok := repeated(a); return !ok })
	var b strings.Builder
	num, prec := true, additive
	for i, a := range n.Args {
		c := w.expr(a)
		if axes, ok := repeated(a); ok && full && w.memo[a].text == "" {
			c = w.implicit(a, axes)
		}
		num = num && c.num
		abs := new(big.Rat).Abs(n.Coef[i])
		switch {
		case n.Coef[i].Sign() < 0 && i == 0:
			b.WriteString("-")
		case n.Coef[i].Sign() < 0:
			b.WriteString(w.d.minus)
		case i > 0:
			b.WriteString(w.d.plus)
		}
		b.WriteString(w.scaled(abs, c, n.Rank() > 0))
	}
	if len(n.Args) == 1 && n.Coef[0].Sign() > 0 {
		prec = multiplicative
	}
	return code{text: b.String(), prec: prec, num: num}
}

// commonNumber is the positive number that all coefficients have as a factor: 2 a − 2 b is 2 (a − b), a/2 − 3/2 b is
// (a − 3 b)/2. It is nil where nothing is won.
func commonNumber(coefs []*big.Rat) *big.Rat {
	least, same := new(big.Rat).Abs(coefs[0]), true
	for _, c := range coefs[1:] {
		abs := new(big.Rat).Abs(c)
		same = same && abs.Cmp(least) == 0
		if abs.Cmp(least) < 0 {
			least = abs
		}
	}
	whole := true
	for _, c := range coefs {
		whole = whole && !c.IsInt() && new(big.Rat).Quo(c, least).IsInt()
	}
	if len(coefs) < 2 || least.Cmp(one) == 0 || !same && !whole {
		return nil
	}
	return least
}

// numberOut is the number that the terms of a sum have in common, and the sum without it.
func numberOut(a *symbolic.Expr) (*big.Rat, *symbolic.Expr) {
	if a.Op != symbolic.Sum || len(a.Args) == 0 {
		return one, a
	}
	c := commonNumber(a.Coef)
	if c == nil {
		return one, a
	}
	return c, a.G.Scale(new(big.Rat).Inv(c), a)
}

// scaled is c times the code.
func (w *arrays) scaled(c *big.Rat, x code, tensor bool) string {
	times, over := " * ", " / "
	if tensor {
		times, over = w.d.times, w.d.over
	}
	switch {
	case c.Cmp(big.NewRat(1, 1)) == 0:
		return x.in(multiplicative)
	case c.Num().IsInt64() && c.Num().Int64() == 1:
		return x.in(multiplicative) + over + c.Denom().String()
	}
	return number(c).in(atomic) + times + x.in(atomic)
}

// repeated says that a node has the same entries along some of its axes; axes are those it really has.
func repeated(a *symbolic.Expr) (axes []int, ok bool) {
	switch {
	case a.Op == symbolic.Ones:
		return nil, true
	case a.Op == symbolic.Einsum && len(a.Args) == 1 && len(a.In[0]) < len(a.Out):
		for i := range len(a.In[0]) {
			k := strings.IndexByte(a.Out, a.In[0][i])
			if k < 0 || slices.Contains(axes, k) {
				return nil, false
			}
			axes = append(axes, k)
		}
		return axes, true
	}
	return nil, false
}

// implicit is a repeated node without the axes that the target adds by itself.
func (w *arrays) implicit(a *symbolic.Expr, axes []int) code {
	if a.Op == symbolic.Ones {
		return code{text: "1", prec: atomic, num: true}
	}
	in, out := letters(a)
	return w.align(operand{code: w.expr(a.Args[0]), labels: in[0]}, out)
}

// product is an Einsum as matrix products, elementwise products and, where it is neither, einsum.
func (w *arrays) product(n *symbolic.Expr) code {
	in, out := letters(n)
	var scalars, under []code
	var ops []operand
	front := big.NewRat(1, 1)
	for k, a := range n.Args {
		switch {
		case in[k] == "" && reciprocal(a) && w.memo[a].text == "":
			under = append(under, w.expr(a.Args[0]))
		case in[k] == "":
			scalars = append(scalars, w.expr(a))
		default:
			c, a := w.withoutNumber(a)
			front.Mul(front, c)
			ops = append(ops, operand{w.expr(a), in[k], a})
		}
	}
	held := ""
	for _, o := range ops {
		held = union(held, o.labels)
	}
	have := only(out, held)
	for len(ops) > 1 {
		n.G.Proceed()
		i, j := cheapest(ops, have)
		labels := kept(ops, i, j, have)
		p := w.combine(ops[i], ops[j], labels)
		ops = slices.Delete(slices.Delete(ops, j, j+1), i, i+1)
		ops = append(ops, p)
	}
	var c code
	switch {
	case len(ops) == 1:
		c = w.arranged(w.reduced(ops[0], have), have)
		if len(have) < len(out) {
			c = w.broadcast(operand{code: c, labels: have}, out, n.Shape)
		}
	case len(out) > 0:
		c = atom(w.d.ones, w.shape(n.Shape))
	}
	c = w.divided(w.times(scalars, c, len(out) > 0), under, len(out) > 0)
	if front.Cmp(one) == 0 {
		return c
	}
	return code{text: w.scaled(front, c, len(out) > 0), prec: multiplicative, num: c.num}
}

// withoutNumber is numberOut, unless the sum has a line of its own.
func (w *arrays) withoutNumber(a *symbolic.Expr) (*big.Rat, *symbolic.Expr) {
	if w.memo[a].text != "" {
		return one, a
	}
	return numberOut(a)
}

// reciprocal says that a node is 1/x.
func reciprocal(n *symbolic.Expr) bool {
	return n.IsCall("pow") && n.Par.Exp.Cmp(big.NewRat(-1, 1)) == 0
}

// divided divides by scalars.
func (w *arrays) divided(c code, under []code, tensor bool) code {
	over := " / "
	if tensor {
		over = w.d.over
	}
	if c.text == "" {
		c = code{text: "1", prec: atomic, num: true}
	}
	for _, u := range under {
		c = code{text: c.in(multiplicative) + over + u.in(atomic), prec: multiplicative, num: c.num && u.num}
	}
	return c
}

// times multiplies by scalars.
func (w *arrays) times(scalars []code, c code, tensor bool) code {
	if len(scalars) == 0 {
		return c
	}
	num := c.text == "" || c.num
	var parts []string
	for i, s := range scalars {
		num = num && s.num
		prec := atomic
		if i == 0 {
			prec = multiplicative
		}
		parts = append(parts, s.in(prec))
	}
	text := strings.Join(parts, " * ")
	if c.text != "" {
		op := " * "
		if tensor {
			op = w.d.times
		}
		text += op + c.in(atomic)
	}
	return code{text: text, prec: multiplicative, num: num}
}

// combine multiplies two operands and sums over the letters that labels lacks.
func (w *arrays) combine(a, b operand, labels string) operand {
	a, b = w.reduced(a, union(labels, b.labels)), w.reduced(b, union(labels, a.labels))
	summed := without(only(a.labels, b.labels), labels)
	both := only(only(a.labels, b.labels), labels)
	switch {
	case summed == "":
		return w.elementwise(a, b, labels)
	case labels == "" && a.labels == b.labels && len(a.labels) > 1:
		text := a.code.in(multiplicative) + w.d.times + b.code.in(atomic)
		return operand{code: w.d.sum(code{text: text, prec: multiplicative}, span(len(a.labels)), len(a.labels))}
	case len(summed) == 1 && both == "" && len(a.labels) <= 2 && len(b.labels) <= 2:
		return w.matmul(a, b, summed, labels)
	}
	return operand{code: w.d.einsum(w, []operand{a, b}, labels), labels: labels}
}

// reduced takes the diagonal of repeated letters and sums over those that keep lacks.
func (w *arrays) reduced(o operand, keep string) operand {
	labels := only(union(o.labels), keep)
	if labels == o.labels {
		return o
	}
	if union(o.labels) != o.labels {
		return operand{code: w.d.einsum(w, []operand{o}, labels), labels: labels}
	}
	var axes []int
	for i := range len(o.labels) {
		if !strings.Contains(keep, o.labels[i:i+1]) {
			axes = append(axes, i)
		}
	}
	return operand{code: w.d.sum(o.code, axes, len(o.labels)), labels: labels}
}

// arranged has the axes in the order of labels, which are the letters of o.
func (w *arrays) arranged(o operand, labels string) code {
	if o.labels == labels {
		return o.code
	}
	perm := make([]int, len(labels))
	for i := range len(labels) {
		perm[i] = strings.IndexByte(o.labels, labels[i])
	}
	return w.d.permute(o.code, perm)
}

// matmul is the product of matrices and vectors over one letter.
func (w *arrays) matmul(a, b operand, k, labels string) operand {
	la, lb := without(a.labels, k), without(b.labels, k)
	if labels != la+lb || la == "" && lb != "" {
		a, b, la, lb = b, a, lb, la
	}
	if la == "" {
		return operand{code: w.d.dot(a.code, b.code)}
	}
	text := w.arranged(a, la+k).in(multiplicative) + w.d.matmul + w.arranged(b, k+lb).in(atomic)
	return operand{code: code{text: text, prec: multiplicative}, labels: la + lb}
}

// elementwise is the product without a sum: outer, Hadamard, a scaling of rows.
func (w *arrays) elementwise(a, b operand, labels string) operand {
	if len(a.labels) == 1 && len(b.labels) == 1 && a.labels != b.labels {
		if a.labels != labels[:1] {
			a, b = b, a
		}
		return operand{code: w.d.outer(a.code, b.code), labels: labels}
	}
	text := w.align(a, labels).in(multiplicative) + w.d.times + w.align(b, labels).in(atomic)
	return operand{code: code{text: text, prec: multiplicative}, labels: labels}
}

// align makes o fit beside tensors with the axes labels: its own axes in that order, and axes of size 1 for the others.
func (w *arrays) align(o operand, labels string) code {
	mine := only(labels, o.labels)
	c := w.arranged(o, mine)
	if mine == labels {
		return c
	}
	missing := make([]bool, len(labels))
	for i := range len(labels) {
		missing[i] = !strings.Contains(mine, labels[i:i+1])
	}
	return w.d.insert(w, c, missing)
}

// broadcast repeats o to the whole shape.
func (w *arrays) broadcast(o operand, labels string, s shape.Shape) code {
	return w.d.broadcast(w, w.align(o, labels), s)
}

// call is the application of a function.
func (w *arrays) call(n *symbolic.Expr) code {
	switch {
	case n.Fn.Abstract != nil:
		return w.abstract(n)
	case n.IsCall("gather"):
		return w.d.gather(w, n)
	case n.IsCall("scatter"):
		return w.d.scatter(w, n)
	case reciprocal(n):
		x := w.expr(n.Args[0])
		return w.divided(code{text: "1", prec: atomic, num: true}, []code{x}, n.Rank() > 0)
	}
	template := symbolic.Template(n, w.target)
	if w.target == "julia" {
		template = w.juliaTemplate(template, n)
	}
	args := make([]string, len(n.Args))
	for i, a := range n.Args {
		c := w.expr(a)
		if c.num && w.d.number != "" {
			c = atom(w.d.number, c.text)
		}
		args[i] = c.in(atomic)
		if strings.Count(template, fmt.Sprint("#", i+1)) > 1 {
			args[i] = w.hoist(c)
		}
	}
	text := symbolic.Expand(template, n, args, w.dim)
	c := code{text: text, prec: loose, num: len(n.Args) == 0 && n.Rank() == 0}
	if enclosed(text) {
		c.prec = atomic
	}
	c.text = bare(c.text, args)
	return c
}

// enclosed says that code is a name, or one call, or one pair of brackets.
func enclosed(text string) bool {
	open := strings.IndexAny(text, "([")
	if open < 0 {
		return !strings.ContainsAny(text, " +-*/")
	}
	if strings.ContainsAny(text[:open], " +-*/") {
		return false
	}
	depth := 0
	for i, r := range text {
		switch r {
		case '(', '[':
			depth++
		case ')', ']':
			if depth--; depth == 0 && i < len(text)-1 {
				return false
			}
		}
	}
	return true
}

// bare drops the brackets of f((x)).
func bare(text string, args []string) string {
	for _, a := range args {
		if strings.HasPrefix(a, "(") && strings.HasSuffix(a, ")") && enclosed(a) {
			for _, f := range [][2]string{{"(", ")"}, {"(", ","}, {", ", ")"}, {", ", ","}} {
				text = strings.ReplaceAll(text, f[0]+a+f[1], f[0]+a[1:len(a)-1]+f[1])
			}
		}
	}
	return text
}

// abstract applies an argument that is a function, mapping it over leading axes unless it works entry by entry.
func (w *arrays) abstract(n *symbolic.Expr) code {
	args := make([]string, len(n.Args))
	for i, a := range n.Args {
		args[i] = w.expr(a).text
	}
	f, batch := w.function(n), n.Args[0].Rank()-n.Par.Core
	if n.Fn.Abstract.Elementwise() {
		return atom(w.d.apply, f, strings.Join(args, ", "))
	}
	if batch == 0 {
		return atom("%s(%s)", f, strings.Join(args, ", "))
	}
	for i := range args {
		args[i] = w.hoist(code{text: args[i]})
	}
	return w.d.mapped(w, f, args, batch, n)
}

// span is 0, 1, … n − 1.
func span(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}
