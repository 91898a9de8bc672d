package kernel

import (
	"io"
	"sync"

	"nabla/lang"
	"nabla/lang/check"
	"nabla/symbolic"
	"nabla/symbolic/fn"
	"nabla/symbolic/study"
)

// A bookModel is a model of the book: its statements, and the numbers of its equations. Whoever builds the same model,
// under whatever names and in whatever order, sees them beside the lines.
type bookModel struct {
	source    string
	forwards  map[string]string // by the book's name of the variable
	backwards map[string]string // by the derivative: J/o
	names     []string          // the book's names of the variables, in the order of a walk through the model
}

// bookModels are the models of Dive into Deep Learning that are numbered there.
var bookModels = []bookModel{{
	source: `W1 : R[h,d]; W2 : R[q,h]; x : R[d]; y : R[q]; λ : R; φ : R -> R; l : R[q], R[q] -> R
z = W1 x; h = φ(z); o = W2 h; L = l(o, y); s = λ/2 (‖W1‖² + ‖W2‖²); J = L + s`,
	forwards: map[string]string{"z": "5.3.1", "h": "5.3.2", "o": "5.3.3", "L": "5.3.4", "s": "5.3.5", "J": "5.3.6"},
	backwards: map[string]string{
		"J/L": "5.3.8", "J/s": "5.3.8", "J/o": "5.3.9", "s/W1": "5.3.10", "s/W2": "5.3.10",
		"J/W2": "5.3.11", "J/h": "5.3.12", "J/z": "5.3.13", "J/W1": "5.3.14",
	},
}}

// bookBySignature are the models of the book by their structure, built once.
var bookBySignature = sync.OnceValue(func() map[string]*bookModel {
	out := map[string]*bookModel{}
	for i := range bookModels {
		b := &bookModels[i]
		m := objectiveOf(b.source)
		for _, v := range m.Variables() {
			b.names = append(b.names, v.Name)
		}
		out[m.Signature()] = b
	}
	return out
})

// objectiveOf is the model whose objective is the last definition of a source.
func objectiveOf(source string) *study.Model {
	s := check.New(fn.Library())
	p := lang.NewParser(source)
	var last *check.Binding
	for {
		st, err := p.Next(s)
		if err == io.EOF {
			return study.NewModel(last.Expr, nil)
		}
		if err != nil {
			panic("kernel: a model of the book does not read: " + err.Error())
		}
		s.Enter(source, st, check.Origin{})
		r, refused := declareOrDefine(s, st.Body)
		if refused != nil {
			panic("kernel: a model of the book does not fit: " + refused.Error())
		}
		last = r.Bound[len(r.Bound)-1]
	}
}

func declareOrDefine(s *check.Scope, b lang.Body) (check.Reply, *lang.Error) {
	switch b := b.(type) {
	case *lang.Decl:
		return s.Declare(b)
	case *lang.FuncDecl:
		return s.DeclareFunc(b)
	}
	return s.Define(b.(*lang.Def))
}

// A numbering is what the book calls the variables of a model; nil for a model that is not the book's.
type numbering struct {
	*bookModel
	called map[*symbolic.Expr]string
}

// book is the numbering of a model.
func (w *view) book() *numbering {
	b := bookBySignature()[w.Signature()]
	if b == nil {
		return nil
	}
	n := &numbering{b, map[*symbolic.Expr]string{}}
	for i, v := range w.Variables() {
		n.called[v] = b.names[i]
	}
	return n
}

// forward is the number of a definition, or nothing.
func (n *numbering) forward(v *symbolic.Expr) string {
	if n == nil {
		return ""
	}
	return n.forwards[n.called[v]]
}

// backward is the number of ∂of/∂by, or nothing.
func (n *numbering) backward(of, by *symbolic.Expr) string {
	if n == nil {
		return ""
	}
	return n.backwards[n.called[of]+"/"+n.called[by]]
}
