"""How many blocks the paths through a residual network go through (Veit, Wilber, Belongie 2016, section 3)."""

from math import comb


def path_shares(count: int, *, residual: bool = True) -> list[float]:
    """Return the share of all paths that go through the branches of exactly k blocks, for k from 0 to ``count``.

    A residual network of n blocks has 2^n paths, since at each block one can go through the branch or around it: their
    lengths are binomial (n, 1/2). A plain network has one path, through all blocks.

    Args:
        count: Number of blocks n.
        residual: Whether the blocks have shortcuts.

    >>> path_shares(2)
    [0.25, 0.5, 0.25]
    >>> path_shares(2, residual=False)
    [0.0, 0.0, 1.0]
    """
    if not residual:
        return [0.0] * count + [1.0]
    return [comb(count, k) / 2**count for k in range(count + 1)]
