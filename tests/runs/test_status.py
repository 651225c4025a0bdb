"""Typed status of a run, against the JSON of the file."""

import dataclasses
import json
from pathlib import Path

import pytest

from resnet_lab.errors import InputError
from resnet_lab.runs import Run, Status, claim_run
from resnet_lab.runs.status import Hardware, MissingFactError, RecordedPlan, required_fields

ASSETS = Path(__file__).parents[1] / "assets" / "runs"
START = {
    "started": "2026-11-24T10:00:00+00:00",
    "name": "plain34",
    "arm": "Plain-34",
    "parameters": 21_111_874,
    "seed": 3,
    "root": "cells",
    "classes": ["cracked", "fine"],
    "split_sizes": {"train": 28, "val": 6, "test": 6},
    "fingerprint": "f00dcafe" * 8,
    "max_epochs": 10,
    "precision": "32-true",
    "threads": 2,
    "hardware": {"device": "cpu", "processor": "A Processor", "instructions": ["avx2"], "cores": 2},
    "versions": {"torch": "2.14.1"},
    "git_commit": None,
}
END = {"epochs": 10, "best_epoch": 7, "wall_seconds": 90}


@pytest.fixture
def run(tmp_path) -> Run:
    return claim_run(tmp_path, "plain34")


@pytest.mark.parametrize("run", [Run(ASSETS / arm / "version_0") for arm in ("plain34", "resnet34")], ids=str)
def test_a_finished_run_is_read_as_it_was_written(run):
    content = json.loads((run.path / "status.json").read_text())
    status = run.status()
    read = json.loads(json.dumps(dataclasses.asdict(status)))
    assert {key: read[key] for key in content} == {**content, "hardware": {**content["hardware"], "accelerator": None}}
    assert isinstance(status.hardware, Hardware)
    assert status.classes == ("defective", "functional")
    assert status.checkpoint_epochs == {"last": content["epochs"], "best": content["best_epoch"]}
    with pytest.raises(dataclasses.FrozenInstanceError):
        status.seed = 1


def test_what_an_early_run_does_not_say_has_a_default(run):
    run.update_status({"status": "finished", **START, **END})
    status = run.status()
    assert (status.processes, status.compiled, status.resumed) == (1, False, ())
    assert (status.skipped, status.leaks, status.allocator, status.error) == (None, None, None, None)
    assert status.class_counts is None
    assert (status.peak_memory_mb, status.peak_share, status.hardware.accelerator) == (None, None, None)
    assert required_fields(Status) == {*START, *END}
    assert required_fields(Hardware) == START["hardware"].keys()


def test_a_running_run_lacks_what_is_written_at_its_end(run):
    run.update_status({"status": "running", **START})
    status = run.status()
    assert (status.status, status.seed, status.git_commit) == ("running", 3, None)
    for field in END:
        assert not hasattr(status, field)
    run.replace_status({"status": "running"})
    assert run.status().status == "running"
    with pytest.raises(MissingFactError, match=r"status\.json is damaged or foreign: it lacks seed\. Put"):
        run.status().seed  # noqa: B018 -- the read is what is tested
    assert issubclass(MissingFactError, InputError)  # one paragraph at the command line
    run.replace_status({**START, "hardware": {}})
    with pytest.raises(MissingFactError, match=r"status\.json .* it lacks processor"):
        run.status().hardware.processor  # noqa: B018
    with pytest.raises(AttributeError, match="no_fact"):
        run.status().no_fact  # noqa: B018
    run.replace_status({})
    assert run.status().status is None


def test_an_unknown_key_is_kept_in_the_file_and_out_of_the_status(run):
    hardware = {**START["hardware"], "fans": 3}
    run.update_status({**START, **END, "hardware": hardware, "mood": "good", "stages": 1})
    run.update_status({"status": "finished"})
    assert (run.status_content()["mood"], run.status_content()["hardware"]["fans"]) == ("good", 3)
    assert not hasattr(run.status(), "mood")
    assert not hasattr(run.status().hardware, "fans")
    assert run.status().stages() == [run.status()]


def test_each_resumption_is_a_stage_with_what_had_changed(run):
    other = {**START["hardware"], "processor": "Another"}
    resumed = [
        {"at": "2026", "epoch": 3, "step": 9, "threads": 64, "git_commit": "f" * 40},
        {"at": "2026", "hardware": other},
    ]
    run.update_status({**START, **END, "resumed": resumed})
    stages = run.status().stages()
    assert [stage.threads for stage in stages] == [2, 64, 2]
    assert [stage.git_commit for stage in stages] == [None, "f" * 40, None]
    assert [stage.hardware.processor for stage in stages] == ["A Processor", "A Processor", "Another"]
    assert {stage.seed for stage in stages} == {3}


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"format": "x"}, "format is no whole number"),
        ({"seed": "3"}, "seed is no whole number"),
        ({"seed": None}, "seed is no whole number"),
        ({"threads": 2.5}, "threads is no whole number"),
        ({"wall_seconds": "long"}, "wall_seconds is no number"),
        ({"git_commit": 7}, "git_commit is no text"),
        ({"compiled": "no"}, "compiled is no truth value"),
        ({"classes": "fine"}, "classes is no list"),
        ({"classes": ["fine", 1]}, r"classes\[1\] is no text"),
        ({"split_sizes": [28, 6, 6]}, "split_sizes is no object"),
        ({"split_sizes": {"train": "28"}}, r"split_sizes\.train is no whole number"),
        ({"hardware": "cpu"}, "hardware is no object"),
        ({"hardware": {"cores": "two"}}, r"hardware\.cores is no whole number"),
        ({"resumed": [{"at": "2026", "hardware": []}]}, r"resumed\[0\]\.hardware is no object"),
    ],
)
def test_a_value_of_another_type_is_named_with_file_and_key(run, changes, text):
    run.update_status({**START, **END, **changes})
    with pytest.raises(InputError, match=rf"version_0/status\.json is damaged or foreign: {text}\.$"):
        run.status()


def test_the_plan_of_a_run_is_typed_and_an_early_run_has_none(run):
    run.update_status({"status": "finished", **START, **END})
    assert run.status().plan is None
    run.update_status({"plan": {"study": "residual", "digest": "a" * 64}})
    assert run.status().plan == RecordedPlan(study="residual", digest="a" * 64)
