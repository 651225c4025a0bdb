"""Verdicts: on whose side an interval must lie, how many pairs it takes, and how often equal arms get one."""

import math
from pathlib import Path

import numpy as np
import pytest

from resnet_lab.comparison.claims import QUESTIONS, VERDICTS, judge, judge_measures, net_pairs
from resnet_lab.comparison.holm import holm
from resnet_lab.comparison.intervals import paired_t
from resnet_lab.comparison.mcnemar import paired_proportions
from resnet_lab.comparison.permutation import MOST_PAIRS
from resnet_lab.errors import InputError
from resnet_lab.runs import Run, write_csv

REFERENCE = Path(__file__).parents[2] / "lightning_logs" / "reference"
MEASURED = [question for question in QUESTIONS if question.measure is not None]
NOISE = (0.9, 1.1, 1.0, 0.8, 1.2)


def pairs_of(differences):
    """Figures of pairs whose treated minus control is ``differences[key]``, by seed; 1.0 for the control."""
    number = max(len(values) for values in differences.values())
    measure = {question.key: question.measure for question in QUESTIONS}
    return {
        seed: (
            {measure[key]: 1.0 for key in differences},
            {measure[key]: 1.0 + values[seed] for key, values in differences.items() if seed < len(values)},
        )
        for seed in range(number)
    }


def all_differ(sizes, n=5):
    """Every claim's figure differs by its size in ``sizes``, give or take a fifth."""
    return pairs_of({key: [size * noise for noise in NOISE[:n]] for key, size in sizes.items()})


def by_key(claims):
    return {claim.key: claim for claim in claims}


def better(size):
    """A difference of ``size`` on each claim's own side."""
    return {question.key: size if question.better == "higher" else -size for question in MEASURED}


@pytest.mark.parametrize(("size", "verdict"), [(0.05, "supported"), (-0.05, "contradicted")])
def test_a_difference_beyond_its_spread_is_decided_by_the_side_each_claim_names(size, verdict):
    claims = judge_measures(all_differ(better(size)))
    assert [claim.key for claim in claims] == [question.key for question in QUESTIONS]
    assert [claim.verdict for claim in claims] == [verdict] * 5 + ["not_measured"] * 3
    assert all(claim.seeds == (0, 1, 2, 3, 4) for claim in claims if claim.measure)


@pytest.mark.parametrize("n", [1, 2])
def test_fewer_than_three_pairs_decide_nothing(n):
    claims = judge_measures(all_differ(better(0.05), n))
    assert [claim.verdict for claim in claims[:5]] == ["undecided"] * 5
    assert [claim.seeds_needed for claim in claims[:5]] == [None if n == 1 else 3] * 5
    assert claims[0].p is None if n == 1 else claims[0].p < 0.1
    assert [claim.verdict for claim in judge_measures(all_differ(better(0.05), 3))[:5]] == ["supported"] * 5


def test_an_interval_that_includes_zero_decides_nothing_and_says_how_many_seeds_it_would_take():
    claim = by_key(judge_measures(pairs_of({"accuracy": [0.03, -0.01, 0.02, 0.0]})))["accuracy"]
    assert (claim.verdict, claim.interval) == ("undecided", paired_t(claim.differences))
    assert claim.interval.low < 0 < claim.interval.high
    assert claim.seeds_needed == 16


def test_equal_arms_are_not_decided():
    claim = by_key(judge_measures(pairs_of({"accuracy": [0.0, 0.0, 0.0]})))["accuracy"]
    assert (claim.verdict, claim.p, claim.permutation.p, claim.seeds_needed) == ("undecided", None, 1.0, None)


def test_equal_differences_show_no_spread_and_decide_nothing_but_count_in_the_family():
    differences = {key: [0.25] * 3 for key in ("accuracy", "loss")} | {"gap": [-0.1, -0.11, -0.12]}
    claims = by_key(judge_measures(pairs_of(differences)))
    for key in ("accuracy", "loss"):
        assert (claims[key].verdict, claims[key].p, claims[key].p_holm) == ("undecided", None, None)
        assert claims[key].permutation.p == 0.25
    assert (claims["gap"].verdict, claims["gap"].family) == ("supported", 2)
    assert claims["gap"].p_holm == pytest.approx(2 * claims["gap"].p)


def test_the_primary_claim_stands_alone_and_the_others_share_five_percent():
    weak = [0.025, 0.005, 0.024, 0.006, 0.026]  # p = 0.026
    differences = {
        "accuracy": weak,
        "loss": [-value for value in weak],
        "convergence": weak,
        "steadiness": [-0.05 * noise for noise in NOISE],
        "gap": [0.001, -0.001, 0.002, -0.002, 0.0],
    }
    claims = by_key(judge_measures(pairs_of(differences)))
    assert claims["accuracy"].verdict == "supported"
    assert claims["accuracy"].p == claims["accuracy"].p_holm < 0.05
    assert (claims["accuracy"].family, claims["accuracy"].interval.level) == (1, 0.95)
    assert claims["loss"].p < 0.05 < claims["loss"].p_holm
    assert [claims[key].verdict for key in ("loss", "convergence", "steadiness", "gap")] == [
        "undecided",
        "undecided",
        "supported",
        "undecided",
    ]
    family = [claims[key] for key in ("loss", "convergence", "steadiness", "gap")]
    assert [claim.p_holm for claim in family] == pytest.approx(holm([claim.p for claim in family]))
    assert [claim.interval.level for claim in family] == pytest.approx([1 - 0.05 / 3] * 2 + [0.9875, 1 - 0.05 / 3])


def test_a_verdict_its_interval_and_its_adjusted_p_always_agree():
    generator = np.random.default_rng(0)
    seen = set()
    for _ in range(300):
        sizes = generator.choice([0.0, 0.02, 0.06], 5)
        differences = {q.key: generator.normal(s, 0.02, 4).tolist() for q, s in zip(MEASURED, sizes, strict=True)}
        for claim in judge_measures(pairs_of(differences))[:5]:
            side = 1 if claim.interval.low > 0 else -1 if claim.interval.high < 0 else 0
            expected = {0: "undecided", 1: "supported", -1: "contradicted"}[side if claim.better == "higher" else -side]
            assert claim.verdict == expected
            assert (claim.verdict != "undecided") == (claim.p_holm < 0.05)
            assert (claim.seeds_needed is not None) == (claim.verdict == "undecided")
            if claim.seeds_needed is not None:
                assert claim.seeds_needed > 4
            seen.add(claim.verdict)
    assert seen == set(VERDICTS) - {"not_measured"}


def planted_null(generator, n):
    """Figures of ``n`` pairs of equal arms, as wide as runs on the solar cells.

    The reference nets disagree on 38 of 393 test images, a standard deviation of sqrt(38) / 393 for the difference of
    their accuracies. Figures of a run go together, and those of a pair share their seed's luck.
    """
    spread = math.sqrt(38) / 393
    luck = generator.normal(size=(n, 1)) + generator.normal(size=(n, 2))
    own = generator.normal(size=(4, n, 2))
    accuracy = np.rint(393 * (0.79 + spread * (0.6 * luck + 0.5 * own[0]))) / 393
    loss = 0.46 - 0.012 * luck + 0.01 * own[1]
    rise = 0.79 + 0.006 * luck + 0.006 * own[2]
    restlessness = 0.03 * np.exp(0.4 * generator.normal(size=(n, 2)))
    gap = -0.02 - 0.007 * luck + 0.01 * own[3]
    figures = dict(
        zip([question.measure for question in MEASURED], (accuracy, loss, rise, restlessness, gap), strict=True)
    )
    return {
        seed: tuple({measure: values[seed, arm] for measure, values in figures.items()} for arm in (0, 1))
        for seed in range(n)
    }


@pytest.mark.parametrize("n", [3, 5, 10])
def test_equal_arms_get_a_verdict_in_at_most_5_percent(n):
    """The primary claim, and any of the others: at most 5% each, so in all at most 10%."""
    generator, studies = np.random.default_rng(n), 2000
    primary, others, either = 0, 0, 0
    for _ in range(studies):
        decided = [
            claim.verdict in ("supported", "contradicted") for claim in judge_measures(planted_null(generator, n))
        ]
        primary += decided[0]
        others += any(decided[1:])
        either += any(decided)
    allowed = 0.05 + 2 * math.sqrt(0.05 * 0.95 / studies)
    assert primary / studies <= allowed
    assert others / studies <= allowed
    assert 0.03 < either / studies < 0.1


def test_a_pair_that_lacks_a_figure_is_left_out_of_that_claim_only():
    pairs = pairs_of({"accuracy": [0.01, 0.02, 0.03, 0.02], "loss": [-0.1, -0.2, -0.1]})
    del pairs[1][0]["test/best/accuracy"]
    claims = by_key(judge_measures(pairs))
    assert claims["accuracy"].seeds == (0, 2, 3)
    assert claims["accuracy"].differences == pytest.approx((0.01, 0.03, 0.02))
    assert claims["loss"].seeds == (0, 1, 2)
    assert claims["loss"].family == 1
    assert claims["gap"].verdict == "not_measured"


def test_no_pair_at_all_is_not_measured():
    assert {claim.verdict for claim in judge_measures({})} == {"not_measured"}


def test_more_pairs_than_can_be_permuted_are_judged_without():
    generator = np.random.default_rng(0)
    pairs = pairs_of({"accuracy": generator.normal(0.05, 0.01, MOST_PAIRS + 1).tolist()})
    claim = by_key(judge_measures(pairs))["accuracy"]
    assert (claim.verdict, claim.permutation) == ("supported", None)


def test_runs_are_judged_by_their_figures(make_run):
    pairs = {seed: (make_run(False, seed, 0.5), make_run(True, seed, 0.8)) for seed in (2, 0, 1)}
    claims = by_key(judge(pairs))
    assert claims["accuracy"].seeds == (0, 1, 2)
    assert claims["accuracy"].verdict == "supported"
    for seed, control, treated in zip((0, 1, 2), claims["loss"].control, claims["loss"].treated, strict=True):
        assert control == pairs[seed][0].test_metrics()["best"]["loss"]
        assert treated == pairs[seed][1].test_metrics()["best"]["loss"]


def test_of_two_trained_nets_the_images_are_counted():
    """The reference runs: the counts that their README gives."""
    runs = tuple(Run(REFERENCE / name / "version_0") for name in ("plain34", "resnet34"))
    (pair,) = net_pairs({0: runs})
    accuracies = [run.test_metrics()["best"]["accuracy"] for run in runs]
    assert (pair.seed, pair.only_control, pair.only_treated, pair.n) == (0, 14, 24, 393)
    assert pair.interval == paired_proportions(14, 24, 393)
    assert pair.interval.mean == pytest.approx(accuracies[1] - accuracies[0])
    assert pair.p == pytest.approx(0.1433, abs=1e-4)


def test_nets_are_compared_seed_by_seed_and_never_pooled(make_run):
    pairs = {seed: (make_run(False, seed, 0.5), make_run(True, seed, 0.8)) for seed in (3, 1)}
    compared = net_pairs(pairs)
    assert [(pair.seed, pair.n) for pair in compared] == [(1, 60), (3, 60)]


def test_a_net_and_itself_have_no_discordant_image(make_run):
    run = make_run(False)
    (pair,) = net_pairs({0: (run, run)})
    assert (pair.only_control, pair.only_treated, pair.p) == (0, 0, 1.0)
    assert pair.interval.low < 0 == pair.interval.mean < pair.interval.high


def test_nets_that_were_tested_on_other_images_are_refused(make_run):
    control, treated = make_run(False), make_run(True)
    rows = [{**row, "path": f"other/{row['path']}"} for row in treated.test_predictions("best")]
    write_csv(treated.path / "test" / "predictions.csv", rows[0].keys(), rows)
    with pytest.raises(InputError) as error:
        net_pairs({0: (control, treated)})
    assert str(error.value) == (
        f"{control.path} and {treated.path} were tested on different images: run `resnet-lab test` again for both."
    )
