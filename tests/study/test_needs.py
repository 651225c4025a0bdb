"""Planning numbers of a study, against the formula of the plan and by hand."""

from dataclasses import replace
from pathlib import Path

import pytest

from resnet_lab.comparison.image_differences import image_differences
from resnet_lab.comparison.plan import Plan
from resnet_lab.statistics.crossed import crossed
from resnet_lab.statistics.planning import Needed, needed
from resnet_lab.study.cell import Cell
from resnet_lab.study.needs import in_words, needs_lines
from resnet_lab.study.on_disk import Progress
from resnet_lab.study.plan import PlannedRun
from resnet_lab.study.run_rows import RunRow, State

UNKNOWN = "needs   not known yet: the spread shows when pairs are finished"


@pytest.fixture
def rows(make_run, logs, monkeypatch):
    """Return the rows of finished pairs, which took 30 and 60 minutes, and their runs."""
    runs = {}
    monkeypatch.setattr("resnet_lab.study.needs.find_run", lambda planned, logs: runs[planned])

    def made(pairs):
        for seed in range(1, pairs + 1):
            for residual in (False, True):
                name = ("plain34", "resnet34")[residual]
                planned = PlannedRun(Cell(name, Path(name), {}, frozenset()), seed, {})
                runs[planned] = make_run(residual, seed, 0.5 + 0.1 * residual)
        progress = {"plain34": Progress(6, 6, 0.5, 1800), "resnet34": Progress(6, 6, 0.5, 3600)}
        return [RunRow(planned, State.FINISHED, progress[planned.cell.name]) for planned in runs], runs

    return made


def test_the_numbers_are_those_of_the_plan_for_the_level_of_the_last_look(rows, logs):
    made, runs = rows(4)
    pairs = {seed: tuple(run for run in runs.values() if run.status().seed == seed) for seed in range(1, 5)}
    per_image = image_differences(pairs)["test/best/accuracy"]
    analysis = crossed([per_image[seed] for seed in range(1, 5)])
    for worth in (None, 0.3):
        [line] = needs_lines(Plan("s", "0" * 64, worth=worth, seeds=(1, 2, 3, 4)), made, logs, 2)
        expected = in_words(needed(analysis, worth or 0.02, level=0.05), 5400, 2)
        assert line == f"needs   plain34, resnet34: {expected}"
    [line] = needs_lines(Plan("s", "0" * 64, looks=(3, 4), worth=0.3, seeds=(1, 2, 3, 4)), made, logs, 2)
    assert line != f"needs   plain34, resnet34: {in_words(needed(analysis, 0.3, level=0.05), 5400, 2)}"


def test_before_three_pairs_the_spread_is_not_known(rows, logs):
    plan = Plan("s", "0" * 64)
    assert needs_lines(plan, [], logs, 1) == [UNKNOWN]
    made, _ = rows(1)
    assert needs_lines(plan, made[:1], logs, 1) == [UNKNOWN]
    assert needs_lines(plan, [replace(row, state=State.WAITING) for row in made], logs, 1) == [UNKNOWN]
    assert needs_lines(plan, made, logs, 1) == [
        "needs   plain34, resnet34: not known yet: the spread shows when 3 pairs are finished"
    ]


def test_a_study_that_asks_another_question_has_no_numbers_of_accuracy(rows, logs):
    made, _ = rows(3)
    questions = dict.fromkeys(("plain34", "resnet34"), "degradation")
    assert needs_lines(Plan("s", "0" * 64, questions=questions), made, logs, 1) == []


@pytest.mark.parametrize(
    ("seeds", "looks", "per_fold"),
    [(10, (), "2 pairs"), (5, (), "1 pair"), (12, (), "2 or 3 pairs"), (12, (5, 10), "2 pairs")],
)
def test_with_folds_the_pairs_per_fold_are_told(logs, seeds, looks, per_fold):
    plan = Plan("s", "0" * 64, looks, folds=5, seeds=tuple(range(1, seeds + 1)))
    assert needs_lines(plan, [], logs, 1) == [
        "needs   planning from values per image does not apply to folds, which hold out different images; each of the "
        f"5 folds has {per_fold}"
    ]


@pytest.mark.parametrize(
    ("plan", "text"),
    [
        (
            Needed(27, 1100, False, 0.02, 0.8),
            "to find a difference of 2 points with 80% power: 27 seeds and at least 1,100 test images; with the test "
            "images at hand, no number of seeds is enough (about 40 h 30 min in all)",
        ),
        (
            Needed(12, 393, True, 0.01, 0.8),
            "to find a difference of 1 point with 80% power: 12 seeds with the 393 test images at hand, about 18 h 00 "
            "min in all",
        ),
        (
            Needed(None, 393, False, 0.005, 0.8),
            "to find a difference of 0.5 points with 80% power: no number of seeds up to 1,000 is enough",
        ),
    ],
)
def test_a_plan_in_words(plan, text):
    assert in_words(plan, 5400, 1) == text
    assert " min in all" not in in_words(plan, None, 1)
