package fn

import (
	"fmt"
	"strings"

	"nabla/symbolic"
)

// Usage is how a function is written: softmax(x, axis), randn(sizes…, seed=…). Optional arguments that have a default
// show it.
func Usage(f *symbolic.Func) string {
	if len(f.Args) == 0 {
		return f.Name
	}
	parts := make([]string, len(f.Args))
	for i, a := range f.Args {
		s := a.Name
		switch {
		case a.Kind == symbolic.Variadic || a.Kind == symbolic.Sizes:
			s += ", …"
		case a.Default != "":
			s += "=" + a.Default
		case a.Kind == symbolic.Number && a.Optional:
			s += "=…"
		}
		if a.Optional && a.Default == "" {
			s = "[" + s + "]"
		}
		parts[i] = s
	}
	return f.Name + "(" + strings.Join(parts, ", ") + ")"
}

// Reference is the page that lists every function by family, in Markdown.
func Reference() string {
	var b strings.Builder
	b.WriteString("# Functions\n\n")
	b.WriteString("Made from the records in `symbolic/fn` by `go test ./symbolic/fn -update`.\n\n")
	b.WriteString("Functions of numbers apply to tensors entry by entry. Arguments in brackets may be left out; without an axis a function is over everything. " +
		"An axis is named by its dimension, or by its position from 1.\n")
	for _, f := range Families() {
		if f.Funcs[0].Example == "" {
			continue // nobody writes these
		}
		fmt.Fprintf(&b, "\n## %s\n", f.Name)
		for _, r := range f.Funcs {
			writeRecord(&b, r)
		}
	}
	return b.String()
}

func writeRecord(b *strings.Builder, f *symbolic.Func) {
	fmt.Fprintf(b, "\n### `%s`\n\n%s\n", Usage(f), f.Doc)
	if f.NoGrad != "" {
		fmt.Fprintf(b, "\nIt has no derivative: %s.\n", f.NoGrad)
	}
	statement, answer, _ := strings.Cut(f.Example, "\n\t")
	fmt.Fprintf(b, "\n```\n%s\n\t%s\n```\n", statement, answer)
	if len(f.See) > 0 {
		links := make([]string, len(f.See))
		for i, s := range f.See {
			links[i] = "`" + s + "`"
		}
		fmt.Fprintf(b, "\nSee also %s.\n", strings.Join(links, ", "))
	}
}
