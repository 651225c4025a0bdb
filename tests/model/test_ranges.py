"""Ranges of the numbers that say how a network is trained."""

import math

import pytest

from resnet_lab.errors import InputError
from resnet_lab.model.ranges import RANGES, check_class_weights, check_ranges, check_recipe


@pytest.mark.parametrize("name", RANGES)
def test_both_ends_of_a_range_pass_and_nothing_beyond(name):
    lowest, highest = RANGES[name]
    check_ranges({name: lowest})
    check_ranges({name: highest})
    for value in (lowest - 1, math.nan, *([] if math.isinf(highest) else [highest + 1])):
        with pytest.raises(InputError, match=rf"^model.{name} is .*; it must lie between {lowest:g} and "):
            check_ranges({name: value})


def test_weights_by_name_are_above_zero():
    for weights in ("none", "balanced", {}, {"rust": 1e-9, "ok": 1e9}, None):
        check_class_weights(weights)
    for value in (0, -0.0, -1.0, math.inf, math.nan):
        with pytest.raises(InputError, match=r"^model\.class_weights has .* for rust; a weight must be above 0"):
            check_class_weights({"ok": 1.0, "rust": value})


def test_milestones_are_ascending_shares_of_the_training():
    for milestones in (None, [0.5], [0.5, 0.75], (1e-9, 1 - 1e-9)):
        check_recipe({"milestones": milestones})
    for milestones in ([], [0.0], [1.0], [0.75, 0.5], [0.5, 0.5], [math.nan], [0.1, math.nan, 0.9], [-0.5, 0.5]):
        with pytest.raises(InputError, match=r"^model\.milestones is \["):
            check_recipe({"milestones": milestones})
