package fn

import (
	"fmt"
	"slices"

	"nabla/numeric"
	"nabla/symbolic"
	"nabla/symbolic/shape"
)

// decompositions is the table of the functions of matrices. They map over any axes before the last two.
// Derivatives: Giles, "Collected matrix derivative results for forward and reverse mode algorithmic differentiation", 2008;
// Murray, "Differentiation of the Cholesky decomposition", 2016; Golub and Pereyra 1973 for the pseudoinverse.
func decompositions() []*record {
	return append(determinants(), []*record{
		{
			Name: "det", Args: matrixArg,
			Doc:     "det(A) is the determinant of a square matrix; its gradient is det(A) A⁻ᵀ.",
			Example: "eval(det([[1, 2], [3, 4]]))\n\t-2",
			TeX:     `\det\left(#1\right)`,
			Core:    []int{2},
			Shape:   perMatrix("det"),
			VJP: func(v vjp) []*expr {
				return []*expr{v.E("*~,~,~ba->*~ab", v.Bar, v.Y, call("inv", v.Args[0]))}
			},
			Kernel: each(func(b block) error { b.out[0] = numeric.Det(b.arg(0), b.dims(0)[0], b.work); return nil }),
			Work:   ofSquare(numeric.DetWork),
			Cost:   cubic(1),
			Export: map[string]string{"numpy": "np.linalg.det(#1)", "jax": "jnp.linalg.det(#1)", "pytorch": "torch.linalg.det(#1)", "julia": "det(#1)"},
			See:    []string{"logdet", "inv", "tr"},
		},
		{
			Name: "logdet", Args: matrixArg,
			Doc:     "logdet(A) = log det(A), without overflow; det(A) must be positive. Its gradient is A⁻ᵀ.",
			Example: "eval(logdet([[2, 0], [0, 3]]))\n\t1.79176",
			TeX:     `\log\det\left(#1\right)`,
			Core:    []int{2},
			Shape:   perMatrix("logdet"),
			Define:  func(_ params, a []*expr) *expr { return call("log", call("det", a[0])) },
			VJP: func(v vjp) []*expr {
				return []*expr{v.E("*~,~ba->*~ab", v.Bar, call("inv", v.Args[0]))}
			},
			Kernel: each(func(b block) (err error) {
				b.out[0], err = numeric.LogDet(b.arg(0), b.dims(0)[0], b.work)
				return err
			}),
			Work:   ofSquare(numeric.DetWork),
			Cost:   cubic(1),
			Export: map[string]string{"numpy": "np.linalg.slogdet(#1)[1]", "jax": "jnp.linalg.slogdet(#1)[1]", "pytorch": "torch.logdet(#1)", "julia": "logdet(#1)"},
			See:    []string{"det", "inv"},
		},
		{
			Name: "inv", Args: matrixArg,
			Doc:     "inv(A) = A⁻¹, the inverse of a square matrix; d(A⁻¹) = −A⁻¹ dA A⁻¹.",
			Example: "eval(inv([[2, 0], [0, 4]]))\n\t[[0.5, 0], [0, 0.25]]",
			Text:    "#1⁻¹", TeX: `#1^{-1}`,
			Core:  []int{2},
			Shape: squareToSquare("inv"),
			VJP: func(v vjp) []*expr {
				return []*expr{v.G.Neg(v.E("~ca,*~cd,~bd->*~ab", v.Y, v.Bar, v.Y))}
			},
			Kernel: each(func(b block) error { return numeric.Inverse(b.out, b.arg(0), b.dims(0)[0], b.work) }),
			Work:   ofSquare(numeric.InverseWork),
			Cost:   cubic(2),
			Export: map[string]string{"numpy": "np.linalg.inv(#1)", "jax": "jnp.linalg.inv(#1)", "pytorch": "torch.linalg.inv(#1)", "julia": "inv(#1)"},
			See:    []string{"solve", "pinv", "det"},
		},
		{
			Name: "adj", Args: matrixArg,
			Doc:     "adj(A) is the adjugate of a square matrix, the transpose of its cofactors: A adj(A) = det(A) I, also where A is singular.",
			Example: "eval(adj([[1, 2], [2, 4]]))\n\t[[4, -2], [-2, 1]]",
			TeX:     `\operatorname{adj}\left(#1\right)`,
			Core:    []int{2},
			Shape:   squareToSquare("adj"),
			Define: func(_ params, a []*expr) *expr {
				return a[0].G.E("*,*ab->*ab", call("det", a[0]), call("inv", a[0]))
			},
			VJP: func(v vjp) []*expr {
				return []*expr{v.E("*~ba,~abcd->*~cd", v.Bar, v.G.Cofactors(v.Args[0], 2))}
			},
			Kernel: each(func(b block) error { return numeric.Adjugate(b.out, b.arg(0), b.dims(0)[0], b.work) }),
			Work:   ofSquare(numeric.AdjugateWork),
			Cost:   cubic(20),
			Export: map[string]string{
				"numpy":   "(lambda U, s, W: (np.linalg.det(U) * np.linalg.det(W))[..., None, None] * (W.swapaxes(-1, -2) * np.stack([np.delete(s, i, -1).prod(-1) for i in range(s.shape[-1])], -1)[..., None, :]) @ U.swapaxes(-1, -2))(*np.linalg.svd(#1))",
				"jax":     "(lambda U, s, W: (jnp.linalg.det(U) * jnp.linalg.det(W))[..., None, None] * (W.swapaxes(-1, -2) * jnp.stack([jnp.delete(s, i, -1).prod(-1) for i in range(s.shape[-1])], -1)[..., None, :]) @ U.swapaxes(-1, -2))(*jnp.linalg.svd(#1))",
				"pytorch": "(lambda U, s, W: (torch.linalg.det(U) * torch.linalg.det(W))[..., None, None] * (W.mT * torch.stack([torch.cat([s[..., :i], s[..., i+1:]], -1).prod(-1) for i in range(s.shape[-1])], -1)[..., None, :]) @ U.mT)(*torch.linalg.svd(#1))",
				"julia":   "(F = svd(#1); det(F.U) * det(F.Vt) * F.V * Diagonal([prod(F.S[1:end .!= i]) for i in eachindex(F.S)]) * F.U')"},
			See: []string{"det", "inv"},
		},
		{
			Name: "pinv", Args: matrixArg,
			Doc: "pinv(A) = A⁺, the Moore–Penrose inverse of any matrix: pinv(A) b is the shortest x with the least ‖A x − b‖. " +
				"Its derivative holds where the rank does not change.",
			Example: "eval(pinv([[2], [0]]))\n\t[[0.5, 0]]",
			TeX:     `#1^{+}`,
			Core:    []int{2},
			Shape: func(i in) (shape.Shape, params, error) {
				s := i.Args[0].Shape
				if len(s) < 2 {
					return nil, params{}, fmt.Errorf("pinv needs a matrix, not %v", s)
				}
				k := len(s) - 2
				return append(slices.Clone(s[:k]), s[k+1], s[k]), params{Core: 2}, nil
			},
			VJP:    pinvVJP,
			Kernel: each(func(b block) error { return numeric.PseudoInverse(b.out, b.arg(0), b.dims(0)[0], b.dims(0)[1], b.work) }),
			Work:   func(d [][]int) numeric.WorkSize { return numeric.PseudoInverseWork(d[0][0], d[0][1]) },
			Cost: func(_ params, a []shape.Shape) shape.Dim {
				m, n := lastTwo(a[0])
				return a[0][:len(a[0])-2].Count().Mul(shape.Const(4)).Mul(m).Mul(n).Mul(n)
			},
			Export: map[string]string{"numpy": "np.linalg.pinv(#1)", "jax": "jnp.linalg.pinv(#1)", "pytorch": "torch.linalg.pinv(#1)", "julia": "pinv(#1)"},
			See:    []string{"inv", "solve"},
		},
		{
			Name: "solve", Args: []symbolic.Arg{{Name: "A"}, {Name: "b"}},
			Doc: "solve(A, b) is the x with A x = b, A square, b a vector or a matrix of columns: A⁻¹ b without forming the inverse. " +
				"With H = hessian(f, U) of a matrix U, solve(H, G) is the matrix of a Newton step. A structure of A, such as a diagonal, equal blocks or " +
				"a Kronecker product, is used: A is not formed.",
			Example: "eval(solve([[2, 0], [0, 4]], [1, 1]))\n\t[0.5, 0.25]",
			Core:    []int{2, -1},
			Build:   buildSolve,
			Define: func(p params, a []*expr) *expr {
				r := axesOf(p.Ints[0] + 1)[2:]
				return a[0].G.E("*ab,*b"+r+"->*a"+r, call("inv", a[0]), a[1])
			},
			VJP: solveVJP,
			Kernel: each(func(b block) error {
				n := b.dims(0)[0]
				return numeric.Solve(b.out, b.arg(0), b.arg(1), n, len(b.arg(1))/max(n, 1), b.work)
			}),
			Work: ofSquare(numeric.SolveWork),
			Cost: func(_ params, a []shape.Shape) shape.Dim {
				_, n := lastTwo(a[0])
				return a[0].Count().Mul(n).Add(shape.Const(2).Mul(a[1].Count()).Mul(n))
			},
			Export: map[string]string{
				"numpy": "np.linalg.solve(#1, #2)", "numpy+": "np.linalg.solve(#1, #2.reshape(#1.shape[:-1] + (-1,))).reshape(#shape)",
				"jax": "jnp.linalg.solve(#1, #2)", "jax+": "jnp.linalg.solve(#1, #2.reshape(#1.shape[:-1] + (-1,))).reshape(#shape)",
				"pytorch": "torch.linalg.solve(#1, #2)", "pytorch+": "torch.linalg.solve(#1, #2.reshape(#1.shape[:-1] + (-1,))).reshape(#shape)",
				"julia": `(#1) \ (#2)`, "julia+": `reshape((#1) \ reshape(#2, size(#1, 1), :), #shape)`},
			See: []string{"inv", "cholesky"},
		},
		{
			Name: "cholesky", Args: matrixArg,
			Doc: "cholesky(A) is the lower triangular L with positive diagonal and L Lᵀ = A, for symmetric positive definite A. " +
				"It reads the symmetric part (A + Aᵀ)/2, so that the gradient is symmetric; a matrix that is not symmetric is refused.",
			Example: "eval(cholesky([[4, 2], [2, 5]]))\n\t[[2, 0], [1, 2]]",
			Core:    []int{2},
			Shape:   squareToSquare("cholesky"),
			VJP:     choleskyVJP,
			Kernel:  each(func(b block) error { return numeric.Cholesky(b.out, b.arg(0), b.dims(0)[0]) }),
			Cost:    cubic(1),
			Export:  map[string]string{"numpy": "np.linalg.cholesky(#1)", "jax": "jnp.linalg.cholesky(#1)", "pytorch": "torch.linalg.cholesky(#1)", "julia": "cholesky(Symmetric(#1)).L"},
			See:     []string{"solve", "logdet", "tril"},
		},
		{
			Name: "eigvals", Args: matrixArg,
			Doc: "eigvals(A) are the eigenvalues of a symmetric matrix, ascending. It reads the symmetric part (A + Aᵀ)/2; a matrix that is not symmetric " +
				"is refused. The derivative holds where they are distinct.",
			Example: "eval(eigvals([[2, 1], [1, 2]]))\n\t[1, 3]",
			Core:    []int{2},
			Shape: func(i in) (shape.Shape, params, error) {
				_, _, err := matrices("eigvals", i)
				s := i.Args[0].Shape
				return s[:max(len(s)-1, 0)], params{Core: 2}, err
			},
			VJP: func(v vjp) []*expr {
				V := call("eigvecs", v.Args[0])
				return []*expr{v.E("~ac,*~c,~bc->*~ab", V, v.Bar, V)}
			},
			Kernel: each(func(b block) error { return numeric.EigenSym(b.out, nil, b.arg(0), b.dims(0)[0], b.work) }),
			Work:   ofSquare(numeric.EigenSymWork),
			Cost:   cubic(4),
			Export: map[string]string{"numpy": "np.linalg.eigvalsh(#1)", "jax": "jnp.linalg.eigvalsh(#1)", "pytorch": "torch.linalg.eigvalsh(#1)", "julia": "eigvals(Symmetric(#1))"},
			See:    []string{"eigvecs", "det", "tr"},
		},
		{
			Name: "eigvecs", Args: matrixArg,
			Doc: "eigvecs(A) is the orthogonal V whose columns are eigenvectors of a symmetric matrix, in the order of eigvals: A = V diag(eigvals(A)) Vᵀ. " +
				"The largest component of each column is positive. The derivative holds where the eigenvalues are distinct.",
			Example: "eval(eigvecs([[1, 0], [0, 2]]))\n\t[[1, 0], [0, 1]]",
			Core:    []int{2},
			Shape:   squareToSquare("eigvecs"),
			VJP:     eigvecsVJP,
			Kernel:  each(func(b block) error { return numeric.EigenSym(nil, b.out, b.arg(0), b.dims(0)[0], b.work) }),
			Work:    ofSquare(numeric.EigenSymWork),
			Cost:    cubic(9),
			Export: map[string]string{
				"numpy":   "(lambda V: V * np.sign(np.take_along_axis(V, np.argmax(np.abs(V), -2)[..., None, :], -2)))(np.linalg.eigh(#1)[1])",
				"jax":     "(lambda V: V * jnp.sign(jnp.take_along_axis(V, jnp.argmax(jnp.abs(V), -2)[..., None, :], -2)))(jnp.linalg.eigh(#1)[1])",
				"pytorch": "(lambda V: V * torch.sign(torch.gather(V, -2, torch.argmax(V.abs(), -2, keepdim=True))))(torch.linalg.eigh(#1)[1])",
				"julia":   "mapslices(v -> v .* sign(v[argmax(abs.(v))]), eigvecs(Symmetric(#1)), dims=1)"},
			See: []string{"eigvals"},
		},
	}...)
}

func perMatrix(name string) func(in) (shape.Shape, params, error) {
	return func(i in) (shape.Shape, params, error) {
		batch, _, err := matrices(name, i)
		return batch, params{Core: 2}, err
	}
}

func squareToSquare(name string) func(in) (shape.Shape, params, error) {
	return func(i in) (shape.Shape, params, error) {
		_, _, err := matrices(name, i)
		return i.Args[0].Shape, params{Core: 2}, err
	}
}

// ofSquare is the work of a function of n×n matrices.
func ofSquare(work func(n int) numeric.WorkSize) func([][]int) numeric.WorkSize {
	return func(dims [][]int) numeric.WorkSize { return work(dims[0][0]) }
}

func lastTwo(s shape.Shape) (m, n shape.Dim) { return s[len(s)-2], s[len(s)-1] }

// cubic is c·n³ operations for each matrix.
func cubic(c int64) func(params, []shape.Shape) shape.Dim {
	return func(_ params, a []shape.Shape) shape.Dim {
		_, n := lastTwo(a[0])
		return shape.Const(c).Mul(a[0].Count()).Mul(n)
	}
}

// pinvVJP, with Y = A⁺, P = I − A Y and Q = I − Y A:
// Ā = −Yᵀ Ȳ Yᵀ + P Ȳᵀ Y Yᵀ + Yᵀ Y Ȳᵀ Q.
func pinvVJP(v vjp) []*expr {
	g, A, Y, bar := v.G, v.Args[0], v.Y, v.Bar
	first := v.E("~ca,*~cd,~bd->*~ab", Y, bar, Y)
	second := v.E("*~ca,~cd,~bd->*~ab", bar, Y, Y) // Ȳᵀ Y Yᵀ
	third := v.E("~ca,~cd,*~bd->*~ab", Y, Y, bar)  // Yᵀ Y Ȳᵀ
	second = g.Sub(second, v.E("~ac,~cd,*~db->*~ab", A, Y, second))
	third = g.Sub(third, v.E("*~ac,~cd,~db->*~ab", third, Y, A))
	return []*expr{g.Sum(first.Shape, g.Neg(first), second, third)}
}

// buildSolve solves with what is no matrix, or with a matrix whose structure makes it cheaper, through its blocks.
func buildSolve(i in) (*expr, error) {
	if len(i.Args) != 2 {
		return nil, fmt.Errorf("solve takes A and b, not %d arguments", len(i.Args))
	}
	A, b := i.Args[0], i.Args[1]
	s, p, err := solveShape(i)
	h := symbolic.AsOperator(A)
	fits := h != nil && b.Rank() >= len(h.Shape) && i.G.Dims.SameShape(b.Shape[:len(h.Shape)], h.Shape)
	switch {
	case fits && (err != nil || A.Rank() == 2 && h.Cheap()):
		return h.Solve(b), nil
	case err != nil:
		return nil, err
	}
	return i.G.ApplyParams("solve", p, s, A, b), nil
}

func solveShape(i in) (shape.Shape, params, error) {
	batch, n, err := matrices("solve", i)
	if err != nil {
		return nil, params{}, err
	}
	s, k := i.Args[1].Shape, len(batch)
	if len(s) <= k || !i.G.Dims.SameShape(s[:k], batch) || !i.G.Dims.Same(s[k], n) {
		return nil, params{}, fmt.Errorf("solve(A, b) needs a b with as many rows as A: A is in %v and b in %v", i.Args[0].Shape, s)
	}
	return s, params{Core: 2, Ints: []int{len(s) - k}}, nil
}

// solveVJP: b̄ = A⁻ᵀ ȳ and Ā = −b̄ yᵀ. The leading axes of the cotangent are further columns.
func solveVJP(v vjp) []*expr {
	g, k := v.G, v.Y.Par.Ints[0]
	rest := axesOf(k + 1)[2:]
	T := v.E("~ab->~ba", v.Args[0])
	columns := v.E("*~a"+rest+"->~a*"+rest, v.Bar)
	p := params{Core: 2, Ints: []int{columns.Rank() - v.Y.BatchRank()}}
	b := v.E("~a*"+rest+"->*~a"+rest, g.ApplyParams("solve", p, columns.Shape, T, columns))
	return []*expr{g.Neg(v.E("*~a"+rest+",~b"+rest+"->*~ab", b, v.Y)), b}
}

// choleskyVJP is Murray's (8): Ā = sym(L⁻ᵀ Φ(Lᵀ L̄) L⁻¹), Φ taking the lower triangle with half of the diagonal.
func choleskyVJP(v vjp) []*expr {
	g, L := v.G, v.Y
	M := v.E("~ca,*~cb->*~ab", L, v.Bar)
	half := scale(rat(1, 2), g.E("*ab,ab->*ab", M, g.Delta(L.Shape[L.Rank()-1])))
	phi := g.Sub(call("tril", M), half)
	R := call("inv", L)
	S := v.E("~ca,*~cd,~db->*~ab", R, phi, R)
	return []*expr{symmetrized(S)}
}

// eigvecsVJP: Ā = sym(V (F ⊙ Vᵀ V̄) Vᵀ) with F[i,j] = 1/(λⱼ − λᵢ) off the diagonal and 0 on it.
func eigvecsVJP(v vjp) []*expr {
	g, V := v.G, v.Y
	l := call("eigvals", v.Args[0])
	n := V.Shape[V.Rank()-1]
	ones, eye := g.Ones(shape.Shape{n, n}), g.Delta(n)
	all := g.E("*,ab->*ab", g.Ones(V.Shape[:V.Rank()-2]), eye)
	gaps := g.Sub(v.E("~b,ab->~ab", l, ones), v.E("~a,ab->~ab", l, ones))
	F := g.Sub(g.Recip(g.Add(gaps, all)), all)
	M := v.E("~ab,~ca,*~cb->*~ab", F, V, v.Bar)
	return []*expr{symmetrized(v.E("~ac,*~cd,~bd->*~ab", V, M, V))}
}

func symmetrized(x *expr) *expr { return scale(rat(1, 2), x.G.Add(x, x.G.E("*ab->*ba", x))) }
