"""Pixels as 8-bit RGB, and which are refused; through files in test_decode."""

import re

import numpy as np
import pytest
from PIL import Image

from resnet_lab.data.rgb import DecodeRule, refusal, short_side, to_rgb
from resnet_lab.errors import InputError


@pytest.mark.parametrize("background", ["white", "Black", "#abc", "#1e90ff", "rgb(1, 2, 3)", "hsl(120, 50%, 50%)"])
def test_colors_are_taken(background):
    assert DecodeRule(background).background == background


@pytest.mark.parametrize(
    "background", ["", "blakc", "#12", "#11223344", "rgba(1, 2, 3, 4)", "rgb(300, 0, 0)", "#" * 200]
)
def test_what_is_no_opaque_color_is_refused(background):
    text = f"data.background {background} is no opaque color: give a name, such as black, or #rrggbb."
    with pytest.raises(InputError, match=f"^{re.escape(text)}$"):
        DecodeRule(background)


@pytest.mark.parametrize(
    ("value_range", "shown"),
    [
        ((1, 1), "1, 1"),
        ((4095, 0), "4095, 0"),
        ((float("nan"), 1), "nan, 1"),
        ((0, float("nan")), "0, nan"),
        ((0, float("inf")), "0, inf"),
        ((-1e308, 1e308), "-1e+308, 1e+308"),
    ],
)
def test_what_is_no_range_is_refused(value_range, shown):
    text = (
        f"data.value_range {shown} is no range: give the value of black and then, above it, the value of white, "
        "such as 0, 4095."
    )
    with pytest.raises(InputError, match=f"^{re.escape(text)}$"):
        DecodeRule(value_range=value_range)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr"])
def test_eight_bits_are_never_refused(mode):
    assert refusal(mode) is None
    assert refusal(mode, DecodeRule(value_range=(0, 1))) is None
    assert to_rgb(Image.new(mode, (3, 2)), mode).mode == "RGB"


@pytest.mark.parametrize("mode", ["I;16", "I;16B", "I;16L", "I;16N"])
def test_16_bit_gray_is_never_refused(mode):
    assert refusal(mode) is None
    assert to_rgb(Image.new(mode, (3, 2), 257 * 40), mode).getpixel((0, 0)) == (40, 40, 40)


@pytest.mark.parametrize("mode", ["I", "I;12", "I;32N", "F"])
def test_other_deep_gray_needs_a_range(mode):
    assert "give the two as data.value_range" in (refusal(mode) or "")
    assert refusal(mode, DecodeRule(value_range=(0, 1))) is None
    with pytest.raises(ValueError, match=rf"^it has pixel mode {mode}, .* data\.value_range"):
        to_rgb(Image.new(mode.partition(";12")[0].partition(";32N")[0], (3, 2)), mode)


@pytest.mark.parametrize("mode", ["LAB", "HSV", "F;32BF"])
def test_unknown_modes_are_refused_under_every_rule(mode):
    text = f"has pixel mode {mode}, which is not read: convert it to 8-bit gray or RGB"
    assert refusal(mode) == refusal(mode, DecodeRule(value_range=(0, 1))) == text


def test_what_lies_outside_the_range_is_clipped():
    values = np.array([[-1e30, -1, 0, 0.25, 0.5, 1, 2, 3e38]], np.float32)
    gray = np.asarray(to_rgb(Image.fromarray(values), "F", DecodeRule(value_range=(0, 1))))[0, :, 0]
    np.testing.assert_array_equal(gray, [0, 0, 0, 64, 128, 255, 255, 255])


def test_eight_bit_gray_is_not_touched_by_the_range():
    values = np.arange(256, dtype=np.uint8).reshape(16, 16)
    rgb = to_rgb(Image.fromarray(values), "L", DecodeRule(value_range=(0, 4095)))
    np.testing.assert_array_equal(np.asarray(rgb), np.stack([values] * 3, axis=-1))


def test_alpha_of_zero_shows_the_background_alone():
    for mode in ("LA", "La", "PA", "RGBA", "RGBa"):
        assert to_rgb(Image.new(mode, (1, 1)), mode, DecodeRule("#1e90ff")).getpixel((0, 0)) == (30, 144, 255)


def test_a_transparent_value_is_looked_for_before_scaling():
    image = Image.fromarray(np.array([[1000, 1001, 65535]], np.uint16))
    image.info["transparency"] = 1000
    rgb = np.asarray(to_rgb(image, "I;16", DecodeRule("red")))[0]
    np.testing.assert_array_equal(rgb, [[255, 0, 0], [4, 4, 4], [255, 255, 255]])


@pytest.mark.parametrize("mode", ["La", "RGBa"])
def test_premultiplied_alpha_is_not_multiplied_twice(mode):
    alpha = np.arange(0, 256, 5)
    color = np.stack([alpha * 5 // 8] * (len(mode) - 1), axis=-1)
    stored = np.concatenate([color, alpha[:, None]], axis=-1).astype(np.uint8)
    rgb = np.asarray(to_rgb(Image.frombytes(mode, (len(alpha), 1), stored.tobytes()), mode, DecodeRule("#646464")))
    expected = color[:, :1] + (1 - alpha[:, None] / 255) * 100
    # Pillow divides by the alpha, in whole levels, before it is multiplied again.
    assert np.abs(rgb[0] - expected).max() <= 1.5


@pytest.mark.parametrize(("image_size", "expected"), [(224, 256), (112, 128), (64, 73), (32, 37), (299, 342)])
def test_short_side_is_256_to_224(image_size, expected):
    assert short_side(image_size) == expected
