"""Tether of the steps on another machine: a small process that ends the step when the agent that started it is gone.

It is run as a script, without site-packages. Orders come as lines of JSON on standard input, reports go to standard
output. When standard input closes, the agent is gone, however it ended.
"""

import ctypes
import fcntl
import json
import os
import select
import shlex
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

_PAUSE = 0.05
_LOCK_SECONDS = 3
_PR_SET_PDEATHSIG = 1


class Tether:
    """Starts one step at a time, and ends it with the agent."""

    def __init__(self) -> None:
        self._step: subprocess.Popen[bytes] | None = None
        self._grace = 0.0
        self._lock: int | None = None

    def obey(self, order: dict[str, Any]) -> None:
        """Start a step (``command`` and so on), send it a signal (``signal``), or leave the run (``release``)."""
        if "command" in order:
            self._start(**order)
        elif "release" in order:
            if self._lock is not None:
                os.close(self._lock)
                self._lock = None
        elif self._step is not None:
            self._step.send_signal(order["signal"])

    def report(self) -> None:
        """Tell the exit code of the step once it has ended."""
        if self._step is not None and (code := self._step.poll()) is not None:
            self._step = None
            _tell({"code": code})

    def end(self) -> None:
        """End the step: by SIGTERM if it has time to write a state, and then by SIGKILL."""
        if self._step is None:
            return
        if self._grace:
            self._step.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._step.wait(self._grace)
        with suppress(ProcessLookupError):
            os.killpg(self._step.pid, signal.SIGKILL)
        self._step.wait()

    def _start(
        self,
        command: list[str],
        environment: dict[str, str],
        folder: str,
        output: str,
        lock: str | None,
        grace: float,
    ) -> None:
        self._grace = grace
        if lock is not None and self._lock is None and not self._take(lock):
            _tell({"refused": f"another process works on the run, since {lock} is locked"})
            return
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
        inherited.pop("PYTHONBREAKPOINT", None)
        try:
            with Path(output).open("ab") as file:
                file.write(f"\n$ {shlex.join(command)}\n".encode(errors="backslashreplace"))
                file.flush()
                self._step = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=file,
                    stderr=subprocess.STDOUT,
                    env={**inherited, **environment},
                    cwd=folder,
                    pass_fds=[] if self._lock is None else [self._lock],
                    start_new_session=True,
                    preexec_fn=self._die_with_the_tether,
                )
        except OSError as error:
            _tell({"refused": f"the step could not be started ({error})"})

    def _take(self, lock: str) -> bool:
        """Take the lock of the run, which the study has just released. The step inherits it."""
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
        until = time.monotonic() + _LOCK_SECONDS
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > until:
                    os.close(descriptor)
                    return False
                time.sleep(_PAUSE)
            else:
                self._lock = descriptor
                return True

    def _die_with_the_tether(self) -> None:
        if sys.platform == "linux":
            number = signal.SIGTERM if self._grace else signal.SIGKILL
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(number))


def main(scratch: str) -> None:
    """Follow the orders of an agent. When it is gone, end its step and remove its folder.

    Args:
        scratch: The agent's folder.
    """
    if os.fork():  # Ray kills the direct children of a worker that ends; this one has to do something after that
        os._exit(0)
    os.setsid()
    signal.pthread_sigmask(signal.SIG_SETMASK, ())  # Ray's workers block SIGINT, and a step would inherit that
    tether, buffer = Tether(), b""
    while True:
        if select.select([0], [], [], _PAUSE)[0]:
            received = os.read(0, 1 << 20)
            if not received:
                break
            *lines, buffer = (buffer + received).split(b"\n")
            for line in lines:
                tether.obey(json.loads(line))
        tether.report()
    tether.end()
    shutil.rmtree(scratch, ignore_errors=True)


def _tell(report: dict[str, Any]) -> None:
    with suppress(OSError):  # the agent is gone
        os.write(1, json.dumps(report).encode() + b"\n")


if __name__ == "__main__":
    main(sys.argv[1])
