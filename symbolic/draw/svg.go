package draw

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// How large a page shows the picture: a wide one smaller, so that it fits into the column of a notebook, but legible.
const (
	pixelsPerPoint = 1.6
	leastPixels    = 1.0
	column         = 740.0 // pixels
)

// scale is how many pixels of a page are a point.
func (s *scene) scale() float64 { return max(leastPixels, min(pixelsPerPoint, column/s.width)) }

// extent says how large the picture is, and that it shrinks to its page. The classic Notebook takes a width in pixels as
// given and scrolls, so that one of more than a column is a share of the page.
func (s *scene) extent() string {
	w, h := s.scale()*s.width, s.scale()*s.height
	if w > column {
		return fmt.Sprintf(`width="100%%" style="max-width: %.0fpx; height: auto"`, w)
	}
	return fmt.Sprintf(`width="%.0f" height="%.0f" style="max-width: 100%%; height: auto"`, w, h)
}

// SVG is the picture as a document of its own, with a title and a description for those who do not see it.
func (g *Graph) SVG() []byte { return g.scene().svg(g.Title, g.Description()) }

func (s *scene) svg(title, description string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.1f %.1f" %s role="img" aria-labelledby="t d" font-family="DejaVu Serif, STIX Two Text, serif">`+"\n",
		s.width, s.height, s.extent())
	fmt.Fprintf(&b, "<title id=\"t\">%s</title>\n<desc id=\"d\">%s</desc>\n", escape(title), escape(description))
	b.WriteString("<defs>")
	for _, m := range [2][2]string{{"f", black}, {"b", accent}} {
		fmt.Fprintf(&b, `<marker id="%s" markerWidth="6" markerHeight="5" refX="5.5" refY="2.5" orient="auto"><path d="M0,0 L6,2.5 L0,5 z" fill="%s"/></marker>`, m[0], m[1])
	}
	fmt.Fprintf(&b, `<pattern id="k" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="4" height="4" fill="%s"/><line x1="0" y1="0" x2="0" y2="4" stroke="#000" stroke-width="0.8"/></pattern>`, keptInk)
	b.WriteString("</defs>\n")
	fmt.Fprintf(&b, `<rect width="%.1f" height="%.1f" fill="#fff"/>`+"\n", s.width, s.height)
	for _, a := range s.arrows {
		writeArrow(&b, a)
	}
	for _, x := range s.boxes {
		writeBox(&b, x)
	}
	for _, t := range s.texts {
		writeText(&b, t)
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

var escape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace

func writeArrow(b *bytes.Buffer, a arrow) {
	marker, dash := "f", ""
	if a.dashed {
		marker, dash = "b", ` stroke-dasharray="4 1.5"`
	}
	path := fmt.Sprintf("M%.1f,%.1f", a.from.x, a.from.y)
	if len(a.via) == 0 {
		path += fmt.Sprintf(" L%.1f,%.1f", a.to.x, a.to.y)
	}
	for k, c := range a.via {
		to := a.joint(k + 1)
		path += fmt.Sprintf(" Q%.1f,%.1f %.1f,%.1f", c.x, c.y, to.x, to.y)
	}
	fmt.Fprintf(b, `<path d="%s" fill="none" stroke="%s" stroke-width="0.9"%s marker-end="url(#%s)"/>`+"\n", path, a.ink, dash, marker)
}

func writeBox(b *bytes.Buffer, x box) {
	style := fmt.Sprintf(`fill="%s" stroke="%s" stroke-width="%.1f"`, x.fill, x.stroke, x.weight)
	title := "<title>" + escape(x.title) + "</title>"
	if x.round {
		fmt.Fprintf(b, `<ellipse cx="%.1f" cy="%.1f" rx="%.1f" ry="%.1f" %s>%s</ellipse>`+"\n", x.center.x, x.center.y, x.w/2, x.h/2, style, title)
	} else {
		fmt.Fprintf(b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" %s>%s</rect>`+"\n", x.center.x-x.w/2, x.center.y-x.h/2, x.w, x.h, style, title)
	}
	if x.hatch { // the band leaves the label legible
		band := x.band()
		fmt.Fprintf(b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="url(#k)" stroke="#000" stroke-width="0.5"/>`+"\n", band.center.x-band.w/2, band.center.y-band.h/2, band.w, band.h)
	}
}

func writeText(b *bytes.Buffer, t text) {
	style, anchor := "", "middle"
	if t.italic {
		style = ` font-style="italic"`
	}
	if t.size < fontSize { // small print stays legible where an arrow passes
		style += ` stroke="#fff" stroke-width="2" paint-order="stroke"`
	}
	if t.anchor != "" {
		anchor = t.anchor
	}
	fmt.Fprintf(b, `<text x="%.1f" y="%.1f" font-size="%.1f" fill="%s" text-anchor="%s"%s>%s</text>`+"\n", t.at.x, t.at.y, t.size, t.ink, anchor, style, spans(t))
}

// spans sets the digits at the end of a name, or the number of a member, lower.
func spans(t text) string {
	base, index := splitIndex(t.s)
	if !t.italic || index == "" {
		return escape(t.s)
	}
	return fmt.Sprintf(`%s<tspan font-size="%.1f" dy="2.2" font-style="normal">%s</tspan>`, escape(base), t.size*0.62, escape(index))
}

// splitIndex separates W1 into W and 1, and H[3] into H and 3.
func splitIndex(name string) (base, index string) {
	if b, i, ok := strings.Cut(name, "["); ok {
		return b, strings.TrimSuffix(i, "]")
	}
	base = strings.TrimRight(name, "0123456789")
	if base == "" {
		return name, ""
	}
	return base, name[len(base):]
}

// Description says in words what the picture shows.
func (g *Graph) Description() string {
	var b strings.Builder
	for i, n := range g.Nodes {
		if n.Kind == Variable && len(g.sources(i)) > 0 || n.Kind == Operator && n.Expr == nil {
			fmt.Fprintf(&b, "%s. ", g.describe(i))
		}
	}
	return strings.TrimSpace(b.String() + g.Folded)
}

// sources are the nodes with an arrow to i.
func (g *Graph) sources(i int) []int {
	var out []int
	for _, e := range g.Edges {
		if e[1] == i {
			out = append(out, e[0])
		}
	}
	return out
}

// describe is one node in words: "z is × of W1, x".
func (g *Graph) describe(i int) string {
	n := g.Nodes[i]
	from := g.sources(i)
	var words string
	switch {
	case n.Formula != "" && !slices.ContainsFunc(from, g.leadsToFold):
		words = n.Formula
	case n.Kind == Variable && len(from) == 1:
		words = n.Label + " is " + g.phrase(from[0])
	case n.Kind == Variable && len(from) > 1:
		words = n.Label + " is computed from " + g.phrases(from)
	case n.Kind == Variable:
		words = n.Role.String() + " " + n.Label
	case n.Expr == nil:
		words = g.Folded
	default:
		words = g.phrase(i)
	}
	for _, t := range n.small() {
		words += ", " + t
	}
	return words
}

// leadsToFold says that a node, or an operator that it reads, stands for layers that are not drawn.
func (g *Graph) leadsToFold(i int) bool {
	n := g.Nodes[i]
	return n.Kind == Operator && (n.Expr == nil || slices.ContainsFunc(g.sources(i), g.leadsToFold))
}

// phrase is an operator with what it reads.
func (g *Graph) phrase(i int) string {
	n := g.Nodes[i]
	if n.Kind == Variable {
		return n.Label
	}
	return n.Label + "(" + g.phrases(g.sources(i)) + ")"
}

func (g *Graph) phrases(nodes []int) string {
	parts := make([]string, len(nodes))
	for i, k := range nodes {
		parts[i] = g.phrase(k)
	}
	return strings.Join(parts, ", ")
}
