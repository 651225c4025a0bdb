"""Ranges of the numbers of a config."""

import math

import pytest
from torch.nn import Conv2d

from resnet_lab.config.ranges import (
    IMAGENET_DEPTHS,
    RANGES,
    SIZES,
    check_class_weights,
    check_depth,
    check_ranges,
    check_recipe,
    check_sizes,
)
from resnet_lab.errors import InputError
from resnet_lab.model.backbone import ResNet


@pytest.mark.parametrize("name", RANGES)
def test_both_ends_of_a_range_pass_and_nothing_beyond(name):
    lowest, highest = RANGES[name]
    check_ranges({name: lowest})
    check_ranges({name: highest})
    for value in (lowest - 1, math.nan, *([] if math.isinf(highest) else [highest + 1])):
        with pytest.raises(InputError, match=rf"^model.{name} is .*; it must lie between {lowest:g} and "):
            check_ranges({name: value})


def test_a_depth_that_passes_is_one_that_can_be_built():
    passed = []
    for depth in range(-6, 200):
        try:
            check_depth(depth)
        except InputError:
            with pytest.raises(InputError, match=f"^depth {depth} is not known; choose 18"):
                ResNet(depth)
        else:
            passed.append(depth)
    assert passed == sorted({*IMAGENET_DEPTHS, *(6 * n + 2 for n in range(1, 33))})
    for depth in IMAGENET_DEPTHS:
        built = ResNet(depth, num_classes=2)
        main = [name for name, of in built.named_modules() if isinstance(of, Conv2d) and "downsample" not in name]
        assert len(main) + 1 == depth  # and the classifier
    check_depth(1202)
    with pytest.raises(InputError):
        check_depth(1208)


def test_sizes_begin_at_their_lowest_value_and_the_crop_fits_into_the_short_side():
    check_sizes({})
    check_sizes({**SIZES, "short_side": None})
    check_sizes({"image_size": 32, "short_side": 32})
    for name, lowest in SIZES.items():
        check_sizes({name: lowest})
        with pytest.raises(InputError, match=rf"^data\.{name} is {lowest - 1}; it must be {lowest} or more\.$"):
            check_sizes({name: lowest - 1})
    with pytest.raises(InputError, match=r"^data\.short_side is 31; it must be 32 or more\.$"):
        check_sizes({"image_size": 32, "short_side": 31})


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
