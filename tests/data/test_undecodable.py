"""Files that break: named, each with the reason."""

import os
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from resnet_lab.data.decode import decode, inspect
from resnet_lab.data.undecodable import naming
from resnet_lab.errors import InputError


def reason(path: Path) -> str:
    """What stands between the name and the way out; the same for ``decode`` and ``inspect``."""
    with pytest.raises(InputError) as error:
        decode(path)
    with pytest.raises(InputError) as other:
        inspect(path)
    before, after = f"{path} cannot be decoded (", "): repair it, or take it out."
    assert str(other.value) == str(error.value)
    assert str(error.value).startswith(before)
    assert str(error.value).endswith(after)
    return str(error.value)[len(before) : -len(after)]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "it is empty"),
        (b"no image at all", "it starts with b'no image at all', which is no known image format"),
        (b"\xff\xd8", r"it starts with b'\xff\xd8', which is no known image format"),
        (b"\x89PNG\r\n\x1a\n", "it starts as PNG, then: "),
        (b"GIF", "it starts with b'GIF', which is no known image format"),
        (b"P6 " + b"1" * 100, "Token too long in file header: 1111"),
    ],
    ids=["empty", "text", "two bytes", "signature", "too short for a signature", "long header"],
)
def test_what_is_no_image_says_why(tmp_path, content, expected):
    path = tmp_path / "a.png"
    path.write_bytes(content)
    assert reason(path).removeprefix("b'").startswith(expected)  # Pillow 13 words one of them in bytes.


@pytest.mark.parametrize("ending", ["bmp", "gif", "jpg", "png", "ppm", "tif", "webp"])
def test_a_truncated_file_is_not_filled_up(tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)).save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert reason(path)


def test_a_truncated_photograph_says_so(tmp_path, cells):
    path = tmp_path / "a.png"
    path.write_bytes(cells["defective"][0].read_bytes()[:20000])
    assert reason(path).startswith("image file is truncated")


@pytest.mark.parametrize(("ending", "name"), [("eps", "EPS"), ("tga", None), ("jp2", "JPEG2000"), ("ico", "ICO")])
def test_other_formats_are_not_read(tmp_path, ending, name):
    path = tmp_path / f"a.{ending}"
    Image.new("RGB", (32, 32)).save(path)
    expected = "which is no known image format" if name is None else f"it is {name}, a format that is not read"
    assert reason(path).endswith(expected)


def test_a_layout_that_pillow_does_not_know_is_named(tmp_path):
    path = tmp_path / "a.tif"
    Image.new("L", (4, 4)).save(path, tiffinfo={339: 7})  # Sample format 7 does not exist.
    assert reason(path) == "it starts as TIFF, then: unknown pixel mode"


def test_what_is_no_file_is_named(tmp_path):
    assert reason(tmp_path / "missing.png") == "No such file or directory"
    assert reason(tmp_path) == "Is a directory"


def test_a_name_that_is_no_utf_8_can_be_printed(tmp_path):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.png"))
    try:
        path.write_bytes(b"")
    except OSError:
        pytest.skip("this file system takes UTF-8 only")
    with pytest.raises(InputError) as error:
        decode(path)
    assert str(error.value) == rf"{tmp_path}/caf\xe9.png cannot be decoded (it is empty): repair it, or take it out."
    str(error.value).encode()


def test_a_decompression_bomb_is_named_with_its_size(tmp_path, monkeypatch):
    path = tmp_path / "bomb.png"
    Image.new("L", (2000, 1500)).save(path)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1_000_000)
    assert reason(path) == "3.0 megapixels; above 2.0 it is taken for a decompression bomb"


def test_a_large_image_below_the_limit_is_read_in_silence(tmp_path, monkeypatch):
    path = tmp_path / "large.png"
    Image.new("L", (100, 50)).save(path)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 3000)
    with warnings.catch_warnings(record=True, action="always") as seen:
        assert decode(path).size == (100, 50)
    assert not seen


def test_other_warnings_are_heard(tmp_path):
    with pytest.warns(UserWarning, match="of our own"), naming(tmp_path, []):
        warnings.warn("of our own", stacklevel=1)


def test_an_error_without_words_is_named_by_its_kind(tmp_path):
    with (
        pytest.raises(InputError, match=r"cannot be decoded \(MemoryError\): repair it, or take it out\."),
        naming(tmp_path, []),
    ):
        raise MemoryError


def test_errors_for_the_user_and_interruptions_pass(tmp_path):
    with pytest.raises(InputError, match=r"^as it was$"), naming(tmp_path, []):
        raise InputError("as it was")
    with pytest.raises(KeyboardInterrupt), naming(tmp_path, []):
        raise KeyboardInterrupt
