"""A study with looks: run to the next look, judged there, and only what is open goes on."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from resnet_lab.cli import main
from resnet_lab.comparison.pairing import pair
from resnet_lab.comparison.results import gather
from resnet_lab.errors import InputError
from resnet_lab.runs import Run
from resnet_lab.study import looks as module
from resnet_lab.study.kept_plan import select_planned
from resnet_lab.study.looks import Looks
from resnet_lab.study.plan import planned_runs, read_study
from resnet_lab.study.resolved_configs import resolve_configs

FILE = """\
cells:
  - {config: plain34.yaml, name: plain20, model: {depth: 20}}
  - {config: resnet34.yaml, name: resnet20, model: {depth: 20}}
  - {config: plain34.yaml, name: plain32, model: {depth: 32}}
  - {config: resnet34.yaml, name: resnet32, model: {depth: 32}}
seeds: [4, 1, 3, 2, 5]
looks: [3, 4, 5]
"""
CELLS_20 = "".join(FILE.splitlines(keepends=True)[1:3])
RIGHT = {"plain20": 15, "resnet20": 57, "plain32": 45, "resnet32": 45}
"""A difference at depth 20 that nobody can miss, and none at depth 32."""


@pytest.fixture
def path(fake, calls, monkeypatch):
    """The study, in the working folder, over a program that fits nothing."""
    monkeypatch.setattr("resnet_lab.program.PROGRAM", fake)
    monkeypatch.setenv("FAKE_RIGHT", json.dumps(RIGHT))
    Path("s.yaml").write_text(FILE)
    return Path("s.yaml")


@pytest.fixture
def looks(path, fake):
    """Read the looks of the file as it is now."""

    def read() -> Looks:
        study = read_study(path)
        return Looks(study, path, {}, planned_runs(study, resolve_configs(study, fake)), Path("lightning_logs"))

    return read


def study(words="s.yaml --threads 1") -> int:
    return main(["study", *words.split()])


def seeds_of(calls, name):
    return [int(call.split(":")[1]) for call in calls() if call.startswith(f"fit {name}:")]


def test_a_decided_contrast_gets_no_further_run_and_the_other_goes_on(path, calls, capsys):
    assert study() == 0
    assert seeds_of(calls, "plain20") == seeds_of(calls, "resnet20") == [4, 1, 3]
    assert seeds_of(calls, "plain32") == seeds_of(calls, "resnet32") == [4, 1, 3, 2, 5]
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("look    plain20")]
    assert lines[0] == "look    plain20, resnet20: 0 of 5 pairs; first look at 3 pairs"
    assert lines[1].startswith(
        "look    plain20, resnet20: 3 of 5 pairs; judged at 3 pairs, higher accuracy: supported, +"
    )
    assert lines[1].endswith("; no further pair is needed")


def test_each_look_has_a_block_and_the_end_names_the_comparison_by_its_plan(path, capsys):
    study()
    out = capsys.readouterr().out
    lines = [line for line in out.splitlines() if line.startswith("look    plain32")]
    assert [line.rpartition("; ")[2] for line in lines] == [
        *("first look at 3 pairs", "next look at 4 pairs", "next look at 5 pairs", "that was the last look")
    ]
    assert all("not decided" in line and "interval -" in line for line in lines[1:])
    assert out.splitlines()[-1] == "next    resnet-lab compare s.yaml --logs lightning_logs"
    planned = read_study(path)
    found = select_planned(planned, path, Path("lightning_logs"))
    selection, off_plan = found.selection, found.off_plan
    results = gather(pair(selection.runs, "model.residual"), (), force=False, plan=planned.plan, off_plan=off_plan)
    assert [finding.seeds for finding in results.findings] == [[1, 3, 4], [1, 2, 3, 4, 5]]
    assert f"higher accuracy: {results.findings[0].claims[0].verdict}, +" in out


START = "model: {depth: 20, init_from: %s}"


def with_starts(*sources):
    arms = ("plain", "resnet") * (len(sources) // 2)
    cells = [
        f"  - {{config: {arm}34.yaml, name: {arm}-{source}, {START % source}}}\n"
        for arm, source in zip(arms, sources, strict=True)
    ]
    return f"cells:\n{''.join(cells)}seeds: [4, 1, 3]\nlooks: [3]\n"


def test_arms_from_sources_of_different_names_are_judged_together(path, looks):
    path.write_text(with_starts("a", "b"))
    assert [standing.cells for standing in looks().standings()[0]] == [("plain-a", "resnet-b")]


def test_two_starts_of_an_arm_are_not_judged_as_one(path, looks):
    path.write_text(with_starts("a", "b", "c", "d"))
    with pytest.raises(InputError, match=r"plain-a, resnet-b, plain-c, resnet-d differ in model.init_from alone"):
        looks().standings()


def test_a_study_that_was_stopped_between_looks_goes_on_right(path, calls):
    assert study("s.yaml --threads 1 --seeds 4 1 3") == 0  # these seeds, and no look
    assert len(calls()) == 24
    assert study() == 0
    assert seeds_of(calls, "plain20") == [4, 1, 3]
    assert seeds_of(calls, "plain32") == [4, 1, 3, 2, 5]
    before = calls()
    assert study() == 0
    assert calls() == before


def test_the_plan_shows_the_runs_up_to_the_next_look(path, calls, capsys):
    assert study("s.yaml --threads 1 --plan") == 0
    out = capsys.readouterr().out
    assert "study   s: 4 cells x 5 seeds, 12 runs in lightning_logs" in out
    assert calls() == []


def test_a_failed_run_holds_up_its_own_contrast_only(path, calls, monkeypatch, capsys):
    monkeypatch.setenv("FAKE_FAILS", "plain20:1")
    assert study() == 1
    out = capsys.readouterr().out
    assert "look    plain20, resnet20: 1 of 5 pairs; first look at 3 pairs\n" in out
    assert seeds_of(calls, "plain20") == [4, 1, 3]
    assert seeds_of(calls, "plain32") == [4, 1, 3, 2, 5]
    assert "failed  plain20 seed 1" in out
    monkeypatch.delenv("FAKE_FAILS")
    assert study() == 0
    assert seeds_of(calls, "plain20") == [4, 1, 3, 1]


@pytest.mark.parametrize("diverges", ["plain32:1", "plain32:4 plain32:1 resnet32:3"])
def test_a_contrast_with_a_diverged_run_is_closed_at_the_next_look(path, calls, monkeypatch, capsys, diverges):
    """Some pairs are lost, or all of them."""
    path.write_text(FILE.replace(CELLS_20, ""))
    monkeypatch.setenv("FAKE_DIVERGES", diverges)
    assert study() == 0
    assert seeds_of(calls, "plain32") == seeds_of(calls, "resnet32") == [4, 1, 3]
    line = [line for line in capsys.readouterr().out.splitlines() if line.startswith("look    ")][-1]
    assert line.startswith("look    plain32, resnet32: 3 of 5 pairs; judged at 3 pairs, ")
    assert "not decided, because runs diverged" in line
    assert line.endswith("; no further pair can decide: a run diverged")


def test_a_plan_that_was_changed_after_the_runs_is_not_judged(path, calls, capsys):
    study("s.yaml --threads 1 --seeds 4 1 3")
    path.write_text(FILE.replace("[3, 4, 5]", "[3, 5]"))
    capsys.readouterr()
    assert study() == 0
    out = capsys.readouterr().out
    assert "note    the runs are not judged, and go on to the last look: these runs do not follow the plan of " in out
    assert "plain20/version_0 (other plan)" in out
    assert "Restore the file, or move the runs away." in out
    assert seeds_of(calls, "plain20") == [4, 1, 3, 2, 5]


def test_runs_of_a_pair_made_unlike_are_not_judged(path, looks, calls):
    study("s.yaml --threads 1 --seeds 4 1 3")
    Run(Path("lightning_logs/plain20/version_0")).update_status({"threads": 7})
    standings, problem = looks().standings()
    assert problem is not None
    assert "threads" in problem
    assert {standing.goal for standing in standings} == {5}


def test_cells_that_are_judged_by_degradation_go_on_together(path, looks):
    path.write_text(FILE + "question: degradation\n")
    [standing], problem = looks().standings()
    assert (standing.cells, standing.goal, problem) == (("plain20", "resnet20", "plain32", "resnet32"), 3, None)
    study("s.yaml --threads 1 --seeds 4 1 3")
    [standing], _ = looks().standings()
    assert standing.claim.key == "degradation"
    assert (standing.look, standing.pairs) == (3, 3)


def test_a_pair_with_two_questions_is_refused(path, looks):
    path.write_text(FILE.replace("{depth: 20}}\n", "{depth: 20}, question: loss}\n", 1))
    with pytest.raises(InputError, match=r"have different questions: plain20 \(loss\) and resnet20 \(accuracy\)"):
        looks().standings()


@pytest.mark.parametrize(
    ("change", "closed"),
    [({"verdict": "undecided"}, None), ({"verdict": "small"}, "decided"), ({"images_forbid": True}, "images")],
)
def test_what_no_further_seed_can_decide_is_closed(path, looks, monkeypatch, change, closed):
    """The verdict of the claim is put in its place: how it comes about is tested in ``comparison``."""
    study("s.yaml --threads 1 --seeds 4 1 3")
    real = module.deciding_claim
    forced = {"verdict": "undecided", **change}
    monkeypatch.setattr(module, "deciding_claim", lambda *of: replace(real(*of), **forced))
    standings, _ = looks().standings()
    assert {standing.closed for standing in standings} == {closed}
