"""Epochs that each arm took to the best validation accuracy of the control; reported without a verdict."""

from collections.abc import Mapping
from dataclasses import dataclass

from resnet_lab.comparison.recorded import curve
from resnet_lab.runs import Run
from resnet_lab.statistics.curves import epochs_to


@dataclass(frozen=True)
class EpochsToBest:
    """Epochs of the two runs of a seed to the best validation accuracy of the control.

    The control always reaches its own best value. An equal treated arm reaches it in about half of the pairs. A test of
    these numbers would therefore find differences between equal arms, so the verdict on convergence uses
    :func:`~resnet_lab.statistics.curves.area`.

    Attributes:
        seed: Seed of both runs.
        level: Best validation accuracy of the control.
        control: First epoch at which the control had this accuracy.
        treated: First epoch at which the treated run had at least this accuracy; None if there is none.
        epochs: Number of epochs of the treated run.
    """

    seed: int
    level: float
    control: int
    treated: int | None
    epochs: int


def epochs_to_best(pairs: Mapping[int, tuple[Run, Run]]) -> list[EpochsToBest]:
    """Return the epochs of each seed; a seed without validation accuracies is left out."""
    reached = []
    for seed, (control, treated) in sorted(pairs.items()):
        of_control, of_treated = curve(control, "val/accuracy"), curve(treated, "val/accuracy")
        if of_control and of_treated:
            level = max(of_control.values())
            epoch = next(epoch for epoch, value in of_control.items() if value == level)
            reached.append(EpochsToBest(seed, level, epoch, epochs_to(of_treated, level), max(of_treated)))
    return reached
