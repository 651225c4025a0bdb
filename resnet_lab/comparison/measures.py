"""The figures of one run that a comparison sets side by side, read from its folder."""

import math
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.integrate import trapezoid

from resnet_lab.runs import Run
from resnet_lab.runs.measurements import INITIAL, TRAINED, gradient_norm_profile
from resnet_lab.statistics.gradients import FEWEST_LAYERS, decades_lost, unevenness

_LAST_EPOCH = ("train/accuracy", "train/loss", "train/objective", "val/accuracy", "val/loss")

Curve = Mapping[int, float]
"""A figure by epoch, from 1, ascending; an epoch that did not measure it is absent."""


def run_measures(run: Run) -> dict[str, float]:
    """Return the figures of a run; one that is not finite, or that the run did not measure, is absent.

    ======================================  ========================================================================
    ``train/accuracy`` ... ``val/loss``     of the last epoch, as in ``metrics.csv``; with ``train/objective``
    ``final/<which>/<split>/<figure>``      accuracy and loss of ``best`` and ``last`` on ``train`` and ``val``, all
                                            with the evaluation transform, as in ``final/metrics.json``
    ``test/<which>/<figure>``               every single figure of ``test/metrics.json``
    ``convergence/area``                    :func:`area` under validation accuracy
    ``steadiness/roughness``                :func:`roughness` of validation loss
    ``gap/accuracy``                        train minus validation accuracy of ``last``, both with the evaluation
                                            transform
    ``overfitting/rise``                    :func:`rise` of validation loss
    ``gradients/<which>/unevenness``        :func:`~resnet_lab.statistics.gradients.unevenness` over the main path of
                                            the net ``best`` or ``initial``; of runs that were inspected
    ``gradients/<which>/decades_lost``      :func:`~resnet_lab.statistics.gradients.decades_lost` over its convolutions
    ======================================  ========================================================================
    """
    rows = run.metrics()
    measures = {tag: rows[-1][tag] for tag in _LAST_EPOCH if tag in rows[-1]} if rows else {}
    with suppress(FileNotFoundError):
        measures |= _flat(run.final_metrics(), "final")
    with suppress(FileNotFoundError):
        test = run.test_metrics()
        measures |= _flat({which: test[which] for which in ("best", "last")}, "test")
    accuracy, loss = curve(run, "val/accuracy"), curve(run, "val/loss")
    if accuracy:
        measures["convergence/area"] = area(accuracy)
    if len(loss) > 2 and all(map(math.isfinite, loss.values())):
        measures["steadiness/roughness"] = roughness(loss)
        measures["overfitting/rise"] = rise(loss)
    if "final/last/train/accuracy" in measures:
        measures["gap/accuracy"] = measures["final/last/train/accuracy"] - measures["final/last/val/accuracy"]
    for which in (TRAINED, INITIAL):
        norms = gradient_norm_profile(run, which)
        convolutions = [norm for layer, norm in norms.items() if layer != "fc"]
        if len(convolutions) >= FEWEST_LAYERS:
            measures[f"gradients/{which}/unevenness"] = unevenness(list(norms.values()))
            measures[f"gradients/{which}/decades_lost"] = decades_lost(convolutions)
    return {key: value for key, value in measures.items() if math.isfinite(value)}


def curve(run: Run, tag: str) -> dict[int, float]:
    """Return a metric of a run by epoch."""
    return {int(row["epoch"]): row[tag] for row in run.metrics() if tag in row}


def area(curve: Curve) -> float:
    """Return the area under a curve over its length in epochs: its mean height, by the trapezoidal rule.

    Two arms that are trained alike can be exchanged in it, so their difference leans to neither side; epochs to the
    best of one of them (:func:`epochs_to`) do not have that property.

    >>> area({1: 0.5, 2: 0.75, 3: 0.75})
    0.6875
    """
    epochs, values = list(curve), list(curve.values())
    return float(trapezoid(values, epochs)) / (epochs[-1] - epochs[0]) if len(curve) > 1 else values[0]


def roughness(curve: Curve) -> float:
    """Return the mean distance of a curve from its running median of three epochs: 0 where it only falls or only rises.

    What Tukey (1977, Exploratory Data Analysis, chapter 7) calls the rough, without the two ends. No trend is in it,
    however steep or bent; a spread of changes from epoch to epoch would take a smooth curve that falls fast and then
    slowly for a restless one. What wavers less than the curve falls is not seen.

    Args:
        curve: At least three epochs.

    >>> roughness({1: 4.0, 2: 2.0, 3: 1.0}), roughness({1: 1.0, 2: 2.0, 3: 1.0})
    (0.0, 1.0)
    """
    triples = sliding_window_view(np.asarray(list(curve.values())), 3)
    return float(np.abs(triples[:, 1] - np.median(triples, axis=1)).mean())


def rise(curve: Curve) -> float:
    """Return how far a curve has risen again at its end: its last value minus its lowest, at least 0.

    Of validation loss it is what overfitting costs a run that is not stopped in time. The curve is its running median
    of three epochs, so that a single epoch that wavers is no rise: the restless one of two arms would seem to overfit.

    Args:
        curve: At least three epochs.

    >>> rise({1: 1.0, 2: 0.5, 3: 0.5, 4: 0.75, 5: 0.75}), rise({1: 1.0, 2: 0.5, 3: 0.75, 4: 0.5})
    (0.25, 0.0)
    """
    medians = np.median(sliding_window_view(np.asarray(list(curve.values())), 3), axis=1)
    return float(medians[-1] - medians.min())


def epochs_to(curve: Curve, level: float) -> int | None:
    """Return the first epoch at which a curve is at least at a level; None if it never is.

    >>> epochs_to({1: 0.5, 2: 0.8, 3: 0.7}, 0.7)
    2
    """
    return next((epoch for epoch, value in curve.items() if value >= level), None)


def _flat(figures: Mapping[str, Any], prefix: str) -> dict[str, float]:
    """Return the single figures of nested ones under their path; lists, names and what is None are left out."""
    flat: dict[str, float] = {}
    for key, value in figures.items():
        if isinstance(value, Mapping):
            if key != "per_class":
                flat |= _flat(value, f"{prefix}/{key}")
        elif isinstance(value, int | float):
            flat[f"{prefix}/{key}"] = float(value)
    return flat
