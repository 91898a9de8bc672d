package docs

import (
	"context"
	"os"
	"strings"
	"testing"

	"nabla/kernel"
)

// TestEverySettingIsDocumented: the page on the language has a row for each line that :set lists.
func TestEverySettingIsDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/language.md")
	if err != nil {
		t.Fatal(err)
	}
	list := &listing{}
	kernel.NewSession().Execute(context.Background(), ":set", kernel.ExecuteOptions{}, list)
	lines := strings.Split(strings.TrimSpace(list.text), "\n")
	if len(lines) < 5 {
		t.Fatalf(":set lists only %q", list.text)
	}
	for _, line := range lines {
		key := strings.Fields(line)[0]
		if !strings.Contains(string(page), "| `:set "+key+" ") {
			t.Errorf("docs/language.md has no row for :set %s", key)
		}
	}
}

// A listing keeps the text of results.
type listing struct {
	kernel.Output
	text string
}

func (l *listing) Result(r *kernel.Result) { l.text += r.Text }
