package fn_test

import (
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
	"nabla/symbolic/shape"
)

// python is an interpreter that may have NumPy, SciPy and PyTorch.
const python = "/usr/bin/python3"

// TestExportsComputeTheSame runs the NumPy and PyTorch templates, and those of JAX over a stand-in for it, of every record in the instances and compares with the
// kernels.
func TestExportsComputeTheSame(t *testing.T) {
	for target, prelude := range map[string]string{
		"numpy":   "import sys\ntry: import numpy as np, scipy.special\nexcept ImportError as e: sys.exit(str(e))\ndef A(x, s): return np.array(x, dtype=float).reshape(s)\ndef N(x): return np.asarray(x)\n",
		"pytorch": "import sys\ntry: import numpy as np, torch\nexcept ImportError as e: sys.exit(str(e))\ndef A(x, s): return torch.tensor(x, dtype=torch.float64).reshape(s)\ndef N(x): return np.asarray(x)\n",
		"jax": "import sys\ntry: import numpy as np, scipy.special\nexcept ImportError as e: sys.exit(str(e))\n" +
			"exec(open('../export/testdata/jax.py').read(), {})\nimport jax, jax.numpy as jnp\n" +
			"def A(x, s): return jnp.asarray(np.array(x, dtype=float).reshape(s))\ndef N(x): return np.asarray(x)\n",
	} {
		t.Run(target, func(t *testing.T) {
			if testing.Short() {
				t.Skip("it starts an interpreter")
			}
			seen := map[string]bool{}
			script := prelude + checker + exportChecks(t, target, seen)
			out, err := exec.Command(python, "-c", script).CombinedOutput()
			if err != nil && (errors.Is(err, exec.ErrNotFound) || errors.Is(err, os.ErrNotExist) || strings.HasPrefix(string(out), "No module named")) {
				t.Skipf("%s: %v %s", python, err, lastLine(out))
			}
			if err != nil || len(out) > 0 {
				t.Errorf("%v\n%s", err, out)
			}
			for _, f := range records() {
				if f.Export[target] != "" && !f.Random && tensors(f) && !seen[f.Name] {
					t.Errorf("the %s of %s was not run", target, f.Name)
				}
			}
		})
	}
}

const checker = `
def check(name, f, want, shape):
    try:
        got = N(f()).astype(float)
        want = np.array(want, dtype=float).reshape(shape)
        if got.shape != want.shape or not np.allclose(got, want, rtol=1e-9, atol=1e-9):
            print(name, "is", got.tolist(), "not", want.tolist())
    except Exception as e:
        print(name, "fails:", e)
`

func lastLine(out []byte) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return lines[len(lines)-1]
}

// exportChecks is a Python line for every call in the instances, and for every function of one number.
func exportChecks(t *testing.T, target string, seen map[string]bool) string {
	var b strings.Builder
	write := func(p *point, e *symbolic.Expr) {
		if e.Op != symbolic.Call {
			return
		}
		code := symbolic.Template(e, target)
		if code == "" {
			return
		}
		seen[e.Fn.Name] = true
		args := make([]string, len(e.Args))
		for i, a := range e.Args {
			v := eval(t, a, p.vals)
			args[i] = fmt.Sprintf("A(%s, %s)", flat(v.Data), ints(v.Shape))
		}
		code = symbolic.Expand(code, e, args, func(d shape.Dim) string { n, _ := p.g.Dims.Size(d); return fmt.Sprint(n) })
		want := eval(t, e, p.vals)
		fmt.Fprintf(&b, "check(%q, lambda: %s, %s, %s)\n", e.Fn.Name, code, flat(want.Data), ints(want.Shape))
	}
	for _, f := range records() {
		if f.F != nil {
			p := newPoint(8)
			x := p.g.Var("u", p.defs["X"].Shape)
			p.draw(x, sampler(f))
			write(p, p.g.Call(f.Name, x))
		}
	}
	for _, text := range slices.Concat(instances, third, []string{"gt(x, z)", "ge(x, z)", "lt(x, z)", "le(x, z)", "eq(x, x)", "ne(x, z)",
		"argmax(X, 1)", "argmax(X, 2)", "pow(p, 0.5)", "pow(x, -1)", "max(X, axis=1)", "prod(T, axis=2)"}) {
		p := newPoint(9)
		symbolic.Walk(p.read(text), func(e *symbolic.Expr) { write(p, e) }, nil)
	}
	return b.String()
}

func flat(x []float64) string {
	return strings.ReplaceAll(fmt.Sprint(numeric.From(x, len(x)).Data), " ", ", ")
}

func ints(n []int) string {
	s := "("
	for _, k := range n {
		s += fmt.Sprint(k) + ","
	}
	return s + ")"
}

// TestGoExportsComputeTheSame runs the Go templates of the records that apply entry by entry.
func TestGoExportsComputeTheSame(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts the compiler")
	}
	var b strings.Builder
	b.WriteString("package main\n\nimport (\n\"fmt\"\n\"math\"\n\n\"gonum.org/v1/gonum/mathext\"\n)\n\nvar _ = mathext.Zeta\n\nfunc main() {\n")
	write := func(p *point, e *symbolic.Expr) {
		if e.Op != symbolic.Call || e.Fn.Export["go"] == "" || len(e.Args) == 0 {
			return
		}
		args := make([]string, len(e.Args))
		for i, a := range e.Args {
			args[i] = fmt.Sprintf("float64(%v)", eval(t, a, p.vals).Data[0])
		}
		code := symbolic.Expand(e.Fn.Export["go"], e, args, shape.Dim.String)
		fmt.Fprintf(&b, "if got, want := %s, float64(%v); !(math.Abs(got-want) <= 1e-9*(1+math.Abs(want))) {\nfmt.Println(%q, got, want)\n}\n",
			code, eval(t, e, p.vals).Data[0], e.Fn.Name)
	}
	for _, f := range records() {
		if f.F != nil {
			p := newPoint(8)
			x := p.g.Var("u", p.defs["x"].Shape)
			p.draw(x, sampler(f))
			write(p, p.g.Call(f.Name, x))
		}
	}
	for _, text := range slices.Concat(instances, []string{"gt(x, z)", "ge(x, z)", "lt(x, z)", "le(x, z)", "eq(x, x)", "ne(x, z)"}) {
		p := newPoint(9)
		symbolic.Walk(p.read(text), func(e *symbolic.Expr) { write(p, e) }, nil)
	}
	b.WriteString("}\n")
	file := filepath.Join(t.TempDir(), "main.go")
	if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("go", "run", file).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%v\n%s", err, out)
	}
}
