"""Flat configs: the keys of a nested config with dots between their parts."""

from collections.abc import Iterator, Mapping
from typing import Any

_OBJECT = "class_path"
_NAMED_BY_DATA = frozenset({"class_weights", "columns"})
"""Mappings whose keys are names from the user's data, such as classes."""
_GROUPS = frozenset({"checkpoint", "data", "diagnostics", "model", "trainer"})
"""Groups of keys at the top of a config."""


def flatten(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys of a config at any depth as ``group.key``.

    An object, a mapping with ``class_path``, is one value: two loggers with equal options are still two loggers. A list
    is one value, too, and so is a mapping whose keys are names from the data (``model.class_weights``). A group without
    keys has none, whether it is ``{}`` or has nothing under it.

    Args:
        config: The content of a config file.

    >>> flatten({"name": "plain34", "model": {"depth": 34}, "trainer": {"logger": {"class_path": "CSVLogger"}}})
    {'name': 'plain34', 'model.depth': 34, 'trainer.logger': {'class_path': 'CSVLogger'}}
    >>> flatten({"name": "plain34", "model": None})
    {'name': 'plain34'}
    """
    return dict(_keys(without_empty_groups(config)))


def repeated_key(config: Mapping[str, Any]) -> str | None:
    """Return a key that a config says twice, once in its group and once with a dot; None if there is none.

    >>> repeated_key({"model": {"depth": 34}, "model.depth": 18})
    'model.depth'
    """
    keys = [key for key, _ in _keys(config)]
    return None if len(set(keys)) == len(keys) else next(key for key in keys if keys.count(key) > 1)


def without_empty_groups(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a config without the groups that have nothing under them: all their keys may be commented out.

    >>> without_empty_groups({"model": None, "data": {"fold": None}})
    {'data': {'fold': None}}
    """
    return {key: value for key, value in config.items() if value is not None or key not in _GROUPS}


def _keys(config: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in config.items():
        if isinstance(value, Mapping) and not _is_value(str(key), value):
            yield from ((f"{key}.{inner}", inner_value) for inner, inner_value in _keys(value))
        else:
            yield str(key), value


def _is_value(key: str, value: Mapping[str, Any]) -> bool:
    return _OBJECT in value or key.rpartition(".")[2] in _NAMED_BY_DATA
