"""States from which a run can be resumed: the two newest by optimizer step, in ``checkpoints/resume/``."""

import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from resnet_lab.checkpoint.reading import read_checkpoint
from resnet_lab.errors import InputError
from resnet_lab.files import write_bytes
from resnet_lab.runs import Run

_KEPT = 2
_NAME = re.compile(r"step_(\d+)\.ckpt")


def state_path(run: Run, step: int) -> Path:
    """Return the path of the state after ``step`` optimizer steps."""
    return run.states / f"step_{step:08d}.ckpt"


def states(folder: Path) -> list[Path]:
    """Return the states in a folder, the newest first."""
    found = [path for path in folder.iterdir() if _NAME.fullmatch(path.name)] if folder.is_dir() else []
    return sorted(found, key=lambda path: int(path.stem.removeprefix("step_")), reverse=True)


def prune(folder: Path) -> None:
    """Remove all states but the newest two."""
    for path in states(folder)[_KEPT:]:
        path.unlink(missing_ok=True)


def newest_whole_state(run: Run, say: Callable[[str], None]) -> tuple[Path, dict[str, Any]] | None:
    """Return the newest state of a run that can be read, with its content; None if the run has no state yet.

    Unreadable states are reported and renamed, because training writes the same steps again. If no state of ``resume/``
    can be read, the last epoch is tried, then the best one.

    Args:
        run: The run.
        say: Called with the message for each unreadable state.

    Raises:
        InputError: There are checkpoints, but none can be used.
    """
    told = []
    for path in (*states(run.states), run.checkpoints["last"], run.checkpoints["best"]):
        if not path.exists():
            continue
        try:
            content = read_checkpoint(path, must_have_checksum=True)
        except InputError as error:
            told.append(str(error))
            continue
        for text in told:
            say(f"{text} Going back to the one before it.")
        for damaged in states(run.states)[: len(told)]:
            damaged.rename(damaged.with_suffix(".damaged"))
        return path, content
    if told:
        raise InputError(
            f"No checkpoint of {run.path} can be used: {' '.join(told)} To begin again, leave --resume out."
        )
    return None


def restore_twin(run: Run, path: Path, content: Mapping[str, Any]) -> None:
    """Write the last or best checkpoint anew from the other one, if a run goes on from that one and both are the same.

    A kill between the two files leaves the first alone. Training goes on after their epoch and may never write the
    second: the best epoch may stay the best, and the last one may be the end.

    Args:
        run: The run.
        path: The checkpoint that the run goes on from.
        content: Its content.
    """
    last, best = run.checkpoints["last"], run.checkpoints["best"]
    if path in (last, best) and content["callbacks"]["BestAndLast"]["best"]["epoch"] == content["epoch"] + 1:
        write_bytes(best if path == last else last, path.read_bytes())


def remove_states(run: Run) -> None:
    """Remove the states, which a finished run does not need."""
    shutil.rmtree(run.states, ignore_errors=True)
