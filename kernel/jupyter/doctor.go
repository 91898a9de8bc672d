package jupyter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"nabla/kernel/jupyter/zmtp"
)

// A Finding is one thing that the doctor looked at.
type Finding struct {
	OK   bool
	What string // "Jupyter lists the kernel nabla"
	Fix  string // what to do if it is not OK
}

func (f Finding) String() string {
	switch {
	case f.OK:
		return "ok   " + f.What
	case f.Fix == "":
		return "BAD  " + f.What
	}
	return "BAD  " + f.What + "\n     fix: " + f.Fix
}

// Doctor says what Jupyter sees of the kernel that o names, and why not. self is how this program installs itself:
// "repl kernel install".
func Doctor(ctx context.Context, o InstallOptions, self string) []Finding {
	if o.Name == "" {
		o.Name = defaultName
	}
	paths, seen := askJupyter(ctx)
	findings := []Finding{seen}
	spec, dir, found := locate(o, paths, self)
	findings = append(findings, found...)
	if dir == "" {
		return findings
	}
	if seen.OK {
		findings = append(findings, listed(ctx, o.Name, dir, self))
	}
	return append(findings, runs(ctx, spec, self))
}

// askJupyter is the folders that Jupyter searches. Without a jupyter program they are the usual ones.
func askJupyter(ctx context.Context) ([]string, Finding) {
	out, err := exec.CommandContext(ctx, "jupyter", "--paths", "--json").Output()
	var paths struct {
		Data []string `json:"data"`
	}
	if err == nil {
		err = json.Unmarshal(out, &paths)
	}
	if err == nil {
		return paths.Data, Finding{OK: true, What: "jupyter is installed and searches " + strings.Join(paths.Data, ", ")}
	}
	user, _ := userData()
	usual := []string{user, "/usr/local/share/jupyter", "/usr/share/jupyter"}
	return usual, Finding{
		What: "jupyter is not on the PATH, or does not answer: " + err.Error(),
		Fix:  "install JupyterLab, or start this from the environment that has it",
	}
}

// locate finds the kernelspec that Jupyter would take: the first of that name along its folders.
func locate(o InstallOptions, paths []string, self string) (Spec, string, []Finding) {
	var findings []Finding
	if dir, err := o.directory(); err == nil && (o.Prefix != "" || o.SysPrefix) {
		if data := filepath.Dir(filepath.Dir(dir)); !slices.Contains(paths, data) {
			findings = append(findings, Finding{
				What: "Jupyter does not search " + data,
				Fix:  "export JUPYTER_PATH=" + data + ", or install without --prefix",
			})
			paths = append([]string{data}, paths...)
		}
	}
	for _, data := range paths {
		dir := filepath.Join(data, "kernels", o.Name)
		spec, err := readSpec(dir)
		switch {
		case errors.Is(err, os.ErrNotExist):
			continue
		case err != nil:
			return spec, "", append(findings, Finding{What: err.Error(), Fix: self + " install"})
		case spec.Language != "nabla":
			return spec, "", append(findings, Finding{
				What: fmt.Sprintf("%s is a kernel for %s and hides ours", dir, spec.Language),
				Fix:  self + " install --name nabla2",
			})
		}
		return spec, dir, append(findings, Finding{OK: true, What: "the kernel " + o.Name + " is installed at " + dir})
	}
	return Spec{}, "", append(findings, Finding{
		What: "no kernel " + o.Name + " is installed where Jupyter searches",
		Fix:  self + " install",
	})
}

// listed asks Jupyter whether it knows the kernel, and from the same folder.
func listed(ctx context.Context, name, dir, self string) Finding {
	out, err := exec.CommandContext(ctx, "jupyter", "kernelspec", "list", "--json").Output()
	var list struct {
		Specs map[string]struct {
			Dir string `json:"resource_dir"`
		} `json:"kernelspecs"`
	}
	if err == nil {
		err = json.Unmarshal(out, &list)
	}
	at := list.Specs[strings.ToLower(name)].Dir
	switch {
	case err != nil:
		return Finding{What: "jupyter kernelspec list fails: " + err.Error(), Fix: "install jupyter_client anew"}
	case at == "":
		return Finding{What: "Jupyter does not list the kernel " + name, Fix: self + " install"}
	case filepath.Clean(at) != filepath.Clean(dir):
		return Finding{What: "Jupyter takes the kernel " + name + " from " + at, Fix: "remove one of the two"}
	}
	return Finding{OK: true, What: "Jupyter lists the kernel " + name}
}

// runs starts the kernel as Jupyter would, asks for kernel_info, and ends it.
func runs(ctx context.Context, spec Spec, self string) Finding {
	begin := time.Now()
	version, err := Probe(ctx, spec)
	if err != nil {
		return Finding{What: "the kernel does not start: " + err.Error(), Fix: self + " install"}
	}
	took := time.Since(begin).Round(time.Millisecond)
	if version != Version() {
		return Finding{
			What: fmt.Sprintf("the installed kernel is version %s, this program is %s", version, Version()),
			Fix:  self + " install",
		}
	}
	return Finding{OK: true, What: fmt.Sprintf("it starts, and answers after %v", took)}
}

// Probe starts the kernel of a spec and returns the version that it reports; then the kernel is ended.
func Probe(ctx context.Context, spec Spec) (version string, err error) {
	if len(spec.Argv) == 0 {
		return "", errors.New("kernel.json has no argv")
	}
	dir, err := os.MkdirTemp("", "nabla-doctor")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "connection.json")
	if err := NewConnection().Write(file); err != nil {
		return "", err
	}
	argv := slices.Clone(spec.Argv)
	for i, a := range argv {
		argv[i] = strings.ReplaceAll(a, connectionFile, file)
	}
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	var said strings.Builder
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		return "", err
	}
	ended := make(chan struct{})
	go func() { defer close(ended); cmd.Wait() }()
	defer func() { cancel(); <-ended }()
	version, err = probe(ctx, file, ended)
	if err != nil && said.Len() > 0 {
		err = fmt.Errorf("%w: %s", err, strings.TrimSpace(said.String()))
	}
	return version, err
}

const probeTime = 15 * time.Second

// probe asks the kernel of a connection file for its version, once the kernel has written its ports there.
func probe(ctx context.Context, file string, ended <-chan struct{}) (string, error) {
	for {
		if c, err := ReadConnection(file); err == nil && c.Shell != 0 {
			return askVersion(c)
		}
		select {
		case <-ended:
			return "", errors.New("it ended at once")
		case <-ctx.Done():
			return "", errors.New("it does not write its ports to the connection file")
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func askVersion(c Connection) (string, error) {
	network, address := c.Address(c.Shell)
	shell, err := zmtp.Dial("DEALER", network, address, "doctor", probeTime)
	if err != nil {
		return "", err
	}
	defer shell.Close()
	shell.SetDeadline(time.Now().Add(probeTime))
	codec := newCodec(c)
	request, err := codec.encode("kernel_info_request", nil, nil, emptyObject)
	if err != nil {
		return "", err
	}
	if err := shell.Send(request...); err != nil {
		return "", err
	}
	frames, err := shell.Receive()
	if err != nil {
		return "", err
	}
	reply, err := codec.decode(frames)
	if err != nil {
		return "", err
	}
	var info struct {
		Version string `json:"implementation_version"`
	}
	return info.Version, reply.object(&info)
}
