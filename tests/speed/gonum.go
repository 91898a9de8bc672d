package main

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"runtime"
	"strings"
	"time"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/blas/gonum"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"nabla/numeric"
	"nabla/numeric/data"
)

// serveGonum is the peer that computes with gonum's own kernels, in a process of its own: it answers the commands that
// peers.py does. Its formulas are those that one would derive and write by hand; results keep their memory.
func serveGonum(in io.Reader, out io.Writer, threads int) {
	runtime.GOMAXPROCS(threads)
	blas64.Use(gonum.Implementation{})
	fmt.Fprintln(out, "ready gonum")
	var run func() [][]float64
	for lines := bufio.NewScanner(in); lines.Scan(); {
		words := strings.Fields(lines.Text())
		var err error
		switch words[0] {
		case "load":
			if run, err = gonumCase(words[1], words[2], words[3]); err == nil {
				sum, squares, _ := moments(run())
				fmt.Fprintln(out, sum, squares)
			}
		case "run":
			var turn time.Duration
			if turn, err = time.ParseDuration(words[1] + "s"); err == nil {
				t, _ := timed(words[2], turn, func() error { run(); return nil })
				fmt.Fprintln(out, t.median, t.fastest)
			}
		}
		if err != nil {
			fmt.Fprintln(out, "lacks", err)
		}
	}
}

// gonumCase reads the values of a case and returns what computes it. Matrices of gonum are in double precision.
func gonumCase(name, file, dtype string) (func() [][]float64, error) {
	formula, ok := gonumFormulas[name]
	if !ok || dtype != numeric.Float64.String() {
		return nil, fmt.Errorf("%s in %s", name, dtype)
	}
	table, err := data.Load(file)
	if err != nil {
		return nil, err
	}
	values := map[string]*numeric.Array{}
	for i, n := range table.Names {
		values[n] = table.Arrays[i]
	}
	return formula(values), nil
}

type gonumFormula func(map[string]*numeric.Array) func() [][]float64

var gonumFormulas = map[string]gonumFormula{
	"mlp":        gonumMLP,
	"mlpbatch":   gonumBatch,
	"logistic":   gonumLogistic,
	"factor":     gonumFactor,
	"mlphessian": gonumMLPHessian,
	"matmul":     gonumProduct,
	"exp":        gonumApply(math.Exp),
	"tanh":       gonumApply(math.Tanh),
	"log":        gonumApply(math.Log),
	"erf":        gonumApply(math.Erf),
	"sigmoid":    gonumApply(func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }),
	"softplus":   gonumApply(func(x float64) float64 { return math.Max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }),
}

func dense(a *numeric.Array) *mat.Dense     { return mat.NewDense(a.Shape[0], a.Shape[1], a.Data) }
func empty(rows, cols int) *mat.Dense       { return mat.NewDense(rows, cols, nil) }
func vector(a *numeric.Array) *mat.VecDense { return mat.NewVecDense(a.Shape[0], a.Data) }
func entries(m *mat.Dense) []float64        { return m.RawMatrix().Data }
func line(m *mat.Dense, i int) []float64    { return m.RawRowView(i) }
func gonumApply(f func(float64) float64) gonumFormula {
	return func(v map[string]*numeric.Array) func() [][]float64 {
		x := v["x"].Data
		y := make([]float64, len(x))
		return func() [][]float64 {
			for i, a := range x {
				y[i] = f(a)
			}
			return [][]float64{y}
		}
	}
}

func gonumProduct(v map[string]*numeric.Array) func() [][]float64 {
	a, b := dense(v["A"]), dense(v["B"])
	c := empty(a.RawMatrix().Rows, b.RawMatrix().Cols)
	return func() [][]float64 {
		c.Mul(a, b)
		return [][]float64{entries(c)}
	}
}

// softmax replaces x by its softmax.
func softmax(x []float64) {
	top, sum := floats.Max(x), 0.0
	for i, a := range x {
		x[i] = math.Exp(a - top)
		sum += x[i]
	}
	floats.Scale(1/sum, x)
}

// entropyGradient replaces the softmax p of o by the gradient in o of the cross-entropy of o and y, over n.
func entropyGradient(p, y []float64, n float64) {
	s := floats.Sum(y)
	for i := range p {
		p[i] = (p[i]*s - y[i]) / n
	}
}

func relu(dst, z []float64) {
	for i, a := range z {
		dst[i] = math.Max(a, 0)
	}
}

// mask zeroes x where z is not positive.
func mask(x, z []float64) {
	for i, a := range z {
		if a <= 0 {
			x[i] = 0
		}
	}
}

func gonumMLP(v map[string]*numeric.Array) func() [][]float64 {
	x, y, w1, w2, λ := vector(v["x"]), v["y"].Data, dense(v["W1"]), dense(v["W2"]), v["λ"].Data[0]
	h, d := w1.Dims()
	q := len(y)
	z, a, o, dz := mat.NewVecDense(h, nil), mat.NewVecDense(h, nil), mat.NewVecDense(q, nil), mat.NewVecDense(h, nil)
	g1, g2 := empty(h, d), empty(q, h)
	return func() [][]float64 {
		z.MulVec(w1, x)
		relu(a.RawVector().Data, z.RawVector().Data)
		o.MulVec(w2, a)
		softmax(o.RawVector().Data)
		entropyGradient(o.RawVector().Data, y, 1)
		dz.MulVec(w2.T(), o)
		mask(dz.RawVector().Data, z.RawVector().Data)
		g1.Scale(λ, w1)
		g1.RankOne(g1, 1, dz, x)
		g2.Scale(λ, w2)
		g2.RankOne(g2, 1, o, a)
		return [][]float64{entries(g1), entries(g2)}
	}
}

func gonumBatch(v map[string]*numeric.Array) func() [][]float64 {
	x, y, w1, w2, λ := dense(v["X"]), dense(v["Y"]), dense(v["W1"]), dense(v["W2"]), v["λ"].Data[0]
	h, d := w1.Dims()
	n, q := y.Dims()
	z, a, o, dz := empty(n, h), empty(n, h), empty(n, q), empty(n, h)
	g1, g2 := empty(h, d), empty(q, h)
	return func() [][]float64 {
		z.Mul(x, w1.T())
		relu(entries(a), entries(z))
		o.Mul(a, w2.T())
		for i := range n {
			softmax(line(o, i))
			entropyGradient(line(o, i), line(y, i), float64(n))
		}
		dz.Mul(o, w2)
		mask(entries(dz), entries(z))
		g1.Mul(dz.T(), x)
		floats.AddScaled(entries(g1), λ, entries(w1))
		g2.Mul(o.T(), a)
		floats.AddScaled(entries(g2), λ, entries(w2))
		return [][]float64{entries(g1), entries(g2)}
	}
}

func gonumLogistic(v map[string]*numeric.Array) func() [][]float64 {
	x, w := dense(v["X"]), vector(v["w"])
	n, d := x.Dims()
	z, xs, hessian := mat.NewVecDense(n, nil), empty(n, d), empty(d, d)
	return func() [][]float64 {
		z.MulVec(x, w)
		for i, a := range z.RawVector().Data {
			s := 1 / (1 + math.Exp(-a))
			floats.ScaleTo(line(xs, i), s*(1-s)/float64(n), line(x, i))
		}
		hessian.Mul(xs.T(), x)
		return [][]float64{entries(hessian)}
	}
}

func gonumFactor(v map[string]*numeric.Array) func() [][]float64 {
	u, w := dense(v["U"]), dense(v["V"])
	m, k := u.Dims()
	gram, hessian := empty(k, k), make([]float64, m*k*m*k)
	return func() [][]float64 {
		gram.Mul(w.T(), w)
		gram.Scale(2, gram)
		clear(hessian)
		for i := range m {
			for j := range k {
				copy(hessian[((i*k+j)*m+i)*k:], line(gram, j))
			}
		}
		return [][]float64{hessian}
	}
}

// gonumMLPHessian is Jᵀ (diag(p) − p pᵀ) J with J = ∂o/∂W1, and what the second derivative of tanh adds, as in peers.py.
func gonumMLPHessian(v map[string]*numeric.Array) func() [][]float64 {
	x, y, w1, w2 := dense(v["X"]), dense(v["Y"]), dense(v["W1"]), dense(v["W2"])
	n, d := x.Dims()
	q, h := w2.Dims()
	z, o, c, j, u := empty(n, h), empty(n, q), empty(n, h), empty(n*q, h*d), empty(n, h*d)
	hessian, minus := empty(h*d, h*d), empty(h*d, h*d)
	return func() [][]float64 {
		z.Mul(x, w1.T())
		for i, a := range entries(z) {
			entries(z)[i] = math.Tanh(a)
		}
		o.Mul(z, w2.T())
		clear(entries(u))
		for i := range n {
			softmax(line(o, i))
			mass := floats.Sum(line(y, i)) / float64(n)
			for r := range q {
				p := line(o, i)[r]
				jacobian(line(j, i*q+r), line(x, i), line(z, i), line(w2, r), math.Sqrt(p*mass))
				floats.AddScaled(line(u, i), math.Sqrt(p), line(j, i*q+r))
			}
			entropyGradient(line(o, i), line(y, i), float64(n))
		}
		hessian.Mul(j.T(), j)
		minus.Mul(u.T(), u)
		floats.Sub(entries(hessian), entries(minus))
		c.Mul(o, w2)
		for i := range n {
			addCurvature(hessian, line(c, i), line(z, i), line(x, i))
		}
		return [][]float64{entries(hessian)}
	}
}

// jacobian is k ∂o/∂W1 for one output of one example; a is tanh of the hidden layer.
func jacobian(dst, x, a, w []float64, k float64) {
	for i, t := range a {
		floats.ScaleTo(dst[i*len(x):(i+1)*len(x)], k*w[i]*(1-t*t), x)
	}
}

// addCurvature adds the term of tanh″, which couples only entries of one row of W1.
func addCurvature(hessian *mat.Dense, c, a, x []float64) {
	d := len(x)
	for i, t := range a {
		k := c[i] * -2 * t * (1 - t*t)
		for r := range d {
			floats.AddScaled(line(hessian, i*d+r)[i*d:(i+1)*d], k*x[r], x)
		}
	}
}
