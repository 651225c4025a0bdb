"""Color profiles: names of those that are not sRGB, and conversion to sRGB."""

from functools import lru_cache
from io import BytesIO
from itertools import product

import numpy as np
from PIL import Image, ImageCms

_COLORED = frozenset({"P", "PA", "RGB", "RGBA", "RGBX", "RGBa", "YCbCr"})
_SAME = 3  # gray levels of 255 by which conversion may change a color and the profile is still sRGB


def profile_name(image: Image.Image) -> str:
    """Return the name of an image's color profile, such as ``Display P3``; empty without one, and for sRGB.

    Only profiles of RGB count: those of gray and of inks are not applied. A profile that cannot be read does not count.
    """
    content = image.info.get("icc_profile")
    return _name(content) if content and image.mode in _COLORED else ""


def to_srgb(image: Image.Image) -> Image.Image:
    """Return an image with its colors converted to sRGB, by its own profile; alpha stays as it is.

    Colors that sRGB cannot show become the nearest on the surface of its gamut, channel by channel.
    """
    if not profile_name(image):
        return image
    alpha = image.convert("RGBA").getchannel("A") if image.has_transparency_data else None
    converted = _transform(image.info["icc_profile"]).apply(image.convert("RGBA" if alpha else "RGB").convert("RGB"))
    if alpha:
        converted.putalpha(alpha)
    return converted


@lru_cache(maxsize=64)
def _name(content: bytes) -> str:
    try:
        profile = ImageCms.ImageCmsProfile(BytesIO(content))
        if profile.profile.xcolor_space.strip() != "RGB" or _is_srgb(content):
            return ""
        return ImageCms.getProfileDescription(profile).strip() or "without a name"
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        return ""


def _is_srgb(content: bytes) -> bool:
    """Return whether conversion changes no color of a regular grid by more than what rounding may do."""
    colors = np.array(list(product(range(0, 256, 51), repeat=3)), np.uint8)[None]
    converted = np.asarray(_transform(content).apply(Image.fromarray(colors)))
    return bool(np.abs(converted.astype(int) - colors).max() <= _SAME)


@lru_cache(maxsize=64)
def _transform(content: bytes) -> ImageCms.ImageCmsTransform:
    own, srgb = ImageCms.ImageCmsProfile(BytesIO(content)), ImageCms.createProfile("sRGB")
    return ImageCms.buildTransform(own, srgb, "RGB", "RGB", renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC)
