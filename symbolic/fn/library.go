// Package fn is the library: one record per function, in tables by family. It is THE place where a function is added;
// everything else (checker, help, printers, exporters, evaluator, reference page) reads the records.
package fn

import (
	"slices"
	"sync"

	"nabla/symbolic"
)

type (
	expr   = symbolic.Expr
	record = symbolic.Func
	in     = symbolic.In
	params = symbolic.Params
	vjp    = symbolic.VJP
)

// A Family is a group of functions as the reference lists them.
type Family struct {
	Name  string
	Funcs []*symbolic.Func
}

// Families lists every record.
func Families() []Family {
	return []Family{
		{"Functions of a number", elementwise()},
		{"Functions of two numbers", binary()},
		{"Comparisons", comparisons()},
		{"Sums and other functions over axes", reductions()},
		{"Products", products()},
		{"Rearranging entries", rearrangements()},
		{"Matrices", decompositions()},
		{"Making tensors", constructors()},
		{"Random tensors", randoms()},
		{"Losses", losses()},
		{"Data", dataFunctions()},
		{"Constants", constants()},
	}
}

// Library is the set of all functions; a Graph is made with it. It has the records without a name to call as well. All
// graphs share it: nothing changes a record.
var Library = sync.OnceValue(func() *symbolic.Library {
	all := indexing()
	for _, f := range Families() {
		all = slices.Concat(all, f.Funcs)
	}
	return symbolic.NewLibrary(all...)
})
