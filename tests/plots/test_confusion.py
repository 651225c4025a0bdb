"""A confusion matrix is colored by share, and numbered if there is room."""

import numpy as np

from resnet_lab.plots.confusion import confusion_plot
from resnet_lab.plots.style import CONTROL, TREATED

NAMES = ("predicted", "true")


def test_a_confusion_matrix_is_colored_by_share_and_numbered():
    figure = confusion_plot([[3, 1], [0, 0]], ("good", "an absent class of a long name"), TREATED, NAMES)
    [axes] = figure.axes
    assert [patch.get_alpha() for patch in axes.patches] == [0.75, 0.25, 0, 0]
    assert [text.get_text() for text in axes.texts] == ["3", "1", "0", "0"]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["good", "an absent class o…"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == NAMES


def test_many_classes_leave_no_room_for_numbers():
    figure = confusion_plot(np.eye(40).tolist(), [f"class {k}" for k in range(40)], CONTROL, NAMES)
    [shares] = figure.axes[0].images
    np.testing.assert_array_equal(shares.get_array(), np.eye(40))
    assert not figure.axes[0].texts
    assert len(figure.axes[0].get_xticklabels()) == 20


def test_a_larger_plot_has_numbers_for_more_classes_and_a_title():
    names = [f"class {k}" for k in range(13)]
    small, large = (confusion_plot(np.eye(13).tolist(), names, CONTROL, NAMES, side=side) for side in (4.2, 9))
    assert (len(small.axes[0].texts), len(large.axes[0].texts)) == (0, 169)
    assert confusion_plot([[1]], ["all"], CONTROL, NAMES, title="only one").get_suptitle() == "only one"


def test_any_class_name_is_drawn_as_it_is(tmp_path):
    names = ["$x$", "$\\frac{$", "_a^b"]
    figure = confusion_plot(np.eye(3).tolist(), names, CONTROL, NAMES, title="$\\frac{$")
    figure.savefig(tmp_path / "drawn.png")
    texts = [*figure.axes[0].get_xticklabels(), *figure.axes[0].get_yticklabels()]
    assert [text.get_text() for text in texts] == names * 2
    assert not any(text.get_parse_math() for text in texts)
