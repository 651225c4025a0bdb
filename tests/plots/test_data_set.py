"""Plots of a data set hold its counts and sizes."""

from resnet_lab.plots.data_set import counts_plot, sizes_plot
from resnet_lab.plots.style import as_svg


def test_a_bar_per_class_with_a_part_per_split():
    counts = {"train": {"cat": 7, "dog": 4}, "val": {"cat": 2}, "test": {"cat": 0, "dog": 0}}
    figure = counts_plot(counts, ["dog", "cat"])
    [axes] = figure.axes
    assert [(bar.get_x(), bar.get_width()) for bar in axes.patches] == [(0, 4), (0, 7), (4, 0), (7, 2)]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["dog", "cat"]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["train", "val"]  # no image is in test


def test_a_dot_per_size_that_says_its_number():
    figure = sizes_plot({(300, 200): 1200, (64, 640): 1})
    dots = figure.axes[0].collections
    assert [tuple(dot.get_offsets()[0]) for dot in dots] == [(300, 200), (64, 640)]
    assert dots[0].get_sizes() > dots[1].get_sizes()
    svg = as_svg(figure)
    assert "<title>300x200: 1,200</title>" in svg
    assert "<title>64x640: 1</title>" in svg
