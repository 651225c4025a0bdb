"""How many epochs each arm took to the control's best, seed by seed: told, and no ground of a verdict."""

from collections.abc import Mapping
from dataclasses import dataclass

from resnet_lab.comparison.recorded import curve
from resnet_lab.runs import Run
from resnet_lab.statistics.curves import epochs_to


@dataclass(frozen=True)
class EpochsToBest:
    """Epochs of the two runs of a seed to the control's best validation accuracy.

    A control reaches its own best by definition, and the other of two equal arms does so about every second time. A
    test of these numbers would find differences between equal arms, so the verdict on convergence rests on
    :func:`~resnet_lab.statistics.curves.area`.

    Attributes:
        seed: Of both runs.
        level: The control's best validation accuracy.
        control: The first epoch at which the control had it.
        treated: The first at which the treated run had at least that; None if it never had.
        epochs: Epochs of the treated run.
    """

    seed: int
    level: float
    control: int
    treated: int | None
    epochs: int


def epochs_to_best(pairs: Mapping[int, tuple[Run, Run]]) -> list[EpochsToBest]:
    """Return the epochs to the control's best of each seed; a seed without validation accuracies is left out."""
    reached = []
    for seed, (control, treated) in sorted(pairs.items()):
        plain, other = curve(control, "val/accuracy"), curve(treated, "val/accuracy")
        if plain and other:
            level = max(plain.values())
            epoch = next(epoch for epoch, value in plain.items() if value == level)
            reached.append(EpochsToBest(seed, level, epoch, epochs_to(other, level), max(other)))
    return reached
