package study

import (
	"context"
	"io"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"nabla/lang"
	"nabla/lang/check"
	"nabla/symbolic"
	"nabla/symbolic/fn"
	"nabla/symbolic/rewrite"
)

// modelOf reads statements; the last definition is the objective.
func modelOf(t *testing.T, src string) (*Model, *check.Scope) {
	t.Helper()
	s := check.New(fn.Library())
	p := lang.NewParser(src)
	var last check.Reply
	for {
		st, err := p.Next(s)
		if err == io.EOF {
			return NewModel(last.Bound[0].Expr, nil), s
		}
		if err != nil {
			t.Fatal(err)
		}
		s.Enter(src, st, check.Origin{})
		var refused *lang.Error
		switch b := st.Body.(type) {
		case *lang.Decl:
			last, refused = s.Declare(b)
		case *lang.FuncDecl:
			last, refused = s.DeclareFunc(b)
		case *lang.Def:
			last, refused = s.Define(b)
		}
		if refused != nil {
			t.Fatal(refused)
		}
	}
}

func namesIn(es []*symbolic.Expr) string {
	var out []string
	for _, e := range es {
		out = append(out, e.Name)
	}
	return strings.Join(out, " ")
}

// Parameters, inputs and hyperparameters are told apart by structure alone.
func TestRolesFollowFromTheStructure(t *testing.T) {
	for _, c := range []struct{ name, src, parameters, inputs, hyper string }{
		{"section 5.3", "x : R[d]; y : R[q]; W1 : R[h,d]; W2 : R[q,h]; λ : R; φ : R -> R; l : R[q], R[q] -> R; z = W1 x; h = φ(z); o = W2 h; L = l(o, y); s = λ/2 (‖W1‖² + ‖W2‖²); J = L + s", "W1 W2", "x y", "λ"},
		{"targets in the columns of a table", "X : R[d,n]; Y : R[q,n]; A : R[h,d]; B : R[q,h]; φ : R -> R; l : R[q], R[q] -> R; O = B φ(A X); J = 1/n sum[i] l(O[:,i], Y[:,i]) + ‖A‖² + ‖B‖²", "A B", "X Y", ""},
		{"without a penalty", "x : R[d]; y : R[q]; A : R[h,d]; B : R[q,h]; φ : R -> R; l : R[q], R[q] -> R; J = l(B φ(A x), y)", "A B", "x y", ""},
		{"a batch", "X : R[n,d]; Y : R[n,q]; A : R[d,h]; B : R[h,q]; b : R[h]; l : R[q], R[q] -> R; J = sum(l(tanh(X A + b) B, Y))", "A B b", "X Y", ""},
		{"linear regression", "X : R[n,d]; w : R[d]; c : R; t : R[n]; J = 1/(2 n) ‖X w + c - t‖²", "w c", "X t", ""},
		{"classes", "X : R[n,d]; t : R[n]; A : R[d,k]; b : R[k]; J = mean(crossentropy(X A + b, t))", "A b", "X t", ""},
		{"numbers", "x : R; y : R; w : R; b : R; J = (w x + b - y)^2/2", "w b", "x y", ""},
		{"a penalized number", "x : R; y : R; w : R; λ : R; J = (w x - y)^2 + λ w^2", "w", "x y", "λ"},
		{"recurrence", "x[t] : R[d] for t = 1..3; y : R[h]; W : R[h,d]; U : R[h,h]; g : R[h]; H[0] = g; H[t] = tanh(W x[t] + U H[t-1]) for t = 1..3; J = ‖H[3] - y‖²", "W U", "x[1] x[2] x[3] y g", ""},
		{"a probability", "x : R; y : R; w : R; b : R; p = sigmoid(w x + b); J = -(y log(p) + (1 - y) log(1 - p))", "w b", "x y", ""},
		{"probabilities of one example", "x : R[d]; y : R[q]; A : R[q,d]; o = A x; J = crossentropy(o, y) + ‖A‖²", "A", "x y", ""},
		{"logarithms written out", "x : R[d]; y : R[q]; A : R[q,d]; b : R[q]; o = A x + b; p = softmax(o); J = -yᵀ log(p)", "A b", "x y", ""},
		{"a divergence", "x : R[d]; y : R[q]; A : R[q,d]; o = A x; J = yᵀ log(y) - yᵀ log(softmax(o))", "A", "x y", ""},
		{"a divergence of one sum", "x : R[d]; y : R[q]; A : R[q,d]; o = A x; J = yᵀ (log(y) - log(softmax(o)))", "A", "x y", ""},
		{"labels of many", "x : R[d]; y : R[q]; A : R[q,d]; p = sigmoid(A x); J = -yᵀ log(p) - (1 - y)ᵀ log(1 - p)", "A", "x y", ""},
		{"a last layer beside an activation", "x : R[d]; A : R[h,d]; w : R[h]; t : R; J = (wᵀ softplus(A x) - t)^2", "A w", "x t", ""},
		{"least squares", "A : R[m,n]; x : R[n]; b : R[m]; J = ‖A x - b‖²", "A x", "b", ""},
		{"a layer of one example", "x : R[d]; W : R[h,d]; y : R[h]; J = ‖W x - y‖²", "W", "x y", ""},
		{"weights declared first", "A : R[h,d]; B : R[q,h]; x : R[d]; y : R[q]; φ : R -> R; J = ‖B φ(A x) - y‖²", "A B", "x y", ""},
		{"numbers without a target", "u : R; v : R; f = u v + sin(u)", "u v", "", ""},
		{"a residual block", "W : R[d,d]; x : R[d]; y : R[d]; φ : R -> R; J = ‖x + φ(W x) - y‖²", "W", "x y", ""},
		{"a residual block without a target", "W : R[d,d]; x : R[d]; φ : R -> R; z = W x; J = ‖x + φ(z)‖²", "W", "x", ""},
		{"a residual batch", "A : R[d,h]; B : R[h,d]; X : R[n,d]; φ : R -> R; J = ‖X + φ(X A) B‖²", "A B", "X", ""},
		{"attention", "Q : R[n,d]; K : R[m,d]; V : R[m,v]; P = softmax(Q Kᵀ, m); J = ‖P V‖²", "Q K V", "", ""},
		{"a gain", "x : R[d]; g : R; W : R[h,d]; y : R[h]; J = ‖g W x - y‖²", "g W", "x y", ""},
		{"nothing but data", "x : R[d]; J = ‖x‖²", "x", "", ""},
	} {
		m, _ := modelOf(t, c.src)
		if p, i, h := namesIn(m.Parameters()), namesIn(m.Inputs()), namesIn(m.Hyperparameters()); p != c.parameters || i != c.inputs || h != c.hyper {
			t.Errorf("%s: parameters %s, inputs %s, hyperparameters %s", c.name, p, i, h)
		}
	}
}

// Where a matrix and a vector are both parameters although there is data, a report can say so.
func TestUndecidedRolesAreKnown(t *testing.T) {
	for src, want := range map[string]string{
		"X : R[n,d]; w : R[d]; y : R[n]; J = ‖X w - y‖²":          "X w",
		"w : R[d]; X : R[n,d]; y : R[n]; J = ‖X w - y‖²":          "",
		"X : R[n,d]; w : R[d]; y : R[n]; J = ‖X w - y‖²/n":        "",
		"X : R[n,d]; w : R[d]; J = ‖X w‖²":                        "",
		"X : R[n,d]; w : R[d]; y : R[n]; J = ‖X w - y‖² + ‖w‖²/2": "",
	} {
		m, _ := modelOf(t, src)
		var got []*symbolic.Expr
		if table, vector := m.Undecided(); table != nil {
			got = []*symbolic.Expr{table, vector}
		}
		if namesIn(got) != want {
			t.Errorf("%s: undecided are %q, want %q", src, namesIn(got), want)
		}
	}
}

func TestGivenParametersAreTheParameters(t *testing.T) {
	m, s := modelOf(t, "x : R[d]; W : R[h,d]; λ : R; J = sum(W x) + λ ‖W‖²")
	m = NewModel(m.Objective, []*symbolic.Expr{s.Lookup("x").Expr})
	if namesIn(m.Parameters()) != "x" || namesIn(m.Inputs()) != "W" || namesIn(m.Hyperparameters()) != "λ" {
		t.Error(m.Role)
	}
}

// A signature is that of the model, not of its names, and tells other models apart.
func TestSignatureIgnoresNamesAndOrderOnly(t *testing.T) {
	base := "x : R[d]; W : R[h,d]; φ : R -> R; λ : R; z = W x; s = λ ‖W‖²; J = sum(φ(z)) + s"
	sign := func(src string) string { m, _ := modelOf(t, src); return m.Signature() }
	for src, same := range map[string]bool{
		"λ : R; g : R -> R; V : R[a,b]; u : R[b]; p = λ ‖V‖²; v = V u; E = p + sum(g(v))":               true,
		"x : R[d]; W : R[h,d]; φ : R -> R; λ : R; z = W x; s = λ/2 ‖W‖²; J = sum(φ(z)) + s":             false,
		"x : R[d]; W : R[h,d]; φ : R -> R; λ : R; z = W x; J = sum(φ(z)) + λ ‖W‖²":                      false,
		"x : R[d]; W : R[d,d]; φ : R -> R; λ : R; z = W x; s = λ ‖W‖²; J = sum(φ(z)) + s":               false,
		"x : R[d]; W : R[h,d]; φ : R -> R; λ : R; z = W x; s = λ ‖W‖²; J = sum(tanh(z)) + s":            false,
		"x : R[d]; W : R[h,d]; φ : R -> R; λ : R; z = W x; s = λ ‖W‖²; J = sum(φ(z)) - s":               false,
		"x : R[d]; W, V : R[h,d]; φ : R -> R; λ : R; z = W x; s = λ ‖V‖²; J = sum(φ(z)) + s + sum(V x)": false,
	} {
		if (sign(src) == sign(base)) != same {
			t.Errorf("%s: one signature with the base: %v", src, !same)
		}
	}
}

// Every rewriting that a derivation shows keeps the value, and the last line is the engine's derivative.
func TestDerivationsKeepTheValue(t *testing.T) {
	for _, c := range []struct{ src, by string }{
		{"x : R[n]; B : R[n,n] where symmetric; J = log(sum(exp(B x)))", "x"},
		{"x : R[n]; p = exp(x)/sum(exp(x)); J = p · p", "x"},
		{"x : R[n]; A : R[n,n]; z = tanh(A x); J = ‖z‖² + sum(z)", "A"},
		{"x : R[n]; J = sum(sin(x).^2 + cos(x).^2 + 1 ./ (1 + exp(-x)))", "x"},
		{"X, W : R[n,n]; J = tr(inv(W) W X) + ‖X‖²", "X"},
	} {
		m, s := modelOf(t, c.src)
		x := s.Lookup(c.by).Expr
		d, err := Derive(m.Objective, x, m.Values)
		if err != nil {
			t.Fatal(err)
		}
		engine, err := m.Objective.G.Diff(m.Objective, x)
		if err != nil {
			t.Fatal(err)
		}
		pairs := []rewrite.Rewriting{{Rule: "the result", Before: engine, After: d.Result}}
		for _, in := range d.Inserts {
			pairs = append(pairs, rewrite.Rewriting{Rule: "an insertion", Before: engine, After: in.Formula})
		}
		for _, p := range append(pairs, d.Rewrite...) {
			sameValue(t, c.src, p)
		}
	}
}

func sameValue(t *testing.T, src string, r rewrite.Rewriting) {
	t.Helper()
	p, err := NewPoint(rand.New(rand.NewPCG(3, 4)), true, r.Before, r.After)
	if err != nil {
		t.Fatal(err)
	}
	out, err := p.Eval(context.Background(), r.Before, r.After)
	if err != nil {
		t.Fatal(err)
	}
	for i, x := range out[0].Data {
		if y := out[1].Data[i]; math.Abs(x-y) > 1e-8*(1+math.Abs(x)) {
			t.Errorf("%s: %s turns %v into %v", src, r.Rule, x, y)
			return
		}
	}
}

// Sides that random points near 0 do not tell apart are not equal where they differ around another point; what differs at
// a kink alone is equal but there.
func TestDifferencesFarOffAreNoKinks(t *testing.T) {
	for src, want := range map[string]Decision{
		"s : R; f = max(s, -1000) - s":                                Refuted,
		"s : R; f = min(s, 20) - s":                                   Refuted,
		"s : R; f = step(s) + step(-s) - 1":                           Equal,
		"s : R; t : R; f = max(s, t) - s step(s - t) - t step(t - s)": Equal,
	} {
		m, _ := modelOf(t, src)
		e := m.Objective
		if c := Compare(context.Background(), e, e.G.Zero(nil)); c.Decision != want {
			t.Errorf("%s: %d after %d points, want %d", src, c.Decision, c.Points, want)
		}
	}
}
