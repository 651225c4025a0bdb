"""Ranges of the numbers of a config: the depths that exist, the sizes of data, and how a network is trained."""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from resnet_lab.errors import InputError

RANGES: Mapping[str, tuple[float, float]] = {
    "lr": (0.0, math.inf),
    "weight_decay": (0.0, math.inf),
    "label_smoothing": (0.0, 1.0),
    "warmup_epochs": (0, math.inf),
    "momentum": (0.0, 1.0),
}
"""Lowest and highest value of each number, by its key under ``model.``."""
IMAGENET_DEPTHS = (18, 34, 50, 101, 152)
"""Depths with the stem for 224 pixels (He et al. 2015, Table 1), which torchvision and timm have too."""
BOTTLENECK_DEPTHS = (50, 101, 152)
"""Depths whose blocks have three layers (Table 1)."""
CIFAR_DEPTHS = range(8, 1203, 6)
"""Depths for small images: 6n+2 layers, n blocks in each of three stages (section 4.2); 1202 is the deepest there."""
SIZES = {"batch_size": 1, "image_size": 1, "num_workers": 0, "seed": 0}
"""Lowest value of each whole number, by its key under ``data.``."""
LENGTHS = ("max_epochs", "max_steps", "limit_train_batches")
"""Keys under ``trainer.`` that end a training."""
_IMAGE_SIZE = 224  # the default of data.image_size


def check_depth(depth: int) -> None:
    """Refuse a depth that no network has.

    Args:
        depth: ``model.depth``.

    Raises:
        InputError: There is no network of this depth.
    """
    if depth not in IMAGENET_DEPTHS and depth not in CIFAR_DEPTHS:
        raise InputError(
            f"depth {depth} is not known; choose 18, 34, 50, 101 or 152, or for small images 6n+2 from 8 to 1202, such "
            "as 20, 32 or 56."
        )


def check_sizes(values: Mapping[str, int | None]) -> None:
    """Refuse a size of the data that is too low; the short side of a photograph holds the crop.

    Args:
        values: Values by keys of ``SIZES``, and ``short_side``; those that are missing are not checked.

    Raises:
        InputError: A size is too low.
    """
    lowest_of = {**SIZES, "short_side": values.get("image_size", _IMAGE_SIZE)}
    for name, lowest in lowest_of.items():
        value = values.get(name)
        if value is not None and lowest is not None and value < lowest:
            raise InputError(f"data.{name} is {value}; it must be {lowest} or more.")


def check_ranges(values: Mapping[str, float]) -> None:
    """Refuse a value out of its range.

    Args:
        values: Values by keys of ``RANGES``.

    Raises:
        InputError: A value is out of its range, or no number.
    """
    for name, value in values.items():
        lowest, highest = RANGES[name]
        if not lowest <= value <= highest:
            raise InputError(f"model.{name} is {value}; it must lie between {lowest:g} and {highest:g}.")


def check_recipe(hyper_parameters: Mapping[str, Any]) -> None:
    """Refuse keys of ``model`` by which no network can be trained, alone or together.

    Args:
        hyper_parameters: Keys of ``model``; those that are missing are not checked.

    Raises:
        InputError: A number is out of its range; Nesterov's momentum without momentum; milestones that are not
            ascending shares of the training.
    """
    check_ranges({key: value for key in RANGES if (value := hyper_parameters.get(key)) is not None})
    if hyper_parameters.get("nesterov") and hyper_parameters.get("momentum") == 0:
        raise InputError("model.nesterov needs model.momentum above 0.")
    milestones: Sequence[float] | None = hyper_parameters.get("milestones")
    if milestones is None:
        return
    ascending = all(one < other for one, other in pairwise(milestones))
    if not (milestones and ascending and milestones[0] > 0 and milestones[-1] < 1):
        raise InputError(
            f"model.milestones is {[*milestones]}; it takes shares of the training between 0 and 1, each above the one "
            "before it: [0.5, 0.75] for half of the steps and three quarters."
        )


def check_length(trainer: Mapping[str, Any]) -> None:
    """Refuse a fit that trains nothing.

    Args:
        trainer: Values by keys of ``LENGTHS``; those that are missing are not checked.

    Raises:
        InputError: A value is 0.
    """
    zero = [key for key in LENGTHS if type(value := trainer.get(key)) in (int, float) and value == 0]
    if zero:
        raise InputError(f"trainer.{zero[0]} is 0, so nothing would be trained: give 1 or more.")


def check_class_weights(weights: Any) -> None:
    """Refuse a class weight that is no number above 0: images of its class would not be learned, or unlearned.

    Args:
        weights: ``model.class_weights``; weights by class name are checked.

    Raises:
        InputError: A weight is 0, negative, infinite or no number.
    """
    for name, weight in weights.items() if isinstance(weights, Mapping) else ():
        if not 0 < weight < math.inf:
            raise InputError(
                f"model.class_weights has {weight:g} for {name}; a weight must be above 0 and finite. A class without "
                "a weight has 1."
            )
