package jupyter

import (
	"fmt"
	"testing"

	"nabla/kernel"
)

// TestSessionAnswersWhileItRuns asks the real session for completions, help and indents while cells change it. It is
// worth most under the race detector.
func TestSessionAnswersWhileItRuns(t *testing.T) {
	k := startWith(t, kernel.NewSession(), NewConnection(), Options{})
	c, other := k.connect(t), k.connect(t)
	const cells = 40
	for i := range cells {
		c.send(c.shell, "execute_request", map[string]any{"code": fmt.Sprintf("x%d : R[d]\nsum(x%d)", i, i)})
	}
	for range cells {
		other.ask(other.shell, "complete", map[string]any{"code": "x1", "cursor_pos": 2})
		other.ask(other.shell, "inspect", map[string]any{"code": "softmax(x1)", "cursor_pos": 3})
		other.ask(other.shell, "is_complete", map[string]any{"code": "sum(x1"})
	}
	for range cells {
		if m := c.receive(c.shell); m.Content["status"] != "ok" {
			t.Fatalf("%v", m)
		}
	}
	shown, _ := c.run("1+1\nW : R[h,d]\nv : R[q]\nv vᵀ")
	if shownText(shown[0]) != "2" || shownText(shown[len(shown)-1]) != "v vᵀ      # R[q,q]" {
		t.Errorf("%v", shown)
	}
}
