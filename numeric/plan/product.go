package plan

import (
	"slices"

	gonum "gonum.org/v1/gonum/blas"

	"nabla/numeric/blas"
)

// A Matrix is a strided matrix in a buffer.
type Matrix struct {
	Buf      Buf
	Off      int
	Row, Col int // strides
}

// An Axis is a loop around a product: the three matrices move by their strides. Where C does not move, it sums.
type Axis struct {
	N       int
	A, B, C int
}

// A Product is C = α A B, or C += α A B, with A m×k, B k×n and C m×n, for every index of the axes around it. α is Alpha
// times the numbers in Scalars.
type Product struct {
	M, N, K   int
	A, B, C   Matrix
	Around    []Axis
	Alpha     float64
	Scalars   []View
	Add       bool
	Symmetric bool // C is known to equal its transpose: half of it is computed

	kind productKind
	to   *addend
}

// An addend is a matrix D, of the size of C, to which a product by GEMM is added instead of C: C = α A B + c u D. It is stored by rows,
// Row apart; with 0 all rows are one.
type addend struct {
	buf      Buf
	off, row int
	c        float64
	u        *View // a number; nil: 1
}

type productKind uint8

const (
	byDot productKind = iota
	byGemv
	byGemvTrans // y = Aᵀ x
	byGemm
	bySyrk
	byHalf // a symmetric product of two different matrices
	byGer  // C += x yᵀ
)

// Fits says whether BLAS can take the product as it is: some stride of every matrix is 1.
func (p *Product) Fits() bool {
	switch {
	case p.M == 1 && p.N == 1:
		return true
	case p.N == 1:
		return fits(p.A, p.M, p.K) && p.B.Row > 0 && (p.C.Row > 0 || p.M == 1)
	case p.M == 1:
		return fits(p.B, p.K, p.N) && p.A.Col > 0 && p.C.Col > 0
	}
	return fits(p.A, p.M, p.K) && fits(p.B, p.K, p.N) && fits(p.C, p.M, p.N)
}

// fits says that a rows×cols matrix is stored by rows, or its transpose is.
func fits(m Matrix, rows, cols int) bool { return byRows(m, rows, cols) || byRows(m.T(), cols, rows) }

func byRows(m Matrix, rows, cols int) bool {
	return (m.Col == 1 || cols == 1) && (m.Row >= cols || rows == 1)
}

// T is the transpose.
func (m Matrix) T() Matrix { return Matrix{m.Buf, m.Off, m.Col, m.Row} }

func (p *Product) prepare() {
	for _, m := range []struct {
		m          *Matrix
		rows, cols int
	}{{&p.A, p.M, p.K}, {&p.B, p.K, p.N}, {&p.C, p.M, p.N}} {
		normalize(m.m, m.rows, m.cols)
	}
	switch {
	case p.M == 1 && p.N == 1:
		p.kind = byDot
	case p.N == 1:
		p.kind = byGemv
	case p.M == 1: // Cᵀ = Bᵀ Aᵀ
		p.kind = byGemv
		p.M, p.N = p.N, p.M
		p.A, p.B, p.C = p.B.T(), p.A.T(), p.C.T()
		for i, a := range p.Around {
			p.Around[i].A, p.Around[i].B = a.B, a.A
		}
	default:
		p.kind = byGemm
		if !byRows(p.C, p.M, p.N) {
			p.M, p.N = p.N, p.M
			p.A, p.B, p.C = p.B.T(), p.A.T(), p.C.T()
			for i, a := range p.Around {
				p.Around[i].A, p.Around[i].B = a.B, a.A
			}
		}
	}
	if p.kind == byGemv && !byRows(p.A, p.M, p.K) {
		p.kind = byGemvTrans
	}
	if p.kind == byGemm && p.K == 1 && p.Add {
		p.kind = byGer
	}
	if p.kind == byGemm && p.Symmetric && p.A == p.B.T() && p.sameMoves() {
		p.kind = bySyrk
	}
	if p.kind == byGemm && p.Symmetric && !p.Add && p.M == p.N && len(p.Around) == 0 {
		p.kind = byHalf
	}
}

// normalize gives axes of one entry the strides that BLAS wants to see.
func normalize(m *Matrix, rows, cols int) {
	switch {
	case rows == 1 && cols == 1:
		m.Row, m.Col = 1, 1
	case rows == 1 && m.Col == 1:
		m.Row = cols
	case cols == 1 && m.Row == 1:
		m.Col = rows
	case cols == 1 && m.Row > 1:
		m.Col = 1
	case rows == 1 && m.Col > 1:
		m.Row = 1
	}
}

func (p *Product) sameMoves() bool {
	for _, a := range p.Around {
		if a.A != a.B {
			return false
		}
	}
	return true
}

// outer is the length of the outermost axis around the product.
func (p *Product) outer() int {
	if len(p.Around) == 0 {
		return 1
	}
	return p.Around[0].N
}

// sharedCall is how many multiplications a call of BLAS takes at least to be shared by threads itself.
const sharedCall = blas.SharedWork

// parts is in how many parts along the outermost axis threads can compute the product, each its own part of C.
func (p *Product) parts(threads int) int {
	if threads == 1 || len(p.Around) == 0 || p.Around[0].C == 0 {
		return 1
	}
	call, calls := p.M*p.N*p.K, 1
	for _, a := range p.Around {
		calls *= a.N
	}
	if call >= sharedCall || call*calls < sharedCall {
		return 1
	}
	return min(4*threads, p.outer())
}

// sizes are those of the result.
func (p *Product) sizes() []int {
	if p.M == 0 || p.N == 0 {
		return zeroSizes
	}
	for _, a := range p.Around {
		if a.C != 0 && a.N == 0 {
			return zeroSizes
		}
	}
	return nil
}

var zeroSizes = []int{0}

func (p *Product) emptySum() bool {
	for _, a := range p.Around {
		if a.C == 0 && a.N == 0 {
			return true
		}
	}
	return false
}

// step1 is an increment that BLAS accepts: 0 stands for the only entry.
func step1(s int) int {
	if s == 0 {
		return 1
	}
	return s
}

// side is how BLAS is told of a matrix: transposed or not, and its leading stride.
func side(m Matrix, rows, cols int) (gonum.Transpose, int) {
	if byRows(m, rows, cols) {
		return gonum.NoTrans, max(m.Row, cols)
	}
	return gonum.Trans, max(m.Col, rows)
}

func (p *Product) reads() []Buf {
	b := []Buf{p.A.Buf, p.B.Buf}
	for _, s := range p.Scalars {
		b = append(b, s.Buf)
	}
	if p.Add {
		b = append(b, p.C.Buf)
	}
	if p.to != nil {
		b = append(b, p.to.buf)
		if p.to.u != nil {
			b = append(b, p.to.u.Buf)
		}
	}
	return b
}

func (p *Product) writes() Buf { return p.C.Buf }

// overwrites is the addend, if it lies as C does and nothing else is read from it.
func (p *Product) overwrites() []Buf {
	if p.to == nil || p.to.off != p.C.Off || p.to.row != p.C.Row {
		return nil
	}
	times := 0
	for _, r := range p.reads() {
		if r == p.to.buf {
			times++
		}
	}
	if times > 1 {
		return nil
	}
	return []Buf{p.to.buf}
}

// addendOf is what a loop stores where C is, if that is a number times a matrix stored by rows; else nil.
func (p *Product) addendOf(l *Loop) *addend {
	if p.kind != byGemm || !p.Add || len(p.Around) > 0 || p.K == 0 || l.out.Buf != p.C.Buf || l.out.Off != p.C.Off {
		return nil
	}
	a, d := l.multiple()
	switch {
	case d == nil:
		return nil
	case slices.Equal(l.size, []int{p.M * p.N}) && p.C.Row == p.N && l.out.Stride[0] == 1 && a.Stride[0] == 1:
		d.row = p.N
	case slices.Equal(l.size, []int{p.M, p.N}) && slices.Equal(l.out.Stride, []int{p.C.Row, 1}) && a.Stride[1] == 1 &&
		(a.Stride[0] == 0 || a.Stride[0] >= p.N):
		d.row = a.Stride[0]
	default:
		return nil
	}
	return d
}

func (p *Product) info() Info {
	n, out := int64(p.M)*int64(p.N), int64(1)
	for _, a := range p.Around {
		n *= int64(a.N)
		if a.C != 0 {
			out *= int64(a.N)
		}
	}
	kind := [...]string{"dot", "gemv", "gemv", "gemm", "syrk", "half", "ger"}[p.kind]
	flops := 2 * n * int64(p.K)
	if p.kind == bySyrk || p.kind == byHalf {
		flops /= 2
	}
	return Info{Kind: kind, Flops: flops, Entries: out * int64(p.M) * int64(p.N)}
}
