package kernel

import (
	"nabla/symbolic"
	"nabla/symbolic/shape"
)

// sizeTable is what is known of the dimensions: those with a size by dim, and those that values have.
type sizeTable struct {
	env  *shape.Env
	from map[string]string // dimension → the variable whose value gave it its size
}

// sizes reads the sizes of the dimensions from the values of the variables that names denote now.
func (st *state) sizes() sizeTable {
	t := sizeTable{env: st.scope.Dims.Clone(), from: map[string]string{}}
	for _, b := range st.scope.Bindings() {
		have, ok := st.sizesOf(b.Expr)
		if b.Expr == nil || b.Expr.Op != symbolic.Var || !ok || len(have) != b.Expr.Rank() {
			continue
		}
		for i, d := range b.Expr.Shape {
			n, ok := t.env.Canon(d).AsName()
			if !ok {
				continue
			}
			if _, known := t.env.Size(d); !known {
				_ = t.env.SetSize(n, have[i]) // n has no size and stands for nothing else: this cannot fail
				t.from[n] = b.Name
			}
		}
	}
	return t
}

func dimName(n string) shape.Dim { return shape.Name(n) }
