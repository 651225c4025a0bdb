"""Thin images: lines, banners and gradients that are many times longer than they are wide."""

LONGEST = 20
"""Largest ratio of the sides of an image that is used whole.

At a larger ratio no crop changes: a center crop is a square, and a random resized crop of at least 8% of the area and
an aspect of at most 4/3 does not fit any more from a ratio of 4/3 / 0.08 = 17 on, so it is a center crop as well.
"""


def is_thin(width: int, height: int) -> bool:
    """Return whether only the middle of an image is used.

    >>> is_thin(4000, 1), is_thin(4000, 200)
    (True, False)
    """
    return max(width, height) > LONGEST * min(width, height)


def middle(width: int, height: int) -> tuple[int, int, int, int]:
    """Return the part of an image that is used, as left, top, right and bottom.

    >>> middle(4000, 1), middle(300, 200)
    ((1990, 0, 2010, 1), (0, 0, 300, 200))
    """
    used_width, used_height = min(width, LONGEST * height), min(height, LONGEST * width)
    left, top = (width - used_width) // 2, (height - used_height) // 2
    return left, top, left + used_width, top + used_height
