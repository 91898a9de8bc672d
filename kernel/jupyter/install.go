package jupyter

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
)

// logos are what launchers show. The PNG files are made from the SVG by rsvg-convert -w 32 and -w 64.
//
//go:embed logos/logo-32x32.png logos/logo-64x64.png logos/logo-svg.svg
var logos embed.FS

// InstallOptions say where and how the kernel is registered.
type InstallOptions struct {
	Name        string   // folder of the kernelspec; default "nabla"
	DisplayName string   // default "∇ nabla"
	Prefix      string   // install to PREFIX/share/jupyter; default is the user's folder
	SysPrefix   bool     // install to the environment of the python3 on the PATH
	Program     string   // what to copy; default is the running program
	Arguments   []string // of the program; default kernel run -f {connection_file}
}

// Spec is a kernel.json.
type Spec struct {
	Argv          []string       `json:"argv"`
	DisplayName   string         `json:"display_name"`
	Language      string         `json:"language"`
	InterruptMode string         `json:"interrupt_mode"`
	Metadata      map[string]any `json:"metadata"`
}

// connectionFile is replaced by Jupyter in the arguments of a kernel.
const connectionFile = "{connection_file}"

const defaultName = "nabla"

// specName is what Jupyter accepts as the name of a kernelspec.
var specName = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)

// directory is the folder of the kernelspec.
func (o InstallOptions) directory() (string, error) {
	name := o.Name
	if name == "" {
		name = defaultName
	}
	if !specName.MatchString(name) || strings.Trim(name, ".") == "" {
		return "", fmt.Errorf("%q cannot name a kernel: letters, digits, '.', '_' and '-' can", name)
	}
	data, err := o.data()
	if err != nil {
		return "", err
	}
	return filepath.Join(data, "kernels", name), nil
}

// data is the folder that Jupyter searches.
func (o InstallOptions) data() (string, error) {
	switch {
	case o.Prefix != "" && o.SysPrefix:
		return "", errors.New("--prefix and --sys-prefix name two places: give one")
	case o.SysPrefix:
		prefix, err := sysPrefix()
		return filepath.Join(prefix, "share", "jupyter"), err
	case o.Prefix != "":
		prefix, err := filepath.Abs(o.Prefix)
		return filepath.Join(prefix, "share", "jupyter"), err
	}
	return userData()
}

// sysPrefix is the root of the Python environment that is active.
func sysPrefix() (string, error) {
	for _, variable := range []string{"VIRTUAL_ENV", "CONDA_PREFIX"} {
		if prefix := os.Getenv(variable); prefix != "" {
			return prefix, nil
		}
	}
	for _, python := range []string{"python3", "python"} {
		if out, err := exec.Command(python, "-c", "import sys; print(sys.prefix)").Output(); err == nil {
			return strings.TrimSpace(string(out)), nil
		}
	}
	return "", errors.New("no python3 is on the PATH to say what its prefix is: use --prefix")
}

// userData is the user's Jupyter folder.
func userData() (string, error) {
	if dir := os.Getenv("JUPYTER_DATA_DIR"); dir != "" {
		return dir, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	switch {
	case runtime.GOOS == "darwin":
		return filepath.Join(home, "Library", "Jupyter"), nil
	case runtime.GOOS == "windows" && os.Getenv("APPDATA") != "":
		return filepath.Join(os.Getenv("APPDATA"), "jupyter"), nil
	case os.Getenv("XDG_DATA_HOME") != "":
		return filepath.Join(os.Getenv("XDG_DATA_HOME"), "jupyter"), nil
	}
	return filepath.Join(home, ".local", "share", "jupyter"), nil
}

// Install registers the kernel and returns its folder. The program is copied beside kernel.json, so that what was
// started by "go run" is still there tomorrow. An earlier kernel of the same name is replaced at once or not at all.
func Install(o InstallOptions) (dir string, err error) {
	if dir, err = o.directory(); err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return "", err
	}
	fresh, err := os.MkdirTemp(filepath.Dir(dir), ".nabla-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(fresh)
	if err := errors.Join(os.Chmod(fresh, 0o755), o.fill(fresh, dir)); err != nil {
		return "", err
	}
	return dir, replaceDir(dir, fresh)
}

// replaceDir puts fresh in the place of dir.
func replaceDir(dir, fresh string) error {
	old := fresh + ".old"
	err := os.Rename(dir, old)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Rename(fresh, dir); err != nil {
		os.Rename(old, dir)
		return err
	}
	os.RemoveAll(old)
	return nil
}

// fill writes the files of a kernelspec that will stand at dir.
func (o InstallOptions) fill(fresh, dir string) error {
	program := o.Program
	if program == "" {
		var err error
		if program, err = os.Executable(); err != nil {
			return err
		}
	}
	copied := "nabla-kernel"
	if runtime.GOOS == "windows" {
		copied += ".exe"
	}
	if err := copyProgram(program, filepath.Join(fresh, copied)); err != nil {
		return err
	}
	if err := copyLogos(fresh); err != nil {
		return err
	}
	text, err := json.MarshalIndent(o.spec(filepath.Join(dir, copied)), "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(fresh, "kernel.json"), append(text, '\n'), 0o644)
}

func (o InstallOptions) spec(program string) Spec {
	s := Spec{
		Argv: append([]string{program}, o.Arguments...), DisplayName: o.DisplayName, Language: "nabla",
		InterruptMode: "message", Metadata: map[string]any{"debugger": false},
	}
	if len(o.Arguments) == 0 {
		s.Argv = append(s.Argv, "kernel", "run", "-f", connectionFile)
	}
	if s.DisplayName == "" {
		s.DisplayName = "∇ nabla"
	}
	return s
}

func copyProgram(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

func copyLogos(dir string) error {
	return fs.WalkDir(logos, "logos", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := logos.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, entry.Name()), data, 0o644)
	})
}

// Uninstall removes the kernel of that name, and nothing that is not ours.
func Uninstall(o InstallOptions) (dir string, err error) {
	if dir, err = o.directory(); err != nil {
		return "", err
	}
	spec, err := readSpec(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("no kernel is installed at %s", dir)
	}
	if err != nil {
		return "", err
	}
	if spec.Language != "nabla" {
		return "", fmt.Errorf("%s is a kernel for %s, not ours", dir, spec.Language)
	}
	return dir, os.RemoveAll(dir)
}

// readSpec reads the kernel.json of a folder.
func readSpec(dir string) (Spec, error) {
	var s Spec
	path := filepath.Join(dir, "kernel.json")
	text, err := os.ReadFile(path)
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return s, fmt.Errorf("%s: %w", path, plainJSON(err))
	}
	return s, nil
}
