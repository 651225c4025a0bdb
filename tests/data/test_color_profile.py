"""Color profiles against the definition of each color space: primaries, gamma and the transfer curve of sRGB."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from fixtures.color_profiles import ADOBE_RGB, DISPLAY_P3, GAMMA, profile
from PIL import Image, ImageCms

from resnet_lab.data.color_profile import profile_name
from resnet_lab.data.decode import decode, inspect
from resnet_lab.data.rgb import DecodeRule
from resnet_lab.errors import InputError

SRGB = np.array([[0.43607, 0.22249, 0.01392], [0.38515, 0.71687, 0.09708], [0.14307, 0.06061, 0.71410]])
COLORS = np.random.default_rng(0).integers(0, 256, (6, 9, 3), dtype=np.uint8)


def in_srgb(colors: np.ndarray, primaries: np.ndarray) -> np.ndarray:
    """By hand: to light, to the primaries of sRGB (IEC 61966-2-1), clipped, and through its curve."""
    light = ((colors / 255.0) ** GAMMA @ primaries @ np.linalg.inv(SRGB)).clip(0, 1)
    return 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def save(path: Path, image: Image.Image, icc: bytes, **options: object) -> Path:
    image.save(path, icc_profile=icc, **options)
    return path


SPACES = {"Display P3": DISPLAY_P3, "Adobe RGB (1998)": ADOBE_RGB}
CONVERT = DecodeRule("black", color="convert")


@pytest.mark.parametrize("name", SPACES)
@pytest.mark.parametrize("ending", ["png", "tif", "webp"])
def test_colors_are_converted_on_request_and_named(tmp_path, ending, name):
    options = {"lossless": True} if ending == "webp" else {}
    path = save(tmp_path / f"a.{ending}", Image.fromarray(COLORS), profile(name, SPACES[name]), **options)
    assert inspect(path).profile == name
    np.testing.assert_array_equal(np.asarray(decode(path)), COLORS)
    converted = np.asarray(decode(path, CONVERT))
    assert np.abs(converted - in_srgb(COLORS, SPACES[name])).max() <= 2
    assert np.abs(converted.astype(int) - COLORS).max() > 20


def test_palettes_and_alpha_are_converted_too(tmp_path):
    icc = profile("Display P3", DISPLAY_P3)
    indices = np.arange(54, dtype=np.uint8).reshape(6, 9)
    paletted = Image.fromarray(indices)
    paletted.putpalette(COLORS.tobytes())
    expected = in_srgb(COLORS, DISPLAY_P3)
    path = save(tmp_path / "p.png", paletted, icc)
    assert inspect(path).mode == "P"
    assert np.abs(np.asarray(decode(path, CONVERT)) - expected).max() <= 2
    alpha = np.random.default_rng(1).integers(0, 256, (6, 9, 1), dtype=np.uint8)
    path = save(tmp_path / "a.png", Image.fromarray(np.concatenate([COLORS, alpha], axis=-1)), icc)
    assert np.abs(np.asarray(decode(path, CONVERT)) - expected * alpha / 255).max() <= 2.5


@pytest.mark.parametrize("kind", ["sRGB", "gray", "inks", "broken", "none"])
def test_nothing_else_is_converted(tmp_path, kind):
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    icc = {"sRGB": srgb, "broken": srgb[:200], "none": b""}.get(kind, profile("Display P3", DISPLAY_P3))
    image = Image.fromarray(COLORS).convert({"gray": "L", "inks": "CMYK"}.get(kind, "RGB"))
    path = save(tmp_path / "a.tif", image, icc)
    assert inspect(path).profile == ""
    np.testing.assert_array_equal(np.asarray(decode(path, CONVERT)), np.asarray(decode(path)))


def test_a_profile_without_a_name_is_counted():
    image = Image.new("RGB", (1, 1))
    image.info["icc_profile"] = profile("", DISPLAY_P3)
    assert profile_name(image) == "without a name"


def test_profiles_by_hand_are_profiles():
    for name, primaries in SPACES.items():
        read = ImageCms.ImageCmsProfile(BytesIO(profile(name, primaries)))
        assert ImageCms.getProfileDescription(read).strip() == name


def test_another_word_is_refused():
    with pytest.raises(InputError, match=r"^data\.color p3 is not known: give one of as_stored, convert\.$"):
        DecodeRule(color="p3")


def test_a_pillow_without_littlecms_is_named(monkeypatch):
    monkeypatch.setattr("PIL.features.check_module", lambda name: False)
    with pytest.raises(InputError, match=r"^data\.color: convert needs a Pillow with LittleCMS"):
        DecodeRule(color="convert")
