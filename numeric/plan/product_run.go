package plan

import (
	"gonum.org/v1/gonum/blas"

	"nabla/numeric"
)

// A productRun computes a Product with numbers of one type.
type productRun[T numeric.Float] struct {
	*Product
	lanes []*productLane
	m     *Machine[T]
	alpha T
	units int
}

// A productLane is the state of a run in one thread.
type productLane struct {
	index []int
	err   error
}

// hire makes room for so many threads.
func (p *productRun[T]) hire(threads int) {
	for len(p.lanes) < threads {
		p.lanes = append(p.lanes, &productLane{index: make([]int, len(p.Around))})
	}
}

// atOnce is how many operations one call of BLAS may take before the context is looked at: about a millisecond. A longer
// call is told to look itself.
const atOnce = 1 << 24

func (p *productRun[T]) run(m *Machine[T], worker, threads int) error {
	alpha := T(p.Alpha)
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
	units := p.parts(threads)
	if units == 1 {
		return p.part(m, worker, alpha, 0, p.outer())
	}
	for _, w := range p.lanes {
		w.err = nil
	}
	p.m, p.alpha, p.units = m, alpha, units
	m.crew.Each(p, threads, 0, units)
	p.m = nil
	for _, w := range p.lanes {
		if w.err != nil {
			return w.err
		}
	}
	return nil
}

// Do computes one part.
func (p *productRun[T]) Do(worker, unit int) {
	n := p.outer()
	if w := p.lanes[worker]; w.err == nil {
		w.err = p.part(p.m, worker, p.alpha, n*unit/p.units, n*(unit+1)/p.units)
	}
}

// part computes the products from…to along the outermost axis.
func (p *productRun[T]) part(m *Machine[T], worker int, alpha T, from, to int) error {
	index, ws := p.lanes[worker].index, m.ws[worker]
	clear(index)
	a, b, c, first := p.A.Off, p.B.Off, p.C.Off, true
	if len(index) > 0 {
		index[0] = from
		a, b, c = a+from*p.Around[0].A, b+from*p.Around[0].B, c+from*p.Around[0].C
	}
	for {
		beta := T(1)
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

// clear stores the empty sum.
func (p *productRun[T]) clear(m *Machine[T]) {
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
	scatter[T](m.bufs[p.C.Buf], p.C.Off, size, stride, nil, false)
}

func (p *productRun[T]) one(m *Machine[T], ws *workspace, alpha, beta T, a, b, c int) error {
	A, B, C := m.bufs[p.A.Buf][a:], m.bufs[p.B.Buf][b:], m.bufs[p.C.Buf][c:]
	switch p.kind {
	case byDot:
		d := alpha * m.blas.dot(p.K, A, step1(p.A.Col), B, step1(p.B.Row))
		if beta != 0 {
			d += C[0]
		}
		C[0] = d
	case byGemv:
		m.blas.gemv(ws, blas.NoTrans, p.M, p.K, alpha, A, max(p.A.Row, p.K), B, step1(p.B.Row), beta, C, step1(p.C.Row))
	case byGemvTrans:
		m.blas.gemv(ws, blas.Trans, p.K, p.M, alpha, A, max(p.A.Col, p.M), B, step1(p.B.Row), beta, C, step1(p.C.Row))
	case byGer:
		m.blas.ger(ws, p.M, p.N, alpha, A, step1(p.A.Row), B, step1(p.B.Col), C, max(p.C.Row, p.N))
	case bySyrk:
		return p.syrk(m, ws, alpha, beta, A, C)
	case byHalf:
		return p.half(m, ws, alpha, A, B, C)
	default:
		return p.gemm(m, ws, alpha, beta, A, B, C)
	}
	return m.spend(2 * int64(p.M) * int64(p.N) * int64(p.K))
}

func (p *productRun[T]) gemm(m *Machine[T], ws *workspace, alpha, beta T, a, b, c []T) error {
	tA, lda := side(p.A, p.M, p.K)
	tB, ldb := side(p.B, p.K, p.N)
	return m.interruptibly(ws, 2*int64(p.M)*int64(p.N)*int64(p.K), func() {
		if d := p.to; d != nil {
			m.blas.add(ws, tA, tB, p.M, p.N, p.K, alpha, a, lda, b, ldb, addendFactor(m, d), m.bufs[d.buf][d.off:], d.row, c, max(p.C.Row, p.N))
			return
		}
		m.blas.gemm(ws, tA, tB, p.M, p.N, p.K, alpha, a, lda, b, ldb, beta, c, max(p.C.Row, p.N))
	})
}

// addendFactor is the number that an addend is multiplied by.
func addendFactor[T numeric.Float](m *Machine[T], d *addend) T {
	k := T(d.c)
	if d.u != nil {
		k *= m.bufs[d.u.Buf][d.u.Off]
	}
	return k
}

// syrk computes the upper triangle and mirrors it.
func (p *productRun[T]) syrk(m *Machine[T], ws *workspace, alpha, beta T, a, c []T) error {
	t, lda := side(p.A, p.M, p.K)
	ldc := max(p.C.Row, p.N)
	return m.interruptibly(ws, int64(p.M)*int64(p.M)*int64(p.K), func() {
		m.blas.syrk(ws, blas.Upper, t, p.M, p.K, alpha, a, lda, beta, c, ldc)
		mirror(c, p.M, ldc)
	})
}

// half is syrk for a symmetric product of two different matrices.
func (p *productRun[T]) half(m *Machine[T], ws *workspace, alpha T, a, b, c []T) error {
	tA, lda := side(p.A, p.M, p.K)
	tB, ldb := side(p.B, p.K, p.N)
	ldc := max(p.C.Row, p.N)
	return m.interruptibly(ws, int64(p.M)*int64(p.M)*int64(p.K), func() {
		m.blas.gemmt(ws, blas.Upper, tA, tB, p.M, p.K, alpha, a, lda, b, ldb, 0, c, ldc)
		mirror(c, p.M, ldc)
	})
}

// interruptibly makes a call of BLAS that takes so many operations, and that the end of the context cuts short.
func (m *Machine[T]) interruptibly(ws *workspace, ops int64, call func()) error {
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
func mirror[T numeric.Float](c []T, n, ldc int) {
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
