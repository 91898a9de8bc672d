package export

import (
	"context"
	"encoding/json"
	"fmt"
	"math/big"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"nabla/numeric"
	"nabla/symbolic"
	"nabla/symbolic/fn"
	"nabla/symbolic/lower"
	"nabla/symbolic/shape"
)

// interpreter is one that may have NumPy and PyTorch.
const interpreter = "/usr/bin/python3"

// A random model has variables with values and an expression of them.
type random struct {
	r    *rand.Rand
	g    *symbolic.Graph
	pool []*symbolic.Expr
	b    lower.Bindings
}

var dims = []string{"a", "b", "c"}

func newRandom(seed uint64) *random {
	m := &random{r: rand.New(rand.NewPCG(seed, 1)), g: symbolic.NewGraph(fn.Library(), shape.NewEnv())}
	m.b = lower.Bindings{Dims: m.g.Dims, Values: map[*symbolic.Expr]*numeric.Array{}}
	for i, d := range dims {
		m.g.Dims.SetSize(d, []int{2, 3, 5}[i])
	}
	for i := range 4 {
		var s shape.Shape
		for range m.r.IntN(4) {
			s = append(s, shape.Name(dims[m.r.IntN(3)]))
		}
		v := m.g.Var(fmt.Sprint("v", i), s)
		m.b.Values[v] = m.value(s)
		m.pool = append(m.pool, v)
	}
	for range 6 {
		if e := m.grow(); e.Rank() <= 4 {
			m.pool = append(m.pool, e)
		}
	}
	return m
}

func (m *random) value(s shape.Shape) *numeric.Array {
	n, _ := m.g.Dims.Sizes(s)
	a := numeric.New(n...)
	for k := range a.Data {
		a.Data[k] = m.r.Float64() - 0.4
	}
	return a
}

func (m *random) pick() *symbolic.Expr { return m.pool[m.r.IntN(len(m.pool))] }

// grow is a random node over those that are there.
func (m *random) grow() *symbolic.Expr {
	switch x := m.pick(); m.r.IntN(8) {
	case 0:
		return m.g.Call([]string{"tanh", "sin", "sigmoid", "relu"}[m.r.IntN(4)], x)
	case 1:
		return m.g.Let(fmt.Sprint("y", len(m.pool)), x)
	case 2:
		return m.g.Sum(x.Shape, m.g.Scale(big.NewRat(-3, 7), x), m.g.Ones(x.Shape))
	case 3:
		if x.Rank() > 0 {
			return m.g.ApplyParams("softmax", symbolic.Params{Core: 1}, x.Shape, x)
		}
		return x
	case 4:
		return m.broadcastSum(x)
	}
	return m.einsum()
}

// broadcastSum adds to x what is repeated along the axes of x that it lacks; all of them for a number.
func (m *random) broadcastSum(x *symbolic.Expr) *symbolic.Expr {
	out := "abcdefgh"[:x.Rank()]
	y, in := m.pick(), ""
	for _, d := range y.Shape {
		k := slices.IndexFunc(x.Shape, func(e shape.Dim) bool { return e == d })
		if k < 0 || strings.Contains(in, out[k:k+1]) {
			y, in = m.g.Einsum([]string{"abcdefgh"[:y.Rank()]}, "", []*symbolic.Expr{y}, nil), ""
			break
		}
		in += out[k : k+1]
	}
	return m.g.Sum(x.Shape, x, m.g.Einsum([]string{in}, out, []*symbolic.Expr{y}, x.Shape))
}

// einsum multiplies up to three nodes and an identity, with labels met at random: sums, diagonals, broadcasts and
// transpositions all occur.
func (m *random) einsum() *symbolic.Expr {
	var in []string
	var args []*symbolic.Expr
	labels := map[byte]string{}
	for range 1 + m.r.IntN(3) {
		x := m.pick()
		if m.r.IntN(6) == 0 {
			x = m.g.Delta(shape.Name(dims[m.r.IntN(3)]))
		}
		w := ""
		for _, d := range x.Shape {
			name, _ := d.AsName()
			l := name[0] + byte(m.r.IntN(2))*3
			labels[l] = name
			w += string(l)
		}
		in, args = append(in, w), append(args, x)
	}
	out, s := "", shape.Shape{}
	for _, l := range []byte("fbdaec") {
		if name, ok := labels[l]; ok && m.r.IntN(2) == 0 && len(out) < 3 {
			out += string(l)
			s = append(s, shape.Name(name))
		}
	}
	if m.r.IntN(5) == 0 {
		out += "z"
		s = append(s, shape.Name("b"))
	}
	return m.g.Einsum(in, out, args, s)
}

// A trial is one program with its arguments and what it should give.
type trial struct {
	Program string      `json:"program"`
	Args    []jsonArray `json:"args"`
	Want    jsonArray   `json:"want"`
}

type jsonArray struct {
	Shape []int     `json:"shape"`
	Data  []float64 `json:"data"`
}

func toJSON(a *numeric.Array) jsonArray { return jsonArray{append([]int{}, a.Shape...), a.Data} }

// special are functions of whole tensors that a random expression seldom meets, and derivatives of them.
var special = []func(*testing.T, *random) *symbolic.Expr{
	func(t *testing.T, m *random) *symbolic.Expr { return m.derived(t, m.apply(t, "prod", m.fresh("b")), 1) },
	func(t *testing.T, m *random) *symbolic.Expr { return m.derived(t, m.apply(t, "prod", m.fresh("b")), 2) },
	func(t *testing.T, m *random) *symbolic.Expr { return m.derived(t, m.apply(t, "prod", m.fresh("b")), 3) },
	func(t *testing.T, m *random) *symbolic.Expr {
		return m.derived(t, m.apply(t, "prod", m.fresh("a", "b")), 2)
	},
	func(t *testing.T, m *random) *symbolic.Expr {
		x := m.fresh("a", "b")
		p, err := m.g.Apply(m.g.Lib.Lookup("prod"), symbolic.In{Args: []*symbolic.Expr{x}, Axes: []int{1}})
		if err != nil {
			t.Fatal(err)
		}
		return m.derived(t, m.g.SumAxes(p, 0), 2)
	},
	func(t *testing.T, m *random) *symbolic.Expr { return m.apply(t, "cholesky", m.definite()) },
	func(t *testing.T, m *random) *symbolic.Expr { return m.apply(t, "eigvals", m.definite()) },
	func(t *testing.T, m *random) *symbolic.Expr { return m.apply(t, "eigvecs", m.definite()) },
	func(t *testing.T, m *random) *symbolic.Expr { // the inverse as V diag(1/λ) Vᵀ
		a := m.definite()
		V, l := m.apply(t, "eigvecs", a), m.apply(t, "eigvals", a)
		return m.g.E("ac,c,bc->ab", V, m.g.Recip(l), V)
	},
	func(t *testing.T, m *random) *symbolic.Expr { // places that move, and added up
		x := m.fresh("c")
		par := symbolic.Params{Core: 1, Ints: []int{2, 1, 1}, Dims: shape.Shape{shape.Const(0)}}
		y := m.g.ApplyParams("gather", par, shape.Shape{shape.Name("b"), shape.Name("b")}, x)
		return m.derived(t, m.g.E("ab,ab,ab->", y, y, y), 1)
	},
}

// fresh is a variable of its own, whose last entry is 0.
func (m *random) fresh(axes ...string) *symbolic.Expr {
	v := m.g.Var(fmt.Sprint("u", len(m.b.Values)), shape.Of(axes...))
	n, _ := m.g.Dims.Sizes(v.Shape)
	a := numeric.New(n...)
	for k := range len(a.Data) - 1 {
		a.Data[k] = m.r.Float64() - 0.4
	}
	m.b.Values[v] = a
	return v
}

// definite is M Mᵀ + I.
func (m *random) definite() *symbolic.Expr {
	x := m.fresh("c", "b")
	return m.g.Add(m.g.E("ab,cb->ac", x, x), m.g.Scale(big.NewRat(2, 1), m.g.E("ab,a->ab", m.g.Delta(shape.Name("c")), m.g.E("ab->a", m.g.Hadamard(x, x)))))
}

func (m *random) apply(t *testing.T, name string, x *symbolic.Expr) *symbolic.Expr {
	e, err := m.g.Apply(m.g.Lib.Lookup(name), symbolic.In{Args: []*symbolic.Expr{x}})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// derived is a derivative of some order by the last variable that was made.
func (m *random) derived(t *testing.T, e *symbolic.Expr, order int) *symbolic.Expr {
	var x *symbolic.Expr
	symbolic.Walk(e, func(n *symbolic.Expr) {
		if n.Op == symbolic.Var {
			x = n
		}
	}, nil)
	for range order {
		d, err := m.g.Diff(e, x)
		if err != nil {
			t.Fatal(err)
		}
		e = d
	}
	return e
}

// trials exports random expressions.
func trials(t *testing.T, target string, n int) []trial {
	t.Helper()
	var out []trial
	for seed := range uint64(n + len(special)) {
		m := newRandom(seed)
		e := m.pool[len(m.pool)-1]
		if int(seed) >= n {
			e = special[int(seed)-n](t, m)
		}
		want, err := lower.Reference(context.Background(), []*symbolic.Expr{e}, m.b)
		if err != nil {
			t.Fatal(err)
		}
		text, err := Write([]Output{{Expr: e}}, target, Options{Name: "answer"})
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		p, err := newProgram([]*symbolic.Expr{e}, target, nil)
		if err != nil {
			t.Fatal(err)
		}
		x := trial{Program: text, Want: toJSON(want[0]), Args: []jsonArray{}}
		for _, v := range p.vars {
			x.Args = append(x.Args, toJSON(m.b.Values[v]))
		}
		for _, d := range p.sizes {
			size, _ := m.g.Dims.Size(shape.Name(d))
			x.Args = append(x.Args, jsonArray{[]int{}, []float64{float64(size)}})
		}
		out = append(out, x)
	}
	return out
}

const driver = `
import json, sys, numpy as np
for x in json.load(open(sys.argv[1])):
    space = {"__name__": "trial"}
    try:
        exec(x["program"], space)
        got = np.asarray(space["answer"](*[np.array(a["data"], dtype=float).reshape(a["shape"]) for a in x["args"]]))
        want = np.array(x["want"]["data"], dtype=float).reshape(x["want"]["shape"])
        if got.shape != want.shape or not np.allclose(got, want, rtol=1e-9, atol=1e-9):
            print(x["program"], "gives", got.tolist(), "not", want.tolist())
    except Exception as e:
        print(x["program"], "fails:", type(e).__name__, e)
`

func TestRandomExpressionsComputeTheSameInPython(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts an interpreter")
	}
	for target, module := range map[string]string{"numpy": "numpy", "pytorch": "torch", "jax": "scipy"} {
		t.Run(target, func(t *testing.T) {
			if out, err := exec.Command(interpreter, "-c", "import numpy, "+module).CombinedOutput(); err != nil {
				t.Skipf("%s cannot import %s: %v %s", interpreter, module, err, out)
			}
			data, err := json.Marshal(trials(t, target, 150))
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(t.TempDir(), "trials.json")
			if err := os.WriteFile(file, data, 0o644); err != nil {
				t.Fatal(err)
			}
			driver := driver
			if target == "jax" { // there is no JAX to be had in Debian: a stand-in with its names runs the programs
				driver = "import sys\nexec(open('testdata/jax.py').read(), {})\n" + driver
			}
			if out, err := exec.Command(interpreter, "-c", driver, file).CombinedOutput(); err != nil || len(out) > 0 {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

func TestRandomExpressionsComputeTheSameInGo(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts the compiler")
	}
	dir := t.TempDir()
	put := func(name, text string) {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	put("go.mod", "module trial\n\ngo 1.26\n")
	var imports, calls strings.Builder
	for i, x := range trials(t, "go", 40) {
		name := fmt.Sprintf("m%d", i)
		put(name+"/m.go", strings.Replace(strings.Replace(x.Program, "package main", "package "+name, 1), "func main()", "func unused()", 1))
		put(name+"/run.go", goRun(name, x))
		fmt.Fprintf(&imports, "%q\n", "trial/"+name)
		fmt.Fprintf(&calls, "%s.Run()\n", name)
	}
	put("main.go", "package main\n\nimport (\n"+imports.String()+")\n\nfunc main() {\n"+calls.String()+"}\n")
	cmd := exec.Command("go", "run", ".")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%v\n%s", err, out)
	}
}

// goRun calls a program and prints what is wrong.
func goRun(name string, x trial) string {
	head := x.Program[strings.Index(x.Program, "\nfunc answer(")+len("\nfunc answer("):]
	head, _, _ = strings.Cut(head, ")")
	var args []string
	for i, p := range strings.Split(head, ", ") {
		switch {
		case p == "":
		case strings.HasSuffix(p, " tensor"):
			args = append(args, fmt.Sprintf("tensor{%#v, %#v}", x.Args[i].Shape, x.Args[i].Data))
		default:
			args = append(args, fmt.Sprint(x.Args[i].Data[0]))
		}
	}
	got := "got := []float64{answer(" + strings.Join(args, ", ") + ")}"
	if len(x.Want.Shape) > 0 {
		got = "got := answer(" + strings.Join(args, ", ") + ").data"
	}
	return fmt.Sprintf("package %s\n\nimport (\n\"fmt\"\n\"math\"\n)\n\nfunc Run() {\n%s\nfor i, w := range %#v {\nif i >= len(got) || !(math.Abs(got[i]-w) <= 1e-9*(1+math.Abs(w))) {\nfmt.Println(%q, got, w)\nreturn\n}\n}\n}\n", name, got, x.Want.Data, name)
}

// TestTemplatesOfTheOtherTargets reads what cannot be run here.
func TestTemplatesOfTheOtherTargets(t *testing.T) {
	g := symbolic.NewGraph(fn.Library(), shape.NewEnv())
	W, x := g.Var("W", shape.Of("h", "d")), g.Var("x", shape.Of("d"))
	z := g.Let("z", g.MatMul(W, x))
	e := g.E("a,b->ab", g.Call("tanh", z), x)
	for target, want := range map[string][]string{
		"jax":   {"import jax.numpy as jnp", "def answer(W, x):", "W = jnp.asarray(W, dtype=float)", "z = W @ x", "return jnp.outer(jnp.tanh(z), x)"},
		"julia": {"function answer(W, x)", "size(W) == (h, d) ||", "z = W * x", "return tanh.(z) * x'", "end"},
	} {
		text, err := Write([]Output{{Expr: e}}, target, Options{Name: "answer"})
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s has no %q:\n%s", target, w, text)
			}
		}
	}
}

// TestAFunctionWithoutATemplateIsRefusedByName holds for every target, and for calls deep inside.
func TestAFunctionWithoutATemplateIsRefusedByName(t *testing.T) {
	g := symbolic.NewGraph(fn.Library(), shape.NewEnv())
	v := g.Var("v", shape.Of("n"))
	f := &symbolic.Func{Name: "mystery", F: func(x float64) float64 { return x }}
	call, err := g.Apply(f, symbolic.In{Args: []*symbolic.Expr{v}})
	if err != nil {
		t.Fatal(err)
	}
	for _, target := range Targets {
		text, err := Write([]Output{{Expr: g.Add(v, call)}}, target, Options{})
		if text != "" || err == nil || !strings.Contains(err.Error(), "mystery cannot be exported to "+target) {
			t.Errorf("%s: %q, %v", target, text, err)
		}
	}
}
