package draw

import (
	"fmt"
	"slices"
	"strings"

	"nabla/symbolic"
	"nabla/symbolic/study"
)

// A folding is a run of equal layers that is drawn as one operator. A nil folding hides nothing.
type folding struct {
	hidden      map[*symbolic.Expr]bool
	first, last *symbolic.Expr // of the hidden definitions
	times       int
	node        int // in Graph.Nodes; -1 before it is drawn
}

func (f *folding) hides(e *symbolic.Expr) bool { return f != nil && f.hidden[e] }

// minRepeats is how many equal layers in a row are worth folding: the first and the last are always drawn.
const minRepeats = 4

// maxLayer is the most definitions of one layer.
const maxLayer = 24

// repeatedLayers finds the longest run of equal layers; nil if there is none. Layers are equal if their definitions are,
// up to which earlier definitions and which variables of their own they read.
func repeatedLayers(m *study.Model) *folding {
	keys := layerKeys(m)
	from, period, times := 0, 0, 0
	for i := 0; i < len(keys); i++ {
		if p, n := runFrom(keys[i:]); n*p > period*times {
			from, period, times = i, p, n
		}
		if i > from && times > 0 && i < from+period*times {
			i = from + period*times - 1
		}
	}
	if times < minRepeats {
		return nil
	}
	inner := m.Values[from+period : from+period*(times-1)]
	f := &folding{hidden: map[*symbolic.Expr]bool{}, first: inner[0], last: inner[len(inner)-1], times: times - 2, node: -1}
	for _, v := range inner {
		f.hidden[v] = true
	}
	f.hideLeaves(m)
	return f
}

// hideLeaves hides the variables that a hidden layer is the first to read.
func (f *folding) hideLeaves(m *study.Model) {
	met := map[*symbolic.Expr]bool{}
	for _, v := range m.Values {
		for _, a := range m.Reads[v] {
			if a.Op == symbolic.Var && !met[a] {
				met[a] = true
				f.hidden[a] = f.hidden[v]
			}
		}
	}
}

// runFrom is the period with which keys begins to repeat, and how often.
func runFrom(keys []string) (period, times int) {
	for p := 1; p <= maxLayer && p*minRepeats <= len(keys); p++ {
		n := 1
		for (n+1)*p <= len(keys) && slices.Equal(keys[:p], keys[n*p:(n+1)*p]) {
			n++
		}
		if n >= minRepeats && n*p > period*times {
			period, times = p, n
		}
	}
	return period, times
}

// layerKeys describe each definition but for names.
func layerKeys(m *study.Model) []string {
	readers := map[*symbolic.Expr]int{}
	index := map[*symbolic.Expr]int{}
	for i, v := range m.Values {
		index[v] = i
		for _, a := range m.Reads[v] {
			readers[a]++
		}
	}
	keys := make([]string, len(m.Values))
	for i, v := range m.Values {
		var b strings.Builder
		k := &keyWriter{b: &b, at: i, index: index, seen: map[*symbolic.Expr]int{}, shared: func(a *symbolic.Expr) bool { return readers[a] > 2 }}
		k.write(v.Args[0])
		keys[i] = b.String()
	}
	return keys
}

type keyWriter struct {
	b      *strings.Builder
	at     int
	index  map[*symbolic.Expr]int
	seen   map[*symbolic.Expr]int
	shared func(*symbolic.Expr) bool
}

func (k *keyWriter) write(e *symbolic.Expr) {
	if n, ok := k.seen[e]; ok {
		fmt.Fprintf(k.b, "#%d ", n)
		return
	}
	k.seen[e] = len(k.seen)
	switch {
	case e.Op == symbolic.Var && k.shared(e):
		fmt.Fprintf(k.b, "var%d ", e.ID)
		return
	case e.Op == symbolic.Var:
		fmt.Fprintf(k.b, "own%v ", e.Shape)
		return
	case study.IsVariable(e):
		fmt.Fprintf(k.b, "back%d ", k.at-k.index[e])
		return
	}
	fmt.Fprintf(k.b, "(%d %v %s %v ", e.Op, e.In, e.Out, e.Coef)
	if e.Op == symbolic.Call {
		fmt.Fprintf(k.b, "%s %v %v ", e.Fn.Name, e.Par.Exp, e.Par.Deriv)
	}
	for _, a := range e.Args {
		k.write(a)
	}
	k.b.WriteString(") ")
}

// foldNode is the operator that stands for what is hidden.
func (g *Graph) foldNode() int {
	if g.fold.node < 0 {
		g.fold.node = g.add(Node{ID: "layers", Kind: Operator, Label: fmt.Sprintf("×%d", g.fold.times)})
	}
	return g.fold.node
}

// foldedValue leads into the fold what a hidden definition reads from outside.
func (g *Graph) foldedValue(v *symbolic.Expr) {
	for _, a := range g.model.Reads[v] {
		if !g.fold.hides(a) {
			g.connect(g.operand(a), g.foldNode())
		}
	}
}
