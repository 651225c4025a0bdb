"""Agreement of the files of a run with each other: epochs, and scores with the predictions that they are of.

Each function raises a ``ValueError`` that says what does not agree; :mod:`~resnet_lab.runs.intact` names the file.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

_TOLERANCE = 1e-6
"""Scores are stored in float32 or better, probabilities with nine digits."""
_SMALLEST = 1e-300
"""Smaller probabilities have fewer digits, or are stored as zero."""


def check_epochs(epochs: Sequence[float], done: int) -> None:
    """Refuse epochs that are not 1, 2, ... up to the number of epochs done."""
    expected = range(1, done + 1)
    if lacking := [epoch for epoch in expected if epoch not in epochs]:
        raise ValueError(f"of {done} epochs it lacks {', '.join(map(str, lacking))}")
    if further := [epoch for epoch in epochs if epoch not in expected]:
        raise ValueError(f"it holds epoch {further[0]:g}, and the run has {done}")
    if twice := [epoch for epoch in expected if epochs.count(epoch) > 1]:
        raise ValueError(f"epoch {twice[0]} stands twice")
    if list(epochs) != list(expected):
        raise ValueError("its epochs are out of order")


def check_predictions(
    rows: Sequence[Mapping[str, str]], scores: Mapping[str, Any], classes: Sequence[str], which: str
) -> None:
    """Refuse predictions of one checkpoint that are not those behind its scores.

    Number of images, accuracy, loss, confusion matrix and the scores of each class are computed again.

    Args:
        rows: Rows of ``predictions.csv``, one per image.
        scores: Of the checkpoint, from ``metrics.json``.
        classes: Class names of the run, in order.
        which: Name of the checkpoint.
    """
    if len(rows) != scores["n"]:
        raise ValueError(f"it holds {len(rows)} of the {scores['n']} images of the {which} checkpoint")
    seen = set[str]()
    for row in rows:
        if row["path"] in seen:
            raise ValueError(f"{row['path']} stands twice under the {which} checkpoint")
        seen.add(row["path"])
        if row["label"] not in classes:
            raise ValueError(f"{row['path']} has the label {row['label']}, which is no class of the run")
        probabilities = [float(value) for key, value in row.items() if key.startswith("probability_")]
        if not all(map(math.isfinite, probabilities)):
            raise ValueError(f"{row['path']} has a probability that is no number under the {which} checkpoint")
        if float(row[f"probability_{row['predicted']}"]) < max(probabilities) * (1 - _TOLERANCE):
            raise ValueError(f"{row['path']} is predicted as {row['predicted']}, which is not the most probable class")
    confusion = np.zeros((len(classes), len(classes)), int)
    places = {name: place for place, name in enumerate(classes)}
    for row in rows:
        confusion[places[row["label"]], places[row["predicted"]]] += 1
    if confusion.tolist() != scores["confusion_matrix"]:
        raise ValueError(_contradiction("confusion_matrix", which))
    _check("accuracy", scores["accuracy"], confusion.trace() / len(rows), which)
    for name, values in _by_class(confusion, classes).items():
        for key, value in values.items():
            _check(f"{key} of {name}", scores["per_class"][name][key], value, which)
    _check_loss(rows, scores["loss"], which)


def _by_class(confusion: NDArray[np.int_], classes: Sequence[str]) -> dict[str, dict[str, float | None]]:
    """Return n, precision, recall and F1 of each class; precision and F1 are 0 and recall is None without images."""
    hits, true, predicted = confusion.diagonal(), confusion.sum(axis=1), confusion.sum(axis=0)
    return {
        name: {
            "n": int(n),
            "precision": float(hit / guessed) if guessed else 0.0,
            "recall": float(hit / n) if n else None,
            "f1": float(2 * hit / (n + guessed)) if n + guessed else 0.0,
        }
        for name, hit, n, guessed in zip(classes, hits, true, predicted, strict=True)
    }


def _check_loss(rows: Sequence[Mapping[str, str]], loss: float, which: str) -> None:
    """Refuse another loss than that of the predictions. Of a probability near zero only a lower bound is known."""
    probabilities = [float(row[f"probability_{row['label']}"]) for row in rows]
    computed = math.fsum(-math.log(max(probability, _SMALLEST)) for probability in probabilities) / len(rows)
    if min(probabilities) >= _SMALLEST or loss < computed:
        _check("loss", loss, computed, which)


def _check(key: str, stored: float | None, computed: float | None, which: str) -> None:
    if stored is None or computed is None:
        agree = stored is computed
    else:
        agree = math.isclose(stored, computed, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE)
    if not agree:
        raise ValueError(f"{_contradiction(key, which)}: {stored} and not {computed}")


def _contradiction(key: str, which: str) -> str:
    return f"test/metrics.json has another {key} of the {which} checkpoint than these predictions"
