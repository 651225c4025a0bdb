"""Plan of an experiment against closed forms: what fits into a time, and what a smaller plan costs."""

import math
from itertools import pairwise

import pytest
from scipy import stats

from resnet_lab.errors import InputError
from resnet_lab.statistics.looks import look_levels
from resnet_lab.study.experiment_plan import (
    PAIRS,
    SIZES,
    Shape,
    Size,
    costs,
    doubts,
    looks_of,
    pixels_for,
    shape_within,
    sizes_to_try,
)

WHOLE = Size(34, 224)


def by_pixels(sizes):
    """Seconds of a pair that are proportional to the pixels and to the layers: a minute at 64 pixels and 34 layers."""
    return {size: 60 * (size.pixels / 64) ** 2 * size.depth / 34 for size in sizes}


@pytest.mark.parametrize("pairs", range(3, 60))
def test_looks_ascend_to_the_last_pair_and_are_four_at_most(pairs):
    looks = looks_of(pairs)
    assert looks[-1] == pairs
    assert looks[0] >= 3
    assert len(looks) <= 4
    assert all(later - earlier >= 3 for earlier, later in pairwise(looks))
    assert looks == (pairs,) or looks[0] <= max(3, math.ceil(pairs / 4))


@pytest.mark.parametrize(
    ("sides", "pixels"),
    [({64: 5}, 64), ({65: 5}, 96), ({20: 1}, 64), ({5000: 3, 100: 2}, 224), ({100: 3, 300: 2}, 128)],
)
def test_photographs_are_not_blown_up(sides, pixels):
    assert pixels_for(sides) == pixels


def test_pixels_go_before_layers_and_a_key_of_the_user_stays():
    assert sizes_to_try(WHOLE, []) == [*(Size(34, side) for side in SIZES), Size(18, 64)]
    assert sizes_to_try(Size(34, 100), []) == [Size(34, 100), Size(34, 96), Size(34, 64), Size(18, 64)]
    assert sizes_to_try(WHOLE, {"data.image_size": "224"}) == [WHOLE, Size(18, 224)]
    assert sizes_to_try(Size(50, 224), {"model.depth": "50", "data.image_size": "224"}) == [Size(50, 224)]


@pytest.mark.parametrize(
    ("minutes", "pairs", "shape"),
    [
        (12.25 * 6, None, Shape(WHOLE, 6)),  # a pair at 224 pixels takes (224 / 64)^2 = 12.25 minutes
        (12.25 * 6 - 0.1, None, Shape(Size(34, 160), 11)),  # at 160 pixels 6.25 minutes
        (1000, None, Shape(WHOLE, PAIRS)),
        (24, None, Shape(Size(34, 128), 6)),
        (5.9, None, Shape(Size(34, 64), 5)),
        (3, None, Shape(Size(34, 64), 3)),
        (2.9, None, Shape(Size(18, 64), 5)),
        (1.6, None, Shape(Size(18, 64), 3)),
        (12.25 * 4, 4, Shape(WHOLE, 4)),
        (39, 4, Shape(Size(34, 160), 4)),
        (2.2, 4, Shape(Size(18, 64), 4)),
        (400, 30, Shape(Size(34, 224), 30)),
    ],
)
def test_a_time_holds_these_networks_and_pairs(minutes, pairs, shape):
    seconds = by_pixels(sizes_to_try(WHOLE, []))
    found = shape_within(seconds, 60 * minutes, pairs)
    assert found == shape
    assert found.pairs * seconds[found.size] <= 60 * minutes


@pytest.mark.parametrize(
    ("minutes", "pairs", "message"),
    [
        (1.5, None, "3 pairs of the smallest networks (18 layers, 64 pixels) take about 2 min on this machine, and a "),
        (2, 6, "6 pairs of the smallest networks (18 layers, 64 pixels) take about 4 min on this machine: give "),
    ],
)
def test_a_time_that_is_too_short_is_refused_with_one_that_is_enough(minutes, pairs, message):
    seconds = by_pixels(sizes_to_try(WHOLE, []))
    with pytest.raises(InputError) as error:
        shape_within(seconds, 60 * minutes, pairs)
    assert message in str(error.value)
    enough = int(str(error.value).partition("--minutes ")[2].split()[0])
    assert shape_within(seconds, 60 * enough, pairs).pairs == (pairs or 3)


def test_fewer_pairs_cost_what_the_quantiles_of_t_say():
    def found(pairs, level):
        t = stats.t(pairs - 1)
        return (t.ppf(1 - level / 2) + t.ppf(0.8)) / math.sqrt(pairs)

    times = found(4, 0.05) / found(12, look_levels([3, 6, 9, 12])[-1])
    [said] = costs(Shape(WHOLE, 4), WHOLE)
    assert said.startswith("4 pairs in place of 12: ")
    assert f"must be {times:.1f} times as large" in said
    assert not costs(Shape(WHOLE, PAIRS), WHOLE)


def test_smaller_networks_are_named_as_another_question():
    pixels, layers = costs(Shape(Size(18, 64), PAIRS), WHOLE)
    assert pixels.startswith("64 pixels in place of 224: ")
    assert layers.startswith("18 layers in place of 34: ")


def test_few_photographs_are_a_doubt():
    assert doubts(2000, 400, 10, 32) == []
    tested, steps = doubts(64, 14, 10, 32)
    assert tested == "14 photographs are tested: each is 7.1 points of accuracy"
    assert "make 20 steps in 10 epochs" in steps
    assert "make 2 steps in 1 epoch, " in doubts(64, 400, 1, 32)[0]
    assert "make 1 step in 1 epoch, " in doubts(64, 400, 1, 64)[0]
    epochs = int(steps.rpartition(" ")[2])
    assert doubts(64, 400, epochs, 32) == []
