// Package export writes expressions as programs in other languages: NumPy, PyTorch, JAX, Julia and Go.
//
// A program is one function. Its arguments are the variables, the abstract functions and the sizes that no variable
// tells; its lines are the definitions under the user's own names and whatever is used more than once; the shapes of the
// arguments are asserted. Where the expression is a derivative, a check by finite differences follows.
package export
