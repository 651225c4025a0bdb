"""Files of an inspected run: complete ones only, and what a budget leaves out."""

import csv
import shutil
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import pytest
import torch

from resnet_lab.files import read_json
from resnet_lab.inspection.inspect_run import MEASUREMENTS, inspect_run
from resnet_lab.inspection.inspected_run import check_inspected_runs, open_inspected_run
from resnet_lab.inspection.measurement import InspectionOptions, Measurement
from resnet_lab.inspection.sample import TRAINING, read_sample
from resnet_lab.inspection.time_budget import TimeBudget
from resnet_lab.model.backbone_parts import blocks
from resnet_lab.runs.resolve import runs_with_network

ALL = ("gradients", "responses", "branch", "probes", "similarity", "lesion")


@pytest.fixture
def inspected(fitted_logs, tmp_path):
    logs = Path(shutil.copytree(fitted_logs, tmp_path / "lightning_logs"))
    runs = runs_with_network(["plain34"], logs, "best")
    [data], [checkpoint] = check_inspected_runs(runs, "best")
    return open_inspected_run(runs[0], data, checkpoint, "best")


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def inspect(inspected, what=ALL, seconds=None, draws=2):
    sample = read_sample(inspected.data, 6, seed=0)
    training = read_sample(inspected.data, 40, 0, TRAINING) if "probes" in what else None
    options = InspectionOptions(what, 6, draws, 0, None if seconds is None else seconds / 60)
    shown = []

    def show_progress(steps, name, count):
        shown.append((name, count))
        return steps

    measured = inspect_run(
        inspected, sample, training, options, torch.device("cpu"), TimeBudget(seconds), show_progress
    )
    return measured, inspected.run.path / "inspect", shown


def test_the_files_hold_what_was_measured(inspected):
    measured, folder, shown = inspect(inspected)
    assert sorted(path.name for path in folder.iterdir()) == sorted([*(f"{n}.csv" for n in measured), "inspect.json"])
    assert list(measured) == [measurement.name for measurement in MEASUREMENTS if measurement.what in ALL]
    for name, rows in measured.items():
        read = rows_of(folder / f"{name}.csv")
        assert [{k: "" if v is None else str(v) for k, v in row.items()} for row in rows] == read
    gradients = rows_of(folder / "gradients.csv")
    assert list(gradients[0]) == ["checkpoint", "layer", "position", "norm"]
    assert [row["checkpoint"] for row in gradients] == ["initial"] * 20 + ["best"] * 20
    assert [(row["layer"], row["position"]) for row in gradients[18:21]] == [
        ("layer3.2.conv2", "19"),
        ("fc", "20"),
        ("conv1", "1"),
    ]
    assert all(float(row["norm"]) > 0 for row in gradients)
    inputs = rows_of(folder / "input_gradients.csv")
    assert list(inputs[0]) == ["checkpoint", "block", "position", "correlation", "images"]
    assert len(inputs) == 18
    assert len(rows_of(folder / "responses.csv")) == 19
    lesions = rows_of(folder / "lesion.csv")
    assert list(lesions[0]) == ["checkpoint", "removed", "blocks", "draw", "accuracy", "n", "shape_changing"]
    probes = rows_of(folder / "probes.csv")
    assert [(row["checkpoint"], row["position"]) for row in probes[8:10]] == [("initial", "9"), ("best", "1")]
    assert {(row["n"], row["fitted"]) for row in probes} == {
        ("6", str(len(inspected.data.folder.splits["train"].paths)))
    }
    shares = [(row["checkpoint"], row["block"]) for row in rows_of(folder / "branch.csv") if not row["share"]]
    assert shares == [(which, block) for which in ("initial", "best") for block in ("layer2.0", "layer3.0")]
    assert [int(row["removed"]) for row in lesions[:14]] == [0, *[1] * 7, 2, 3, 4, 5, 6, 7]
    assert {row["n"] for row in lesions} == {"6"}
    assert shown[-1] == ("lesion", len(lesions))


def test_inspect_json_says_how_and_keeps_what_was_measured_before(inspected):
    _, folder, _ = inspect(inspected, ("responses",))
    first = read_json(folder / "inspect.json")
    assert first["format"] == 1
    _, folder, _ = inspect(inspected, ("gradients",))
    measurements = read_json(folder / "inspect.json")["measurements"]
    assert list(measurements) == ["responses", "gradients", "input_gradients"]
    assert measurements["responses"] == first["measurements"]["responses"]
    facts = measurements["input_gradients"]
    assert facts["batchnorm"] == "statistics of the batch (about 32 images), held constant"
    assert facts["asked"] == {"images": 6, "draws": 2, "budget_minutes": None}
    assert facts["sample"]["fingerprint"] == inspected.run.status().fingerprint
    assert (facts["sample"]["n"], facts["cut"], facts["precision"]) == (6, None, "float32")
    assert facts["checkpoint"] == inspected.checkpoint
    assert facts["versions"]["torch"] == version("torch")


def test_the_images_that_probes_are_fitted_on_are_recorded(inspected):
    _, folder, _ = inspect(inspected, ("probes", "responses"))
    measurements = read_json(folder / "inspect.json")["measurements"]
    facts = measurements["probes"]["training_sample"]
    assert (facts["split"], facts["n"]) == ("train", len(inspected.data.folder.splits["train"].paths))
    assert facts["contents_sha256"] != measurements["probes"]["sample"]["contents_sha256"]
    assert measurements["probes"]["batchnorm"].startswith("initial: statistics of the batch")
    assert "training_sample" not in measurements["responses"]


def test_equal_options_give_equal_files(inspected):
    _, folder, _ = inspect(inspected)
    before = {path.name: path.read_text() for path in folder.glob("*.csv")}
    inspect(inspected)
    assert {path.name: path.read_text() for path in folder.glob("*.csv")} == before


def test_a_budget_that_is_over_leaves_the_least_and_says_so(inspected):
    measured, folder, _ = inspect(inspected, seconds=0)
    measurements = read_json(folder / "inspect.json")["measurements"]
    assert len(measured["gradients"]) == 40
    assert len(measured["responses"]) == 19
    assert [row["removed"] for row in measured["lesion"]] == [0]
    assert measurements["lesion"]["cut"] == "0 of 7 single blocks, 0 of 11 random sets of blocks"
    assert measurements["input_gradients"]["cut"] is None  # one batch is the least, and all there is
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


def test_a_failure_in_between_leaves_whole_files_alone(inspected, monkeypatch):
    def broken(*_):
        raise KeyboardInterrupt

    measurements = [replace(m, measure=broken) if m.name == "responses" else m for m in MEASUREMENTS]
    monkeypatch.setattr("resnet_lab.inspection.inspect_run.MEASUREMENTS", measurements)
    with pytest.raises(KeyboardInterrupt):
        inspect(inspected)
    folder = inspected.run.path / "inspect"
    assert sorted(path.name for path in folder.iterdir()) == ["gradients.csv", "input_gradients.csv", "inspect.json"]
    assert list(read_json(folder / "inspect.json")["measurements"]) == ["gradients", "input_gradients"]


def test_a_new_measurement_is_one_object_in_the_list(inspected, monkeypatch):
    """File, columns, facts and the choice by ``--what`` follow from the object."""
    one = Measurement(
        "blocks",
        "structure",
        ("checkpoint", "n"),
        "none",
        lambda given: ([{"checkpoint": given.checkpoint, "n": len(blocks(given.trained))}], "nothing"),
        lambda rows: f"{rows[0]['n']} blocks",
    )
    monkeypatch.setattr("resnet_lab.inspection.inspect_run.MEASUREMENTS", (*MEASUREMENTS, one))
    measured, folder, _ = inspect(inspected, ("structure",))
    assert measured == {"blocks": [{"checkpoint": "best", "n": 9}]}
    assert rows_of(folder / "blocks.csv") == [{"checkpoint": "best", "n": "9"}]
    facts = read_json(folder / "inspect.json")["measurements"]["blocks"]
    assert (facts["batchnorm"], facts["cut"]) == ("none", "nothing")
