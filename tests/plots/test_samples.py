"""Sample images show their prediction; a mistake also names the true class."""

import numpy as np

from resnet_lab.plots.samples import samples_plot
from resnet_lab.plots.style import CORRECT, WRONG


def test_each_sample_has_its_prediction():
    images = [np.full((8, 8, 3), value, np.uint8) for value in (0, 100, 200)]
    probabilities = np.array([[0.9, 0.1], [0.3, 0.7], [0.2, 0.8]])
    figure = samples_plot(images, [0, 0, 1], probabilities, ["cat", "dog"], "three")
    assert [axes.get_title() for axes in figure.axes] == ["cat 0.90", "dog 0.70\nis cat", "dog 0.80"]
    assert [axes.title.get_color() for axes in figure.axes] == [CORRECT, WRONG, CORRECT]
    for axes, image in zip(figure.axes, images, strict=True):
        assert (axes.images[0].get_array() == image).all()


def test_any_class_name_is_drawn_as_it_is(tmp_path):
    names = ["$x$", "$\\frac{$", "_a^b"]
    figure = samples_plot([np.zeros((4, 4, 3), np.uint8)] * 3, [1, 2, 0], np.eye(3), names, "$\\frac{$")
    figure.savefig(tmp_path / "drawn.png")
    assert not any(axes.title.get_parse_math() for axes in figure.axes)
