package lang

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
)

// DidYouMean ranks the candidates that name may be a slip for, the best first, at most three. A name of the same
// length with one character changed comes before one with a character too many or too few: Wl is W1.
func DidYouMean(name string, candidates []string) []string {
	type ranked struct {
		name string
		cost int
	}
	var near []ranked
	for _, c := range candidates {
		if cost, ok := slipCost([]rune(name), []rune(c)); ok && c != name {
			near = append(near, ranked{c, cost})
		}
	}
	slices.SortFunc(near, func(a, b ranked) int {
		return cmp.Or(a.cost-b.cost, strings.Compare(a.name, b.name))
	})
	var best []string
	for _, n := range near {
		if len(best) < 3 && !slices.Contains(best, n.name) {
			best = append(best, n.name)
		}
	}
	return best
}

// The costs of a slip, by its kind.
const (
	costCase = iota + 1
	costLookalike
	costSubstitution
	costSwap
	costLength
	costTwo
)

// slipCost says how unlikely it is that somebody typed a and meant b; ok is false if it is too unlikely.
func slipCost(a, b []rune) (cost int, ok bool) {
	if strings.EqualFold(string(a), string(b)) {
		return costCase, true
	}
	if len(a) < 2 || len(b) < 2 {
		return 0, false
	}
	d := editDistance(a, b)
	switch {
	case d == 1 && len(a) == len(b):
		return substitutionCost(a, b), true
	case d == 1:
		return costLength, max(len(a), len(b)) > 2
	case d == 2 && len(a) > 4:
		return costTwo, true
	}
	return 0, false
}

// substitutionCost tells two strings of one length apart that are one edit apart.
func substitutionCost(a, b []rune) int {
	for i := range a {
		switch {
		case a[i] == b[i]:
			continue
		case i+1 < len(a) && a[i+1] != b[i+1]:
			return costSwap
		case lookalike(a[i]) == lookalike(b[i]):
			return costLookalike
		}
	}
	return costSubstitution
}

// lookalike maps characters that are mistaken for one another to one of them.
func lookalike(r rune) rune {
	for _, group := range []string{"1lIi|", "0OoοΟ", "vν", "wω", "nη", "pρ", "aα", "uμ", "yγ", "kκ", "xχ", "tτ", "5Ss", "2Zz"} {
		if strings.ContainsRune(group, r) {
			return []rune(group)[0]
		}
	}
	return unicode.ToLower(r)
}

// editDistance counts insertions, deletions, substitutions and swaps of neighbours, and stops caring beyond two.
func editDistance(a, b []rune) int {
	if len(a)-len(b) > 2 || len(b)-len(a) > 2 {
		return 3
	}
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			change := 0
			if a[i-1] != b[j-1] {
				change = 1
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
