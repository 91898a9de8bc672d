package plan

import (
	"gonum.org/v1/gonum/blas"
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

	// The state of a run.
	lanes []*productLane
	m     *machine
	alpha float64
	units int
}

// A productLane is the state of a run in one thread.
type productLane struct {
	index []int
	err   error
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
	p.lanes = []*productLane{p.lane()}
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

// atOnce is how many operations one call of BLAS may take before the context is looked at: about a millisecond. A longer
// call is told to look itself.
const atOnce = 1 << 24

func (p *Product) run(m *machine) error {
	alpha := p.Alpha
	for _, s := range p.Scalars {
		alpha *= m.bufs[s.Buf][s.Off]
	}
	if product(p.sizes()) == 0 {
		return nil
	}
	if p.K == 0 || p.emptySum() {
		p.clear(m)
		return nil
	}
	if p.units = p.share(m.threads); p.units == 1 {
		return p.part(m, 0, alpha, 0, p.outer())
	}
	for len(p.lanes) < m.threads {
		p.lanes = append(p.lanes, p.lane())
	}
	for _, w := range p.lanes {
		w.err = nil
	}
	p.m, p.alpha = m, alpha
	m.crew.Each(p, m.threads, 0, p.units)
	p.m = nil
	for _, w := range p.lanes {
		if w.err != nil {
			return w.err
		}
	}
	return nil
}

func (p *Product) lane() *productLane { return &productLane{index: make([]int, len(p.Around))} }

// outer is the length of the outermost axis around the product.
func (p *Product) outer() int {
	if len(p.Around) == 0 {
		return 1
	}
	return p.Around[0].N
}

// sharedCall is how many multiplications a call of BLAS takes at least to be shared by threads itself.
const sharedCall = 1 << 19

// share is in how many parts along the outermost axis threads can compute the product, each its own part of C.
func (p *Product) share(threads int) int {
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

// Do computes one part.
func (p *Product) Do(worker, unit int) {
	n := p.outer()
	if w := p.lanes[worker]; w.err == nil {
		w.err = p.part(p.m, worker, p.alpha, n*unit/p.units, n*(unit+1)/p.units)
	}
}

// part computes the products from…to along the outermost axis.
func (p *Product) part(m *machine, worker int, alpha float64, from, to int) error {
	index, ws := p.lanes[worker].index, m.ws[worker]
	clear(index)
	a, b, c, first := p.A.Off, p.B.Off, p.C.Off, true
	if len(index) > 0 {
		index[0] = from
		a, b, c = a+from*p.Around[0].A, b+from*p.Around[0].B, c+from*p.Around[0].C
	}
	for {
		beta := 1.0
		if first && !p.Add {
			beta = 0
		}
		if err := p.one(m, ws, alpha, beta, a, b, c); err != nil {
			return err
		}
		if len(index) == 0 {
			return nil
		}
		for i := len(p.Around) - 1; i >= 0; i-- {
			ax := p.Around[i]
			index[i]++
			a, b, c = a+ax.A, b+ax.B, c+ax.C
			end := ax.N
			if i == 0 {
				end = to
			}
			if index[i] < end {
				break
			}
			if i == 0 {
				return nil
			}
			a, b, c = a-ax.N*ax.A, b-ax.N*ax.B, c-ax.N*ax.C
			index[i] = 0
		}
		first = true
		for i, ax := range p.Around {
			if ax.C == 0 && index[i] > 0 {
				first = false
			}
		}
	}
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

// clear stores the empty sum.
func (p *Product) clear(m *machine) {
	if p.Add {
		return
	}
	size, stride := []int{}, []int{}
	for _, a := range p.Around {
		if a.C != 0 {
			size, stride = append(size, a.N), append(stride, a.C)
		}
	}
	size, stride = append(size, p.M, p.N), append(stride, p.C.Row, p.C.Col)
	scatter(m.bufs[p.C.Buf], p.C.Off, size, stride, nil, false)
}

func (p *Product) one(m *machine, ws *workspace, alpha, beta float64, a, b, c int) error {
	A, B, C := m.bufs[p.A.Buf][a:], m.bufs[p.B.Buf][b:], m.bufs[p.C.Buf][c:]
	switch p.kind {
	case byDot:
		d := alpha * m.blas.Ddot(p.K, A, step1(p.A.Col), B, step1(p.B.Row))
		if beta != 0 {
			d += C[0]
		}
		C[0] = d
	case byGemv:
		ws.Dgemv(blas.NoTrans, p.M, p.K, alpha, A, max(p.A.Row, p.K), B, step1(p.B.Row), beta, C, step1(p.C.Row))
	case byGemvTrans:
		ws.Dgemv(blas.Trans, p.K, p.M, alpha, A, max(p.A.Col, p.M), B, step1(p.B.Row), beta, C, step1(p.C.Row))
	case byGer:
		m.blas.Dger(p.M, p.N, alpha, A, step1(p.A.Row), B, step1(p.B.Col), C, max(p.C.Row, p.N))
	case bySyrk:
		return p.syrk(m, ws, alpha, beta, A, C)
	case byHalf:
		return p.half(m, ws, alpha, A, B, C)
	default:
		return p.gemm(m, ws, alpha, beta, A, B, C)
	}
	return m.spend(2 * int64(p.M) * int64(p.N) * int64(p.K))
}

// step1 is an increment that BLAS accepts: 0 stands for the only entry.
func step1(s int) int {
	if s == 0 {
		return 1
	}
	return s
}

func (p *Product) gemm(m *machine, ws *workspace, alpha, beta float64, a, b, c []float64) error {
	tA, lda := side(p.A, p.M, p.K)
	tB, ldb := side(p.B, p.K, p.N)
	return m.interruptibly(ws, 2*int64(p.M)*int64(p.N)*int64(p.K), func() {
		ws.Dgemm(tA, tB, p.M, p.N, p.K, alpha, a, lda, b, ldb, beta, c, max(p.C.Row, p.N))
	})
}

// syrk computes the upper triangle and mirrors it.
func (p *Product) syrk(m *machine, ws *workspace, alpha, beta float64, a, c []float64) error {
	t, lda := side(p.A, p.M, p.K)
	ldc := max(p.C.Row, p.N)
	return m.interruptibly(ws, int64(p.M)*int64(p.M)*int64(p.K), func() {
		ws.Dsyrk(blas.Upper, t, p.M, p.K, alpha, a, lda, beta, c, ldc)
		mirror(c, p.M, ldc)
	})
}

// half is syrk for a symmetric product of two different matrices.
func (p *Product) half(m *machine, ws *workspace, alpha float64, a, b, c []float64) error {
	tA, lda := side(p.A, p.M, p.K)
	tB, ldb := side(p.B, p.K, p.N)
	ldc := max(p.C.Row, p.N)
	return m.interruptibly(ws, int64(p.M)*int64(p.M)*int64(p.K), func() {
		ws.Dgemmt(blas.Upper, tA, tB, p.M, p.K, alpha, a, lda, b, ldb, 0, c, ldc)
		mirror(c, p.M, ldc)
	})
}

// interruptibly makes a call of BLAS that takes so many operations, and that the end of the context cuts short.
func (m *machine) interruptibly(ws *workspace, ops int64, call func()) error {
	if ops < atOnce || m.ctx.Done() == nil {
		call()
		return m.spend(ops)
	}
	ws.Until(m.ctx.Done())
	call()
	ws.Until(nil)
	return m.ctx.Err()
}

// mirror copies the upper triangle to the lower one, in squares that stay in the cache.
func mirror(c []float64, n, ldc int) {
	const square = 32
	for i0 := 0; i0 < n; i0 += square {
		for j0 := 0; j0 <= i0; j0 += square {
			for i := i0; i < min(i0+square, n); i++ {
				for j := j0; j < min(j0+square, i); j++ {
					c[i*ldc+j] = c[j*ldc+i]
				}
			}
		}
	}
}

// side is how BLAS is told of a matrix: transposed or not, and its leading stride.
func side(m Matrix, rows, cols int) (blas.Transpose, int) {
	if byRows(m, rows, cols) {
		return blas.NoTrans, max(m.Row, cols)
	}
	return blas.Trans, max(m.Col, rows)
}

func (p *Product) reads() []Buf {
	b := []Buf{p.A.Buf, p.B.Buf}
	for _, s := range p.Scalars {
		b = append(b, s.Buf)
	}
	if p.Add {
		b = append(b, p.C.Buf)
	}
	return b
}

func (p *Product) writes() Buf { return p.C.Buf }

func (p *Product) overwrites() []Buf { return nil }

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
