package lang

import "testing"

// What is compiled when it is first used is compiled here, so that no mistake waits for a person.
func TestExpressionsThatAreCompiledWhenAskedAreExpressions(t *testing.T) {
	for _, p := range phrases {
		p.from()
	}
	for _, b := range borrowedWords {
		if b.from != nil {
			b.from()
		}
	}
}
