"""Launcher of the processes of a run on one machine.

Lightning (2.6) would make this process rank zero and, seconds after another rank has died, kill it: no status and no
exit code. Torchrun does much of what is done here, but exits with 1 whatever the cause. A rank works in the same way
whatever launcher started it.
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
from resnet_lab.output import remark
from resnet_lab.program import PROGRAM
from resnet_lab.signal_handlers import set_handlers

_LAUNCHED = "RESNET_LAB_LAUNCHED"
_GRACE = 30.0
"""Seconds that ranks have to end by themselves once one was signaled or has failed; torchrun has the same."""


def command_of(arguments: Sequence[str]) -> list[str]:
    """Return the command line that starts this command once more.

    It is the command line of this process if that ends with ``arguments``, else ``python -m resnet_lab`` with them.
    """
    own = sys.orig_argv[len(sys.orig_argv) - len(arguments) :] == list(arguments)
    return [sys.executable, *(sys.orig_argv[1:] if own else [*PROGRAM[1:], *arguments])]


def launch(command: Sequence[str], count: int) -> int:
    """Run a command as ``count`` ranks and return its exit code.

    The code is 130 or 143 after Ctrl-C or SIGTERM, else that of the rank that failed first, else 0.
    """
    ranks: list[subprocess.Popen[bytes]] = []
    received: list[int] = []
    numbers = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGUSR1") if hasattr(signal, name)]
    before = set_handlers(dict.fromkeys(numbers, lambda number, _: received.append(number)))
    shared = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(_free_port()), **os.environ, _LAUNCHED: "1"}
    first = int(os.environ.get("NODE_RANK", 0)) * count
    try:
        for local_rank in range(count):
            environment = {**shared, "LOCAL_RANK": str(local_rank), "RANK": str(first + local_rank)}
            ranks.append(subprocess.Popen(command, env=environment, stdin=subprocess.PIPE))
        code = _wait(ranks, received)
    finally:
        for process in ranks:
            process.kill()
            process.communicate()
        set_handlers(before)
    if code and received:
        return CTRL_C if signal.SIGINT in received else SIGTERM
    return code if code >= 0 else 1


def end_with_launcher() -> None:
    """Make this process end when its launcher does, if :func:`launch` started it."""
    if os.environ.get(_LAUNCHED):
        threading.Thread(target=_end_at_the_end_of_input, daemon=True).start()


def _end_at_the_end_of_input() -> None:
    while os.read(0, 1):  # the launcher writes nothing; the input ends when the launcher does
        pass
    os._exit(1)


def _wait(ranks: Sequence[subprocess.Popen[bytes]], received: Sequence[int]) -> int:
    """Wait until all ranks have ended, by themselves or killed, and return the first code that is not 0.

    Args:
        ranks: The processes, by local rank.
        received: Signals that this process was sent; the list grows.
    """
    code, passed_on, deadline, killed = 0, 0, math.inf, False
    while True:
        codes = [process.poll() for process in ranks]
        if not code and (failed := next((rank for rank, ended in enumerate(codes) if ended), None)) is not None:
            code = ranks[failed].returncode
            if code < 0 and not received:
                name = signal.Signals(-code).name
                remark(f"resnet-lab: process {failed + 1} of {len(ranks)} was killed by {name}; did memory run out?")
        if None not in codes:
            return code
        if len(received) > passed_on:
            passed_on = len(received)
            for process in ranks:
                process.terminate()
        if code or received:
            deadline = min(deadline, time.monotonic() + _GRACE)
        if not killed and (time.monotonic() > deadline or list(received).count(signal.SIGINT) > 1):
            killed = True
            left = codes.count(None)
            remark(f"resnet-lab: {left} of {len(ranks)} processes did not end by themselves, and are killed")
            for process in ranks:
                process.kill()
        time.sleep(0.02)


def _free_port() -> int:
    with socket.socket() as port:
        port.bind(("127.0.0.1", 0))
        return int(port.getsockname()[1])
