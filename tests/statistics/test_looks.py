"""Levels of looks: their false verdicts in an independent simulation, their proportions, and what is refused."""

import numpy as np
import pytest
from scipy import stats

from resnet_lab.statistics.looks import look_levels


@pytest.mark.parametrize("looks", [[6, 9, 12], [3, 6, 9, 12], [5, 10]])
def test_all_looks_together_reject_a_true_null_in_five_percent(looks):
    generator = np.random.default_rng(7)
    rejected = 0
    for _ in range(5):
        values = generator.normal(size=(40_000, looks[-1]))
        by_look = [
            stats.ttest_1samp(values[:, :pairs], 0.0, axis=1).pvalue < level
            for pairs, level in zip(looks, look_levels(looks), strict=True)
        ]
        rejected += int(np.any(by_look, axis=0).sum())
    assert rejected / 200_000 == pytest.approx(0.05, abs=0.0015)


def test_the_levels_are_proportional_to_the_pairs_and_near_those_simulated_before():
    """Published beside the design: .0151 .0226 .0301 and .0066 .0132 .0198 .0265, from fewer experiments."""
    assert look_levels([6, 9, 12]) == pytest.approx((0.0151, 0.0226, 0.0301), rel=0.025)
    levels = look_levels([3, 6, 9, 12])
    assert levels == pytest.approx((0.0066, 0.0132, 0.0198, 0.0265), rel=0.025)
    assert [level / levels[0] for level in levels] == pytest.approx([1, 2, 3, 4], rel=0.01)


def test_they_are_rounded_down_to_three_digits_and_equal_at_every_call():
    assert all(float(f"{level:.3g}") == level for level in look_levels([4, 8, 20]))
    assert look_levels([4, 8, 20]) == look_levels((4, 8, 20))


def test_one_look_has_the_whole_level():
    assert look_levels([7]) == (0.05,)
    assert look_levels([7], 0.0123456) == (0.0123456,)


@pytest.mark.parametrize("looks", [[], [9, 6], [6, 6], [1, 4]])
def test_looks_that_do_not_ascend_are_refused(looks):
    with pytest.raises(ValueError, match="do not ascend"):
        look_levels(looks)
