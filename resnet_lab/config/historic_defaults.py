"""Historic defaults: the value that a run had for a key before the key existed."""

from collections.abc import Mapping
from typing import Any

LATER = {
    "compile": False,
    "data.augment": "standard",
    "data.background": "white",
    "data.classes": None,
    "data.color": "as_stored",
    "data.fold": None,
    "data.groups": None,
    "data.normalize": "imagenet",
    "data.short_side": None,
    "data.value_range": None,
    "model.class_weights": "none",
    "model.decay_on": "all",
    "model.init": "kaiming_normal",
    "model.init_from": None,
    "model.milestones": None,
    "model.momentum": 0.9,
    "model.nesterov": False,
    "model.norm_bias": 0.0,
    "model.optimizer": "adamw",
    "model.precise_bn": False,
    "model.schedule": "cosine",
    "model.shortcut_gradient": "both",
    "model.shortcut_span": 2,
    "model.shortcut_weight": 1.0,
    "model.zero_init_residual": False,
}
"""Value of each later key by which a run of today repeats a run that was made before the key existed."""


def with_later_keys(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a flat config with the keys that did not exist when it was written.

    Args:
        config: A config as ``group.key``; its own values stay.

    >>> with_later_keys({"data.augment": "none"})["data.augment"], with_later_keys({})["data.augment"]
    ('none', 'standard')
    """
    return {**config, **{key: value for key, value in LATER.items() if key not in config}}
