package export

// goCalls is how Go calls the functions of tensors that it has no word for; goTexts are their texts, which a program has
// at its end if it calls them.
var goCalls = map[string]string{
	"softmax":    "softmax(#1, #core)",
	"logsoftmax": "logsoftmax(#1, #core)",
	"logsumexp":  "logsumexp(#1, #core)",
	"max":        "maxOver(#1, #core)",
	"min":        "minOver(#1, #core)",
	"hardmax":    "hardmax(#1, #core)",
	"hardmin":    "hardmin(#1, #core)",
	"prod":       "prodOver(#1, #core)",
	"prodexcept": "prodExcept(#1, #core, #p1)",
	"cholesky":   "cholesky(#1)",
	"eigvals":    "eigvals(#1)",
	"eigvecs":    "eigvecs(#1)",
	"cumsum":     "cumsum(#1)",
	"argmax":     "argmax(#1)",
	"onehot":     "onehot(#1, #d1)",
	"part":       "part(#1, #core, #d1, #d2)",
	"pad":        "pad(#1, #core, #d1, #d2)",
	"concat":     "concat(#core, #*)",
	"where":      "where(#1, #2, #3)",
	"tril":       "triangle(#1, func(i, j int) bool { return i >= j })",
	"triu":       "triangle(#1, func(i, j int) bool { return i <= j })",
	"inv":        "inv(#1)",
	"det":        "det(#1)",
	"logdet":     "logdet(#1)",
	"solve":      "solve(#1, #2)",
}

var goTexts = map[string]string{
	"newTensor": `// newTensor is a tensor of zeros.
func newTensor(shape ...int) tensor {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return tensor{shape, make([]float64, n)}
}
`,
	"scalar": `// scalar is a tensor without axes.
func scalar(x float64) tensor { return tensor{nil, []float64{x}} }
`,
	"item": `// item is the i-th tensor of x along its first lead axes, counted together.
func item(x tensor, lead, i int) tensor {
	n := 1
	for _, d := range x.shape[lead:] {
		n *= d
	}
	return tensor{x.shape[lead:], x.data[i*n : (i+1)*n]}
}
`,
	"delta": `// delta is 1 if i is j, else 0.
func delta(i, j int) float64 {
	if i == j {
		return 1
	}
	return 0
}
`,
	"blocks": `// blocks applies f to every block of the last core axes of x; the result has the shape given there.
func blocks(x tensor, core int, shape []int, f func(out, x []float64)) tensor {
	lead := x.shape[:len(x.shape)-core]
	out := newTensor(append(append([]int{}, lead...), shape...)...)
	n := 1
	for _, d := range lead {
		n *= d
	}
	for i := 0; i < n; i++ {
		f(out.data[i*len(out.data)/n:(i+1)*len(out.data)/n], x.data[i*len(x.data)/n:(i+1)*len(x.data)/n])
	}
	return out
}
`,
	"logsumexp": `// logsumexp is log Σ exp(x) over the last core axes, without overflow.
func logsumexp(x tensor, core int) tensor {
	return blocks(x, core, nil, func(out, x []float64) {
		m, s := math.Inf(-1), 0.0
		for _, v := range x {
			m = math.Max(m, v)
		}
		for _, v := range x {
			s += math.Exp(v - m)
		}
		out[0] = m + math.Log(s)
	})
}
`,
	"logsoftmax": `// logsoftmax is x − logsumexp(x) over the last core axes.
func logsoftmax(x tensor, core int) tensor {
	return blocks(x, core, x.shape[len(x.shape)-core:], func(out, x []float64) {
		l := logsumexp(tensor{[]int{len(x)}, x}, 1).data[0]
		for i, v := range x {
			out[i] = v - l
		}
	})
}
`,
	"softmax": `// softmax is exp(x)/Σ exp(x) over the last core axes.
func softmax(x tensor, core int) tensor {
	y := logsoftmax(x, core)
	for i, v := range y.data {
		y.data[i] = math.Exp(v)
	}
	return y
}
`,
	"maxOver": `// maxOver is the largest entry over the last core axes.
func maxOver(x tensor, core int) tensor {
	return blocks(x, core, nil, func(out, x []float64) {
		out[0] = math.Inf(-1)
		for _, v := range x {
			out[0] = math.Max(out[0], v)
		}
	})
}
`,
	"minOver": `// minOver is the smallest entry over the last core axes.
func minOver(x tensor, core int) tensor {
	return blocks(x, core, nil, func(out, x []float64) {
		out[0] = math.Inf(1)
		for _, v := range x {
			out[0] = math.Min(out[0], v)
		}
	})
}
`,
	"hard": `// hard is 1 at the entry best, shared equally where several tie, and 0 elsewhere.
func hard(x, best tensor, core int) tensor {
	b := 0
	return blocks(x, core, x.shape[len(x.shape)-core:], func(out, x []float64) {
		n := 0.0
		for _, v := range x {
			n += delta(0, map[bool]int{true: 0, false: 1}[v == best.data[b]])
		}
		for i, v := range x {
			if v == best.data[b] {
				out[i] = 1 / n
			}
		}
		b++
	})
}
`,
	"hardmax": `// hardmax is 1 at the largest entry over the last core axes.
func hardmax(x tensor, core int) tensor { return hard(x, maxOver(x, core), core) }
`,
	"hardmin": `// hardmin is 1 at the smallest entry over the last core axes.
func hardmin(x tensor, core int) tensor { return hard(x, minOver(x, core), core) }
`,
	"prodOver": `// prodOver is the product over the last core axes.
func prodOver(x tensor, core int) tensor {
	return blocks(x, core, nil, func(out, x []float64) {
		out[0] = 1
		for _, v := range x {
			out[0] *= v
		}
	})
}
`,
	"prodExcept": `// prodExcept is the product over the last core axes without k of the entries, each left out once: it has k times those axes.
func prodExcept(x tensor, core, k int) tensor {
	var shape []int
	for i := 0; i < k; i++ {
		shape = append(shape, x.shape[len(x.shape)-core:]...)
	}
	return blocks(x, core, shape, func(out, x []float64) {
		for o := range out {
			left, r := map[int]bool{}, o
			for i := 0; i < k; i++ {
				left[r%len(x)] = true
				r /= len(x)
			}
			if len(left) < k {
				continue
			}
			out[o] = 1
			for i, v := range x {
				if !left[i] {
					out[o] *= v
				}
			}
		}
	})
}
`,
	"cholesky": `// cholesky is the lower triangular L with L Lᵀ = A for a symmetric positive definite A.
func cholesky(x tensor) tensor {
	n := x.shape[len(x.shape)-1]
	return blocks(x, 2, []int{n, n}, func(l, a []float64) {
		for i := 0; i < n; i++ {
			for j := 0; j <= i; j++ {
				s := (a[i*n+j] + a[j*n+i]) / 2
				for k := 0; k < j; k++ {
					s -= l[i*n+k] * l[j*n+k]
				}
				switch {
				case i != j:
					l[i*n+j] = s / l[j*n+j]
				case s > 0:
					l[i*n+i] = math.Sqrt(s)
				default:
					panic("the matrix is not positive definite")
				}
			}
		}
	})
}
`,
	"eigvals": `// eigvals are the eigenvalues of a symmetric matrix, ascending.
func eigvals(x tensor) tensor {
	n := x.shape[len(x.shape)-1]
	return blocks(x, 2, []int{n}, func(out, a []float64) { diagonalize(a, out, make([]float64, n*n), n) })
}
`,
	"eigvecs": `// eigvecs has the eigenvectors of a symmetric matrix as columns, in the order of eigvals, the largest component positive.
func eigvecs(x tensor) tensor {
	n := x.shape[len(x.shape)-1]
	return blocks(x, 2, []int{n, n}, func(out, a []float64) { diagonalize(a, make([]float64, n), out, n) })
}
`,
	"diagonalize": `// diagonalize finds the eigenvalues of the symmetric part of a, ascending, and the eigenvectors as columns of vectors, by
// Jacobi's rotations.
func diagonalize(a, values, vectors []float64, n int) {
	s, v := make([]float64, n*n), make([]float64, n*n)
	for i := range s {
		s[i] = (a[i] + a[i%n*n+i/n]) / 2
		v[i] = delta(i/n, i%n)
	}
	for sweep := 0; sweep < 60; sweep++ {
		for p := 0; p < n; p++ {
			for q := p + 1; q < n; q++ {
				rotate(s, v, p, q, n)
			}
		}
	}
	order := make([]int, n)
	for i := range order {
		order[i] = i
		for k := i; k > 0 && s[order[k]*n+order[k]] < s[order[k-1]*n+order[k-1]]; k-- {
			order[k], order[k-1] = order[k-1], order[k]
		}
	}
	for c, k := range order {
		values[c] = s[k*n+k]
		largest := 0.0
		for i := 0; i < n; i++ {
			if math.Abs(v[i*n+k]) > math.Abs(largest) {
				largest = v[i*n+k]
			}
		}
		for i := 0; i < n; i++ {
			vectors[i*n+c] = math.Copysign(1, largest) * v[i*n+k]
		}
	}
}
`,
	"rotate": `// rotate turns the axes p and q so that s has a 0 there, and v along with it.
func rotate(s, v []float64, p, q, n int) {
	if s[p*n+q] == 0 {
		return
	}
	t := (s[q*n+q] - s[p*n+p]) / (2 * s[p*n+q])
	t = math.Copysign(1, t) / (math.Abs(t) + math.Hypot(1, t))
	c := 1 / math.Hypot(1, t)
	for k := 0; k < n; k++ {
		a, b := s[k*n+p], s[k*n+q]
		s[k*n+p], s[k*n+q] = c*(a-t*b), c*(t*a+b)
		a, b = v[k*n+p], v[k*n+q]
		v[k*n+p], v[k*n+q] = c*(a-t*b), c*(t*a+b)
	}
	for k := 0; k < n; k++ {
		a, b := s[p*n+k], s[q*n+k]
		s[p*n+k], s[q*n+k] = c*(a-t*b), c*(t*a+b)
	}
}
`,
	"cumsum": `// cumsum is the running sum along the last axis.
func cumsum(x tensor) tensor {
	return blocks(x, 1, x.shape[len(x.shape)-1:], func(out, x []float64) {
		s := 0.0
		for i, v := range x {
			s += v
			out[i] = s
		}
	})
}
`,
	"argmax": `// argmax is the place of the first largest entry along the last axis, from 0.
func argmax(x tensor) tensor {
	return blocks(x, 1, nil, func(out, x []float64) {
		for i, v := range x {
			if v > x[int(out[0])] {
				out[0] = float64(i)
			}
		}
	})
}
`,
	"onehot": `// onehot has a 1 at the class number along a new last axis of n entries.
func onehot(t tensor, n int) tensor {
	return blocks(t, 0, []int{n}, func(out, t []float64) { out[int(t[0])] = 1 })
}
`,
	"part": `// part is n entries after the first from, along the first of the last core axes.
func part(x tensor, core, from, n int) tensor {
	s := append([]int{}, x.shape[len(x.shape)-core:]...)
	have := s[0]
	s[0] = n
	return blocks(x, core, s, func(out, x []float64) { copy(out, x[from*len(x)/have:(from+n)*len(x)/have]) })
}
`,
	"pad": `// pad is x after from zeros, and behind it as many as make n entries, along the first of the last core axes.
func pad(x tensor, core, from, n int) tensor {
	s := append([]int{}, x.shape[len(x.shape)-core:]...)
	s[0] = n
	return blocks(x, core, s, func(out, x []float64) { copy(out[from*len(out)/n:], x) })
}
`,
	"concat": `// concat puts tensors one after the other along the first of their last core axes.
func concat(core int, xs ...tensor) tensor {
	k := len(xs[0].shape) - core
	shape := append([]int{}, xs[0].shape...)
	lead := 1
	for _, d := range shape[:k] {
		lead *= d
	}
	for _, x := range xs[1:] {
		shape[k] += x.shape[k]
	}
	out := newTensor(shape...)
	at := 0
	for i := 0; i < lead; i++ {
		for _, x := range xs {
			n := len(x.data) / lead
			at += copy(out.data[at:], x.data[i*n:(i+1)*n])
		}
	}
	return out
}
`,
	"where": `// where takes each entry of a where c is not 0, else that of b.
func where(c, a, b tensor) tensor {
	out := newTensor(c.shape...)
	for i, v := range c.data {
		out.data[i] = b.data[i]
		if v != 0 {
			out.data[i] = a.data[i]
		}
	}
	return out
}
`,
	"triangle": `// triangle keeps some entries of a matrix.
func triangle(x tensor, keep func(i, j int) bool) tensor {
	m := x.shape[len(x.shape)-1]
	return blocks(x, 2, x.shape[len(x.shape)-2:], func(out, x []float64) {
		for i, v := range x {
			if keep(i/m, i%m) {
				out[i] = v
			}
		}
	})
}
`,
	"eliminate": `// eliminate solves A X = B in place by Gaussian elimination with pivots, and returns the determinant of A.
func eliminate(A, B []float64, n int) float64 {
	A = append([]float64{}, A...)
	k, det := 0, 1.0
	if n > 0 {
		k = len(B) / n
	}
	for c := 0; c < n; c++ {
		p := c
		for r := c; r < n; r++ {
			if math.Abs(A[r*n+c]) > math.Abs(A[p*n+c]) {
				p = r
			}
		}
		if p != c {
			det = -det
		}
		for j := 0; j < n; j++ {
			A[p*n+j], A[c*n+j] = A[c*n+j], A[p*n+j]
		}
		for j := 0; j < k; j++ {
			B[p*k+j], B[c*k+j] = B[c*k+j], B[p*k+j]
		}
		pivot := A[c*n+c]
		det *= pivot
		for r := 0; r < n; r++ {
			f := A[r*n+c] / pivot
			if r == c {
				continue
			}
			for j := 0; j < n; j++ {
				A[r*n+j] -= f * A[c*n+j]
			}
			for j := 0; j < k; j++ {
				B[r*k+j] -= f * B[c*k+j]
			}
		}
		for j := 0; j < k; j++ {
			B[c*k+j] /= pivot
		}
		for j := 0; j < n; j++ {
			A[c*n+j] /= pivot
		}
	}
	return det
}
`,
	"inv": `// inv is the inverse of a square matrix.
func inv(x tensor) tensor {
	n := x.shape[len(x.shape)-1]
	return blocks(x, 2, []int{n, n}, func(out, x []float64) {
		for i := 0; i < n; i++ {
			out[i*n+i] = 1
		}
		eliminate(x, out, n)
	})
}
`,
	"det": `// det is the determinant of a square matrix.
func det(x tensor) tensor {
	return blocks(x, 2, nil, func(out, y []float64) { out[0] = eliminate(y, nil, x.shape[len(x.shape)-1]) })
}
`,
	"logdet": `// logdet is the logarithm of the determinant.
func logdet(x tensor) tensor {
	y := det(x)
	for i, v := range y.data {
		y.data[i] = math.Log(v)
	}
	return y
}
`,
	"solve": `// solve is the x with A x = b.
func solve(A, b tensor) tensor {
	n, lead := A.shape[len(A.shape)-1], len(A.shape)-2
	out := tensor{b.shape, append([]float64{}, b.data...)}
	for i := 0; i < len(A.data)/max(n*n, 1); i++ {
		eliminate(item(A, lead, i).data, item(out, lead, i).data, n)
	}
	return out
}
`,
}
