"""Agent of a study on another machine: starts the steps of a run there and tells what becomes of them.

It knows nothing of what carries its words, so that it can be tested as it is.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from resnet_lab.machines.copies import Changes, ChangingFolder, write_changes
from resnet_lab.provenance import describe_software

_GRACE = 60.0
"""Seconds for a step in a shared folder to write a state after its agent is gone."""


@dataclass(frozen=True)
class Greeting:
    """Facts about the machine of an agent.

    Attributes:
        is_shared: Whether it sees the folder of the runs.
        scratch: The agent's own folder.
        python: The Python there.
        software: Versions there.
    """

    is_shared: bool
    scratch: str
    python: str
    software: Mapping[str, str]


@dataclass(frozen=True)
class Order:
    """Order to start a step.

    Attributes:
        command: The program and its arguments, with the paths of the agent's machine.
        environment: Environment variables of the step, beside those of the agent.
        folder: Working folder of the step; the agent's own folder where it does not exist.
        shared_output: File to which the step appends its output; None without a shared folder.
        lock: Lock file of the run; None without a shared folder.
        run: Run folder within the agent's own folder; None with a shared folder.
        files: Files that the agent's own folder has to have first, by path; None for what is left from the last step.
    """

    command: tuple[str, ...]
    environment: Mapping[str, str]
    folder: str
    shared_output: str | None = None
    lock: str | None = None
    run: str | None = None
    files: Mapping[str, Changes] | None = None


@dataclass(frozen=True)
class Look:
    """State of a step, and what came of it since the last look.

    Attributes:
        code: Its exit code; None while it runs.
        refused: The reason why it was not started; None if it was.
        changes: Changes of the run folder; none if it is shared.
        printed: Its output; empty if the folder is shared.
    """

    code: int | None = None
    refused: str | None = None
    changes: Changes = field(default_factory=Changes)
    printed: bytes = b""


class Agent:
    """Agent of one run at a time."""

    def __init__(self) -> None:
        """Make a folder of its own, and the process that outlives the agent and removes the folder."""
        self.scratch = Path(tempfile.mkdtemp(prefix="resnet-lab-"))
        self._run: ChangingFolder | None = None
        self._printed = 0
        self._buffer = b""
        tether = [sys.executable, "-I", "-S", str(Path(__file__).with_name("tether.py")), str(self.scratch)]
        process = subprocess.Popen(tether, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        assert process.stdin is not None
        assert process.stdout is not None
        self._orders, self._reports = process.stdin, process.stdout
        process.wait()  # it has forked
        os.set_blocking(self._reports.fileno(), False)

    def greet(self, probe: str, content: str) -> Greeting:
        """Look for a file that the study has just written into the folder of the runs.

        Args:
            probe: Path of the file.
            content: Its content.
        """
        try:
            is_shared = Path(probe).read_text(encoding="utf-8") == content
        except OSError:
            is_shared = False
        return Greeting(is_shared, str(self.scratch), sys.executable, describe_software())

    def start(self, order: Order) -> Look:
        """Start a step and take the first look at it."""
        try:
            if order.files is not None:
                for folder, changes in order.files.items():
                    write_changes(self.scratch / folder, changes)
                self._run = None if order.run is None else ChangingFolder(self.scratch / order.run, known=True)
        except OSError as error:
            return Look(refused=f"the files of the run cannot be written there ({error})")
        folder = order.folder if Path(order.folder).is_dir() else str(self.scratch)
        self._send(
            {
                "command": order.command,
                "environment": dict(order.environment),
                "folder": folder,
                "output": order.shared_output or str(self._output),
                "lock": order.lock,
                "grace": 0 if order.run else _GRACE,
            }
        )
        return self.look()

    def look(self) -> Look:
        """Return the state of the step, then the files that it has written by then."""
        report = self._report()
        changes = Changes() if self._run is None else self._run.changes()
        return Look(report.get("code"), report.get("refused"), changes, self._new_output())

    def send_signal(self, number: int) -> None:
        """Send a signal to the step."""
        self._send({"signal": number})

    def leave(self) -> None:
        """Leave the run: release its lock and remove its files."""
        self._send({"release": True})
        self._run, self._printed = None, 0
        for path in self.scratch.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    @property
    def _output(self) -> Path:
        return self.scratch / "output.log"

    def _send(self, order: dict[str, object]) -> None:
        try:
            self._orders.write(json.dumps(order).encode() + b"\n")
        except BrokenPipeError:  # the tether was killed; the next look says so
            return

    def _report(self) -> dict[str, Any]:
        received = self._reports.read()
        if received == b"":
            return {"code": -signal.SIGKILL}  # the tether was killed, and its step with it
        self._buffer += received or b""
        line, end, rest = self._buffer.partition(b"\n")
        if not end:
            return {}
        self._buffer = rest
        report: dict[str, Any] = json.loads(line)
        return report

    def _new_output(self) -> bytes:
        if self._run is None or not self._output.exists():
            return b""
        with self._output.open("rb") as file:
            file.seek(self._printed)
            printed = file.read()
        self._printed += len(printed)
        return printed
