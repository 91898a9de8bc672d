// Package plan runs straight-line programs over arrays: products, fused elementwise loops and calls of library
// kernels, in one arena whose offsets were chosen from the liveness of every buffer. A warm run allocates nothing, and
// the memory that a Program says it needs is the memory that it takes.
//
// A Builder takes the instructions in order and makes the Program. Who decides which instructions is
// nabla/symbolic/lower.
package plan
