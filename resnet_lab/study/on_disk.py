"""State of the runs of a study, read from their run folders alone."""

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from resnet_lab.config.historic_defaults import with_later_keys
from resnet_lab.config.overrides import flat_config
from resnet_lab.config.result_neutral_keys import RESULT_NEUTRAL, covers
from resnet_lab.runs import Run, find_runs, is_locked
from resnet_lab.runs.digests import TEST_FILES
from resnet_lab.runs.state import is_diverged
from resnet_lab.study.plan import PlannedRun, Study
from resnet_lab.study.plan_digest import plain

_RESULT_NEUTRAL = RESULT_NEUTRAL - {"data.root"}
"""``data.root`` makes another run: another folder may hold other images, and a study reads none to compare them."""


class Step(Enum):
    """Next step of a run."""

    FIT = "fit"
    RESUME = "resume"
    TEST = "test"
    NOTHING = "nothing"
    """The run is finished and tested, or it diverged, which is a result too."""
    LOST = "lost"
    """The run is finished but not tested, and cannot be tested, since its checkpoints are gone."""


@dataclass(frozen=True)
class Progress:
    """Progress of a run.

    Attributes:
        epoch: Epochs that have ended.
        epochs: Epochs of the whole run; None if unknown.
        accuracy: ``val/accuracy`` of the last epoch; None before the first validation.
        seconds: Duration of the whole run: measured if it is finished, else estimated from its epochs so far; None
            before the first epoch has ended.
    """

    epoch: int = 0
    epochs: int | None = None
    accuracy: float | None = None
    seconds: float | None = None

    @property
    def share_left(self) -> float:
        """Share of the epochs that is left."""
        return 1 - self.epoch / self.epochs if self.epochs else 1


def is_run_of(config: Mapping[str, Any], planned: PlannedRun) -> bool:
    """Return whether a run has the planned config.

    A run may be older than a key of the plan. The earlier behavior of this package's own keys is known
    (:mod:`~resnet_lab.config.historic_defaults`). Any other missing key had its default, which the plan has too, unless
    the study names the key.

    Args:
        config: Config of the run, as ``group.key``.
        planned: One run of the study.
    """
    own = _compared(with_later_keys(config))
    wanted = {**with_later_keys(planned.config), "name": planned.cell.name, "seed_everything": planned.seed}
    if wanted.get("trainer.precision") is None:  # the hardware of the first run decides
        wanted["trainer.precision"] = own.get("trainer.precision")
    wanted = _compared(wanted)
    absent = wanted.keys() - own.keys()
    unknown = {key for key in own.keys() - wanted.keys() if own[key] is not None}
    both = own.keys() & wanted.keys()
    return not unknown and not absent & planned.named and all(own[key] == wanted[key] for key in both)


def _compared(config: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in config.items() if not covers(_RESULT_NEUTRAL, key)}


def find_run(planned: PlannedRun, logs: Path) -> Run | None:
    """Return the run folder of a planned run.

    It is the newest that is finished and tested or that diverged, else the newest that is finished, else resumable. A
    folder without a checkpoint cannot be resumed, so it comes last.
    """
    found = [run for run in find_runs(logs, planned.cell.name) if _is_readable(run) and _is_of(run, planned)]
    return max(found, key=_worth, default=None)


def next_step(run: Run | None) -> Step:
    """Return the next step of a planned run, given its run folder."""
    if run is None:
        return Step.FIT
    if is_diverged(run):
        return Step.NOTHING
    if not _is_finished(run):
        return Step.RESUME if _has_checkpoint(run) else Step.FIT
    if _is_tested(run):
        return Step.NOTHING
    return Step.TEST if all(path.exists() for path in run.checkpoints.values()) else Step.LOST


def progress(run: Run | None) -> Progress:
    """Return the progress of a run; None is a run without a folder."""
    if run is None:
        return Progress()
    status = run.status()  # read once: the run may finish at any moment
    is_finished = status.status == "finished"
    rows = run.metrics() if run.metrics_path.exists() else []
    planned = getattr(status, "max_epochs", None)
    epochs = planned if planned is not None and planned > 0 else None
    if is_finished:
        epochs = status.epochs
    seconds = [row["time/epoch_seconds"] for row in rows if "time/epoch_seconds" in row]
    whole = sum(seconds) / len(seconds) * epochs if seconds and epochs else None
    if is_finished:
        whole = status.wall_seconds
    accuracy = rows[-1].get("val/accuracy") if rows else None
    return Progress(len(rows), epochs, accuracy, whole)


def settled_threads(runs: Iterable[Run]) -> set[int]:
    """Return the numbers of threads that runs have used. Floating-point sums depend on them."""
    return {run.status().threads for run in runs}


def settled_processes(runs: Iterable[Run]) -> set[int]:
    """Return the numbers of processes of runs. Each process has its own batches."""
    return {run.status().processes for run in runs}


def settled_precision(runs: Iterable[Run]) -> str | None:
    """Return the precision of the first of some runs, which the other runs of their seed take on any machine."""
    return next((str(run.config()["trainer"]["precision"]) for run in runs), None)


def runs_of_seed(study: Study, seed: int, logs: Path) -> list[Run]:
    """Return the run of each cell that a seed has so far; a run that will be started anew is none.

    A run is recognized by what the plan names, so that no config is resolved: the runs of all cells are found, also
    where only one cell is run.

    Args:
        study: The study.
        seed: The seed.
        logs: Folder of all runs.
    """
    wanted = {"seed_everything": seed, **study.settings_of(seed)}
    found = []
    for cell in study.every_cell:
        own = [run for run in find_runs(logs, cell.name) if _is_readable(run)]
        made = [run for run in own if is_planned(_config_of(run), {**cell.planned, **wanted})]
        run = max(made, key=_worth, default=None)
        if run is not None and (next_step(run) is not Step.FIT or is_locked(run)):
            found.append(run)
    return found


def is_planned(config: Mapping[str, Any], planned: Mapping[str, Any]) -> bool:
    """Return whether a run was made with the settings that a plan names.

    Args:
        config: Config of the run, as ``group.key``.
        planned: The settings, in plain values.
    """
    own = with_later_keys(config)
    return all(key in own and plain(own[key]) == value for key, value in planned.items())


def _is_readable(run: Run) -> bool:
    return run.config_path.exists() and (run.path / "status.json").exists()


def _is_of(run: Run, planned: PlannedRun) -> bool:
    return is_run_of(_config_of(run), planned)


def _config_of(run: Run) -> Mapping[str, Any]:
    return _config(run.config_path, run.config_path.stat().st_mtime_ns)


@functools.cache
def _config(path: Path, changed: int) -> Mapping[str, Any]:
    """Return a run's config. It is cached, since a display reads it every second."""
    return flat_config(path)


def _worth(run: Run) -> tuple[bool, bool, bool, int]:
    diverged = is_diverged(run)
    return diverged or _is_finished(run), diverged or _is_tested(run), diverged or _has_checkpoint(run), run.version


def _is_finished(run: Run) -> bool:
    return run.status().status == "finished"


def _is_tested(run: Run) -> bool:
    """Return whether a test has ended: its digests are written last. Runs of version 0.1 have no digests at all."""
    recorded = run.status().digests
    return (
        (run.path / "test" / "metrics.json").exists()
        and run.predictions_path.exists()
        and (not recorded or recorded.keys() >= {*TEST_FILES})
    )


def _has_checkpoint(run: Run) -> bool:
    return any((run.path / "checkpoints").rglob("*.ckpt"))
