"""Epochs to the control's best; and that a verdict could not rest on them."""

from pathlib import Path

import numpy as np

from resnet_lab.comparison.convergence import EpochsToBest, epochs_to_best
from resnet_lab.files import write_csv
from resnet_lab.runs import Run
from resnet_lab.statistics.curves import area, epochs_to
from resnet_lab.statistics.intervals import paired_t

RUNS = Path(__file__).parents[1] / "assets" / "runs"


def with_accuracies(run, accuracies):
    rows = [{"epoch": epoch, "val/accuracy": value} for epoch, value in enumerate(accuracies, start=1)]
    write_csv(run.metrics_path, ["epoch", "val/accuracy"], rows)
    return run


def test_two_trained_runs():
    """As their metrics.csv have it: the control is best in its last epoch, and the other is as good after three."""
    control, treated = (Run(RUNS / name / "version_0") for name in ("plain34", "resnet34"))
    (reached,) = epochs_to_best({0: (control, treated)})
    assert reached == EpochsToBest(seed=0, level=1.0, control=5, treated=3, epochs=5)


def test_one_that_never_gets_there_and_one_that_measured_nothing(make_run):
    plain, residual = make_run(residual=False), make_run(residual=True)
    with_accuracies(plain, [0.5, 0.7, 0.7])
    with_accuracies(residual, [0.5, 0.6, 0.69, 0.69])
    unmeasured = with_accuracies(make_run(residual=True, seed=1), [])
    reached = epochs_to_best({1: (plain, unmeasured), 0: (plain, residual)})
    assert reached == [EpochsToBest(seed=0, level=0.7, control=2, treated=None, epochs=4)]


def test_equal_arms_differ_in_epochs_to_the_best_of_one_of_them_and_not_in_area():
    """Why the verdict on convergence rests on the area: five seeds, ten epochs, noise of a point and a half."""
    generator = np.random.default_rng(0)
    rise = 0.8 - 0.3 / np.arange(1, 11)
    studies = rise + 0.015 * generator.normal(size=(2000, 5, 2, 10))
    by_epochs, by_area = 0, 0
    for study in studies:
        curves = [[dict(enumerate(arm, start=1)) for arm in pair] for pair in study]
        best = [max(control.values()) for control, _ in curves]
        epochs = [
            (epochs_to(treated, level) or 11) - epochs_to(control, level)
            for (control, treated), level in zip(curves, best, strict=True)
        ]
        by_epochs += paired_t(epochs).side != 0
        by_area += paired_t([area(treated) - area(control) for control, treated in curves]).side != 0
    assert by_area / 2000 <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 2000)
    assert by_epochs / 2000 > 0.08
