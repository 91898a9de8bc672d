package terminal_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The figure is printed, not judged: it depends on the machine. Under 50 ms is what a person does not notice.
func TestTimeToTheFirstPrompt(t *testing.T) {
	if program == "" {
		t.Skip("tmux is not installed, so the program was not built")
	}
	var times []time.Duration
	for range 7 {
		times = append(times, firstPrompt(t))
	}
	slices.Sort(times)
	fmt.Printf("time to the first prompt: median %v, slowest %v\n", times[3].Round(time.Microsecond), times[6].Round(time.Microsecond))
}

// firstPrompt starts the program on a terminal of its own and waits for its prompt.
func firstPrompt(t *testing.T) time.Duration {
	main, name := openTerminal(t)
	defer main.Close()
	tty, err := os.OpenFile(name, os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer tty.Close()
	cmd := exec.Command(program)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir(), "TERM=xterm-256color", "NABLA_HISTORY=", "LC_ALL=C.UTF-8")
	start := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer cmd.Process.Kill()
	_ = main.SetReadDeadline(start.Add(patience))
	var seen []byte
	for buf := make([]byte, 4096); !bytes.Contains(seen, []byte("In[1]")); {
		n, err := main.Read(buf)
		if err != nil {
			t.Fatalf("%v after %q", err, seen)
		}
		seen = append(seen, buf[:n]...)
	}
	return time.Since(start)
}

// openTerminal makes a pseudo-terminal: the end that a screen reads, and the name of the end that a program writes.
func openTerminal(t *testing.T) (main *os.File, name string) {
	main, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip("no pseudo-terminals: ", err)
	}
	if err := unix.IoctlSetPointerInt(int(main.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(main.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	return main, fmt.Sprintf("/dev/pts/%d", n)
}
