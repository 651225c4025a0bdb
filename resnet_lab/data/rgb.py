"""Conversion of pixel modes to 8-bit RGB, and refusal of modes that have no safe conversion."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any, Literal, get_args

import numpy as np
from PIL import Image, ImageColor, features

from resnet_lab.config.historic_defaults import LATER
from resnet_lab.data.color_profile import to_srgb
from resnet_lab.errors import InputError

_EIGHT_BIT = frozenset({"1", "CMYK", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBX", "RGBa", "YCbCr"})
_GRAY_16 = frozenset({"I;16", "I;16B", "I;16L", "I;16N"})
_UNKNOWN_RANGE = {
    "I;12": "12-bit gray",
    "I": "deep integers",
    "I;32N": "unsigned 32-bit integers",
    "F": "floats",
}


Color = Literal["as_stored", "convert"]


@dataclass(frozen=True)
class DecodeRule:
    """Choices in decoding that a file itself does not make.

    Attributes:
        background: Color behind transparent pixels: a name, ``#rgb``, or another form that Pillow's ImageColor knows.
        value_range: Values of deep gray (more than 8 bits, or floats) that become 0 and 255. Values between them are
            mapped linearly, values outside are clipped. None: 16-bit gray is divided by 257, other deep gray is
            refused. No image is stretched by its own range, since brightness may be what tells the classes apart.
        color: ``as_stored`` reads the colors of a photograph as if they were sRGB. ``convert`` converts those with
            another profile of RGB, such as Display P3, to sRGB.
        short_side: Short side in pixels of the resized image; without it, 256/224 of the crop that follows.

    Raises:
        InputError: ``background`` is not an opaque color, ``value_range`` is not a range, or ``color`` is not known or
            cannot be done by this Pillow.
    """

    background: str = "white"
    value_range: tuple[float, float] | None = None
    color: Color = "as_stored"
    short_side: int | None = None

    def __post_init__(self) -> None:
        if not _is_opaque_color(self.background):
            raise InputError(
                f"data.background {self.background} is no opaque color: give a name, such as black, or #rrggbb."
            )
        if self.value_range is not None:
            low, high = self.value_range
            if not (low < high and isfinite(high - low)):
                raise InputError(
                    f"data.value_range {low:g}, {high:g} is no range: give the value of black and then, above it, "
                    "the value of white, such as 0, 4095."
                )
        if self.color not in get_args(Color):
            raise InputError(f"data.color {self.color} is not known: give one of {', '.join(get_args(Color))}.")
        if self.color == "convert" and not features.check_module("littlecms2"):
            raise InputError("data.color: convert needs a Pillow with LittleCMS: pip install --upgrade pillow.")

    def as_options(self) -> dict[str, Any]:
        """Return the rule as keys of the config's ``data``, in plain types."""
        return asdict(self) | {"value_range": list(self.value_range) if self.value_range else None}

    @classmethod
    def of_options(cls, options: Mapping[str, Any]) -> "DecodeRule":
        """Return the rule of a config's ``data`` or of a checkpoint; missing keys have the historic defaults.

        Args:
            options: Any mapping with the keys of the rule.
        """
        rule = {key: options.get(key, LATER[f"data.{key}"]) for key in asdict(cls())}
        return cls(**rule | {"value_range": rule["value_range"] and tuple(rule["value_range"])})


def short_side(image_size: int, rule: DecodeRule | None = None) -> int:
    """Return the short side in pixels of images that are resized before they are cropped to ``image_size``.

    Without a side of its own in the rule, the ratio is 256 to 224, as in He et al. 2015 (arXiv:1512.03385, sections 3.4
    and 4.1).

    >>> short_side(224), short_side(32, DecodeRule(short_side=32))
    (256, 32)
    """
    return (rule.short_side if rule else None) or round(image_size * 256 / 224)


def _is_opaque_color(color: str) -> bool:
    try:
        channels = ImageColor.getrgb(color)
    except ValueError:
        return False
    return len(channels) == 3 and all(0 <= value <= 255 for value in channels)


DEFAULT_RULE = DecodeRule()


def refusal(mode: str, rule: DecodeRule = DEFAULT_RULE) -> str | None:
    """Return the reason why a pixel mode is refused, as the end of a sentence; None if the mode is accepted.

    >>> refusal("LAB")
    'has pixel mode LAB, which is not read: convert it to 8-bit gray or RGB'
    """
    if mode in _EIGHT_BIT or mode in _GRAY_16:
        return None
    if mode not in _UNKNOWN_RANGE:
        return f"has pixel mode {mode}, which is not read: convert it to 8-bit gray or RGB"
    if rule.value_range is None:
        return (
            f"has pixel mode {mode}, {_UNKNOWN_RANGE[mode]}, and does not say which values are black and white: give "
            "the two as data.value_range, or convert it to 8-bit gray or RGB"
        )
    return None


def to_rgb(image: Image.Image, mode: str, rule: DecodeRule = DEFAULT_RULE) -> Image.Image:
    """Return an image as 8-bit RGB.

    Args:
        image: The decoded image.
        mode: Its pixel mode, as :func:`resnet_lab.data.decode.inspect` names it.
        rule: How to convert transparency and deep gray.

    Raises:
        ValueError: A pixel is NaN or infinite, or :func:`refusal` refuses the mode.
    """
    if (reason := refusal(mode, rule)) is not None:
        raise ValueError(f"it {reason}")
    if mode not in _EIGHT_BIT:
        image = _scaled_gray(image, mode, rule.value_range or (0, 65535))
    if rule.color == "convert":
        image = to_srgb(image)
    if image.has_transparency_data:
        return _over(image, rule.background)
    return image if image.mode == "RGB" else image.convert("RGB")


def check_finite(image: Image.Image, mode: str) -> None:
    """Refuse float pixels that are not finite.

    Raises:
        ValueError: A pixel is NaN or infinite.
    """
    if mode == "F" and not np.isfinite(np.asarray(image)).all():
        raise ValueError("it has pixels that are NaN or infinite")


def _scaled_gray(image: Image.Image, mode: str, value_range: tuple[float, float]) -> Image.Image:
    """Return deep gray as mode L, or LA if one value means transparent; ``value_range`` becomes 0 to 255."""
    values = np.asarray(image)
    if mode == "I;32N":  # Pillow has no unsigned mode and keeps the bits in a signed one.
        values = values.view(np.uint32)
    check_finite(image, mode)
    low, high = value_range
    gray = np.rint((np.clip(values.astype(np.float64), low, high) - low) * 255 / (high - low)).astype(np.uint8)
    scaled = Image.fromarray(gray)
    if "transparency" in image.info:
        scaled.putalpha(Image.fromarray(np.uint8(255) * (values != image.info["transparency"])))
    return scaled


def _over(image: Image.Image, background: str) -> Image.Image:
    """Return an image with transparency, composed over a color, as RGB."""
    # Converted to RGBA directly, Pillow drops the alpha of La and, up to version 11, the transparent value of 1.
    straight = {"1": "L", "La": "LA", "RGBa": "RGBA"}
    if image.mode in straight:
        image = image.convert(straight[image.mode])
    image = image.convert("RGBA")
    canvas = Image.new("RGB", image.size, background)
    canvas.paste(image.convert("RGB"), mask=image.getchannel("A"))
    return canvas
