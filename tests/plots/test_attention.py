"""A map over a photograph: nothing where it is zero, most color at its peak, and in its place."""

import numpy as np

from resnet_lab.plots.attention import overlay

GRAY = np.full((64, 64, 3), 100, np.uint8)


def test_a_map_of_zeros_leaves_the_photograph_as_it_is():
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    assert (overlay(pixels, np.zeros((7, 7))) == pixels).all()


def test_the_color_is_where_the_map_is():
    heat = np.zeros((8, 8))
    heat[1, 6] = 1  # row 1 from above, column 6 from the left
    difference = np.abs(overlay(GRAY, heat).astype(int) - GRAY).sum(axis=2)
    row, column = np.unravel_index(difference.argmax(), difference.shape)
    assert (row // 8, column // 8) == (1, 6)
    assert not difference[24:].any()
    assert not difference[:, :40].any()


def test_a_larger_value_has_more_color():
    reds = [int(overlay(GRAY, np.full((2, 2), value))[0, 0, 0]) for value in (0, 0.25, 0.5, 1)]
    assert reds == sorted(set(reds))
    assert overlay(GRAY, np.ones((2, 2)))[0, 0].tolist() == [216, 79, 25]  # a quarter of the photograph remains
