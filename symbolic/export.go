package symbolic

import (
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"strings"

	"nabla/symbolic/shape"
)

var placeholder = regexp.MustCompile(`#(\*|\d+|p\d*|d\d+|core|axes|dims|shape)`)

// Template is the Export template for a call; "" where the function has none for the target.
func Template(e *Expr, target string) string {
	if t := e.Fn.Export[target+"+"]; t != "" && (e.Rank() > 2 || e.BatchRank() > 0) {
		return t
	}
	return e.Fn.Export[target]
}

// Expand fills in an Export template of the function that e applies: args is the code of each argument, a name or
// something in parentheses, and dim writes a size. See Func for what the template may have.
func Expand(template string, e *Expr, args []string, dim func(shape.Dim) string) string {
	return placeholder.ReplaceAllStringFunc(template, func(m string) string {
		switch m = m[1:]; m {
		case "*":
			return strings.Join(args, ", ")
		case "p":
			return decimal(e.Par.Exp)
		case "core":
			return strconv.Itoa(e.Par.Core)
		case "axes":
			return tuple(span(-e.Par.Core, e.Par.Core))
		case "dims":
			return tuple(span(e.Args[0].Rank()-e.Par.Core+1, e.Par.Core))
		case "shape":
			return shapeTuple(e.Shape, dim)
		}
		n, _ := strconv.Atoi(strings.TrimLeft(m, "pd"))
		switch m[0] {
		case 'p':
			if n > len(e.Par.Nums) {
				return "1" // an option that is not given
			}
			return decimal(e.Par.Nums[n-1])
		case 'd':
			return dim(e.Par.Dims[n-1])
		}
		return args[n-1]
	})
}

// decimal is a number as every target reads it; a negative one is in parentheses.
func decimal(r *big.Rat) string {
	f, _ := r.Float64()
	s := strconv.FormatFloat(f, 'g', -1, 64)
	if r.Sign() < 0 {
		return "(" + s + ")"
	}
	return s
}

// span is n consecutive numbers.
func span(from, n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = from + i
	}
	return out
}

// tuple is one number bare and several in parentheses.
func tuple(ns []int) string {
	if len(ns) == 1 {
		return strconv.Itoa(ns[0])
	}
	return "(" + strings.Trim(strings.ReplaceAll(fmt.Sprint(ns), " ", ", "), "[]") + ")"
}

func shapeTuple(s shape.Shape, dim func(shape.Dim) string) string {
	parts := make([]string, len(s))
	for i, d := range s {
		parts[i] = dim(d)
	}
	if len(parts) == 1 {
		return "(" + parts[0] + ",)"
	}
	return "(" + strings.Join(parts, ", ") + ")"
}
