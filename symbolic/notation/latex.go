package notation

import (
	"regexp"
	"strconv"
	"strings"

	"nabla/lang"
	"nabla/symbolic"
)

// LaTeX is e as LaTeX that MathJax sets without extensions, without dollar signs; several lines are an aligned block.
func (pr Printer) LaTeX(e *symbolic.Expr) string {
	p, f := pr.form(e, true)
	return f.latex(p.texOptions())
}

// Both is what Form and LaTeX say of e. One pass over e does for both where they have the same tree.
func (pr Printer) Both(e *symbolic.Expr) (f Form, latex string) {
	p, f := pr.form(e, false)
	if p.eyes {
		return f, pr.LaTeX(e)
	}
	return f, f.latex(p.texOptions())
}

func (f Form) latex(o *lang.TeXOptions) string {
	var parts []string
	for _, d := range f.Where {
		parts = append(parts, aligned(d, o))
	}
	last := ""
	if f.Def != nil {
		last = aligned(f.Def, o)
	} else {
		last = lang.LaTeX(f.X, o)
	}
	if len(parts) == 0 {
		return strings.Replace(last, " &= ", " = ", 1)
	}
	if f.Def == nil {
		last = "&" + last
	}
	return `\begin{aligned}` + strings.Join(append(parts, last), `\\`) + `\end{aligned}`
}

// aligned is a definition as lhs &= rhs.
func aligned(d *lang.Def, o *lang.TeXOptions) string {
	lhs := indexed(&lang.Name{Name: d.Target.Name.Name}, d.Target.Index)
	return lang.LaTeX(lhs, o) + " &= " + lang.LaTeX(d.Value, o)
}

// texOptions tell lang what is bold and how functions are set.
func (p *printer) texOptions() *lang.TeXOptions {
	return &lang.TeXOptions{
		Tensor: func(name string) bool { return p.rank[name] > 0 || name == "I" },
		Call:   p.texCall,
	}
}

var texPlaceholder = regexp.MustCompile(`#([0-9]+)`)

// TreeLaTeX is what a person typed as LaTeX, with the functions of lib set by their records; tensor says which names are
// bold.
func TreeLaTeX(n lang.Node, lib *symbolic.Library, tensor func(name string) bool) string {
	return lang.LaTeX(n, &lang.TeXOptions{Tensor: tensor, Call: func(name string, args []string) (string, bool) {
		return texCall(lib, name, args)
	}})
}

func (p *printer) texCall(name string, args []string) (string, bool) {
	return texCall(p.g.Lib, name, args)
}

// texCall sets a function by the template of its record. A template that does not show every argument is for a plainer
// application than this one.
func texCall(lib *symbolic.Library, name string, args []string) (string, bool) {
	switch name {
	case "ones":
		return `\mathbf{1}_{` + strings.Join(args, `,`) + `}`, true
	case "zeros":
		return `\mathbf{0}_{` + strings.Join(args, `,`) + `}`, true
	}
	f := lib.Lookup(name)
	if f == nil || f.TeX == "" {
		return "", false
	}
	shown := texPlaceholder.FindAllString(f.TeX, -1)
	if len(shown) != len(args) || strings.Contains(f.TeX, "#p") || strings.Contains(f.TeX, "#d") {
		return "", false
	}
	return texPlaceholder.ReplaceAllStringFunc(f.TeX, func(s string) string {
		i, err := strconv.Atoi(s[1:])
		if err != nil || i < 1 || i > len(args) {
			return s
		}
		return args[i-1]
	}), true
}
