"""Near-duplicates: groups of images with close hashes, found without comparing every pair."""

from collections.abc import Iterator
from itertools import count

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

DISTANCE = 16
"""Largest number of differing bits, of 256, between the hashes of near-duplicates.

Chosen on the 2,624 solar cells of ELPV, which all look alike (benchmarks/near_duplicates.py). It finds 97% of copies
that were halved in size, brightened by a tenth and saved as JPEG. Of 3.4 million pairs it takes 192; by eye, these show
the same cell twice or cells of one crystal pattern. At 20 bits, it also takes pairs of plain cells without a pattern.
"""
_KEY_BITS = 32
_ONES = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).sum(axis=1, dtype=np.uint8)


def near_duplicate_groups(hashes: NDArray[np.uint8], distance: int = DISTANCE) -> list[list[int]]:
    """Return groups of two or more hashes that are linked by steps of at most ``distance`` bits.

    Two hashes that differ in ``distance`` bits agree in at least one of ``distance + 1`` chunks (Norouzi et al. 2012,
    arXiv:1307.2982), so only hashes that share a chunk are compared.

    Args:
        hashes: Hashes as bytes, uint8 ``(N, bytes per hash)``.
        distance: Largest Hamming distance in bits.

    Returns:
        Positions in ``hashes``, ascending within each group. Groups are sorted by their first member.
    """
    if len(hashes) < 2:
        return []
    numbers: dict[bytes, int] = {}  # equal hashes become one; np.unique of rows takes ten times as long
    position = np.array([numbers.setdefault(row.tobytes(), len(numbers)) for row in hashes])
    unique = np.frombuffer(b"".join(numbers), dtype=np.uint8).reshape(len(numbers), -1)
    group = np.arange(len(unique))
    for keys in _chunks(unique, distance):
        group = _join_within(unique, keys, distance, group)
    labels = group[position]
    order = np.argsort(labels, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(labels[order])) + 1)
    return sorted(part.tolist() for part in parts if len(part) > 1)


def _chunks(hashes: NDArray[np.uint8], distance: int) -> Iterator[NDArray[np.int64]]:
    """Yield chunks of the hashes, as one integer per hash: ``distance + 1`` chunks, or more if 32 bits are too few."""
    bits = np.unpackbits(hashes, axis=1)
    number = max(distance + 1, -(-bits.shape[1] // _KEY_BITS))
    for chunk in np.array_split(bits, number, axis=1):
        yield chunk @ (1 << np.arange(chunk.shape[1], dtype=np.int64))


def _join_within(
    hashes: NDArray[np.uint8], keys: NDArray[np.int64], distance: int, group: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Join groups whose hashes have the same key and differ in at most ``distance`` bits.

    Hashes are sorted by key. Each is compared with the next one, then with the one after that, and so on as long as
    keys are equal. Each step is one pass over arrays.
    """
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    here = np.arange(len(keys))
    links: list[NDArray[np.int64]] = []
    for step in count(1):
        here = here[: np.searchsorted(here, len(keys) - step)]
        here = here[ordered[here] == ordered[here + step]]
        if not len(here):
            return _joined(group, links)
        pairs = np.stack([order[here], order[here + step]])
        pairs = pairs[:, group[pairs[0]] != group[pairs[1]]]
        links.append(pairs[:, _differing_bits(hashes[pairs[0]], hashes[pairs[1]]) <= distance])
        if sum(link.shape[1] for link in links) > len(keys):
            group, links = _joined(group, links), []
    raise AssertionError


def _differing_bits(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> NDArray[np.int64]:
    return _ONES[a ^ b].sum(axis=1, dtype=np.int64)


def _joined(group: NDArray[np.int64], links: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    if not links:
        return group
    first, second = group[np.concatenate(links, axis=1)]
    size = int(group.max()) + 1
    graph = coo_array((np.ones(len(first), dtype=bool), (first, second)), shape=(size, size))
    _, merged = connected_components(graph, directed=False)
    return np.asarray(merged[group], dtype=np.int64)
