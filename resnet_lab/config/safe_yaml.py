"""YAML of configs, studies and run folders: a key twice, a bomb and a file that is no file are refused."""

from collections.abc import Hashable
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from resnet_lab.errors import InputError
from resnet_lab.files import read_text

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml is ten times as fast, and not everywhere
_MERGE = "tag:yaml.org,2002:merge"
_LARGEST = 1_000_000
"""Bytes of a file. The config of a run has 3,000."""
_DEEPEST = 50
_MOST_VALUES = 100_000
"""Values of a text, those behind an alias counted at each use."""
_DAMAGES = (yaml.YAMLError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""Errors of PyYAML (6.0): ``2024-99-99``, ``!!float x`` and ``!!timestamp x`` end in errors that are none of YAML."""


class UnusableYamlError(InputError):
    """Text that cannot be used as YAML. The message does not name the file."""


def read_yaml(path: Path) -> Any:
    """Return the content of a YAML file, as PyYAML's ``safe_load`` reads it; None for an empty file.

    Raises:
        InputError: The file cannot be read, is no regular file, or its text cannot be used (:func:`parse_yaml`).
        FileNotFoundError: There is no such file.
    """
    try:
        return parse_yaml(read_text(path, _LARGEST))
    except (UnusableYamlError, UnicodeError) as error:
        raise InputError(f"{path} cannot be used: {' '.join(str(error).split())}") from error


def parse_yaml(text: str) -> Any:
    """Return the content of a YAML text, as PyYAML's ``safe_load`` reads it; None for an empty text.

    Raises:
        UnusableYamlError: The text is no YAML, says a key twice in one mapping, or is too large, too deep or a bomb.

    >>> parse_yaml("model: {depth: 20}")
    {'model': {'depth': 20}}
    """
    return deepcopy(_parsed(str(text)))  # libyaml takes no subclass of str


@lru_cache(maxsize=256)
def _parsed(text: str) -> Any:
    """Return the content of a text, parsed once: a comparison reads the config of each run many times."""
    if len(text) > _LARGEST:
        raise UnusableYamlError(f"it has more than {_LARGEST:,} characters: it is no config.")
    loader = None
    try:
        loader = _LOADER(text)
        node = loader.get_single_node()
        if node is None:
            return None
        _check(node, loader, {}, 0)
        return loader.construct_document(node)
    except UnusableYamlError:
        raise
    except _DAMAGES as error:
        raise UnusableYamlError(_said(error)) from error
    finally:
        if loader is not None:
            loader.dispose()


def _check(node: Any, loader: Any, measured: dict[int, tuple[int, int]], depth: int) -> None:
    """Measure a node with all below it, and refuse a key that a mapping says twice.

    Args:
        node: A node of PyYAML. A node with an anchor stands in several places, and may hold itself.
        loader: The loader, for the values of keys.
        measured: Number of values and of levels by ``id`` of each node that is measured already.
        depth: Levels above the node.
    """
    if depth + measured.get(id(node), (0, 0))[1] > _DEEPEST:
        raise UnusableYamlError(f"it is nested more than {_DEEPEST} levels deep: it is no config.")
    if id(node) in measured:
        return
    if isinstance(node, yaml.MappingNode):
        _refuse_twice(node, loader)
    below = [] if isinstance(node, yaml.ScalarNode) else list(node.value)
    if isinstance(node, yaml.MappingNode):
        below = [one for pair in below for one in pair]
    for one in below:
        _check(one, loader, measured, depth + 1)
    values = 1 + sum(measured[id(one)][0] for one in below)
    if values > _MOST_VALUES:
        raise UnusableYamlError(f"its aliases stand for more than {_MOST_VALUES:,} values: it is no config.")
    measured[id(node)] = values, 1 + max((measured[id(one)][1] for one in below), default=0)


def _refuse_twice(node: Any, loader: Any) -> None:
    lines: dict[Hashable, int] = {}
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode) or key.tag == _MERGE:
            continue
        said, line = loader.construct_object(key), key.start_mark.line + 1
        if said in lines:
            raise UnusableYamlError(
                f"the key {key.value} stands twice, in line {lines[said]} and in line {line}: keep one of them."
            )
        lines[said] = line


def _said(error: BaseException) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deep: it is no config."
    return " ".join(str(error).split()) or type(error).__name__
