package check

import (
	"regexp"
	"slices"
	"strings"

	"nabla/lang"
)

// offerBorrowed says what a word of another program is here; false where the word is of none, or stands where that word
// would not: σ alone is a number without a declaration.
func (c *checker) offerBorrowed(e *lang.Error, t *lang.Name) bool {
	b, ok := lang.BorrowedWord(t.Raw, c.IsFunc)
	if !ok {
		return false
	}
	if b.Rewrites() && c.stmt.End <= len(c.cell) {
		text := c.withoutBorrowed(b)
		after := strings.TrimSpace(c.cell[t.Span.End:c.stmt.End])
		called := after != "" && strings.Contains("([/", after[:1])
		if !called && !strings.HasPrefix(t.Raw, "sum_") || b.OfCalls() && text == c.cell[c.stmt.Start:c.stmt.End] {
			return false
		}
		c.offer(e, "", edit{c.stmt, text})
	}
	e.Details = append(e.Details, b.Says)
	return true
}

// withoutBorrowed is the statement without a borrowed word, and without those that are then left.
func (c *checker) withoutBorrowed(b lang.Borrowed) string {
	text := b.Rewrite(c.cell[c.stmt.Start:c.stmt.End])
	for _, word := range capitalCall.FindAllStringSubmatch(text, maxFixes) {
		if other, ok := lang.BorrowedWord(word[1], c.IsFunc); ok {
			text = other.Rewrite(text)
		}
	}
	return text
}

// capitalCall is a call as Mathematica writes it.
var capitalCall = regexp.MustCompile(`\b(\p{Lu}\w*)[\[(]`)

// spaceElsewhere is a declaration as other programs or a sentence would have it.
var spaceElsewhere = regexp.MustCompile(`^\s*([\pL_][\pL\pN_]*) *(?::?=| in ) *([Rℝ](?:[\[^].*)?)$`)

// offerSpace suits  W = R[h,d]  and  x in R^d: a space is declared with a colon.
func (c *checker) offerSpace(e *lang.Error) bool {
	if c.stmt.End > len(c.cell) {
		return false
	}
	m := spaceElsewhere.FindStringSubmatch(c.cell[c.stmt.Start:c.stmt.End])
	if m == nil {
		return false
	}
	c.offer(e, "", edit{c.stmt, m[1] + " : " + m[2]})
	e.Details = append(e.Details, "a space is declared with a colon, or with ∈")
	return true
}

// mostSpaces bounds the shapes that are tried for an unknown name.
const mostSpaces = 16

// offerDeclaration offers the declaration that makes the statement pass: as a number, a vector or a matrix of any size, or
// with the axes of something in scope.
func (c *checker) offerDeclaration(e *lang.Error, name string) {
	if strings.HasSuffix(c.cell[:min(e.Span.Start, len(c.cell))], "/∂") {
		for _, b := range c.Bindings() { // nothing depends on what has just been declared
			if b.Expr != nil && len(e.Fixes) < 2 {
				c.offer(e, "", edit{e.Span, b.Name})
			}
		}
		return
	}
	if c.offerFilled(e, name); len(e.Fixes) > 0 {
		return
	}
	if strings.HasPrefix(c.cell[min(e.Span.End, len(c.cell)):], "(") {
		c.offerBefore(e, name+" : R -> R", "if "+name+" is a function of every entry; or define it first, "+name+"(t) = …")
	}
	if len(e.Fixes) == 0 {
		c.offerBefore(e, name+" : R", "if "+name+" is a number")
	}
	if len(e.Fixes) == 0 {
		c.offerBefore(e, name+" : R[n]", "if "+name+" is a vector")
	}
	if len(e.Fixes) == 0 {
		c.offerBefore(e, name+" : R[m,n]", "if "+name+" is a matrix")
	}
	for _, x := range c.spaces() {
		if len(e.Fixes) > 0 {
			return
		}
		c.offerBefore(e, name+" : "+x.text, "if "+name+" "+x.when)
	}
}

// A tried is a space that an unknown name may have.
type tried struct{ text, when string }

// spaces are those of vectors of the dimensions in scope, and of what else is in scope.
func (c *checker) spaces() (out []tried) {
	for _, d := range c.Dims.Names() {
		out = append(out, tried{"R[" + d + "]", "is a vector of " + d + " entries"})
	}
	for _, b := range c.Bindings() {
		if b.Expr == nil || b.Expr.Rank() == 0 {
			continue
		}
		text := space(b.Expr.Shape, false)
		if !slices.ContainsFunc(out, func(t tried) bool { return t.text == text }) {
			out = append(out, tried{text, "has the axes of " + b.Name})
		}
	}
	return out[:min(len(out), mostSpaces)]
}
