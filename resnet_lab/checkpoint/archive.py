"""Check of a checkpoint file before anything in it is loaded: its archive, and the classes that it names."""

import pickletools
import re
import zipfile
from pathlib import Path
from typing import Any

import torch

_NAMES = frozenset(
    {
        "collections OrderedDict",
        "torch._utils _rebuild_tensor_v2",
        "torch._utils _rebuild_parameter",
        "torch Size",
        "torch device",
        *(f"torch {kind}Storage" for kind in ("Float", "Double", "Half", "BFloat16")),
        *(f"torch {kind}Storage" for kind in ("Long", "Int", "Short", "Char", "Byte", "Bool")),
        *(str(value).replace(".", " ") for value in vars(torch).values() if isinstance(value, torch.dtype)),
    }
)
"""Names that torch.save writes for tensors, numbers, text and containers. ``weights_only`` of torch allows a few more,
some of which allocate as much memory as the file asks for."""
_ENTRY = re.compile(r"[^/]+/(data\.pkl|\.?\w+(/\w+)?)", re.ASCII)
"""Names of entries: the pickle, the storages (``data/0``), and facts (``version``, ``.data/serialization_id``)."""
_TUPLES_AGAIN = 20
"""Number of times that a checkpoint may refer to an earlier tuple. Ours do so a few times at most."""


def objection(path: Path) -> str | None:
    """Return why a file must not be loaded; None if it is an archive of tensors and plain values.

    ``weights_only`` of torch runs no code either. This check comes before it. It names the foreign class or function,
    and refuses entries that unpack to more bytes than the file has (compressed or overlapping ones) or point outside
    the archive.

    Raises:
        OSError: The file cannot be read.
        zipfile.BadZipFile: The file is no zip archive.
    """
    size = path.stat().st_size
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
            return "its entries are compressed, which torch never does"
        if sum(entry.file_size for entry in entries) > size:
            return "its entries claim more bytes than the file has"
        for entry in entries:
            if entry.filename.startswith("/") or ".." in entry.filename.split("/"):
                return f"its entry {entry.filename} points out of the archive"
            if not _ENTRY.fullmatch(entry.filename):  # torch's reader finds data.PKL as data.pkl
                return f"its entry {entry.filename} is none that torch writes"
        for entry in entries:
            if entry.filename.endswith(".pkl") and (found := _foreign_name(archive.read(entry))):
                return f"it refers to {found}, which no checkpoint of resnet-lab does"
    return None


def _foreign_name(pickled: bytes) -> str | None:
    """Return the first class or function in a pickle that no checkpoint names; None if there is none.

    Nested tuples that hold the same tuple several times need 2^depth steps to hash, and loading hashes keys. The tuples
    of a checkpoint hold numbers and text only.
    """
    tuples: set[int] = set()
    again, last, memo = 0, "", 0
    for opcode, value, _ in pickletools.genops(pickled):
        argument: Any = value
        if opcode.name in ("BINPUT", "LONG_BINPUT", "PUT", "MEMOIZE"):
            memo = memo + 1 if opcode.name == "MEMOIZE" else int(argument) + 1
            if last.startswith("TUPLE"):
                tuples.add(memo - 1)
        elif opcode.name == "DUP" or (opcode.name in ("BINGET", "LONG_BINGET", "GET") and int(argument) in tuples):
            again += 1
            if again > _TUPLES_AGAIN:
                return "the same tuples over and over"
        last = opcode.name
        if opcode.name in ("GLOBAL", "INST") and argument not in _NAMES:
            return str(argument).replace(" ", ".")
        if opcode.name in ("STACK_GLOBAL", "EXT1", "EXT2", "EXT4"):
            return "a class by a computed name"
    return None
