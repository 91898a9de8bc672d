package derivatives

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite COVERAGE.md")

// elsewhere are the equations 33–141 of the Matrix Cookbook that have no case, with the reason.
var elsewhere = map[int]string{
	45:  "complex: the conjugate transpose; the language has real numbers only",
	96:  "a definition: the f of 97 and 98",
	133: "the rule for structured matrices, used by 138–141",
	134: "a definition: the structure matrix",
	135: "a definition: g(U) as a function of X",
	136: "the chain rule by entries, used by 137",
}

// models are what Dive into Deep Learning differentiates, with the cases that do it. Chapters are those of its edition of
// 2023.
var models = []struct {
	name  string
	cases []string
}{
	{"linear regression", []string{"3.1 loss by w", "3.1 mean loss", "3.1 mean loss by b", "3.1.1.3 hessian", "3.7 weight decay", "3.7 weight decay hessian"}},
	{"softmax regression", []string{"4.1 softmax", "4.1 cross-entropy", "4.1 cross-entropy hessian", "4.1 batch", "4.1 batch by logits"}},
	{"Poisson regression", []string{"4 Poisson", "4 Poisson hessian"}},
	{"logistic regression", []string{"4 logistic", "4 logistic hessian"}},
	{"Kullback-Leibler divergence", []string{"4.1 KL"}},
	{"multilayer perceptron", []string{"5.3 output", "5.3 hidden", "5.3 jacobian", "5.3 batch by W1", "5.3 batch by b1"}},
	{"Xavier variance", []string{"5.4 variance", "5.4 Xavier by the weights", "5.4 Xavier backward"}},
	{"dropout mask", []string{"5.6 dropout", "5.6 dropout through a layer"}},
	{"convolution as a sum over indices", []string{"7.2 convolution by the kernel", "7.2 convolution by its input", "7.2 full convolution", "7.3 convolution with stride", "7.4 convolution with channels by its input"}},
	{"batch normalisation", []string{"8.5 batch norm", "8.5 batch norm scale and shift"}},
	{"layer normalisation", []string{"8.5 layer norm", "8.5 layer norm jacobian"}},
	{"RMS normalisation", []string{"11.7 RMS norm"}},
	{"recurrent step", []string{"9.7 step", "9.7 step by U", "9.7 two steps", "9.7 two steps by V"}},
	{"LSTM step", []string{"10.1 LSTM by the cell", "10.1 LSTM by the forget gate", "10.1 LSTM by the candidate"}},
	{"GRU step", []string{"10.2 GRU by the candidate", "10.2 GRU by the reset gate"}},
	{"attention with a softmax over an axis", []string{"11.3 attention by the queries", "11.3 attention by the keys", "11.3 attention by V"}},
	{"momentum", []string{"12.6 momentum", "12.6 momentum by the step"}},
	{"quadratic objective, Newton", []string{"12.2 quadratic", "12.2 quadratic hessian", "12.3 newton second"}},
	{"GloVe", []string{"15.5 glove", "15.5 glove by V", "15.5 glove bias"}},
	{"Gaussian process evidence", []string{"18.2 evidence", "18.2 evidence by kernel", "18.2 evidence by noise"}},
	{"matrix factorisation", []string{"21.3 matrix factorisation", "21.3 matrix factorisation by Q"}},
	{"appendix: multivariable calculus, maximum likelihood", []string{"22.4 V U X", "22.4 exercise trace", "22.7 bernoulli", "22.7 gaussian"}},
}

// TestEveryModelHasItsCases: each row of the table of models names cases that there are, and each chapter asked for has
// cases.
func TestEveryModelHasItsCases(t *testing.T) {
	cases, err := readCases("d2l.txtar")
	if err != nil {
		t.Fatal(err)
	}
	known, chapters := map[string]bool{}, map[string]bool{}
	for _, c := range cases {
		known[c.Name] = true
		chapter, _, _ := strings.Cut(c.Name, " ")
		chapter, _, _ = strings.Cut(chapter, ".")
		chapters[chapter] = true
	}
	for _, m := range models {
		for _, name := range m.cases {
			if !known[name] {
				t.Errorf("%s: there is no case %q", m.name, name)
			}
		}
	}
	for _, chapter := range []string{"2", "3", "4", "5", "8", "9", "11", "12", "22"} {
		if !chapters[chapter] {
			t.Errorf("chapter %s has no case", chapter)
		}
	}
}

// TestEveryEquationOfTheCookbookHasARow keeps COVERAGE.md: one row for each equation, model and function.
func TestEveryEquationOfTheCookbookHasARow(t *testing.T) {
	cases, err := readCases("cookbook.txtar")
	if err != nil {
		t.Fatal(err)
	}
	by := map[string][]testCase{}
	for _, c := range cases {
		n := strings.TrimRight(c.Name, "abcdefgh")
		by[n] = append(by[n], c)
	}
	var b strings.Builder
	b.WriteString("# Coverage\n\nMade by `go test ./tests/derivatives -update` from `cookbook.txtar`; the test fails where it is out of date.\n\n" +
		"The equations of K. B. Petersen and M. S. Pedersen, *The Matrix Cookbook* (15 November 2012), chapters 2.1–2.8. Each row was\n" +
		"compared, in the order of the book, with the transcription of its text in eric-wieser/lean-matrix-cookbook (`md/main.md`). That text\n" +
		"has no numbers, and slips of its own; they were counted between the numbers that are cited elsewhere: 33–46 by the theorems of the same\n" +
		"repository, 61–64, 69–72, 77, 78, 81–83 and 99–127 with their formulas by SymPy's tests of matrix derivatives, 119 and 142 by the book\n" +
		"itself. The printed pages were not at hand.\n\n" +
		"A letter after a number is a variant. General powers (58, 90–92, 121, 122) stand for exponents up to four. Where the book cannot be\n" +
		"taken as it stands: the first term of (92) is transposed, a denominator of (95) lacks a transpose (or its transcription does), (127) holds for a symmetric A only,\n" +
		"(128) is about the sine of a matrix, and P⁺ in (55) and (56) is written out. The language has real numbers only: (45) and the complex\n" +
		"reading of (89) are out of its reach.\n\n" +
		"| equation | derivative | closed form | state |\n|--|--|--|--|\n")
	for n := 33; n <= 141; n++ {
		row(&b, n, by[fmt.Sprint(n)])
	}
	others(t, &b)
	if *update {
		if err := os.WriteFile("COVERAGE.md", []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	old, err := os.ReadFile("COVERAGE.md")
	if err != nil || string(old) != b.String() {
		t.Errorf("COVERAGE.md is out of date (%v): go test ./tests/derivatives -update rewrites it", err)
	}
}

func row(b *strings.Builder, n int, cases []testCase) {
	if len(cases) == 0 {
		why := elsewhere[n]
		if why == "" {
			why = "source not reachable: no case"
		}
		fmt.Fprintf(b, "| %d | | | %s |\n", n, why)
		return
	}
	for _, c := range cases {
		caseRow(b, c)
	}
}

// caseRow is a case with its closed form; a case without one is held to differences.
func caseRow(b *strings.Builder, c testCase) {
	state, want := "passes", ""
	switch {
	case c.Refused != "":
		state = "refused by name, " + c.Refused
	case len(c.Want) == 0:
		state = "passes by differences"
	default:
		want = "`" + strings.ReplaceAll(c.Want[0], "|", `\|`) + "`"
	}
	fmt.Fprintf(b, "| %s | `%s` | %s | %s |\n", c.Name, strings.ReplaceAll(c.question(), "|", `\|`), want, state)
}

// others are the tables of the other sources.
func others(t *testing.T, b *strings.Builder) {
	b.WriteString("\n## Dive into Deep Learning\n\nFrom `d2l.txtar`; cases are called after the section.\n\n| model | cases |\n|--|--|\n")
	for _, m := range models {
		fmt.Fprintf(b, "| %s | %s |\n", m.name, strings.Join(m.cases, "; "))
	}
	for _, file := range []string{"d2l", "functions"} {
		cases, err := readCases(file + ".txtar")
		if err != nil {
			t.Fatal(err)
		}
		if file == "functions" {
			b.WriteString("\n## matrixcalculus.org\n\nThe operators, functions and examples of its documentation (www.matrixcalculus.org/documentation, as stored with\n" +
				"arcsin and relu) and of its front page, from `functions.txtar`: vector(1) is ones(n), and a matrix has no norm1 until it is said which.\n")
		}
		b.WriteString("\n| case | derivative | closed form | state |\n|--|--|--|--|\n")
		for _, c := range cases {
			caseRow(b, c)
		}
	}
}
