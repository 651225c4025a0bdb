"""Families of claims: the order of the tests, their levels, and how often equal arms get a verdict."""

import math

import numpy as np
import pytest
from scipy import stats

from resnet_lab.comparison.families import Folds, Rules, judge, judge_alone, primary_claim
from resnet_lab.comparison.questions import MECHANISM, PERFORMANCE, QUESTIONS
from resnet_lab.statistics.crossed import crossed, deciding_interval
from resnet_lab.statistics.folds import fold_interval
from resnet_lab.statistics.holm import holm, holm_levels
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
    assert [claim.verdict for claim in claims[:6]] == ["undecided"] + ["not_tested"] * 5
    assert claims[0].p is None if n == 1 else claims[0].p < 0.1
    assert claims[0].needed is None
    assert [claim.verdict for claim in judge(all_differ(better(0.05), 3))[:5]] == ["supported"] * 5


def test_an_interval_that_includes_zero_decides_nothing():
    claim = by_key(judge(pairs_of({"accuracy": [0.03, -0.01, 0.02, 0.0]})))["accuracy"]
    assert (claim.verdict, claim.interval) == ("undecided", paired_t(claim.differences))
    assert claim.interval.low < 0 < claim.interval.high


def test_equal_arms_are_not_decided():
    claim = by_key(judge(pairs_of({"accuracy": [0.0, 0.0, 0.0]})))["accuracy"]
    assert (claim.verdict, claim.p, claim.permutation.p) == ("undecided", None, 1.0)


def test_equal_differences_show_no_spread_and_decide_nothing_but_count_in_the_family():
    differences = {"accuracy": [0.1, 0.11, 0.12], "loss": [0.25] * 3, "gap": [-0.1, -0.11, -0.12]}
    claims = by_key(judge(pairs_of(differences)))
    assert (claims["loss"].verdict, claims["loss"].p, claims["loss"].p_holm) == ("undecided", None, None)
    assert claims["loss"].permutation.p == 0.25
    assert (claims["gap"].verdict, claims["gap"].tested_with) == ("supported", 2)
    assert claims["gap"].p_holm == pytest.approx(2 * claims["gap"].p)


def test_the_primary_claim_is_tested_first_and_the_others_share_its_level():
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
    assert (claims["accuracy"].tested_with, claims["accuracy"].interval.level) == (1, 0.95)
    assert claims["loss"].p < 0.05 < claims["loss"].p_holm
    family = [claims[key] for key in ("loss", "convergence", "steadiness", "gap")]
    assert [claim.verdict for claim in family] == ["undecided", "undecided", "supported", "undecided"]
    assert [claim.p_holm for claim in family] == pytest.approx(holm([claim.p for claim in family]))
    assert [claim.interval.level for claim in family] == pytest.approx([1 - 0.05 / 3] * 2 + [0.9875, 1 - 0.05 / 3])


def test_other_claims_on_performance_are_not_tested_behind_an_undecided_primary_claim():
    differences = {"accuracy": [0.03, -0.01, 0.02, 0.0]} | {
        key: [-0.05, -0.06, -0.055, -0.05] for key in ("loss", "gap", "gradient_flow")
    }
    claims = by_key(judge(pairs_of(differences)))
    for key in ("loss", "gap"):
        assert (claims[key].verdict, claims[key].p_holm) == ("not_tested", None)
        assert claims[key].interval == paired_t(claims[key].differences)
    assert claims["gradient_flow"].verdict == "supported"  # mechanism is a family of its own


def test_the_level_of_a_look_is_that_of_all_tests_of_a_family():
    differences = {"accuracy": [0.03, 0.01, 0.02, 0.025], "loss": [-0.05, -0.06, -0.055, -0.05]}
    for level in (0.05, 0.0151, 0.001):
        claims = by_key(judge(pairs_of(differences), Rules(level)))
        reference = stats.ttest_1samp(claims["accuracy"].differences, 0)
        assert (claims["accuracy"].verdict == "supported") == (reference.pvalue < level)
        assert claims["accuracy"].interval.level == 1 - level
        assert claims["loss"].verdict == ("supported" if reference.pvalue < level else "not_tested")


def test_a_verdict_its_interval_and_its_adjusted_p_always_agree():
    generator = np.random.default_rng(0)
    seen = set()
    for _ in range(300):
        sizes = dict(zip(ALWAYS, generator.choice([0.0, 0.02, 0.06], len(ALWAYS)), strict=True))
        differences = {key: generator.normal(size, 0.02, 4).tolist() for key, size in sizes.items()}
        claims = judge(pairs_of(differences))[: len(ALWAYS)]
        for claim in claims:
            side = 1 if claim.interval.low > 0 else -1 if claim.interval.high < 0 else 0
            expected = {0: "undecided", 1: "supported", -1: "contradicted"}[side if claim.better == "higher" else -side]
            tested = claim.key == "accuracy" or claims[0].is_decided
            assert claim.verdict == (expected if tested else "not_tested")
            assert (claim.p_holm is not None) == tested
            assert claim.is_decided == (tested and claim.p_holm < 0.05)
            seen.add(claim.verdict)
    assert seen == {"supported", "contradicted", "undecided", "not_tested"}


@pytest.mark.parametrize(
    ("differences", "verdict"),
    [
        ([0.001, -0.001, 0.002, 0.0], "equivalent"),
        ([0.004, 0.005, 0.006, 0.005], "small"),
        ([0.03, 0.031, 0.029, 0.03], "supported"),
        ([0.02, -0.02, 0.03, 0.01], "undecided"),
        ([-0.004, -0.005, -0.006, -0.005], "small"),
    ],
)
def test_a_difference_is_compared_with_the_smallest_worth_having(differences, verdict):
    pairs = pairs_of({"accuracy": differences, "loss": [0.0001, -0.0001, 0.0, 0.0002]})
    claims = by_key(judge(pairs, Rules(worth=0.01)))
    assert claims["accuracy"].verdict == verdict
    assert claims["loss"].verdict in ("undecided", "not_tested")  # points are no nats
    assert claims["loss"].worth is None


def images_of(differences, key="accuracy"):
    """Differences per image, by measure and seed."""
    return {next(q.measure for q in QUESTIONS if q.key == key): dict(enumerate(differences))}


def pairs_with_images(generator, seeds=4, images=60, shift=0.1):
    """Pairs whose accuracies are the means of differences per image."""
    differences = generator.choice([-1.0, 0.0, 1.0], (seeds, images), p=[0.1, 0.8 - shift, 0.1 + shift])
    return pairs_of({"accuracy": differences.mean(axis=1).tolist()}), differences


def test_with_values_per_image_the_interval_is_about_images_like_these():
    pairs, differences = pairs_with_images(np.random.default_rng(1))
    claim = primary_claim(judge(pairs, Rules(0.03), images=images_of(differences)))
    assert claim.interval == deciding_interval(differences, 0.97)
    assert claim.these_images == paired_t(claim.differences, 0.97)
    analysis = crossed(differences)
    parts = claim.uncertainty
    assert (parts.seeds, parts.images, claim.about) == (4, 60, "new_images")
    assert (parts.share_of_images, parts.share_of_seeds) == (analysis.share_images, analysis.share_seeds)
    assert parts.share_of_images + parts.share_of_seeds + parts.share_of_both == pytest.approx(1)


def test_images_can_leave_open_what_the_seeds_decide():
    """All seeds agree on the few images that differ, as nets of one data set do."""
    differences = np.zeros((5, 100))
    differences[:, :3] = 1
    differences[0, 3] = differences[1, 4] = 1
    claim = primary_claim(
        judge(pairs_of({"accuracy": differences.mean(axis=1).tolist()}), images=images_of(differences))
    )
    assert claim.these_images.low > 0 > claim.interval.low
    assert claim.verdict == "undecided"
    assert claim.needed.difference == 0.02
    assert claim.needed.images > 100


def test_plans_are_made_for_the_difference_worth_having_and_only_while_undecided():
    pairs, differences = pairs_with_images(np.random.default_rng(1), shift=0.0)
    undecided = primary_claim(judge(pairs, Rules(worth=0.03), images=images_of(differences)))
    assert (undecided.verdict, undecided.needed.difference, undecided.needed.power) == ("undecided", 0.03, 0.8)
    pairs, differences = pairs_with_images(np.random.default_rng(1), images=4000, shift=0.1)
    assert primary_claim(judge(pairs, images=images_of(differences))).needed is None


def test_folds_decide_by_the_means_of_their_pairs():
    pairs = pairs_of({"accuracy": [0.02, 0.04, 0.03, 0.05, 0.01, 0.03]})
    folds = Folds(3, {0: 1, 1: 2, 2: 3, 3: 1, 4: 2, 5: 3}, 0.25)
    claim = primary_claim(judge(pairs, folds=folds))
    expected = fold_interval([0.035, 0.025, 0.03], 0.25, 0.95)
    assert (claim.interval.low, claim.interval.high) == pytest.approx((expected.low, expected.high))
    assert (claim.about, claim.folds, claim.these_images, claim.uncertainty) == ("folds", 3, None, None)


def test_a_fold_without_a_pair_leaves_all_undecided():
    pairs = pairs_of({"accuracy": [0.02, 0.021, 0.022, 0.02]})
    whole = Folds(4, {0: 1, 1: 2, 2: 3, 3: 4}, 0.01)
    assert primary_claim(judge(pairs, folds=whole)).verdict == "supported"
    lacking = Folds(5, {0: 1, 1: 2, 2: 3, 3: 4}, 0.01)
    assert primary_claim(judge(pairs, folds=lacking)).verdict == "undecided"


def test_a_diverged_run_leaves_every_claim_of_the_contrast_undecided():
    claims = judge(all_differ(better(0.05)), diverged=True)
    assert {claim.verdict for claim in claims} == {"diverged", "not_measured"}
    assert not any(claim.is_decided for claim in claims)
    assert (
        judge_alone("degradation", {0: (0.1, 0.0), 1: (0.1, 0.01), 2: (0.13, 0.0)}, diverged=True).verdict == "diverged"
    )


def test_mechanism_can_have_a_level_of_its_own():
    differences = {"accuracy": [0.03, 0.01, 0.02, 0.025], "gradient_flow": [-0.03, -0.01, -0.02, -0.025]}
    p = stats.ttest_1samp(differences["accuracy"], 0).pvalue
    claims = by_key(judge(pairs_of(differences), Rules(p * 1.01, mechanism=p * 0.99)))
    assert [claims[key].verdict for key in differences] == ["supported", "undecided"]
    assert claims["gradient_flow"].interval.level == 1 - p * 0.99


def test_before_the_first_look_nothing_is_tested():
    claims = judge(all_differ(better(0.05)), Rules(tested=False))
    assert {claim.verdict for claim in claims} == {"not_tested", "not_measured"}


def test_another_primary_claim_can_be_fixed_in_advance():
    differences = {"accuracy": [0.03, -0.01, 0.02, 0.0], "loss": [-0.05, -0.06, -0.055, -0.05]}
    claims = by_key(judge(pairs_of(differences), Rules(primary="loss")))
    assert (claims["loss"].verdict, claims["loss"].tested_with) == ("supported", 1)
    assert (claims["accuracy"].verdict, claims["accuracy"].tested_with) == ("undecided", 1)
    untested = by_key(judge(pairs_of(differences), Rules(primary=None)))
    assert {untested[key].verdict for key in differences} == {"not_tested"}


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
def test_equal_arms_get_a_verdict_in_at_most_5_percent_of_each_family(n, inspected):
    generator, studies = np.random.default_rng(n), 2000
    wrong = {PERFORMANCE: 0, MECHANISM: 0, "primary": 0}
    for _ in range(studies):
        claims = judge(planted_null(generator, n, inspected))
        decided = {claim.family for claim in claims if claim.is_decided}
        wrong = {name: wrong[name] + (name in decided) for name in wrong} | {
            "primary": wrong["primary"] + claims[0].is_decided
        }
    allowed = 0.05 + 2 * math.sqrt(0.05 * 0.95 / studies)
    assert wrong["primary"] == wrong[PERFORMANCE]
    assert 0.03 < wrong["primary"] / studies <= allowed
    assert wrong[MECHANISM] / studies <= allowed


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
    assert [claim.tested_with for claim in both] == [2, 2]
    assert [claim.interval.level for claim in both] == [1 - level for level in holm_levels([c.p for c in both], 0.05)]
    assert [claim.p_holm for claim in both] == pytest.approx(holm([claim.p for claim in both]))


def test_a_claim_alone_is_tested_without_correction():
    claim = judge_alone("degradation", {0: (0.12, 0.0), 1: (0.1, 0.01), 2: (0.13, 0.0)})
    assert (claim.tested_with, claim.p_holm, claim.interval.level) == (1, claim.p, 0.95)
    assert claim.verdict == "supported"


def test_the_last_checkpoint_stands_beside_the_best_one_and_decides_nothing():
    pairs = pairs_of({"accuracy": [0.05, 0.06, 0.055], "gap": [-0.1, -0.12, -0.11]})
    for (control, treated), last in zip(pairs.values(), (0.05, -0.02, 0.01), strict=True):
        control["test/last/accuracy"], treated["test/last/accuracy"] = 0.7, 0.7 + last
    claims = by_key(judge(pairs))
    accuracy = claims["accuracy"]
    assert (accuracy.verdict, accuracy.verdict_beside) == ("supported", "undecided")
    assert accuracy.beside.mean == pytest.approx(0.04 / 3)
    assert (accuracy.beside.level, accuracy.tested_with) == (accuracy.interval.level, 1)
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
    assert claims["loss"].tested_with == 1
    assert claims["gap"].verdict == "not_measured"


def test_no_pair_at_all_is_not_measured():
    assert {claim.verdict for claim in judge({})} == {"not_measured"}


def test_more_pairs_than_can_be_permuted_are_judged_without():
    generator = np.random.default_rng(0)
    pairs = pairs_of({"accuracy": generator.normal(0.05, 0.01, MOST_PAIRS + 1).tolist()})
    claim = by_key(judge(pairs))["accuracy"]
    assert (claim.verdict, claim.permutation) == ("supported", None)
