package rewrite

import (
	"slices"

	"nabla/symbolic"
)

// A NamedRule is one rule of any table, on whole expressions.
type NamedRule struct {
	Table, Name string
	Apply       func(*symbolic.Expr) *symbolic.Expr
}

// AllRules are the rules of every table, each once.
func AllRules() []NamedRule {
	var all []NamedRule
	add := func(table, name string, apply func(*symbolic.Expr) *symbolic.Expr) {
		if !slices.ContainsFunc(all, func(r NamedRule) bool { return r.Table == table && r.Name == name }) {
			all = append(all, NamedRule{table, name, apply})
		}
	}
	for _, r := range slices.Concat(monomialRules, shorteningRules, orientingRules) {
		add("product", r.name, func(e *symbolic.Expr) *symbolic.Expr {
			next, _ := firstRule([]monomialRule{r}, e, nil)
			return next
		})
	}
	for _, table := range []map[string][]symbolic.Rule{callRules, compactRules} {
		for name, rules := range table {
			for _, r := range rules {
				add(name, r.Name, r.Apply)
			}
		}
	}
	for _, r := range sumRules {
		add("sum", r.name, r.apply)
	}
	return all
}
