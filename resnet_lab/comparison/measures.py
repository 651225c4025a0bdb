"""The figures of one run that a comparison sets side by side, read from its folder."""

import math
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from resnet_lab.runs import Run
from resnet_lab.runs.measurements import INITIAL, TRAINED, gradient_norms
from resnet_lab.statistics.curves import area, rise, roughness
from resnet_lab.statistics.gradients import FEWEST_LAYERS, decades_lost, unevenness

_LAST_EPOCH = ("train/accuracy", "train/loss", "train/objective", "val/accuracy", "val/loss")


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
        norms = gradient_norms(run, which)
        convolutions = [norm for layer, norm in norms.items() if layer != "fc"]
        if len(convolutions) >= FEWEST_LAYERS:
            measures[f"gradients/{which}/unevenness"] = unevenness(list(norms.values()))
            measures[f"gradients/{which}/decades_lost"] = decades_lost(convolutions)
    return {key: value for key, value in measures.items() if math.isfinite(value)}


def curve(run: Run, tag: str) -> dict[int, float]:
    """Return a metric of a run by epoch."""
    return {int(row["epoch"]): row[tag] for row in run.metrics() if tag in row}


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
