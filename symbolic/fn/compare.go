package fn

// comparisons is the table of the relations: 1 where it holds, else 0.
func comparisons() []*record {
	return []*record{
		comparison("gt", ">", `>`, "greater than", func(a, b float64) bool { return a > b }),
		comparison("ge", "≥", `\geq`, "at least", func(a, b float64) bool { return a >= b }),
		comparison("lt", "<", `<`, "less than", func(a, b float64) bool { return a < b }),
		comparison("le", "≤", `\leq`, "at most", func(a, b float64) bool { return a <= b }),
		comparison("eq", "==", `=`, "equal to", func(a, b float64) bool { return a == b }),
		comparison("ne", "≠", `\neq`, "different from", func(a, b float64) bool { return a != b }),
	}
}

// bySign is each relation of a and b as a polynomial c₀ + c₁ s + c₂ s² in s = sign(a − b), twice its coefficients.
var bySign = map[string][3]int64{
	"gt": {0, 1, 1}, "ge": {2, 1, -1}, "lt": {0, -1, 1}, "le": {2, -1, -1}, "eq": {2, 0, -2}, "ne": {0, 0, 2},
}

// relationBySign is the relation by the sign of the difference.
func relationBySign(name string) func(params, []*expr) *expr {
	return func(_ params, a []*expr) *expr {
		c, s := bySign[name], call("sign", a[0].G.Sub(a[0], a[1]))
		return shift(a[0].G.Add(scale(rat(c[1], 2), s), scale(rat(c[2], 2), square(s))), rat(c[0], 2))
	}
}

func comparison(name, sign, tex, words string, holds func(a, b float64) bool) *record {
	ascii := map[string]string{"≥": ">=", "≤": "<=", "≠": "!="}[sign]
	if ascii == "" {
		ascii = sign
	}
	text := "#1 " + sign + " #2"
	if sign == "≠" { // no formula is written with it
		text = ""
	}
	return &record{
		Name: name, Args: ab, Text: text,
		Doc:     name + "(a, b) is 1 where a is " + words + " b, else 0, entry by entry: the condition of where.",
		Example: "eval(" + name + "([1, 2, 3], 2))\n\t" + list(holds(1, 2), holds(2, 2), holds(3, 2)),
		Define:  relationBySign(name),
		TeX:     `\left[#1 ` + tex + ` #2\right]`,
		F2: func(a, b float64) float64 {
			if holds(a, b) {
				return 1
			}
			return 0
		},
		NoGrad: "a comparison is constant except where it jumps; use it as the condition of where(c, a, b), or a smooth sigmoid(k (a − b))",
		Export: map[string]string{"numpy": "(#1 " + ascii + " #2).astype(float)", "jax": "(#1 " + ascii + " #2).astype(float)",
			"pytorch": "(#1 " + ascii + " #2).double()", "julia": "float.(#1 ." + ascii + " #2)", "go": "func(a, b float64) float64 { if a " + ascii + " b { return 1 }; return 0 }(#1, #2)"},
		See: []string{"where", "step"},
	}
}

func list(bs ...bool) string {
	s := "["
	for i, b := range bs {
		if i > 0 {
			s += ", "
		}
		if b {
			s += "1"
		} else {
			s += "0"
		}
	}
	return s + "]"
}
