"""The decoder: what a person would see, or an error that names the file."""

import re

import numpy as np
import pytest
from PIL import Image

from resnet_lab.data.decode import decode
from resnet_lab.errors import InputError

# What each EXIF orientation asks for, as numpy turns and flips of the stored pixels (EXIF 2.3, tag 274).
ORIENTATIONS = {
    1: lambda a: a,
    2: np.fliplr,
    3: lambda a: np.rot90(a, 2),
    4: np.flipud,
    5: lambda a: np.swapaxes(a, 0, 1),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: np.swapaxes(np.rot90(a, 2), 0, 1),
    8: lambda a: np.rot90(a, 1),
}


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_exif_orientation_is_applied(tmp_path, orientation):
    stored = np.random.default_rng(0).integers(0, 256, (4, 6, 3), dtype=np.uint8)
    exif = Image.Exif()
    exif[274] = orientation
    Image.fromarray(stored).save(tmp_path / "a.png", exif=exif)
    np.testing.assert_array_equal(np.asarray(decode(tmp_path / "a.png")), ORIENTATIONS[orientation](stored))


def test_grey_becomes_three_equal_channels(cells):
    path = cells["defective"][0]
    pixels = np.asarray(decode(path))
    assert pixels.shape == (300, 300, 3)
    with Image.open(path) as image:
        np.testing.assert_array_equal(pixels, np.stack([np.asarray(image)] * 3, axis=-1))


def damaged(content: bytes) -> dict[str, bytes]:
    return {
        "long header": b"P6 " + b"1" * 100,
        "truncated": content[: len(content) // 2],
        "empty": b"",
        "text": b"not an image",
        "header": content[:8],
    }


@pytest.mark.parametrize("kind", ["truncated", "empty", "text", "header", "long header"])
def test_an_undecodable_file_is_named(tmp_path, cells, kind):
    path = tmp_path / ("broken.ppm" if kind == "long header" else "broken.png")
    path.write_bytes(damaged(cells["defective"][0].read_bytes())[kind])
    with pytest.raises(
        InputError, match=rf"{re.escape(str(path))} cannot be decoded \(.+\): repair it, or take it out"
    ):
        decode(path)


def test_a_decompression_bomb_is_named(tmp_path, monkeypatch):
    Image.new("L", (100, 100)).save(tmp_path / "bomb.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    with pytest.raises(InputError, match=r"bomb.png cannot be decoded \(.*decompression bomb"):
        decode(tmp_path / "bomb.png")


@pytest.mark.parametrize("mode", ["I;16", "F", "I"])
def test_more_than_eight_bits_are_refused_not_clipped(tmp_path, mode):
    path = tmp_path / "deep.tif"
    Image.new(mode, (4, 4)).save(path)
    with pytest.raises(
        InputError, match=r"deep\.tif has pixel mode .+, which is not read: convert it to 8-bit grey or RGB"
    ):
        decode(path)
