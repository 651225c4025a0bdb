"""The one decoder: from a file to RGB pixels, as a person would see them."""

from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from resnet_lab.errors import InputError

EXTENSIONS = frozenset({".bmp", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"})
_EIGHT_BIT_MODES = frozenset({"1", "CMYK", "L", "LA", "P", "PA", "RGB", "RGBA", "YCbCr"})


def decode(path: Path) -> Image.Image:
    """Read an image file as 8-bit RGB, its EXIF orientation applied.

    Raises:
        InputError: The file cannot be decoded, or holds more than 8 bits a channel; it is named.
    """
    try:
        with Image.open(path) as image:
            if image.mode not in _EIGHT_BIT_MODES:
                raise InputError(
                    f"{path} has pixel mode {image.mode}, more than 8 bits a channel, and making it 8 bits needs a "
                    "choice of range: convert it, or take it out."
                )
            return ImageOps.exif_transpose(image).convert("RGB")
    except (OSError, SyntaxError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise InputError(f"{path} cannot be decoded ({error}): repair it, or take it out.") from error
