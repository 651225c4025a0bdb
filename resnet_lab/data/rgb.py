"""Every pixel mode as 8-bit RGB: how it is converted, and which modes are refused."""

from dataclasses import dataclass
from math import isfinite

import numpy as np
from PIL import Image, ImageColor

from resnet_lab.errors import InputError

_EIGHT_BIT = frozenset({"1", "CMYK", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBX", "RGBa", "YCbCr"})
_GREY_16 = frozenset({"I;16", "I;16B", "I;16L", "I;16N"})
_UNKNOWN_RANGE = {
    "I;12": "12-bit grey",
    "I": "deep integers",
    "I;32N": "unsigned 32-bit integers",
    "F": "floats",
}


@dataclass(frozen=True)
class DecodeRule:
    """What a file alone does not say about its pixels.

    Attributes:
        background: Colour that shows where an image is transparent: a name, ``#rgb``, or what else Pillow knows.
        value_range: The values of deep grey (more than 8 bits, or floats) that become 0 and 255; what lies between is
            linear, what lies outside is clipped. ``None``: 16-bit grey is divided by 257, other deep grey refused.
            Nothing is ever stretched image by image, since brightness may be what tells the classes apart.

    Raises:
        InputError: ``background`` is no opaque colour, or ``value_range`` no range.
    """

    background: str = "white"
    value_range: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if not _is_opaque_colour(self.background):
            raise InputError(
                f"data.background {self.background} is no opaque colour: give a name, such as black, or #rrggbb."
            )
        if self.value_range is not None:
            low, high = self.value_range
            if not (low < high and isfinite(high - low)):
                raise InputError(
                    f"data.value_range {low:g}, {high:g} is no range: give the value of black and then, above it, "
                    "the value of white, such as 0, 4095."
                )


def _is_opaque_colour(colour: str) -> bool:
    try:
        channels = ImageColor.getrgb(colour)
    except ValueError:
        return False
    return len(channels) == 3 and all(0 <= value <= 255 for value in channels)


DEFAULT_RULE = DecodeRule()


def refusal(mode: str, rule: DecodeRule = DEFAULT_RULE) -> str | None:
    """Return why pixels of a mode are refused, to be read after the name of the file; ``None`` where they are not.

    >>> refusal("LAB")
    'has pixel mode LAB, which is not read: convert it to 8-bit grey or RGB'
    """
    if mode in _EIGHT_BIT or mode in _GREY_16:
        return None
    if mode not in _UNKNOWN_RANGE:
        return f"has pixel mode {mode}, which is not read: convert it to 8-bit grey or RGB"
    if rule.value_range is None:
        return (
            f"has pixel mode {mode}, {_UNKNOWN_RANGE[mode]}, and does not say which values are black and white: give "
            "the two as data.value_range, or convert it to 8-bit grey or RGB"
        )
    return None


def to_rgb(image: Image.Image, mode: str, rule: DecodeRule = DEFAULT_RULE) -> Image.Image:
    """Return an image as 8-bit RGB. ``mode`` is its pixel mode as ``resnet_lab.data.decode.inspect`` names it.

    Raises:
        ValueError: A pixel is NaN or infinite, or the mode is one that ``refusal`` refuses.
    """
    if (reason := refusal(mode, rule)) is not None:
        raise ValueError(f"it {reason}")
    if mode not in _EIGHT_BIT:
        image = _scaled_grey(image, mode, rule.value_range or (0, 65535))
    if image.has_transparency_data:
        return _over(image, rule.background)
    return image if image.mode == "RGB" else image.convert("RGB")


def check_finite(image: Image.Image, mode: str) -> None:
    """Refuse floats that no range can place.

    Raises:
        ValueError: A pixel is NaN or infinite.
    """
    if mode == "F" and not np.isfinite(np.asarray(image)).all():
        raise ValueError("it has pixels that are NaN or infinite")


def _scaled_grey(image: Image.Image, mode: str, value_range: tuple[float, float]) -> Image.Image:
    """Return deep grey as mode L, or LA where a value stands for transparent; ``value_range`` becomes 0 to 255."""
    values = np.asarray(image)
    if mode == "I;32N":  # Pillow has no unsigned mode: it keeps the bits in a signed one.
        values = values.view(np.uint32)
    check_finite(image, mode)
    low, high = value_range
    grey = np.rint((np.clip(values.astype(np.float64), low, high) - low) * 255 / (high - low)).astype(np.uint8)
    scaled = Image.fromarray(grey)
    if "transparency" in image.info:
        scaled.putalpha(Image.fromarray(np.uint8(255) * (values != image.info["transparency"])))
    return scaled


def _over(image: Image.Image, background: str) -> Image.Image:
    """Return an image with transparency laid over a colour, as RGB."""
    # On the direct way to RGBA, Pillow would drop the alpha of La and, up to 11, the transparent value of 1.
    straight = {"1": "L", "La": "LA", "RGBa": "RGBA"}
    if image.mode in straight:
        image = image.convert(straight[image.mode])
    image = image.convert("RGBA")
    canvas = Image.new("RGB", image.size, background)
    canvas.paste(image.convert("RGB"), mask=image.getchannel("A"))
    return canvas
