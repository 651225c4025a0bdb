"""The plan and the end, word by word."""

import json
from dataclasses import replace

import pytest

from resnet_lab.comparison.plan import Plan
from resnet_lab.study.folder import StudyFolder
from resnet_lab.study.places.local import LocalPlaces
from resnet_lab.study.plan import PlannedRun, Study
from resnet_lab.study.report import end_block, plan_block, unlike
from resnet_lab.study.run_rows import Failure, State
from resnet_lab.study.runner import Runner


@pytest.fixture
def study(plan):
    cells = (plan[0].cell, plan[1].cell)
    return Study("residual", cells, (0, 1), Plan("residual", "0" * 64, seeds=(0, 1)), cells)


@pytest.fixture
def folder(tmp_path):
    return StudyFolder(tmp_path / "my logs", "residual")


def test_the_plan_names_cells_factors_places_and_time(study, folder, row):
    rows = [row(0, State.FINISHED, 10, 3600), row(1, State.WAITING), row(2, State.WAITING), row(3, State.WAITING)]
    assert plan_block(study, rows, folder, jobs=2, threads=1, by_seed={}, place=2).splitlines() == [
        f"study   residual: 2 cells x 2 seeds, 4 runs in {folder.logs}",
        "cells   plain34 (plain34.yaml), resnet34 (resnet34.yaml)",
        "differ  model.residual: false (plain34), true (resnet34)",
        "runs    2 at a time, 1 thread each, on 2 cores",
        "seeds   0 of 2 done",
        "time    about 2 h 00 min for the 3 runs left, 1 h 00 min per run, estimated from 1 timed run",
    ]


@pytest.mark.parametrize(
    ("states", "text"),
    [
        ([State.WAITING] * 2, "unknown for the 2 runs left, until a run of this study has been timed"),
        ([State.FINISHED] * 2, "all runs are finished"),
    ],
)
def test_without_a_timed_run_nothing_is_foretold(study, folder, row, states, text):
    rows = [row(index, state) for index, state in enumerate(states)]
    assert plan_block(study, rows, folder, jobs=1, threads=2, by_seed={}, place=2).splitlines()[-1] == f"time    {text}"


def test_a_few_steps_foretell_a_study_without_a_run(study, folder, row):
    rows = [row(0, State.WAITING), row(1, State.WAITING)]
    names = [row.planned.cell.name for row in rows]
    for seconds, text in (((600, 1200), "10 min to 20 min"), ((600, 610), "10 min")):
        block = plan_block(
            study,
            rows,
            folder,
            jobs=1,
            threads=2,
            by_seed={},
            place=2,
            from_steps=dict(zip(names, seconds, strict=True)),
        )
        assert f"for the 2 runs left, {text} per run, estimated from a few steps timed now" in block
    assert "\ntime    about 20 min for" in block


def test_where_only_tests_are_left_no_time_is_made_up(study, folder, row):
    rows = [row(0, State.WAITING, 10, 600), row(1, State.FINISHED, 10, 600)]
    assert "\ntime    only the tests of 1 run are left" in plan_block(
        study, rows, folder, jobs=1, threads=2, by_seed={}, place=2
    )


def test_more_threads_than_cores_are_remarked_and_an_array_has_no_cores(study, folder, row):
    rows = [row(0, State.WAITING)]
    text = plan_block(study, rows, folder, jobs=2, threads=4, by_seed={}, place=2)
    assert text.endswith("note    2 x 4 threads on 2 cores: the runs slow each other down")
    text = plan_block(study, rows, folder, jobs=2, threads=4, by_seed={}, place="as an array of SLURM")
    assert "\nruns    2 at a time, 4 threads each, as an array of SLURM\n" in text
    assert "note" not in text


def test_a_machine_with_gpus_has_a_line_of_its_own(study, folder, row):
    block = plan_block(study, [row(0, State.WAITING)], folder, jobs=2, threads=1, by_seed={}, place=2, gpus="2 GPUs")
    assert "\nplace   2 GPUs\nseeds   " in block


def test_cells_that_are_alone_or_the_same_are_remarked(study, folder, row, plan):
    assert "\ndiffer  nothing: there is only one cell\n" in plan_block(
        study, [row(0, State.WAITING)], folder, jobs=1, threads=1, by_seed={}, place=1
    )
    same = PlannedRun(replace(plan[0].cell, name="other"), 0, {**plan[0].config, "name": "other"})
    rows = [row(0, State.WAITING), replace(row(0, State.WAITING), planned=same)]
    assert "\ndiffer  only the names: the cells are the same experiment\n" in plan_block(
        study, rows, folder, jobs=1, threads=1, by_seed={}, place=1
    )


def test_the_end_says_why_runs_failed_and_what_comes_next(folder, row):
    rows = [row(0, State.FINISHED, 10), row(1, State.FINISHED, 10), row(2, State.FAILED), row(3, State.FAILED)]
    failures = [Failure(rows[2], "fit ended with exit code 2.", ("a", "b")), Failure(rows[3], "It is lost.")]
    assert end_block(rows, failures, folder, None).splitlines() == [
        "failed  plain34 seed 1: fit ended with exit code 2.",
        "        | a",
        "        | b",
        f"        full log: {folder.path}/plain34-seed1.log",
        "failed  resnet34 seed 1: It is lost.",
        "study   2 of 4 finished, 2 failed",
        "note    the same command tries the failed runs again",
        f"next    resnet-lab compare plain34 resnet34 --logs '{folder.logs}'",
    ]


def test_a_study_that_was_stopped_says_how_it_goes_on(folder, row):
    rows = [row(0, State.FINISHED, 10), row(1, State.FINISHED, 10), row(2, State.WAITING)]
    assert end_block(rows, [], folder, "SIGTERM").splitlines() == [
        "study   2 of 3 finished",
        "note    stopped by SIGTERM; the same command continues the study",
    ]


def test_a_begun_seed_with_other_threads_is_remarked(study, folder, row):
    rows = [row(1, State.WAITING), row(2, State.WAITING)]
    text = plan_block(study, rows, folder, jobs=1, threads=2, by_seed={0: 3, 1: 2}, place=2)
    assert text.splitlines()[-2:] == [
        "note    the open runs of seed 0 get 3 threads, as the runs that it has",
        "note    1 x 3 threads on 2 cores: the runs slow each other down",
    ]


def test_of_many_cells_the_frequent_value_is_named_once_and_without_them(study, folder, row, plan):
    settings = {"a": {}, "b": {"model.init": "dirac"}, "c": {"model.init": "dirac", "model.lr": 0.1}, "d": {}}
    base = {"model.init": "kaiming_normal", "model.lr": 0.01}
    rows = [
        replace(
            row(0, State.WAITING),
            planned=PlannedRun(replace(plan[0].cell, name=name), 0, {"name": name, **base, **own}),
        )
        for name, own in settings.items()
    ]
    lines = plan_block(study, rows, folder, jobs=1, threads=1, by_seed={}, place=1).splitlines()
    start = lines.index("differ  model.init: dirac (b, c), else kaiming_normal")
    assert lines[start + 1] == "        model.lr: 0.1 (c), else 0.01"


def test_conditions_in_which_runs_of_a_seed_differ_are_named(study, folder, plan, fake, calls):
    class Blind:
        def show(self, rows, left):
            pass

    runner = Runner(
        plan, folder, study=study, jobs=1, threads=1, display=Blind(), program=fake, places=LocalPlaces(), pause=0.01
    )
    runner.run()
    assert unlike(runner.rows, folder) == []  # the factor of the cells is no condition
    paths = [folder.logs / name / "version_0" / "status.json" for name in ("plain34", "resnet34")]
    for path, text in zip(paths, [json.dumps({**json.loads(p.read_text()), "threads": 5}) for p in paths], strict=True):
        path.write_text(text)
    assert unlike(runner.rows, folder) == []  # one pair differs from the other, and its runs agree
    paths[0].write_text(json.dumps({**json.loads(paths[0].read_text()), "versions": {"torch": "2.15.0"}}))
    said = "0 differ in versions.torch: 2.15.0 (plain34/version_0), 2.14.1 (resnet34/version_0)"
    assert unlike(runner.rows, folder) == [said]
    assert f"\nnote    the runs of seed {said}\n" in end_block(runner.rows, [], folder, None)
