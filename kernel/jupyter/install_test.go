package jupyter

import (
	"bytes"
	"context"
	"image/png"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"nabla/kernel"
	"nabla/tests/jupyter/toy"
)

// TestMain lets the test binary be the kernel that it installs.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "kernel" {
		if err := newRoot(toy.New).Execute(); err != nil {
			os.Stderr.WriteString(err.Error() + "\n")
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func newRoot(engine func() (kernel.Engine, error)) *cobra.Command {
	root := &cobra.Command{Use: "repl", SilenceErrors: true, SilenceUsage: true}
	root.AddCommand(Command(engine))
	return root
}

// command runs "repl kernel …" and returns what it printed.
func command(args ...string) (string, error) {
	var out bytes.Buffer
	root := newRoot(toy.New)
	root.SetArgs(append([]string{"kernel"}, args...))
	root.SetOut(&out)
	root.SetErr(&out)
	err := root.ExecuteContext(context.Background())
	return out.String(), err
}

func TestInstalledKernelStarts(t *testing.T) {
	t.Setenv("JUPYTER_DATA_DIR", t.TempDir())
	t.Setenv("NABLA_JUPYTER_HISTORY", filepath.Join(t.TempDir(), "h"))
	for range 2 { // the second replaces the first
		out, err := command("install", "--display-name", "A name")
		if err != nil || !strings.Contains(out, os.Getenv("JUPYTER_DATA_DIR")) {
			t.Fatalf("%s, %v", out, err)
		}
	}
	dir := filepath.Join(os.Getenv("JUPYTER_DATA_DIR"), "kernels", "nabla")
	spec, err := readSpec(dir)
	if err != nil || spec.DisplayName != "A name" || spec.InterruptMode != "message" || spec.Language != "nabla" {
		t.Fatalf("%+v, %v", spec, err)
	}
	if strings.Join(spec.Argv[1:], " ") != "kernel run -f {connection_file}" || filepath.Dir(spec.Argv[0]) != dir {
		t.Errorf("argv %q", spec.Argv)
	}
	version, err := Probe(context.Background(), spec)
	if err != nil || version != Version() {
		t.Errorf("version %q, %v", version, err)
	}
	entries, _ := os.ReadDir(filepath.Dir(dir))
	if len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
	if out, err := command("uninstall"); err != nil || !strings.Contains(out, dir) {
		t.Errorf("%s, %v", out, err)
	}
	if _, err := command("uninstall"); err == nil {
		t.Error("what is not there was removed")
	}
}

func TestLogosHaveTheirSizes(t *testing.T) {
	dir := t.TempDir()
	if err := copyLogos(dir); err != nil {
		t.Fatal(err)
	}
	for name, size := range map[string]int{"logo-32x32.png": 32, "logo-64x64.png": 64} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if c, err := png.DecodeConfig(bytes.NewReader(data)); err != nil || c.Width != size || c.Height != size {
			t.Errorf("%s: %d × %d, %v", name, c.Width, c.Height, err)
		}
	}
	if data, _ := os.ReadFile(filepath.Join(dir, "logo-svg.svg")); !bytes.HasPrefix(data, []byte("<svg")) {
		t.Errorf("the SVG begins with %.20q", data)
	}
}

func TestPlacesOfInstallation(t *testing.T) {
	t.Setenv("JUPYTER_DATA_DIR", "")
	t.Setenv("CONDA_PREFIX", "")
	t.Setenv("VIRTUAL_ENV", "/env")
	t.Setenv("XDG_DATA_HOME", "/data")
	want := map[string]InstallOptions{
		"/env/share/jupyter/kernels/nabla": {SysPrefix: true},
		"/usr/share/jupyter/kernels/other": {Prefix: "/usr", Name: "other"},
	}
	if runtime.GOOS == "linux" {
		want["/data/jupyter/kernels/nabla"] = InstallOptions{}
	}
	for dir, o := range want {
		if got, err := o.directory(); err != nil || filepath.ToSlash(got) != dir {
			t.Errorf("%+v: %s, %v", o, got, err)
		}
	}
	for _, o := range []InstallOptions{{Name: "../x"}, {Name: ".."}, {Name: "a b"}, {Prefix: "/a", SysPrefix: true}} {
		if got, err := o.directory(); err == nil {
			t.Errorf("%+v is accepted as %s", o, got)
		}
	}
}

func TestForeignKernelIsNotRemoved(t *testing.T) {
	t.Setenv("JUPYTER_DATA_DIR", t.TempDir())
	dir := filepath.Join(os.Getenv("JUPYTER_DATA_DIR"), "kernels", "python3")
	os.MkdirAll(dir, 0o755)
	os.WriteFile(filepath.Join(dir, "kernel.json"), []byte(`{"language":"python"}`), 0o644)
	if _, err := command("uninstall", "--name", "python3"); err == nil || !strings.Contains(err.Error(), "python") {
		t.Errorf("%v", err)
	}
}

// fakeJupyter puts a jupyter program on the PATH that searches one folder, and lists kernels there.
func fakeJupyter(t *testing.T, data, list string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("a shell script stands for jupyter")
	}
	dir := t.TempDir()
	script := "#!/bin/sh\ncase \"$1\" in\n--paths) echo '{\"data\":[\"" + data + "\"]}';;\nkernelspec) echo '" + list + "';;\nesac\n"
	if err := os.WriteFile(filepath.Join(dir, "jupyter"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
}

func TestDoctorSaysWhatJupyterSees(t *testing.T) {
	data := t.TempDir()
	at := filepath.Join(data, "kernels", "nabla")
	t.Setenv("JUPYTER_DATA_DIR", data)
	t.Setenv("NABLA_JUPYTER_HISTORY", filepath.Join(t.TempDir(), "h"))
	fakeJupyter(t, data, `{"kernelspecs":{"nabla":{"resource_dir":"`+at+`"}}}`)
	if out, err := command("doctor"); err == nil || !strings.Contains(out, "fix: repl kernel install") {
		t.Errorf("before it is installed: %v\n%s", err, out)
	}
	command("install")
	if out, err := command("doctor"); err != nil || strings.Contains(out, "BAD") || strings.Count(out, "ok ") != 4 {
		t.Errorf("installed: %v\n%s", err, out)
	}
	if out, err := command("doctor", "--prefix", filepath.Join(data, "elsewhere")); err == nil || !strings.Contains(out, "JUPYTER_PATH") {
		t.Errorf("a folder that is not searched: %v\n%s", err, out)
	}
	os.Remove(filepath.Join(at, "nabla-kernel"))
	if out, err := command("doctor"); err == nil || !strings.Contains(out, "does not start") {
		t.Errorf("without its program: %v\n%s", err, out)
	}
	os.WriteFile(filepath.Join(at, "kernel.json"), []byte("{"), 0o644)
	if out, err := command("doctor"); err == nil || !strings.Contains(out, "not JSON") {
		t.Errorf("a broken kernel.json: %v\n%s", err, out)
	}
	fakeJupyter(t, data, `{"kernelspecs":{}}`)
	command("install")
	if out, err := command("doctor"); err == nil || !strings.Contains(out, "does not list") {
		t.Errorf("not listed: %v\n%s", err, out)
	}
}
