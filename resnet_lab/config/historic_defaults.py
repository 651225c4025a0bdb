"""Keys of a config that came after the first runs, and what a run without them did; needs no torch."""

from collections.abc import Mapping
from typing import Any

LATER = {
    "compile": False,
    "data.augment": "standard",
    "data.background": "white",
    "data.normalize": "imagenet",
    "data.value_range": None,
    "model.class_weights": "none",
    "model.precise_bn": False,
}
"""The value by which a run of today repeats one that was made before the key was there."""


def with_later_keys(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a config by dotted keys, with the keys that it is too old to have.

    >>> with_later_keys({"data.augment": "none"})["data.augment"], with_later_keys({})["data.augment"]
    ('none', 'standard')
    """
    return {**config, **{key: value for key, value in LATER.items() if key not in config}}
