"""Runs that follow a plan: by the digest in their status, or by the plan in their commit."""

import subprocess

import pytest

from resnet_lab.comparison.plan import OffPlan
from resnet_lab.comparison.selection import NotReady
from resnet_lab.errors import InputError
from resnet_lab.study.kept_plan import off_plan, select_planned
from resnet_lab.study.plan import read_study

FILE = "cells: [plain.yaml, resnet.yaml]\nseeds: [1, 2, 3]\nlooks: [3]\n"


@pytest.fixture
def path(tmp_path):
    """A study beside its configs, in a folder of its own."""
    folder = tmp_path / "experiment"
    folder.mkdir()
    (folder / "plain.yaml").write_text("name: plain34\nmodel: {residual: false}\n")
    (folder / "resnet.yaml").write_text("name: resnet34\nmodel: {residual: true}\n")
    (folder / "s.yaml").write_text(FILE)
    return folder / "s.yaml"


@pytest.fixture
def commit(path):
    """Commit the folder and return the commit."""

    def git(*words):
        identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
        return subprocess.run(
            ["git", *identity, *words], cwd=path.parent, check=True, capture_output=True, text=True, timeout=300
        ).stdout.strip()

    def made():
        git("init", "-q")
        git("add", ".")
        git("commit", "-qm", "a plan")
        return git("rev-parse", "HEAD")

    return made


def reasons(path, runs, **overrides):
    return {run.run: run.reason for run in off_plan(read_study(path, overrides), path, runs, overrides)}


def test_a_run_that_recorded_the_plan_follows_it_until_the_plan_is_changed(path, make_run):
    digest = read_study(path).plan.digest
    runs = [make_run(residual, 1, status={"plan": {"study": "s", "digest": digest}}) for residual in (False, True)]
    assert reasons(path, runs) == {}
    path.write_text("# a comment changes nothing\n" + FILE)
    assert reasons(path, runs) == {}
    path.write_text(FILE.replace("seeds: [1, 2, 3]", "seeds: [1, 2, 3, 4]").replace("looks: [3]", "looks: [3, 4]"))
    assert reasons(path, runs) == {"plain34/version_0": "other_plan", "resnet34/version_0": "other_plan"}


def test_a_run_by_hand_has_no_plan(path, make_run, commit):
    run = make_run(False, 1, status={"plan": None, "git_commit": commit()})
    assert reasons(path, [run]) == {run.label: "by_hand"}


@pytest.mark.parametrize("mark", ["", "-dirty"])
def test_an_older_run_counts_if_its_commit_contains_the_plan(path, make_run, commit, mark):
    first = commit()
    run = make_run(False, 1, status={"git_commit": first + mark})
    assert reasons(path, [run]) == {}
    path.write_text(FILE.replace("looks: [3]\n", ""))
    assert reasons(path, [run]) == {run.label: "not_in_commit"}
    later = make_run(False, 2, status={"git_commit": commit()})
    assert reasons(path, [run, later]) == {run.label: "not_in_commit"}


def test_a_config_that_changed_since_is_another_plan(path, make_run, commit):
    run = make_run(False, 1, status={"git_commit": commit()})
    (path.parent / "plain.yaml").write_text("name: plain34\nmodel: {residual: false, lr: 1.0e-3}\n")
    assert reasons(path, [run]) == {run.label: "not_in_commit"}


@pytest.mark.parametrize("commit_of_run", [None, "0" * 40, "--output=x", "HEAD"])
def test_an_older_run_of_an_unknown_commit_does_not_count(path, make_run, commit, commit_of_run):
    commit()
    run = make_run(False, 1, status={"git_commit": commit_of_run})
    assert reasons(path, [run]) == {run.label: "not_in_commit"}


def test_without_a_repository_no_commit_is_known(path, make_run):
    run = make_run(False, 1, status={"git_commit": "0" * 40})
    assert reasons(path, [run]) == {run.label: "not_in_commit"}


def test_an_older_run_of_other_settings_or_another_seed_does_not_count(path, make_run, commit):
    (path.parent / "plain.yaml").write_text("name: plain34\nmodel: {residual: false, lr: 3.0e-4}\n")
    made = {"git_commit": commit()}
    good, other, unplanned = (
        make_run(False, 1, status=made),
        make_run(False, 2, changes={"model.lr": 0.1}, status=made),
        make_run(False, 7, status=made),
    )
    assert reasons(path, [good, other, unplanned]) == dict.fromkeys((other.label, unplanned.label), "other_settings")


def test_settings_of_the_command_line_are_part_of_the_plan(path, make_run):
    small = {"data.image_size": "32"}
    digest = read_study(path, small).plan.digest
    run = make_run(False, 1, status={"plan": {"study": "s", "digest": digest}})
    assert reasons(path, [run], **small) == {}
    assert reasons(path, [run]) == {run.label: "other_plan"}


def test_the_runs_of_a_study_are_those_of_its_cells_and_seeds(path, make_run, logs):
    plan = {"plan": {"study": "s", "digest": read_study(path).plan.digest}}
    kept = [make_run(residual, seed, status=plan) for seed in (1, 3) for residual in (False, True)]
    make_run(False, 9, status=plan)
    make_run(False, 1, name="other")
    planned = select_planned(read_study(path), path, logs)
    selection, off = planned.selection, planned.off_plan
    assert {run.path for run in selection.runs} == {run.path for run in kept}
    assert off == ()
    by_hand = make_run(True, 2, status={"plan": None})
    assert select_planned(read_study(path), path, logs).off_plan == (OffPlan(by_hand.label, "by_hand"),)


@pytest.fixture
def four_pairs(path, make_run):
    """Four finished pairs of a plan with looks at three and four of them, by arm."""
    path.write_text("cells: [plain.yaml, resnet.yaml]\nseeds: [1, 2, 3, 4]\nlooks: [3, 4]\n")
    plan = {"plan": {"study": "s", "digest": read_study(path).plan.digest}}
    return {arm: [make_run(arm, seed, status=plan) for seed in (1, 2, 3, 4)] for arm in (False, True)}


@pytest.mark.parametrize(
    ("name", "content", "state"), [("test/metrics.json", None, "untested"), ("metrics.csv", "epoch\n", "damaged")]
)
def test_a_later_run_that_cannot_be_used_does_not_block_a_complete_look(path, four_pairs, logs, name, content, state):
    *first, last = four_pairs[True]
    (last.path / name).unlink() if content is None else (last.path / name).write_text(content)
    planned = select_planned(read_study(path), path, logs)
    selection, off = planned.selection, planned.off_plan
    assert set(selection.runs) == {*four_pairs[False], *first}
    assert (selection.not_ready, off) == ((NotReady(last.label, state),), ())


def test_a_run_of_the_first_look_that_cannot_be_used_is_refused(path, four_pairs, logs):
    (four_pairs[True][1].path / "test" / "metrics.json").unlink()
    with pytest.raises(InputError, match="it is trained, but not tested"):
        select_planned(read_study(path), path, logs)


def test_a_study_without_a_run_of_its_seeds_says_what_to_run(path, make_run, logs):
    make_run(False, 9)
    with pytest.raises(
        InputError, match=r"No finished run in .* has a seed of .*s.yaml: run resnet-lab study .*s.yaml"
    ):
        select_planned(read_study(path), path, logs)
