"""The figures of a run, against its files and scipy."""

import csv
import json
import math
from pathlib import Path

import numpy as np
import pytest
from scipy.signal import medfilt

from resnet_lab.comparison.measures import paired_measures, run_measures
from resnet_lab.files import write_csv, write_json
from resnet_lab.runs import Run

RUNS = Path(__file__).parents[1] / "assets" / "runs"


@pytest.mark.parametrize("name", ["plain34", "resnet34"])
def test_the_figures_of_trained_runs_are_those_of_their_files(name):
    folder = RUNS / name / "version_0"
    measures = run_measures(Run(folder))
    rows = list(csv.DictReader((folder / "metrics.csv").read_text().splitlines()))
    final, test = (json.loads((folder / part / "metrics.json").read_text()) for part in ("final", "test"))
    for tag in ("train/accuracy", "train/loss", "train/objective", "val/accuracy", "val/loss"):
        assert measures[tag] == float(rows[4][tag])
    for which in ("best", "last"):
        assert measures[f"test/{which}/balanced_accuracy"] == test[which]["balanced_accuracy"]
        for figure in ("accuracy", "loss"):
            assert measures[f"test/{which}/{figure}"] == test[which][figure]
            for split in ("train", "val"):
                assert measures[f"final/{which}/{split}/{figure}"] == final[which][split][figure]
    assert measures["gap/accuracy"] == final["last"]["train"]["accuracy"] - final["last"]["val"]["accuracy"]
    losses = [float(row["val/loss"]) for row in rows]
    assert "convergence/time" not in measures  # of six validation images, two standard errors are 41 points
    assert measures["steadiness/roughness"] == pytest.approx(
        np.abs(np.subtract(losses, medfilt(losses, 3)))[1:-1].mean()
    )


@pytest.mark.parametrize("name", ["plain34", "resnet34"])
def test_of_trained_runs_it_is_the_last_median_less_the_lowest(name):
    folder = RUNS / name / "version_0"
    losses = [float(row["val/loss"]) for row in csv.DictReader((folder / "metrics.csv").read_text().splitlines())]
    assert run_measures(Run(folder))["overfitting/rise"] == pytest.approx(
        medfilt(losses, 3)[-2] - medfilt(losses, 3)[1:-1].min()
    )


def test_gradients_are_measured_where_a_run_was_inspected(make_run, inspect):
    run = make_run(residual=False)
    assert not any(key.startswith("gradients/") for key in run_measures(run))
    inspect(run, lost=2.0)
    rows = list(csv.DictReader((run.path / "inspect" / "gradients.csv").read_text().splitlines()))
    measures = run_measures(run)
    for which in ("initial", "best"):
        decades = [math.log10(float(row["norm"])) for row in rows if row["checkpoint"] == which]
        assert measures[f"gradients/{which}/unevenness"] == pytest.approx(np.std(decades))
        assert measures[f"gradients/{which}/decades_lost"] == pytest.approx(
            np.median(decades[7:9]) - np.median(decades[:2])  # of nine convolutions; the tenth layer is fc
        )


def test_pairs_that_were_inspected_on_different_images_have_no_measures_of_gradients(make_run, inspect):
    pairs = {seed: (make_run(False, seed), make_run(True, seed)) for seed in range(2)}
    measures = {}
    for run in (run for pair in pairs.values() for run in pair):
        inspect(run)
        measures[run] = run_measures(run)
    paired = paired_measures(pairs, measures, {"gradients": [1], "probes": [0]})
    assert paired[0] == (measures[pairs[0][0]], measures[pairs[0][1]])
    for run, own in zip(pairs[1], paired[1], strict=True):
        assert measures[run].keys() - own.keys() == {
            f"gradients/{which}/{name}" for which in ("initial", "best") for name in ("unevenness", "decades_lost")
        }


def test_a_net_of_too_few_layers_has_no_figures_of_gradients(make_run, inspect):
    run = make_run(residual=False)
    inspect(run)
    path = run.path / "inspect" / "gradients.csv"
    head, *rows = path.read_text().splitlines()
    path.write_text("\n".join([head, *rows[-4:]]) + "\n")
    assert not any(key.startswith("gradients/") for key in run_measures(run))


def test_a_class_that_no_image_has_leaves_the_figures_of_the_split(make_run):
    run = make_run(residual=False, labels=[0, 1] * 30)
    assert run.test_metrics()["best"]["per_class"]["worn"]["recall"] is None
    measures = run_measures(run)
    assert {key for key in measures if key.startswith("test/best/")} == {
        f"test/best/{figure}" for figure in ("n", "accuracy", "loss", "balanced_accuracy", "calibration_error")
    }


def test_what_a_run_did_not_measure_is_absent(make_run):
    run = make_run(residual=False)
    write_csv(run.metrics_path, ["epoch", "train/accuracy"], [{"epoch": 1, "train/accuracy": 0.5}])
    (run.path / "final" / "metrics.json").unlink()
    (run.path / "test" / "metrics.json").unlink()
    assert run_measures(run) == {"train/accuracy": 0.5}


def test_figures_that_are_not_finite_are_absent(make_run):
    run = make_run(residual=False)
    rows = run.metrics()
    rows[2]["val/loss"] = float("inf")
    write_csv(run.metrics_path, rows[0].keys(), rows)
    write_json(run.path / "final" / "metrics.json", {"last": {"train": {"loss": float("nan")}}})
    measures = run_measures(run)
    assert {"steadiness/roughness", "final/last/train/loss", "gap/accuracy"}.isdisjoint(measures)
    assert "convergence/time" in measures


def test_a_network_that_learned_nothing_has_no_time_of_convergence(make_run):
    """Of 60 validation images a third is of one class: two standard errors are 12 points."""
    run = make_run(residual=False)
    rows = run.metrics()
    for end, is_measured in ((0.45, False), (0.46, True)):
        for row in rows:
            row["val/accuracy"] = end
        write_csv(run.metrics_path, rows[0].keys(), rows)
        assert ("convergence/time" in run_measures(run)) == is_measured


def test_convergence_starts_at_the_share_of_the_most_frequent_class_of_the_validation_split(make_run):
    counts = {"train": [1, 1, 1], "val": [30, 20, 10], "test": [20, 20, 20]}
    run = make_run(False, status={"class_counts": counts})
    rows = run.metrics()
    for row, value in zip(rows, [0.6, 0.7, 0.8, 0.8, 0.8, 0.8], strict=True):
        row["val/accuracy"] = value
    write_csv(run.metrics_path, rows[0].keys(), rows)
    assert run_measures(run)["convergence/time"] == pytest.approx((0.25 + 0.15 + 0.05) / 0.3)
