"""Run that is inspected, with its checkpoint and data, checked and loaded."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from resnet_lab.checkpoint.trained_checkpoint import TrainedCheckpoint
from resnet_lab.data.module import ImageFolderDataModule
from resnet_lab.data.normalization import Normalization
from resnet_lab.errors import InputError, printable
from resnet_lab.inspection.initial_network import initial_network
from resnet_lab.model.backbone import ResNet
from resnet_lab.runs import Run, find_runs
from resnet_lab.suggestions import nearest


@dataclass(frozen=True)
class InspectedRun:
    """A run with the networks that are inspected: at initialization and after training."""

    run: Run
    which: str
    data: ImageFolderDataModule
    normalization: Normalization
    trained: ResNet
    initial: ResNet
    checkpoint: dict[str, Any]
    """Facts on the checkpoint: ``which``, ``epoch`` (from 1) and ``checksum``."""

    @property
    def label(self) -> str:
        """Name and version, such as ``plain34/version_0``."""
        return f"{self.run.name}/{self.run.path.name}"

    @property
    def arm(self) -> str:
        """Name of the arm, such as ``Plain-34``."""
        return str(self.run.status()["arm"])


def find_subjects(words: Sequence[str], logs: Path, which: str) -> list[Run]:
    """Find the runs that words name: a run folder, or of a name the newest finished run that has the checkpoint.

    Args:
        words: Of the command line.
        logs: Folder in which names are looked up.
        which: ``best`` or ``last``.

    Raises:
        InputError: A word names no run, or one that is not finished or has no checkpoint.
    """
    found: dict[Path, Run] = {}
    for word in words:
        try:
            run = _find(word, logs, which)
        except (OSError, ValueError) as error:  # a name too long, a folder that may not be read, a zero byte
            if isinstance(error, InputError):
                raise
            raise InputError(f"{printable(word[:80])} cannot be read ({error.args[-1]}).") from error
        found[run.path.resolve()] = run
    return list(found.values())


def _find(word: str, logs: Path, which: str) -> Run:
    path = Path(word).absolute()
    if (path / "status.json").exists():
        run = Run(path)
        _refuse_unfinished(run)
        if not run.checkpoints[which].exists():
            raise InputError(_without_checkpoints(run, f"The run {path} has", which))
        return run
    folder = next((f for f in ((logs / word).absolute(), path) if find_runs(f.parent, f.name)), None)
    if folder is None:
        known = [path.name for path in logs.iterdir() if find_runs(logs, path.name)] if logs.is_dir() else []
        near = nearest(word, known)
        hint = f"did you mean {near}?" if near else f"there is {', '.join(sorted(known)) or 'none'}."
        raise InputError(f"{printable(word)} is neither a run folder nor the name of a run in {logs}; {hint}")
    runs = [run for run in find_runs(folder.parent, folder.name) if (run.path / "status.json").exists()]
    finished = [run for run in runs if run.status().get("status") == "finished"]
    if not finished:
        raise InputError(f"{printable(word)} has no finished run; inspect looks at what a finished one has learnt.")
    with_checkpoint = [run for run in finished if run.checkpoints[which].exists()]
    if not with_checkpoint:
        raise InputError(_without_checkpoints(finished[-1], f"{printable(word)} has no finished run with", which))
    return with_checkpoint[-1]


def _refuse_unfinished(run: Run) -> None:
    if (state := run.status().get("status")) != "finished":
        path = shlex.quote(str(run.path))
        raise InputError(
            f"The run {run.path} is {state}, not finished: end it first (resnet-lab fit --resume {path}), or name "
            "another one."
        )


def _without_checkpoints(run: Run, beginning: str, which: str) -> str:
    negation = "" if " no " in beginning else " no"
    return (
        f"{beginning}{negation} checkpoints/{which}.ckpt, and inspect looks into the network (a run that is kept in "
        f"git has none): train it again with resnet-lab fit --config {shlex.quote(str(run.config_path))}, which "
        "makes a run of its own beside it, and inspect that one."
    )


def check_inspected_runs(
    runs: Sequence[Run], which: str
) -> tuple[list[ImageFolderDataModule], list[TrainedCheckpoint]]:
    """Return data and checkpoint of each run. The two fit, and all runs have the same data.

    Args:
        runs: As :func:`find_subjects` found them.
        which: ``best`` or ``last``.

    Raises:
        InputError: A checkpoint or data cannot be used, the data are not those of the run, or they differ between runs.
    """
    data = [_data(run) for run in runs]
    changed = [
        f"{run.path} (data.root {module.root})"
        for run, module in zip(runs, data, strict=True)
        if module.folder.fingerprint != run.status()["fingerprint"]
    ]
    if changed:
        raise InputError(
            f"The data are not those of the run any more: {'; '.join(changed)}. Their fingerprint is another, so "
            "held-out images could be images that it was trained on. Put the data back, or train again."
        )
    _refuse_differences(runs, data)
    checkpoints = [TrainedCheckpoint.read(run.checkpoints[which]) for run in runs]
    for run, module, checkpoint in zip(runs, data, checkpoints, strict=True):
        checkpoint.check_fits(model=run.config()["model"], classes=module.classes, data=module.pixel_path)
    return data, checkpoints


def open_inspected_run(
    run: Run, data: ImageFolderDataModule, checkpoint: TrainedCheckpoint, which: str
) -> InspectedRun:
    """Build the networks of a run.

    Args:
        run: The run.
        data: Its data.
        checkpoint: Its checkpoint.
        which: ``best`` or ``last``.

    Raises:
        InputError: The checkpoint cannot be used.
    """
    return InspectedRun(
        run,
        which,
        data,
        checkpoint.normalization,
        checkpoint.network().backbone,
        initial_network(checkpoint.hyper_parameters, run.status()["seed"]),
        {"which": which, "epoch": checkpoint.epoch, "checksum": checkpoint.checksum},
    )


def _data(run: Run) -> ImageFolderDataModule:
    try:
        return ImageFolderDataModule(**run.config()["data"], seed=run.status()["seed"])
    except (OSError, LookupError, TypeError) as error:
        raise InputError(f"{run.config_path} is not the config of a run: {error!r}.") from error


def _refuse_differences(runs: Sequence[Run], data: Sequence[ImageFolderDataModule]) -> None:
    """Refuse runs that do not see the same pixels: the plots show them on one sample."""
    seen = [
        {
            "data": module.folder.fingerprint[:12],
            **{key: value for key, value in module.pixel_path.items() if key != "normalize"},
        }
        for module in data
    ]
    differing = [key for key in seen[0] if any(facts[key] != seen[0][key] for facts in seen)]
    if differing:
        listed = "; ".join(
            f"{run.name}/{run.path.name}: {', '.join(f'{key} {facts[key]}' for key in differing)}"
            for run, facts in zip(runs, seen, strict=True)
        )
        raise InputError(
            f"These runs do not see the same images, and side by side they need one sample: {listed}. "
            "Inspect them one by one, or train them on the same data."
        )
