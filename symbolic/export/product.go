package export

import (
	"slices"
	"strings"

	"nabla/symbolic"
)

// An operand is a factor of a product, with a letter per axis.
type operand struct {
	code   code
	labels string
	e      *symbolic.Expr // nil for a partial product
}

// letters renames the labels of an Einsum to a, b, c, …
func letters(e *symbolic.Expr) (in []string, out string) {
	names := map[byte]byte{}
	rename := func(s string) string {
		b := []byte(s)
		for i, l := range b {
			if names[l] == 0 {
				names[l] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"[len(names)%52]
			}
			b[i] = names[l]
		}
		return string(b)
	}
	out = rename(e.Out)
	for _, s := range e.In {
		in = append(in, rename(s))
	}
	return in, out
}

// union is every letter of the words once, in order.
func union(words ...string) string {
	var b []byte
	for _, w := range words {
		for i := range len(w) {
			if !slices.Contains(b, w[i]) {
				b = append(b, w[i])
			}
		}
	}
	return string(b)
}

// only is the letters of s that are in set.
func only(s, set string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(set, r) {
			return r
		}
		return -1
	}, s)
}

// without is the letters of s that are not in set.
func without(s, set string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(set, r) {
			return -1
		}
		return r
	}, s)
}

// cheapest is the pair to multiply next: of those that share a letter, the one over the fewest letters, then with the
// smallest result. Every size counts as the same: the sizes are arguments of the program.
func cheapest(ops []operand, out string) (i, j int) {
	best := [3]int{1 << 30}
	for a := range ops {
		for b := a + 1; b < len(ops); b++ {
			all := union(ops[a].labels, ops[b].labels)
			apart := 1
			if only(ops[a].labels, ops[b].labels) != "" {
				apart = 0
			}
			key := [3]int{apart, len(all), len(kept(ops, a, b, out))}
			if slices.Compare(key[:], best[:]) < 0 {
				best, i, j = key, a, b
			}
		}
	}
	return i, j
}

// kept are the letters of the product of two operands: those that the others or the result have, the latter in order.
func kept(ops []operand, i, j int, out string) string {
	words := []string{out}
	for k, o := range ops {
		if k != i && k != j {
			words = append(words, o.labels)
		}
	}
	need := union(words...)
	all := only(union(ops[i].labels, ops[j].labels), need)
	return only(out, all) + without(all, out)
}
