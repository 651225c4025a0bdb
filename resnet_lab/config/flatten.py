"""Flat configs: the keys of a nested config with dots between their parts."""

from collections.abc import Mapping
from typing import Any

_OBJECT = "class_path"
_NAMED_BY_DATA = frozenset({"class_weights", "columns"})
"""Mappings whose keys are names from the user's data, such as classes."""


def flatten(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys of a config at any depth as ``group.key``.

    An object, a mapping with ``class_path``, is one value: two loggers with equal options are still two loggers. A list
    is one value, too, and so is a mapping whose keys are names from the data (``model.class_weights``). A group without
    keys has none.

    Args:
        config: The content of a config file.

    >>> flatten({"name": "plain34", "model": {"depth": 34}, "trainer": {"logger": {"class_path": "CSVLogger"}}})
    {'name': 'plain34', 'model.depth': 34, 'trainer.logger': {'class_path': 'CSVLogger'}}
    """
    keys: dict[str, Any] = {}
    for key, value in config.items():
        if isinstance(value, Mapping) and not _is_value(str(key), value):
            keys |= {f"{key}.{inner}": inner_value for inner, inner_value in flatten(value).items()}
        else:
            keys[str(key)] = value
    return keys


def _is_value(key: str, value: Mapping[str, Any]) -> bool:
    return _OBJECT in value or key.rpartition(".")[2] in _NAMED_BY_DATA
