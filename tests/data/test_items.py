"""Arrays in place of objects: what goes in comes out."""

import os
import pickle
from pathlib import Path

import numpy as np
import pytest

from resnet_lab.data.items import Item, Items, Paths

NAMES = ["a.png", "b c/größe.png", "line\nbreak.png", os.fsdecode(b"caf\xe9.png"), "x" * 300, "z"]


@pytest.fixture
def items() -> list[Item]:
    return [
        Item(Path(name), "ab"[i % 2], f"{i:064x}", 10 + i, 20, (i, 1_700_000_000_000_000_000 + i))
        for i, name in enumerate(NAMES)
    ]


def test_paths_come_back_by_position_slice_and_loop():
    paths = [Path(name) for name in NAMES]
    packed = Paths(paths)
    assert list(packed) == paths
    assert packed[-1] == paths[-1]
    assert packed[1:5:2] == paths[1:5:2]
    with pytest.raises(IndexError):
        packed[len(paths)]
    assert len(Paths([])) == 0


def test_items_come_back(items):
    packed = Items(items)
    assert list(packed) == items
    assert packed[2] == items[2]
    assert packed[1:3] == items[1:3]
    assert packed.contents == [item.sha256 for item in items]
    assert packed == Items(items)
    assert packed != Items(items[::-1])
    assert list(Items([])) == []


def test_class_indices_follow_the_given_list(items):
    assert Items(items).class_indices(["x", "b", "a"]).tolist() == [2, 1, 2, 1, 2, 1]


def test_no_object_is_kept_for_an_item(items):
    """Only then does memory not grow with workers: the arrays weigh what their contents do."""
    thousand = Items([item._replace(path=Path(f"{i}-{item.path}")) for i in range(1000) for item in items[:3]])
    assert len(pickle.dumps(thousand)) < 3000 * (64 + 8 + 8 + 16 + 4 + 25)
    assert all(isinstance(value, np.ndarray | tuple | Paths) for value in vars(thousand).values())
