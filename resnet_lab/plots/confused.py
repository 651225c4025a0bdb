"""Most confused classes: the part of a large confusion matrix that has room, and the pairs that are mistaken most."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from resnet_lab.plots.style import INK, blank, styled
from resnet_lab.plots.texts import left_to_right, shortened

MOST_CLASSES = 24
"""Classes of a confusion matrix that can be read."""
_MOST_PAIRS = 12
_LONGEST_NAME = 24


@dataclass(frozen=True)
class ConfusedPair:
    """A class that is taken for another.

    Attributes:
        label: True class.
        predicted: Predicted class.
        images: Images of the true class that are taken for the other.
        of: Images of the true class.
    """

    label: str
    predicted: str
    images: int
    of: int


def confused_pairs(
    confusion: Sequence[Sequence[int]], classes: Sequence[str], most: int = _MOST_PAIRS
) -> list[ConfusedPair]:
    """Return the pairs of most images; of equal ones, those of the larger share of the true class first.

    Args:
        confusion: Images ``(K, K)``: rows true, columns predicted classes.
        classes: K class names.
        most: Number of pairs.

    >>> [(pair.label, pair.predicted, pair.images) for pair in confused_pairs([[5, 2], [1, 9]], ["cat", "dog"])]
    [('cat', 'dog', 2), ('dog', 'cat', 1)]
    """
    counts = np.array(confusion)
    of = counts.sum(axis=1)
    np.fill_diagonal(counts, 0)
    rows, columns = np.nonzero(counts)
    images = counts[rows, columns]
    order = np.lexsort((columns, rows, -images / of[rows], -images))[:most]
    return [
        ConfusedPair(classes[row], classes[column], int(counts[row, column]), int(of[row]))
        for row, column in zip(rows[order], columns[order], strict=True)
    ]


def most_confused(
    confusion: Sequence[Sequence[int]], classes: Sequence[str], most: int = MOST_CLASSES
) -> tuple[list[list[int]], list[str]]:
    """Return a confusion matrix of the classes in most mistakes; all others together are its last row and column.

    Each row keeps its sum, so a share is still one of all images of the true class.

    Args:
        confusion: Images ``(K, K)``: rows true, columns predicted classes.
        classes: K class names.
        most: Number of classes that keep a row of their own. With one class more or less, all keep theirs.

    >>> most_confused([[5, 0, 0, 0], [0, 3, 1, 0], [0, 2, 4, 0], [0, 0, 0, 6]], ["ant", "bee", "cat", "dog"], 2)
    ([[3, 1, 0], [2, 4, 0], [0, 0, 11]], ['bee', 'cat', '2 others'])
    """
    if len(classes) <= most + 1:
        return [list(row) for row in confusion], list(classes)
    counts = np.array(confusion)
    right = counts.diagonal()
    mistakes = counts.sum(axis=1) + counts.sum(axis=0) - 2 * right
    kept = np.sort(np.argsort(-mistakes, kind="stable")[:most])
    place = np.full(len(classes), most)
    place[kept] = np.arange(most)
    part = np.zeros((most + 1, most + 1), dtype=int)
    np.add.at(part, (place[:, None], place[None, :]), counts)
    return part.tolist(), [*(classes[k] for k in kept), f"{len(classes) - most:,} others"]


def pairs_plot(pairs: Sequence[ConfusedPair], color: str, title: str) -> Figure:
    """Draw the number of images of each confused pair as a bar, with its share of the true class.

    Args:
        pairs: One or more pairs, those of most images first.
        color: Color of the bars.
        title: Lines above the plot.
    """
    names = [
        left_to_right(f"{shortened(pair.label, _LONGEST_NAME)} → {shortened(pair.predicted, _LONGEST_NAME)}")
        for pair in pairs
    ]
    with styled():
        figure, axes = blank(("images", ""), height=1.5 + 0.3 * len(pairs), width=7.2)
        figure.suptitle(title, fontsize="medium")
        bars = axes.barh(range(len(pairs)), [pair.images for pair in pairs], height=0.62, color=color)
        texts = [f"{pair.images:,} of {pair.of:,} ({pair.images / pair.of:.0%})" for pair in pairs]
        axes.bar_label(bars, texts, padding=4, fontsize=8.5, color=INK)
        axes.set_yticks(range(len(pairs)), names)
        axes.set(ylim=(len(pairs) - 0.4, -0.6), xlim=(0, 1.3 * pairs[0].images))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
    return figure
