package export

import (
	"fmt"
	"math/big"
	"strings"

	"nabla/symbolic"
)

// A split is a product of two factors with one of them set apart: what is left, over the axes of the product and of that
// factor, and how their axes meet.
type split struct {
	rest, factor *symbolic.Expr
	in           string // the labels of the factor
	over         string // the labels of the rest
	out          string // the labels of the product
	key          string // equal for two products that have the factor in the same place
}

// mostFactored is the most terms of a sum that are compared: each pair that is joined starts anew.
const mostFactored = 32

var one = big.NewRat(1, 1)

// factored is a sum in which two products with a factor in common are one, as A x + Aᵀ x is (A + Aᵀ) x: one matrix
// product less. Products that something else reads too stay as they are, and so do those of more factors, whose order of
// multiplication it would change.
func (p *program) factored(sum *symbolic.Expr, readers map[*symbolic.Expr]int) *symbolic.Expr {
	if sum.Op != symbolic.Sum || len(sum.Args) > mostFactored {
		return sum
	}
	first := map[string]int{}
	for j, t := range sum.Args {
		if readers[t] > 1 {
			continue
		}
		for _, s := range splits(t) {
			i, ok := first[s.key]
			if !ok {
				first[s.key] = j
			} else if i != j {
				return p.factored(p.joined(sum, i, j, s), readers)
			}
		}
	}
	return sum
}

// joined is the sum with its terms i and j as one product with the factor of s, which is a split of j.
func (p *program) joined(sum *symbolic.Expr, i, j int, s split) *symbolic.Expr {
	coefs, args := append(sum.Coef[:0:0], sum.Coef...), append(sum.Args[:0:0], sum.Args...)
	other := s
	for _, o := range splits(args[i]) {
		if o.key == s.key {
			other = o
			break
		}
	}
	pair, c := []*symbolic.Expr{other.rest, s.rest}, append(coefs[:0:0], coefs[i], coefs[j])
	if pair[0].Op == symbolic.Einsum && pair[1].Op != symbolic.Einsum { // A + Aᵀ
		pair[0], pair[1], c[0], c[1] = pair[1], pair[0], c[1], c[0]
	}
	rest := p.g.LinearCombination(s.rest.Shape, c, pair)
	t := args[j]
	args[i] = p.g.Einsum([]string{s.over, s.in}, s.out, []*symbolic.Expr{rest, s.factor}, t.Shape)
	coefs[i] = one
	return p.g.LinearCombination(sum.Shape, append(coefs[:j], coefs[j+1:]...), append(args[:j], args[j+1:]...))
}

// splits are the ways to set a factor of a product of two apart: the rest is the other with its axes in another order.
func splits(t *symbolic.Expr) (out []split) {
	if t.Op != symbolic.Einsum || len(t.Args) != 2 {
		return nil
	}
	words, result := letters(t)
	for k, f := range t.Args {
		in, left := words[k], words[1-k]
		all := result + without(in, result)
		over := only(all, left)
		if in == "" || len(left) != len(over) || union(left) != left || union(in) != in {
			continue
		}
		a := t.Args[1-k]
		c, f := numberOut(f)
		rest := t.G.Scale(c, t.G.Einsum([]string{left}, over, []*symbolic.Expr{a}, nil))
		key := fmt.Sprint(f.ID, places(in, all), places(over, all))
		out = append(out, split{rest: rest, factor: f, in: in, over: over, out: result, key: key})
	}
	return out
}

// places are the positions of letters in a word.
func places(letters, word string) []int {
	out := make([]int, len(letters))
	for i := range letters {
		out[i] = strings.IndexByte(word, letters[i])
	}
	return out
}

// readersOf counts for each node the arguments that it is.
func readersOf(outputs []*symbolic.Expr) map[*symbolic.Expr]int {
	readers, seen := map[*symbolic.Expr]int{}, map[*symbolic.Expr]bool{}
	for _, e := range outputs {
		symbolic.Walk(e, func(n *symbolic.Expr) {
			for _, a := range n.Args {
				readers[a]++
			}
		}, seen)
	}
	return readers
}
