package plan

import (
	gonum "gonum.org/v1/gonum/blas"

	"nabla/numeric"
	"nabla/numeric/blas"
)

// productRoom is what the products of a program work in: the first thread in more than the others, since those that BLAS
// shares among threads are its calls.
type productRoom struct {
	first, other blas.Room
	shared       bool // the first thread calls others
}

// add makes room for a product; shared says that BLAS shares it.
func (r *productRoom) add(of blas.Room, shared bool) {
	r.first, r.shared = r.first.Max(of), r.shared || shared
	if !shared {
		r.other = r.other.Max(of)
	}
}

// callers is how many of so many threads pack for the first one's products.
func (r *productRoom) callers(threads int) int {
	if r.shared {
		return threads
	}
	return 1
}

func (r *productRoom) numbers(threads int) int64 {
	return int64(r.first.Numbers(r.callers(threads))) + int64(threads-1)*int64(r.other.Numbers(1))
}

// hireWorkspaces makes the workspaces of so many threads.
func hireWorkspaces[T numeric.Float](r *productRoom, threads int) []*workspace {
	ws := make([]*workspace, threads)
	for i := range ws {
		ws[i] = new(workspace)
		if i == 0 {
			blas.Reserve[T](ws[i], r.first, r.callers(threads))
		} else {
			blas.Reserve[T](ws[i], r.other, 1)
		}
	}
	return ws
}

// roomOf is what a product needs of BLAS in a program of type t.
func roomOf(p *Product, t numeric.Type) blas.Room {
	switch p.kind {
	case byDot:
		return blas.Room{}
	case byGemv, byGemvTrans:
		return blas.GemvRoom(p.M, p.K)
	case byGer:
		return blas.GemvRoom(p.M, p.N)
	}
	tB, _ := side(p.B, p.K, p.N)
	if p.kind == bySyrk {
		tB, _ = side(p.A.T(), p.K, p.N)
	}
	return gemmRoom(t, tB, p.M, p.N, p.K)
}

// tileRoom is what a Listed needs of BLAS in each thread. Its last tiles may be single rows or columns.
func tileRoom(p *Listed, t numeric.Type) blas.Room {
	tB, _ := turned(p.bCols, p.columns, p.depth)
	return gemmRoom(t, tB, p.rows, p.columns, p.depth).Max(blas.GemvRoom(max(p.rows, p.columns), p.depth))
}

func gemmRoom(t numeric.Type, tB gonum.Transpose, m, n, k int) blas.Room {
	if t == numeric.Float32 {
		return blas.GemmRoom[float32](tB, m, n, k)
	}
	return blas.GemmRoom[float64](tB, m, n, k)
}
