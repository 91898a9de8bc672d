package kernel

import (
	"math"
	"strings"
	"testing"
)

// What has a neutral element has that value over no entries; what has none is refused, in the same words by both
// evaluators; and a result without entries is just that.
func TestAnAxisWithoutEntries(t *testing.T) {
	minusInfinity := math.Inf(-1)
	for _, c := range []struct {
		ask  string
		want []float64 // all entries
		err  string    // part of the message
	}{
		{ask: "sum(x)", want: []float64{0}}, {ask: "sum(A, 2)", want: []float64{0, 0, 0}}, {ask: "sum(A, 1)"},
		{ask: "prod(x)", want: []float64{1}}, {ask: "prod(A, axis=2)", want: []float64{1, 1, 1}},
		{ask: "norm(x)", want: []float64{0}}, {ask: "norm1(x)", want: []float64{0}}, {ask: "norm(A, 2)", want: []float64{0, 0, 0}},
		{ask: "logsumexp(x)", want: []float64{minusInfinity}}, {ask: "logsumexp(A, 2)", want: []float64{minusInfinity, minusInfinity, minusInfinity}},
		{ask: "det(S)", want: []float64{1}}, {ask: "logdet(S)", want: []float64{0}}, {ask: "tr(S)", want: []float64{0}},
		{ask: "A x", want: []float64{0, 0, 0}}, {ask: "A Aᵀ", want: make([]float64, 9)}, {ask: "xᵀ S x", want: []float64{0}},
		{ask: "crossentropy(x, y)", want: []float64{0}},

		{ask: "max(x)", err: "no largest of no entries"}, {ask: "max(A, axis=2)", err: "no largest of no entries"},
		{ask: "min(x)", err: "no smallest of no entries"}, {ask: "norminf(A, 2)", err: "no largest of no entries"},
		{ask: "argmax(x)", err: "no largest of no entries"}, {ask: "argmax(A, 2)", err: "no largest of no entries"},
		{ask: "mean(x)", err: "no mean of no entries"}, {ask: "mean(A, 2)", err: "no mean of no entries"}, {ask: "mean(A)", err: "no mean of no entries"},
		{ask: "var(x)", err: "no mean of no entries"}, {ask: "std(A, 2)", err: "no mean of no entries"}, {ask: "var(A, 2, ddof=1)", err: "no mean of no entries"},
		{ask: "mse(x, y)", err: "no mean of no entries"}, {ask: "huber(x, y)", err: "no mean of no entries"},
		{ask: "mean(zeros(0))", err: "no mean of no entries"}, {ask: "grad(mean(x), x)", err: "no mean of no entries"},

		{ask: "max(A, axis=1)"}, {ask: "softmax(x)"}, {ask: "softmax(A, 2)"}, {ask: "logsoftmax(A, 2)"}, {ask: "hardmax(x)"}, {ask: "cumsum(x)"},
		{ask: "inv(S)"}, {ask: "cholesky(S)"}, {ask: "pinv(A)"}, {ask: "solve(S, x)"}, {ask: "eigvals(S)"}, {ask: "eigvecs(S)"}, {ask: "adj(S)"},
		{ask: "kron(S, A)"}, {ask: "outer(x, x)"}, {ask: "concat(x, y)"}, {ask: "exp(x) ⊙ y"},
		{ask: "grad(max(x), x)"}, {ask: "grad(logsumexp(x), x)"}, {ask: "grad(norm(x), x)"}, {ask: "grad(det(S), S)"}, {ask: "grad(prod(x), x)"},
		{ask: "hessian(logsumexp(x), x)"}, {ask: "jacobian(softmax(x), x)"}, {ask: "jacobian(A x, x)"}, {ask: "grad(sum(max(A, axis=2)), A)"}, {ask: "grad(logdet(S), S)"},
	} {
		for _, backend := range []string{"fast", "reference"} {
			for _, dtype := range []string{"float64", "float32"} {
				s := NewSession()
				execute(t, s, ":backend "+backend, ":set dtype "+dtype, "x, y : R[n]; A : R[m,n]; S : R[n,n]; x := zeros(0); y := zeros(0); A := zeros(3, 0); S := zeros(0, 0)")
				r := execute(t, s, "eval("+c.ask+")")
				switch {
				case c.err != "":
					if r.Err == nil || !strings.Contains(r.Err.Message, c.err) {
						t.Errorf("%s, %s, %s: %v, %v; want an error: %s", backend, dtype, c.ask, r.Value, r.Err, c.err)
					}
				case r.Err != nil:
					t.Errorf("%s, %s, %s: %v", backend, dtype, c.ask, r.Err)
				case !sameEntries(numberOf(t, s, c.ask).Data, c.want):
					t.Errorf("%s, %s, %s: %v, want %v", backend, dtype, c.ask, r.Text, c.want)
				}
			}
		}
	}
}

func sameEntries(a, b []float64) bool {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return false
		}
	}
	return len(a) == len(b)
}
