"""Interface of a measurement of ``inspect``: its input, its rows, and what is printed of it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from resnet_lab.inspection.batchnorm_statistics import batch_statistics, running_statistics
from resnet_lab.inspection.sample import BATCH_SIZE, SampleBatches
from resnet_lab.inspection.time_budget import TimeBudget
from resnet_lab.model.backbone import ResNet

INITIAL = "initial"
"""Name of the network as the fit initialized it; the trained one is named after its checkpoint."""

TRAIN_IMAGES = 1024
"""Training images on which a measurement fits, if ``--train_images`` says nothing else."""

BY_NETWORK = f"initial: statistics of the batch (about {BATCH_SIZE} images); trained: running statistics"
"""Statistics of :func:`statistics_of`, for ``inspect.json``."""

MeasurementRow = dict[str, Any]
MeasurementRows = Sequence[Mapping[str, Any]]
"""Rows of one CSV file, by column."""
ShowProgress = Callable[[Iterable[Any], str, int], Iterable[Any]]
"""Yields the steps of a measurement and shows its progress: takes the steps, a name, and the number of steps."""


@dataclass(frozen=True)
class InspectionOptions:
    """Options of ``inspect``.

    Attributes:
        what: Words of ``--what``, each a :attr:`Measurement.what`.
        images: Number of images in the sample.
        draws: Number of random sets of blocks for each number of removed blocks.
        seed: Key of the sample and of all draws.
        budget_minutes: Time of the whole command; None for no limit.
        train_images: Number of training images on which a measurement fits.
    """

    what: tuple[str, ...]
    images: int
    draws: int
    seed: int
    budget_minutes: float | None
    train_images: int = TRAIN_IMAGES


@dataclass(frozen=True)
class MeasurementInput:
    """Everything that a measurement of one run may use.

    Attributes:
        networks: The networks by name, :data:`INITIAL` first; a measurement leaves them as they were.
        checkpoint: Name of the trained network, ``best`` or ``last``.
        batches: The sample: images ``(B, 3, H, W)``, normalized, and class indices ``(B,)``.
        training: Training images on which a measurement with ``fits`` fits; None if no chosen measurement does.
        options: Options of the command.
        budget: How long images and lesions may be added.
        show_progress: Shows the progress.
        label: Name and version of the run.
        identity: Start of the checksum of the trained network; the label in a run of version 0.1.
        run_seed: Seed of the run, which keys what must be equal within a pair and differ between pairs.
        earlier: Kept by ``similarity`` of the runs that the same command inspected before, by their identity.
        disputed: Test images on which the arms disagree; None if no chosen measurement is about them.
    """

    networks: Mapping[str, ResNet]
    checkpoint: str
    batches: Sequence[tuple[Tensor, Tensor]]
    training: SampleBatches | None
    options: InspectionOptions
    budget: TimeBudget
    show_progress: ShowProgress
    label: str = ""
    identity: str = ""
    run_seed: int = 0
    earlier: dict[str, Any] = field(default_factory=dict)
    disputed: SampleBatches | None = None

    @property
    def trained(self) -> ResNet:
        """The network after training."""
        return self.networks[self.checkpoint]


@dataclass(frozen=True)
class Measurement:
    """One measurement of ``inspect``: one file in the folder ``inspect/`` of a run, and one printed line.

    Attributes:
        name: Name of the CSV file without its ending.
        what: Word of ``--what`` that asks for it.
        columns: Columns of the file.
        batchnorm: Statistics that BatchNorm normalizes by, for ``inspect.json``.
        measure: Returns the rows, and what the time budget left out; None if nothing was left out.
        summarize: Returns the printed line of the rows: numbers, without a verdict.
        fits: Whether it fits something on training images.
        on_disputed: Whether its images are those on which the arms disagree, and not the sample.
    """

    name: str
    what: str
    columns: tuple[str, ...]
    batchnorm: str
    measure: Callable[[MeasurementInput], tuple[list[MeasurementRow], str | None]]
    summarize: Callable[[MeasurementRows], str]
    fits: bool = False
    on_disputed: bool = False


def statistics_of(checkpoint: str, net: ResNet) -> AbstractContextManager[None]:
    """Return the context in which BatchNorm normalizes by the batch at initialization, and as in evaluation afterward.

    At initialization, the running statistics are 0 and 1 and describe no data.

    Args:
        checkpoint: Name of the network.
        net: The network.
    """
    return batch_statistics(net) if checkpoint == INITIAL else running_statistics(net)


def profile_rows(
    values: Mapping[str, float | None], *, checkpoint: str, name_column: str, value_column: str
) -> list[MeasurementRow]:
    """Return one row per layer or block, with its position from 1 and its value to nine digits.

    Args:
        values: Values by layer or block, input first.
        checkpoint: Name of the network.
        name_column: Column of the layer or block.
        value_column: Column of the value.
    """
    return [
        {
            "checkpoint": checkpoint,
            name_column: name,
            "position": position,
            value_column: None if value is None else float(f"{value:.9g}"),
        }
        for position, (name, value) in enumerate(values.items(), start=1)
    ]


def by_checkpoint(rows: MeasurementRows) -> list[tuple[str, MeasurementRows]]:
    """Return rows by network, each with the words for a printed line: ``at initialization``, ``after training``."""
    names = dict.fromkeys(row["checkpoint"] for row in rows)
    return [
        ("at initialization" if name == INITIAL else "after training", [r for r in rows if r["checkpoint"] == name])
        for name in names
    ]
