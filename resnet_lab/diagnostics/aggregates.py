"""Aggregates of layer values: one value for the network as a whole."""

from collections.abc import Mapping
from statistics import median

import torch
from torch import Tensor

from resnet_lab.layer_names import on_main_path

ALL = "all"
"""Stands for the whole network in place of the name of a layer."""


def with_median(values: Mapping[str, Tensor]) -> dict[str, float]:
    """Return the value of each layer, and the median over the main path as the value of the network.

    Args:
        values: Scalars by layer. All are on one device and are copied from there at once.
    """
    found = as_floats(values)
    main = [value for layer, value in found.items() if on_main_path(layer)]
    return {**found, ALL: median(main)} if main else found


def as_floats(values: Mapping[str, Tensor]) -> dict[str, float]:
    """Return scalars as Python numbers, with one copy from their device."""
    return dict(zip(values, torch.stack(list(values.values())).tolist(), strict=True)) if values else {}
