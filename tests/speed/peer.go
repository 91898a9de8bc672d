package main

import (
	"bufio"
	_ "embed"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

//go:embed peers.py
var peers string

// A peer is a process that computes the same by other means.
type peer struct {
	name   string // with its version
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Reader
	absent string // why it takes no part
}

// startPeer starts "numpy" or "torch".
func startPeer(python, which string, threads int) *peer {
	p := &peer{name: which, cmd: exec.Command(python, "-c", peers, which, strconv.Itoa(threads))}
	p.cmd.Stderr = os.Stderr
	if c := coreType(); c != "" {
		p.cmd.Env = append(os.Environ(), "OPENBLAS_CORETYPE="+c)
	}
	in, err := p.cmd.StdinPipe()
	if err != nil {
		p.absent = err.Error()
		return p
	}
	out, err := p.cmd.StdoutPipe()
	if err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		p.absent = err.Error()
		return p
	}
	p.in, p.out = in, bufio.NewReader(out)
	answer, err := p.out.ReadString('\n')
	version, ok := strings.CutPrefix(strings.TrimSpace(answer), "ready ")
	if !ok || err != nil {
		p.absent = strings.TrimPrefix(strings.TrimSpace(answer), "absent ")
		return p
	}
	p.name = version
	return p
}

// ask sends a command and reads the numbers of its answer.
func (p *peer) ask(command string) ([]float64, error) {
	if p.absent != "" {
		return nil, fmt.Errorf("%s is absent", p.name)
	}
	if _, err := fmt.Fprintln(p.in, command); err != nil {
		return nil, err
	}
	line, err := p.out.ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.name, err)
	}
	var out []float64
	for _, f := range strings.Fields(line) {
		x, err := strconv.ParseFloat(f, 64)
		if err != nil {
			return nil, fmt.Errorf("%s answered %q", p.name, line)
		}
		out = append(out, x)
	}
	return out, nil
}

func (p *peer) stop() {
	if p.in != nil {
		p.in.Close()
	}
	if p.cmd.Process != nil {
		_ = p.cmd.Wait() // how it ends does not matter any more
	}
}
