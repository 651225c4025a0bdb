"""A confusion matrix is coloured by share, and numbered where there is room."""

import numpy as np

from resnet_lab.plots.confusion import confusion_figure
from resnet_lab.plots.style import CONTROL, TREATED


def test_a_confusion_matrix_is_coloured_by_share_and_numbered():
    figure = confusion_figure([[3, 1], [0, 0]], ("good", "an absent class of a long name"), TREATED, ("x", "y"))
    [axes] = figure.axes
    assert [patch.get_alpha() for patch in axes.patches] == [0.75, 0.25, 0, 0]
    assert [text.get_text() for text in axes.texts] == ["3", "1", "0", "0"]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["good", "an absent class o…"]


def test_many_classes_leave_no_room_for_numbers():
    figure = confusion_figure(np.eye(40).tolist(), [f"class {k}" for k in range(40)], CONTROL, ("x", "y"))
    [shares] = figure.axes[0].images
    np.testing.assert_array_equal(shares.get_array(), np.eye(40))
    assert not figure.axes[0].texts
    assert len(figure.axes[0].get_xticklabels()) == 20
