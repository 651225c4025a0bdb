"""Errors of files that cannot be decoded: any exception becomes an InputError that names the file."""

import re
import warnings
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from resnet_lab.data.file_kinds import START, is_avif, is_heif, kind_of
from resnet_lab.errors import InputError, printable


@contextmanager
def naming(path: Path, formats: Collection[str]) -> Iterator[None]:
    """Turn any exception in the block into :class:`InputError`, since Pillow raises nearly any type on damaged files.

    Pillow's warnings are hidden. They concern damaged metadata, and images between Pillow's two size limits, which are
    read.

    Args:
        path: The file that is read in the block.
        formats: Pillow's names of the formats that are read.

    Raises:
        InputError: The file cannot be decoded. The message names the file and the reason.
    """
    with warnings.catch_warnings():
        # Only Pillow's: if threads decode at the same time, a filter may outlive its block.
        warnings.filterwarnings("ignore", module=r"PIL\.")
        try:
            yield
        except InputError:
            raise
        except Exception as error:
            if isinstance(error, UnidentifiedImageError) and (kind := _kind(path, formats)):
                raise InputError(f"{printable(path)} is {kind}.") from error
            reason = _reason(path, formats, error)
            raise InputError(f"{printable(path)} cannot be decoded ({reason}): repair it, or take it out.") from error


def _reason(path: Path, formats: Collection[str], error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):
        return _unidentified(path, formats)
    if isinstance(error, Image.DecompressionBombError) and (pixels := re.search(r"\d+", str(error))):
        limit = 2 * (Image.MAX_IMAGE_PIXELS or 0)
        return f"{_mega(int(pixels[0]))} megapixels; above {_mega(limit)} it is taken for a decompression bomb"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__


def _kind(path: Path, formats: Collection[str]) -> str | None:
    """Return the kind of a file that is none of the formats; None if it is a damaged file of one of them."""
    with path.open("rb") as file:
        start = file.read(START)
    is_read = ("HEIF" in Image.OPEN and is_heif(start)) or ("AVIF" in formats and is_avif(start))
    return None if is_read else kind_of(start)


def _mega(pixels: int) -> str:
    return f"{pixels / 1e6:.1f}"


def _unidentified(path: Path, formats: Collection[str]) -> str:
    """Return the reason why Pillow opens a file as none of the formats, since its own error does not tell."""
    with path.open("rb") as file:
        start = file.read(16)
        if not start:
            return "it is empty"
        Image.init()
        for name, (factory, accept) in Image.OPEN.items():
            accepted = False
            with suppress(Exception):  # Some of them read beyond the end of a short file.
                accepted = accept is not None and accept(start) is True
            if not accepted:
                continue
            file.seek(0)
            try:
                factory(file, str(path))
            except Exception as error:
                if name in formats:
                    return f"it starts as {name}, then: {error}"
            else:
                return f"it is {name}, a format that is not read"
    return f"it starts with {start!r}, which is no known image format"
