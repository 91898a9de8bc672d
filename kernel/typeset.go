package kernel

import (
	"regexp"
	"strings"

	"nabla/lang"
	"nabla/numeric"
)

// widestQuestion is the length in LaTeX from which a derivative is not written before its answer.
const widestQuestion = 160

// lettered is an answer in index notation: a letter with its indices, and what its entries are.
var lettered = regexp.MustCompile(`^\\mathbf\{\pL+\}_\{([^{}]*)\} = `)

// asEquation is the answer to a derivative as a textbook prints it, ∂J/∂W1 = …, in LaTeX. It is "" for what is no
// derivative, and where the question is long or the answer has several lines.
func (j *job) asEquation(asked lang.Expr, answer string) string {
	d := j.question(asked)
	if d == nil || strings.HasPrefix(answer, `\begin{`) {
		return ""
	}
	_, lhs := j.printer().Tree(d)
	if len(lhs) > widestQuestion {
		return ""
	}
	if m := lettered.FindStringSubmatch(answer); m != nil {
		return `\left[` + lhs + `\right]_{` + m[1] + "} = " + answer[len(m[0]):]
	}
	return lhs + " = " + answer
}

// question is the derivative that was asked for, that by a member of a family too; nil if it is none.
func (j *job) question(asked lang.Expr) *lang.Deriv {
	entry, ok := asked.(*lang.Index)
	if !ok {
		return asDerivative(asked)
	}
	if _, by := j.derivativeOf(asked); by == nil {
		return nil
	}
	return byMember(entry)
}

// Largest matrix that is typeset; a larger one is easier to read as text, which is cut at its edges.
const (
	typesetRows    = 12
	typesetColumns = 10
)

// LaTeX is a matrix of numbers between brackets; "" for anything else, and for large ones.
func (f Format) LaTeX(a *numeric.Array) string {
	if len(a.Shape) != 2 || a.Shape[0] > typesetRows || a.Shape[1] > typesetColumns || len(a.Data) == 0 {
		return ""
	}
	rows := make([]string, a.Shape[0])
	for i := range rows {
		cells := make([]string, a.Shape[1])
		for k := range cells {
			cells[k] = latexNumber(f.Number(a.Data[i*len(cells)+k]))
		}
		rows[i] = strings.Join(cells, " & ")
	}
	return `\left[\begin{array}{` + strings.Repeat("r", a.Shape[1]) + "}" + strings.Join(rows, ` \\ `) + `\end{array}\right]`
}

// latexNumber sets 1e-09 as a power of ten.
func latexNumber(s string) string {
	switch s {
	case "NaN":
		return `\text{NaN}`
	case "Infinity":
		return `\infty`
	case "-Infinity":
		return `-\infty`
	}
	mantissa, exp, ok := strings.Cut(s, "e")
	if !ok {
		return s
	}
	sign := ""
	if strings.HasPrefix(exp, "-") {
		sign = "-"
	}
	return mantissa + ` \times 10^{` + sign + strings.TrimLeft(exp, "+-0") + "}"
}
