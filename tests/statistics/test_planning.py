"""Plans: the power that they reach in simulation, limits against scipy, and what the images forbid."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from resnet_lab.statistics.crossed import Crossed, crossed, deciding_interval
from resnet_lab.statistics.planning import FEWEST_SEEDS, detectable_by_pairs, images_forbid, needed

SEEDS, IMAGES, REST = 0.015, 0.08, 0.28


def analysis(seeds, images, *, mean=0.0, sd_seeds=SEEDS, sd_images=IMAGES, sd_rest=REST):
    """The analysis with the mean squares that these components expect."""
    rest = sd_rest**2
    return Crossed(mean, seeds, images, images * sd_seeds**2 + rest, seeds * sd_images**2 + rest, rest)


def test_a_plan_from_many_seeds_reaches_its_power_and_not_much_more():
    """With the components known, the upper limits are the components."""
    plan = needed(analysis(100_000, 400_000), 0.02)
    assert plan.seeds is not None
    few = needed(analysis(100_000, 400), 0.02)
    assert few.enough_at_hand
    assert few.images == 400
    generator = np.random.default_rng(0)
    found = 0
    for _ in range(1500):
        values = (
            0.02
            + generator.normal(0, SEEDS, (few.seeds, 1))
            + generator.normal(0, IMAGES, (1, 400))
            + generator.normal(0, REST, (few.seeds, 400))
        )
        found += deciding_interval(values).side == 1
    assert 0.77 <= found / 1500 <= 0.9


def test_the_upper_limit_of_the_seeds_is_that_of_the_chi_square():
    """With images that matter nowhere, the plan is that of a paired t at the limit of its standard deviation."""
    at_hand = analysis(4, 10_000_000, sd_images=0.0)
    sd = SEEDS * math.sqrt(3 / stats.chi2.ppf(0.2, 3))

    def enough(n):
        return (stats.t.ppf(0.975, n - 1) + stats.t.ppf(0.8, n - 1)) * sd / math.sqrt(n) <= 0.02

    assert needed(at_hand, 0.02).seeds == next(n for n in range(2, 1000) if enough(n))


@pytest.mark.parametrize(("pairs", "level"), [(3, 0.05), (4, 0.05), (6, 0.0355), (12, 0.0263), (30, 0.05)])
def test_the_paired_t_finds_this_difference_with_its_power(pairs, level):
    """The sum of two quantiles is a little short of the noncentral t where pairs are few."""
    t = stats.t.ppf(1 - level / 2, pairs - 1)
    power = stats.nct.sf(t, pairs - 1, detectable_by_pairs(pairs, level=level) * math.sqrt(pairs))
    assert 0.76 < power < 0.81


def test_images_that_are_not_enough_are_said_to_be_so_and_more_are_named():
    at_hand = analysis(3, 393, sd_images=0.15)
    plan = needed(at_hand, 0.02)
    assert not plan.enough_at_hand
    assert plan.images > 393
    assert plan.images % 100 == 0
    assert plan.seeds is not None
    assert needed(at_hand, 0.2).enough_at_hand
    # The images' share of the permitted variance is a half, but for the rounding.
    permitted = (0.02 / (stats.norm.ppf(0.975) + stats.norm.ppf(0.8))) ** 2
    upper = (392 * at_hand.ms_images / stats.chi2.ppf(0.01, 392) - at_hand.ms_rest) / 3
    assert 0.42 < upper / plan.images / permitted <= 0.5


@pytest.mark.parametrize("smaller", [0.019, 0.015, 0.01, 0.005])
def test_a_smaller_difference_more_power_and_a_stricter_level_never_need_less(smaller):
    at_hand = crossed(np.random.default_rng(3).choice([-1, 0, 1], (5, 2000), p=[0.04, 0.9, 0.06]))

    def cost(difference, **options):
        plan = needed(at_hand, difference, **options)
        return plan.images, plan.seeds

    assert cost(smaller) >= cost(0.02)
    assert cost(0.02, power=0.9) >= cost(0.02)
    assert cost(0.02, level=0.01) >= cost(0.02)
    assert needed(at_hand, 0.5).seeds == FEWEST_SEEDS


def test_one_seed_or_no_spread_gives_no_plan():
    for values in ([[0, 1, 1]], [[1], [0]], np.ones((3, 4))):
        plan = needed(crossed(values), 0.02)
        assert (plan.seeds, plan.enough_at_hand) == (None, False)
        assert not images_forbid(crossed(values), 0.01, 0.05)


def test_images_forbid_a_verdict_only_if_no_number_of_seeds_could_give_one():
    many_seeds = analysis(30, 100, mean=0.0, sd_seeds=0.01, sd_images=0.15)  # images alone: about 3 points
    assert images_forbid(many_seeds, None, 0.05)
    assert images_forbid(many_seeds, 0.01, 0.05)
    assert not images_forbid(many_seeds, 0.05, 0.05)  # zero within plus and minus 5 points can still be shown
    assert not images_forbid(replace(many_seeds, mean=0.05), None, 0.05)
    assert not images_forbid(replace(many_seeds, mean=-0.05), None, 0.05)
    assert not images_forbid(analysis(3, 100, sd_seeds=0.03, sd_images=0.15), None, 0.05)  # the mean may lie far off
    assert not images_forbid(analysis(30, 100, sd_images=0.0), None, 0.05)


def test_of_studies_with_an_effect_that_the_images_can_show_few_are_stopped():
    generator = np.random.default_rng(5)
    stopped = 0
    for _ in range(400):
        values = (
            0.03
            + generator.normal(0, 0.01, (6, 1))
            + generator.normal(0, 0.15, (1, 400))
            + generator.normal(0, 0.25, (6, 400))
        )
        stopped += images_forbid(crossed(values), None, 0.05)
    assert stopped <= 8
