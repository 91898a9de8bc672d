package fn_test

import (
	"flag"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"nabla/symbolic"
	"nabla/symbolic/fn"
)

var update = flag.Bool("update", false, "rewrite docs/functions.md")

const referencePage = "../../docs/functions.md"

func TestReferencePageIsCurrent(t *testing.T) {
	want := fn.Reference()
	if *update {
		if err := os.MkdirAll("../../docs", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(referencePage, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(referencePage)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("docs/functions.md is stale: go test ./symbolic/fn -update")
	}
}

// applied says that a Call of f can stand in a graph, so that printers and exporters meet it.
func applied(f *symbolic.Func) bool {
	return f.F != nil || f.F2 != nil || f.FP != nil || f.Kernel != nil || f.Compute != nil
}

func TestRecordsAreComplete(t *testing.T) {
	lib := fn.Library()
	for _, f := range records() {
		if !strings.Contains(f.Doc, f.Name) || !strings.HasSuffix(strings.TrimRight(f.Doc, ")"), ".") {
			t.Errorf("%s: the documentation %q names it not, or does not end", f.Name, f.Doc)
		}
		for _, s := range f.See {
			if lib.Lookup(s) == nil || s == f.Name {
				t.Errorf("%s: see %s", f.Name, s)
			}
		}
		if !applied(f) && f.Build == nil {
			t.Errorf("%s has neither a kernel nor a definition", f.Name)
		}
		if differentiable := f.D != nil || f.D2 != nil || f.DP != nil || f.VJP != nil; applied(f) && tensors(f) && differentiable == (f.NoGrad != "") {
			t.Errorf("%s: a derivative, or the reason why there is none", f.Name)
		}
		if !applied(f) && (f.D != nil || f.VJP != nil || f.Export != nil) {
			t.Errorf("%s is notation only, so that nobody reads its rule", f.Name)
		}
	}
}

var placeholder = regexp.MustCompile(`#(\d|\*|p\d?|d\d|axes|dims|core|shape)?`)

// helpers are the records whose export needs a function that the exporter writes out, or that no target has.
var helpers = []string{"hardmax", "hardmin", "prodexcept", "accuracy", "shuffle", "gather", "scatter", "cofactors", "leftvectors", "rightvectors", "othervalues"}

func TestExportsNameTheirArguments(t *testing.T) {
	for _, f := range records() {
		if !applied(f) || slices.Contains(helpers, f.Name) {
			continue
		}
		targets := []string{"numpy", "jax", "pytorch", "julia"}
		if f.Elementwise() {
			targets = append(targets, "go")
		}
		for _, target := range targets {
			if f.Export[target] == "" {
				t.Errorf("%s has no %s", f.Name, target)
			}
		}
		for target, code := range f.Export {
			if _, most := f.Arity(); most > 0 && !strings.Contains(code, "#1") && !strings.Contains(code, "#*") {
				t.Errorf("%s in %s: %s does not use its argument", f.Name, target, code)
			}
			balanced(t, f.Name+" in "+target, code)
		}
		balanced(t, f.Name+" TeX", f.TeX)
		balanced(t, f.Name+" text", f.Text)
	}
}

func balanced(t *testing.T, what, code string) {
	t.Helper()
	for _, p := range []string{"()", "[]", "{}"} {
		if strings.Count(code, p[:1]) != strings.Count(code, p[1:]) {
			t.Errorf("%s: %s has unpaired %s", what, code, p)
		}
	}
	for _, m := range placeholder.FindAllString(code, -1) {
		if m == "#" {
			t.Errorf("%s: %s has a # that stands for nothing", what, code)
		}
	}
}

// TestDefinitionsAndSignsAreTrue holds the sign of the records that claim one, and their definitions through more elementary functions, to the kernels.
func TestDefinitionsAndSignsAreTrue(t *testing.T) {
	for _, f := range records() {
		p := newPoint(6)
		if f.F != nil {
			x := p.g.Var("u", p.defs["X"].Shape)
			p.draw(x, sampler(f))
			p.vals[x].Data[0] = sampler(f)(0.999)
			p.defs["u"] = x
			p.checkRecord(t, p.g.Call(f.Name, x))
		}
	}
	for _, text := range append(slices.Clone(instances), third...) {
		p := newPoint(7)
		symbolic.Walk(p.read(text), func(e *symbolic.Expr) {
			if e.Op == symbolic.Call {
				p.checkRecord(t, e)
			}
		}, nil)
	}
}

func (p *point) checkRecord(t *testing.T, e *symbolic.Expr) {
	t.Helper()
	got := eval(t, e, p.vals).Data
	if e.Fn.Positive && slices.Min(got) <= 0 {
		t.Errorf("%v is not positive: %v", e, got)
	}
	if e.Fn.Define == nil {
		return
	}
	d := e.Fn.Define(*e.Par, e.Args)
	if d == nil {
		return
	}
	if want := eval(t, d, p.vals).Data; !near(want, got, 1e-9) || !p.g.Dims.SameShape(d.Shape, e.Shape) {
		t.Errorf("%v is defined as %v: %v, not %v", e, d, want, got)
	}
}
