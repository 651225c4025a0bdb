"""Digest of the plan of a study: equal for equal plans, however their files are written."""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from resnet_lab.comparison.plan import Plan
from resnet_lab.config.result_neutral_keys import is_result_neutral
from resnet_lab.config.safe_yaml import UnusableYamlError, parse_yaml

_ELSEWHERE = frozenset({"name", "seed_everything"})
"""Keys of a config that the plan has in another place."""


def settings_of_plan(config: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a plan says of a cell: the keys of its config and its settings that change results, in plain values.

    Args:
        config: Content of the config, as ``group.key``.
        settings: Settings laid over it: values of YAML, or words of the command line.

    >>> settings_of_plan({"name": "a", "model.lr": 1.0e-3, "data.root": "x"}, {"model.lr": "3e-4", "model.depth": 20.0})
    {'model.lr': 0.0003, 'model.depth': 20}
    """
    laid = {**config, **settings}
    return {key: plain(laid[key]) for key in laid if not is_result_neutral(key) and key not in _ELSEWHERE}


def plan_digest(plan: Plan, cells: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the sha256 of a plan in hexadecimal digits.

    The order of keys and cells, comments, what a cell asks, and keys that change no result are not part of it. The
    order of the seeds is: it says which pairs are judged at a look. A default that the plan does not name is no part of
    it either, so a later version of the package has the same digest.

    Args:
        plan: The plan; its own digest is passed over.
        cells: Settings of each cell by name, from :func:`settings_of_plan`.
    """
    keys: dict[str, Any] = {"looks": plan.looks, "worth": plan.worth, "folds": plan.folds}
    content: dict[str, Any] = {"cells": cells, "seeds": plan.seeds, "questions": dict(plan.questions)}
    content |= {key: value for key, value in keys.items() if value}
    if plan.tuning is not None:
        content["tune"] = asdict(plan.tuning)
    if plan.ladder is not None:
        content["ladder"] = asdict(plan.ladder)
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()


def plain(value: Any) -> Any:
    """Return a setting as a plain value, equal for every way to write it: ``3e-4`` is text to YAML, and ``32`` a word.

    >>> plain("3e-4"), plain("32"), plain(32.0), plain("true"), plain("1/5"), plain([1.0, "2"])
    (0.0003, 32, 32, True, '1/5', [1, 2])
    """
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, str):
        try:
            read = parse_yaml(value)
        except UnusableYamlError:
            return value
        return _number(value) if isinstance(read, str) else plain(read)
    return _number(value) if type(value) is float else value


def _number(value: str | float) -> Any:
    """Return a number as int if it is whole, else as float; other text stays."""
    try:
        number = float(value)
    except ValueError:
        return value
    if not math.isfinite(number):
        return str(value)
    return int(number) if number.is_integer() else number
