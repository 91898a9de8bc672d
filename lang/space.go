package lang

import (
	"strconv"
	"strings"
)

// spaceText is the canonical spelling of a space: R[h,d].
func spaceText(s *Space) string {
	if len(s.Dims) == 0 {
		return "R"
	}
	dims := make([]string, len(s.Dims))
	for i, d := range s.Dims {
		dims[i] = dimText(d, 0)
	}
	return "R[" + strings.Join(dims, ",") + "]"
}

// funcText is R[q] × R[q] → R.
func funcText(f *FuncDecl) string {
	args := make([]string, len(f.Args))
	for i, a := range f.Args {
		args[i] = spaceText(a)
	}
	return strings.Join(args, " × ") + " → " + spaceText(f.Result)
}

// dimLevels are the precedences of the operations in a dimension.
var dimLevels = map[byte]int{'+': 1, '-': 1, '*': 2, '^': 3}

// dimText is the spelling of a dimension within an operation of precedence level.
func dimText(d DimExpr, level int) string {
	switch d := d.(type) {
	case *DimNum:
		return strconv.FormatInt(d.Val, 10)
	case *DimName:
		return d.Name
	case *DimOp:
		return dimOpText(d, level)
	}
	return "?"
}

func dimOpText(d *DimOp, level int) string {
	at := dimLevels[d.Op]
	sep := string(d.Op)
	if d.Op == '*' {
		sep = " "
		if _, digits := d.Y.(*DimNum); digits {
			sep = "*"
		}
	}
	text := dimText(d.X, at) + sep + dimText(d.Y, at+1)
	if zero, ok := d.X.(*DimNum); ok && zero.Val == 0 && d.Op == '-' {
		text = "-" + dimText(d.Y, at+1)
	}
	if d.Op == '^' {
		text = dimText(d.X, at+1) + "^" + dimText(d.Y, at+1)
	}
	if at < level {
		return "(" + text + ")"
	}
	return text
}
