"""PNGs whose pixels are whole and whose metadata Pillow refuses: read as without the metadata, turned as they say."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from resnet_lab.data.decode import decode, inspect
from resnet_lab.data.png_metadata import _kept, with_less_metadata
from resnet_lab.errors import InputError

STORED = np.random.default_rng(0).integers(0, 256, (6, 9, 3), dtype=np.uint8)
XMP = "XML:com.adobe.xmp"
TURNED = "<x:xmpmeta tiff:Orientation=" + '"6"/>'


def png(
    path: Path, *chunks: tuple[bytes, bytes], after: tuple[tuple[bytes, bytes], ...] = (), wrong: bool = False
) -> Path:
    """Write the pixels with chunks before and after them; ``wrong`` gives the chunks wrong checksums."""
    plain = io.BytesIO()
    Image.fromarray(STORED).save(plain, "PNG")
    content = plain.getvalue()

    def packed(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data) ^ wrong)

    middle, end = content.index(b"IDAT") - 4, content.index(b"IEND") - 4
    before_pixels, after_pixels = (b"".join(packed(*chunk) for chunk in some) for some in (chunks, after))
    path.write_bytes(content[:middle] + before_pixels + content[middle:end] + after_pixels + content[end:])
    return path


def text(keyword: str, content: bytes) -> tuple[bytes, bytes]:
    return b"zTXt", keyword.encode() + b"\0\0" + zlib.compress(content)


def xmp(content: bytes, *, compressed: bool) -> tuple[bytes, bytes]:
    flag = b"\1" if compressed else b"\0"
    return b"iTXt", XMP.encode() + b"\0" + flag + b"\0\0\0" + (zlib.compress(content) if compressed else content)


LARGE = b"x" * 3_000_000
REFUSED = {
    "large text": text("workflow", LARGE),
    "large XMP": xmp(LARGE, compressed=True),
    "large profile": (b"iCCP", b"p\0\0" + zlib.compress(bytes(3_000_000))),
}


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("kind", REFUSED)
def test_large_metadata_leave_the_pixels_alone(tmp_path, kind, after):
    path = png(tmp_path / "a.png", *[REFUSED[kind]] * (not after), after=(REFUSED[kind],) * after)
    np.testing.assert_array_equal(np.asarray(decode(path)), STORED)
    assert (inspect(path).width, inspect(path).height, inspect(path).orientation) == (9, 6, 1)


def test_all_of_them_together(tmp_path):
    np.testing.assert_array_equal(np.asarray(decode(png(tmp_path / "a.png", *REFUSED.values()))), STORED)


def test_text_with_a_wrong_checksum(tmp_path):
    path = png(tmp_path / "a.png", (b"tEXt", b"Comment\0hello"), wrong=True)
    np.testing.assert_array_equal(np.asarray(decode(path)), STORED)


def test_an_orientation_in_large_xmp_still_turns(tmp_path):
    path = png(tmp_path / "a.png", xmp(TURNED.encode() + LARGE, compressed=True))
    np.testing.assert_array_equal(np.asarray(decode(path)), np.rot90(STORED, -1))
    assert inspect(path).orientation == 6


def test_an_orientation_beside_large_text_still_turns(tmp_path):
    info = PngImagePlugin.PngInfo()
    info.add_itxt(XMP, TURNED)
    info.add_text("workflow", "x" * 3_000_000, zip=True)
    path = tmp_path / "a.png"
    Image.fromarray(STORED).save(path, pnginfo=info)
    np.testing.assert_array_equal(np.asarray(decode(path)), np.rot90(STORED, -1))


def test_exif_that_is_none_turns_nothing(tmp_path):
    for ending in ("png", "webp", "jpg"):
        path = tmp_path / f"a.{ending}"
        Image.fromarray(STORED).save(path, exif=b"Exif\0\0garbage", **({"lossless": True} if ending == "webp" else {}))
        assert inspect(path).orientation == 1
        assert decode(path).size == (9, 6)


def test_damaged_pixels_stay_an_error_with_its_first_reason(tmp_path):
    path = png(tmp_path / "a.png", text("workflow", b"small"))
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(InputError, match="cannot be decoded"):
        decode(path)


def test_nothing_is_tried_for_other_formats_and_bare_pngs(tmp_path):
    Image.fromarray(STORED).save(tmp_path / "a.png")
    Image.fromarray(STORED).save(tmp_path / "a.jpg")
    for name in ("a.png", "a.jpg"):
        with (tmp_path / name).open("rb") as stream:
            assert not list(with_less_metadata(stream))


def test_zero_bytes_of_an_interrupted_copy_are_no_chunks(tmp_path):
    content = png(tmp_path / "whole.png", (b"tEXt", b"a\0b")).read_bytes()
    cut = content[: content.index(b"IDAT") - 4] + bytes(120_000)
    (without_text,) = with_less_metadata(io.BytesIO(cut))
    assert without_text.getvalue().endswith(bytes(120_000))
    assert b"tEXt" not in without_text.getvalue()
    pieces = list(_kept(cut, 1))  # one piece for the rest, not one for every 12 bytes
    assert len(pieces) < 5
