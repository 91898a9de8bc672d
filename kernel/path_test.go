package kernel

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// ~/ is the home folder wherever a person names a file; completion leaves the folder as it was typed.
func TestPathsInTheHomeFolder(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home)
	s := NewSession()
	execute(t, s, "dim n = 2; v : R[n]; v := [1, 2]; :save ~/kept.nabla", "big := ones(101, 100)", ":save ~/large.nabla")
	for _, name := range []string{"kept.nabla", "large.nabla", "large.big.npy"} {
		if _, err := os.Stat(filepath.Join(home, name)); err != nil {
			t.Error(err)
		}
	}
	other := NewSession()
	execute(t, other, ":load ~/kept.nabla")
	answers(t, other, "eval(v)", "[1, 2]")
	execute(t, other, ":load ~/large.nabla", `again := load("~/large.big.npy")`)
	answers(t, other, "eval(sum(big))", "10100", "eval(sum(again))", "10100")
	t.Chdir(home)
	for src, want := range map[string]string{
		":load ~/k": "~/kept.nabla", ":load ./k": "./kept.nabla", ":load k": "kept.nabla", ":load " + home + "/k": home + "/kept.nabla", `load("~/large.b`: "~/large.big.npy",
	} {
		var got []string
		for _, it := range s.Complete(src, len(src)).Items {
			got = append(got, it.Text)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", src, got, want)
		}
	}
}

// What :undo brings back after :reset are names and dimensions.
func TestUndoOfResetNamesDimensions(t *testing.T) {
	s := NewSession()
	execute(t, s, "dim m = 3; x : R", ":reset")
	answers(t, s, ":undo", "taken back: :reset; there is again x, m")
}
