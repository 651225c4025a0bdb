"""Time to the control's final accuracy; and that a verdict could not rest on it."""

from pathlib import Path

import numpy as np
import pytest

from resnet_lab.comparison.convergence import Reached, TimeToFinal, times_to_final
from resnet_lab.files import write_csv
from resnet_lab.runs import Run
from resnet_lab.statistics.curves import epochs_to, relaxation
from resnet_lab.statistics.intervals import paired_t

RUNS = Path(__file__).parents[1] / "assets" / "runs"


def with_accuracies(run, accuracies, seconds=None):
    rows = [{"epoch": epoch, "val/accuracy": value} for epoch, value in enumerate(accuracies, start=1)]
    if seconds is not None:
        rows = [row | {"time/epoch_seconds": of} for row, of in zip(rows, seconds, strict=True)]
    write_csv(run.metrics_path, ["epoch", "val/accuracy", *(["time/epoch_seconds"] if seconds else [])], rows)
    return run


def test_two_trained_runs():
    """As their metrics.csv have it: the control is best in its last epoch, and the other is as good after three."""
    control, treated = (Run(RUNS / name / "version_0") for name in ("plain34", "resnet34"))
    (time,) = times_to_final({0: (control, treated)})
    seconds = [[row["time/epoch_seconds"] for row in run.metrics()] for run in (control, treated)]
    assert (time.seed, time.level, time.epochs) == (0, 1.0, 5)
    assert time.control == Reached(5, pytest.approx(sum(seconds[0]) / 60))
    assert time.treated == Reached(3, pytest.approx(sum(seconds[1][:3]) / 60))


def test_the_final_accuracy_counts_and_not_the_best(make_run):
    plain = with_accuracies(make_run(residual=False), [0.5, 0.7, 0.8, 0.7], [60, 30, 30, 30])
    residual = with_accuracies(make_run(residual=True), [0.72, 0.6, 0.7, 0.75])
    (time,) = times_to_final({0: (plain, residual)})
    assert time == TimeToFinal(0, 0.7, control=Reached(2, 1.5), treated=Reached(1, None), epochs=4)


def test_one_that_never_gets_there_and_one_that_measured_nothing(make_run):
    plain = with_accuracies(make_run(residual=False), [0.5, 0.7, 0.7])
    residual = with_accuracies(make_run(residual=True), [0.5, 0.6, 0.69, 0.69])
    unmeasured = with_accuracies(make_run(residual=True, seed=1), [])
    times = times_to_final({1: (plain, unmeasured), 0: (plain, residual)})
    assert times == [TimeToFinal(0, 0.7, control=Reached(2, None), treated=None, epochs=4)]


def decided(studies, measure):
    """Return the share of studies ``(S, pairs, 2, epochs)`` in which the 95% interval excludes zero."""
    return np.mean([paired_t(measure(study).tolist()).side != 0 for study in studies])


def test_equal_arms_differ_in_epochs_to_the_final_level_of_one_of_them_and_not_in_relaxation_time():
    """Why no verdict rests on the epochs: five seeds, ten epochs, noise of a point and a half."""
    generator = np.random.default_rng(0)
    curves = 0.8 - 0.3 / np.arange(1, 11)
    studies = curves + 0.015 * generator.normal(size=(2000, 5, 2, 10))

    def epochs(study):
        def until(curve, level):
            return epochs_to(dict(enumerate(curve, start=1)), level) or 11

        return np.array([until(treated, control[-1]) - until(control, control[-1]) for control, treated in study])

    assert decided(studies, epochs) > 0.06
    allowed = 0.05 + 2 * np.sqrt(0.05 * 0.95 / 2000)
    assert decided(studies, lambda study: np.diff(relaxation(range(1, 11), study, 0.4))[:, 0]) <= allowed
