"""Verdict at both values: what two comparisons decide together, and how often they are wrong."""

from dataclasses import replace

import numpy as np
import pytest

from resnet_lab.comparison.both_values import at_both, joint_p
from resnet_lab.comparison.claims import DECIDED, SecondComparison, unmeasured
from resnet_lab.comparison.families import judge
from resnet_lab.comparison.plan import Plan, Tuning
from resnet_lab.comparison.questions import QUESTIONS
from resnet_lab.comparison.tuning import choice, judged_values
from resnet_lab.statistics.holm import holm
from resnet_lab.statistics.intervals import paired_t

INTERVAL = paired_t([0.01, 0.02, 0.03])


def claims(**verdicts):
    """Return claims with values, the first one primary."""
    made = [unmeasured(question) for question in QUESTIONS if question.key in verdicts]
    return [
        replace(claim, verdict=verdicts[claim.key], primary=not place, interval=INTERVAL, seeds=(1, 2, 3), p_holm=0.01)
        for place, claim in enumerate(made)
    ]


def verdicts(first, second, *, diverged=False):
    joined = at_both(claims(**first), claims(**second), diverged=diverged)
    return {claim.key: claim.verdict for claim in joined}


@pytest.mark.parametrize(
    ("first", "second", "together"),
    [
        ("supported", "supported", "supported"),
        ("contradicted", "contradicted", "contradicted"),
        ("equivalent", "equivalent", "equivalent"),
        ("supported", "undecided", "undecided"),
        ("undecided", "supported", "undecided"),
        ("supported", "contradicted", "undecided"),
        ("supported", "small", "undecided"),
        ("supported", "not_measured", "not_measured"),
        ("not_tested", "supported", "not_tested"),
    ],
)
def test_a_verdict_stands_only_where_both_comparisons_give_it(first, second, together):
    [claim] = at_both(claims(accuracy=first), claims(accuracy=second), diverged=False)
    assert claim.verdict == together
    assert claim.second == SecondComparison(first, second, INTERVAL)
    assert claim.interval == INTERVAL


def test_a_diverged_run_of_the_second_comparison_leaves_all_undecided():
    both = {"accuracy": "supported", "loss": "supported"}
    assert verdicts(both, both, diverged=True) == {"accuracy": "diverged", "loss": "diverged"}


def test_the_other_claims_on_performance_are_tested_only_if_both_decide_the_first():
    first = {"accuracy": "supported", "loss": "supported", "gradient_flow": "supported"}
    assert verdicts(first, first) == first
    second = {**first, "accuracy": "contradicted"}
    expected = {"accuracy": "undecided", "loss": "not_tested", "gradient_flow": "supported"}
    assert verdicts(first, second) == expected
    untested = at_both(claims(**first), claims(**second), diverged=False)[1]
    assert untested.p_holm is None


def test_a_claim_about_the_control_alone_is_left_as_it_is():
    alone = claims(vanishing_gradients="supported")
    assert alone[0].against is not None
    assert at_both(alone, claims(vanishing_gradients="undecided"), diverged=False) == alone


def test_planning_is_closed_if_the_images_forbid_either():
    [first], [second] = claims(accuracy="undecided"), claims(accuracy="undecided")
    [claim] = at_both([first], [replace(second, images_forbid=True)], diverged=False)
    assert claim.images_forbid


def test_equal_arms_that_choose_differently_by_noise_are_supported_no_more_often_than_the_level():
    """Both arms have the same accuracy per rate and the same noise; only the draw of the tuning runs differs.

    The rates truly differ, so that the arms at their own values alone are called different far too often.
    """
    rates = Tuning("model.lr", (1e-4, 3e-4, 1e-3), "val/accuracy", (100, 101))
    plan = Plan("s", "", questions={"plain": "accuracy", "residual": "accuracy"}, tuning=rates)
    truth = dict(zip(rates.values, (0.80, 0.82, 0.81), strict=True))
    draw = np.random.default_rng(5)
    studies, differing, false, false_alone = 3000, 0, 0, 0
    for _ in range(studies):
        scores = {
            arm: {v: {s: float(truth[v] + draw.normal(0, 0.03)) for s in rates.seeds} for v in rates.values}
            for arm in plan.questions
        }
        chosen = choice(rates, scores)
        values = judged_values(plan, chosen, {"plain": "residual"})
        treated = truth[values["residual"][0]] + draw.normal(0, 0.01, 6)
        intervals = [paired_t(treated - truth[v] - draw.normal(0, 0.01, 6)) for v in values["plain"]]
        differing += len(values["plain"]) > 1
        false_alone += intervals[0].side == 1
        false += all(interval.side == 1 for interval in intervals)
    assert differing > studies / 3
    assert false_alone / studies > 0.05
    assert false / studies <= 0.025 + 3 * (0.025 * 0.975 / studies) ** 0.5


def judged_at_both(first, second):
    """Return the claims of two comparisons as a comparison of tuned arms makes them."""
    joint = joint_p(judge(first), judge(second))
    return {
        claim.key: claim for claim in at_both(judge(first, joint=joint), judge(second, joint=joint), diverged=False)
    }


def pairs_of(draw, means, seeds=3):
    """Return pairs with a noise of one around the mean of each claim: of the difference, or of the control itself."""
    of_key = {question.key: question for question in QUESTIONS}
    pairs = {seed: ({}, {}) for seed in range(seeds)}
    for key, mean in means.items():
        question, noise = of_key[key], draw.normal(0, 1, seeds)
        for seed, (control, treated) in pairs.items():
            own = 0.0 if question.against is None else question.against + mean + noise[seed]
            control[question.measure] = own
            treated[question.measure] = own + (mean + noise[seed] if question.against is None else 0.0)
    return pairs


FAR = 200.0
SECONDARY = ("loss", "convergence", "steadiness")


@pytest.mark.parametrize(
    ("first", "second", "false", "bound"),
    [
        # Each false verdict is on the side of the true difference of the other comparison: half of the level.
        ({"loss": 0.0}, {"convergence": 0.0}, ("loss", "convergence"), 0.025),
        # The claim about the control alone can be false on either side: the level.
        ({"vanishing_gradients": 0.0}, {"gradient_flow": 0.0}, ("vanishing_gradients", "gradient_flow"), 0.05),
    ],
)
def test_a_family_is_wrong_no_more_often_than_its_level_over_both_comparisons(first, second, false, bound):
    """The false verdict of one claim can come from one comparison, and that of another claim from the other."""
    far = dict.fromkeys(("accuracy", *false), FAR)
    draw, studies = np.random.default_rng(3), 2000
    wrong = 0
    for _ in range(studies):
        claims = judged_at_both(pairs_of(draw, {**far, **first}), pairs_of(draw, {**far, **second}))
        wrong += any(claims[key].verdict in DECIDED for key in false)
    assert wrong / studies <= bound + 3 * (bound * (1 - bound) / studies) ** 0.5


def test_holm_corrects_the_larger_p_of_both_comparisons_family_by_family():
    draw = np.random.default_rng(8)
    means = {"accuracy": FAR, "loss": 2.0, "convergence": 4.0, "steadiness": 3.0, "gradient_flow": 4.0}
    for _ in range(20):
        first, second = (pairs_of(draw, {**means, "vanishing_gradients": 2.0}, 5) for _ in range(2))
        own, other = ({claim.key: claim for claim in judge(pairs)} for pairs in (first, second))
        claims = judged_at_both(first, second)
        larger = {key: max(own[key].p, other[key].p) for key in means}
        larger["vanishing_gradients"] = own["vanishing_gradients"].p
        for family in (SECONDARY, ("gradient_flow", "vanishing_gradients")):
            expected = dict(zip(family, holm([larger[key] for key in family]), strict=True))
            assert {key: claims[key].p_holm for key in family} == pytest.approx(expected)
            for key in family:
                claim, both = claims[key], [claims[key].interval]
                both += [claim.second.interval] if claim.second else []
                assert len({interval.level for interval in both}) == 1
                assert (claim.verdict in DECIDED) == (expected[key] < 0.05) == all(one.side for one in both)


def test_differences_on_two_sides_have_the_p_of_one():
    draw = np.random.default_rng(1)
    up, down = (pairs_of(draw, {"accuracy": size, "loss": FAR}) for size in (FAR, -FAR))
    p = joint_p(judge(up), judge(down))
    assert p["accuracy"] == 1.0
    assert p["loss"] < 0.001


def test_a_claim_that_one_comparison_lacks_is_in_no_family():
    draw = np.random.default_rng(1)
    both, fewer = (
        pairs_of(draw, {"accuracy": FAR, "loss": FAR, "gap": FAR}),
        pairs_of(draw, {"accuracy": FAR, "loss": FAR}),
    )
    claims = judged_at_both(both, fewer)
    assert (claims["gap"].verdict, claims["loss"].tested_with) == ("not_measured", 1)
