package draw

import (
	"bytes"
	"fmt"
	"strings"

	"nabla/symbolic/study"
)

// DOT is the graph for Graphviz; with neato -n the nodes stand where our own layout puts them.
func (g *Graph) DOT() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "digraph {\n  label=%q; rankdir=LR;\n", g.Title)
	for _, n := range g.Nodes {
		shape, style := "box", ""
		switch {
		case n.Kind == Operator:
			shape, style = "circle", fmt.Sprintf(", style=filled, fillcolor=%q", light)
		case n.Role == study.Parameter:
			style = fmt.Sprintf(", style=filled, fillcolor=%q, penwidth=2", shaded)
		}
		label := strings.Join(append([]string{n.Label}, n.small()...), "\n")
		fmt.Fprintf(&b, "  %q [label=%q, shape=%s%s, pos=\"%d,%d!\"];\n", n.ID, label, shape, style, 54*n.Col, 54*n.Row)
	}
	for _, e := range g.Edges {
		fmt.Fprintf(&b, "  %q -> %q;\n", g.Nodes[e[0]].ID, g.Nodes[e[1]].ID)
		if g.Backward && g.isBackward(e) {
			fmt.Fprintf(&b, "  %q -> %q [color=%q, style=dashed, constraint=false];\n", g.Nodes[e[1]].ID, g.Nodes[e[0]].ID, accent)
		}
	}
	b.WriteString("}\n")
	return b.Bytes()
}
