package kernel

import (
	"context"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"nabla/lang"
	"nabla/symbolic"
	"nabla/symbolic/study"
)

// rightLines are lines of the section's model, each with its left side.
var rightLines = [][2]string{
	{"∂J/∂o", "∂l/∂o"},
	{"∂J/∂W2", "∂J/∂o hᵀ + λ W2"},
	{"∂J/∂h", "W2ᵀ ∂J/∂o"},
	{"∂J/∂z", "∂J/∂h ⊙ φ′(z)"},
	{"∂J/∂z", "diag(φ′(z)) W2ᵀ ∂l/∂o"},
	{"∂J/∂W1", "∂J/∂z xᵀ + λ W1"},
	{"∂J/∂W1", "((W2ᵀ ∂l/∂o) ⊙ φ′(z)) xᵀ + λ W1"},
	{"∂J/∂x", "W1ᵀ ∂J/∂z"},
	{"∂s/∂W2", "λ W2"},
	{"J", "L + λ/2 ‖W1‖² + λ/2 ‖W2‖²"},
}

// A judgeBench is a session in which lines are judged without diagnosis.
type judgeBench struct {
	t *testing.T
	j *job
}

func newJudgeBench(t *testing.T, model string) judgeBench {
	t.Helper()
	s := NewSession()
	say(t, s, model)
	st := s.state.Load().clone()
	return judgeBench{t, &job{run: &run{session: s, ctx: context.Background()}, stmt: &lang.Stmt{}, state: st}}
}

func (b judgeBench) read(text string) lang.Expr {
	b.t.Helper()
	x, err := (&ask{job: b.j}).readExpr(text)
	if err != nil {
		b.t.Fatal(err)
	}
	return x
}

func (b judgeBench) verdict(left, right lang.Expr) string {
	b.t.Helper()
	g, _, err := b.j.judge(&lang.Check{Terms: []lang.Expr{left, right}, Ops: []lang.RelOp{lang.Eq}})
	if err != nil {
		return "" // not a line at all
	}
	return g.Verdict
}

// places lists the parts of a line that may be rewritten, each with how to put something in its place.
func places(x lang.Expr, put func(lang.Expr) lang.Expr, visit func(lang.Expr, func(lang.Expr) lang.Expr)) {
	visit(x, put)
	for i, part := range operands(x) {
		places(part, func(y lang.Expr) lang.Expr { return put(withOperand(x, i, y)) }, visit)
	}
}

// edited applies f to a random part; f gives nil where it does not apply.
func edited(r *rand.Rand, x lang.Expr, f func(*rand.Rand, lang.Expr) lang.Expr) lang.Expr {
	var all []lang.Expr
	places(x, func(y lang.Expr) lang.Expr { return y }, func(part lang.Expr, put func(lang.Expr) lang.Expr) {
		if y := f(r, part); y != nil {
			all = append(all, put(y))
		}
	})
	if len(all) == 0 {
		return x
	}
	return all[r.IntN(len(all))]
}

// same rewrites a part into another of the same value.
func same(r *rand.Rand, x lang.Expr) lang.Expr {
	b, isBinary := x.(*lang.Binary)
	switch k := r.IntN(6); {
	case k == 0:
		return binary(lang.Div, binary(lang.Mul, number(2, 1), x), number(2, 1))
	case k == 1:
		return &lang.Unary{X: &lang.Unary{X: x}}
	case k == 2:
		return binary(lang.Sub, binary(lang.Mul, number(3, 1), x), binary(lang.Mul, number(2, 1), x))
	case !isBinary:
		return nil
	case b.Op == lang.Add || b.Op == lang.Had:
		return binary(b.Op, b.Y, b.X)
	case b.Op == lang.Mul && !isNumber(b.X):
		return &lang.Transpose{X: binary(lang.Mul, transposed(b.Y), transposed(b.X))}
	}
	return nil
}

// other rewrites a part into what is usually of another value, as a student would.
func other(r *rand.Rand, x lang.Expr) lang.Expr {
	if isNumber(x) {
		return number(3, 1)
	}
	b, isBinary := x.(*lang.Binary)
	switch k := r.IntN(8); {
	case k == 0:
		return transposed(x)
	case k == 1:
		return binary(lang.Mul, number(2, 1), x)
	case k == 2:
		return &lang.Unary{X: x}
	case k == 3 && isQuantity(x):
		return name([]string{"x", "z", "h", "o", "y", "W1", "W2"}[r.IntN(7)])
	case k == 4:
		if c, ok := x.(*lang.Call); ok && c.Fn.Name == "φ" {
			d := *c
			d.Primes = (c.Primes + 1) % 3
			return &d
		}
	case isBinary && k == 5:
		return b.X
	case isBinary && k == 6:
		return b.Y
	case isBinary:
		op := []lang.BinOp{lang.Add, lang.Sub, lang.Mul, lang.Had}[r.IntN(4)]
		return binary(op, b.Y, b.X)
	}
	return nil
}

// NABLA_LINES asks for more than the 500 lines of either kind.
var randomLines = linesAsked(500)

func linesAsked(n int) int {
	if asked, err := strconv.Atoi(os.Getenv("NABLA_LINES")); err == nil {
		return asked
	}
	return n
}

func TestNoEquivalentOfARightLineIsCalledWrong(t *testing.T) {
	t.Parallel()
	b := newJudgeBench(t, chapterModel)
	r := rand.New(rand.NewPCG(1, 2))
	for range randomLines {
		b.equivalent(r, rightLines[r.IntN(len(rightLines))])
	}
}

func TestNoMutationIsCalledRightThatIsNot(t *testing.T) {
	t.Parallel()
	b := newJudgeBench(t, chapterModel)
	r := rand.New(rand.NewPCG(3, 4))
	wrong := 0
	for range randomLines {
		wrong += btoi(b.mutation(r, rightLines[r.IntN(len(rightLines))]))
	}
	if wrong < randomLines/2 {
		t.Errorf("only %d of %d mutations are wrong: they mutate nothing", wrong, randomLines)
	}
}

func (b judgeBench) both(left, x lang.Expr) (truth, mine *symbolic.Expr, ok bool) {
	q := b.j.state.scope.Quiet()
	t, err := q.Expr(left)
	m, merr := q.Expr(x)
	if err != nil || merr != nil || !q.Dims.SameShape(t.Expr.Shape, m.Expr.Shape) {
		return nil, nil, false
	}
	return t.Expr, m.Expr, true
}

// judgedModels are models of other kinds, with right lines about each.
var judgedModels = []struct {
	name, model string
	lines       [][2]string
}{
	{"attention", "Q : R[n,d]; K : R[m,d]; V : R[m,v]; l : R[n,v] -> R; S = Q Kᵀ / sqrt(d); P = softmax(S, m); O = P V; J = l(O)", [][2]string{
		{"∂J/∂V", "Pᵀ ∂J/∂O"}, {"∂J/∂P", "∂J/∂O Vᵀ"}, {"∂J/∂Q", "∂J/∂S K / sqrt(d)"}, {"∂J/∂K", "(∂J/∂S)ᵀ Q / sqrt(d)"},
		{"∂J/∂S", "P ⊙ ∂J/∂P - diag(sum(P ⊙ ∂J/∂P, m)) P"},
	}},
	{"batch normalization", "X : R[n,d]; G : R[d]; B : R[d]; f : R[n,d] -> R; M = X - ones(n) mean(X, n)ᵀ; U = M ⊙ M; s = mean(U, n); Y = M diag(G) + ones(n) Bᵀ; J = f(Y)", [][2]string{
		{"∂J/∂B", "sum(∂J/∂Y, n)"}, {"∂J/∂G", "sum(∂J/∂Y ⊙ M, n)"}, {"∂J/∂M", "∂J/∂Y diag(G)"},
		{"∂J/∂X", "∂J/∂M - ones(n) mean(∂J/∂M, n)ᵀ"},
	}},
	{"batch normalization with its division", "X : R[n,d]; G : R[d]; B : R[d]; e : R where e > 0; f : R[n,d] -> R; M = X - ones(n) mean(X, n)ᵀ; U = M ⊙ M; s = mean(U, n); r = 1 ./ sqrt(s + e); N = M diag(r); Y = N diag(G) + ones(n) Bᵀ; J = f(Y)", [][2]string{
		{"∂J/∂N", "∂J/∂Y diag(G)"}, {"∂J/∂G", "sum(∂J/∂Y ⊙ N, n)"}, {"∂J/∂r", "sum(∂J/∂N ⊙ M, n)"}, {"∂J/∂s", "-1/2 ∂J/∂r ⊙ r.^3"},
		{"∂J/∂s", "-∂J/∂r ./ (2 (s + e) ⊙ sqrt(s + e))"}, {"∂J/∂M", "∂J/∂N diag(r) + 2 M ⊙ ∂J/∂U"}, {"∂J/∂X", "∂J/∂M - ones(n) mean(∂J/∂M, n)ᵀ"},
	}},
	{"recurrent", "x1, x2 : R[d]; V : R[h,d]; U : R[h,h]; h0 : R[h]; φ : R -> R; f : R[h], R[h] -> R; z1 = V x1 + U h0; h1 = φ(z1); z2 = V x2 + U h1; h2 = φ(z2); J = f(h1, h2)", [][2]string{
		{"∂J/∂z2", "∂J/∂h2 ⊙ φ′(z2)"}, {"∂J/∂z1", "∂J/∂h1 ⊙ φ′(z1)"}, {"∂J/∂U", "∂J/∂z2 h1ᵀ + ∂J/∂z1 h0ᵀ"}, {"∂J/∂V", "∂J/∂z2 x2ᵀ + ∂J/∂z1 x1ᵀ"},
	}},
	{"family", "W[k] : R[h,h] for k = 1..3; x : R[h]; H[0] = x; H[k] = tanh(W[k] H[k-1]) for k = 1..3; J = ‖H[3]‖²/2", [][2]string{
		{"∂J/∂H[3]", "H[3]"}, {"∂J/∂W[3]", "(H[3] ⊙ (1 - H[3] ⊙ H[3])) H[2]ᵀ"}, {"∂J/∂H[2]", "W[3]ᵀ (∂J/∂H[3] ⊙ (1 - H[3] ⊙ H[3]))"},
	}},
	{"known functions", "X : R[n,d]; Y : R[n,q] where sum(Y, q) == 1; W : R[d,h]; C : R[h,q]; Z = X W; H = relu(Z); O = H C; J = sum(crossentropy(O, Y))/n", [][2]string{
		{"∂J/∂O", "(softmax(O, q) - Y)/n"}, {"∂J/∂C", "Hᵀ ∂J/∂O"}, {"∂J/∂H", "∂J/∂O Cᵀ"}, {"∂J/∂Z", "∂J/∂H ⊙ (Z > 0)"}, {"∂J/∂W", "Xᵀ ∂J/∂Z"},
	}},
	{"matrices", "A, X : R[m,m]; a, b : R[m]; f = aᵀ X⁻¹ b; g = tr(A X); t = aᵀ Xᵀ X b", [][2]string{
		{"∂f/∂X", "-(X⁻¹)ᵀ a bᵀ (X⁻¹)ᵀ"}, {"∂g/∂X", "Aᵀ"}, {"∂t/∂X", "X (a bᵀ + b aᵀ)"},
	}},
}

var linesOfAModel = linesAsked(500) / 10

// No equivalent of a right line about any of these models is called wrong, and no mutation right that is not.
func TestLinesAboutOtherModels(t *testing.T) {
	t.Parallel()
	for k, m := range judgedModels {
		t.Run(m.name, func(t *testing.T) {
			b := newJudgeBench(t, m.model)
			r := rand.New(rand.NewPCG(uint64(k), 6))
			for range linesOfAModel {
				l := m.lines[r.IntN(len(m.lines))]
				b.equivalent(r, l)
				b.mutation(r, l)
			}
		})
	}
}

// equivalent judges a line rewritten into another of the same value.
func (b judgeBench) equivalent(r *rand.Rand, l [2]string) {
	b.t.Helper()
	x := b.read(l[1])
	for range 1 + r.IntN(3) {
		x = edited(r, x, same)
	}
	if _, err := b.j.state.scope.Quiet().Expr(x); err != nil {
		return // the rewriting made no line of it
	}
	if v := b.verdict(b.read(l[0]), x); !judgedRight(v) {
		b.t.Errorf("%s == %s: %s", l[0], lang.Print(x), v)
	}
}

// mutation judges a line with one mistake in it. The oracle is a trial at other points than those of the judge.
func (b judgeBench) mutation(r *rand.Rand, l [2]string) (wrong bool) {
	b.t.Helper()
	left, x := b.read(l[0]), edited(r, b.read(l[1]), other)
	v := b.verdict(left, x)
	truth, mine, ok := b.both(left, x)
	holds := ok && study.NewTrial(b.j.ctx, truth, []*symbolic.Expr{mine}).Right(b.j.ctx, []*symbolic.Expr{mine})[0]
	switch {
	case judgedRight(v) && !holds:
		b.t.Errorf("%s == %s: %s, but it fails at another point", l[0], lang.Print(x), v)
	case v == wrongValue && holds:
		b.t.Errorf("%s == %s: %s, but it holds at other points", l[0], lang.Print(x), v)
	}
	return !judgedRight(v)
}

func judgedRight(v string) bool {
	return strings.HasPrefix(v, "RIGHT (proved") || strings.HasPrefix(v, "RIGHT (equal")
}
