"""The analysis of variance against least squares, known components and simulation; the wider of two intervals."""

import math

import numpy as np
import pytest
from scipy import stats

from resnet_lab.statistics.crossed import crossed, deciding_interval
from resnet_lab.statistics.intervals import p_value, paired_t


def simulated(generator, seeds, images, *, mean=0.0, sd_seeds=0.02, sd_images=0.15, sd_rest=0.28):
    return (
        mean
        + generator.normal(0, sd_seeds, (seeds, 1))
        + generator.normal(0, sd_images, (1, images))
        + generator.normal(0, sd_rest, (seeds, images))
    )


def test_the_mean_squares_are_those_of_least_squares():
    """The sum of squares of a factor is what the fit loses without it."""
    values = simulated(np.random.default_rng(0), 4, 7)
    seed, image = (index.ravel() for index in np.indices(values.shape))
    seeds, images = np.eye(4)[seed], np.eye(7)[image]

    def lost(*factors):
        design = np.hstack(factors)
        fitted = design @ np.linalg.lstsq(design, values.ravel(), rcond=None)[0]
        return float(((values.ravel() - fitted) ** 2).sum())

    analysis = crossed(values)
    full = lost(seeds, images)
    assert analysis.ms_rest == pytest.approx(full / 18)
    assert analysis.ms_seeds == pytest.approx((lost(images) - full) / 3)
    assert analysis.ms_images == pytest.approx((lost(seeds) - full) / 6)
    assert (analysis.mean, analysis.n_seeds, analysis.n_images) == (pytest.approx(values.mean()), 4, 7)


def test_it_finds_the_components_and_the_variance_of_the_mean():
    generator = np.random.default_rng(1)
    analyses = [crossed(simulated(generator, 6, 50, sd_seeds=0.1)) for _ in range(3000)]
    means = [analysis.mean for analysis in analyses]
    expected = 0.1**2 / 6 + 0.15**2 / 50 + 0.28**2 / 300
    assert np.var(means) == pytest.approx(expected, rel=0.08)
    assert np.mean([analysis.variance for analysis in analyses]) == pytest.approx(expected, rel=0.03)
    assert np.mean([analysis.sd_seeds**2 for analysis in analyses]) == pytest.approx(0.1**2, rel=0.05)
    assert np.mean([analysis.sd_images**2 for analysis in analyses]) == pytest.approx(0.15**2, rel=0.03)
    assert np.mean([analysis.ms_rest for analysis in analyses]) == pytest.approx(0.28**2, rel=0.01)


def test_the_components_add_up_to_the_variance_also_where_they_are_cut_at_zero():
    generator = np.random.default_rng(2)
    cut = 0
    for sd_seeds, sd_images in [(0.0, 0.0), (0.05, 0.0), (0.0, 0.15), (0.05, 0.15)] * 20:
        analysis = crossed(simulated(generator, 3, 20, sd_seeds=sd_seeds, sd_images=sd_images))
        seeds, images, rest = analysis.sd_seeds**2 / 3, analysis.sd_images**2 / 20, analysis.sd_rest**2 / 60
        assert analysis.variance == pytest.approx(seeds + images + rest)
        assert analysis.variance >= analysis.ms_rest / 60
        assert analysis.share_seeds == pytest.approx(seeds / analysis.variance)
        assert analysis.share_images == pytest.approx(images / analysis.variance)
        cut += analysis.ms_seeds < analysis.ms_rest
    assert cut > 10


@pytest.mark.parametrize("effects", ["seeds", "images"])
def test_where_one_factor_is_all_there_is_it_gives_the_t_interval_of_its_means(effects):
    """Without a rest, seeds (or images) that differ by constants are an ordinary sample of their own."""
    factor = np.random.default_rng(3).normal(0.02, 0.03, 5)
    values = np.tile(factor[:, None], (1, 8)) if effects == "seeds" else np.tile(factor[None, :], (3, 1))
    analysis = crossed(values)
    assert analysis.variance == pytest.approx(factor.var(ddof=1) / 5)
    assert analysis.df == pytest.approx(4)
    low, high = stats.ttest_1samp(factor, 0.0).confidence_interval(0.95)
    if effects == "seeds":
        interval = deciding_interval(values)
        assert (interval.low, interval.high) == pytest.approx((low, high))


def test_the_wider_interval_decides_and_its_p_agrees_at_every_level():
    generator = np.random.default_rng(4)
    wider_t = wider_crossed = excluded = 0
    for _ in range(300):
        values = simulated(generator, 3, 60, mean=0.08, sd_seeds=generator.choice([0.0, 0.05]), sd_images=0.05)
        for level in (0.9, 0.95, 0.9934):
            interval, paired = deciding_interval(values, level), paired_t(values.mean(axis=1), level)
            half = stats.t.ppf((1 + level) / 2, interval.second_df) * interval.second_se
            assert interval.high - interval.mean == pytest.approx(max(half, paired.high - paired.mean))
            assert interval.mean - interval.low == pytest.approx(max(half, paired.mean - paired.low))
            assert (interval.mean, interval.sd, interval.n) == (paired.mean, paired.sd, 3)
            assert (interval.side != 0) == (p_value(interval) < 1 - level)
            assert p_value(interval) >= p_value(paired)
            excluded += interval.side != 0
            wider_crossed += half > paired.high - paired.mean
            wider_t += half < paired.high - paired.mean
    assert min(wider_t, wider_crossed, excluded) > 50


def test_it_covers_new_images_where_the_t_over_seeds_does_not():
    generator = np.random.default_rng(5)
    deciding = paired = 0
    for _ in range(1000):
        values = simulated(generator, 8, 100, sd_seeds=0.01)
        interval, over_seeds = deciding_interval(values), paired_t(values.mean(axis=1))
        deciding += interval.low <= 0 <= interval.high
        paired += over_seeds.low <= 0 <= over_seeds.high
    assert deciding >= 935
    assert paired < 850


def test_one_seed_has_no_interval_and_equal_seeds_have_that_of_the_images():
    single = deciding_interval([[0.0, 1.0, 1.0]])
    assert math.isnan(single.low)
    assert math.isnan(single.high)
    assert single.side == 0
    assert math.isnan(p_value(single))
    equal_seeds = deciding_interval([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0], [1.0, 1.0, 0.0]])
    analysis = crossed([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0], [1.0, 1.0, 0.0]])
    half = stats.t.ppf(0.975, analysis.df) * math.sqrt(analysis.variance)
    assert (equal_seeds.low, equal_seeds.high) == pytest.approx((analysis.mean - half, analysis.mean + half))
    assert equal_seeds.has_spread
    assert p_value(equal_seeds) == pytest.approx(
        2 * stats.t.sf(analysis.mean / math.sqrt(analysis.variance), analysis.df)
    )
    all_equal = deciding_interval(np.ones((3, 4)))
    assert (all_equal.low, all_equal.high, all_equal.side) == (1.0, 1.0, 0)
    assert math.isnan(crossed(np.ones((3, 4))).df)


def test_one_image_leaves_the_paired_t():
    values = np.array([[0.1], [0.2], [0.4]])
    assert deciding_interval(values) == paired_t([0.1, 0.2, 0.4])
