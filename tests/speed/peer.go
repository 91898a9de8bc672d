package main

import (
	"bufio"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
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

// startPeers starts those that were asked for; the others are absent.
func startPeers(threads int) []*peer {
	start := func(name string, run func() *peer) *peer {
		if !slices.Contains(strings.Split(*with, ","), name) {
			return &peer{name: name, cmd: new(exec.Cmd), absent: "it was not asked for"}
		}
		return run()
	}
	return []*peer{
		start("torch", func() *peer { return startPython(*python, "torch", threads) }),
		start("numpy", func() *peer { return startPython(*python, "numpy", threads) }),
		start("gonum", func() *peer { return startGonum(threads) }),
	}
}

// startPython starts "numpy" or "torch".
func startPython(python, which string, threads int) *peer {
	c := exec.Command(python, "-c", peers, which, strconv.Itoa(threads))
	c.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "OPENBLAS_") })
	if t := coreType(); t != "" {
		c.Env = append(c.Env, "OPENBLAS_CORETYPE="+t)
	}
	return startPeer(which, c)
}

// startGonum starts this program again, as the peer that is gonum.
func startGonum(threads int) *peer {
	self, err := os.Executable()
	if err != nil {
		return &peer{name: "gonum", cmd: new(exec.Cmd), absent: err.Error()}
	}
	return startPeer("gonum", exec.Command(self, asGonum, strconv.Itoa(threads)))
}

// asGonum is the first argument of the process that is the peer gonum.
const asGonum = "as-gonum"

func startPeer(name string, cmd *exec.Cmd) *peer {
	p := &peer{name: name, cmd: cmd}
	p.cmd.Stderr = os.Stderr
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
	if what, lacks := strings.CutPrefix(line, "lacks "); lacks {
		return nil, fmt.Errorf("%s: %w: %s", p.name, errLacks, strings.TrimSpace(what))
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

// errLacks says that a peer has nothing for a case.
var errLacks = errors.New("it has no such function")

// run lets the peer take its turn.
func (p *peer) run(clock string, turn time.Duration) (times, error) {
	got, err := p.ask(fmt.Sprintf("run %g %s", turn.Seconds(), clock))
	if err == nil && len(got) != 2 {
		err = fmt.Errorf("%s answered %v, not the median and the least", p.name, got)
	}
	if err != nil {
		return times{}, err
	}
	return times{got[0], got[1]}, nil
}

func (p *peer) stop() {
	if p.in != nil {
		p.in.Close()
	}
	if p.cmd.Process != nil {
		_ = p.cmd.Wait() // how it ends does not matter any more
	}
}
