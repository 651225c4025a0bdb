"""PNG metadata that keeps Pillow from reading the pixels."""

import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from typing import BinaryIO

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_TEXT = frozenset({b"tEXt", b"zTXt", b"iTXt"})
_TURNING = (b"XML:com.adobe.xmp\0", b"Raw profile type exif\0", b"Raw profile type APP1\0")  # may hold an orientation
_LARGEST_XMP = 64_000_000  # bytes, uncompressed


def with_less_metadata(stream: BinaryIO) -> Iterator[BytesIO]:
    """Yield copies of a PNG with less and less metadata, whose pixels are the same.

    The first is without text, the second also without its color profile, the third also without the text in which
    programs store an orientation. Pillow (13.0) refuses text and profiles above 1 MB, and text with a wrong checksum.
    Nothing is yielded for another format, or for a copy that would be the same as the one before.
    """
    stream.seek(0)
    if stream.read(len(_SIGNATURE)) != _SIGNATURE:
        return
    before = content = _SIGNATURE + stream.read()
    for level in (1, 2, 3):
        less = _SIGNATURE + b"".join(_kept(content, level))
        if less != before:
            yield BytesIO(less)
        before = less


def _kept(content: bytes, level: int) -> Iterator[bytes]:
    at = len(_SIGNATURE)
    while at < len(content):
        end = at + 12 + int.from_bytes(content[at : at + 4], "big")
        kind, data = content[at + 4 : at + 8], content[at + 8 : end - 4]
        if not kind.isalpha():  # no chunks any more; the rest of an interrupted copy would be millions of empty ones
            yield content[at:]
            return
        if kind in _TEXT and data.startswith(_TURNING):
            yield content[at:end] if level < 3 else _orientation_alone(data)
        elif not (kind in _TEXT or (kind == b"iCCP" and level > 1)):
            yield content[at:end]
        at = end


def _orientation_alone(data: bytes) -> bytes:
    """Return an XMP chunk with the orientation that the content of another one has, or no bytes if it has none."""
    keyword, _, rest = data.partition(b"\0")
    text = rest[2:].split(b"\0", 2)[-1]  # after compression flag, method, language and translated keyword
    with suppress(zlib.error):
        text = zlib.decompressobj().decompress(text, _LARGEST_XMP)
    found = re.search(rb'tiff:Orientation(="|>)[0-9]', text)  # as Pillow searches for it
    if keyword + b"\0" != _TURNING[0] or found is None:
        return b""
    chunk = b"iTXt" + keyword + bytes(5) + found[0]
    return (len(chunk) - 4).to_bytes(4, "big") + chunk + zlib.crc32(chunk).to_bytes(4, "big")
