"""TIFF files that Pillow opens and then reads wrongly, told by their tags."""

from collections.abc import Sequence

from PIL.TiffImagePlugin import TiffImageFile

# Tags of TIFF 6.0.
_SUBFILE_TYPE, _BITS, _COMPRESSION, _PHOTOMETRIC = 254, 258, 259, 262
_PLANES, _COLORMAP, _INK_SET, _EXTRA_SAMPLES, _SAMPLE_FORMAT = 284, 320, 332, 338, 339
# Values of these tags.
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _PALETTE, _INKS = 0, 1, 3, 5
_NOT_CMYK, _SEPARATE, _SIGNED, _FLOATS, _UNCOMPRESSED = 2, 2, 2, 3, 1


def misreading(file: TiffImageFile) -> str | None:
    """Return the kind of a TIFF that Pillow (13.0) reads wrongly; None if Pillow reads it right.

    Found by reading every combination of bits, sign, planes, compression, color, alpha and byte order that Pillow
    opens, and comparing it with the values written (benchmarks/torture.py).
    """
    tags = file.tag_v2
    bits, sample_format = max(_values(tags.get(_BITS, 1))), max(_values(tags.get(_SAMPLE_FORMAT, 1)))
    color, compressed = tags.get(_PHOTOMETRIC, 0), tags.get(_COMPRESSION, _UNCOMPRESSED) != _UNCOMPRESSED
    separate = tags.get(_PLANES, 1) == _SEPARATE
    has_alpha = any(_values(tags.get(_EXTRA_SAMPLES, 0)))
    if sample_format == _SIGNED and bits == 8:
        return "signed 8-bit integers"
    if sample_format == _FLOATS and color == _WHITE_IS_ZERO:
        return "floats whose zero is white"
    if sample_format in (_SIGNED, _FLOATS) and compressed and tags.prefix == b"MM":
        return f"compressed big-endian {'floats' if sample_format == _FLOATS else 'signed integers'}"
    if separate and bits == 16 and not compressed:
        return "16 bits per channel in separate planes"
    if separate and has_alpha and compressed and color in (_WHITE_IS_ZERO, _BLACK_IS_ZERO, _PALETTE):
        return "gray or palette colors with transparency in separate planes"
    if color == _PALETTE and 0 < max(_values(tags.get(_COLORMAP, 0))) < 256:
        return "a palette of 8 bits instead of 16"
    if color == _INKS and tags.get(_INK_SET, 1) == _NOT_CMYK:
        return "inks that are not CMYK"
    if tags.get(_SUBFILE_TYPE, 0) & 1:
        return "a thumbnail before the image itself"
    return None


def _values(content: int | Sequence[int]) -> Sequence[int]:
    return content if isinstance(content, Sequence) else (content,)
