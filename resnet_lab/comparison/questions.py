"""Questions that a comparison asks of the runs, the measures that decide them, and the units of these."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal, NamedTuple

from resnet_lab.comparison.recorded import Recorded
from resnet_lab.runs.measurements import INITIAL, TRAINED
from resnet_lab.statistics.chance import standard_error
from resnet_lab.statistics.curves import Curve, relaxation_time, rise, roughness
from resnet_lab.statistics.gradients import FEWEST_LAYERS, decades_lost, unevenness

DEGRADATION = "degradation"
VANISHING = 1.0
"""Decades that gradients must lose before they are called vanishing; one decade, a factor of ten, is a convention."""

PERFORMANCE, MECHANISM = "performance", "mechanism"
"""Families of questions that are tested together: about results, and about the inside of the networks."""

Side = Literal["higher", "lower"]
Measure = Callable[[Recorded], float | None]
"""A measure of one run; None if the run did not record what the measure needs."""


class Unit(NamedTuple):
    """The form in which a report shows values of a unit: multiplied by ``scale``, with this number of decimals."""

    scale: int
    decimals: int


UNITS: Mapping[str, Unit] = {
    "points": Unit(100, 2),
    "nats": Unit(1, 4),
    "decades": Unit(1, 3),
    "epochs": Unit(1, 2),
}
"""Units of measures: ``points`` of a share, ``nats`` of a loss, ``decades`` of a factor's decimal logarithm, epochs."""


@dataclass(frozen=True)
class Question:
    """A claim before the data: about the difference of the arms, or about the control against a fixed value.

    The sentences of a question are in ``report/wording/claims.yaml``, under its key.

    Attributes:
        key: Name of the question.
        measure: Key of the measure that decides: one of :func:`resnet_lab.comparison.measures.run_measures`, or one of
            several runs (:mod:`resnet_lab.comparison.degradation`). A claim without values of its measure is not
            measured.
        better: The side that supports the claim: of zero for the difference treated minus control, of ``against`` for
            the control.
        unit: Of the measure; a key of ``UNITS``.
        family: The claims with which the claim is tested: ``PERFORMANCE``, ``MECHANISM``, or ``DEGRADATION``.
        against: The fixed value with which the control is compared; None if the claim is about the difference.
        beside: A second measure, reported beside the verdict without an influence on it.
    """

    key: str
    measure: str
    better: Side
    unit: str
    family: str
    against: float | None = None
    beside: str | None = None


def _convergence(run: Recorded) -> float | None:
    """Return the time that validation accuracy takes from the share of the most frequent class to its own end level.

    A network that does not end above that share by more than two standard errors has no such time.
    """
    chance = run.chance("val")
    if chance is None:
        return None
    least = 2 * standard_error(chance, run.run.status().split_sizes["val"])
    return relaxation_time(run.curve("val/accuracy"), chance, least)


def _steadiness(run: Recorded) -> float | None:
    """Return the roughness of validation loss."""
    loss = _validation_loss(run)
    return roughness(loss) if loss else None


def _overfitting(run: Recorded) -> float | None:
    """Return the rise of validation loss from its lowest value to its end."""
    loss = _validation_loss(run)
    return rise(loss) if loss else None


def _validation_loss(run: Recorded) -> Curve | None:
    """Return validation loss by epoch; None if it is not finite, or too short for a median of three epochs."""
    loss = run.curve("val/loss")
    return loss if len(loss) > 2 and all(map(math.isfinite, loss.values())) else None


def _gap(run: Recorded) -> float | None:
    """Return training minus validation accuracy of the last checkpoint, both with the evaluation transform."""
    train, val = (run.values.get(f"final/last/{split}/accuracy") for split in ("train", "val"))
    return None if train is None or val is None else train - val


def _probe_of_last_block(run: Recorded) -> float | None:
    """Return the accuracy of a linear probe after the last block of the best checkpoint."""
    accuracies = list(run.probe_accuracies(TRAINED).values())
    return accuracies[-1] if accuracies else None


def _unevenness(run: Recorded, checkpoint: str) -> float | None:
    """Return the unevenness of gradient norms over all layers of the main path."""
    norms = run.gradient_norms(checkpoint)
    return unevenness(list(norms.values())) if len(_convolutions(norms)) >= FEWEST_LAYERS else None


def _decades_lost(run: Recorded, checkpoint: str) -> float | None:
    return decades_lost_by_convolutions(run.gradient_norms(checkpoint))


def decades_lost_by_convolutions(norms: Mapping[str, float]) -> float | None:
    """Return the decades that gradients lose from the last to the first convolutions of the main path.

    Args:
        norms: Norm of the gradient of each layer of the main path, in the order of the forward pass. There is no value
            for fewer than ``FEWEST_LAYERS`` convolutions.
    """
    convolutions = _convolutions(norms)
    return decades_lost(convolutions) if len(convolutions) >= FEWEST_LAYERS else None


def _convolutions(norms: Mapping[str, float]) -> list[float]:
    return [norm for layer, norm in norms.items() if layer != "fc"]


MEASURES: Mapping[str, Measure] = {
    "convergence/time": _convergence,
    "steadiness/roughness": _steadiness,
    "overfitting/rise": _overfitting,
    "gap/accuracy": _gap,
    "probes/best/last": _probe_of_last_block,
    "gradients/best/unevenness": partial(_unevenness, checkpoint=TRAINED),
    "gradients/best/decades_lost": partial(_decades_lost, checkpoint=TRAINED),
    "gradients/initial/unevenness": partial(_unevenness, checkpoint=INITIAL),
    "gradients/initial/decades_lost": partial(_decades_lost, checkpoint=INITIAL),
}
"""Measures that are computed from recorded values, by key, in the order of ``comparison.json``."""

QUESTIONS = (
    Question("accuracy", "test/best/accuracy", "higher", "points", PERFORMANCE, beside="test/last/accuracy"),
    Question("loss", "test/best/loss", "lower", "nats", PERFORMANCE, beside="test/last/loss"),
    Question("convergence", "convergence/time", "lower", "epochs", PERFORMANCE),
    Question("steadiness", "steadiness/roughness", "lower", "nats", PERFORMANCE),
    Question("gap", "gap/accuracy", "lower", "points", PERFORMANCE),
    Question("overfitting", "overfitting/rise", "lower", "nats", PERFORMANCE),
    Question("class_depth", "probes/best/last", "higher", "points", MECHANISM),
    Question("gradient_flow", "gradients/best/unevenness", "lower", "decades", MECHANISM),
    Question("vanishing_gradients", "gradients/best/decades_lost", "higher", "decades", MECHANISM, VANISHING),
    Question(DEGRADATION, "depth/rise", "lower", "points", DEGRADATION),
)
"""All questions, in the order of the report."""
