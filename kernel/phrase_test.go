package kernel

import "testing"

// What people of other programs type in their first minutes runs, or is answered with a line that runs; of what there is
// not, it is said that there is not.
func TestPhrasesOfOtherProgramsAreAnsweredWithWhatRuns(t *testing.T) {
	const before = "x, y, a, b : R[d]; A, B : R[d,d]; X : R[n,d]; v := [1, 2, 3]; s = ‖x‖²; J = ‖X x‖²; f(t) = t^2; λ : R; dim d = 3, n = 2; λ := 2; x := [1, 2, 3]"
	for typed, fix := range map[string]string{
		// Mathematica
		"Pi": "pi", "sin(Pi)": "sin(pi)", "D[x^2,x]": "grad(x.^2, x)", "D[λ^2, λ]": "grad(λ^2, λ)", "Dt[s, x]": "grad(s, x)", "g[t_] := t^2": "g(t) = t^2", "g[t_, u_] = t u": "g(t, u) = t u",
		"(* comment *)": "# comment", "N[Pi]": "eval(pi)", "s /. x -> [1, 2, 3]": "x := [1, 2, 3]; eval(s)", "Sin[λ]": "sin(λ)", "{1,2,3}": "[1,2,3]",
		// SymPy, NumPy, PyTorch, Python
		"import numpy as np": "", "from sympy import *": "", "z = symbols('z')": "z : R", "z, w = symbols('z w')": "z, w : R", "diff(s, x)": "grad(s, x)", "s.diff(x)": "grad(s, x)",
		"s.subs(λ, 2)": "λ := 2; eval(s)", "np.dot(A, B)": "A B", "np.dot(a, b)": "dot(a, b)", "A.dot(B)": "A B", "np.exp(x)": "exp(x)", "np.zeros((3, 3))": "zeros(3, 3)",
		"torch.relu(x)": "relu(x)", "torch.softmax(x, dim=0)": "softmax(x, axis=1)", "X.sum(0)": "sum(X, axis=1)", "sum(X, dim=1)": "sum(X, axis=2)", "sum(X, axis=0)": "sum(X, axis=n)",
		"x.sum()": "sum(x)", "x.shape": "shape(x)", "x.size()": "shape(x)", "len(x)": "shape(x)", "X[0]": "X[1, :]", "X[:, 0]": "X[:, 1]", "v[0]": "v[1]", "v[-1]": "v[3]", "v[1:3]": "v[1..3]",
		"lambda t: t^2": "f(t) = t^2", "def g(t):": "g(t) = t", "def g(t): return t^2": "g(t) = t^2", "for i in range(3)": "", "while 1": "", "if x > 0": "",
		"p, q = 1, 2": "p = 1; q = 2", "λ += 1": "λ = λ + 1", "1//2": "floor(1/2)", "2**3": "2^3", ".5": "0.5", "a != b": "check a == b", "a == b and b == a": "check a == b; check b == a",
		"λ > 0 and λ < 1": "(λ > 0) ⊙ (λ < 1)", "λ > 0 or λ < 1": "max(λ > 0, λ < 1)", "not λ": "1 - (λ)", "True": "1", "None": "", "type(x)": "shape(x)", "jax.grad(f)(λ)": "grad(f(λ), λ)",
		"J.backward()": "backprop(J)", "exit()": ":quit", "quit": ":quit", "help": ":help", "help(softmax)": "?softmax", "ls": ":vars", "nan": "",
		// Julia, MATLAB
		"using LinearAlgebra": "", "A\\b": "solve(A, b)", "// comment": "# comment", "% comment": "# comment", "x.'": "x'", "@(t) t^2": "f(t) = t^2", "g = @(t) t^2": "g(t) = t^2",
		"g = t -> t^2": "g(t) = t^2", "syms z w": "z, w : R", "disp(x)": "print(x)", "format long": ":set digits 15", "mod(5, 3)": "5 - 3*floor(5/3)", "log10(100)": "log(100)/log(10)",
		// what is known of a variable
		"S : R[d,d] symmetric": "S : R[d,d] where symmetric", "S : R[d,d] is symmetric": "S : R[d,d] where symmetric", "S : symmetric R[d,d]": "S : R[d,d] where symmetric", "symmetric S : R[d,d]": "S : R[d,d] where symmetric",
		"S : R[d,d], positive definite": "S : R[d,d] where spd", "S ∈ R^{d×d} symmetric": "S ∈ R^{d×d} where symmetric", "S is symmetric": "", "assume z > 0": "", "z : R[d] > 0": "z : R[d] where z > 0",
		"z : R[d], z > 0": "z : R[d] where z > 0", "z : R+[d]": "z : R[d] where nonnegative", "z : R[d], sum(z) = 1": "z : R[d] where sum(z) == 1", "Q : R[d,d] with Q'Q = I": "Q : R[d,d] where Q'Q == I",
		"5!": "exp(lgamma(5 + 1))", "eig(A)": "", "3 + 4im": "", "e^x": "exp(x)", "[1 2; 3 4]": "[[1, 2], [3, 4]]", "ForwardDiff.gradient(f, λ)": "grad(f(λ), λ)",
	} {
		answersWith(t, before, typed, fix)
	}
	for _, typed := range []string{"x.T", "A @ B", "A'", "A.*B", "A.^2", "zeros(3, 3)", "eye(3)", "1e-3", "print(x)", "?", "transpose(A)", "A^T", "x'y", "λ = 5"} {
		s := NewSession()
		execute(t, s, before, typed)
	}
}

// What a student copies out of a book or a page, or writes half right, is answered with a line that runs.
func TestLinesOutOfBooksAreAnsweredWithWhatRuns(t *testing.T) {
	const before = "x : R[n]; y : R[n]; W : R[h,n]; c : R; f(t) = t^2; J = ‖W x‖² + c; X : R[m,n]; z = W x; s = ‖z‖²; dim n = 3; x := [1, 2, 3]"
	for typed, fix := range map[string]string{
		`\sum_{i=1}^n x_i^2`: "sum[i] x[i]^2", `\sum_{i=1}^{n} x_i y_i`: "sum[i] x[i] y[i]", "sum_{i=1}^n x_i": "sum[i] x[i]", "∑_i x_i": "sum[i] x[i]",
		"∑ xᵢ yᵢ": "sum[i] x[i] y[i]", "Σ x_i²": "sum[i] x[i]²", `\sum_{i} \sum_{j} X_{ij}^2`: "sum[i] sum[j] X[i,j]^2", "∑ᵢ xᵢ": "sum[i] x[i]",
		`\mathbf{W}\mathbf{x}`: "W x", `u = \mathbf W x`: "u = W x", `\hat{\mathbf{y}} = \mathbf{W} \mathbf{x}`: "y_hat = W x", `$W x$`: "W x",
		`\frac{1}{2}\lVert W \rVert_F^2`: "1/2 ‖W‖_F^2", `\sigma(W x)`: "sigmoid(W x)", `W^\top W`: "Wᵀ W",
		`v := \begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix}`: "v := [[1, 2], [3, 4]]",
		"x ‐ y": "x - y", "x ― y": "x - y", "║x║": "‖x‖", "f´(2)": "f'(2)", "f`(2)": "f'(2)", `f"(2)`: "f''(2)", "Wᵗ z": "Wᵀ z", "W^t z": "Wᵀ z", "W⁺ z": "pinv(W) z",
		"∛2": "(2)^(1/3)", "∛x": "(x).^(1/3)", "a ≔ 2": "a := 2", "a ← 2": "a := 2", "u^ = W x": "u_hat = W x", "w* = pinv(W) z": "w_star = pinv(W) z", "∞": "",
		"∂_W J": "∂J/∂W", "∂J/∂{W,c}": "grad(J, [W,c])", "dJ/d(W, c)": "grad(J, [W, c])", "grad(J, W, c)": "grad(J, [W, c])", "sum(i, x[i]^2)": "sum[i] (x[i]^2)",
		"x.clone()": "", "a = arange(3)": "", "a = None": "", "b += 1": "", "return W x": "W x", "let a be a vector": "a : R[n]", "a is 3": "a = 3", "(a, b) = (1,2)": "a = 1; b = 2",
		"a, b : R[3], R[4]": "a : R[3]; b : R[4]", "A : R^3x4": "A : R[3,4]", "A : R[3][4]": "A : R[3,4]", "q.reshape(3, 4)": "",
		"Wf, Wi := randn(2,2)": "Wf := randn(2, 2); Wi := randn(2, 2)", "grad(s, [z[1], W])": "grad(s, [z, W])", "a = g(x)": "g : R -> R",
		"(((c + 1)": "(((c + 1)))", "(c + 1)))": "(c + 1)", "grad(J)": "grad(J, x)", `\partial_W J`: "∂J/∂W", "train(J, [W, c], lr=0.1, batch_size=2)": "train(J, [W, c], lr=0.1, batch=2)",
	} {
		answersWith(t, before, typed, fix)
	}
}

// answersWith reports a statement that is not refused, or not with the fix first, or whose fix does not run; without a fix
// it is to be said that there is none.
func answersWith(t *testing.T, before, typed, fix string) {
	t.Helper()
	s := NewSession()
	execute(t, s, before)
	out := &transcript{}
	s.Execute(t.Context(), typed, ExecuteOptions{}, out)
	err := out.results[0].Err
	switch {
	case err == nil:
		t.Errorf("%s runs as it stands", typed)
	case fix == "" && (len(err.Fixes) > 0 || err.Code != "E108"):
		t.Errorf("%s: %s %s, fixes %v", typed, err.Code, err.Message, err.Fixes)
	case fix != "" && (len(err.Fixes) == 0 || err.Fixes[0].Text != fix):
		t.Errorf("%s: %s %s, fixes %v, want %s", typed, err.Code, err.Message, err.Fixes, fix)
	case fix != "" && fix != "# comment":
		execute(t, s, fix)
	}
}
