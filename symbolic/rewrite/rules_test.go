package rewrite

import (
	"slices"
	"strings"
	"testing"
)

// TestEveryRuleHasANameAndADoc: derivations print the name, and the doc states the identity.
func TestEveryRuleHasANameAndADoc(t *testing.T) {
	var names []string
	note := func(name, doc string) {
		if name == "" || !strings.ContainsAny(doc, "=") && !strings.Contains(doc, "written in one order") && !strings.Contains(doc, "equation") {
			t.Errorf("%q: %q states no identity", name, doc)
		}
		names = append(names, name)
	}
	for _, r := range slices.Concat(monomialRules, shorteningRules, orientingRules) {
		note(r.name, r.doc)
	}
	for _, r := range sumRules {
		note(r.name, r.doc)
	}
	for _, rules := range callRules {
		for _, r := range rules {
			note(r.Name, r.Doc)
		}
	}
	for _, rules := range compactRules {
		for _, r := range rules {
			note(r.Name, r.Doc)
		}
	}
	if len(names) < 25 {
		t.Errorf("only %d rules", len(names))
	}
}
