"""The processes of a run on one machine, when the command itself starts them: however one ends, all end.

Lightning (2.6) would make this process the first of them and, seconds after another one has died, kill it: no status,
no exit code. Torchrun does much of what is done here, but exits with 1 whatever the cause. To the processes it is all
the same who started them.
"""

import math
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence

from resnet_lab.distributed.signals import CTRL_C, SIGTERM

_SUPERVISED = "RESNET_LAB_SUPERVISED"
_GRACE = 30.0
"""Seconds, as torchrun has them, that processes have to end by themselves once one was signalled or has failed."""


def command_of(arguments: Sequence[str]) -> list[str]:
    """Return the command line of this process, to be started again; with ``arguments``, if it is not that command."""
    own = sys.orig_argv[len(sys.orig_argv) - len(arguments) :] == list(arguments)
    return [sys.executable, *(sys.orig_argv[1:] if own else ["-m", "resnet_lab", *arguments])]


def supervise(command: Sequence[str], count: int) -> int:
    """Run a command as ``count`` processes, and return its exit code.

    That is 130 or 143 after Ctrl-C or SIGTERM, else the code of the process that failed first, else 0.
    """
    processes: list[subprocess.Popen[bytes]] = []
    heard: list[int] = []
    numbers = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGUSR1") if hasattr(signal, name)]
    before = {number: signal.signal(number, lambda number, _: heard.append(number)) for number in numbers}
    shared = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(_free_port()), **os.environ, _SUPERVISED: "1"}
    first = int(os.environ.get("NODE_RANK", 0)) * count
    try:
        for here in range(count):
            environment = {**shared, "LOCAL_RANK": str(here), "RANK": str(first + here)}
            processes.append(subprocess.Popen(command, env=environment, stdin=subprocess.PIPE))
        code = _wait(processes, heard)
    finally:
        for process in processes:
            process.kill()
            process.communicate()
        for number, handler in before.items():
            signal.signal(number, handler)
    if code and heard:
        return CTRL_C if signal.SIGINT in heard else SIGTERM
    return code if code >= 0 else 1


def end_with_supervisor() -> None:
    """Let this process, if it was started by :func:`supervise`, not outlive the one that did."""
    if os.environ.get(_SUPERVISED):
        threading.Thread(target=_end_at_the_end_of_input, daemon=True).start()


def _end_at_the_end_of_input() -> None:
    while os.read(0, 1):  # the supervisor writes nothing; it ends when the supervisor does
        pass
    os._exit(1)


def _wait(processes: Sequence[subprocess.Popen[bytes]], heard: Sequence[int]) -> int:
    """Wait until all have ended, by themselves or killed, and return the first code that is not 0.

    Args:
        processes: Those that were started.
        heard: Signals that this process was sent; it grows.
    """
    code, told, last, killed = 0, 0, math.inf, False
    while True:
        codes = [process.poll() for process in processes]
        if not code and (failed := next((rank for rank, ended in enumerate(codes) if ended), None)) is not None:
            code = processes[failed].returncode
            if code < 0 and not heard:
                name = signal.Signals(-code).name
                _tell(f"process {failed + 1} of {len(processes)} was killed by {name}; did memory run out?")
        if None not in codes:
            return code
        if len(heard) > told:
            told = len(heard)
            for process in processes:
                process.terminate()
        if code or heard:
            last = min(last, time.monotonic() + _GRACE)
        if not killed and (time.monotonic() > last or list(heard).count(signal.SIGINT) > 1):
            killed = True
            _tell(f"{codes.count(None)} of {len(processes)} processes did not end by themselves, and are killed")
            for process in processes:
                process.kill()
        time.sleep(0.02)


def _tell(text: str) -> None:
    print(f"resnet-lab: {text}", file=sys.stderr)


def _free_port() -> int:
    with socket.socket() as port:
        port.bind(("127.0.0.1", 0))
        return int(port.getsockname()[1])
