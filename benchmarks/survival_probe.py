"""SIGKILL at a chosen file operation of resnet-lab, by an audit hook of Python.

`install` reads from the environment: `SURVIVAL_FOLDER` (operations on files in it count), `SURVIVAL_LOG` (each of them
is written there before it happens), and `SURVIVAL_AIM`, a JSON object with `stage` and `count` (the operation), `delay`
(seconds after it; 0 is right before it) and `victims`.
"""

import json
import os
import re
import signal
import sys
import threading
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

STAGES = (
    (r"/files\.(sqlite|lock)", "index of files"),
    (r"/pixels(/|$)", "decoded cache"),
    (r"/figures(/|$)|\.figures$", "figures"),
    (r"/checkpoints/resume", "state"),
    (r"/checkpoints", "checkpoint"),
    (r"/final", "final scores"),
    (r"/test(/|$)|\.test$", "test results"),
    (r"/events\.out", "TensorBoard"),
    (r"status\.json", "status"),
    (r"(metrics|diagnostics)\.csv", "rows of an epoch"),
    (r"(config|hparams)\.yaml", "config"),
    (r"/studies/|comparison|report", "output of the study"),
    (r"/version_\d+(/\.lock)?$|/lightning_logs", "claim of the folder"),
)
"""Stage of a file by its path; the first that fits."""
_PATH = {
    "open": 0,
    "os.rename": 1,
    "os.link": 1,
    "os.remove": 0,
    "os.mkdir": 0,
    "shutil.rmtree": 0,
    "sqlite3.connect": 0,
}
"""Position of the path among the arguments of an audit event."""
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def stage_of(path: str) -> str | None:
    """Return the stage of a run in which a file is written; None for other files."""
    return next((stage for pattern, stage in STAGES if re.search(pattern, path)), None)


def install() -> None:
    """Log the file operations of this process from now on, and kill when the chosen one comes."""
    aim: dict[str, Any] = json.loads(os.environ.get("SURVIVAL_AIM") or "{}")
    folder = os.environ["SURVIVAL_FOLDER"]
    log = os.open(os.environ["SURVIVAL_LOG"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    root = int(os.environ.setdefault("SURVIVAL_ROOT", str(os.getpid())))
    seen: Counter[str] = Counter()

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event not in _PATH or (event == "open" and not (arguments[2] or 0) & _WRITES):
            return
        path = arguments[_PATH[event]]
        if not isinstance(path, str | bytes | os.PathLike):
            return
        path = os.path.abspath(os.fsdecode(path))  # noqa: PTH100
        stage = stage_of(path.removeprefix(folder)) if path.startswith(folder) else None
        if stage is None:
            return
        seen[stage] += 1
        os.write(log, f"{stage}\t{event}\t{path}\n".encode(errors="backslashreplace"))
        if stage == aim.get("stage") and seen[stage] == aim["count"]:
            if aim["delay"]:
                threading.Timer(aim["delay"], strike, (root, aim, log)).start()
            else:
                strike(root, aim, log)

    sys.addaudithook(hook)


def strike(root: int, aim: Mapping[str, Any], log: int) -> None:
    """Kill the victims of an aim: `all`, the `root` process alone, or its `child` processes alone."""
    children = children_of(root)
    victims = aim["victims"] if children else "all"
    os.write(log, f"KILL\t{victims}\t{aim['stage']}\n".encode())
    groups = [root] if victims == "root" else [*children, *([root] if victims == "all" else [])]
    own = os.getpid()
    for process in sorted(groups, key=lambda process: process == own):  # this process last
        with suppress(ProcessLookupError):
            if victims != "root" and os.getpgid(process) == process:
                os.killpg(process, signal.SIGKILL)
            else:
                os.kill(process, signal.SIGKILL)


def children_of(process: int) -> list[int]:
    """Return the child processes of a process."""
    try:
        text = Path(f"/proc/{process}/task/{process}/children").read_text()
    except OSError:
        return []
    return [int(word) for word in text.split()]
