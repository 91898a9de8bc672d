package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"nabla/kernel"
)

func longHistory(b *testing.B) string {
	path := filepath.Join(b.TempDir(), "history")
	var text strings.Builder
	for i := range maxHistory {
		fmt.Fprintf(&text, "W%d = λ/2 (‖W1‖² + ‖W2‖²) + %d\n", i, i)
	}
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	return path
}

func BenchmarkOpenALongHistory(b *testing.B) {
	path := longHistory(b)
	for b.Loop() {
		openHistory(path)
	}
}

func BenchmarkKeystroke(b *testing.B) {
	e := offline(at("|"))
	e.history = openHistory(longHistory(b))
	e.begin("In[1] ∇ ", false)
	e.press(keyPaste, strings.Repeat("λ/2 (‖W1‖² + ‖W2‖²) ", 10))
	for b.Loop() {
		e.press('x', "")
		e.press(keyBackspace, "")
	}
}

func BenchmarkRecall(b *testing.B) {
	e := offline(at("|"))
	e.history = openHistory(longHistory(b))
	e.begin("In[1] ∇ ", false)
	for b.Loop() {
		e.press('Z', "") // nothing begins with it: the whole history is looked through
		e.press(keyUp, "")
		e.press(keyBackspace, "")
	}
}

// names is an engine with many of them.
type names struct {
	parrot
	items []kernel.Candidate
}

func (n *names) Complete(src string, pos int) kernel.Completion {
	return kernel.Completion{Start: 0, End: pos, Items: n.items}
}

func BenchmarkCompletionMenu(b *testing.B) {
	n := &names{}
	for i := range 10_000 {
		n.items = append(n.items, kernel.Candidate{Text: fmt.Sprintf("name%d", i), Detail: "R[h,d]", Kind: "variable"})
	}
	e := offline(at("name|"))
	e.engine = n
	for b.Loop() {
		e.press(keyTab, "")
		e.press(keyCancel, "")
	}
}
