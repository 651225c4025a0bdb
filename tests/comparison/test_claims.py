"""Verdicts: on whose side an interval must lie, how many pairs it takes, and how often equal arms get one."""

import math

import numpy as np
import pytest
from scipy import stats

from resnet_lab.comparison.claims import VERDICTS, judge, judge_alone
from resnet_lab.comparison.questions import QUESTIONS
from resnet_lab.statistics.holm import holm
from resnet_lab.statistics.intervals import paired_t
from resnet_lab.statistics.permutation import MOST_PAIRS

OF_THE_DIFFERENCE = [question for question in QUESTIONS if question.against is None]
ALWAYS = ("accuracy", "loss", "convergence", "steadiness", "gap", "overfitting")
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
    return {question.key: size if question.better == "higher" else -size for question in OF_THE_DIFFERENCE}


@pytest.mark.parametrize(("size", "verdict"), [(0.05, "supported"), (-0.05, "contradicted")])
def test_a_difference_beyond_its_spread_is_decided_by_the_side_each_claim_names(size, verdict):
    claims = judge(all_differ(better(size)))
    assert [claim.key for claim in claims] == [question.key for question in QUESTIONS]
    assert {claim.key: claim.verdict for claim in claims} == {
        question.key: "not_measured" if question.against else verdict for question in QUESTIONS
    }
    assert all(claim.seeds == (0, 1, 2, 3, 4) for claim in claims if claim.against is None)


@pytest.mark.parametrize("n", [1, 2])
def test_fewer_than_three_pairs_decide_nothing(n):
    claims = judge(all_differ(better(0.05), n))
    assert [claim.verdict for claim in claims[:5]] == ["undecided"] * 5
    assert [claim.seeds_needed for claim in claims[:5]] == [None if n == 1 else 3] * 5
    assert claims[0].p is None if n == 1 else claims[0].p < 0.1
    assert [claim.verdict for claim in judge(all_differ(better(0.05), 3))[:5]] == ["supported"] * 5


def test_an_interval_that_includes_zero_decides_nothing_and_says_how_many_seeds_it_would_take():
    claim = by_key(judge(pairs_of({"accuracy": [0.03, -0.01, 0.02, 0.0]})))["accuracy"]
    assert (claim.verdict, claim.interval) == ("undecided", paired_t(claim.differences))
    assert claim.interval.low < 0 < claim.interval.high
    assert claim.seeds_needed == 16


def test_equal_arms_are_not_decided():
    claim = by_key(judge(pairs_of({"accuracy": [0.0, 0.0, 0.0]})))["accuracy"]
    assert (claim.verdict, claim.p, claim.permutation.p, claim.seeds_needed) == ("undecided", None, 1.0, None)


def test_equal_differences_show_no_spread_and_decide_nothing_but_count_in_the_family():
    differences = {key: [0.25] * 3 for key in ("accuracy", "loss")} | {"gap": [-0.1, -0.11, -0.12]}
    claims = by_key(judge(pairs_of(differences)))
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
    claims = by_key(judge(pairs_of(differences)))
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
        sizes = dict(zip(ALWAYS, generator.choice([0.0, 0.02, 0.06], len(ALWAYS)), strict=True))
        differences = {key: generator.normal(size, 0.02, 4).tolist() for key, size in sizes.items()}
        for claim in judge(pairs_of(differences))[: len(ALWAYS)]:
            side = 1 if claim.interval.low > 0 else -1 if claim.interval.high < 0 else 0
            expected = {0: "undecided", 1: "supported", -1: "contradicted"}[side if claim.better == "higher" else -side]
            assert claim.verdict == expected
            assert (claim.verdict != "undecided") == (claim.p_holm < 0.05)
            assert (claim.seeds_needed is not None) == (claim.verdict == "undecided")
            if claim.seeds_needed is not None:
                assert claim.seeds_needed > 4
            seen.add(claim.verdict)
    assert seen == set(VERDICTS) - {"not_measured"}


def planted_null(generator, n, inspected):
    """Figures of ``n`` pairs of equal arms, as wide as runs on the solar cells.

    The reference nets disagree on 38 of 393 test images, a standard deviation of sqrt(38) / 393 for the difference of
    their accuracies. Figures of a run go together, and those of a pair share their seed's luck. Validation loss has
    not risen again in about half of the runs. Gradients of both arms lose one decade, which is where that claim turns.
    """
    spread = math.sqrt(38) / 393
    luck = generator.normal(size=(n, 1)) + generator.normal(size=(n, 2))
    own = generator.normal(size=(7, n, 2))
    figures = {
        "accuracy": np.rint(393 * (0.79 + spread * (0.6 * luck + 0.5 * own[0]))) / 393,
        "loss": 0.46 - 0.012 * luck + 0.01 * own[1],
        "convergence": 0.79 + 0.006 * luck + 0.006 * own[2],
        "steadiness": 0.03 * np.exp(0.4 * generator.normal(size=(n, 2))),
        "gap": -0.02 - 0.007 * luck + 0.01 * own[3],
        "overfitting": np.maximum(0.02 * own[4] - 0.005 * luck, 0),
    }
    if inspected:
        figures["gradient_flow"] = 0.3 * np.exp(0.2 * own[5])
        figures["vanishing_gradients"] = 1 + 0.1 * own[6]
    measure = {question.key: question.measure for question in QUESTIONS}
    return {
        seed: tuple({measure[key]: values[seed, arm] for key, values in figures.items()} for arm in (0, 1))
        for seed in range(n)
    }


@pytest.mark.parametrize("inspected", [False, True])
@pytest.mark.parametrize("n", [3, 5, 10])
def test_equal_arms_get_a_verdict_in_at_most_5_percent(n, inspected):
    """The primary claim, and any of the others: at most 5% each, so in all at most 10%."""
    generator, studies = np.random.default_rng(n), 2000
    primary, others, either = 0, 0, 0
    for _ in range(studies):
        claims = judge(planted_null(generator, n, inspected))
        decided = [claim.verdict in ("supported", "contradicted") for claim in claims]
        primary += decided[0]
        others += any(decided[1:])
        either += any(decided)
    allowed = 0.05 + 2 * math.sqrt(0.05 * 0.95 / studies)
    assert primary / studies <= allowed
    assert others / studies <= allowed
    assert 0.03 < either / studies < 0.1


def vanishing(control, treated=None):
    """The claim on vanishing gradients, of the decades that they lose in each run."""
    measure = "gradients/best/decades_lost"
    treated = treated or [0.0] * len(control)
    pairs = {n: ({measure: a}, {measure: b}) for n, (a, b) in enumerate(zip(control, treated, strict=True))}
    return by_key(judge(pairs))["vanishing_gradients"]


@pytest.mark.parametrize(
    ("control", "verdict"),
    [
        ([1.5, 1.6, 1.4], "supported"),
        ([0.3, 0.4, 0.2], "contradicted"),
        ([-0.3, -0.4, -0.2], "contradicted"),
        ([1.2, 0.9, 1.0], "undecided"),
        ([1.5, 1.6], "undecided"),
        ([2.0, 2.0, 2.0], "undecided"),
        ([2.0], "undecided"),
    ],
)
def test_gradients_vanish_where_the_controls_whole_interval_is_above_one_decade(control, verdict):
    claim = vanishing(control)
    assert claim.verdict == verdict
    assert claim.control == tuple(control)
    assert claim.permutation is None


def test_whether_they_vanish_does_not_hang_on_the_treated_arm():
    claims = [vanishing([1.5, 1.6, 1.4], treated) for treated in ([0.0, 0.1, 0.2], [3.0, 3.5, 2.5])]
    assert claims[0].interval == claims[1].interval
    assert claims[0].verdict == claims[1].verdict == "supported"


def test_the_test_against_one_decade_is_that_of_scipy():
    control = [0.7, 1.4, 1.1, 0.8]
    claim, reference = vanishing(control), stats.ttest_1samp(control, 1.0)
    low, high = reference.confidence_interval(0.95)
    assert (claim.interval.low, claim.interval.high) == pytest.approx((low, high))
    assert claim.interval.mean == pytest.approx(1.0)
    assert claim.p == pytest.approx(reference.pvalue)


def test_it_takes_part_in_holms_correction():
    measures = {question.key: question.measure for question in QUESTIONS}
    pairs = {
        seed: (
            {measures["gradient_flow"]: 0.5, measures["vanishing_gradients"]: lost},
            {measures["gradient_flow"]: even, measures["vanishing_gradients"]: 0.1},
        )
        for seed, (lost, even) in enumerate([(1.5, 0.3), (1.6, 0.35), (1.4, 0.32)])
    }
    claims = by_key(judge(pairs))
    both = [claims["gradient_flow"], claims["vanishing_gradients"]]
    assert [claim.family for claim in both] == [2, 2]
    assert [claim.p_holm for claim in both] == pytest.approx(holm([claim.p for claim in both]))


def test_a_claim_alone_is_tested_without_correction():
    claim = judge_alone("degradation", {0: (0.12, 0.0), 1: (0.1, 0.01), 2: (0.13, 0.0)})
    assert (claim.family, claim.p_holm, claim.interval.level) == (1, claim.p, 0.95)
    assert claim.verdict == "supported"


def test_the_last_checkpoint_stands_beside_the_best_one_and_decides_nothing():
    pairs = pairs_of({"accuracy": [0.05, 0.06, 0.055], "gap": [-0.1, -0.12, -0.11]})
    for (control, treated), last in zip(pairs.values(), (0.05, -0.02, 0.01), strict=True):
        control["test/last/accuracy"], treated["test/last/accuracy"] = 0.7, 0.7 + last
    claims = by_key(judge(pairs))
    accuracy = claims["accuracy"]
    assert (accuracy.verdict, accuracy.verdict_beside) == ("supported", "undecided")
    assert accuracy.beside.mean == pytest.approx(0.04 / 3)
    assert (accuracy.beside.level, accuracy.family) == (accuracy.interval.level, 1)
    assert claims["gap"].beside is None
    del pairs[1][0]["test/last/accuracy"]  # not of all pairs: it would be of other seeds
    assert by_key(judge(pairs))["accuracy"].beside is None


def test_checkpoints_that_are_the_same_in_every_pair_are_not_told_twice():
    pairs = pairs_of({"accuracy": [0.05, 0.06, 0.055]})
    for of_a_seed in pairs.values():
        for figures in of_a_seed:
            figures["test/last/accuracy"] = figures["test/best/accuracy"]
    assert by_key(judge(pairs))["accuracy"].beside is None


def test_a_pair_that_lacks_a_figure_is_left_out_of_that_claim_only():
    pairs = pairs_of({"accuracy": [0.01, 0.02, 0.03, 0.02], "loss": [-0.1, -0.2, -0.1]})
    del pairs[1][0]["test/best/accuracy"]
    claims = by_key(judge(pairs))
    assert claims["accuracy"].seeds == (0, 2, 3)
    assert claims["accuracy"].differences == pytest.approx((0.01, 0.03, 0.02))
    assert claims["loss"].seeds == (0, 1, 2)
    assert claims["loss"].family == 1
    assert claims["gap"].verdict == "not_measured"


def test_no_pair_at_all_is_not_measured():
    assert {claim.verdict for claim in judge({})} == {"not_measured"}


def test_more_pairs_than_can_be_permuted_are_judged_without():
    generator = np.random.default_rng(0)
    pairs = pairs_of({"accuracy": generator.normal(0.05, 0.01, MOST_PAIRS + 1).tolist()})
    claim = by_key(judge(pairs))["accuracy"]
    assert (claim.verdict, claim.permutation) == ("supported", None)
