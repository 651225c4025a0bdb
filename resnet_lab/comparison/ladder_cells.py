"""Cells of a ladder: the runs of an end or of a rung, their training errors, and what a network of the cell costs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from resnet_lab.comparison.measures import Measures
from resnet_lab.comparison.questions import decades_lost_by_convolutions
from resnet_lab.runs import Run
from resnet_lab.runs.measurements import first_step_gradient_norms
from resnet_lab.statistics.mean_sd import MeanSD, mean_sd

TRAIN_ACCURACY, HELD_OUT_ACCURACY = "final/last/train/accuracy", "test/last/accuracy"


@dataclass(frozen=True)
class Bill:
    """Bill of a network: its gradients at the start, and its costs, over seeds.

    Attributes:
        decades_lost: Decades that gradients lose from the last convolutions to the first, in the first optimizer step:
            those of the initial network.
        seconds_per_step: Seconds per optimizer step of the training loop.
        memory_mb: Peak memory in MB (10^6 bytes): of the GPU, or else of the process.
    """

    decades_lost: MeanSD
    seconds_per_step: MeanSD
    memory_mb: MeanSD


@dataclass(frozen=True)
class LadderCell:
    """A cell of a ladder: one of its ends, or a rung.

    Attributes:
        name: Name in the study file.
        runs_name: Name of its runs; with a tuned value it is another than ``name``.
        asks: The question that it answers, in the words of the study file; empty if the file has none.
        runs: Its runs that did not diverge, by seed.
        measures: Their measures, by seed.
        settings: Keys of model and data that they share, as ``group.key``.
        missing: Seeds of the plan without a finished or diverged run.
        diverged: Labels of its diverged runs.
        lost: Seeds of its diverged runs.
        own_value: The value of the tuned key, if this is the start at its own best value; None otherwise.
        arm: Name of its network, such as ``Plain-32``; empty without a run. A rung has that of the end it derives from.
    """

    name: str
    runs_name: str
    asks: str
    runs: Mapping[int, Run]
    measures: Mapping[int, Measures]
    settings: Mapping[str, Any] = field(default_factory=dict)
    missing: tuple[int, ...] = ()
    diverged: tuple[str, ...] = ()
    lost: tuple[int, ...] = ()
    own_value: Any = None
    arm: str = ""

    def error(self, seed: int) -> float:
        """Return the training error of the run of a seed."""
        return 1 - self.measures[seed][TRAIN_ACCURACY]

    def mean_sd(self, measure: str) -> MeanSD:
        """Return mean and standard deviation of a measure over the seeds."""
        return mean_sd(values.get(measure) for values in self.measures.values())

    @property
    def bill(self) -> Bill:
        """Gradients at the start, and costs."""
        statuses = [run.status() for run in self.runs.values()]
        return Bill(
            mean_sd(decades_lost_by_convolutions(first_step_gradient_norms(run)) for run in self.runs.values()),
            mean_sd(
                one.batch_size_effective / one.images_per_second
                if one.batch_size_effective and one.images_per_second
                else None
                for one in statuses
            ),
            mean_sd(one.peak_accelerator_memory_mb or one.peak_memory_mb for one in statuses),
        )

    @property
    def parameters(self) -> int | None:
        """Number of parameters; None without a run."""
        return next((run.status().parameters for run in self.runs.values()), None)
