"""Values of a checkpoint: their checksum, and a check that they claim no more memory than the file holds."""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

_MOST_VALUES = 1_000_000
"""Limit for the values of one checkpoint, each counted once per reference. Ours hold a few thousand."""


def checksum(content: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the values of a checkpoint. It does not depend on the file or on the memory layout.

    A tensor counts by type, shape and bytes, a number or text by its Python form, a mapping or sequence also by its
    order. The key ``checksum`` does not count.

    >>> checksum({"a": [1, 2.0]}) == checksum({"a": [1, 2.0], "checksum": "?"}) != checksum({"a": [1, 2]})
    True
    """
    total = hashlib.sha256()
    for value in _values({key: value for key, value in content.items() if key != "checksum"}):
        if isinstance(value, Tensor):
            total.update(f"{value.dtype}{tuple(value.shape)}".encode())
            total.update(value.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data)
        elif isinstance(value, bool | int | float | str | bytes | None):
            total.update(f"{type(value).__name__}{value!r};".encode())
        else:
            total.update(f"{type(value).__name__};".encode())
    return total.hexdigest()


def overstated(content: Any, limit: int) -> str | None:
    """Return which value claims more memory than a file of ``limit`` bytes can hold; None if no value does.

    With strides of zero, a tensor of a few bytes can claim any shape; nested lists can hold the same list many times.
    """
    held: dict[int, int] = {}
    for number, value in enumerate(_values(content)):
        if number == _MOST_VALUES:
            return f"it claims more than {_MOST_VALUES:,} values"
        if isinstance(value, Tensor):
            if value.layout != torch.strided or value.device.type != "cpu":
                return f"it holds a tensor of layout {value.layout} on {value.device}"
            storage = value.untyped_storage()
            held[storage.data_ptr()] = storage.nbytes()
            if value.numel() * value.element_size() > storage.nbytes() or sum(held.values()) > limit:
                return f"it claims a tensor of shape {tuple(value.shape)}, which its bytes cannot hold"
    return None


def _values(value: Any) -> Iterator[Any]:
    """Yield every value without recursion, a container before its content."""
    pending = [value]
    while pending:
        value = pending.pop()
        yield value
        if isinstance(value, Mapping):
            yield len(value)
            for key, inner in value.items():
                pending += (inner, key)
        elif isinstance(value, list | tuple | set):
            yield len(value)
            pending += value
