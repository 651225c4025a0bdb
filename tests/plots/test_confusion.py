"""A confusion matrix is colored by share, and numbered if there is room."""

import re
from importlib.resources import files

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from resnet_lab.plots.confusion import confusion_plot
from resnet_lab.plots.style import CONTROL, TREATED

NAMES = ("predicted", "true")


def test_a_confusion_matrix_is_colored_by_share_and_numbered():
    figure = confusion_plot([[3, 1], [0, 0]], ("good", "an absent class of a long name"), TREATED, NAMES)
    [axes] = figure.axes
    shares = np.array([patch.get_alpha() for patch in axes.patches])
    np.testing.assert_allclose(shares / shares[0], [1, 1 / 3, 0, 0])
    assert [text.get_text() for text in axes.texts] == ["3\n75%", "1\n25%", "0\n0%", "0\n0%"]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["good", "an absen…long name"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == NAMES


def test_long_names_that_begin_alike_stay_apart():
    names = [f"cells_with_a_defect_of_kind_{kind}" for kind in ("crack", "solder")]
    figure = confusion_plot([[1, 0], [0, 1]], names, CONTROL, NAMES)
    drawn = [tick.get_text() for tick in figure.axes[0].get_yticklabels()]
    assert len({*drawn}) == 2, drawn


def luminance(color):
    """Relative luminance (WCAG 2.2)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in color]
    return np.dot([0.2126, 0.7152, 0.0722], linear)


@pytest.mark.parametrize("role", ["control", "treated"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_number_has_enough_contrast_on_the_deepest_color_of_both_themes(role, theme):
    css = (files("resnet_lab.report") / "templates" / "report.css").read_text()
    variables = [
        dict(re.findall(r"--([\w-]+): (#\w{6})", part)) for part in css.split("prefers-color-scheme: dark")[:2]
    ]
    page, ink, color = (np.array(to_rgb(variables[theme == "dark"][name])) for name in ("page", "ink", role))
    alpha = confusion_plot([[1]], ["all"], CONTROL, NAMES).axes[0].patches[0].get_alpha()
    light, dark = sorted((luminance(ink), luminance(alpha * color + (1 - alpha) * page)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


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
