package kernel

import (
	"regexp"
	"slices"
	"strings"

	"nabla/lang"
)

// An edge of a picture that somebody lists, with folded names.
type edge struct{ from, to string }

func (e edge) String() string { return e.from + "→" + e.to }

var (
	edgePair  = regexp.MustCompile(`[(\[<{]([^()\[\]<>{},→]+),([^()\[\]<>{},→]+)[)\]>}]`)
	edgeArrow = strings.NewReplacer("-->", "→", "->", "→", "=>", "→", "⟶", "→", "⇒", "→", "➔", "→", ";", "\n")
)

// edgesOf reads a list of edges: x→z, W1 -> z; chains x→z→h; several ends x,W1→z between semicolons; pairs (x, z).
func edgesOf(text string) []edge {
	text = edgeArrow.Replace(edgePair.ReplaceAllString(text, "$1→$2"))
	var out []edge
	for _, line := range strings.Split(text, "\n") {
		for _, chain := range chainsOf(line) {
			for i := 1; i < len(chain); i++ {
				for _, from := range chain[i-1] {
					for _, to := range chain[i] {
						if e := (edge{from, to}); !slices.Contains(out, e) {
							out = append(out, e)
						}
					}
				}
			}
		}
	}
	return out
}

// chainsOf splits a line at its commas. Names before the first arrow of a chain are ends of it: x, W1→z.
func chainsOf(line string) [][][]string {
	var out [][][]string
	var waiting []string
	for _, part := range strings.Split(line, ",") {
		var chain [][]string
		for _, n := range strings.Split(part, "→") {
			if n = lang.Fold(strings.Join(strings.Fields(n), "")); n != "" {
				chain = append(chain, []string{n})
			}
		}
		switch {
		case len(chain) == 1:
			waiting = append(waiting, chain[0][0])
		case len(chain) > 1:
			chain[0] = append(waiting, chain[0]...)
			waiting = nil
			out = append(out, chain)
		}
	}
	return out
}

func reversed(es []edge) []edge {
	out := make([]edge, len(es))
	for i, e := range es {
		out[i] = edge{e.to, e.from}
	}
	return out
}

// between leaves out the operators of a picture, such as × and φ: x→×, ×→z is x→z. Hyperparameters are not drawn, and do
// no harm.
func (p *exercisePart) between(es []edge) []edge {
	var variables []string
	for _, a := range p.Answers {
		for _, e := range edgesOf(a) {
			variables = append(variables, e.from, e.to)
		}
	}
	operator := func(n string) bool {
		return !slices.Contains(variables, n) && slices.ContainsFunc(es, func(e edge) bool { return e.to == n }) && slices.ContainsFunc(es, func(e edge) bool { return e.from == n })
	}
	for range es {
		i := slices.IndexFunc(es, func(e edge) bool { return operator(e.to) })
		if i < 0 {
			break
		}
		es = without(es, es[i].to)
	}
	return slices.DeleteFunc(es, func(e edge) bool { return slices.Contains(p.Ignore, e.from) })
}

// without joins the edges into a node with those out of it.
func without(es []edge, node string) []edge {
	var out []edge
	for _, e := range es {
		switch {
		case e.to == node:
			for _, f := range es {
				if joined := (edge{e.from, f.to}); f.from == node && f.to != node && !slices.Contains(out, joined) {
					out = append(out, joined)
				}
			}
		case e.from != node && !slices.Contains(out, e):
			out = append(out, e)
		}
	}
	return out
}

// distance is how many edges are missing, and which do not belong, from the right answer that is nearest.
func (p *exercisePart) distance(mine []edge) (missing int, extra []string) {
	for i, answer := range p.Answers {
		right := edgesOf(answer)
		m, x := 0, []string(nil)
		for _, e := range right {
			m += btoi(!slices.Contains(mine, e))
		}
		for _, e := range mine {
			if !slices.Contains(right, e) {
				x = append(x, e.String())
			}
		}
		if i == 0 || m+len(x) < missing+len(extra) {
			missing, extra = m, x
		}
	}
	return missing, extra
}
