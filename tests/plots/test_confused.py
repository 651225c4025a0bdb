"""The most confused classes and pairs, against counting by hand."""

from collections import Counter

import numpy as np
import pytest

from resnet_lab.plots.confused import confused_pairs, most_confused, pairs_plot
from resnet_lab.plots.style import TREATED


@pytest.fixture
def large():
    """A confusion matrix of 1,000 classes, and its mistakes as pairs."""
    draw = np.random.default_rng(0)
    labels, predicted = draw.integers(0, 1000, 5000), draw.integers(0, 30, 5000)
    confusion = np.zeros((1000, 1000), dtype=int)
    np.add.at(confusion, (labels, predicted), 1)
    return confusion, Counter((a, b) for a, b in zip(labels, predicted, strict=True) if a != b)


def test_pairs_are_counted(large):
    confusion, mistakes = large
    pairs = confused_pairs(confusion, [str(k) for k in range(1000)])
    assert [pair.images for pair in pairs] == [n for _, n in mistakes.most_common(12)]
    for pair in pairs:
        row = int(pair.label)
        assert mistakes[row, int(pair.predicted)] == pair.images
        assert confusion[row].sum() == pair.of
    assert confused_pairs([[3, 0], [0, 4]], ["cat", "dog"]) == []


def test_of_equal_pairs_the_larger_share_is_first():
    pairs = confused_pairs([[9, 2, 0], [1, 3, 0], [0, 2, 1]], ["ant", "bee", "cat"])
    assert [(pair.label, pair.predicted) for pair in pairs] == [("cat", "bee"), ("ant", "bee"), ("bee", "ant")]


def test_a_part_of_many_classes_keeps_all_images(large):
    confusion, _ = large
    names = [str(k) for k in range(1000)]
    part, kept = most_confused(confusion, names, 24)
    assert (len(part), len(kept), kept[-1]) == (25, 25, "976 others")
    chosen = [int(name) for name in kept[:-1]]
    assert chosen == sorted(chosen)
    wrong = confusion.sum(0) + confusion.sum(1) - 2 * confusion.diagonal()
    assert min(wrong[chosen]) >= max(np.delete(wrong, chosen))
    assert np.array(part)[:-1, :-1].tolist() == confusion[np.ix_(chosen, chosen)].tolist()
    assert np.array(part).sum(1)[:-1].tolist() == confusion.sum(1)[chosen].tolist()
    assert np.array(part).sum() == 5000


@pytest.mark.parametrize("count", [2, 25])
def test_few_classes_all_keep_their_row(count):
    confusion, names = np.eye(count, dtype=int).tolist(), [str(k) for k in range(count)]
    assert most_confused(confusion, names) == (confusion, names)


def test_bars_are_numbered():
    pairs = confused_pairs([[9, 2, 0], [1, 3, 0], [0, 2, 1]], ["ant", "قطة", "c" * 60])
    [axes] = pairs_plot(pairs, TREATED, "pairs").axes
    assert [bar.get_width() for bar in axes.patches] == [2, 2, 1]
    assert [text.get_text() for text in axes.texts] == ["2 of 3 (67%)", "2 of 11 (18%)", "1 of 4 (25%)"]
    labels = [tick.get_text() for tick in axes.get_yticklabels()]
    assert labels == [
        "\u200ecccccccccccc…cccccccccccc → قطة".replace("c" * 12, "c" * 11, 1),
        "\u200eant → قطة",
        "\u200eقطة → ant",
    ]
