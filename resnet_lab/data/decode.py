"""Decoder of image files: from a file to RGB pixels."""

from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import BinaryIO

from PIL import ExifTags, Image, ImageFile, ImageOps, features
from PIL.TiffImagePlugin import TiffImageFile

from resnet_lab.data.color_profile import profile_name
from resnet_lab.data.file_kinds import START, is_avif, is_heif
from resnet_lab.data.png_metadata import with_less_metadata
from resnet_lab.data.rgb import DEFAULT_RULE, DecodeRule, check_finite, refusal, to_rgb
from resnet_lab.data.tiff import misreading
from resnet_lab.data.undecodable import naming
from resnet_lab.errors import InputError, printable

# Pillow's names of the formats that are read, each with its file endings. None of them starts another program.
_ENDINGS = {
    "JPEG": frozenset({".jfif", ".jpe", ".jpeg", ".jpg"}),
    "PNG": frozenset({".apng", ".png"}),
    "TIFF": frozenset({".tif", ".tiff"}),
    "BMP": frozenset({".bmp"}),
    "GIF": frozenset({".gif"}),
    "PPM": frozenset({".pgm", ".ppm"}),
    "WEBP": frozenset({".webp"}),
    "HEIF": frozenset({".heic", ".heif", ".hif"}),  # with the package pillow-heif
}
if "avif" in features.modules and features.check_module("avif"):  # Pillow < 11.3 warns of the name itself.
    _ENDINGS["AVIF"] = frozenset({".avif"})
EXTENSIONS = frozenset[str]().union(*_ENDINGS.values())
_OTHER_KINDS = frozenset({"I;12", "I;32N"})
_STEPS = {"1": 255, "L;2": 85, "L;4": 17}  # Distance between two grays in PNGs of 1, 2 and 4 bits.


@dataclass(frozen=True)
class Found:
    """Properties of an image file.

    Attributes:
        mode: Pillow's pixel mode. Some grays that Pillow puts under another mode have a name of their own: ``I;16`` for
            all 16-bit PNG and PPM, ``I;12`` for 12-bit TIFF, ``I;32N`` for unsigned 32-bit TIFF.
        format: Pillow's name of the format, such as ``JPEG``. A JPEG that contains several images is ``MPO``.
        width: Width in pixels, with the orientation applied.
        height: Height in pixels, with the orientation applied.
        orientation: EXIF orientation, 1 to 8; 1 means as stored.
        frames: Number of images in the file, of which only the first is read. A truncated file counts up to its end.
        profile: Name of the color profile; empty without one, and for sRGB.
    """

    mode: str
    format: str
    width: int
    height: int
    orientation: int
    frames: int
    profile: str = ""


def inspect(path: Path) -> Found:
    """Decode the first image of a file completely and return its properties.

    :func:`decode` reads every file that passes here and whose mode has no :func:`~resnet_lab.data.rgb.refusal`.

    Raises:
        InputError: The file cannot be decoded. The message names the file.
    """
    with naming(path, _ENDINGS):
        image, found = _read(path, count_frames=True)
        check_finite(image, found.mode)
        return found


def decode(path: Path, rule: DecodeRule = DEFAULT_RULE) -> Image.Image:
    """Read an image file as 8-bit RGB with its EXIF orientation applied.

    - Color with 16 bits per channel, and 16-bit gray with alpha: the upper 8 bits of each value. Pillow reads no more.
    - PGM deeper than 8 bits: its largest possible value becomes 65535 before ``rule`` applies.
    - Color profiles are not applied, unless ``rule`` says so; those of gray and of inks never are.
    - JPEGs with four channels are all read as Adobe writes them, inverted.
    - Animations: the first image in the file, even if browsers do not show it.

    Args:
        path: The file.
        rule: How to convert transparency, deep gray and color profiles.

    Raises:
        InputError: The file cannot be decoded, or ``rule`` refuses its pixel mode. The message names the file.
    """
    with naming(path, _ENDINGS):
        image, found = _read(path, count_frames=False)
        if (reason := refusal(found.mode, rule)) is not None:
            raise InputError(f"{printable(path)} {reason}.")
        return to_rgb(image, found.mode, rule)


def wrong_ending(path: Path, format: str) -> str | None:
    """Return how a file's ending disagrees with its format; None if it agrees. Decoding goes by the content.

    >>> wrong_ending(Path("a.JPG"), "PNG")
    'a .jpg that is PNG'
    """
    ending = path.suffix.lower()
    right = _ENDINGS.get("JPEG" if format == "MPO" else format, frozenset())
    return f"a {ending} that is {format}" if ending in EXTENSIONS - right else None


def _read(path: Path, *, count_frames: bool) -> tuple[Image.Image, Found]:
    """Return the first image of a file, turned upright, and its properties."""
    if path.exists() and not (path.is_file() or path.is_dir()):  # opening a pipe would wait forever
        raise InputError(f"{printable(path)} is no regular file: take it out.")
    # Opened as a stream: given a name, Pillow (13.0) maps an uncompressed TIFF into memory, wrongly if EXIF turns it.
    with path.open("rb") as stream:
        try:
            return _read_stream(stream, path, count_frames=count_frames)
        except Exception:
            for less in with_less_metadata(stream):
                with suppress(Exception):
                    return _read_stream(less, path, count_frames=count_frames)
            raise


def _read_stream(stream: BinaryIO, path: Path, *, count_frames: bool) -> tuple[Image.Image, Found]:
    start = stream.read(START)
    if is_heif(start):
        register_heif()
    stream.seek(0)
    other = "HEIF" if is_avif(start) else "AVIF" if is_heif(start) else ""  # both decoders take the general brand
    with Image.open(stream, formats=[name for name in _formats() if name != other]) as file:
        if isinstance(file, TiffImageFile) and (kind := misreading(file)):
            raise InputError(
                f"{printable(path)} is a TIFF with {kind}, which Pillow reads wrongly: save it as 8-bit gray or RGB."
            )
        image, mode, orientation = _first_image(file)
        frames = _frames(file) if count_frames else 1
        return image, Found(mode, file.format or "", *image.size, orientation, frames, profile_name(image))


@cache
def register_heif() -> None:
    """Make Pillow read HEIF, if the package for it is installed."""
    with suppress(ImportError):
        import pillow_heif

        pillow_heif.register_heif_opener()


def _formats() -> list[str]:
    """Return Pillow's names of the formats that are read. HEIF is among them once its package is in use."""
    return [name for name in _ENDINGS if name != "HEIF" or name in Image.OPEN]


def _first_image(file: ImageFile.ImageFile) -> tuple[Image.Image, str, int]:
    """Return the first image turned upright, its mode as in ``Found``, and its EXIF orientation.

    Corrects what Pillow (13.0) leaves as stored: inverted 16-bit TIFF, and transparent values of PNG.
    """
    arguments = file.tile[0][3] if file.tile else None
    stored = str(arguments[0] if isinstance(arguments, tuple) else arguments)  # the pixel format in the file
    exif = _exif(file)  # Read before decoding, which removes the orientation of a TIFF.
    orientation = exif.get(ExifTags.Base.Orientation, 1)
    image = ImageOps.exif_transpose(file) if exif else file.copy()
    mode = stored if stored in _OTHER_KINDS else image.mode
    if mode == "I" and file.format in ("PNG", "PPM"):  # PNG: up to Pillow 11.
        mode = "I;16"
    if mode == "I;16" and file.format == "TIFF" and exif.get(ExifTags.Base.PhotometricInterpretation) == 0:
        image = image.point(lambda value: value * -1 + 65535)
    if (transparent := image.info.get("transparency")) is not None:
        if stored in _STEPS:
            image.info["transparency"] = min(transparent * _STEPS[stored], 255)  # Pillow 13 has 255 for 1 bit.
        elif stored == "RGB;16B":
            image.info["transparency"] = tuple(value >> 8 for value in transparent)
    return image, mode, orientation if orientation in range(1, 9) else 1


def _exif(file: ImageFile.ImageFile) -> Image.Exif:
    with suppress(SyntaxError):  # it is no EXIF: nothing says how to turn the image
        return file.getexif()
    return Image.Exif()


def _frames(file: ImageFile.ImageFile) -> int:
    try:
        return getattr(file, "n_frames", 1)
    except Exception:
        return file.tell() + 1
