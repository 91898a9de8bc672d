package kernel

import (
	"context"
	"math/rand/v2"
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

const randomLines = 500

func TestNoEquivalentOfARightLineIsCalledWrong(t *testing.T) {
	b := newJudgeBench(t, chapterModel)
	r := rand.New(rand.NewPCG(1, 2))
	for range randomLines {
		l := rightLines[r.IntN(len(rightLines))]
		x := b.read(l[1])
		for range 1 + r.IntN(3) {
			x = edited(r, x, same)
		}
		if _, err := b.j.state.scope.Quiet().Expr(x); err != nil {
			continue // 2 J in a matrix product, say: the rewriting made no line of it
		}
		if v := b.verdict(b.read(l[0]), x); !strings.HasPrefix(v, "RIGHT (proved") && !strings.HasPrefix(v, "RIGHT (equal") {
			t.Errorf("%s == %s: %s", l[0], lang.Print(x), v)
		}
	}
}

// The oracle is a trial at other points than those of the judge.
func TestNoMutationIsCalledRightThatIsNot(t *testing.T) {
	b := newJudgeBench(t, chapterModel)
	r := rand.New(rand.NewPCG(3, 4))
	wrong := 0
	for range randomLines {
		l := rightLines[r.IntN(len(rightLines))]
		x := edited(r, b.read(l[1]), other)
		left := b.read(l[0])
		v := b.verdict(left, x)
		if !strings.HasPrefix(v, "RIGHT (proved") && !strings.HasPrefix(v, "RIGHT (equal") {
			wrong++
			if truth, mine, ok := b.both(left, x); ok && v == wrongValue && study.NewTrial(b.j.ctx, truth, []*symbolic.Expr{mine}).Right(b.j.ctx, []*symbolic.Expr{mine})[0] {
				t.Errorf("%s == %s: %s, but it holds at other points", l[0], lang.Print(x), v)
			}
			continue
		}
		truth, mine, ok := b.both(left, x)
		if !ok || !study.NewTrial(b.j.ctx, truth, []*symbolic.Expr{mine}).Right(b.j.ctx, []*symbolic.Expr{mine})[0] {
			t.Errorf("%s == %s: %s, but it fails at another point", l[0], lang.Print(x), v)
		}
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
