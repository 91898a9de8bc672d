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
	95:  "the value of 94",
	96:  "a definition: the f of 97 and 98",
	133: "the rule for structured matrices, used by 138–141",
	134: "a definition: the structure matrix",
	135: "a definition: g(U) as a function of X",
	136: "the chain rule by entries, used by 137",
}

// TestEveryEquationOfTheCookbookHasARow keeps COVERAGE.md: one row for each equation.
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
		"The equations of K. B. Petersen and M. S. Pedersen, *The Matrix Cookbook* (15 November 2012), chapters 2.1–2.8. Numbers and statements\n" +
		"were compared with the text of that edition, and with the numbers by which SymPy's tests of matrix derivatives cite it (61–64, 69–72,\n" +
		"77–78, 81–83, 99–127). A letter after a number is a variant. In (92) the first term of the book is transposed; (128) is about the sine of a\n" +
		"matrix. The language has real numbers only: (45) and the complex reading of (89) are out of its reach.\n\n" +
		"| equation | derivative | closed form | state |\n|--|--|--|--|\n")
	for n := 33; n <= 141; n++ {
		row(&b, n, by[fmt.Sprint(n)])
	}
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
		state := "passes"
		want := ""
		if c.Refused != "" {
			state = "refused by name, " + c.Refused
		} else {
			want = "`" + c.Want[0] + "`"
		}
		fmt.Fprintf(b, "| %s | `%s` | %s | %s |\n", c.Name, strings.ReplaceAll(c.question(), "|", `\|`), want, state)
	}
}
