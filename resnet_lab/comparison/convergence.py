"""Epochs and minutes that each arm took to the final validation accuracy of the control; without a verdict."""

from collections.abc import Mapping
from dataclasses import dataclass

from resnet_lab.comparison.recorded import curve
from resnet_lab.runs import Run
from resnet_lab.statistics.curves import epochs_to


@dataclass(frozen=True)
class Reached:
    """The first epoch at which a run had a validation accuracy, and the minutes of training and validation until then.

    Attributes:
        epoch: The epoch, from 1.
        minutes: The minutes; None if the run did not record the time of each epoch.
    """

    epoch: int
    minutes: float | None


@dataclass(frozen=True)
class TimeToFinal:
    """Time of the two runs of a seed to the final validation accuracy of the control.

    The control always reaches its own final value, and the treated run of two equal arms sometimes never does. So the
    verdict on convergence uses :func:`~resnet_lab.statistics.curves.relaxation_time`, which treats both arms alike.

    Attributes:
        seed: Seed of both runs.
        level: Validation accuracy of the control at its last epoch.
        control: The control at this accuracy.
        treated: The treated run at this accuracy; None if it never had it.
        epochs: Number of epochs of the treated run.
    """

    seed: int
    level: float
    control: Reached
    treated: Reached | None
    epochs: int


def times_to_final(pairs: Mapping[int, tuple[Run, Run]]) -> list[TimeToFinal]:
    """Return the times of each seed; a seed without validation accuracies is left out."""
    times = []
    for seed, (control, treated) in sorted(pairs.items()):
        of_control, of_treated = curve(control, "val/accuracy"), curve(treated, "val/accuracy")
        if of_control and of_treated:
            level = of_control[max(of_control)]
            reached = _reached(control, level)
            assert reached is not None
            times.append(TimeToFinal(seed, level, reached, _reached(treated, level), max(of_treated)))
    return times


def _reached(run: Run, level: float) -> Reached | None:
    epoch = epochs_to(curve(run, "val/accuracy"), level)
    if epoch is None:
        return None
    seconds = [of for at, of in curve(run, "time/epoch_seconds").items() if at <= epoch]
    return Reached(epoch, sum(seconds) / 60 if len(seconds) == epoch else None)
