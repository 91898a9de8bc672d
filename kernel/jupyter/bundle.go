package jupyter

import (
	"strings"

	"nabla/kernel"
)

func pageBundle(p kernel.Page) map[string]any {
	data := map[string]any{"text/plain": p.Text}
	if p.HTML != "" {
		data["text/html"] = p.HTML
	}
	return data
}

// noteBundle is the remarks on a result: how it was read, what was broadcast.
func noteBundle(notes []string) map[string]any {
	plain := make([]string, len(notes))
	for i, n := range notes {
		plain[i] = "# note: " + strings.ReplaceAll(n, "\n", "\n#       ")
	}
	return map[string]any{
		"text/plain": strings.Join(plain, "\n"),
		"text/html":  kernel.NotesHTML(notes),
	}
}
