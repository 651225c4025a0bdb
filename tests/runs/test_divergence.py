"""A run diverged if its status says so, or if a loss or accuracy that it recorded is no finite number."""

import json

import pytest

from resnet_lab.files import read_csv, write_csv, write_json
from resnet_lab.runs.divergence import has_diverged


def test_a_run_of_numbers_did_not_diverge(make_run):
    assert not has_diverged(make_run(True))


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ({"status": "diverged"}, True),
        ({"status": "failed", "error": "RunError: Training diverged in step 2, batch 2 of epoch 1: nan."}, True),
        ({"status": "failed", "error": "RunError: The disk is full."}, False),
        ({"status": "failed"}, False),
        ({"status": "interrupted"}, False),
    ],
)
def test_the_status_says_it_and_so_does_the_error_of_version_0_1(make_run, status, expected):
    assert has_diverged(make_run(True, status=status)) is expected


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
@pytest.mark.parametrize("tag", ["train/loss", "val/loss", "train/accuracy", "val/accuracy"])
def test_a_value_of_an_epoch_that_is_no_number_is_divergence(make_run, tag, value):
    run = make_run(True)
    rows = read_csv(run.metrics_path)
    rows[2][tag] = value
    write_csv(run.metrics_path, rows[0].keys(), rows)
    assert has_diverged(run)


@pytest.mark.parametrize("value", ["accuracy", "loss"])
@pytest.mark.parametrize("place", ["final best val", "final last train", "test best", "test last"])
def test_a_score_that_is_no_number_is_divergence(make_run, place, value):
    run = make_run(True)
    folder, *keys = place.split()
    path = run.path / folder / "metrics.json"
    scores = inside = json.loads(path.read_text())
    for key in keys:
        inside = inside[key]
    inside[value] = float("nan")
    write_json(path, scores)
    assert has_diverged(run)


def test_an_epoch_without_validation_is_no_divergence(make_run):
    run = make_run(True)
    rows = read_csv(run.metrics_path)
    rows[0]["val/loss"] = rows[0]["val/accuracy"] = ""
    write_csv(run.metrics_path, rows[0].keys(), rows)
    assert not has_diverged(run)


@pytest.mark.parametrize("name", ["metrics.csv", "final/metrics.json", "test/metrics.json"])
@pytest.mark.parametrize("content", [None, "", "epoch\n{half: [", '{"best": null, "last": {"accuracy": null}}'])
def test_a_file_that_is_lost_or_damaged_is_no_divergence(make_run, name, content):
    run = make_run(True)
    (run.path / name).unlink()
    if content is not None:
        (run.path / name).write_text(content)
    assert not has_diverged(run)
