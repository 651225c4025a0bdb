"""Pairs of tuned arms: each arm at its own value, and the control at the treated arm's value beside it."""

import pytest

from resnet_lab.comparison.pairing import pair
from resnet_lab.comparison.plan import Plan, Tuning
from resnet_lab.comparison.results import gather
from resnet_lab.comparison.results_json import as_json
from resnet_lab.comparison.tuned_pairs import pair_planned, pair_tuned
from resnet_lab.comparison.tuning import Choice, Chosen, cell_at
from resnet_lab.errors import InputError

RATES = Tuning("model.lr", (1e-4, 3e-4), "val/accuracy", (100,))
LOW, HIGH = RATES.values
SEEDS = (1, 2, 3, 4)


def choose(plain=LOW, residual=HIGH, cells=("plain34", "resnet34")):
    control, treated = cells
    chosen = {control: Chosen(plain, (), False, "lowest"), treated: Chosen(residual, (), False, "highest")}
    values = {control: tuple(dict.fromkeys((plain, residual))), treated: (residual,)}
    return Choice(RATES, chosen, values)


@pytest.fixture
def make(make_run):
    """Return what makes the runs of a cell at a value."""

    def made(cell, value, accuracy, seeds=SEEDS, status=None, **changes):
        residual, name = cell.startswith("resnet"), cell_at(cell, "model.lr", value)
        settings = {"model.lr": value, **changes}
        return [make_run(residual, seed, accuracy, settings, status, name) for seed in seeds]

    return made


@pytest.fixture
def runs(make):
    return [*make("plain34", LOW, 0.5), *make("plain34", HIGH, 0.4), *make("resnet34", HIGH, 0.9)]


def names(contrast):
    return [run.name for run in next(iter(contrast.pairs.values()))]


def verdict(pairs, key="accuracy"):
    [finding] = gather(pairs, (), force=False).findings
    return next(claim for claim in finding.claims if claim.key == key)


def test_the_treated_arm_is_paired_with_the_control_at_both_values(runs):
    pairs = pair_tuned(runs, "model.residual", choose())
    [first], [second] = pairs.own.contrasts, pairs.seconds
    assert names(first) == ["plain34-lr0.0001", "resnet34-lr0.0003"]
    assert names(second) == ["plain34-lr0.0003", "resnet34-lr0.0003"]
    assert list(first.pairs) == list(second.pairs) == list(SEEDS)
    assert pairs.own.alone == ()
    with pytest.raises(InputError, match=r"No two of these runs differ in model.residual alone"):
        pair([run for run in runs if run.name in (*names(first),)], "model.residual")


def test_supported_needs_both_comparisons(runs, make):
    claim = verdict(pair_tuned(runs, "model.residual", choose()))
    assert (claim.verdict, claim.second.first_verdict, claim.second.verdict) == ("supported",) * 3
    assert claim.second.interval.mean > claim.interval.mean > 0


def test_a_control_that_is_as_good_at_the_other_value_leaves_it_undecided(make):
    runs = [*make("plain34", LOW, 0.5), *make("plain34", HIGH, 0.9), *make("resnet34", HIGH, 0.9)]
    claim = verdict(pair_tuned(runs, "model.residual", choose()))
    assert (claim.verdict, claim.second.first_verdict, claim.second.verdict) == ("undecided", "supported", "undecided")
    assert verdict(pair_tuned(runs, "model.residual", choose()), "loss").verdict == "not_tested"


def test_where_both_chose_one_value_it_is_an_ordinary_pair(make, make_run):
    runs = [*make("plain34", HIGH, 0.4), *make("resnet34", HIGH, 0.9)]
    pairs = pair_tuned(runs, "model.residual", choose(HIGH, HIGH))
    assert pairs.seconds == (None,)
    assert pairs.own == pair(runs, "model.residual")
    assert verdict(pairs).second is None
    assert verdict(pairs) == verdict(pair(runs, "model.residual"))


def test_a_seed_without_the_control_at_both_values_does_not_count(make):
    runs = [*make("plain34", LOW, 0.5), *make("plain34", HIGH, 0.4, SEEDS[:3]), *make("resnet34", HIGH, 0.9)]
    pairs = pair_tuned(runs, "model.residual", choose())
    [first], [second] = pairs.own.contrasts, pairs.seconds
    assert list(first.pairs) == list(second.pairs) == list(SEEDS[:3])
    assert first.unpaired == ("plain34-lr0.0001/version_3", "resnet34-lr0.0003/version_3")
    without = [*make("plain34", LOW, 0.5), *make("resnet34", HIGH, 0.9)]
    with pytest.raises(InputError, match=r"No pair has the control at both values of model.lr, its own and that of"):
        pair_tuned(without, "model.residual", choose())


def test_at_several_depths_each_pair_has_its_own_choice(make):
    shallow = {"model.depth": 18}
    runs = [
        *make("plain34", LOW, 0.5),
        *make("plain34", HIGH, 0.4),
        *make("resnet34", HIGH, 0.9),
        *make("plain18", LOW, 0.5, **shallow),
        *make("resnet18", LOW, 0.9, **shallow),
    ]
    deep, flat = choose(), choose(LOW, LOW, ("plain18", "resnet18"))
    both = Choice(RATES, {**deep.chosen, **flat.chosen}, {**deep.values, **flat.values})
    pairs = pair_tuned(runs, "model.residual", both)
    assert [contrast.axis_value for contrast in pairs.own.contrasts] == [shallow, {"model.depth": 34}]
    assert [second is None for second in pairs.seconds] == [True, False]
    results = gather(pairs, (), force=False)
    assert [finding.claims[0].second is None for finding in results.findings] == [True, False]
    [study] = results.depth_studies
    assert study.claim.second is not None
    lost = [run for run in runs if run.name != "plain34-lr0.0003"]
    alone = pair_tuned(lost, "model.residual", both).own.alone
    assert set(alone) == {run.label for run in lost if run.name.endswith(("34-lr0.0001", "34-lr0.0003"))}


def test_a_control_that_diverges_at_the_other_value_leaves_it_undecided(make):
    diverged = make("plain34", HIGH, 0.4, status={"status": "diverged"})
    runs = [*make("plain34", LOW, 0.5), *diverged, *make("resnet34", HIGH, 0.9)]
    claim = verdict(pair_tuned(runs, "model.residual", choose()))
    assert (claim.verdict, claim.second.first_verdict, claim.second.verdict) == ("diverged", "supported", "diverged")


def test_only_the_seeds_of_the_look_are_judged_in_both(runs):
    questions = {"plain34": "accuracy", "resnet34": "accuracy"}
    plan = Plan("s", "", looks=(3,), seeds=SEEDS, tuning=RATES, questions=questions)
    [finding] = gather(pair_tuned(runs, "model.residual", choose()), (), force=False, plan=plan).findings
    assert list(finding.contrast.pairs) == list(finding.second.pairs) == list(SEEDS[:3])
    assert finding.claims[0].second.interval.n == 3


def test_the_question_of_the_plan_is_that_of_the_cell_in_the_file(runs):
    plan = Plan("s", "", seeds=SEEDS, tuning=RATES, questions={"plain34": "loss", "resnet34": "loss"})
    [finding] = gather(pair_tuned(runs, "model.residual", choose()), (), force=False, plan=plan).findings
    assert [claim.key for claim in finding.claims if claim.primary] == ["loss"]


def test_the_choice_and_the_second_comparison_are_in_the_json(runs):
    content = as_json(gather(pair_tuned(runs, "model.residual", choose()), (), force=False))
    assert content["tuning"]["judged_at"] == {"plain34": [LOW, HIGH], "resnet34": [HIGH]}
    assert content["tuning"]["chosen"]["plain34"]["value"] == LOW
    [contrast] = content["contrasts"]
    assert contrast["second"]["control"]["1"] == "plain34-lr0.0003/version_0"
    assert contrast["claims"][0]["second"]["verdict"] == "supported"


def test_without_a_tuning_the_json_has_no_new_key(make):
    runs = [*make("plain34", HIGH, 0.4), *make("resnet34", HIGH, 0.9)]
    content = as_json(gather(pair_planned(runs, "model.residual", None), (), force=False))
    assert "tuning" not in content
    assert "second" not in content["contrasts"][0]
    assert "second" not in content["contrasts"][0]["claims"][0]
