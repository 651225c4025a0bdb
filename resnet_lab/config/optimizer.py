"""Name of the optimizer that a run used."""

from collections.abc import Mapping
from typing import Any

_FIRST_OPTIMIZER = "AdamW"
"""The optimizer of every run whose config has no key ``model.optimizer``."""


def optimizer_name(config: Mapping[str, Any]) -> str:
    """Return the name of the optimizer in a resolved config.

    >>> optimizer_name({"model": {"lr": 0.001}}), optimizer_name({"model": {"optimizer": "SGD"}})
    ('AdamW', 'SGD')
    """
    return str(config["model"].get("optimizer", _FIRST_OPTIMIZER))
