package lang

import (
	"regexp"
	"strings"
)

// node sets any node; what is said in words, such as a command, is set as text.
func (t texter) node(n Node) string {
	switch n := n.(type) {
	case Expr:
		return t.expr(n)
	case DimExpr:
		return t.dim(n)
	case *Space:
		return t.space(n)
	case *Target:
		return t.target(n)
	case *Stmt:
		return t.node(n.Body)
	case *Decl:
		return t.targets(n.Targets) + ` \in ` + t.space(n.Space) + t.forRange(n.For)
	case *FuncDecl:
		return t.funcDecl(n)
	case *Def:
		return t.target(n.Target) + t.params(n.Params) + " = " + t.expr(n.Value) + t.forRange(n.For)
	case *Value:
		return t.targets(n.Targets) + " := " + t.expr(n.Value) + t.forRange(n.For)
	case *Check:
		return t.claim(n)
	case *ExprStmt:
		return t.expr(n.X)
	}
	return `\text{` + texEscape(Print(n)) + "}"
}

func (t texter) target(x *Target) string {
	if x.Index == nil {
		return t.name(x.Name.Name)
	}
	return t.index(&Index{X: x.Name, Args: x.Index})
}

func (t texter) targets(ts []*Target) string {
	parts := make([]string, len(ts))
	for i, x := range ts {
		parts[i] = t.target(x)
	}
	return strings.Join(parts, ", ")
}

func (t texter) params(names []*Name) string {
	if names == nil {
		return ""
	}
	return "(" + t.names(names) + ")"
}

func (t texter) forRange(f *For) string {
	if f == nil {
		return ""
	}
	return `, \quad ` + t.name(f.Name.Name) + " = " + t.expr(f.Range)
}

func (t texter) claim(c *Check) string {
	tex := t.at(c.Terms[0], LevelSum)
	for i, rel := range c.Ops {
		tex += texRelations[rel] + t.at(c.Terms[i+1], LevelSum)
	}
	return tex
}

func (t texter) funcDecl(f *FuncDecl) string {
	args := make([]string, len(f.Args))
	for i, s := range f.Args {
		args[i] = t.space(s)
	}
	return t.targets(f.Targets) + ` : ` + strings.Join(args, ` \times `) + ` \to ` + t.space(f.Result)
}

// space sets R[h,d] as \mathbb{R}^{h \times d}.
func (t texter) space(s *Space) string {
	if len(s.Dims) == 0 {
		return `\mathbb{R}`
	}
	dims := make([]string, len(s.Dims))
	for i, d := range s.Dims {
		dims[i] = t.dim(d)
		if o, ok := d.(*DimOp); ok && dimLevels[o.Op] < dimLevels['^'] && len(s.Dims) > 1 {
			dims[i] = "(" + dims[i] + ")"
		}
	}
	return `\mathbb{R}^{` + strings.Join(dims, ` \times `) + "}"
}

var dimPower = regexp.MustCompile(`\^(\d+)`)

// dim sets a dimension; dimensions are numbers, so they are never bold.
func (t texter) dim(d DimExpr) string {
	plain := texter{&TeXOptions{}}
	return strings.ReplaceAll(dimPower.ReplaceAllString(dimIn(d, 0, plain.name), "^{$1}"), "*", ` \cdot `)
}
