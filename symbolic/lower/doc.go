// Package lower turns graphs into numbers. Reference evaluates with one plain loop per node and is the oracle; Compile
// makes a program of numeric/plan that computes the same several times faster.
//
// Both take Bindings: values of variables, sizes of dimensions, and known functions in the place of abstract ones. They
// check all of them before anything runs, and report what does not fit as one of the error types of this package.
package lower
