"""One server under load: started, known by its port, ended with all its children."""
import contextlib
import os
import re
import signal
import socket
import subprocess
import time

START_SECONDS = 30
STOP_SECONDS = 15


class StartError(Exception):
    """A server that cannot be started, and why."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Process:
    """A server's main process, in a process group of its own. Its output goes to `log`."""

    def __init__(self, command, log, environment=None):
        self.log = log
        with open(log, "wb") as output:
            self._child = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=output,
                                           stderr=output, env={**os.environ, **(environment or {})},
                                           start_new_session=True)
        self.pid = self._child.pid

    def _wait(self, ready):
        """What `ready` returns, once that is something."""
        limit = time.monotonic() + START_SECONDS
        while time.monotonic() < limit:
            found = ready()
            if found:
                return found
            if self._child.poll() is not None:
                raise StartError(f"ended with {self._child.returncode}; what it said is in {self.log}")
            time.sleep(0.02)
        raise StartError(f"not ready after {START_SECONDS} s; what it said is in {self.log}")

    def wait_until_logged(self, pattern):
        """The match of `pattern` in what it has logged."""
        return self._wait(lambda: re.search(pattern, self.log.read_text(errors="replace")))

    def wait_until_listening(self, port):
        def listens():
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) == 0
        self._wait(listens)

    def end(self):
        """Asks it to end and, after a while, ends whatever is left of its group."""
        if self._child.poll() is None:
            self._child.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._child.wait(STOP_SECONDS)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._child.wait()


@contextlib.contextmanager
def running(start, *arguments):
    """Starts a server by `start(*arguments)`, which returns (process, port); ends it whatever happens."""
    process, port = start(*arguments)
    try:
        yield process, port
    finally:
        process.end()
