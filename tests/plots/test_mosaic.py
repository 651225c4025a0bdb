"""A mosaic shows every image as it is, with its texts below it."""

import numpy as np

from resnet_lab.plots.mosaic import Tile, mosaic_plot
from resnet_lab.plots.style import CORRECT, WRONG, as_png


def tile(value: int = 0, *lines: str, **options) -> Tile:
    return Tile(np.full((8, 8, 3), value, np.uint8), lines, **options)


def test_every_image_is_shown_with_its_texts_below_it():
    tiles = [tile(0, "cat 0.90"), tile(100, "dog 0.70", "is cat", wrong=True, path="cat/1.png"), tile(200)]
    figure = mosaic_plot(tiles, "three\nof them")
    [axes] = figure.axes
    assert [image.get_array()[0, 0, 0] for image in axes.images] == [0, 100, 200]
    texts = {text.get_text(): text for text in axes.texts}
    assert set(texts) == {"cat 0.90", "dog 0.70", "is cat", "cat/1.png", "three\nof them"}
    assert [texts[name].get_color() for name in ("cat 0.90", "is cat")] == [CORRECT, WRONG]
    left, right, bottom, _ = axes.images[1].get_extent()
    x, y = texts["is cat"].get_position()
    assert left <= x < right
    assert y > bottom  # the axis of y points down
    assert figure.get_size_inches().tolist() == [*axes.get_xlim()[1:], axes.get_ylim()[0]]


def test_no_image_covers_another():
    extents = [image.get_extent() for image in mosaic_plot([tile(k) for k in range(9)], "nine").axes[0].images]
    places = {(round(left, 6), round(top, 6)) for left, _, _, top in extents}
    assert len(places) == 9
    assert len({left for left, _ in places}) == 4
    assert {round(right - left, 6) for left, right, _, _ in extents} == {1.9}


def test_a_row_is_as_long_as_asked():
    images = mosaic_plot([tile(k) for k in range(6)], "six", in_a_row=3).axes[0].images
    assert [len({image.get_extent()[place] for image in images}) for place in (0, 3)] == [3, 2]


def test_a_long_path_keeps_the_end_of_its_name():
    figure = mosaic_plot([tile(0, "x", path=f"a folder of a long name/{'n' * 60} 0001.png")], "one")
    *_, folder, name, _ = (text.get_text() for text in figure.axes[0].texts)
    assert folder == "a folder of a long name/"
    assert name.endswith(" 0001.png")
    assert len(name) == 26


def test_any_class_name_is_drawn_as_it_is():
    names = ["$x$", "$\\frac{$", "_a^b", "猫", "قطة"]
    figure = mosaic_plot([tile(0, name) for name in names], "$\\frac{$")
    assert as_png(figure).startswith(b"\x89PNG")
    assert not any(text.get_parse_math() for text in figure.axes[0].texts)
