package kernel

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"nabla/lang"
)

// An edge of a picture that somebody lists, with folded names.
type edge struct{ from, to string }

func (e edge) String() string { return edgeNumber.ReplaceAllString(e.from+"→"+e.to, "") }

var (
	edgePair   = regexp.MustCompile(`[(\[<{]([^()\[\]<>{},→]+),([^()\[\]<>{},→]+)[)\]>}]`)
	edgeNumber = regexp.MustCompile(`#\d+`) // of operators with one sign
	edgeQuotes = regexp.MustCompile(`["“”\x60]`)
	edgeArrow  = strings.NewReplacer("-->", "→", "->", "→", "=>", "→", "⟶", "→", "⇒", "→", "➔", "→", ";", "\n")
)

// edgesOf reads a list of edges: x→z, W1 -> z; chains x→z→h; several ends x,W1→z between semicolons; pairs (x, z). It may
// stand in brackets, each edge in quotes.
func edgesOf(text string) []edge {
	text = edgeArrow.Replace(edgePair.ReplaceAllString(edgeQuotes.ReplaceAllString(text, ""), "$1→$2"))
	var out []edge
	for _, line := range strings.Split(text, "\n") {
		for _, chain := range chainsOf(strings.Trim(strings.TrimSpace(line), "[]")) {
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
// no harm. One sign may stand for several operators, if that is nearer to the right answer.
func (p *exercisePart) between(es []edge) []edge {
	for _, e := range es {
		if several := p.apart(es, e.to); p.far(p.joined(several)) < p.far(p.joined(es)) {
			es = several
		}
	}
	return p.joined(es)
}

// isVariable says that a right answer names n; what it does not name is an operator if data flow through it.
func (p *exercisePart) isVariable(n string) bool {
	return slices.ContainsFunc(p.Answers, func(a string) bool {
		return slices.ContainsFunc(edgesOf(a), func(e edge) bool { return e.from == n || e.to == n })
	})
}

func (p *exercisePart) joined(es []edge) []edge {
	operator := func(n string) bool {
		return !p.isVariable(n) && slices.ContainsFunc(es, func(e edge) bool { return e.to == n }) && slices.ContainsFunc(es, func(e edge) bool { return e.from == n })
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

// apart numbers the operators of one sign in the order of the list: what flows into a + whose output is listed already
// flows into another +.
func (p *exercisePart) apart(es []edge, sign string) []edge {
	if p.isVariable(sign) {
		return es
	}
	left, number := false, 0
	name := func(n string) string {
		if n == sign {
			return fmt.Sprintf("%s#%d", sign, number)
		}
		return n
	}
	var out []edge
	for _, e := range es {
		if left && e.to == sign {
			left = false
			number++
		}
		left = left || e.from == sign
		out = append(out, edge{name(e.from), name(e.to)})
	}
	return out
}

// far is the number of edges by which a list differs from the nearest right answer.
func (p *exercisePart) far(es []edge) int {
	missing, extra := p.distance(es)
	return missing + len(extra)
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
