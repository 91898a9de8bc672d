package study

import (
	"context"
	"errors"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"nabla/numeric"
	"nabla/symbolic"
)

// errUnsatisfied says that no value was found for which the declared equations hold.
var errUnsatisfied = errors.New("no value was found for which the declared equations hold")

// wordEquations are what the words say of a matrix, as expressions that are zero.
func wordEquations(a *symbolic.Expr, f *symbolic.Facts) (zero []*symbolic.Expr) {
	if a.Rank() != 2 || !a.G.Dims.Same(a.Shape[0], a.Shape[1]) {
		return nil
	}
	g, id := a.G, a.G.Delta(a.Shape[0])
	if f.Symmetric {
		zero = append(zero, g.Sub(a, g.Transpose(a)))
	}
	if f.Diagonal {
		zero = append(zero, g.Sub(a, g.Hadamard(a, id)))
	}
	if f.Orthogonal {
		zero = append(zero, g.Sub(g.MatMul(g.Transpose(a), a), id))
	}
	return zero
}

// coordinates are what a value is moved in, so that what is not an equation stays: a positive value by its logarithm, a
// positive definite matrix by a root of it.
type coordinates struct {
	pull func(gradient []float64) // a gradient by the value becomes the one by the coordinates
	move func(step []float64)     // takes the coordinates back by a step
}

// coordinatesOf are those of a value that has the facts.
func coordinatesOf(f *symbolic.Facts, a *numeric.Array) coordinates {
	x := a.Data
	switch {
	case f.Positive || f.Nonneg:
		return coordinates{func(g []float64) { floats.Mul(g, x) }, func(step []float64) {
			for i, d := range step {
				x[i] *= math.Exp(-min(1, max(-1, d)))
			}
		}}
	case f.PosDef:
		return rootCoordinates(mat.NewDense(a.Shape[0], a.Shape[1], x))
	}
	return coordinates{func([]float64) {}, func(step []float64) { floats.Sub(x, step) }}
}

// rootCoordinates are L of a positive definite a = L Lᵀ: the gradient by L is (G + Gᵀ) L.
func rootCoordinates(a *mat.Dense) coordinates {
	n, _ := a.Dims()
	var chol mat.Cholesky
	chol.Factorize(mat.NewSymDense(n, append([]float64(nil), a.RawMatrix().Data...)))
	var lower mat.TriDense
	chol.LTo(&lower)
	root := mat.DenseCopyOf(&lower)
	return coordinates{func(g []float64) {
		d := mat.NewDense(n, n, g)
		var both mat.Dense
		both.Add(d, d.T())
		d.Mul(&both, root)
	}, func(step []float64) {
		root.Sub(root, mat.NewDense(n, n, step))
		a.Mul(root, root.T())
	}}
}

// satisfy moves the value of v to where equations hold, by the least steps that their linearization asks for.
func (s *sampler) satisfy(v *symbolic.Expr, zero []*symbolic.Expr, in coordinates) error {
	for _, o := range mustVars(zero...) {
		if err := s.draw(o); err != nil {
			return err
		}
	}
	asked := append([]*symbolic.Expr(nil), zero...)
	for _, z := range zero {
		grad, err := s.g.Diff(z, v)
		if err != nil {
			return err
		}
		asked = append(asked, grad)
	}
	for range 60 {
		out, err := s.point.Eval(context.Background(), asked...)
		if err != nil {
			return err
		}
		residual, jac := stacked(out[:len(zero)]), stacked(out[len(zero):])
		worst := floats.Norm(residual, math.Inf(1))
		if worst < 1e-14 {
			return nil
		}
		step := leastStep(residual, jac, in)
		if step == nil || floats.Norm(step, math.Inf(1)) < 1e-15 {
			if worst < 1e-10 {
				return nil
			}
			break
		}
		in.move(step)
	}
	return errUnsatisfied
}

func stacked(arrays []*numeric.Array) (all []float64) {
	for _, a := range arrays {
		all = append(all, a.Data...)
	}
	return all
}

// leastStep is the least step to where the linearizations of the equations are zero, or least; jac has a row per equation.
// It is nil where there is none: the value changes nothing.
func leastStep(residual, jac []float64, in coordinates) []float64 {
	columns := len(jac) / len(residual)
	for k := range residual {
		in.pull(jac[k*columns : (k+1)*columns])
	}
	var svd mat.SVD
	if !svd.Factorize(mat.NewDense(len(residual), columns, jac), mat.SVDThin) {
		return nil
	}
	rank := svd.Rank(1e-12)
	if rank == 0 {
		return nil
	}
	var step mat.VecDense
	svd.SolveVecTo(&step, mat.NewVecDense(len(residual), residual), rank)
	return step.RawVector().Data
}
