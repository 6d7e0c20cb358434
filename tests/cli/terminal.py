#!/usr/bin/env python3
"""terminal.py - types at a program on a pseudo-terminal and waits for what it shows.

Usage: terminal.py PROGRAM [ARGUMENT...] <SCRIPT
Lines of the script: "send TEXT", with Python's escapes, types; "expect TEXT" waits until the text is shown
after what was expected before; "run COMMAND" runs a shell command; "exit CODE" waits for the program's end.
Ends with 1, and the screen's text, when that does not come within ten seconds.
"""
import os
import pty
import select
import subprocess
import sys
import time

PATIENCE_S = 10


class Terminal:
    def __init__(self, arguments):
        self.shown = ""
        self.seen = 0
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvp(arguments[0], arguments)

    def read(self, seconds):
        if not select.select([self.fd], [], [], seconds)[0]:
            return
        try:
            self.shown += os.read(self.fd, 65536).decode(errors="replace")
        except OSError:
            time.sleep(0.05)

    def expect(self, text):
        end = time.monotonic() + PATIENCE_S
        while text not in self.shown[self.seen:]:
            if time.monotonic() > end:
                raise SystemExit(f"no {text!r} in:\n{self.shown[self.seen:]}")
            self.read(0.1)
        self.seen = self.shown.index(text, self.seen) + len(text)

    def exit(self, code):
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            self.read(0.05)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                if os.waitstatus_to_exitcode(status) != code:
                    raise SystemExit(f"it ended with {status}:\n{self.shown}")
                return
        os.kill(self.pid, 9)
        raise SystemExit("it has not ended:\n" + self.shown)


def main():
    terminal = Terminal(sys.argv[1:])
    for line in sys.stdin.read().splitlines():
        verb, _, text = line.partition(" ")
        if verb == "send":
            time.sleep(0.1)  # a line editor takes the terminal over after it has shown its prompt
            os.write(terminal.fd, text.encode().decode("unicode_escape").encode())
        elif verb == "run":
            subprocess.run(text, shell=True, check=True)
        elif verb == "expect":
            terminal.expect(text)
        elif verb == "exit":
            terminal.exit(int(text))


main()
