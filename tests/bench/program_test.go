package bench

import (
	"slices"
	"strings"
	"testing"

	"nabla/numeric/plan"
	"nabla/symbolic/lower"
)

// compiled is the program for what is asked of a model, as typed.
func compiled(t *testing.T, setup, ask string) *lower.Program {
	t.Helper()
	p, _, err := Case{Name: ask, Setup: setup, Ask: ask}.Compile()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// kinds are the kinds of a program's instructions, in order.
func kinds(p *lower.Program) string {
	var k []string
	for _, i := range p.Instructions() {
		k = append(k, i.Kind)
	}
	return strings.Join(k, " ")
}

// widest is the most entries that any buffer has that a program writes.
func widest(p *lower.Program) int {
	most := 0
	for _, i := range p.Instructions() {
		_, n, _ := p.Place(i.Writes)
		most = max(most, n)
	}
	return most
}

const blocks = `dim n = 20, m = 30, p = 40, q = 50
A : R[n,m]; B : R[n,p]; C : R[p,n]; D : R[m,p]; c : R[p]; w : R[n]; λ : R; x : R[m]; u : R[n]; v : R[p]
A := randn(n, m, seed=1); B := randn(n, p, seed=2); C := randn(p, n, seed=3); D := randn(m, p, seed=4); c := randn(p, seed=5); λ := 2
w := randn(n, seed=6); x := randn(m, seed=7); u := randn(n, seed=8); v := randn(p, seed=9)`

func TestWhatIsTypedBecomesFewInstructions(t *testing.T) {
	for _, c := range []struct{ ask, want string }{
		// A transpose is a flag of the product.
		{"Aᵀ B", "gemm"}, {"D Bᵀ", "gemm"}, {"Aᵀ Cᵀ", "gemm"}, {"(A D)ᵀ", "gemm"}, {"Aᵀ u", "gemv"}, {"uᵀ A", "gemv"}, {"uᵀ B v", "gemv loop"}, {"tr(A D C)", "gemm dot"},
		{"3 Aᵀ B", "gemm"}, {"outer(u, v)", "loop"}, {"2 u vᵀ", "gemm"},
		// The product is added to a multiple of a matrix, or of a bias, on the way; to other terms where they are written.
		{"A D + c", "gemm"}, {"A D + B", "gemm"}, {"3 c - A D", "gemm"}, {"λ Cᵀ + A D", "loop gemm"}, {"λ B + (Dᵀ Aᵀ)ᵀ", "gemm"}, {"A D - 2 B + Cᵀ", "loop gemm"}, {"A D + u vᵀ", "gemm ger"},
		// A chain of elementwise functions is one loop, and so is its sum.
		{"exp(tanh(A) ⊙ A + 2 A) / 3", "loop"}, {"sum(exp(tanh(A) ⊙ A + 2 A))", "loop"}, {"sigmoid(u + 1) ⊙ log(1 + u .^ 2) - w", "loop"},
		{"tanh(A D + c)", "gemm loop"}, {"u ⊙ sqrt(1 + w ⊙ w)", "loop"}, {"mean((u - w) .^ 2)", "loop loop loop"},
		// A symmetric product is computed by half.
		{"Aᵀ A", "syrk"}, {"A Aᵀ", "syrk"}, {"2 Aᵀ A", "syrk"}, {"Aᵀ diag(w) A", "loop half"},
		// Products of many are multiplied from the vector's side.
		{"A D C u", "gemv gemv gemv"}, {"uᵀ A D C", "gemv gemv gemv"},
	} {
		if got := kinds(compiled(t, blocks, c.ask)); got != c.want {
			t.Errorf("%s: %s, want %s", c.ask, got, c.want)
		}
	}
}

func TestABroadcastIsNeverWrittenOut(t *testing.T) {
	for _, c := range []struct {
		ask  string
		most int // entries of the largest buffer
	}{
		{"A D + c", 20 * 40}, {"sum(B + c)", 1}, {"sum(B ⊙ c, n)", 40}, {"‖u‖² + sum(outer(u, c))", 1}, {"sum(outer(u, outer(x, v)))", 50},
		{"sum((A D + c) ⊙ B)", 20 * 40}, {"(B + c)ᵀ u", 20 * 40}, {"sum(B ⊙ c, p)", 20},
	} {
		if got := widest(compiled(t, blocks, c.ask)); got > c.most {
			t.Errorf("%s: a buffer of %d entries: %v", c.ask, got, compiled(t, blocks, c.ask).Instructions())
		}
	}
}

// The sum over the examples of a batch is that of the product: nothing has an axis for the examples beside those of a weight.
func TestTheSumOverABatchIsInsideTheProduct(t *testing.T) {
	const d, h, q, n = 7, 11, 5, 64
	p := compiled(t, "dim d = 7, h = 11, q = 5, n = 64\n"+mlpBatch, "grad(J, [W1, W2])")
	if most := widest(p); most > n*h {
		t.Errorf("a buffer of %d entries, where %d suffice", most, n*h)
	}
	products := 0
	for _, i := range p.Instructions() {
		if i.Kind == "gemm" && i.Flops == 2*n*h*d {
			products++
		}
	}
	if products != 2 { // X W1ᵀ, and the gradient
		t.Errorf("%d products of X: %v", products, p.Instructions())
	}
	p = compiled(t, "dim n = 200, d = 10\n"+logistic, "hessian(J, w)")
	if most := widest(p); most > 200*10 {
		t.Errorf("Xᵀ diag(v) X needs a buffer of %d entries", most)
	}
}

// What dies when it is read gives its memory to the result.
func TestAResultTakesTheMemoryOfWhatDies(t *testing.T) {
	for _, c := range []struct {
		ask  string
		most int // entries of the arena
	}{
		{"tanh(A D + c)", 20 * 40}, {"exp(tanh(A D) ⊙ B)", 20 * 40}, {"Cᵀ ⊙ tanh(A D)", 20 * 40},
		{"relu(relu(relu(A D) Dᵀ) D)", 20*40 + 20*32}, // rows of 30 begin at cache lines only as a whole
	} {
		if got := compiled(t, blocks, c.ask).ArenaEntries(); got > c.most {
			t.Errorf("%s: an arena of %d numbers, want %d", c.ask, got, c.most)
		}
	}
}

// Value, gradients and Hessian asked for together share what they have in common.
func TestWhatSeveralResultsShareIsComputedOnce(t *testing.T) {
	setup := "dim n = 200, d = 30\n" + logistic
	if got := kinds(compiled(t, setup, "[J, grad(J, w), hessian(J, w)]")); strings.Count(got, "gemv") != 2 || strings.Count(got, "half") != 1 {
		t.Errorf("%s: X w and Xᵀ r once, Xᵀ diag(v) X once", got)
	}
	count := func(ask string) (n int64) {
		return compiled(t, "dim d = 20, h = 32, q = 10, n = 64\n"+mlpHessian, ask).Flops()
	}
	together, apart := count("[J, grad(J, W1), hessian(J, W1)]"), count("J")+count("grad(J, W1)")+count("hessian(J, W1)")
	if forward := count("J"); together > apart-forward {
		t.Errorf("%d operations together, %d apart, of which %d twice at least", together, apart, forward)
	}
	twice, once := compiled(t, blocks, "[tanh(A D) B', sum(tanh(A D)), tanh(A D)]"), compiled(t, blocks, "tanh(A D)")
	if strings.Count(kinds(twice), "gemm") != 2 || !slices.ContainsFunc(once.Instructions(), func(i plan.Info) bool { return i.Kind == "gemm" }) {
		t.Errorf("%v", twice.Instructions())
	}
}
