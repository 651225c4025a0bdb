"""The one decoder: from a file to RGB pixels."""

from pathlib import Path

from PIL import Image, ImageOps

from resnet_lab.errors import InputError

EXTENSIONS = frozenset({".bmp", ".jfif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"})
_EIGHT_BIT_MODES = frozenset({"1", "CMYK", "L", "LA", "P", "PA", "RGB", "RGBA", "YCbCr"})


def decode(path: Path) -> Image.Image:
    """Read an image file as 8-bit RGB, its EXIF orientation applied.

    Raises:
        InputError: The file cannot be decoded, or has a pixel mode that is not read; it is named.
    """
    try:
        with Image.open(path) as image:
            if image.mode in _EIGHT_BIT_MODES:
                return ImageOps.exif_transpose(image).convert("RGB")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise InputError(f"{path} cannot be decoded ({error}): repair it, or take it out.") from error
    # Pillow would clip deep pixels to white instead of scaling them: which range was meant is the user's to say.
    raise InputError(f"{path} has pixel mode {image.mode}, which is not read: convert it to 8-bit grey or RGB.")
