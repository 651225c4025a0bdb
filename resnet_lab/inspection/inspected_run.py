"""Run that is inspected, with its checkpoint and data, checked and loaded."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from resnet_lab.checkpoint.trained_checkpoint import TrainedCheckpoint
from resnet_lab.data.module import ImageFolderDataModule
from resnet_lab.data.normalization import Normalization
from resnet_lab.errors import InputError
from resnet_lab.inspection.initial_network import initial_network
from resnet_lab.model.backbone import ResNet
from resnet_lab.runs import Run


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
        return self.run.label

    @property
    def arm(self) -> str:
        """Name of the arm, such as ``Plain-34``."""
        return str(self.run.status().arm)


def check_inspected_runs(
    runs: Sequence[Run], which: str
) -> tuple[list[ImageFolderDataModule], list[TrainedCheckpoint]]:
    """Return data and checkpoint of each run. The two fit, and all runs have the same data.

    Args:
        runs: Runs with the checkpoint (:func:`~resnet_lab.runs.resolve.runs_with_network`).
        which: ``best`` or ``last``.

    Raises:
        InputError: A checkpoint or data cannot be used, the data are not those of the run, or they differ between runs.
    """
    data = [data_of(run) for run in runs]
    changed = [
        f"{run.path} (data.root {module.root})"
        for run, module in zip(runs, data, strict=True)
        if module.folder.fingerprint != run.status().fingerprint
    ]
    if changed:
        raise InputError(
            f"The data are no longer those of the run: {'; '.join(changed)}. Held-out images "
            "could now be images that it was trained on. Put the data back, or train again."
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
        initial_network(checkpoint.hyper_parameters, run.status().seed, run.status().init_from),
        {"which": which, "epoch": checkpoint.epoch, "checksum": checkpoint.checksum},
    )


def data_of(run: Run) -> ImageFolderDataModule:
    """Return the data of a run, by its config.

    Raises:
        InputError: The config is not that of a run.
    """
    try:
        return ImageFolderDataModule(**run.config()["data"], seed=run.status().seed)
    except InputError:
        raise
    except (OSError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
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
