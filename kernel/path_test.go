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

// :undo takes a number of statements back; one that is too large says how many there are.
func TestSeveralStatementsAreTakenBack(t *testing.T) {
	s := NewSession()
	answers(t, s, "x : R", "x : R", "u = 2", "u = 2", "v = 3", "v = 3")
	answers(t, s, ":undo 2", "taken back: v = 3\ntaken back: u = 2", ":undo 7", "E401", ":undo 0", "E401", ":undo one", "E401", "u", "E101")
	answers(t, s, ":undo 1", "taken back: x : R", ":undo", "E401")
}

// Without parameters, train offers those that the objective seems to have.
func TestTrainingWithoutParametersIsRefusedWithThem(t *testing.T) {
	s := NewSession()
	execute(t, s, "x : R[d]; y : R[q]; W : R[q,d]; J = ‖W x - y‖²")
	e := execute(t, s, "train(J, lr=0.5)").Err
	if e == nil || len(e.Fixes) != 1 || e.Fixes[0].Text != "train(J, [W], lr=0.5)" {
		t.Errorf("%v", e)
	}
}
