package kernel

import (
	"math"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"nabla/lang"
)

// A mistakeCase is one line of testdata/mistakes.txt.
type mistakeCase struct {
	setting, setup                       string
	id, claim, verdict, repair, evidence string
}

func mistakeCases(t *testing.T) []mistakeCase {
	t.Helper()
	data, err := os.ReadFile("testdata/mistakes.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out []mistakeCase
	for _, part := range strings.Split(string(data), "\n== ")[1:] {
		setting, rest, _ := strings.Cut(part, "\n")
		setup, lines, _ := strings.Cut(rest, "\n\n")
		for _, line := range strings.Split(strings.TrimSpace(lines), "\n") {
			f := strings.Split(line, "|")
			if strings.Count(line, "|") < 4 {
				t.Fatalf("not a case: %s", line)
			}
			// norms have bars as well: ‖ is another character
			for i := range f {
				f[i] = strings.TrimSpace(f[i])
			}
			out = append(out, mistakeCase{setting, setup, f[0], f[1], f[2], f[3], f[4]})
		}
	}
	return out
}

// say runs statements that are fine and returns the last answer.
func say(t *testing.T, s *Session, text string) *Result {
	t.Helper()
	last := execute(t, s, text)
	if last.Err != nil {
		t.Fatalf("%s: %v %v", text, last.Err, last.Err.Details)
	}
	return last
}

func TestMistakesAreJudgedAndRepaired(t *testing.T) {
	t.Parallel()
	for _, c := range mistakeCases(t) {
		t.Run(c.id, func(t *testing.T) {
			s := NewSession()
			say(t, s, c.setup)
			res := say(t, s, "check "+c.claim)
			data := res.Data.(map[string]any)
			if v := data["verdict"].(string); !strings.HasPrefix(v, c.verdict) {
				t.Errorf("%s: %s\nwant %s\n%s", c.claim, v, c.verdict, res.Text)
			}
			repairs := data["repairs"].([]string)
			if c.repair != "" && !contains(repairs, normalized(t, s, c.repair)) {
				t.Errorf("%s: the repairs are\n  %s\nand not %s", c.claim, strings.Join(repairs, "\n  "), c.repair)
			}
			for _, w := range strings.Split(c.evidence, ";") {
				if w = strings.TrimSpace(w); !strings.Contains(res.Text, w) {
					t.Errorf("%s: %s\ndoes not say %q", c.claim, res.Text, w)
				}
			}
		})
	}
}

func contains(list []string, x string) bool {
	for _, s := range list {
		if s == x {
			return true
		}
	}
	return false
}

// normalized is an expression as it is printed.
func normalized(t *testing.T, s *Session, text string) string {
	t.Helper()
	st, err := lang.NewParser(text).Next(s.state.Load().scope)
	if err != nil {
		t.Fatal(err)
	}
	return lang.Print(st.Body)
}

// A derivationStep is a line of a whole derivation and its verdict.
type derivationStep struct{ claim, verdict string }

const chapterModel = `x : R[d]; y : R[q]; W1 : R[h,d]; W2 : R[q,h]; λ : R; φ : R -> R; l : R[q], R[q] -> R
z = W1 x; h = φ(z); o = W2 h; L = l(o, y); s = λ/2 (‖W1‖² + ‖W2‖²); J = L + s`

const biasModel = `x : R[d]; y : R[q]; W1 : R[h,d]; b : R[h]; W2 : R[q,h]; λ : R; φ : R -> R; l : R[q], R[q] -> R
z = W1 x + b; h = φ(z); o = W2 h; L = l(o, y); s = λ/2 (‖W1‖² + ‖W2‖²); J = L + s`

func TestDerivationsAreJudgedLineByLine(t *testing.T) {
	for _, c := range []struct {
		name, model string
		steps       []derivationStep
	}{
		{"a published solution with the bias wrong", biasModel, []derivationStep{
			{"∂J/∂L == 1", "RIGHT"}, {"∂J/∂s == 1", "RIGHT"}, {"∂J/∂o == ∂L/∂o", "RIGHT"}, {"∂s/∂W1 == λ W1", "RIGHT"},
			{"∂J/∂W2 == ∂J/∂o hᵀ + λ W2", "RIGHT"}, {"∂J/∂h == W2ᵀ ∂J/∂o", "RIGHT"}, {"∂J/∂z == ∂J/∂h ⊙ φ′(z)", "RIGHT"},
			{"∂J/∂W1 == ∂J/∂z xᵀ + λ W1", "RIGHT"}, {"∂J/∂b == ∂J/∂h", "WRONG VALUE"}, {"∂J/∂b == ∂J/∂o", "WRONG SHAPE"},
		}},
		{"an error early and consistent afterwards", chapterModel, []derivationStep{
			{"∂J/∂h == W2ᵀ ∂J/∂o", "RIGHT"}, {"∂J/∂z == ∂J/∂h ⊙ φ′(h)", "WRONG VALUE"},
			{"∂J/∂W1 == ∂J/∂z xᵀ + λ W1", "FOLLOWS FROM YOUR LINE 2"}, {"∂J/∂x == W1ᵀ ∂J/∂z", "FOLLOWS FROM YOUR LINE 2"},
		}},
		{"the wrong line written out", chapterModel, []derivationStep{
			{"∂J/∂z == ∂J/∂h", "WRONG VALUE"}, {"∂J/∂W1 == W2ᵀ ∂J/∂o xᵀ + λ W1", "FOLLOWS FROM YOUR LINE 1"},
			{"∂J/∂x == W1ᵀ (∂J/∂h ⊙ φ′(z))", "RIGHT"}, {"∂J/∂x == W1ᵀ W2ᵀ ∂J/∂L", "WRONG SHAPE"}, {"∂J/∂W1 == ∂J/∂h xᵀ", "WRONG VALUE"},
		}},
		{"two generations", chapterModel, []derivationStep{
			{"∂J/∂h == -W2ᵀ ∂J/∂o", "WRONG VALUE"}, {"∂J/∂z == ∂J/∂h ⊙ φ′(z)", "FOLLOWS FROM YOUR LINE 1"},
			{"∂J/∂x == W1ᵀ ∂J/∂z", "FOLLOWS FROM YOUR LINE 1"},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := NewSession()
			say(t, s, c.model)
			for _, l := range c.steps {
				res := say(t, s, "check "+l.claim)
				if v := res.Data.(map[string]any)["verdict"].(string); !strings.HasPrefix(v, l.verdict) {
					t.Errorf("%s: %s, want %s", l.claim, res.Text, l.verdict)
				}
			}
		})
	}
}

func TestACorrectedLineTurnsTheOthersRight(t *testing.T) {
	s := NewSession()
	say(t, s, chapterModel)
	for _, l := range []string{"∂J/∂h == W2ᵀ ∂J/∂o", "∂J/∂z == ∂J/∂h ⊙ φ′(h)", "∂J/∂W1 == ∂J/∂z xᵀ + λ W1", "∂J/∂x == W1ᵀ ∂J/∂z"} {
		say(t, s, "check "+l)
	}
	res := say(t, s, "check ∂J/∂z == ∂J/∂h ⊙ φ′(z)")
	for _, want := range []string{"your line 3, ∂J/∂W1, is now RIGHT (proved)", "your line 4, ∂J/∂x, is now RIGHT (proved)"} {
		if !contains(res.Notes, want) {
			t.Errorf("the notes are %q, without %q", res.Notes, want)
		}
	}
	if got := res.Data.(map[string]any)["line"]; got != 2 {
		t.Errorf("the corrected line has number %v, want 2", got)
	}
	if got := say(t, s, "next").Text; got != "you have ∂J/∂z, ∂J/∂h, ∂J/∂x and ∂J/∂W1; ∂J/∂o can be done now" {
		t.Error(got)
	}
}

func TestAnAlreadyKnownQuantityIsPointedOut(t *testing.T) {
	s := NewSession()
	say(t, s, biasModel)
	say(t, s, "check ∂J/∂z == ∂J/∂h ⊙ φ′(z)")
	say(t, s, "check ∂J/∂b == ∂J/∂h")
	if got := say(t, s, "hint").Text; !strings.Contains(got, "it is your line 1") {
		t.Error(got)
	}
}

func TestHintsGoFromAQuestionToTheLine(t *testing.T) {
	s := NewSession()
	say(t, s, chapterModel)
	if first := say(t, s, "check ∂J/∂W1 == ∂J/∂z xᵀ"); strings.Contains(first.Text, "λ W1") {
		t.Errorf("the answer is given away: %s", first.Text)
	}
	if got := say(t, s, "hint").Text; !strings.Contains(got, "?") || strings.Contains(got, "λ W1") {
		t.Errorf("the first hint is %s", got)
	}
	want := "add the term λ W1: ∂J/∂W1 == ∂J/∂z xᵀ + λ W1, along W1 → z, W1 → s, equation (5.3.14)"
	for range 2 {
		if got := say(t, s, "hint").Text; got != want {
			t.Errorf("the second hint is %s, want %s", got, want)
		}
	}
}

// An update in the middle of the backward pass is an error of order: ∂J/∂h = W2ᵀ ∂J/∂o still reads W2.
func TestAnUpdateBeforeTheGradientsIsWarnedOf(t *testing.T) {
	const values = "; φ := tanh; l := mse; x := [1, 2]; y := [1, 0]; W1 := [[1, 2], [3, 4], [5, 6]]; W2 := [[1, 2, 3], [4, 5, 6]]; λ := 0.1"
	warned := func(s *Session, statement string) bool {
		r := execute(t, s, statement)
		if r.Err != nil {
			t.Fatal(r.Err)
		}
		return strings.Contains(strings.Join(r.Notes, " "), "W2 changes after the forward pass: ∂J/∂h")
	}
	s := NewSession()
	say(t, s, chapterModel+values)
	if !warned(s, "W2 := W2 - 0.1 ∂J/∂W2") {
		t.Error("a gradient step of W2 before ∂J/∂h is not warned of")
	}
	if warned(s, "W2 := 2 W2") {
		t.Error("a plain value is warned of")
	}
	say(t, s, "check ∂J/∂W2 == ∂J/∂o hᵀ + λ W2")
	if !warned(s, "W2 := 2 W2") {
		t.Error("a new value in the middle of a derivation is not warned of")
	}
	say(t, s, "check ∂J/∂h == W2ᵀ ∂J/∂o")
	if warned(s, "W2 := W2 - 0.1 ∂J/∂W2") {
		t.Error("an update after ∂J/∂h is warned of")
	}
}

// verdictOf is the verdict of a claim.
func verdictOf(t *testing.T, s *Session, claim string) string {
	t.Helper()
	return say(t, s, "check "+claim).Data.(map[string]any)["verdict"].(string)
}

// A diagnosis that fails hides neither the verdict nor what the others say.
func TestACrashInADiagnosisNeverHidesTheVerdict(t *testing.T) {
	claims := []struct{ claim, verdict string }{
		{"∂J/∂z == ∂J/∂h ⊙ φ′(h)", "WRONG VALUE"},
		{"∂J/∂W2 == ∂J/∂o h", "WRONG SHAPE"},
		{"∂J/∂W2 == (W2 h ⊘ h) hᵀ", "WRONG"},
		{"∂J/∂h == W2ᵀ ∂J/∂o ⊙ (h ⊘ h)", "RIGHT"},
	}
	for _, list := range [][]diagnosis{ofRefuted, ofRight, ofMisshapen, ofLines, ofWrong} {
		for i := range list {
			was := list[i].say
			list[i].say = func(*job, *diagnosing) { panic("injected") }
			s := NewSession()
			say(t, s, chapterModel)
			for _, c := range claims {
				if v := verdictOf(t, s, c.claim); !strings.HasPrefix(v, c.verdict) && !strings.HasPrefix(v, "FOLLOWS") {
					t.Errorf("without %s: %s is %s", list[i].name, c.claim, v)
				}
			}
			say(t, s, "hint; why; next")
			list[i].say = was
		}
	}
}

// The line of a chain is for its first side: a wrong step makes that wrong, and what uses it follows.
func TestAChainIsALineForItsFirstSide(t *testing.T) {
	s := NewSession()
	say(t, s, chapterModel)
	for _, c := range [][2]string{
		{"∂J/∂z == diag(φ′(z)) W2ᵀ ∂J/∂o == ∂J/∂h ⊙ φ(z)", "WRONG VALUE"},
		{"∂J/∂x == W1ᵀ ∂J/∂z", "FOLLOWS FROM YOUR LINE 1"},
		{"∂J/∂x == W1ᵀ (∂J/∂h ⊙ φ(z))", "FOLLOWS FROM YOUR LINE 1"},
	} {
		if v := verdictOf(t, s, c[0]); v != c[1] {
			t.Errorf("%s: %s, want %s", c[0], v, c[1])
		}
	}
	if got := say(t, s, "hint").Text; got != "correct your line 1 first: this one follows from it" {
		t.Errorf("a line that follows is hinted at with %s", got)
	}
	res := say(t, s, "check ∂J/∂z == diag(φ′(z)) W2ᵀ ∂J/∂o == ∂J/∂h ⊙ φ′(z)")
	if want := "your line 2, ∂J/∂x, is now WRONG VALUE"; !contains(res.Notes, want) {
		t.Errorf("the notes are %q, without %q", res.Notes, want)
	}
}

// A person can check a counterexample: it is of small integers, and typing it in gives the two numbers.
func TestCounterexamplesAreSmallAndTrue(t *testing.T) {
	t.Parallel()
	for _, c := range mistakeCases(t) {
		if c.verdict != "WRONG VALUE" && !strings.HasPrefix(c.verdict, "RIGHT IF") {
			continue
		}
		s := NewSession()
		say(t, s, c.setup)
		res := say(t, s, "check "+c.claim)
		_, example, found := strings.Cut(res.Text, "\n    with ")
		if !found {
			_, example, found = strings.Cut(res.Text, "\n  with ")
		}
		example, _, _ = strings.Cut(example, "\n")
		if !found {
			t.Errorf("%s %s: no example in\n%s", c.id, c.claim, res.Text)
			continue
		}
		values := res.Data.(map[string]any)["values"].([]float64)
		left, right, _ := strings.Cut(c.claim, " == ")
		if strings.Contains(right, "==") {
			continue
		}
		typeExample(t, s, example)
		for i, side := range []string{right, left} {
			got := say(t, s, "eval("+side+")").Value
			if got == nil || !slices.ContainsFunc(got.Data, func(x float64) bool { return math.Abs(x-values[i]) < 1e-9*(1+math.Abs(x)) }) {
				t.Errorf("%s with %s: eval(%s) is %v, without %v", c.claim, example, side, got, values[i])
			}
		}
	}
}

// typeExample types the values of an example: x = [1, 2], φ(t) = t².
func typeExample(t *testing.T, s *Session, example string) {
	t.Helper()
	parts := regexp.MustCompile(`(^|, )(\pL\d*|\pL\pL+)(\([a-z, ]+\))? = `).FindAllStringSubmatchIndex(example, -1)
	for i, p := range parts {
		end := len(example)
		if i+1 < len(parts) {
			end = parts[i+1][0]
		}
		name, value := example[p[4]:p[5]], example[p[1]:end]
		if p[6] >= 0 {
			say(t, s, "example"+name+example[p[6]:p[7]]+" = "+value+"; "+name+" := example"+name)
			continue
		}
		say(t, s, name+" := "+value)
	}
}

func TestAMissingTermFillsAHole(t *testing.T) {
	s := NewSession()
	say(t, s, chapterModel)
	for claim, want := range map[string]string{
		"∂J/∂W1 == ∂J/∂z xᵀ + ?":   "the line is right with λ W1",
		"∂J/∂W1 == ∂J/∂z ? + λ W1": "the line is right with xᵀ",
		"∂J/∂h == ? ∂J/∂o":         "the line is right with W2ᵀ",
	} {
		if got := say(t, s, "check "+claim).Text; !strings.HasSuffix(got, want) {
			t.Errorf("%s: %s", claim, got)
		}
	}
}

func TestTheRightTermsOfAWrongLineAreNamed(t *testing.T) {
	s := NewSession()
	say(t, s, chapterModel)
	if got := say(t, s, "check ∂J/∂W1 == 2 ∂J/∂z xᵀ + λ W1").Text; !strings.Contains(got, "the term λ W1 is right") {
		t.Error(got)
	}
}

func TestWhyWritesTheSumsOut(t *testing.T) {
	s := NewSession()
	say(t, s, chapterModel)
	say(t, s, "check ∂J/∂h == W2 ∂J/∂o")
	const want = `h → o:  o[i] = sum[j] W2[i,j] h[j]
  so (∂J/∂h)[i] gets sum[j] W2[j,i] (∂J/∂o)[j]
together: ∂J/∂h = W2ᵀ ∂J/∂o   (5.3.12)`
	if got := say(t, s, "why").Text; got != want {
		t.Error(got)
	}
}

// An order is tried near zero and far from it: three of these hold, the others fail only there.
func TestOrdersAreTriedAtEveryScale(t *testing.T) {
	s := NewSession()
	say(t, s, "x, y : R[n]; a, b : R; A : R[n,n]")
	for claim, want := range map[string]string{
		"xᵀ x ≥ 1": "WRONG VALUE", "x · y ≤ ‖x‖ ‖y‖": "RIGHT (true", "a^2 ≤ 100": "WRONG VALUE", "exp(a) ≥ 1 + a": "RIGHT (true",
		"xᵀ x > 0": "WRONG VALUE", "sigmoid(x) < ones(n)": "RIGHT (true", "a^2 > a": "WRONG VALUE", "xᵀ A x ≥ 0": "WRONG VALUE", "tanh(a) > a/100": "WRONG VALUE",
	} {
		if v := verdictOf(t, s, claim); !strings.HasPrefix(v, want) {
			t.Errorf("%s: %s, want %s", claim, v, want)
		}
	}
}

func TestALineWithoutAGraphIsNotAskedAboutPaths(t *testing.T) {
	s := NewSession()
	say(t, s, "x, c : R[m]; A, X : R[m,m]")
	for _, claim := range []string{"X x == X x + c", "xᵀ x == ‖x‖", "det(A) == tr(A)", "X x == 2 X x", "X x == A X x"} {
		say(t, s, "check "+claim)
		if got := say(t, s, "hint").Text; strings.Contains(got, "path") || strings.Contains(got, "graph") {
			t.Errorf("%s: %s", claim, got)
		}
	}
}

func TestAWrongClaimAboutANameMisleadsNobody(t *testing.T) {
	s := NewSession()
	say(t, s, chapterModel)
	say(t, s, "check ∂J/∂z == ∂J/∂h ⊙ φ′(z)")
	if res := say(t, s, "check z == h"); len(res.Notes) > 0 {
		t.Errorf("%q", res.Notes)
	}
	if v := verdictOf(t, s, "∂J/∂W2 == ∂J/∂o hᵀ + λ W2"); v != "RIGHT (proved)" {
		t.Error(v)
	}
}

// The members of a family have lines, edges and repairs like any variable.
func TestMembersOfAFamilyAreVariables(t *testing.T) {
	s := NewSession()
	say(t, s, "x[k] : R[d] for k = 1..3; V : R[h,d]; U : R[h,h]; φ : R -> R; f : R[h] -> R; h0 : R[h]; H[0] = h0; H[k] = φ(V x[k] + U H[k-1]) for k = 1..3; J = f(H[3])")
	if v := verdictOf(t, s, "∂J/∂H[2] == Uᵀ (∂J/∂H[3] ⊙ φ′(V x[2] + U H[1]))"); v != "WRONG VALUE" {
		t.Error(v)
	}
	say(t, s, "hint")
	if got := say(t, s, "hint").Text; !strings.Contains(got, "along H[2] → H[3]") {
		t.Error(got)
	}
	if got := say(t, s, "why").Text; !strings.Contains(got, "H[3][i] = φ(sum[j] V[i,j] x[3][j] + sum[j] U[i,j] H[2][j])") {
		t.Error(got)
	}
	if v := verdictOf(t, s, "∂J/∂H[1] == Uᵀ (∂J/∂H[2] ⊙ φ′(V x[2] + U H[1]))"); v != "FOLLOWS FROM YOUR LINE 1" {
		t.Error(v)
	}
	say(t, s, "check ∂J/∂H[3] == ∂f/∂H[3]; check ∂J/∂H[2] == Uᵀ (∂J/∂H[3] ⊙ φ′(V x[3] + U H[2]))")
	if got := say(t, s, "next").Text; !strings.Contains(got, "you have ∂J/∂H[") {
		t.Error(got)
	}
}

// A term with a wrong constant is not a missing path: its constant is what the hint is about.
func TestAWrongConstantOfOneTermIsNoMissingTerm(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ claim, edit string }{
		{"∂f/∂w == X' r/n + 2 λ w", "drop the constant 2"},
		{"∂f/∂w == 2 X' r/n + λ w", "drop the constant 2"},
		{"∂f/∂w == X' r/n + λ/2 w", "drop the constant 1/2"},
		{"∂g/∂w == λ w + X' y", "multiply by 2"},
	} {
		s := NewSession()
		say(t, s, "X : R[n,d]; w : R[d]; y : R[n]; λ : R; r = X w - y; f = ‖r‖²/(2 n) + λ/2 ‖w‖²; g = λ ‖w‖² + y' X w")
		edits := say(t, s, "check "+c.claim).Data.(map[string]any)["edits"].([]map[string]string)
		if len(edits) == 0 || edits[0]["edit"] != c.edit {
			t.Errorf("%s: %v, want %s first", c.claim, edits, c.edit)
		}
	}
}

// What tanh rounds to is no evidence for a condition.
func TestSaturationIsNoCondition(t *testing.T) {
	for claim, want := range map[string]string{
		"tanh(a + 50) == 1": "WRONG VALUE", "sigmoid(a + 60) == 1": "WRONG VALUE", "tanh(abs(a)) == tanh(a)": "RIGHT IF a > 0",
	} {
		if r := executeText(t, NewSession(), "a : R; check "+claim); r.Err != nil || !strings.HasPrefix(r.Text, want) {
			t.Errorf("%s: %s %v, want %s", claim, r.Text, r.Err, want)
		}
	}
}
