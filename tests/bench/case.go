// Package bench has the lines of the table in docs/performance.md, as a person would type them: go test -bench . ./tests/bench
// measures them, and go run ./tests/speed compares them with what others need for the same.
package bench

import (
	"context"
	"fmt"
	"strings"

	"nabla/kernel"
	"nabla/numeric"
	"nabla/numeric/plan"
	"nabla/symbolic/lower"
)

// A Case is one line of the table.
type Case struct {
	Name  string
	Peer  string  // what the peers call it
	Setup string  // statements
	Ask   string  // what is evaluated
	Bar   float64 // how many times faster than PyTorch it should be, by one thread, on the machine that the document names
}

const (
	mlpExample = `x : R[d]; y : R[q]; W1 : R[h,d]; W2 : R[q,h]; λ : R
z = W1 x
a = relu(z)
o = W2 a
J = crossentropy(o, y) + λ/2 (‖W1‖² + ‖W2‖²)
x := randn(d, seed=1); y := softmax(randn(q, seed=2)); λ := 0.1
W1 := randn(h, d, seed=3) / 8; W2 := randn(q, h, seed=4) / 8`

	mlpBatch = `X : R[n,d]; Y : R[n,q]; W1 : R[h,d]; W2 : R[q,h]; λ : R
Z = X W1ᵀ
A = relu(Z)
O = A W2ᵀ
J = mean(crossentropy(O, Y)) + λ/2 (‖W1‖² + ‖W2‖²)
X := randn(n, d, seed=1); Y := softmax(randn(n, q, seed=2), q); λ := 0.1
W1 := randn(h, d, seed=3) / 8; W2 := randn(q, h, seed=4) / 8`

	logistic = `X : R[n,d]; t : R[n]; w : R[d]
z = X w
J = mean(softplus(z) - t ⊙ z)
X := randn(n, d, seed=1); t := randn(n, seed=2); w := randn(d, seed=3) / 8`

	factor = `T : R[m,n]; U : R[m,k]; V : R[n,k]
J = ‖T - U Vᵀ‖²
T := randn(m, n, seed=1); U := randn(m, k, seed=2); V := randn(n, k, seed=3)`

	mlpHessian = `X : R[n,d]; Y : R[n,q]; W1 : R[h,d]; W2 : R[q,h]
Z = X W1ᵀ
A = tanh(Z)
O = A W2ᵀ
J = mean(crossentropy(O, Y))
X := randn(n, d, seed=1); Y := softmax(randn(n, q, seed=2), q)
W1 := randn(h, d, seed=3) / 8; W2 := randn(q, h, seed=4) / 8`

	matrices = `A : R[n,m]; B : R[m,p]
A := randn(n, m, seed=1); B := randn(m, p, seed=2)`

	vector = `x : R[n]
x := randn(n, seed=1)`
	positive = `x : R[n]
x := exp(randn(n, seed=1))`
)

// Cases are the lines of the table.
var Cases = []Case{
	{"MLP gradient d=20 h=256 q=10, one example", "mlp", "dim d = 20, h = 256, q = 10\n" + mlpExample, "grad(J, [W1, W2])", 25},
	{"the same, batch 64", "mlpbatch", "dim d = 20, h = 256, q = 10, n = 64\n" + mlpBatch, "grad(J, [W1, W2])", 3},
	{"the same, d=784, batch 256", "mlpbatch", "dim d = 784, h = 256, q = 10, n = 256\n" + mlpBatch, "grad(J, [W1, W2])", 1.4},
	{"logistic Hessian 200×100", "logistic", "dim n = 200, d = 100\n" + logistic, "hessian(J, w)", 10},
	{"logistic Hessian 1000×500", "logistic", "dim n = 1000, d = 500\n" + logistic, "hessian(J, w)", 2.7},
	{"‖T − U Vᵀ‖² Hessian 100×100 k=5", "factor", "dim m = 100, n = 100, k = 5\n" + factor, "hessian(J, U)", 1000},
	{"tanh net Hessian d=20 h=64 q=10 batch 64", "mlphessian", "dim d = 20, h = 64, q = 10, n = 64\n" + mlpHessian, "hessian(J, W1)", 20},
	{"A B, n=32", "matmul", "dim n = 32, m = 32, p = 32\n" + matrices, "A B", 1},
	{"A B, n=256", "matmul", "dim n = 256, m = 256, p = 256\n" + matrices, "A B", 0.95},
	{"A B, n=1024", "matmul", "dim n = 1024, m = 1024, p = 1024\n" + matrices, "A B", 0.95},
	{"exp, 100000 entries", "exp", "dim n = 100000\n" + vector, "exp(x)", 1},
	{"tanh, 100000 entries", "tanh", "dim n = 100000\n" + vector, "tanh(x)", 1},
	{"log, 100000 entries", "log", "dim n = 100000\n" + positive, "log(x)", 1},
	{"sigmoid, 100000 entries", "sigmoid", "dim n = 100000\n" + vector, "sigmoid(x)", 1},
	{"softplus, 100000 entries", "softplus", "dim n = 100000\n" + vector, "softplus(x)", 1},
	{"erf, 100000 entries", "erf", "dim n = 100000\n" + vector, "erf(x)", 1},
}

// Singles are lines of the table in single precision. No bar is set for them.
func Singles() []Case {
	var out []Case
	for _, c := range Cases {
		if c.Peer == "mlp" || c.Peer == "mlpbatch" || c.Peer == "matmul" && !strings.HasSuffix(c.Name, "n=32") {
			out = append(out, c.In(numeric.Float32))
		}
	}
	return out
}

// In is the case with numbers of type t.
func (c Case) In(t numeric.Type) Case {
	c.Name, c.Setup, c.Bar = c.Name+", "+t.String(), ":set dtype "+t.String()+"\n"+c.Setup, 0
	return c
}

// Compile makes the program of a case, from its text. The session in which it does leaves blas.SetThreads at its own
// number: who measures sets it afterwards.
func (c Case) Compile() (*lower.Program, lower.Bindings, error) {
	s, errs := kernel.NewSession(), &failures{}
	if !s.Execute(context.Background(), c.Setup, kernel.ExecuteOptions{}, errs) {
		return nil, lower.Bindings{}, fmt.Errorf("%s: %s", c.Name, errs)
	}
	return s.Compile(c.Ask)
}

// Work is the operations of a program and the bytes that it has to move at least: those of its inputs and results.
func Work(p *plan.Program) (flops, bytes int64) {
	for _, shape := range append(p.InputShapes(), p.OutputShapes()...) {
		n := int64(p.Type.Bytes())
		for _, d := range shape {
			n *= int64(d)
		}
		bytes += n
	}
	return p.Flops(), bytes
}

// failures keeps the errors of a session.
type failures struct{ strings.Builder }

func (f *failures) Result(r *kernel.Result) {
	if r.Err != nil {
		fmt.Fprintln(f, r.Err)
	}
}
func (f *failures) Print(string, string)                         {}
func (f *failures) Display(string, bool, []kernel.Media, string) {}
func (f *failures) Clear(bool)                                   {}
func (f *failures) Input(string) (string, error)                 { return "", fmt.Errorf("nobody answers") }
