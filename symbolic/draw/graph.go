// Package draw makes the picture of a model: variables are squares, operators circles, and what is computed flows to the
// right and up. A Graph has places on a lattice, and is written as SVG, PNG, text or DOT from there.
package draw

import (
	"fmt"
	"math/big"
	"strings"

	"nabla/symbolic"
	"nabla/symbolic/study"
)

// Kind tells the two sorts of nodes.
type Kind string

const (
	Variable Kind = "var"
	Operator Kind = "op"
)

// A Node is a square or a circle.
type Node struct {
	ID       string
	Kind     Kind
	Label    string
	Role     study.Role // of a variable
	Col, Row int        // place on the lattice; rows grow upwards

	Expr     *symbolic.Expr // the variable, or what the operator computes; nil for what is folded
	Formula  string         // "h = φ(z)", for descriptions in words; "" says it by the operators
	Notes    []string       // small print: shape, size, value
	Kept     bool           // the backward pass reads it
	Holds    []Held         // what of that is written at this node
	Gradient string         // what is written at a variable of the backward pass
	Fork     bool           // several gradients are added here
}

// Held is a value that is kept for the backward pass.
type Held struct {
	study.Kept
	Name string
	For  []string // the variables in whose line of the backward pass it is read
}

// A Graph is the picture of a model before it is written. Edges are pairs of positions in Nodes.
type Graph struct {
	Title    string
	Nodes    []Node
	Edges    [][2]int
	Backward bool   // draw the reversed arrows too
	Folded   string // what was left out, in words

	model *study.Model
	name  func(*symbolic.Expr) string
	at    map[*symbolic.Expr]int // the node of a variable, or of an operator without a name
	ids   map[string]bool
	count map[string]int
	fold  *folding

	learning map[int]bool // nodes that get a gradient
}

// New is the picture of a model; name gives the label of a variable. A model of more than limit variables is folded
// where its layers repeat.
func New(m *study.Model, name func(*symbolic.Expr) string, limit int) *Graph {
	g := &Graph{
		Title: "computational graph of " + name(m.Objective), model: m, name: name,
		at: map[*symbolic.Expr]int{}, ids: map[string]bool{}, count: map[string]int{},
	}
	if len(m.Values)+len(m.Leaves) > limit {
		g.fold = repeatedLayers(m)
	}
	for _, v := range m.Values {
		g.define(v)
	}
	if g.fold != nil {
		g.Folded = fmt.Sprintf("×%d stands for %d equal layers, from %s to %s", g.fold.times, g.fold.times, name(g.fold.first), name(g.fold.last))
	}
	g.layout()
	return g
}

func (g *Graph) add(n Node) int {
	base := n.ID
	for i := 1; g.ids[n.ID] || n.ID == ""; i++ {
		n.ID = fmt.Sprint(base, i)
	}
	g.ids[n.ID] = true
	g.Nodes = append(g.Nodes, n)
	return len(g.Nodes) - 1
}

func (g *Graph) connect(from []int, to int) {
	for _, f := range from {
		e := [2]int{f, to}
		known := false
		for _, old := range g.Edges {
			known = known || old == e
		}
		if !known {
			g.Edges = append(g.Edges, e)
		}
	}
}

// define draws a definition: the operators of its formula, and the square of its value.
func (g *Graph) define(v *symbolic.Expr) {
	if g.fold.hides(v) {
		g.foldedValue(v)
		return
	}
	body := v.Args[0]
	from := g.operand(body)
	if !g.computed(from) { // z = x, or 2 x
		op := g.operator(body, identityLabel(body))
		g.connect(from, op)
		from = []int{op}
	}
	g.connect(from, g.variable(v))
}

// computed says that an operator is among nodes.
func (g *Graph) computed(nodes []int) bool {
	for _, i := range nodes {
		if g.Nodes[i].Kind == Operator {
			return true
		}
	}
	return false
}

// variable is the square of a variable.
func (g *Graph) variable(v *symbolic.Expr) int {
	if i, ok := g.at[v]; ok {
		return i
	}
	label := g.name(v)
	g.at[v] = g.add(Node{ID: label, Kind: Variable, Label: label, Role: g.model.Role[v], Expr: v})
	return g.at[v]
}

// operand lists the nodes that carry the value of e: none for constants and for hyperparameters.
func (g *Graph) operand(e *symbolic.Expr) []int {
	switch {
	case study.IsVariable(e):
		if g.model.Role[e] == study.Hyperparameter && e.Op == symbolic.Var {
			return nil
		}
		if g.fold.hides(e) {
			return []int{g.foldNode()}
		}
		return []int{g.variable(e)}
	case len(e.Args) == 0:
		return nil
	}
	if i, ok := g.at[e]; ok {
		return []int{i}
	}
	if vars := g.penalized(e); vars != nil {
		op := g.operator(e, penaltyLabel)
		for _, v := range vars {
			g.connect(g.operand(v), op)
		}
		return []int{op}
	}
	g.joinPenalties(e)
	var from []int
	for _, a := range e.Args {
		from = append(from, g.operand(a)...)
	}
	if len(from) == 0 || !g.isOperator(e) {
		return from
	}
	op := g.operator(e, label(e))
	g.connect(from, op)
	return []int{op}
}

// drawn says that e has a node.
func (g *Graph) drawn(e *symbolic.Expr) bool {
	_, ok := g.at[e]
	return ok
}

// joinPenalties gives the penalties among the terms of a sum one operator together, as in the book: a deep model has one
// for every layer.
func (g *Graph) joinPenalties(sum *symbolic.Expr) {
	if sum.Op != symbolic.Sum {
		return
	}
	var terms []*symbolic.Expr
	for _, a := range sum.Args {
		if !g.drawn(a) && !study.IsVariable(a) && g.penalized(a) != nil {
			terms = append(terms, a)
		}
	}
	if len(terms) < 2 {
		return
	}
	op := g.operator(terms[0], penaltyLabel)
	for _, t := range terms {
		g.at[t] = op
		for _, v := range g.penalized(t) {
			g.connect(g.operand(v), op)
		}
	}
}

// operator is the circle of an operation.
func (g *Graph) operator(e *symbolic.Expr, label string) int {
	g.at[e] = g.add(Node{ID: g.operatorID(label), Kind: Operator, Label: label, Expr: e})
	return g.at[e]
}

// operatorWords are the identifiers of operators whose label is a sign.
var operatorWords = map[string]string{
	"×": "mul", "+": "add", "−": "sub", "⊙": "had", "ℓ2": "l2_", "‖·‖²": "norm", "Σ": "sum", "tr": "tr", "=": "is", "ᵀ": "transpose",
}

func (g *Graph) operatorID(label string) string {
	word, sign := operatorWords[label]
	if !sign {
		return strings.Trim(label, "()·^ ") + "_op"
	}
	g.count[word]++
	return fmt.Sprint(word, g.count[word])
}

// isOperator says that a node is drawn; scalings by numbers, and moving or repeating axes, are not.
func (g *Graph) isOperator(e *symbolic.Expr) bool {
	switch e.Op {
	case symbolic.Sum:
		return len(e.Args) > 1
	case symbolic.Einsum:
		if len(g.factors(e)) > 1 {
			return true
		}
		return len(e.Args) > 0 && sumsAxes(e) || repeats(e)
	case symbolic.Call:
		return true
	}
	return false
}

// factors are the arguments of a product that are drawn.
func (g *Graph) factors(e *symbolic.Expr) []*symbolic.Expr {
	var out []*symbolic.Expr
	for _, a := range e.Args {
		if g.isDrawn(a) {
			out = append(out, a)
		}
	}
	return out
}

// isDrawn says that something other than constants and hyperparameters is in e.
func (g *Graph) isDrawn(e *symbolic.Expr) bool {
	if study.IsVariable(e) {
		return e.Op != symbolic.Var || g.model.Role[e] != study.Hyperparameter
	}
	for _, a := range e.Args {
		if g.isDrawn(a) {
			return true
		}
	}
	return false
}

// penaltyLabel is the operator of a weighed sum of squared norms.
const penaltyLabel = "ℓ2"

// penalized are the variables of which e is a weighed sum of squared norms; nil if it is none. It has one operator, as
// in the book.
func (g *Graph) penalized(e *symbolic.Expr) []*symbolic.Expr {
	if e.Rank() > 0 {
		return nil
	}
	switch e.Op {
	case symbolic.Sum:
		return g.penalizedAll(e.Args)
	case symbolic.Einsum:
		f := g.factors(e)
		switch {
		case len(f) == 2 && f[0] == f[1] && study.IsVariable(f[0]) && f[0].Op == symbolic.Var && len(e.Args) == 2:
			return f[:1]
		case len(f) == 1 && len(e.Args) > 1:
			return g.penalizedAll(f)
		}
	}
	return nil
}

func (g *Graph) penalizedAll(es []*symbolic.Expr) []*symbolic.Expr {
	var out []*symbolic.Expr
	for _, e := range es {
		vars := g.penalized(e)
		if vars == nil {
			return nil
		}
		out = append(out, vars...)
	}
	return out
}

func sumsAxes(e *symbolic.Expr) bool {
	for _, in := range e.In {
		for _, l := range in {
			if !strings.ContainsRune(e.Out, l) {
				return true
			}
		}
	}
	return false
}

// repeats says that an argument takes part twice: x ⊙ x.
func repeats(e *symbolic.Expr) bool { return len(e.Args) == 2 && e.Args[0] == e.Args[1] }

// label is what stands in the circle of an operation.
func label(e *symbolic.Expr) string {
	switch e.Op {
	case symbolic.Sum:
		if len(e.Args) == 2 && e.Coef[0].Sign()*e.Coef[1].Sign() < 0 {
			return "−"
		}
		return "+"
	case symbolic.Einsum:
		return productLabel(e)
	case symbolic.Call:
		return callLabel(e)
	}
	return "="
}

func productLabel(e *symbolic.Expr) string {
	switch {
	case repeats(e) && e.In[0] == e.In[1] && e.Out == "":
		return "‖·‖²"
	case repeats(e) && e.In[0] == e.In[1] && e.In[0] == e.Out:
		return "(·)²"
	case len(e.Args) == 1:
		return "Σ"
	}
	for _, in := range e.In {
		if in != e.Out || in == "" {
			return "×"
		}
	}
	return "⊙"
}

func callLabel(e *symbolic.Expr) string {
	if e.Par.Exp != nil {
		switch {
		case e.Par.Exp.Cmp(big.NewRat(-1, 1)) == 0:
			return "1/·"
		case e.Par.Exp.Cmp(big.NewRat(1, 2)) == 0:
			return "√"
		}
		return "·^" + e.Par.Exp.RatString()
	}
	return e.Fn.Name + strings.Repeat("′", len(e.Par.Deriv))
}

// identityLabel is the operator of a definition that only renames, scales or transposes.
func identityLabel(e *symbolic.Expr) string {
	switch {
	case e.Op == symbolic.Einsum && len(e.Args) == 1 && len(e.In[0]) == len(e.Out):
		return "ᵀ"
	case e.Op == symbolic.Einsum && len(e.Args) > 1, e.Op == symbolic.Sum:
		return "×"
	}
	return "="
}
