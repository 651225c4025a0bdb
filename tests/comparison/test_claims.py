"""Claims: the verdict of an interval, and the values that a claim holds."""

import math

import pytest

from resnet_lab.comparison.claims import DECIDED, VERDICTS, Uncertainty, at_level, unmeasured, verdict_of, with_verdict
from resnet_lab.comparison.questions import QUESTIONS
from resnet_lab.statistics.intervals import Interval, p_value, paired_t


def interval(low, high, n=5):
    middle = (low + high) / 2
    return Interval(middle, low, high, (high - low) / 3, n, 0.95)


@pytest.mark.parametrize(
    ("low", "high", "worth", "higher", "lower"),
    [
        (0.01, 0.02, None, "supported", "contradicted"),
        (-0.02, -0.01, None, "contradicted", "supported"),
        (-0.01, 0.02, None, "undecided", "undecided"),
        (-0.01, 0.02, 0.03, "equivalent", "equivalent"),
        (-0.01, 0.02, 0.02, "undecided", "undecided"),
        (0.005, 0.02, 0.03, "small", "small"),
        (0.005, 0.04, 0.03, "supported", "contradicted"),
    ],
)
def test_the_verdict_follows_the_side_and_the_smallest_difference_worth_having(low, high, worth, higher, lower):
    assert verdict_of(interval(low, high), "higher", worth) == higher
    assert verdict_of(interval(low, high), "lower", worth) == lower
    assert verdict_of(interval(low, high, n=2), "higher", worth) == "undecided"


def test_values_without_a_spread_decide_nothing():
    assert verdict_of(paired_t([0.1, 0.1, 0.1]), "higher", 1.0) == "undecided"


def test_a_question_without_values_is_not_measured():
    claims = [unmeasured(question) for question in QUESTIONS]
    assert {claim.verdict for claim in claims} == {"not_measured"}
    assert {claim.about for claim in claims} == {"these_images"}
    assert set(DECIDED) < set(VERDICTS)
    assert [with_verdict(claim) for claim in claims] == claims


def test_a_claim_at_a_level_has_its_interval_and_p_but_no_verdict_yet():
    values = (0.01, 0.03, 0.02)
    claim = at_level(unmeasured(QUESTIONS[0]), lambda level: paired_t(values, level), 0.01)
    assert (claim.verdict, claim.interval) == ("not_tested", paired_t(values, 0.99))
    assert claim.p == p_value(paired_t(values))
    assert with_verdict(claim).verdict == "undecided"
    assert with_verdict(at_level(claim, lambda level: paired_t(values, level), 0.1)).verdict == "supported"


def test_the_parts_of_an_uncertainty_add_up_to_the_whole():
    parts = Uncertainty(3, 400, 0.5, 0.2)
    assert math.isclose(parts.share_of_both, 0.3)
    assert Uncertainty(3, 400, 0.7, 0.3 + 1e-17).share_of_both == pytest.approx(0)
