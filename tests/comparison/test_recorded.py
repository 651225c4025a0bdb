"""Recorded values, against the files of a run."""

from resnet_lab.comparison.recorded import Recorded, curve
from resnet_lab.files import write_csv
from resnet_lab.runs.measurements import gradient_norm_profile


def test_a_curve_holds_the_epochs_that_measured_it(make_run):
    run = make_run(residual=False)
    rows = [
        {key: value for key, value in row.items() if row["epoch"] != 2 or key != "val/loss"} for row in run.metrics()
    ]
    write_csv(run.metrics_path, rows[0].keys(), rows)
    assert list(curve(run, "val/loss")) == [1, 3, 4, 5, 6]
    assert list(curve(run, "val/accuracy")) == [1, 2, 3, 4, 5, 6]


def test_values_are_those_of_the_files_by_path(make_run):
    run = make_run(residual=True)
    values, last = Recorded(run).values, run.metrics()[-1]
    assert values["train/objective"] == last["train/objective"]
    assert values["final/last/val/loss"] == run.final_metrics()["last"]["val"]["loss"]
    assert values["test/best/balanced_accuracy"] == run.test_metrics()["best"]["balanced_accuracy"]
    assert not any("per_class" in path or "confusion" in path or "fingerprint" in path for path in values)


def test_a_file_is_read_once(make_run):
    run = make_run(residual=False)
    recorded = Recorded(run)
    values, accuracy = recorded.values, recorded.curve("val/accuracy")
    run.metrics_path.unlink()
    (run.path / "final" / "metrics.json").unlink()
    assert recorded.values == values
    assert recorded.curve("val/accuracy") == accuracy


def test_gradient_norms_are_those_of_the_inspection(make_run, inspect):
    run = make_run(residual=False)
    assert Recorded(run).gradient_norms("best") == {}
    inspect(run)
    assert Recorded(run).gradient_norms("best") == gradient_norm_profile(run, "best") != {}
