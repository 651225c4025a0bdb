"""Key ``tune`` of a study file: one key of the model whose best value each arm chooses before the runs that count."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from resnet_lab.comparison.knobs import KNOB_KEYS
from resnet_lab.comparison.one_arm import RESIDUAL
from resnet_lab.comparison.plan import Tuning
from resnet_lab.comparison.tuning import BY, cell_at
from resnet_lab.errors import InputError
from resnet_lab.study.plan_digest import plain
from resnet_lab.suggestions import nearest

TUNE = "tune"
_OF_THE_NETWORK = ("model.depth", "model.shortcut", *KNOB_KEYS)
_PARTS = ("key", "values", "by", "seeds")
_WRITE = "tune: {key: model.lr, values: [1e-4, 3e-4, 1e-3], by: val/accuracy, seeds: [100, 101]}"


def read_tuning(content: Mapping[str, Any], seeds: Sequence[int], path: Path) -> Tuning | None:
    """Return the tuning of a study; None if the file has none.

    Args:
        content: All keys of the file, as ``group.key``.
        seeds: The seeds of the file, which count for the verdict.
        path: The file, for the message.

    Raises:
        InputError: A part is missing or unknown; the key is none of the model, or says what the network is; the values
            are no different finite numbers, or fewer than two; the metric is unknown or of the test split; or a seed
            counts for the verdict, too.
    """
    own = {key.removeprefix(f"{TUNE}."): value for key, value in content.items() if _is_tune(key)}
    if not own:
        return None
    if set(own) != set(_PARTS):
        wrong = sorted(set(own) - set(_PARTS) - {TUNE})
        said = f"has {wrong[0]}, which does not exist" if wrong else f"needs {', '.join(_PARTS)}"
        raise InputError(f"tune of {path} {said}: {_WRITE}.")
    _refuse_key(own["key"], path)
    return Tuning(own["key"], _values(own["values"], path), _by(own["by"], path), _seeds(own["seeds"], seeds, path))


def without_tune(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys of a study file other than those of ``tune``."""
    return {key: value for key, value in content.items() if not _is_tune(key)}


def refuse_key_set_elsewhere(tuning: Tuning, settings: Mapping[str, Any], where: str) -> None:
    """Refuse a setting of the tuned key beside ``tune``.

    Args:
        tuning: The tuning.
        settings: Settings of the study, a cell or the command line, as ``group.key``.
        where: The place that has them, for the message.

    Raises:
        InputError: The key is among the settings.
    """
    if tuning.key in settings:
        raise InputError(f"{where} has {tuning.key}, which tune sets in every cell: leave one of them out.")


def refuse_folds(folds: Any, path: Path) -> None:
    """Refuse folds beside ``tune``.

    Raises:
        InputError: The file has folds.
    """
    if folds is not None:
        raise InputError(
            f"{path} has tune and folds: a tuning run would choose by photographs on which other seeds are tested. "
            "Leave one of them out."
        )


def _is_tune(key: str) -> bool:
    return key.partition(".")[0] == TUNE


def _refuse_key(key: Any, path: Path) -> None:
    if not isinstance(key, str) or not key.startswith("model."):
        raise InputError(f"tune of {path} has the key {key}; it must be a key of the model, such as model.lr.")
    if key == RESIDUAL:
        raise InputError(
            f"tune of {path} has the key {key}, in which the arms differ: tune another one, such as model.lr."
        )
    if key in _OF_THE_NETWORK:
        raise InputError(
            f"tune of {path} has the key {key}, which says what the network is and not how it is trained, so each "
            "value is another network: tune another key, such as model.lr, or give each value a cell."
        )


def _values(values: Any, path: Path) -> tuple[float, ...]:
    """Return the values, ascending."""
    numbers = [plain(value) for value in values] if isinstance(values, list) else []
    if not numbers or any(type(number) not in (int, float) or not math.isfinite(number) for number in numbers):
        raise InputError(f"values of tune of {path} are {values}; they must be numbers: {_WRITE}.")
    if len(numbers) < 2:
        raise InputError(f"tune of {path} has one value, so there is nothing to choose: give it two or more.")
    names = [cell_at("", "", number) for number in numbers]
    if twice := [number for number, name in zip(numbers, names, strict=True) if names.count(name) > 1]:
        raise InputError(f"tune of {path} has the value {twice[0]:g} twice: leave one of them out.")
    return tuple(sorted(numbers))


def _by(by: Any, path: Path) -> str:
    if isinstance(by, str) and by.startswith("test/"):
        raise InputError(
            f"tune of {path} chooses by {by}, and what is chosen by the test split can no longer be judged on it: "
            "choose by val/accuracy."
        )
    if by not in BY:
        near = nearest(str(by), BY)
        hint = f"did you mean {near}?" if near else f"there is {', '.join(BY)}."
        raise InputError(f"tune of {path} chooses by {by}, which is no metric of every epoch; {hint}")
    return str(by)


def _seeds(tuning: Any, seeds: Sequence[int], path: Path) -> tuple[int, ...]:
    if not isinstance(tuning, list) or not tuning or any(type(s) is not int or not 0 <= s < 2**32 for s in tuning):
        raise InputError(f"seeds of tune of {path} are {tuning}; they must be whole numbers: {_WRITE}.")
    if len(set(tuning)) < len(tuning):
        raise InputError(f"tune of {path} has a seed twice, and a seed is one run per value: give it once.")
    if both := [seed for seed in tuning if seed in seeds]:
        raise InputError(
            f"tune of {path} has seed {both[0]}, which counts for the verdict: choose values by other seeds, such as "
            "100 and 101."
        )
    return tuple(sorted(tuning))
