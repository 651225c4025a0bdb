"""Images of a split, stored in arrays that worker processes share.

A million images are a few large arrays. A worker process that only reads a list would still copy it, page by page,
because Python keeps reference counts inside the objects.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple, overload

import numpy as np
from numpy.typing import NDArray


class Item(NamedTuple):
    """One image file.

    Attributes:
        path: The file.
        label: Name of its class.
        sha256: sha256 of its content, in hexadecimal.
        width: Width in pixels, with the EXIF orientation applied.
        height: Height in pixels, with the EXIF orientation applied.
        stamp: Size in bytes and time of change in nanoseconds before it was read.
    """

    path: Path
    label: str
    sha256: str
    width: int = 0
    height: int = 0
    stamp: tuple[int, int] = (-1, -1)


class Paths(Sequence[Path]):
    """Paths in one byte array instead of one object each."""

    def __init__(self, paths: Iterable[Path]) -> None:
        texts = [os.fsencode(path) for path in paths]
        self._text = np.frombuffer(b"".join(texts), dtype=np.uint8)
        self._ends = np.fromiter(accumulate(map(len, texts)), dtype=np.int64, count=len(texts))

    def __len__(self) -> int:
        return len(self._ends)

    @overload
    def __getitem__(self, position: int) -> Path: ...
    @overload
    def __getitem__(self, position: slice) -> list[Path]: ...
    def __getitem__(self, position: int | slice) -> Path | list[Path]:
        if isinstance(position, slice):
            return [self[i] for i in range(*position.indices(len(self)))]
        position = range(len(self))[position]
        start = self._ends[position - 1] if position else 0
        return Path(os.fsdecode(self._text[start : self._ends[position]].tobytes()))


class Items(Sequence[Item]):
    """A sequence of :class:`Item` that holds no object an item; ``paths`` are theirs."""

    def __init__(self, items: Iterable[Item]) -> None:
        items = list(items)
        self.paths = Paths(item.path for item in items)
        self.classes = tuple(sorted({item.label for item in items}))
        index = {name: k for k, name in enumerate(self.classes)}
        self._labels = np.fromiter((index[item.label] for item in items), dtype=np.int32, count=len(items))
        self._sha256 = np.array([item.sha256.encode() for item in items], dtype="S64")
        self._sizes = np.array([(item.width, item.height) for item in items], dtype=np.int32).reshape(-1, 2)
        self._stamps = np.array([item.stamp for item in items], dtype=np.int64).reshape(-1, 2)

    def __len__(self) -> int:
        return len(self.paths)

    @overload
    def __getitem__(self, position: int) -> Item: ...
    @overload
    def __getitem__(self, position: slice) -> list[Item]: ...
    def __getitem__(self, position: int | slice) -> Item | list[Item]:
        if isinstance(position, slice):
            return [self[i] for i in range(*position.indices(len(self)))]
        label = self.classes[self._labels[position]]
        width, height = self._sizes[position].tolist()
        size, changed = self._stamps[position].tolist()
        return Item(self.paths[position], label, self._sha256[position].decode(), width, height, (size, changed))

    def __iter__(self) -> Iterator[Item]:
        return (self[position] for position in range(len(self)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Items) and len(self) == len(other) and all(map(Item.__eq__, self, other))

    __hash__ = None  # type: ignore[assignment]

    @property
    def contents(self) -> list[str]:
        """The sha256 of each image's content."""
        return [content.decode() for content in self._sha256.tolist()]

    def class_indices(self, classes: Sequence[str]) -> NDArray[np.int32]:
        """Return the index of each image's class in ``classes``, ``(N,)``."""
        index = {name: k for k, name in enumerate(classes)}
        return np.array([index[name] for name in self.classes], dtype=np.int32)[self._labels]
