package lang

import (
	"strconv"
	"strings"
)

// spaceText is the canonical spelling of a space: R[h,d].
func spaceText(s *Space) string { return spaceIn(s, dimName) }

func dimName(name string) string { return name }

// spaceIn spells the dimensions' names with spell.
func spaceIn(s *Space, spell func(string) string) string {
	if len(s.Dims) == 0 {
		return "R"
	}
	dims := make([]string, len(s.Dims))
	for i, d := range s.Dims {
		dims[i] = dimIn(d, 0, spell)
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

// dimText is the canonical spelling of a dimension.
func dimText(d DimExpr) string { return dimIn(d, 0, dimName) }

// dimIn is the spelling of a dimension within an operation of precedence level.
func dimIn(d DimExpr, level int, spell func(string) string) string {
	switch d := d.(type) {
	case *DimNum:
		return strconv.FormatInt(d.Val, 10)
	case *DimName:
		return spell(d.Name)
	case *DimOp:
		if text := dimOpIn(d, spell); dimLevels[d.Op] >= level {
			return text
		} else {
			return "(" + text + ")"
		}
	}
	return "?"
}

func dimOpIn(d *DimOp, spell func(string) string) string {
	at := dimLevels[d.Op]
	zero, _ := d.X.(*DimNum)
	y := dimIn(d.Y, at+1, spell)
	switch {
	case d.Op == '-' && zero != nil && zero.Val == 0:
		return "-" + y
	case d.Op == '^':
		return dimIn(d.X, at+1, spell) + "^" + y
	case d.Op == '*' && !isDigit(rune(y[0])):
		return dimIn(d.X, at, spell) + " " + y
	}
	return dimIn(d.X, at, spell) + string(d.Op) + y
}
