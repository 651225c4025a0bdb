"""Keys of a study file that fix in advance how its runs are judged: looks, worth, question and folds."""

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from resnet_lab.comparison.claims import FEWEST_PAIRS
from resnet_lab.comparison.families import PRIMARY
from resnet_lab.comparison.questions import MECHANISM, QUESTIONS
from resnet_lab.errors import InputError
from resnet_lab.suggestions import nearest

POINT = 0.01
"""One point as a share."""


def read_looks(value: Any, seeds: Sequence[int], path: Path) -> tuple[int, ...]:
    """Return the numbers of complete pairs at which the arms are judged; none if the file names none.

    Args:
        value: ``looks`` of the file.
        seeds: The seeds of the file.
        path: The file, for the message.

    Raises:
        InputError: The looks are no ascending whole numbers from ``FEWEST_PAIRS`` to the number of seeds.
    """
    if value is None:
        return ()
    if not isinstance(value, list) or not value or not all(type(look) is int for look in value):
        raise InputError(f"looks of {path} is {value}; it must be a list of numbers of pairs: looks: [6, 9, 12].")
    if value != sorted(set(value)) or value[0] < FEWEST_PAIRS:
        raise InputError(
            f"looks of {path} are {value}; they must ascend and begin at {FEWEST_PAIRS} pairs or more: looks: [6, 9, "
            "12]."
        )
    if value[-1] > len(seeds):
        raise InputError(
            f"The last look of {path} is at {value[-1]} pairs, and the number of its seeds is {len(seeds)}: give it "
            "more seeds, or leave the look out."
        )
    return tuple(value)


def read_worth(value: Any, path: Path) -> float | None:
    """Return the smallest difference worth having, as a share; None if the file names none.

    Args:
        value: ``worth`` of the file, in points.
        path: The file, for the message.

    Raises:
        InputError: It is no number above zero.
    """
    if value is None:
        return None
    if type(value) not in (int, float) or not math.isfinite(value) or value <= 0:
        raise InputError(f"worth of {path} is {value}; it must be a number of points above zero: worth: 1.0.")
    return value * POINT


def refuse_worth_without_points(worth: float | None, questions: Iterable[str], path: Path) -> None:
    """Refuse a smallest difference worth having, which is in points, beside a question of another unit.

    Raises:
        InputError: A question has another unit.
    """
    other = [question.key for question in QUESTIONS if question.key in {*questions} and question.unit != "points"]
    if worth is not None and other:
        raise InputError(
            f"worth of {path} is in points, and the question {other[0]} is not: leave worth out, or ask a question in "
            f"points ({', '.join(key for key in _known() if _unit(key) == 'points')})."
        )


def read_question(value: Any, path: Path) -> str:
    """Return the key of the claim by which runs are judged; the primary claim if the file names none.

    Claims on mechanism are a family of their own, which no question replaces.

    Args:
        value: ``question`` of the file or of a cell.
        path: The file, for the message.

    Raises:
        InputError: There is no such question.
    """
    if value is None:
        return PRIMARY
    known = _known()
    if value not in known:
        near = nearest(str(value), known)
        hint = f"did you mean {near}?" if near else f"there is {', '.join(known)}."
        raise InputError(f"{path} asks the question {value}, by which no arms can be judged; {hint}")
    return str(value)


def _known() -> list[str]:
    return [question.key for question in QUESTIONS if question.family != MECHANISM]


def _unit(key: str) -> str:
    return next(question.unit for question in QUESTIONS if question.key == key)


def read_folds(value: Any, seeds: Sequence[int], looks: Sequence[int], path: Path) -> int | None:
    """Return the number of folds; None if the file names none.

    Args:
        value: ``folds`` of the file.
        seeds: The seeds of the file.
        looks: Its looks.
        path: The file, for the message.

    Raises:
        InputError: It is no whole number of 2 or more, or no pair of the first look holds out one of the folds.
    """
    if value is None:
        return None
    if type(value) is not int or value < 2:
        raise InputError(f"folds of {path} is {value}; it must be a whole number of 2 or more: folds: 5.")
    first = seeds[: looks[0]] if looks else seeds
    held_out = {fold_of(seed, value) for seed in first}
    if missing := [fold for fold in range(1, value + 1) if fold not in held_out]:
        when = f" before its first look, at {looks[0]} pairs" if looks else ""
        raise InputError(
            f"No seed of {path} holds out fold {missing[0]} of {value}{when}: seed s holds out fold s mod {value}. "
            f"Give it {value} seeds in a row, such as 1 to {value}, or fewer folds."
        )
    return value


def fold_of(seed: int, folds: int) -> int:
    """Return the fold that a seed holds out, from 1 to ``folds``.

    >>> [fold_of(seed, 5) for seed in (0, 1, 4, 5, 6)]
    [5, 1, 4, 5, 1]
    """
    return (seed - 1) % folds + 1
