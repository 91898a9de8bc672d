package fn_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/diff/fd"
	"gonum.org/v1/gonum/mat"

	"nabla/numeric"
	"nabla/symbolic"
	"nabla/symbolic/fn"
	"nabla/symbolic/shape"
)

// instances are expressions whose derivatives are held to finite differences: every record occurs in one, over
// everything and over each axis where it has axes. x, z : R[n]; p : R[n] positive; X, Y : R[m,n]; T : R[m,n,q];
// A : R[n,n], B = A + 4 I, M = A + Aᵀ, S = A Aᵀ + I. The sizes are distinct primes.
var instances = []string{
	"sum(X)", "sum(X, 1)", "sum(X, 2)", "sum(T, 2)", "mean(X)", "mean(X, 1)", "mean(T, 2)", "var(X, 2)", "var(x, ddof=1)", "std(X, 1)",
	"norm(X)", "norm(X, 1)", "norm(X, 2)", "norm1(x)", "norm2(x)", "norm2(X, 1)", "norm1(X, 1)", "norminf(x)", "norminf(X, 2)",
	"max(X)", "max(X, axis=1)", "max(X, axis=2)", "max(T, axis=2)", "min(X)", "min(X, axis=1)", "max(x, z)", "min(x, 0.3)", "minimum(x, z)", "maximum(x, z)",
	"hardmax(X)", "hardmax(X, 1)", "hardmin(X, 2)", "prod(X)", "prod(X, axis=1)", "prod(X, axis=2)", "prodexcept(x)", "prodexcept(x, k=2)", "prodexcept(X, axis=2, k=2)",
	"logsumexp(X)", "logsumexp(X, 1)", "logsumexp(X, 2)", "logsumexp(T, 2)", "softmax(X)", "softmax(X, 1)", "softmax(X, 2)", "softmax(T, 2)",
	"logsoftmax(X)", "logsoftmax(X, 1)", "logsoftmax(X, 2)", "cumsum(x)", "cumsum(X, 1)", "cumsum(X, 2)",
	"dot(x, z)", "outer(x, X)", "kron(X, A)", "kron(x, z)", "diag(x)", "diag(A)", "tr(A)", "trace(A)", "transpose(X)", "sym(A)",
	"reshape(X, 3, 2)", "vec(X)", "vec(T)", "concat(x, z)", "concat(X, A)", "concat(X, Y, axis=2)", "concat(x, z, x)",
	"part(x, 1, 1)", "part(X, 1, 2, axis=2)", "part(X, 1, 1)", "pad(x, 1, 7)", "pad(X, 2, 7, axis=2)", "tril(A)", "triu(A)",
	"det(A)", "logdet(S)", "inv(B)", "adj(A)", "cofactors(A)", "cofactors(A, order=2)", "pinv(X)", "pinv(transpose(X))", "solve(B, x)", "solve(B, transpose(X))", "solve(B, R)", "solve(G, X)", "solve(G, H)", "cholesky(S)", "eigvals(M)", "eigvecs(M)",
	"crossentropy(x, z)", "crossentropy(x, 2)", "crossentropy(X, [0, 2])", "crossentropy(X, Y)", "mse(X, Y)", "mse(X, Y, 1)",
	"huber(X, Y)", "huber(X, Y, 2)", "huber(x)", "huber(x, delta=0.5)",
	"where(gt(x, 0.3), x, z)", "where([1, 0, 2], x, z)", "clip(x, -0.5, 0.9)", "pow(x, 3)", "pow(x, 7)", "pow(p, -1.5)", "pow(p, z)", "power(p, z)", "power(2, x)",
	"leaky_relu(x, slope=0.2)", "elu(x, alpha=1.5)", "polygamma(2, p)", "atan2(x, z)", "sqrt(p)", "square(x)", "sinh(x)",
}

// third are the instances whose third derivative is looked at as well.
var third = []string{"logsumexp(x)", "softmax(x)", "logsoftmax(x)", "prod(x)", "norm(x)", "det(C)", "inv(D)", "solve(D, v)", "logdet(E)", "crossentropy(v, w)", "eigvals(F)"}

// A point is a graph with variables, their values and definitions in terms of them.
type point struct {
	reader
	rng *rand.Rand
}

func newPoint(seed uint64) *point {
	p := &point{reader{g: newGraph(), vals: values{}, defs: map[string]*symbolic.Expr{}}, numeric.Source(seed)}
	for name, n := range map[string]int{"m": 2, "n": 3, "q": 5, "two": 2} {
		p.g.Dims.SetSize(name, n)
	}
	wide := func(u float64) float64 { return 4*u - 2 }
	p.declare("x", wide, "n")
	p.declare("z", wide, "n")
	p.declare("p", func(u float64) float64 { return 0.4 + 2*u }, "n")
	p.declare("X", wide, "m", "n")
	p.declare("Y", wide, "m", "n")
	p.declare("T", wide, "m", "n", "q")
	p.declare("v", wide, "two")
	p.declare("w", wide, "two")
	A, C := p.declare("A", wide, "n", "n"), p.declare("C", wide, "two", "two")
	g := p.g
	eye := func(k int64, A *symbolic.Expr) *symbolic.Expr { return g.Times(g.Int(k), g.Delta(A.Shape[0])) }
	p.defs["B"] = g.Add(A, eye(4, A))
	p.defs["M"] = g.Add(A, g.Transpose(A))
	p.defs["S"] = g.Add(g.MatMul(A, g.Transpose(A)), eye(1, A))
	p.defs["D"] = g.Add(C, eye(4, C))
	p.defs["E"] = g.Add(g.MatMul(C, g.Transpose(C)), eye(1, C))
	p.defs["F"] = g.Add(C, g.Transpose(C))
	p.defs["R"] = g.Permute(p.defs["T"], 1, 2, 0)
	p.defs["G"] = g.E("a,bc->abc", g.Ones(shape.Of("m")), p.defs["B"]) // as many matrices as X has rows
	p.defs["H"] = p.defs["T"]
	return p
}

func (p *point) declare(name string, sample func(float64) float64, axes ...string) *symbolic.Expr {
	v := p.g.Var(name, shape.Of(axes...))
	p.draw(v, sample)
	p.defs[name] = v
	return v
}

func (p *point) draw(v *symbolic.Expr, sample func(float64) float64) {
	n, _ := p.g.Dims.Sizes(v.Shape)
	a := numeric.New(n...)
	for i := range a.Data {
		a.Data[i] = sample(p.rng.Float64())
	}
	p.vals[v] = a
}

func (p *point) read(text string) *symbolic.Expr {
	p.text = text
	return p.expr()
}

// variables are the variables of e that are declared.
func (p *point) variables(e *symbolic.Expr) []*symbolic.Expr {
	var out []*symbolic.Expr
	symbolic.Walk(e, func(n *symbolic.Expr) {
		if n.Op == symbolic.Var && n.Name != "v" || n == p.defs["v"] {
			out = append(out, n)
		}
	}, nil)
	return out
}

// numericJacobian is the derivative of y by x through central differences, flat.
func (p *point) numericJacobian(t *testing.T, y, x *symbolic.Expr) []float64 {
	t.Helper()
	at := p.vals[x]
	defer func() { p.vals[x] = at }()
	rows := len(eval(t, y, p.vals).Data)
	if rows == 0 {
		return nil
	}
	J := mat.NewDense(rows, len(at.Data), nil)
	fd.Jacobian(J, func(dst, in []float64) {
		p.vals[x] = &numeric.Array{Shape: at.Shape, Data: in}
		copy(dst, eval(t, y, p.vals).Data)
	}, at.Data, &fd.JacobianSettings{Formula: fd.Central, Step: 2e-5})
	return J.RawMatrix().Data
}

// near says that two arrays agree to tol, relative to their largest entry.
func near(a, b []float64, tol float64) bool {
	largest := 1.0
	for _, x := range b {
		largest = math.Max(largest, math.Abs(x))
	}
	return len(a) == len(b) && !slices.ContainsFunc(a, math.IsNaN) && floatsWithin(a, b, tol*largest)
}

func floatsWithin(a, b []float64, tol float64) bool {
	for i := range a {
		if !(math.Abs(a[i]-b[i]) <= tol) {
			return false
		}
	}
	return true
}

// checkDerivatives holds the derivatives of y up to an order, by every variable, to differences of the order below.
func (p *point) checkDerivatives(t *testing.T, y *symbolic.Expr, order int) {
	t.Helper()
	for _, x := range p.variables(y) {
		d, err := p.g.Diff(y, x)
		if err != nil {
			t.Fatal(err)
		}
		if want := slices.Concat(y.Shape, x.Shape); !p.g.Dims.SameShape(d.Shape, want) {
			t.Fatalf("∂/∂%v is in %v, not %v", x, d.Shape, want)
		}
		got, want := eval(t, d, p.vals).Data, p.numericJacobian(t, y, x)
		if !near(got, want, 1e-6) {
			t.Errorf("∂/∂%v of %v:\n got %.6g\nwant %.6g", x, y, got, want)
			return
		}
		if order > 1 {
			p.checkDerivatives(t, d, order-1)
		}
	}
}

func TestDerivativesAgreeWithFiniteDifferences(t *testing.T) {
	for _, text := range instances {
		t.Run(text, func(t *testing.T) {
			p := newPoint(1)
			p.checkDerivatives(t, p.read(text), 2)
		})
	}
	for _, text := range third {
		t.Run(text+" third", func(t *testing.T) {
			p := newPoint(2)
			p.checkDerivatives(t, p.read(text), 3)
		})
	}
}

func TestElementwiseDerivativesAgreeWithFiniteDifferences(t *testing.T) {
	for _, f := range records() {
		if f.F == nil || f.NoGrad != "" {
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			p := newPoint(3)
			x := p.g.Var("u", shape.Of("two"))
			p.draw(x, sampler(f))
			p.checkDerivatives(t, p.g.Call(f.Name, x), 3)
		})
	}
}

func sampler(f *symbolic.Func) func(float64) float64 {
	if f.Sample != nil {
		return f.Sample
	}
	return func(u float64) float64 { return 4*u - 2 }
}

func records() []*symbolic.Func {
	var out []*symbolic.Func
	for _, f := range fn.Families() {
		out = append(out, f.Funcs...)
	}
	return out
}

// tensors says that a record takes a tensor that one could differentiate by.
func tensors(f *symbolic.Func) bool {
	_, most := f.Arity()
	return most > 0
}

func TestEveryRecordIsDifferentiatedOrRefuses(t *testing.T) {
	word := regexp.MustCompile(`\w+`)
	seen := map[string]bool{}
	for _, text := range instances {
		for _, w := range word.FindAllString(text, -1) {
			seen[w] = true
		}
	}
	for _, f := range records() {
		switch {
		case !tensors(f) || f.F != nil || f.NoGrad != "":
		case !seen[f.Name]:
			t.Errorf("no instance of %s is differentiated", f.Name)
		}
	}
}

func TestDerivativesThatDoNotExistAreRefused(t *testing.T) {
	for _, text := range []string{"floor(x)", "ceil(x)", "round(x)", "gt(x, z)", "eq(x, z)", "argmax(x)", "argmax(X, 1)", "onehot(x, 3)",
		"accuracy(X, [0, 1])", "shuffle(X, seed=1)", "where(gt(x, z), gt(x, z), z)"} {
		p := newPoint(4)
		y := p.read(text)
		_, err := p.g.Diff(y, p.variables(y)[0])
		var refused *symbolic.NoDerivative
		if !errors.As(err, &refused) {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if !strings.Contains(text, refused.Fn.Name+"(") || refused.Why == "" {
			t.Errorf("%s is refused as %v", text, refused)
		}
	}
}

// TestFunctionsMapOverLeadingAxes holds f mapped over an axis of 5 to f of each of the 5, and its derivative to
// differences.
func TestFunctionsMapOverLeadingAxes(t *testing.T) {
	for _, text := range append(slices.Clone(instances), third...) {
		t.Run(text, func(t *testing.T) {
			p := newPoint(5)
			y := p.read(text)
			params := p.variables(y)
			args := slices.Clone(params)
			for k, x := range params {
				v := p.g.Var(x.Name+"s", slices.Concat(shape.Of("q"), x.Shape))
				sample := func(u float64) float64 { return 4*u - 2 }
				if x.Name == "p" {
					sample = func(u float64) float64 { return 0.4 + 2*u }
				}
				p.draw(v, sample)
				args[k] = v
			}
			for _, some := range [][]*symbolic.Expr{args, append(args[:1:1], params[1:]...)} {
				p.checkMapped(t, y, params, some)
			}
		})
	}
}

func (p *point) checkMapped(t *testing.T, y *symbolic.Expr, params, args []*symbolic.Expr) {
	t.Helper()
	mapped, err := p.g.Map(y, params, args)
	if err != nil {
		t.Fatal(err)
	}
	all := eval(t, mapped, p.vals)
	old := values{}
	for _, x := range params {
		old[x] = p.vals[x]
	}
	for i := range 5 {
		for k, x := range params {
			if a := p.vals[args[k]]; args[k] != x {
				n := len(a.Data) / 5
				p.vals[x] = &numeric.Array{Shape: a.Shape[1:], Data: a.Data[i*n : (i+1)*n]}
			}
		}
		one := eval(t, y, p.vals)
		n := len(one.Data)
		if !near(all.Data[i*n:(i+1)*n], one.Data, 1e-12) {
			t.Fatalf("entry %d of %v is %v, not %v", i, args, all.Data[i*n:(i+1)*n], one.Data)
		}
	}
	for x, a := range old {
		p.vals[x] = a
	}
	d, err := p.g.Diff(mapped, args[0])
	if err != nil {
		t.Fatal(err)
	}
	if got, want := eval(t, d, p.vals).Data, p.numericJacobian(t, mapped, args[0]); !near(got, want, 1e-6) {
		t.Errorf("derivative of the mapped function by %v:\n got %.6g\nwant %.6g", args[0], got, want)
	}
}
