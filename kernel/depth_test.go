package kernel

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"nabla/symbolic"
	"nabla/symbolic/study"
)

// openDepth are models whose depth, or length, is a symbol.
var openDepth = []struct{ name, depth, src string }{
	{"layers alike", "K", "x : R[h]; y : R[h]; W[k] : R[h,h] for k = 1..K; φ : R -> R; l : R[h], R[h] -> R; H[0] = x; H[k] = φ(W[k] H[k-1]) for k = 1..K; J = l(H[K], y)"},
	{"skips and biases", "M", "u : R[d]; y : R[q]; A : R[h,d]; B : R[q,h]; W[i] : R[h,h] for i = 1..M; b[i] : R[h] for i = 1..M; G[0] = tanh(A u); G[i] = G[i-1] + relu(W[i] G[i-1] + b[i]) for i = 1..M; o = B G[M]; E = ‖o - y‖² + sum[i] ‖W[i]‖²"},
	{"one weight for all steps", "T", "x[t] : R[d] for t = 1..T; U : R[h,d]; V : R[h,h]; h0 : R[h]; y[t] : R[h] for t = 1..T; H[0] = h0; H[t] = tanh(U x[t] + V H[t-1]) for t = 1..T; L = sum[t] ‖H[t] - y[t]‖²"},
	{"a batch of examples", "K", "X : R[n,h]; Y : R[n,q]; C : R[h,q]; W[k] : R[h,h] for k = 1..K; Z[0] = X; Z[k] = sigmoid(Z[k-1] W[k]) for k = 1..K; J = mean(crossentropy(Z[K] C, Y))"},
}

// What memory and cost say for any depth is what they say for each.
func TestAnyDepthIsEveryDepth(t *testing.T) {
	t.Parallel()
	for _, c := range openDepth {
		for _, q := range []string{"memory(%s)", "cost(%s)"} {
			objective := c.src[strings.LastIndex(c.src, "; ")+2:]
			q = fmt.Sprintf(q, objective[:1])
			open := NewSession()
			execute(t, open, c.src)
			any := execute(t, open, q)
			if any.Err != nil {
				t.Errorf("%s: %s: %v", c.name, q, any.Err)
				continue
			}
			formulas := formulasOf(t, any.Data)
			if len(formulas) < 10 {
				t.Errorf("%s: %s has %d formulas only", c.name, q, len(formulas))
			}
			for _, k := range []int{4, 6, 11} {
				s := NewSession()
				sizes := fmt.Sprintf("dim %s = %d", c.depth, k)
				execute(t, s, c.src+"; "+sizes)
				want := formulasOf(t, execute(t, s, q).Data)
				execute(t, s, "dim h = 7, d = 5, q = 3, n = 11, N = 11, B = 11, L = 12, k1 = 3;")
				execute(t, open, "1")
				for path, f := range formulas {
					if strings.Contains(path, "checkpointing") || strings.Contains(path, "kept") || strings.Contains(path, "lines") {
						continue // written out one by one where the depth is known
					}
					a, b := valueOf(t, s, f), valueOf(t, s, want[path])
					if math.Abs(a-b) > 1e-9*math.Abs(b) {
						t.Errorf("%s: %s: %s: %s is %v for %s = %d, but %s is %v", c.name, q, path, f, a, c.depth, k, want[path], b)
					}
				}
			}
		}
	}
}

// formulasOf are the formulas in the data of a report, by their place.
func formulasOf(t *testing.T, data any) map[string]string {
	t.Helper()
	b, err := json.Marshal(data)
	if err != nil {
		t.Fatal(err)
	}
	var tree any
	if err := json.Unmarshal(b, &tree); err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	var visit func(path string, x any)
	visit = func(path string, x any) {
		switch x := x.(type) {
		case map[string]any:
			if f, ok := x["formula"].(string); ok {
				out[path] = f
			}
			for k, v := range x {
				visit(path+"."+k, v)
			}
		case []any:
			for i, v := range x {
				visit(fmt.Sprint(path, ".", i), v)
			}
		}
	}
	visit("", tree)
	return out
}

func valueOf(t *testing.T, s *Session, formula string) float64 {
	t.Helper()
	r := execute(t, s, "eval("+inPairs(formula)+")")
	if r.Err != nil {
		t.Fatalf("%s: %v", formula, r.Err)
	}
	return r.Value.Data[0]
}

// inPairs writes max(a, b, c) as max(a, max(b, c)): the language has it of two.
func inPairs(s string) string {
	at := strings.Index(s, "max(")
	if at < 0 {
		return s
	}
	depth, args, from, i := 0, []string(nil), at+4, at+4
	for ; depth >= 0; i++ {
		switch s[i] {
		case '(':
			depth++
		case ')':
			depth--
		}
		if depth == 0 && s[i] == ',' || depth < 0 {
			args, from = append(args, inPairs(s[from:i])), i+1
		}
	}
	out := args[len(args)-1]
	for k := len(args) - 2; k >= 0; k-- {
		out = "max(" + args[k] + ", " + out + ")"
	}
	return s[:at] + out + inPairs(s[i:])
}

// Layers that differ, and a number that no depth has, are refused with what helps.
func TestLayersThatDifferNeedANumber(t *testing.T) {
	s := NewSession()
	execute(t, s, "x : R[h]; W[k] : R[h,h] for k = 1..K; H[0] = x; H[k] = tanh(W[k] H[k-1]) for k = 1..K; J = ‖sum[k] k^2 H[k]‖²; P = ‖H[K]‖²")
	if r := execute(t, s, "shape(∂P/∂(W[9]))"); r.Err != nil || r.Text != "R[h,h]" || len(r.Notes) != 2 {
		t.Errorf("%s %v %v", r.Text, r.Notes, r.Err)
	}
	for _, q := range []string{"backprop(P)", "partition(P, 2)", "graph(P)"} {
		if r := execute(t, s, q); r.Err == nil || r.Err.Code != "E219" || len(r.Err.Fixes) == 0 {
			t.Errorf("%s: %v", q, r.Err)
		}
	}
}

// The largest batch and the largest depth are the last that fit.
func TestLargestBatchAndDepth(t *testing.T) {
	t.Parallel()
	s := NewSession()
	execute(t, s, openDepth[3].src+"; dim h = 30, q = 10, n = 20, K = 3")
	d := execute(t, s, "memory(J, limit=1e6)").Data.(memoryData)
	for _, c := range []struct {
		dim  string
		most int64
	}{{"n", d.Fits["Adam float32"]}, {"K", d.Deepest["Adam float32"]}} {
		for _, over := range []int64{0, 1} {
			u := NewSession()
			sizes := map[string]int64{"n": 20, "K": 3}
			sizes[c.dim] = c.most + over
			execute(t, u, fmt.Sprintf("%s; dim h = 30, q = 10, n = %d, K = %d", openDepth[3].src, sizes["n"], sizes["K"]))
			v := float64(*execute(t, u, "memory(J)").Data.(memoryData).Training["Adam"].Value) * 4
			if fits := v <= 1e6; c.most < 1 || fits != (over == 0) {
				t.Errorf("%s = %d takes %v bytes: fits is %v", c.dim, sizes[c.dim], v, fits)
			}
		}
	}
}

// One gradient of a deep network is no more work, and takes no more memory, than all of them: its long product is not
// multiplied out in an order that squares the network.
func TestOneDeepGradientIsNoMoreThanAll(t *testing.T) {
	for _, depth := range []int{2, 4, 7} {
		for _, n := range []int{20, 399, 1200, 20000} {
			s := NewSession()
			execute(t, s, fmt.Sprintf("dim K = %d, h = 100, q = 10, d = 10, n = %d; ", depth, n)+
				"X : R[n,d]; Y : R[n,q]; C : R[h,q]; A : R[d,h]; W[k] : R[h,h] for k = 1..K; Z[0] = X A; Z[k] = sigmoid(Z[k-1] W[k]) for k = 1..K; J = mean(crossentropy(Z[K] C, Y)); "+
				"one = ∂J/∂(W[1])")
			st := s.state.Load().clone()
			j := &job{run: &run{session: s, ctx: t.Context()}, state: st}
			J := st.scope.Lookup("J").Expr
			g, err := J.G.Grad(J, mustParameters(J), nil)
			if err != nil {
				t.Fatal(err)
			}
			one, err := j.program([]*symbolic.Expr{st.scope.Lookup("one").Expr})
			if err != nil {
				t.Fatal(err)
			}
			all, err := j.program(append([]*symbolic.Expr{J}, g...))
			if err != nil {
				t.Fatal(err)
			}
			if one.Flops() > all.Flops() || one.PeakBytes() > all.PeakBytes() {
				t.Errorf("%d layers, n = %d: one gradient takes %d operations and %d bytes, all of them %d and %d", depth, n, one.Flops(), one.PeakBytes(), all.Flops(), all.PeakBytes())
			}
		}
	}
}

func mustParameters(J *symbolic.Expr) []*symbolic.Expr { return study.NewModel(J, nil).Parameters() }

// An error about too much memory quotes the largest batch, and the largest depth, that fit: one more does not.
func TestTooMuchMemoryQuotesWhatFits(t *testing.T) {
	model := "X : R[n,d]; Y : R[n,q]; C : R[d,q]; W[k] : R[d,d] for k = 1..K; Z[0] = X; Z[k] = tanh(Z[k-1] W[k]) for k = 1..K; J = mean((Z[K] C - Y).^2); " +
		"X := randn(n,d); Y := randn(n,q); C := randn(d,q); W[k] := randn(d,d) for k = 1..K; "
	sized := func(n, K int) string { return fmt.Sprintf("dim d = 50, q = 3, n = %d, K = %d; ", n, K) }
	run := func(n, K int) *Result {
		s := NewSession()
		return execute(t, s, ":set memory 10MB; "+sized(n, K)+model+"eval(grad(J, [C, W[1]]))")
	}
	r := run(4000, 20)
	if r.Err == nil || r.Err.Code != "E307" {
		t.Fatalf("%v", r.Err)
	}
	var n, K int
	for _, d := range r.Err.Details {
		d = strings.ReplaceAll(d, " ", "")
		_, _ = fmt.Sscanf(d, "itfitswithn=%datmost;", &n)
		_, _ = fmt.Sscanf(d, "itfitswithK=%datmost;", &K)
	}
	for _, c := range []struct {
		n, K int
		fits bool
	}{{n, 20, true}, {n + 1, 20, false}, {4000, K, true}, {4000, K + 1, false}} {
		if r := run(c.n, c.K); (r.Err == nil) != c.fits {
			t.Errorf("%v quotes n = %d and K = %d; with n = %d, K = %d: %v", run(4000, 20).Err.Details, n, K, c.n, c.K, r.Err)
		}
	}
}

// A recurrence with an output and a loss at every step has the memory of any length.
func TestMemoryOfARecurrenceOfAnyLength(t *testing.T) {
	const rnn = "U : R[h,d]; V : R[h,h]; W : R[q,h]; x[t] : R[d] for t = 1..T; y[t] : R[q] for t = 1..T; g : R[h]; φ : R -> R; l : R[q], R[q] -> R\n" +
		"H[0] = g; H[t] = φ(U x[t] + V H[t-1]) for t = 1..T; o[t] = W H[t] for t = 1..T; J = sum[t] l(o[t], y[t])"
	r := executeText(t, NewSession(), rnn, "memory(J)")
	for _, want := range []string{"T*d + 2*T*h + T*q + h", "predicting o[1..T], peak", "T from 4 on"} {
		if r.Err != nil || !strings.Contains(r.Text+strings.Join(r.Notes, "\n"), want) {
			t.Errorf("%q is missing in\n%s\n%v %v", want, r.Text, r.Notes, r.Err)
		}
	}
}
