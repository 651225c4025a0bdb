"""Measures of one run and of pairs of runs, read from their folders."""

import math
from collections.abc import Collection, Mapping

from resnet_lab.comparison.questions import MEASURES
from resnet_lab.comparison.recorded import Recorded
from resnet_lab.runs import Run

Measures = Mapping[str, float]
"""Values of one run, by the key of their measure."""


def run_measures(run: Run) -> dict[str, float]:
    """Return all measures of a run; a measure that is missing or not finite is absent.

    ======================================  ========================================================================
    ``train/accuracy`` ... ``val/loss``     last epoch of ``metrics.csv``; with ``train/objective``
    ``final/<which>/<split>/<value>``       accuracy and loss of ``best`` and ``last`` on ``train`` and ``val``, with
                                            the evaluation transform, from ``final/metrics.json``
    ``test/<which>/<value>``                each single value of ``test/metrics.json``
    others                                  :data:`resnet_lab.comparison.questions.MEASURES`
    ======================================  ========================================================================
    """
    recorded = Recorded(run)
    computed = {key: measure(recorded) for key, measure in MEASURES.items()}
    both = {**recorded.values, **computed}
    return {key: value for key, value in both.items() if value is not None and math.isfinite(value)}


def paired_measures(
    pairs: Mapping[int, tuple[Run, Run]], measures: Mapping[Run, Measures], apart: Mapping[str, Collection[int]]
) -> dict[int, tuple[Measures, Measures]]:
    """Return the measures of the control and of the treated run of each pair, by seed.

    Args:
        pairs: The control and the treated run, by seed.
        measures: The measures of each run.
        apart: Seeds whose two networks were inspected on different images, by measurement
            (:func:`~resnet_lab.runs.measurements.inspected_apart`); these get no measures of the measurement.
    """

    def comparable(seed: int, run: Run) -> Measures:
        barred = {measurement for measurement, seeds in apart.items() if seed in seeds}
        return {key: value for key, value in measures[run].items() if key.partition("/")[0] not in barred}

    return {seed: (comparable(seed, control), comparable(seed, treated)) for seed, (control, treated) in pairs.items()}
