"""Grid of TIFF files, written by hand from TIFF 6.0, each with the colors that it should show."""

import itertools
import lzma
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray

HEIGHT, WIDTH, TILE, ROWS = 19, 21, 16, 7
COLORS = {  # photometric interpretation, channels, kinds of extra samples
    "gray": (1, 1, ()),
    "white-is-zero": (0, 1, ()),
    "gray, alpha": (1, 2, (2,)),
    "gray, premultiplied": (1, 2, (1,)),
    "gray, unspecified": (1, 2, (0,)),
    "gray, two unspecified": (1, 3, (0, 0)),
    "white-is-zero, alpha": (0, 2, (2,)),
    "RGB": (2, 3, ()),
    "RGB, alpha": (2, 4, (2,)),
    "RGB, premultiplied": (2, 4, (1,)),
    "RGB, unspecified": (2, 4, (0,)),
    "RGB, two unspecified": (2, 5, (0, 0)),
    "RGB, alpha, unspecified": (2, 5, (2, 0)),
    "palette": (3, 1, ()),
    "palette, alpha": (3, 2, (2,)),
    "CMYK": (5, 4, ()),
    "CMYK, alpha": (5, 5, (2,)),
    "CMYK, unspecified": (5, 5, (0,)),
    "YCbCr": (6, 3, ()),
    "Lab": (8, 3, ()),
}
BITS = {
    "unsigned": (1, (1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 24, 32, 64)),
    "signed": (2, (4, 8, 12, 16, 32, 64)),
    "floats": (3, (16, 32, 64)),
}
COMPRESSIONS = {"none": 1, "LZW": 5, "Deflate": 8, "old Deflate": 32946, "PackBits": 32773, "Zstandard": 50000}
COMPRESSIONS |= {"LZMA": 34925}
BASE = {0: 1, 1: 1, 2: 3, 3: 1, 5: 4, 6: 3, 8: 3}
"""Channels of each photometric interpretation without extra samples."""


@dataclass(frozen=True)
class Case:
    """One file of the grid."""

    color: str
    sign: str
    bits: int
    separate: bool
    order: str
    compression: str
    layout: str
    predictor: int = 1
    fill_order: int = 1


def cases() -> Iterator[Case]:
    """Yield the combinations that TIFF 6.0 and its common compressions can say; of rare ones, one layout."""
    kinds = [(sign, bits) for sign, (_, all_bits) in BITS.items() for bits in all_bits]
    for (sign, bits), (color, (photometric, channels, _)) in itertools.product(kinds, COLORS.items()):
        if photometric == 3 and (bits > 16 or sign != "unsigned"):
            continue
        usual = bits in (1, 2, 4, 8, 12, 16, 32)
        for separate, order, compression in itertools.product([False, True][:channels], "<>", COMPRESSIONS):
            rare = compression not in ("none", "LZW", "Deflate")
            if rare and not usual:
                continue
            layouts = ("one strip", "strips", "tiles") if usual and not rare else ("one strip",)
            yield from (Case(color, sign, bits, separate, order, compression, layout) for layout in layouts)
            if compression == "Deflate" and bits % 8 == 0 and bits != 24 and photometric != 3:
                predictor = 3 if sign == "floats" else 2
                yield Case(color, sign, bits, separate, order, compression, layouts[-1], predictor)
        for order, compression in itertools.product("<>", ("none", "LZW")):
            yield Case(color, sign, bits, False, order, compression, "one strip", fill_order=2)


def values_of(case: Case) -> NDArray[Any]:
    """Return random values ``(H, W, channels)`` of the kind of a case, the same each time."""
    draw = np.random.default_rng(0)
    _, channels, extra = COLORS[case.color]
    shape = HEIGHT, WIDTH, channels
    if case.sign == "floats":
        values = draw.random(shape).astype(f"f{case.bits // 8}")
    else:
        low, high = value_range(case)
        values = draw.integers(int(low), min(int(high), 2**63 - 1), shape, endpoint=True)
    if extra[:1] == (1,) and case.sign == "unsigned":
        base = BASE[COLORS[case.color][0]]
        values[..., :base] = np.minimum(values[..., :base], values[..., base : base + 1])
    return values


def value_range(case: Case) -> tuple[float, float]:
    """Return the values of black and white."""
    if case.sign == "floats":
        return 0, 1
    return (0, 2**case.bits - 1) if case.sign == "unsigned" else (-(2 ** (case.bits - 1)), 2 ** (case.bits - 1) - 1)


def palette_of(case: Case) -> NDArray[np.int64]:
    """Return the colors of a palette, ``(entries, 3)`` of 16 bits."""
    return np.random.default_rng(1).integers(0, 256, (2**case.bits, 3)) * 257


def as_seen(case: Case, values: NDArray[Any]) -> NDArray[np.float64] | None:
    """Return the RGB that a case shows over white, by the definitions of TIFF 6.0; None if there is no plain one."""
    photometric, _, extra = COLORS[case.color]
    low, high = value_range(case)
    share = (values.astype(float) - low) / (high - low)
    base = BASE[photometric]
    if photometric == 8:
        return None
    if photometric == 3:
        seen = palette_of(case)[values[..., 0]] / 65535
    elif photometric == 5:
        seen = (1 - share[..., :3]) * (1 - share[..., 3:4])
    elif photometric == 6:
        luma, blue, red = share[..., 0], share[..., 1] - 128 / 255, share[..., 2] - 128 / 255
        seen = np.stack([luma + 1.402 * red, luma - 0.344136 * blue - 0.714136 * red, luma + 1.772 * blue], axis=-1)
        seen = seen.clip(0, 1)
    else:
        seen = share[..., [0, 0, 0]] if base == 1 else share[..., :3]
        seen = 1 - seen if photometric == 0 else seen
    if extra[:1] in ((1,), (2,)):
        alpha = share[..., base : base + 1]
        seen = (seen if extra[0] == 1 else seen * alpha) + 1 - alpha
    return 255 * seen


def file_of(case: Case) -> bytes:
    """Return a case as the content of a TIFF file."""
    photometric, channels, extra = COLORS[case.color]
    values = values_of(case)
    planes = [values[..., i : i + 1] for i in range(channels)] if case.separate else [values]
    segments = [_compressed(case, part) for plane in planes for part in _parts(case, plane)]
    offsets = list(itertools.accumulate((len(segment) + len(segment) % 2 for segment in segments), initial=8))
    counts = [len(segment) for segment in segments]
    fields: dict[int, tuple[str, list[int]]] = {
        256: ("I", [WIDTH]),
        257: ("I", [HEIGHT]),
        258: ("H", [case.bits] * channels),
        259: ("H", [COMPRESSIONS[case.compression]]),
        262: ("H", [photometric]),
        277: ("H", [channels]),
        284: ("H", [2 if case.separate else 1]),
        339: ("H", [BITS[case.sign][0]] * channels),
    }
    if case.layout == "tiles":
        fields |= {322: ("I", [TILE]), 323: ("I", [TILE]), 324: ("I", offsets[:-1]), 325: ("I", counts)}
    else:
        rows = ROWS if case.layout == "strips" else HEIGHT
        fields |= {273: ("I", offsets[:-1]), 278: ("I", [rows]), 279: ("I", counts)}
    optional = {
        266: ("H", [case.fill_order] if case.fill_order > 1 else []),
        317: ("H", [case.predictor] if case.predictor > 1 else []),
        320: ("H", palette_of(case).T.ravel().tolist() if photometric == 3 else []),
        332: ("H", [1] if photometric == 5 else []),
        338: ("H", list(extra)),
        530: ("H", [1, 1] if photometric == 6 else []),
    }
    fields |= {tag: field for tag, field in optional.items() if field[1]}
    return _assembled(case.order, b"".join(segment + bytes(len(segment) % 2) for segment in segments), fields)


def _assembled(order: str, data: bytes, fields: dict[int, tuple[str, list[int]]]) -> bytes:
    directory, far, far_at = b"", b"", 8 + len(data) + 2 + 12 * len(fields) + 4
    for tag, (kind, content) in sorted(fields.items()):
        packed = struct.pack(f"{order}{len(content)}{kind}", *content)
        if len(packed) > 4:
            packed, far = struct.pack(f"{order}I", far_at + len(far)), far + packed + bytes(len(packed) % 2)
        directory += struct.pack(f"{order}HHI", tag, {"H": 3, "I": 4}[kind], len(content)) + packed.ljust(4, b"\0")
    head = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(f"{order}I", 8 + len(data))
    return head + data + struct.pack(f"{order}H", len(fields)) + directory + bytes(4) + far


def _parts(case: Case, plane: NDArray[Any]) -> list[NDArray[Any]]:
    if case.layout != "tiles":
        rows = ROWS if case.layout == "strips" else HEIGHT
        return [plane[top : top + rows] for top in range(0, HEIGHT, rows)]
    whole = np.zeros((-(-HEIGHT // TILE) * TILE, -(-WIDTH // TILE) * TILE, plane.shape[2]), plane.dtype)
    whole[:HEIGHT, :WIDTH] = plane
    tops, lefts = range(0, whole.shape[0], TILE), range(0, whole.shape[1], TILE)
    return [whole[top : top + TILE, left : left + TILE] for top in tops for left in lefts]


def _compressed(case: Case, part: NDArray[Any]) -> bytes:
    raw = _packed(case, part)
    row = len(raw) // len(part)
    if case.compression == "LZW":
        raw = imagecodecs.lzw_encode(raw)
    elif "Deflate" in case.compression:
        raw = zlib.compress(raw)
    elif case.compression == "PackBits":  # row by row, as the standard says
        raw = b"".join(imagecodecs.packbits_encode(raw[at : at + row]) for at in range(0, len(raw), row))
    elif case.compression == "Zstandard":
        raw = imagecodecs.zstd_encode(raw)
    elif case.compression == "LZMA":
        raw = lzma.compress(raw)
    if case.fill_order == 2:
        raw = np.packbits(np.unpackbits(np.frombuffer(raw, np.uint8)), bitorder="little").tobytes()
    return bytes(raw)


def _packed(case: Case, part: NDArray[Any]) -> bytes:
    """Return the values of a part as bytes, rows padded to whole bytes."""
    if case.bits not in (8, 16, 32, 64):
        masks = np.arange(case.bits - 1, -1, -1)
        bits = (part.reshape(len(part), -1, 1).astype(np.int64) >> masks) & 1
        return np.packbits(bits.astype(np.uint8).reshape(len(part), -1), axis=1).tobytes()
    letter, size = {"unsigned": "u", "signed": "i", "floats": "f"}[case.sign], case.bits // 8
    stored = np.ascontiguousarray(part.astype(f"{letter}{size}"))
    if case.predictor == 3:
        flat = stored[..., 0] if stored.shape[2] == 1 else stored
        return bytes(imagecodecs.floatpred_encode(flat, axis=-1 if stored.shape[2] == 1 else -2).tobytes())
    unsigned = stored.view(f"u{size}")
    if case.predictor == 2:
        unsigned = np.concatenate([unsigned[:, :1], np.diff(unsigned, axis=1)], axis=1)
    return unsigned.astype(f"{case.order}u{size}").tobytes()
