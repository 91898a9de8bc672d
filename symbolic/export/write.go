package export

import (
	"strings"

	"nabla/symbolic"
)

// writeArrays is the program for a target that has arrays: the function, what it is checked against, and the check.
func writeArrays(outputs []Output, d *dialect, opt Options) (string, error) {
	text, err := arrayFunction(expressions(outputs), d, opt)
	if err != nil {
		return "", err
	}
	parts := []string{text}
	if len(outputs) == 1 && outputs[0].Of != nil {
		of := checkedName(outputs[0].Of, d.target, opt)
		if c := newCheck(outputs[0], d.target, opt.Name, of); c != nil {
			f, err := arrayFunction([]*symbolic.Expr{outputs[0].Of}, d, Options{Name: of})
			if err == nil {
				parts = append(parts, f, d.check(c))
			}
		}
	}
	body := strings.Join(parts, "\n\n")
	head := d.head
	if strings.Contains(body, "scipy.special") && d.target == "numpy" {
		head += "import scipy.special\n"
	}
	if d.target == "julia" {
		return juliaHead(body) + "\n" + body, nil
	}
	return head + "\n\n" + body, nil
}

func expressions(outputs []Output) []*symbolic.Expr {
	out := make([]*symbolic.Expr, len(outputs))
	for i, o := range outputs {
		out[i] = o.Expr
	}
	return out
}

// checkedName is what the function that is differentiated is called.
func checkedName(of *symbolic.Expr, target string, opt Options) string {
	name := identifier(letOrVar(of), target)
	if name == opt.Name {
		name += "_value"
	}
	return name
}

func arrayFunction(outputs []*symbolic.Expr, d *dialect, opt Options) (string, error) {
	p, err := newProgram(outputs, d.target, []string{opt.Name})
	if err != nil {
		return "", err
	}
	w := &arrays{program: p, d: d, memo: map[*symbolic.Expr]code{}}
	results := w.write()
	return d.program(w, opt, results), nil
}

// FunctionName is the name that a program for o has: that of the definition, dJ_dW1, or f.
func FunctionName(o Output, target string) string {
	switch {
	case o.Of != nil && (o.Of.Op == symbolic.Let || o.Of.Op == symbolic.Var) && o.By.Name != "":
		return identifier("d"+letOrVar(o.Of)+"_d"+letOrVar(o.By), target)
	case o.Expr.Op == symbolic.Let && o.Expr.Body().Op != symbolic.Var:
		return identifier(letName(o.Expr), target)
	}
	return identifier("f", target)
}

// Identifier is a name as the target can write it.
func Identifier(name, target string) string { return identifier(name, target) }
