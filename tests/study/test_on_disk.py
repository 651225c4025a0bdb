"""The state of a run is read from run folders, and another experiment is never taken for it."""

import json

import pytest

from resnet_lab.errors import InputError
from resnet_lab.runs import Run, claim_run
from resnet_lab.study.cell import Cell
from resnet_lab.study.on_disk import (
    Progress,
    Step,
    find_run,
    is_run_of,
    next_step,
    progress,
    runs_of_seed,
    settled_precision,
    settled_processes,
    settled_threads,
)
from resnet_lab.study.plan import PlannedRun, read_study

CONFIG = {
    "name": "plain34",
    "model.depth": 34,
    "model.residual": False,
    "data.augment": "standard",
    "data.root": "builtin:elpv",
    "trainer.precision": None,
    "trainer.logger": None,
    "trainer.log_every_n_steps": 1,
    "trainer.profiler": None,
}


@pytest.fixture
def planned(tmp_path):
    cell = Cell("plain34", tmp_path / "plain34.yaml", {}, frozenset({"name"}))
    return PlannedRun(cell, 3, CONFIG)


def made(seed: int = 3, **changes):
    """The config of a run, as ``group.key``."""
    return {**CONFIG, "seed_everything": seed, "trainer.precision": "bf16-mixed", **changes}


def leave(logs, status, *files, config=None, epochs=0, **facts) -> Run:
    """Leave a run folder."""
    run = claim_run(logs, "plain34")
    nested: dict = {}
    for key, value in (config or made()).items():
        group, _, inner = key.rpartition(".")
        (nested.setdefault(group, {}) if group else nested)[inner] = value
    run.config_path.write_text(json.dumps(nested))
    rows = [f"{epoch},0.{epoch},30" for epoch in range(1, epochs + 1)]
    run.metrics_path.write_text("\n".join(["epoch,val/accuracy,time/epoch_seconds", *rows]) + "\n")
    run.update_status({"status": status, "threads": 2, "max_epochs": 10, **facts})
    for name in files:
        (run.path / name).parent.mkdir(parents=True, exist_ok=True)
        (run.path / name).touch()
    return run


BOTH = ("checkpoints/best.ckpt", "checkpoints/last.ckpt")
TESTED = ("test/metrics.json", "test/predictions.csv")


@pytest.mark.parametrize(
    ("config", "is_one"),
    [
        (made(), True),
        (made(seed=4), False),
        (made(**{"model.depth": 18}), False),
        (made(**{"data.augment": "none"}), False),
        (made(name="mine"), False),
        (made(**{"trainer.precision": "32-true"}), True),  # the plan leaves it to the hardware
        (made(**{"trainer.default_root_dir": "x", "data.num_workers": 8, "allocator": "system"}), True),
        (made(**{"trainer.logger": False, "trainer.log_every_n_steps": 5, "trainer.profiler": "simple"}), True),
        (made(**{"trainer.logger": {"class_path": "WandbLogger"}}), True),
        (made(**{"trainer.logger.init_args.project": "cells"}), True),
        (made(**{"data.root": "photographs"}), False),  # perhaps of the same images, perhaps not
        (made(**{"model.new": 1}), False),
        (made(**{"model.new": None}), True),
        ({key: value for key, value in made().items() if key != "data.augment"}, True),  # older than the key
    ],
)
def test_a_run_is_the_planned_one_if_every_key_that_matters_is_equal(planned, config, is_one):
    assert is_run_of(config, planned) == is_one


def test_a_run_older_than_a_key_is_not_one_where_the_key_was_named(tmp_path):
    planned = PlannedRun(Cell("plain34", tmp_path, {}, frozenset({"model.depth"})), 3, CONFIG)
    assert is_run_of(made(), planned)
    assert not is_run_of({key: value for key, value in made().items() if key != "model.depth"}, planned)


@pytest.mark.parametrize(("augment", "is_one"), [("standard", True), ("none", False)])
def test_what_a_run_did_before_our_own_key_was_there_is_known(tmp_path, augment, is_one):
    config = {**CONFIG, "data.augment": augment}
    planned = PlannedRun(Cell("plain34", tmp_path, {}, frozenset({"data.augment"})), 3, config)
    assert is_run_of({key: value for key, value in made().items() if key != "data.augment"}, planned) == is_one
    assert not is_run_of(made(compile=True), planned)


def test_a_precision_that_was_planned_must_be_the_runs(tmp_path):
    planned = PlannedRun(Cell("plain34", tmp_path, {}, frozenset()), 3, {**CONFIG, "trainer.precision": "32-true"})
    assert not is_run_of(made(), planned)
    assert is_run_of(made(**{"trainer.precision": "32-true"}), planned)


@pytest.mark.parametrize(
    ("status", "files", "step"),
    [
        ("finished", (*BOTH, *TESTED), Step.NOTHING),
        ("finished", TESTED, Step.NOTHING),  # its checkpoints are gone
        ("finished", BOTH, Step.TEST),
        ("finished", (*BOTH, TESTED[0]), Step.TEST),  # killed between the two files
        ("finished", BOTH[:1], Step.LOST),
        ("finished", (), Step.LOST),
        ("running", BOTH, Step.RESUME),
        ("running", ("checkpoints/resume/step_00000100.ckpt",), Step.RESUME),  # within its first epoch
        ("interrupted", BOTH, Step.RESUME),
        ("failed", BOTH[1:], Step.RESUME),
        ("running", (), Step.FIT),  # killed before there was anything to go on from
        ("running", TESTED, Step.FIT),
    ],
)
def test_the_next_step(tmp_path, planned, status, files, step):
    run = leave(tmp_path, status, *files)
    assert find_run(planned, tmp_path) == run
    assert next_step(run) is step


def test_a_test_that_was_killed_before_its_digests_is_made_again(tmp_path, planned):
    run = leave(tmp_path, "finished", *BOTH, *TESTED, digests={"metrics.csv": "ab"})
    assert next_step(run) is Step.TEST
    run.update_status({"digests": {"metrics.csv": "ab", **dict.fromkeys(TESTED, "cd")}})
    assert next_step(run) is Step.NOTHING


def test_without_a_run_the_next_step_is_to_fit(tmp_path, planned):
    leave(tmp_path, "finished", config=made(seed=4))
    claim_run(tmp_path, "plain34")  # a folder that another process has just claimed
    assert find_run(planned, tmp_path) is None
    assert next_step(None) is Step.FIT


def test_of_several_runs_the_one_that_is_furthest_counts(tmp_path, planned):
    kinds = [
        ("finished", (*BOTH, *TESTED)),
        ("finished", BOTH),
        ("interrupted", BOTH),
        ("running", ()),
    ]
    for status, files in reversed(kinds):
        run = leave(tmp_path, status, *files)
        assert find_run(planned, tmp_path) == run
    leave(tmp_path, "running")
    assert find_run(planned, tmp_path) == run
    assert find_run(planned, tmp_path) != leave(tmp_path, "finished", *TESTED, config=made(seed=5))


def test_progress_is_that_of_the_metrics(tmp_path):
    assert progress(None) == Progress() == Progress(0, None, None, None)
    assert progress(leave(tmp_path, "running")) == Progress(0, 10, None, None)
    run = leave(tmp_path, "running", epochs=4)
    assert progress(run) == Progress(4, 10, 0.4, 300)
    assert progress(run).share_left == pytest.approx(0.6)
    assert progress(leave(tmp_path, "running", epochs=4, max_epochs=-1)) == Progress(4, None, 0.4, None)


def test_a_finished_run_took_what_it_took_and_its_epochs_are_all(tmp_path):
    run = leave(tmp_path, "finished", epochs=4, wall_seconds=140.0)
    run.update_status({"epochs": 4})
    assert progress(run) == Progress(4, 4, 0.4, 140.0)
    assert progress(run).share_left == 0


def test_a_run_may_finish_while_its_progress_is_read(tmp_path, monkeypatch):
    run, read_metrics = leave(tmp_path, "running", epochs=4), Run.metrics

    def finish_and_read(self):
        self.update_status({"status": "finished", "epochs": 4, "wall_seconds": 140.0})
        return read_metrics(self)

    monkeypatch.setattr(Run, "metrics", finish_and_read)
    assert progress(run) == Progress(4, 10, 0.4, 300)
    assert progress(run) == Progress(4, 4, 0.4, 140.0)


def test_a_status_that_is_none_is_an_error(tmp_path, planned):
    run = leave(tmp_path, "finished")
    (run.path / "status.json").write_text("[]")
    with pytest.raises(InputError) as error:
        find_run(planned, tmp_path)
    assert str(error.value) == f"{run.path}/status.json is damaged or foreign: it holds no JSON object."


def test_the_runs_of_a_seed_are_recognized_by_what_the_plan_names(tmp_path):
    (tmp_path / "plain.yaml").write_text("name: plain34\nmodel: {depth: 34}\n")
    (tmp_path / "s.yaml").write_text("cells: [plain.yaml]\nseeds: [3, 4]\ntrainer: {max_epochs: 10}\n")
    study = read_study(tmp_path / "s.yaml")
    logs = tmp_path / "logs"
    ten = {"trainer.max_epochs": 10}
    assert runs_of_seed(study, 3, logs) == []
    leave(logs, "running", config=made(**ten))  # it will be started anew
    leave(logs, "finished", *BOTH, config=made(seed=4, **ten))
    leave(logs, "finished", *BOTH, config=made(**ten, **{"model.depth": 18}))
    leave(logs, "finished", *BOTH, config=made())  # an older or other number of epochs
    assert runs_of_seed(study, 3, logs) == []
    run = leave(logs, "interrupted", *BOTH, config=made(**ten))
    assert runs_of_seed(study, 3, logs) == [run]
    assert settled_threads([run]) == {2}
    assert settled_processes([run]) == {1}
    run.update_status({"processes": 4})
    assert settled_processes([run]) == {4}
    assert settled_precision([run]) == "bf16-mixed"
    assert (settled_threads([]), settled_precision([])) == (set(), None)


@pytest.mark.parametrize("files", [(), BOTH])
def test_a_diverged_run_is_a_result(tmp_path, planned, files):
    run = leave(tmp_path, "diverged", *files)
    leave(tmp_path, "interrupted", *BOTH)
    assert find_run(planned, tmp_path) == run
    assert next_step(run) is Step.NOTHING
