"""What is written into a run's folder, whole, and what a budget leaves out."""

import csv
import shutil
from importlib.metadata import version
from pathlib import Path

import pytest
import torch

from resnet_lab.files import read_json
from resnet_lab.inspection.inspect_run import Request, inspect_run
from resnet_lab.inspection.inspected_run import check_subjects, find_subjects, open_subject
from resnet_lab.inspection.sample import read_sample
from resnet_lab.inspection.time_budget import TimeBudget

ALL = ("gradients", "responses", "lesion")


@pytest.fixture
def subject(fitted_logs, tmp_path):
    logs = Path(shutil.copytree(fitted_logs, tmp_path / "lightning_logs"))
    runs = find_subjects(["plain34"], logs, "best")
    [data] = check_subjects(runs, "best")
    return open_subject(runs[0], data, "best")


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def inspect(subject, what=ALL, seconds=None, draws=2):
    sample = read_sample(subject.data, 6, seed=0)
    request = Request(what, 6, draws, 0, None if seconds is None else seconds / 60)
    shown = []

    def display(steps, name, count):
        shown.append((name, count))
        return steps

    tables = inspect_run(subject, sample, request, torch.device("cpu"), TimeBudget(seconds), display)
    return tables, subject.run.path / "inspect", shown


def test_the_files_hold_what_was_measured(subject):
    tables, folder, shown = inspect(subject)
    assert sorted(path.name for path in folder.iterdir()) == sorted([*(f"{n}.csv" for n in tables), "inspect.json"])
    for name, rows in tables.items():
        read = rows_of(folder / f"{name}.csv")
        assert [{k: str(v) for k, v in row.items()} for row in rows] == read
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
    assert [int(row["removed"]) for row in lesions[:14]] == [0, *[1] * 7, 2, 3, 4, 5, 6, 7]
    assert {row["n"] for row in lesions} == {"6"}
    assert shown[-1] == ("lesion", len(lesions))


def test_inspect_json_says_how_and_keeps_what_was_measured_before(subject):
    _, folder, _ = inspect(subject, ("responses",))
    first = read_json(folder / "inspect.json")
    assert first["format"] == 1
    _, folder, _ = inspect(subject, ("gradients",))
    measurements = read_json(folder / "inspect.json")["measurements"]
    assert list(measurements) == ["responses", "gradients", "input_gradients"]
    assert measurements["responses"] == first["measurements"]["responses"]
    facts = measurements["input_gradients"]
    assert facts["batchnorm"] == "statistics of the batch (about 32 images), held constant"
    assert facts["asked"] == {"images": 6, "draws": 2, "budget_minutes": None}
    assert facts["sample"]["fingerprint"] == subject.run.status()["fingerprint"]
    assert (facts["sample"]["n"], facts["cut"], facts["precision"]) == (6, None, "float32")
    assert facts["checkpoint"] == subject.checkpoint
    assert facts["versions"]["torch"] == version("torch")


def test_equal_requests_give_equal_files(subject):
    _, folder, _ = inspect(subject)
    before = {path.name: path.read_text() for path in folder.glob("*.csv")}
    inspect(subject)
    assert {path.name: path.read_text() for path in folder.glob("*.csv")} == before


def test_a_budget_that_is_over_leaves_the_least_and_says_so(subject):
    tables, folder, _ = inspect(subject, seconds=0)
    measurements = read_json(folder / "inspect.json")["measurements"]
    assert len(tables["gradients"]) == 40
    assert len(tables["responses"]) == 19
    assert [row["removed"] for row in tables["lesion"]] == [0]
    assert measurements["lesion"]["cut"] == "0 of 7 single blocks, 0 of 11 random sets of blocks"
    assert measurements["input_gradients"]["cut"] is None  # one batch is the least, and all there is
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


def test_a_failure_in_between_leaves_whole_files_alone(subject, monkeypatch):
    def broken(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("resnet_lab.inspection.inspect_run.response_deviations", broken)
    with pytest.raises(KeyboardInterrupt):
        inspect(subject)
    folder = subject.run.path / "inspect"
    assert sorted(path.name for path in folder.iterdir()) == ["gradients.csv", "input_gradients.csv", "inspect.json"]
    assert list(read_json(folder / "inspect.json")["measurements"]) == ["gradients", "input_gradients"]
