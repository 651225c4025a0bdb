"""Folder of the plots of several runs; tests/commands/test_inspect.py tests the whole command."""

from pathlib import Path

from resnet_lab.inspection.side_by_side import folder_name
from resnet_lab.runs import Run


def runs(*labels: str) -> list[Run]:
    return [Run(Path("logs") / label) for label in labels]


def test_the_folder_is_named_by_the_runs():
    assert folder_name(runs("plain34/version_0", "resnet34/version_4")) == "plain34-vs-resnet34"
    assert folder_name(runs("resnet34/version_4")) == "resnet34"


def test_runs_of_one_name_are_told_apart():
    labels = ("plain34/version_0", "plain34/version_2", "resnet34/version_0")
    assert folder_name(runs(*labels)) == "plain34-version_0-vs-plain34-version_2-vs-resnet34"


def test_a_name_of_many_runs_stays_one_that_a_disk_takes():
    many = folder_name(runs(*(f"{'long' * 20}{n}/version_0" for n in range(9))))
    assert many == f"{'long' * 20}0-vs-8-more"
