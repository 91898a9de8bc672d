package check

import (
	"strings"

	"nabla/lang"
	"nabla/symbolic"
)

// factWords are the facts that are one word, and what they say of a matrix.
var factWords = map[string]func(f *symbolic.Facts){
	"symmetric":   func(f *symbolic.Facts) { f.Symmetric = true },
	"diagonal":    func(f *symbolic.Facts) { f.Diagonal, f.Symmetric = true, true },
	"orthogonal":  func(f *symbolic.Facts) { f.Orthogonal = true },
	"spd":         func(f *symbolic.Facts) { f.PosDef, f.Symmetric = true, true },
	"positive":    func(f *symbolic.Facts) { f.Positive, f.Nonneg = true, true },
	"nonnegative": func(f *symbolic.Facts) { f.Nonneg = true },
}

// entrywise facts hold for any shape; the others for square matrices.
var entrywise = map[string]bool{"positive": true, "nonnegative": true}

// fact records what is known of a variable. Facts are values: earlier clones of the scope keep theirs.
func (c *checker) fact(name *lang.Name, e *symbolic.Expr, f *lang.Fact) {
	facts := symbolic.Facts{}
	if old := c.facts.At(e); old != nil {
		facts = *old
		facts.Equal = append([]*symbolic.Expr(nil), old.Equal...)
	}
	if f.Word != "" {
		c.wordFact(name, e, f, &facts)
	} else {
		c.relationFact(e, f, &facts)
	}
	c.facts.Set(e, &facts)
}

func (c *checker) wordFact(name *lang.Name, e *symbolic.Expr, f *lang.Fact, facts *symbolic.Facts) {
	set := factWords[f.Word]
	if set == nil {
		err := c.errorf("E222", f.Span, "%s is not a fact that is known here", f.Word)
		err.Details = []string{"facts are symmetric, diagonal, orthogonal, spd, positive, nonnegative, and relations such as sum(y) == 1 or x > 0"}
		for _, near := range lang.DidYouMean(f.Word, []string{"symmetric", "diagonal", "orthogonal", "spd", "positive", "nonnegative"}) {
			c.offer(err, "", edit{f.Span, near})
		}
		panic(err)
	}
	square := e.Rank() == 2 && c.Dims.Same(e.Shape[0], e.Shape[1])
	if !square && !entrywise[f.Word] {
		c.fail("E222", f.Span, "%s : %s is not a square matrix and cannot be %s", name.Raw, e.Shape, f.Word)
	}
	set(facts)
}

// relationFact is sum(y) == 1, or x > 0.
func (c *checker) relationFact(e *symbolic.Expr, f *lang.Fact, facts *symbolic.Facts) {
	rel, ok := f.X.(*lang.Compare)
	if !ok {
		c.fail("E222", f.Span, "a fact is a word (%s) or a relation (sum(y) == 1)", "symmetric")
	}
	x, y := c.align(rel, "==", operand{rel.X, c.addend(rel.X)}, operand{rel.Y, c.addend(rel.Y)})
	c.settle(rel, x)
	diff := c.Graph.Sub(x.Expr, y.Expr)
	if !symbolic.DependsOn(diff, e) {
		c.fail("E222", f.Span, "%s says nothing about the variable that is declared", strings.TrimSpace(c.text(f.X)))
	}
	switch rel.Op {
	case lang.Eq, lang.Approx:
		if word := wordOf(e, diff); word != "" {
			factWords[word](facts)
		} else {
			facts.Equal = append(facts.Equal, diff)
		}
		return
	case lang.Less, lang.LessEq:
		diff = c.Graph.Neg(diff)
	}
	if diff != e {
		c.fail("E222", f.Span, "of inequalities only those of the variable with 0 are used: x > 0, x ≥ 0")
	}
	facts.Nonneg = true
	facts.Positive = facts.Positive || rel.Op == lang.Greater || rel.Op == lang.Less
}

// wordOf is the word for an equation zero = 0 of a square matrix: A == Aᵀ, QᵀQ == I, A == A ⊙ I; "" where there is none.
func wordOf(a, zero *symbolic.Expr) string {
	if a.Rank() != 2 || !a.G.Dims.Same(a.Shape[0], a.Shape[1]) {
		return ""
	}
	g, id := a.G, a.G.Delta(a.Shape[0])
	t := g.Transpose(a)
	for word, forms := range map[string][]*symbolic.Expr{
		"symmetric":  {g.Sub(a, t)},
		"orthogonal": {g.Sub(g.MatMul(t, a), id), g.Sub(g.MatMul(a, t), id)},
		"diagonal":   {g.Sub(a, g.Hadamard(a, id))},
	} {
		for _, form := range forms {
			if zero == form || zero == g.Neg(form) {
				return word
			}
		}
	}
	return ""
}

// Facts is what was declared of a variable, or nil.
func (s *Scope) Facts(e *symbolic.Expr) *symbolic.Facts { return s.facts.At(e) }
