"""Files of an experiment: the study file means what was planned, and a folder is never taken for another experiment."""

import json
import re
from pathlib import Path

import pytest

from resnet_lab.errors import InputError
from resnet_lab.study.experiment_file import Asked, ExperimentFolder, absolute, experiment_folder, study_text
from resnet_lab.study.experiment_plan import PAIRS, Shape, Size
from resnet_lab.study.plan import read_study

WHOLE = Size(34, 224)
COMMAND = ["experiment", "photos"]


@pytest.fixture
def asked():
    Path("photos").mkdir()
    return Asked(absolute("photos"), minutes=30.0, settings={"data.on_bad_image": "skip", "model.lr": "1e-3"})


@pytest.fixture
def folder(asked):
    return experiment_folder(asked.root, None)


def begin(folder, asked, fingerprint="f"):
    folder.write(asked, study_text(asked, Shape(WHOLE), WHOLE, folder), fingerprint)


@pytest.mark.parametrize(("size", "names"), [(WHOLE, ["plain34", "resnet34"]), (Size(18, 64), ["plain18", "resnet18"])])
def test_the_study_file_is_a_study_of_both_arms(asked, folder, size, names):
    folder.write(asked, study_text(asked, Shape(size, 7), WHOLE, folder), "f")
    study = read_study(folder.study)
    assert [cell.name for cell in study.cells] == names
    assert (study.seeds, study.plan.looks, study.plan.worth) == ((1, 2, 3, 4, 5, 6, 7), (3, 7), 0.02)
    for cell, residual in zip(study.cells, (False, True), strict=True):
        assert cell.planned["model.residual"] is residual
        assert cell.planned.get("model.depth", 34) == size.depth
        assert cell.settings["data.image_size"] == size.pixels
        assert cell.settings["data.root"] == str(Path("photos").absolute())
        assert cell.settings["data.on_bad_image"] == "skip"
        assert float(cell.settings["model.lr"]) == 1e-3


def test_the_study_file_says_how_to_run_it_by_hand_and_what_it_cost(asked, folder):
    text = study_text(asked, Shape(Size(34, 64), 6), WHOLE, folder)
    assert f"resnet-lab study {folder.study} --logs {folder.path}\n" in text
    assert "--minutes 30 --data.on_bad_image skip --model.lr 1e-3\n" in text
    assert len(re.findall(r"^# Cost: ", text, re.MULTILINE)) == 2


def test_the_same_request_goes_on_and_a_new_one_begins(asked, folder):
    assert folder.fingerprint_of(asked, COMMAND) is None
    begin(folder, asked, "abc")
    assert folder.fingerprint_of(asked, COMMAND) == "abc"
    assert folder.fingerprint_of(Asked(asked.root, 30, None, dict(reversed(asked.settings.items()))), COMMAND) == "abc"
    folder.study.unlink()  # killed between its two files
    assert folder.fingerprint_of(asked, COMMAND) is None


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"minutes": 60.0, "settings": {}}, "this command has --minutes 60. To go on with it: resnet-lab experiment "),
        ({}, "this command has no options."),
        ({"minutes": 30.0, "settings": {"model.lr": "2e-3"}}, "this command has --minutes 30 --model.lr 2e-3."),
    ],
)
def test_a_changed_option_is_refused_with_the_command_that_goes_on(asked, folder, other, message):
    begin(folder, asked)
    with pytest.raises(InputError) as error:
        folder.fingerprint_of(Asked(asked.root, **other), COMMAND)
    assert message in str(error.value)
    assert "experiment photos --minutes 30 --data.on_bad_image skip --model.lr 1e-3. " in str(error.value)
    assert "--output" in str(error.value)


def test_other_photographs_of_the_same_name_are_another_experiment(asked, folder):
    begin(folder, asked)
    with pytest.raises(InputError, match=r"holds an experiment on .*photos, not on /elsewhere/photos: name a new"):
        folder.fingerprint_of(Asked("/elsewhere/photos", 30.0, None, asked.settings), COMMAND)


def test_the_same_photographs_by_another_path_go_on(asked, folder, monkeypatch):
    begin(folder, asked, "abc")
    Path("elsewhere").mkdir()
    Path("link").symlink_to("photos")
    monkeypatch.chdir("elsewhere")
    there = ExperimentFolder(Path("..") / folder.path, folder.name)
    for word in ("../photos", "../link"):
        assert there.fingerprint_of(Asked(absolute(word), 30.0, None, asked.settings), COMMAND) == "abc"


def test_a_folder_with_other_things_is_refused(asked, folder):
    (folder.path / "plain34" / "version_0").mkdir(parents=True)
    with pytest.raises(InputError, match="holds other things than an experiment: name a new folder with --output"):
        folder.fingerprint_of(asked, COMMAND)


@pytest.mark.parametrize("content", ["{", "{}", json.dumps({"asked": {"place": 1}, "fingerprint": "f"})])
def test_a_damaged_request_is_refused(asked, folder, content):
    begin(folder, asked)
    (folder.path / "experiment.json").write_text(content)
    with pytest.raises(InputError, match="is damaged"):
        folder.fingerprint_of(asked, COMMAND)


def test_an_experiment_is_named_after_its_photographs(asked):
    assert experiment_folder("builtin:elpv", None).path == Path("lightning_logs/experiments/elpv")
    assert experiment_folder(absolute("list.csv"), None).study.name == "list.yaml"
    assert experiment_folder("/données/été 2026", None).name == "t-2026"
    assert experiment_folder("/写真", None).name == "photographs"
    assert absolute("builtin:elpv") == "builtin:elpv"


def test_the_experiment_does_not_lie_among_the_photographs(asked):
    with pytest.raises(InputError, match="would lie among the photographs"):
        experiment_folder(absolute("."), None)
    with pytest.raises(InputError, match="would lie among the photographs"):
        experiment_folder(asked.root, Path("photos/experiment"))
    assert PAIRS == 12
