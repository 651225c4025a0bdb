"""Lengths of the paths through a residual network (Veit, Wilber, Belongie 2016, arXiv:1605.06431, section 3)."""

from math import comb


def path_shares(count: int, *, residual: bool = True) -> list[float]:
    """Return the share of all paths that go through the branches of exactly k blocks, for k from 0 to ``count``.

    A residual network of n blocks has 2^n paths, since a path goes through the branch of each block or around it. The
    lengths of the paths are binomial (n, 1/2). A plain network has one path, through all blocks.

    Args:
        count: Number of blocks n; with a shortcut around each layer, the number of these layers.
        residual: Whether the blocks have shortcuts.

    >>> path_shares(2)
    [0.25, 0.5, 0.25]
    >>> path_shares(2, residual=False)
    [0.0, 0.0, 1.0]
    """
    if not residual:
        return [0.0] * count + [1.0]
    return [comb(count, k) / 2**count for k in range(count + 1)]
