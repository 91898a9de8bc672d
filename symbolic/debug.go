package symbolic

import (
	"fmt"
	"strings"
)

// String is the structure of e for tests and debugging; notation is what a person sees.
func (e *Expr) String() string {
	var b strings.Builder
	e.write(&b)
	return b.String()
}

func (e *Expr) write(b *strings.Builder) {
	switch e.Op {
	case Var:
		b.WriteString(e.Name)
	case Let:
		if e.By != nil {
			fmt.Fprintf(b, "∂%v/∂%v", e.By.Of, e.By.By)
			return
		}
		b.WriteString(e.Name)
		if e.Name == "" {
			e.Args[0].write(b)
		}
	case Const:
		b.WriteString(e.Val.RatString())
	case Dim:
		fmt.Fprintf(b, "dim(%v)", e.Size)
	case Delta:
		fmt.Fprintf(b, "δ%v", e.Size)
	case Ones:
		fmt.Fprintf(b, "1%v", e.Shape)
	case Sum:
		b.WriteString("(")
		for i, a := range e.Args {
			if i > 0 {
				b.WriteString(" + ")
			}
			if e.Coef[i].Cmp(one) != 0 {
				fmt.Fprintf(b, "%s·", e.Coef[i].RatString())
			}
			a.write(b)
		}
		b.WriteString(")")
		if len(e.Args) == 0 {
			fmt.Fprintf(b, "0%v", e.Shape)
		}
	case Einsum:
		fmt.Fprintf(b, "{%s->%s:", strings.Join(e.In, ","), e.Out)
		for _, a := range e.Args {
			b.WriteString(" ")
			a.write(b)
		}
		b.WriteString("}")
	case Call:
		e.writeCall(b)
	}
}

func (e *Expr) writeCall(b *strings.Builder) {
	b.WriteString(e.Fn.Name)
	for _, d := range e.Par.Deriv {
		fmt.Fprintf(b, "_%d", d+1)
	}
	if e.Par.Exp != nil {
		fmt.Fprintf(b, "^%s", e.Par.Exp.RatString())
	}
	b.WriteString("(")
	for i, a := range e.Args {
		if i > 0 {
			b.WriteString(", ")
		}
		a.write(b)
	}
	b.WriteString(")")
}
