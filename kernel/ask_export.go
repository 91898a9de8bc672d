package kernel

import (
	"errors"
	"os"
	"slices"
	"strings"

	"nabla/lang"
	"nabla/lang/check"
	"nabla/symbolic"
	"nabla/symbolic/export"
	"nabla/symbolic/rewrite"
)

func init() {
	register(&Report{
		Name: "export", Args: "e, \"numpy\", \"file.py\"",
		Doc: "export(e, \"numpy\") is e, or a list of expressions, as a program: \"numpy\", \"pytorch\", \"jax\", \"julia\", \"go\", or \"latex\". " +
			"It is one function of the variables, of the abstract functions that have no value, and of the sizes that no variable tells; " +
			"the shapes are asserted, and your own names are kept. A derivative is followed by a check with finite differences. " +
			"With a third argument the program is written to that file.",
		Example: "x : R[n]\nexport(2 x, \"latex\")\n\t2\\,\\mathbf{x}",
		Run:     runExport,
	})
}

func runExport(a *ask) (*Result, *lang.Error) {
	if err := a.allow(1, 3); err != nil {
		return nil, err
	}
	target, path, err := a.exportTarget()
	if err != nil {
		return nil, err
	}
	v, err := a.expr(0)
	if err != nil {
		return nil, err
	}
	var code string
	if target == "latex" {
		code, err = a.exportLaTeX(v)
	} else {
		code, err = a.exportProgram(v, target)
	}
	if err != nil {
		return nil, err
	}
	res := &Result{Kind: KindReport, Text: code, Notes: v.Notes, Data: map[string]any{"target": target, "program": code}}
	if path != "" {
		if err := os.WriteFile(fileOf(path), []byte(code+"\n"), 0o644); err != nil {
			return nil, a.errorf("E308", a.positional()[2], "%v", err)
		}
		res.Text = "written to " + path
	}
	return res, nil
}

// exportTarget reads the language, and the file where one is given.
func (a *ask) exportTarget() (target, path string, err *lang.Error) {
	var words []string
	for _, x := range a.positional()[1:] {
		switch x := x.(type) {
		case *lang.String:
			words = append(words, x.Val)
		case *lang.Name:
			words = append(words, x.Name)
		default:
			return "", "", a.errorf("E325", x, "export takes the language and the file as texts in quotes")
		}
	}
	words = append(words, "", "")
	target, path = strings.ToLower(words[0]), words[1]
	if alias, ok := exportAliases[target]; ok {
		target = alias
	}
	all := append(slices.Clone(export.Targets), "latex")
	if slices.Contains(all, target) {
		return target, path, nil
	}
	at := lang.Node(a.call)
	if p := a.positional(); len(p) > 1 {
		at = p[1]
	}
	e := a.errorf("E325", at, "export(e, language) writes %s", strings.Join(all, ", "))
	near := lang.DidYouMean(target, all)
	if len(near) == 0 {
		near = all[:1]
	}
	for _, t := range near {
		e.Fixes = append(e.Fixes, lang.Fix{Text: "export(…, \"" + t + "\")"})
	}
	return "", "", e
}

var exportAliases = map[string]string{"torch": "pytorch", "np": "numpy", "python": "numpy", "golang": "go", "tex": "latex", "jl": "julia"}

// exportLaTeX is the formula, and the definitions that it reads, as they would be shown.
func (a *ask) exportLaTeX(v check.Value) (string, *lang.Error) {
	if v.IsList() {
		var rows []string
		for _, it := range v.Items {
			row, err := a.exportLaTeX(it)
			if err != nil {
				return "", err
			}
			rows = append(rows, row)
		}
		return strings.Join(rows, "\n"), nil
	}
	_, latex, _ := a.printer().Answer(v.Expr, v.Row, a.derived())
	return latex, nil
}

// exportProgram is the program for a value or a list of them.
func (a *ask) exportProgram(v check.Value, target string) (string, *lang.Error) {
	x := a.positional()[0]
	items, trees := []check.Value{v}, []lang.Expr{x}
	if v.IsList() {
		items, trees = v.Items, nil
	}
	outputs := make([]export.Output, len(items))
	for i, it := range items {
		o, err := a.exportOutput(it.Expr, trees)
		if err != nil {
			return "", a.exportError(err)
		}
		outputs[i] = o
	}
	formula, _ := a.printer().Tree(x)
	opt := export.Options{Name: export.FunctionName(outputs[0], target), Comment: []string{formula}}
	if n, ok := x.(*lang.Name); ok && outputs[0].Expr.Op != symbolic.Var {
		opt.Name = export.Identifier(n.Name, target)
	}
	code, err := export.Write(outputs, target, opt)
	if err != nil {
		return "", a.exportError(err)
	}
	return strings.TrimRight(code, "\n"), nil
}

// exportOutput is an expression in the form that would be shown, with what it is the derivative of, where its tree says
// so.
func (a *ask) exportOutput(e *symbolic.Expr, tree []lang.Expr) (export.Output, error) {
	all := []*symbolic.Expr{e}
	var by *symbolic.Expr
	if len(tree) == 1 {
		if of, x, ok := a.differentiated(tree[0]); ok {
			all, by = append(all, of), x
		}
	}
	if by != nil || a.derived() {
		all[0] = rewrite.Simplify(e, a.state.scope.Names().Lets())
	}
	opened, err := a.state.bindings().Open(all)
	if err != nil {
		return export.Output{}, err
	}
	o := export.Output{Expr: opened[0]}
	if by != nil {
		o.Of, o.By = opened[1], by
	}
	return o, nil
}

// differentiated reads an expression as ∂of/∂by.
func (a *ask) differentiated(x lang.Expr) (of, by *symbolic.Expr, ok bool) {
	if d := a.definition(x); d != nil {
		x = d.Value
	}
	var num, wrt lang.Expr
	switch x := x.(type) {
	case *lang.Deriv:
		k := len(x.Wrt) - 1
		if num, wrt = x.Num, x.Wrt[k]; k > 0 {
			num = &lang.Deriv{Span: x.Span, Num: x.Num, Wrt: x.Wrt[:k]}
		}
	case *lang.Nabla:
		num, wrt = x.X, x.Wrt
	case *lang.Call:
		if num, wrt = derivativeCall(x); num == nil {
			return nil, nil, false
		}
	default:
		return nil, nil, false
	}
	y, err1 := a.state.scope.Expr(num)
	v, err2 := a.state.scope.Expr(wrt)
	if err1 != nil || err2 != nil || y.IsList() || v.IsList() {
		return nil, nil, false
	}
	if _, nabla := x.(*lang.Nabla); nabla && y.Expr.Rank() > 0 { // it is the transpose
		return nil, nil, false
	}
	return y.Expr, v.Expr, true
}

// derivativeCall reads grad(f, x) and hessian(f, x, w).
func derivativeCall(c *lang.Call) (num, wrt lang.Expr) {
	for _, x := range c.Args {
		if x.Name != nil {
			return nil, nil
		}
	}
	switch n := len(c.Args); {
	case c.Primes > 0 || n < 2:
	case slices.Contains([]string{"grad", "jacobian", "jac"}, c.Fn.Name) && n == 2:
		return c.Args[0].X, c.Args[1].X
	case c.Fn.Name == "hessian":
		return &lang.Deriv{Span: c.Span, Num: c.Args[0].X, Wrt: []lang.Expr{c.Args[1].X}}, c.Args[n-1].X
	}
	return nil, nil
}

// exportError names what the target has no word for.
func (a *ask) exportError(err error) *lang.Error {
	var missing *export.Unsupported
	if errors.As(err, &missing) {
		e := a.errorf("E310", a.positional()[0], "%v", err)
		e.Details = append(e.Details, "nothing was written")
		return e
	}
	return a.evaluationError(a.positional()[0], err)
}
