"""Ranges of the numbers that say how a network is trained."""

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
