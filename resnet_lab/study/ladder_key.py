"""Keys ``ladder`` and ``asks`` of a study file: the ends of a ladder, and the question that each cell answers."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from resnet_lab.comparison.plan import LadderEnds
from resnet_lab.errors import InputError
from resnet_lab.suggestions import nearest

LADDER, ASKS = "ladder", "asks"
_WRITE = "ladder: {from: plain, to: residual}"


def read_ladder(content: Mapping[str, Any], path: Path) -> LadderEnds | None:
    """Return the ends of the ladder of a study; None if the file has none.

    Args:
        content: All keys of the file, as ``group.key``.
        path: The file, for the message.

    Raises:
        InputError: An end is missing, both are the same, or a part is unknown.
    """
    own = {key.removeprefix(f"{LADDER}."): value for key, value in content.items() if _is_ladder(key)}
    if not own:
        return None
    if own.keys() != {"from", "to"} or not all(isinstance(name, str) for name in own.values()):
        raise InputError(f"ladder of {path} must name two cells, from and to: {_WRITE}.")
    if own["from"] == own["to"]:
        raise InputError(f"ladder of {path} goes from {own['from']} to itself; it must name two cells: {_WRITE}.")
    return LadderEnds(own["from"], own["to"])


def without_ladder(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys of a study file other than those of ``ladder``."""
    return {key: value for key, value in content.items() if not _is_ladder(key)}


def refuse_no_ladder(ends: LadderEnds, cells: Sequence[str], looks: Sequence[int], folds: Any, path: Path) -> None:
    """Refuse a ladder without its ends or without a rung, with several looks, or with folds.

    Args:
        ends: The ends.
        cells: Names of all cells of the file.
        looks: Looks of the file.
        folds: ``folds`` of the file; None without.
        path: The file, for the message.

    Raises:
        InputError: It is one of these.
    """
    for key, name in (("from", ends.start), ("to", ends.end)):
        if name not in cells:
            near = nearest(name, cells)
            hint = f"did you mean {near}?" if near else f"there is {', '.join(cells)}."
            raise InputError(f"ladder of {path} goes {key} {name}, which is no cell of the file; {hint}")
    if len(cells) < 3:
        raise InputError(f"ladder of {path} has no rung: give the file a third cell, or leave ladder out.")
    if len(looks) > 1:
        raise InputError(
            f"looks of {path} are {', '.join(map(str, looks))}, and a ladder has one look at most, since its rungs are "
            "judged together: keep one of them."
        )
    if folds is not None:
        raise InputError(
            f"{path} has ladder and folds: the rungs are compared on the same training images in every seed. Leave one "
            "of them out."
        )


def read_asks(value: Any, path: Path) -> str:
    """Return the question of a cell in the words of the file; empty if the cell has none.

    Args:
        value: ``asks`` of the cell.
        path: The file, for the message.

    Raises:
        InputError: It is no text.
    """
    if value is None:
        return ""
    if not isinstance(value, str) or not value.strip():
        raise InputError(f'asks of {path} is {value}; it must be a question in words: asks: "Is the start enough?".')
    return " ".join(value.split())


def _is_ladder(key: str) -> bool:
    return key.partition(".")[0] == LADDER
