package kernel

import (
	"context"
	"strings"
	"testing"
)

// An earlier number keeps the shape that it had when it was asked for; a number that no result has is said to be missing.
func TestEarlierNumbersKeepTheirShape(t *testing.T) {
	s := NewSession()
	execute(t, s, "v : R[d]; v := [1, 2]", "eval(vᵀ)", "eval([v, 2 v])")
	for _, c := range []struct{ cell, shape, code string }{{"%2", "d", ""}, {"%", "d", ""}, {"%3", "", ""}, {"%17", "", "E228"}, {"%% note", "", "E106"}, {"% note", "", "E108"}} {
		out := &transcript{}
		s.Execute(context.Background(), c.cell, ExecuteOptions{}, out)
		r := out.results[len(out.results)-1]
		if got := strings.Join(r.Shape, ","); got != c.shape || c.shape != "" && !r.Row {
			t.Errorf("%s has shape R[%s], row %v; want a row R[%s]", c.cell, got, r.Row, c.shape)
		}
		if got := codeOf(r); got != c.code {
			t.Errorf("%s: %q, want %q", c.cell, got, c.code)
		}
	}
}

func codeOf(r *Result) string {
	if r.Err == nil {
		return ""
	}
	return r.Err.Code
}
