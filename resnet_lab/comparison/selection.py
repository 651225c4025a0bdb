"""Selection of the runs that are compared: finished and tested, or diverged; all with whole files."""

import shlex
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from resnet_lab.comparison.contradictions import refuse_copies, refuse_other_labels
from resnet_lab.errors import InputError
from resnet_lab.runs import Run
from resnet_lab.runs.divergence import has_diverged
from resnet_lab.runs.intact import check_intact
from resnet_lab.runs.resolve import runs_to_compare
from resnet_lab.runs.state import state

_FIT_FILES = ("config.yaml", "metrics.csv", "final/metrics.json")


@dataclass(frozen=True)
class NotReady:
    """A run that is left out, and its state.

    The state is its status, None if it has none, or ``repeated`` for a diverged run of which the seed has a newer
    result.
    """

    run: str
    state: str | None


@dataclass(frozen=True)
class Selection:
    """The runs to compare, and the runs beside them that are left out and have to be told."""

    runs: tuple[Run, ...]
    not_ready: tuple[NotReady, ...]


def select(words: Sequence[str], logs: Path, seeds: Collection[int] | None = None) -> Selection:
    """Find the runs that words name (:func:`~resnet_lab.runs.resolve.runs_to_compare`), and check their files.

    Args:
        words: Run folders, names, and folders of runs.
        logs: The folder of all runs.
        seeds: Seeds to compare; None for all. Runs of other seeds are passed over unchecked.

    Raises:
        InputError: A word means no finished or diverged run; a run is not tested; its files cannot be read, were
            altered or contradict each other; or two runs contradict each other.
    """
    runs, left_out = runs_to_compare(words, logs)
    runs = [run for run in runs if seeds is None or run.status().seed in seeds]
    for run in runs:
        if not has_diverged(run):
            _refuse_missing_files(run)
        check_intact(run)
    refuse_copies(runs)
    refuse_other_labels([run for run in runs if not has_diverged(run)])
    return Selection(tuple(runs), tuple(NotReady(run.label, _state(run)) for run in left_out))


def _state(run: Run) -> str | None:
    return "repeated" if has_diverged(run) else state(run)


def _refuse_missing_files(run: Run) -> None:
    """Refuse a run without all its files. A run that diverged has only some of them."""
    if lacking := [name for name in _FIT_FILES if not (run.path / name).exists()]:
        raise InputError(f"The run {run.path} lacks {', '.join(lacking)}; train it again.")
    test_files = {"test/metrics.json": run.path / "test" / "metrics.json", "test/predictions.csv": run.predictions_path}
    if lacking := [name for name, path in test_files.items() if not path.exists()]:
        raise InputError(
            f"The run {run.path} lacks {', '.join(lacking)}: it is trained, but not tested. "
            f"First run: resnet-lab test {shlex.quote(str(run.path))}"
        )
