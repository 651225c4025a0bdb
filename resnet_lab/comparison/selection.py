"""Selection of the runs that are compared: finished, tested, and with whole files."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from resnet_lab.errors import InputError
from resnet_lab.runs import Run
from resnet_lab.runs.intact import check_intact
from resnet_lab.runs.resolve import runs_to_compare
from resnet_lab.runs.state import state

_FIT_FILES = ("config.yaml", "metrics.csv", "final/metrics.json")


@dataclass(frozen=True)
class NotReady:
    """A run that is left out, and its status; None if it has none."""

    run: str
    state: str | None


@dataclass(frozen=True)
class Selection:
    """The runs to compare, and the unfinished runs beside them, of seeds that have no finished run."""

    runs: tuple[Run, ...]
    not_ready: tuple[NotReady, ...]


def select(words: Sequence[str], logs: Path) -> Selection:
    """Find the runs that words name (:func:`~resnet_lab.runs.resolve.runs_to_compare`), and check their files.

    Args:
        words: Run folders, names, and folders of runs.
        logs: The folder of all runs.

    Raises:
        InputError: A word means no finished run; a run is not tested, or its files cannot be read.
    """
    runs, unfinished = runs_to_compare(words, logs)
    for run in runs:
        _check_files(run)
    return Selection(tuple(runs), tuple(NotReady(run.label, state(run)) for run in unfinished))


def _check_files(run: Run) -> None:
    """Refuse a run whose files cannot all be read."""
    if lacking := [name for name in _FIT_FILES if not (run.path / name).exists()]:
        raise InputError(f"The run {run.path} lacks {', '.join(lacking)}; train it again.")
    test_files = {"test/metrics.json": run.path / "test" / "metrics.json", "test/predictions.csv": run.predictions_path}
    if lacking := [name for name, path in test_files.items() if not path.exists()]:
        raise InputError(
            f"The run {run.path} lacks {', '.join(lacking)}: it is trained, but not tested. "
            f"First run: resnet-lab test {shlex.quote(str(run.path))}"
        )
    check_intact(run)
