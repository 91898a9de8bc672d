package kernel

import (
	"io"
	"sync"

	"nabla/lang"
	"nabla/lang/check"
	"nabla/symbolic/fn"
	"nabla/symbolic/study"
)

// A bookModel is a model of the book: its statements, and the numbers of its equations. Whoever builds the same model,
// under whatever names, sees them beside the lines.
type bookModel struct {
	source    string
	forwards  []string // by line of forward(J)
	backwards []string // by line of backprop(J)
}

// bookModels are the models of Dive into Deep Learning that are numbered there. The seed has no number of its own.
var bookModels = []bookModel{{
	source: `W1 : R[h,d]; W2 : R[q,h]; x : R[d]; y : R[q]; λ : R; φ : R -> R; l : R[q], R[q] -> R
z = W1 x; h = φ(z); o = W2 h; L = l(o, y); s = λ/2 (‖W1‖² + ‖W2‖²); J = L + s`,
	forwards: []string{"5.3.1", "5.3.2", "5.3.3", "5.3.4", "5.3.5", "5.3.6"},
	backwards: []string{
		"", "5.3.8", "5.3.8", "5.3.9", "5.3.10", "5.3.10", "5.3.11", "5.3.12", "5.3.13", "5.3.14",
	},
}}

// bookBySignature are the models of the book by their structure, built once.
var bookBySignature = sync.OnceValue(func() map[string]*bookModel {
	out := map[string]*bookModel{}
	for i := range bookModels {
		b := &bookModels[i]
		if s := objectiveOf(b.source); s != nil {
			out[s.Signature()] = b
		}
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

// book is the model of the book that this one is, or nil.
func (w *view) book() *bookModel { return bookBySignature()[w.Signature()] }

func (b *bookModel) forward(i int) string {
	if b == nil {
		return ""
	}
	return b.forwards[i]
}

func (b *bookModel) backward(i int) string {
	if b == nil {
		return ""
	}
	return b.backwards[i]
}
