"""Tuning: the names of tuned cells, the choice from the scores of their runs, and the values that are judged."""

import math
from dataclasses import replace

import pytest

from resnet_lab.comparison.plan import LadderEnds, Plan, Tuning
from resnet_lab.comparison.tuning import (
    Choice,
    Chosen,
    cell_at,
    cell_of,
    choice,
    choose,
    judged_values,
    tuned_cells,
    tuning_runs,
    tuning_score,
)
from resnet_lab.errors import InputError
from resnet_lab.files import write_csv
from resnet_lab.runs import check_name

RATES = Tuning("model.lr", (1e-4, 3e-4, 1e-3), "val/accuracy", (100, 101))
PLAN = Plan("s", "", questions={"plain34": "accuracy", "resnet34": "accuracy"}, tuning=RATES)


def scores(*pairs):
    return dict(zip(RATES.values, ({100: first, 101: second} for first, second in pairs), strict=True))


def one(tuning, of_cell):
    return choice(tuning, {"plain34": of_cell})["plain34"]


@pytest.mark.parametrize(
    ("key", "value", "name"),
    [("model.lr", 3e-4, "a-lr0.0003"), ("model.weight_decay", 0, "a-weight_decay0"), ("model.lr", 1e-5, "a-lr1e-05")],
)
def test_a_cell_is_named_by_its_value(key, value, name):
    assert cell_at("a", key, value) == name
    check_name(name)


def test_the_cell_of_a_name_is_that_of_the_file():
    assert {cell_of(PLAN, cell_at("plain34", "model.lr", value)) for value in RATES.values} == {"plain34"}
    assert cell_of(PLAN, "plain34-lr0.5") == "plain34-lr0.5"
    assert cell_of(Plan("s", "", questions={"a": "loss"}), "a") == "a"


def test_the_value_of_the_best_mean_is_chosen():
    found = one(RATES, scores((0.7, 0.74), (0.9, 0.5), (0.71, 0.72)))
    assert (found.value, found.tied, found.edge) == (1e-4, False, "lowest")
    assert [tried.mean for tried in found.tried] == pytest.approx([0.72, 0.7, 0.715])
    assert one(replace(RATES, by="val/loss"), scores((0.7, 0.74), (0.9, 0.5), (0.71, 0.72))).value == 3e-4


def test_a_diverged_run_is_worse_than_any_other():
    assert one(RATES, scores((0.1, 0.1), (0.9, None), (None, None))).value == 1e-4
    assert one(RATES, scores((None, None), (0.1, None), (None, None))).value == 3e-4
    loss = one(replace(RATES, by="val/loss"), scores((9.0, 9.0), (0.1, None), (None, None)))
    assert (loss.value, [tried.mean for tried in loss.tried], [t.diverged for t in loss.tried]) == (
        1e-4,
        [9.0, 0.1, None],
        [0, 1, 2],
    )


@pytest.mark.parametrize(
    ("pairs", "value"),
    [
        (((0.7, 0.8), (0.8, 0.7), (0.75, 0.75)), 3e-4),
        (((0.7, 0.8), (0.1, 0.1), (0.75, 0.75)), 1e-4),
        (((0.1, 0.1), (0.7, 0.8), (0.75, 0.75)), 3e-4),
        (((None, 0.7), (None, 0.7), (None, None)), 3e-4),
    ],
)
def test_of_equal_values_the_one_nearest_the_middle_is_taken(pairs, value):
    found = one(RATES, scores(*pairs))
    assert (found.value, found.tied) == (value, True)


def test_a_value_between_the_ends_is_at_no_edge():
    assert one(RATES, scores((0.1, 0.1), (0.2, 0.2), (0.1, 0.1))).edge is None
    assert one(RATES, scores((0.1, 0.1), (0.2, 0.2), (0.3, 0.3))).edge == "highest"


def test_the_order_of_the_values_does_not_matter():
    backwards = replace(RATES, values=RATES.values[::-1])
    given = scores((0.7, 0.7), (0.6, 0.6), (0.5, 0.5))
    assert one(backwards, given) == one(RATES, given)


def test_the_score_is_that_of_the_best_checkpoint(make_run):
    run = make_run(False, 100)
    rows = run.metrics()
    best = run.status().best_epoch
    assert best != len(rows)
    for by in ("val/accuracy", "train/loss"):
        epoch = best if by.startswith("val/") else len(rows)  # training error is judged by the last checkpoint
        assert tuning_score(run, by) == rows[epoch - 1][by]
    diverged = make_run(False, 101, status={"status": "diverged"})
    assert tuning_score(diverged, "val/accuracy") is None
    rows[0]["val/loss"] = math.nan
    write_csv(run.metrics_path, rows[0].keys(), rows)
    assert tuning_score(run, "val/accuracy") is None


def test_a_run_without_the_metric_is_refused(make_run):
    run = make_run(False, 100)
    rows = [{key: value for key, value in row.items() if key != "val/loss"} for row in run.metrics()]
    write_csv(run.metrics_path, rows[0].keys(), rows)
    with pytest.raises(InputError, match="has no val/loss in the epoch of its best checkpoint: train it again"):
        tuning_score(run, "val/loss")


def chosen(**values):
    return {name: Chosen(value, (), False, None) for name, value in values.items()}


def test_a_cell_that_trains_at_no_value_chooses_none():
    with pytest.raises(InputError, match=r"^All tuning runs of plain34 diverged, so there is no model.lr at which it"):
        one(RATES, scores((None, None), (None, None), (None, None)))


def test_the_control_is_judged_at_both_values_where_they_differ():
    assert tuned_cells(PLAN) == ["plain34", "resnet34"]
    differ = judged_values(PLAN, chosen(plain34=1e-4, resnet34=3e-4), {"plain34": "resnet34"})
    assert differ == {"plain34": (1e-4, 3e-4), "resnet34": (3e-4,)}
    agree = judged_values(PLAN, chosen(plain34=3e-4, resnet34=3e-4), {"plain34": "resnet34"})
    assert agree == {"plain34": (3e-4,), "resnet34": (3e-4,)}
    made = Choice(RATES, chosen(plain34=1e-4, resnet34=3e-4), differ)
    assert made.names == ["plain34-lr0.0001", "plain34-lr0.0003", "resnet34-lr0.0003"]
    assert (made.own_names, made.differs) == (["plain34-lr0.0001", "resnet34-lr0.0003"], True)
    assert not replace(made, values=agree).differs


def test_with_a_ladder_only_the_ends_are_tuned():
    cells = dict.fromkeys(("plain", "dirac", "residual"), "accuracy")
    plan = replace(PLAN, questions=cells, ladder=LadderEnds("plain", "residual"))
    assert tuned_cells(plan) == ["plain", "residual"]
    differ = judged_values(plan, chosen(plain=1e-4, residual=1e-3), {})
    assert differ == {"plain": (1e-4, 1e-3), "dirac": (1e-3,), "residual": (1e-3,)}
    agree = judged_values(plan, chosen(plain=1e-3, residual=1e-3), {})
    assert agree == dict.fromkeys(cells, (1e-3,))


def test_without_a_tuning_no_cell_is_tuned():
    assert tuned_cells(replace(PLAN, tuning=None)) == []


@pytest.fixture
def tune(make_run):
    """Return what makes tuning runs of both arms, with an accuracy per value, and the choice that they make."""

    def made(plain, residual, **changes):
        runs = {}
        for name, seed in tuning_runs(PLAN):
            cell, _, value = name.rpartition("-lr")
            accuracy = (residual if cell == "resnet34" else plain)[float(value)]
            settings = {"model.lr": float(value), **(changes if cell == "resnet34" else {})}
            runs[name, seed] = make_run(cell == "resnet34", seed, accuracy, settings, name=name)
        return choose(PLAN, runs, "model.residual")

    return made


LOW, MIDDLE = {1e-4: 0.9, 3e-4: 0.6, 1e-3: 0.3}, {1e-4: 0.3, 3e-4: 0.9, 1e-3: 0.6}


def test_the_runs_on_disk_make_the_choice(tune):
    made = tune(LOW, MIDDLE)
    assert {cell: found.value for cell, found in made.chosen.items()} == {"plain34": 1e-4, "resnet34": 3e-4}
    assert made.values == {"plain34": (1e-4, 3e-4), "resnet34": (3e-4,)}
    assert (len(made.runs), made.seconds) == (12, 12 * 550.0)


def test_cells_that_differ_in_more_than_the_factor_are_no_pair(tune):
    assert tune(LOW, MIDDLE, **{"model.depth": 18}).values == {"plain34": (1e-4,), "resnet34": (3e-4,)}


def test_no_run_of_a_seed_that_counts_chooses():
    assert {seed for _, seed in tuning_runs(PLAN)} == {100, 101}
    assert len(tuning_runs(PLAN)) == len(set(tuning_runs(PLAN))) == 12
    assert tuning_runs(replace(PLAN, tuning=None)) == []
