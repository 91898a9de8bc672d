package check

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"nabla/symbolic/shape"
)

// A maker writes random well-typed expressions of a given type.
type maker struct {
	t    *rapid.T
	dims []string
}

func (m *maker) pick(n int) int { return rapid.IntRange(0, n-1).Draw(m.t, "choice") }

func (m *maker) dim() string { return m.dims[m.pick(len(m.dims))] }

// variable is the declared name for axes: s, vh, Mhd, Thdq.
func variable(axes []string) string {
	return []string{"s", "v", "M", "T"}[len(axes)] + strings.Join(axes, "")
}

// make is an expression with these axes; a row is made as the transpose of a column.
func (m *maker) make(axes []string, depth int) string {
	if depth == 0 {
		return variable(axes)
	}
	p := func(axes ...string) string { return "(" + m.make(axes, depth-1) + ")" }
	same := p(axes...)
	common := []func() string{
		func() string { return same + " + " + p(axes...) },
		func() string { return p() + " " + same },
		func() string { return same + "/" + "(1 + (" + p() + ")^2)" },
		func() string { return "tanh(" + same + ")" },
		func() string { return same + " ⊙ " + p(axes...) },
		func() string { return "-" + same + ".^2" },
		func() string { return "grad(" + p() + ", " + variable(axes) + ")" },
	}
	switch len(axes) {
	case 0:
		d, f := m.dim(), m.dim()
		common = append(common,
			func() string { return p(d) + "ᵀ " + p(d) },
			func() string { return "‖" + p(d, f) + "‖²" },
			func() string { return "tr(" + p(d, f) + " " + p(f, d) + ")" },
			func() string { return "sum(" + p(d, f) + ")" },
			func() string { return "sum[i,j] " + p(d, f) + "[i,j] " + p(d) + "[i]" },
			func() string { return "max(" + p(d) + ")" })
	case 1:
		d := m.dim()
		common = append(common,
			func() string { return p(axes[0], d) + " " + p(d) },
			func() string { return "(" + p(d) + "ᵀ " + p(d, axes[0]) + ")ᵀ" },
			func() string { return "softmax(" + same + ")" },
			func() string { return "sum[i] " + p(d) + "[i] " + p(d, axes[0]) + "[i,:]" })
		if d != axes[0] {
			common = append(common, func() string { return "sum(" + p(d, axes[0]) + ", " + d + ")" })
		}
	case 2:
		d := m.dim()
		common = append(common,
			func() string { return p(axes[1], axes[0]) + "ᵀ" },
			func() string { return p(axes[0]) + " " + p(axes[1]) + "ᵀ" },
			func() string { return p(axes[0], d) + " " + p(d, axes[1]) },
			func() string { return "jacobian(" + p(axes[0]) + ", " + variable(axes[1:]) + ")" })
		if axes[0] != axes[1] {
			common = append(common, func() string { return same + " + " + p(axes[m.pick(2)]) })
		}
	}
	return common[m.pick(len(common))]()
}

// The checker finds the type that an expression was made to have.
func TestRandomExpressionsHaveTheTypeTheyWereMadeWith(t *testing.T) {
	dims := []string{"h", "d", "q"}
	s := newScope()
	declare := func(axes ...string) {
		if a := tell(t, s, fmt.Sprintf("%s : %s", variable(axes), shape.Of(axes...))); a.err != nil {
			t.Fatal(a.err)
		}
	}
	declare()
	for _, a := range dims {
		declare(a)
		for _, b := range dims {
			declare(a, b)
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		m := &maker{rt, dims}
		axes := make([]string, m.pick(3))
		for i := range axes {
			axes[i] = m.dim()
		}
		src := m.make(axes, 1+m.pick(3))
		a := tell(t, s, src)
		if a.err != nil {
			rt.Fatalf("%s\n%s", src, a.report())
		}
		if want := shape.Of(axes...); !a.value.Expr.Shape.Equal(want) || a.value.Row {
			rt.Fatalf("%s : %s, not %s", src, a.text, want)
		}
	})
}
