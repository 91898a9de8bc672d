#!/usr/bin/python3
"""How fast the prompt answers, on a pseudo-terminal: tests/terminal/speed.py PROGRAM

Prints the time to the first prompt, of a keystroke with a history of 10 000 lines, and of Tab among 10 000 names. The
figures depend on the machine and on what else it does; the goals are 50, 5 and 20 ms.
"""
import fcntl, os, pty, select, shutil, struct, sys, tempfile, termios, time


class Session:
    """The program in a terminal of 30 rows and 100 columns, with a home of its own."""

    def __init__(self, program, home):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(program, [program], dict(os.environ, TERM="xterm-256color", LC_ALL="C.UTF-8", HOME=home))
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))

    def send(self, text):
        os.write(self.fd, text.encode())

    def until(self, text):
        seen = b""
        while text.encode() not in seen:
            seen = seen[-100:] + os.read(self.fd, 65536)

    def rest(self, seconds=0.05):
        while select.select([self.fd], [], [], seconds)[0]:
            os.read(self.fd, 65536)

    def answer(self, keys):
        """Seconds from keys to the first byte that they bring."""
        start = time.monotonic()
        self.send(keys)
        os.read(self.fd, 1)
        took = time.monotonic() - start
        self.rest()
        return took

    def close(self):
        os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)
        os.close(self.fd)


def report(what, times):
    times = sorted(times)
    print(f"{what:40} median {times[len(times) // 2] * 1e3:6.1f} ms   slowest {times[-1] * 1e3:6.1f} ms", flush=True)


def first_prompt(program, home):
    start = time.monotonic()
    session = Session(program, home)
    session.until("In[1]")
    took = time.monotonic() - start
    session.close()
    return took


def main(program):
    home = tempfile.mkdtemp()
    report("first prompt", [first_prompt(program, home) for _ in range(9)])
    state = os.path.join(home, ".local/state/nabla")
    os.makedirs(state, exist_ok=True)
    with open(os.path.join(state, "history"), "w") as f:
        f.writelines(f"W{i} = λ/2 (‖W1‖² + ‖W2‖²) + {i}\n" for i in range(10_000))
    report("first prompt, 10 000 lines of history", [first_prompt(program, home) for _ in range(9)])
    names = os.path.join(home, "names.nabla")
    with open(names, "w") as f:
        f.write(", ".join(f"name{i}" for i in range(10_000)) + " : R[h,d];\n")
    session = Session(program, home)
    session.until("In[1]")
    session.rest()
    report("a key", [session.answer("x") for _ in range(40)])
    session.send("\x15W9")
    session.rest()
    report("↑ with a prefix", [session.answer("\x1b[A") for _ in range(20)])
    session.send(f"\x15:load {names}\r")
    session.until("In[2]")
    for word in ["name", "name99", "exp("]:
        times = []
        for _ in range(9):
            session.send("\x07\x15" + word)
            session.rest()
            times.append(session.answer("\t"))
        report(f"{word} and Tab, 10 000 names", times)
    session.close()
    shutil.rmtree(home)


main(os.path.abspath(sys.argv[1]))
