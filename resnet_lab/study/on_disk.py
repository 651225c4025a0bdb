"""Where each run of a study stands, read from its run folder alone: nothing else remembers it."""

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from resnet_lab.config.historic_defaults import with_later_keys
from resnet_lab.config.overrides import flat_config
from resnet_lab.config.result_neutral_keys import HARMLESS
from resnet_lab.runs import Run, find_runs
from resnet_lab.study.plan import PlannedRun

_MAKES_NO_OTHER_RUN = HARMLESS - {"data.root"}
"""Another folder may hold other images; only the fingerprint could tell, and a study reads no image."""


class Step(Enum):
    """What is to be done for a run next."""

    FIT = "fit"
    RESUME = "resume"
    TEST = "test"
    NOTHING = "nothing"
    """It is finished and tested."""
    LOST = "lost"
    """It is finished, not tested, and cannot be tested any more."""


@dataclass(frozen=True)
class Progress:
    """How far a run is."""

    epoch: int = 0
    epochs: int | None = None
    accuracy: float | None = None
    """``val/accuracy`` of the last epoch."""
    seconds: float | None = None
    """What the whole run takes, by its epochs so far or, once finished, in truth."""

    @property
    def share_left(self) -> float:
        """Share of the run's epochs that is still to come."""
        return 1 - self.epoch / self.epochs if self.epochs else 1


def is_run_of(config: Mapping[str, Any], planned: PlannedRun) -> bool:
    """Say whether a run was made as planned.

    A key that the run lacks was not there when the run was made. What it did then is known of ours
    (:mod:`~resnet_lab.config.historic_defaults`); of others it had its default, which is what the plan has unless
    someone named it.

    Args:
        config: The run's own config, as ``group.key``.
        planned: One run of the study.
    """
    config = with_later_keys(config)
    wanted = {**with_later_keys(planned.config), "name": planned.cell.name, "seed_everything": planned.seed}
    if wanted.get("trainer.precision") is None:  # whatever the first run's hardware computes in
        wanted["trainer.precision"] = config.get("trainer.precision")
    absent = wanted.keys() - config.keys() - _MAKES_NO_OTHER_RUN
    unknown = {key for key in config.keys() - wanted.keys() - _MAKES_NO_OTHER_RUN if config[key] is not None}
    both = (config.keys() & wanted.keys()) - _MAKES_NO_OTHER_RUN
    return not unknown and not absent & planned.cell.named and all(config[key] == wanted[key] for key in both)


def find_run(planned: PlannedRun, logs: Path) -> Run | None:
    """Return the run folder of a planned run: the newest that is finished and tested, else finished, else resumable.

    A folder that no checkpoint was written to holds nothing to go on from; it comes last.
    """
    found = [run for run in find_runs(logs, planned.cell.name) if _is_readable(run) and _is_of(run, planned)]
    return max(found, key=_worth, default=None)


def next_step(run: Run | None) -> Step:
    """Return what is to be done for a planned run, given its run folder."""
    if run is None:
        return Step.FIT
    if not _is_finished(run):
        return Step.RESUME if _has_checkpoint(run) else Step.FIT
    if _is_tested(run):
        return Step.NOTHING
    return Step.TEST if all(path.exists() for path in run.checkpoints.values()) else Step.LOST


def progress(run: Run | None) -> Progress:
    """Return how far a run is."""
    if run is None:
        return Progress()
    status = run.status()
    rows = run.metrics() if run.metrics_path.exists() else []
    epochs = status.get("max_epochs")
    epochs = epochs if epochs is not None and epochs > 0 else None
    if _is_finished(run):
        epochs = status["epochs"]
    seconds = [row["time/epoch_seconds"] for row in rows if "time/epoch_seconds" in row]
    whole = sum(seconds) / len(seconds) * epochs if seconds and epochs else None
    if _is_finished(run):
        whole = status["wall_seconds"]
    accuracy = rows[-1].get("val/accuracy") if rows else None
    return Progress(len(rows), epochs, accuracy, whole)


def settled_threads(runs: Iterable[PlannedRun], logs: Path) -> set[int]:
    """Return the numbers of threads that the runs of a study have used so far; the sums of a run depend on them."""
    return {run.status()["threads"] for planned in runs if (run := find_run(planned, logs)) is not None}


def settled_precision(runs: Iterable[PlannedRun], logs: Path) -> str | None:
    """Return the precision that the first run of a study was made in, for the others to be alike on any machine."""
    found = (run for planned in runs if (run := find_run(planned, logs)) is not None)
    return next((str(run.config()["trainer"]["precision"]) for run in found), None)


def _is_readable(run: Run) -> bool:
    return run.config_path.exists() and (run.path / "status.json").exists()


def _is_of(run: Run, planned: PlannedRun) -> bool:
    return is_run_of(_config(run.config_path, run.config_path.stat().st_mtime_ns), planned)


@functools.cache
def _config(path: Path, changed: int) -> Mapping[str, Any]:
    """Return a run's config; it is read once, since a display asks for it every second."""
    return flat_config(path)


def _worth(run: Run) -> tuple[bool, bool, bool, int]:
    return _is_finished(run), _is_tested(run), _has_checkpoint(run), run.version


def _is_finished(run: Run) -> bool:
    return run.status().get("status") == "finished"


def _is_tested(run: Run) -> bool:
    return (run.path / "test" / "metrics.json").exists() and run.predictions_path.exists()


def _has_checkpoint(run: Run) -> bool:
    return any((run.path / "checkpoints").rglob("*.ckpt"))
