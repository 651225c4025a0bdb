"""The one decoder: from a file to RGB pixels."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import ExifTags, Image, ImageFile, ImageOps, features

from resnet_lab.data.rgb import DEFAULT_RULE, DecodeRule, check_finite, refusal, to_rgb
from resnet_lab.data.undecodable import naming
from resnet_lab.errors import InputError, printable

# Pillow's formats that are read, none of which calls another program, and the file endings that they go by.
_ENDINGS = {
    "JPEG": frozenset({".jfif", ".jpe", ".jpeg", ".jpg"}),
    "PNG": frozenset({".apng", ".png"}),
    "TIFF": frozenset({".tif", ".tiff"}),
    "BMP": frozenset({".bmp"}),
    "GIF": frozenset({".gif"}),
    "PPM": frozenset({".pgm", ".ppm"}),
    "WEBP": frozenset({".webp"}),
}
if "avif" in features.modules and features.check_module("avif"):  # Pillow < 11.3 warns of the name itself.
    _ENDINGS["AVIF"] = frozenset({".avif"})
EXTENSIONS = frozenset[str]().union(*_ENDINGS.values())
_OTHER_KINDS = frozenset({"I;12", "I;32N"})
_SWAPPED = frozenset({"F;32BF", "I;16BS", "I;32BS"})  # Compressed, Pillow (13.0) reads them with their bytes reversed.
_STEPS = {"1": 255, "L;2": 85, "L;4": 17}  # From one grey to the next, in PNGs of 1, 2 and 4 bits.


@dataclass(frozen=True)
class Found:
    """What a file holds.

    Attributes:
        mode: Pillow's pixel mode, but for the greys that Pillow gives the mode of another kind: ``I;16`` for all
            16-bit PNG and PPM, ``I;12`` for 12-bit and ``I;32N`` for unsigned 32-bit TIFF; and for the compressed
            big-endian TIFFs that Pillow misreads, such as ``F;32BF``.
        format: Pillow's name of the format, such as ``JPEG``; of JPEGs with several pictures in them, ``MPO``.
        width: In pixels, with the orientation applied.
        height: In pixels, with the orientation applied.
        orientation: EXIF orientation, 1 to 8; 1 is as stored.
        frames: How many images the file holds, only the first of which is read; up to where it breaks off.
    """

    mode: str
    format: str
    width: int
    height: int
    orientation: int
    frames: int


def inspect(path: Path) -> Found:
    """Decode a file's first image to the last pixel, and say what it is.

    A file that passes, of a mode without a ``refusal``, is one that ``decode`` reads.

    Raises:
        InputError: The file cannot be decoded; it is named.
    """
    with naming(path, _ENDINGS), _opened(path) as file:
        image, mode, orientation = _first_image(file)
        check_finite(image, mode)
        return Found(mode, file.format or "", *image.size, orientation, _frames(file))


def decode(path: Path, rule: DecodeRule = DEFAULT_RULE) -> Image.Image:
    """Read an image file as 8-bit RGB, its EXIF orientation applied.

    Colour of 16 bits a channel, and grey of 16 bits with alpha, come as the upper 8 bits of each value: Pillow
    decodes them no deeper. Deep PGM comes to ``rule`` with its own largest value as 65535. Colour profiles are not
    applied. JPEGs of four channels are all taken as Adobe writes them, inverted. The first image of an animation is
    the first in the file, even where browsers do not show it.

    Raises:
        InputError: The file cannot be decoded, or has a pixel mode that ``rule`` refuses; it is named.
    """
    with naming(path, _ENDINGS):
        with _opened(path) as file:
            image, mode, _ = _first_image(file)
        if (reason := refusal(mode, rule)) is not None:
            raise InputError(f"{printable(path)} {reason}.")
        return to_rgb(image, mode, rule)


def wrong_ending(path: Path, format: str) -> str | None:
    """Return in which way a file's ending disagrees with its format; it is decoded as what it is all the same.

    >>> wrong_ending(Path("a.JPG"), "PNG")
    'a .jpg that is PNG'
    """
    ending = path.suffix.lower()
    right = _ENDINGS.get("JPEG" if format == "MPO" else format, frozenset())
    return f"a {ending} that is {format}" if ending in EXTENSIONS - right else None


@contextmanager
def _opened(path: Path) -> Iterator[ImageFile.ImageFile]:
    # By its stream: by its name Pillow (13.0) maps an uncompressed TIFF into memory, wrongly where EXIF turns it.
    with path.open("rb") as stream, Image.open(stream, formats=list(_ENDINGS)) as file:
        yield file


def _first_image(file: ImageFile.ImageFile) -> tuple[Image.Image, str, int]:
    """Return the first image, upright, its mode as in ``Found``, and the EXIF orientation that it had.

    It mends what Pillow (13.0) leaves as the file has it: inverted 16-bit TIFF, and transparent values of PNG.
    """
    codec, _, _, arguments = file.tile[0] if file.tile else (None, None, None, None)
    stored = str(arguments[0] if isinstance(arguments, tuple) else arguments)  # Pillow's name of the layout in the file
    exif = file.getexif()  # Before decoding, which takes the orientation of a TIFF away.
    orientation = exif.get(ExifTags.Base.Orientation, 1)
    image = ImageOps.exif_transpose(file)
    mode = stored if stored in _OTHER_KINDS or (codec == "libtiff" and stored in _SWAPPED) else image.mode
    if mode == "I" and file.format in ("PNG", "PPM"):  # PNG: up to Pillow 11.
        mode = "I;16"
    if mode == "I;16" and file.format == "TIFF" and exif.get(ExifTags.Base.PhotometricInterpretation) == 0:
        image = image.point(lambda value: value * -1 + 65535)
    if (transparent := image.info.get("transparency")) is not None:
        if stored in _STEPS:
            image.info["transparency"] = min(transparent * _STEPS[stored], 255)  # Of 1 bit, Pillow 13 has it as 255.
        elif stored == "RGB;16B":
            image.info["transparency"] = tuple(value >> 8 for value in transparent)
    return image, mode, orientation if orientation in range(1, 9) else 1


def _frames(file: ImageFile.ImageFile) -> int:
    try:
        return getattr(file, "n_frames", 1)
    except Exception:
        return file.tell() + 1
