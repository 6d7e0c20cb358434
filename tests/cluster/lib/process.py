# process.py - programs that the tests start: log and process id in a folder, ended for certain.
import os
import signal
import socket
import subprocess


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Process:
    """A running program. A tethered one dies with the thread that started it."""

    def __init__(self, name, arguments, folder, tethered=True):
        self.name = name
        self.log = os.path.join(folder, name + ".log")
        environment = {key: value for key, value in os.environ.items() if key != "KUBECONFIG"}
        prefix = ["setpriv", "--pdeathsig", "KILL", "--"] if tethered else []
        with open(self.log, "ab") as log:
            self.child = subprocess.Popen(prefix + arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                          env=environment, start_new_session=True)
        with open(os.path.join(folder, name + ".pid"), "w") as file:
            file.write(f"{self.child.pid}\n")

    @property
    def pid(self):
        return self.child.pid

    def is_running(self):
        return self.child.poll() is None

    def wait(self, seconds):
        """The exit code; TimeoutExpired if it runs on."""
        return self.child.wait(seconds)

    def stop(self, number=signal.SIGTERM, seconds=5):
        """Send the signal, then kill; the exit code."""
        if self.is_running():
            self.child.send_signal(number)
            try:
                self.child.wait(seconds)
            except subprocess.TimeoutExpired:
                self.child.kill()
        return self.child.wait()

    def output(self):
        with open(self.log, errors="replace") as file:
            return file.read()
