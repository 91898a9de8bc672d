// Package blas computes matrix products at the speed of the machine, without cgo.
//
// Implementation embeds gonum's BLAS and overrides GEMM, SYRK, GEMV, GER, DOT and AXPY, in double and single precision,
// with kernels in assembly for AVX2 and FMA. Use installs it for all of gonum. On an older processor or another
// architecture every routine is gonum's, chosen when the program starts. Matrices are stored by rows, with gonum's
// argument checks and panics. Unlike the reference BLAS, a zero in one factor does not hide a NaN or an infinity in the
// other; what alpha = 0 or beta = 0 say is not read, is not read.
//
// # Design
//
// The kernel updates a panel of C, one tile of up to 6 rows by 8 columns (16 in single precision) after the other: twelve
// registers of sums, two of B, two in turn for numbers of A broadcast to all lanes. A is read with any strides, so that a
// small A is used where it is, transposed or not; B is read by whole registers, so that its panels are copied ("packed")
// unless B is small and not transposed. The last, narrower panel is always packed, padded with zeros, and its part of C is
// read and written under a mask: no byte outside the matrices is touched.
//
// Around it are the loops of Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication", ACM Transactions
// on Mathematical Software 34 (3), 2008: blocks of B that all threads share, packed once by all of them, and blocks of A
// that a thread packs for itself. SYRK and GEMMT (one triangle
// of A B) are the same with the tiles on one side of the diagonal left out.
//
// The sum of one element of C runs over k in an order that depends on the sizes alone. So a result does not depend on the
// number of threads or on the machine's load, bit for bit.
//
// Workspace gives the caller the buffers; the methods of Implementation borrow one. Once warm neither allocates.
package blas
