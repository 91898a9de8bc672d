package kernel

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"nabla/numeric"
	"nabla/symbolic"
)

// python is an interpreter that may have NumPy, SciPy and PyTorch.
const python = "/usr/bin/python3"

// exportModel is a session in which every kind of name has a value.
const exportModel = `
dim d = 5, h = 3, q = 2, n = 7, c = 3
x : R[d]; y : R[q]; W1 : R[h,d]; W2 : R[q,h]; λ : R; v : R[h]; w : R[h]; X : R[n,d]; b : R[d]; A : R[h,h]; B : R[h,h]; T : R[n,h,d]; Z : R[n,q]; t : R[n]
S : R[h,h] where symmetric
O : R[h,h] where orthogonal; D : R[h,h] where diagonal; P : R[h,h] where symmetric, P P == P; p : R[q] where p > 0, sum(p) == 1; r : R where r^2 == r
x := randn(d, seed=1); y := rand(q, seed=2); W1 := randn(h, d, seed=3); W2 := randn(q, h, seed=4); λ := 0.3; v := rand(h, seed=5); w := randn(h, seed=6)
X := randn(n, d, seed=7); b := randn(d, seed=8); A := 2 eye(h) + randn(h, h, seed=9) / 4; B := randn(h, h, seed=10); T := randn(n, h, d, seed=11); Z := randn(n, q, seed=12)
t := [0, 1, 1, 0, 1, 0, 1]
S := 3 eye(h)
O := eye(h); D := 2 eye(h); P := eye(h); p := [0.25, 0.75]; r := 1
φ : R -> R; l : R[q], R[q] -> R
φ := tanh
l := crossentropy
z = W1 x
h = φ(z)
o = W2 h
L = l(o, y)
s = λ/2 (‖W1‖² + ‖W2‖²)
J = L + s
user(u) = u sigmoid(u)
K[k] : R[h,h] for k = 1..3
K[1] := randn(h, h, seed=13); K[2] := randn(h, h, seed=14); K[3] := randn(h, h, seed=15)
H[0] = v
H[k] = φ(K[k] H[k-1]) for k = 1..3
scores = Z W2
`

// exported are expressions of every kind that a person can type.
var exported = []string{
	"J", "∂J/∂W1", "∂J/∂W2", "∂J/∂z", "∂J/∂x", "grad(J, [W1, W2])", "hessian(J, x)", "∂o/∂x", "∂h/∂W1",
	"sum(H[3])", "grad(sum(H[3]), K[1])", "user(v)", "∂(sum(user(v)))/∂v",
	"A v", "v' A w", "A' B", "v w'", "v ⊙ w", "tr(A B)", "A ⊗ B", "diag(v)", "diag(A)", "vec(A)", "A^-1 v", "solve(A, v)", "det(A)", "logdet(A' A)",
	"∂(logdet(A' A))/∂A", "inv(A) B", "tril(A) + triu(B)", "X + b", "2 X - 1/3", "X + λ", "X b + λ", "∂(sum(sigmoid(X b + λ)))/∂λ", "sum(X, n)", "mean(X, d)", "max(X, axis=d)", "min(v)",
	"∂(sum(max(X, axis=d)))/∂X", "softmax(X, d)", "logsumexp(X, n)", "crossentropy(Z, t)", "∂(sum(crossentropy(Z, t)))/∂Z", "argmax(Z, q)", "onehot(t, 3)",
	"X[2..4, :]", "X[3, 2]", "∂(sum(exp(X[2..4, :])))/∂X", "∂(X[3,2]^2)/∂X", "concat(v, w)", "reshape(A, 9)", "cumsum(v)", "prod(v)", "∂(prod(v))/∂v",
	"var(X, n)", "norm(X)", "norm1(v)", "norminf(v)", "v .^ 3", "v .^ 2.5", "exp(v) ./ w", "1 ./ v", "sqrt(v ⊙ v)", "where(v > 0.5, v, w)", "max(v, w)", "abs(w)", "relu(w)",
	"leaky_relu(w)", "gelu(w)", "softplus(w)", "lgamma(v)", "sin(λ) + pi", "λ d + n", "dim(h) λ", "eye(h) + ones(h, h)", "zeros(h)", "ones(n, d)",
	"hessian(sum(exp(v)), v)", "hessian(v' A v, v)", "∂(A B)/∂A", "∂(inv(A))/∂A", "hvp(v' A v, v, w)", "sum(T, n)", "sum(T)", "huber(w)",
	"pow(v, 3)", "step(w)", "sigmoid(w)", "J + 2", "λ", "3", "x", "n", "atan2(v, w)", "v - v",
	"sum[i,j] A[i,j] B[j,i]", "sum[a] X[a+1, 2] W1[1, a]", "S v", "∂(v' S v)/∂v", "kron(v, w)", "tr(A B A' B')", "hessian(‖A B‖², A)",
	"grad(‖O v - w‖², v)", "grad(‖D v - w‖², v)", "grad(‖P v - w‖², v)", "grad(-p' log(softmax(o)), W2)", "grad(r^2 ‖v‖², v)",
}

// indexed are definitions in index notation, of which Q is exported.
var indexed = []string{
	"Q[i,k] = sum[a,j] T[i,a,j] W1[a,k]", "Q[i] = sum[a] X[i+a, 2] v[a]", "Q[i] = A[i,i] v[i]", "Q[i,j,k] = v[i] x[j] y[k]", "Q[j] = sum[i] X[2i-1, j]",
}

func exportSession(t *testing.T) *Session {
	t.Helper()
	s := NewSession()
	for _, line := range strings.Split(strings.TrimSpace(exportModel), "\n") {
		if r := execute(t, s, line); r.Err != nil {
			t.Fatalf("%s: %v", line, r.Err)
		}
	}
	return s
}

// A sample is one exported program with the values that it should give.
type sample struct {
	source, program string
	want            []*Value
	refused         *Result
}

// exportSamples exports every expression.
func exportSamples(t *testing.T, s *Session, target string) []sample {
	t.Helper()
	var out []sample
	for i, src := range append(append([]string{}, exported...), indexed...) {
		if i >= len(exported) {
			name := fmt.Sprintf("Q%d", i)
			if r := execute(t, s, name+strings.TrimPrefix(src, "Q")); r.Err != nil {
				t.Errorf("%s: %v", src, r.Err)
				continue
			}
			src = name
		}
		r := execute(t, s, fmt.Sprintf("export(%s, %q)", src, target))
		if r.Err != nil {
			out = append(out, sample{source: src, refused: r})
			continue
		}
		v := execute(t, s, "eval("+src+")")
		if v.Err != nil {
			t.Errorf("%s: %v", src, v.Err)
			continue
		}
		out = append(out, sample{source: src, program: r.Text, want: values1(v)})
	}
	return out
}

// values1 are the numbers of an answer, or of a list.
func values1(r *Result) []*Value {
	if r.Value != nil {
		return []*Value{r.Value}
	}
	var out []*Value
	m, _ := r.Data.(map[string]any)
	list, _ := m["values"].([]any)
	for _, x := range list {
		x := x.(map[string]any)
		out = append(out, &Value{Shape: x["shape"].([]int), Data: x["data"].([]float64)})
	}
	return out
}

// knownRefusals are the expressions that no target has a word for.
var knownRefusals = []string{"∂(prod(v))/∂v"}

// programs are the samples that were written; a refusal that is not known is an error.
func programs(t *testing.T, samples []sample) []sample {
	var out []sample
	for _, s := range samples {
		if s.refused != nil && slices.Contains(knownRefusals, s.source) && s.refused.Err.Code == "E310" {
			continue
		}
		if s.refused != nil {
			t.Errorf("%s is refused: %v", s.source, s.refused.Err)
			continue
		}
		out = append(out, s)
	}
	return out
}

// inputs are the values of the session by identifier.
func inputs(s *Session) map[string]*numeric.Array {
	out := map[string]*numeric.Array{}
	for v, a := range s.state.Load().values.Doubles.All() {
		if v.Op == symbolic.Var {
			out[strings.Trim(strings.NewReplacer("[", "_", "]", "").Replace(v.Name), "_")] = a
		}
	}
	return out
}

func TestPythonProgramsComputeWhatEvalDoes(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it starts an interpreter")
	}
	for target, module := range map[string]string{"numpy": "numpy, scipy.special", "pytorch": "numpy, torch"} {
		t.Run(target, func(t *testing.T) {
			if out, err := exec.Command(python, "-c", "import "+module).CombinedOutput(); err != nil {
				t.Skipf("%s cannot import %s: %v %s", python, module, err, out)
			}
			s := exportSession(t)
			samples := programs(t, exportSamples(t, s, target))
			runPython(t, samples, inputs(s))
		})
	}
}

const pythonDriver = `
import importlib.util, inspect, json, runpy, sys, numpy as np
data = json.load(open(sys.argv[1]))
values = {k: np.array(v["data"], dtype=float).reshape(v["shape"]) for k, v in data["inputs"].items()}
for s in data["samples"]:
    try:
        spec = importlib.util.spec_from_file_location("m", s["file"])
        m = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(m)
        f = getattr(m, s["name"])
        got = f(*[values[p] for p in inspect.signature(f).parameters])
        if len(s["want"]) == 1:
            got = (got,)
        for g, w in zip(got, s["want"]):
            w = np.array(w["data"], dtype=float).reshape(w["shape"])
            g = np.asarray(g)
            if g.shape != w.shape or not np.allclose(g, w, rtol=1e-8, atol=1e-8):
                print(s["source"], "is", g.tolist(), "not", w.tolist(), "\n", open(s["file"]).read())
    except Exception as e:
        print(s["source"], "fails:", type(e).__name__, e, "\n", open(s["file"]).read())
        continue
    if "__main__" in open(s["file"]).read():
        try:
            import io, contextlib
            with contextlib.redirect_stdout(io.StringIO()):
                runpy.run_path(s["file"], run_name="__main__")
        except Exception as e:
            print(s["source"], "check fails:", type(e).__name__, e, "\n", open(s["file"]).read())
`

type jsonArray struct {
	Shape []int     `json:"shape"`
	Data  []float64 `json:"data"`
}

func runPython(t *testing.T, samples []sample, in map[string]*numeric.Array) {
	t.Helper()
	dir := t.TempDir()
	type item struct {
		Source string      `json:"source"`
		File   string      `json:"file"`
		Name   string      `json:"name"`
		Want   []jsonArray `json:"want"`
	}
	data := struct {
		Inputs  map[string]jsonArray `json:"inputs"`
		Samples []item               `json:"samples"`
	}{Inputs: map[string]jsonArray{}}
	for k, a := range in {
		data.Inputs[k] = jsonArray{append([]int{}, a.Shape...), a.Data}
	}
	for i, s := range samples {
		file := filepath.Join(dir, fmt.Sprintf("m%d.py", i))
		write(t, file, s.program+"\n")
		it := item{Source: s.source, File: file, Name: between(s.program, "\ndef ", "(")}
		for _, v := range s.want {
			it.Want = append(it.Want, jsonArray{append([]int{}, v.Shape...), v.Data})
		}
		data.Samples = append(data.Samples, it)
	}
	text, err := json.Marshal(data)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "data.json"), string(text))
	write(t, filepath.Join(dir, "driver.py"), pythonDriver)
	out, err := exec.Command(python, filepath.Join(dir, "driver.py"), filepath.Join(dir, "data.json")).CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("%v\n%s", err, out)
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// between is the text after the first a, up to the next b.
func between(text, a, b string) string {
	_, rest, _ := strings.Cut(text, a)
	out, _, _ := strings.Cut(rest, b)
	return out
}

func TestGoProgramsComputeWhatEvalDoes(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it starts the compiler")
	}
	if _, err := exec.LookPath("go"); errors.Is(err, exec.ErrNotFound) {
		t.Skip("there is no Go compiler")
	}
	s := exportSession(t)
	samples := programs(t, exportSamples(t, s, "go"))
	dir := t.TempDir()
	for _, f := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join("..", f))
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, f), strings.Replace(string(text), "module nabla", "module exported", 1))
	}
	var imports, calls strings.Builder
	for i, x := range samples {
		name := fmt.Sprintf("m%d", i)
		text := strings.Replace(strings.Replace(x.program, "package main", "package "+name, 1), "func main() {", "func Check() {", 1)
		write(t, filepath.Join(dir, name, "m.go"), text+"\n")
		write(t, filepath.Join(dir, name, "run.go"), goDriver(name, x, inputs(s)))
		fmt.Fprintf(&imports, "%q\n", "exported/"+name)
		fmt.Fprintf(&calls, "run(%q, %s.Check)\nrun(%q, %s.Run)\n", x.source, name, x.source, name)
	}
	write(t, filepath.Join(dir, "main.go"), "package main\n\nimport (\n\"fmt\"\n"+imports.String()+")\n\nfunc run(name string, f func()) {\ndefer func() {\nif e := recover(); e != nil {\nfmt.Println(\"WRONG\", name, e)\n}\n}()\nf()\n}\n\nfunc main() {\n"+calls.String()+"}\n")
	cmd := exec.Command("go", "run", "-mod=mod", ".")
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	for _, line := range strings.Split(string(out), "\n") {
		if line != "" && !strings.Contains(line, "differs from finite differences by") {
			t.Error(line)
		}
	}
	if err != nil {
		t.Error(err)
	}
}

// goDriver is a Run that calls the program with the values of the session.
func goDriver(pkg string, x sample, in map[string]*numeric.Array) string {
	var b strings.Builder
	fmt.Fprintf(&b, "package %s\n\nimport (\n\"fmt\"\n\"math\"\n)\n\nfunc flat(x any) []float64 {\nif y, ok := x.(float64); ok {\nreturn []float64{y}\n}\nreturn x.(tensor).data\n}\n\nfunc Run() {\n", pkg)
	head := x.program[strings.Index(x.program, "\nfunc ")+1:]
	name := between(head, "func ", "(")
	var args []string
	for _, p := range strings.Split(between(head, "(", ")"), ", ") {
		id, kind, _ := strings.Cut(p, " ")
		if id == "" {
			continue
		}
		a := in[id]
		if kind == "float64" {
			args = append(args, fmt.Sprintf("%v", a.Data[0]))
			continue
		}
		args = append(args, fmt.Sprintf("tensor{%#v, %#v}", append([]int{}, a.Shape...), a.Data))
	}
	results := make([]string, len(x.want))
	for i := range results {
		results[i] = fmt.Sprintf("r%d", i)
	}
	fmt.Fprintf(&b, "%s := %s(%s)\n", strings.Join(results, ", "), name, strings.Join(args, ", "))
	for i, w := range x.want {
		fmt.Fprintf(&b, "for i, w := range %#v {\nif g := flat(r%d); len(g) <= i || !(math.Abs(g[i]-w) <= 1e-8*(1+math.Abs(w))) {\nfmt.Println(%q, \"is\", g, \"not\", w)\nbreak\n}\n}\n", w.Data, i, "WRONG "+x.source)
	}
	b.WriteString("}\n")
	return b.String()
}
