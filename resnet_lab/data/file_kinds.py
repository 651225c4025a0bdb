"""Kinds of files that come among photographs and are none that is read, told by how they start."""

import re

_EXPORT = "export it as JPEG or PNG"
_NO_DOWNLOAD = "perhaps in place of a download: fetch the image again"
_OUT = "take it out"
_HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"})
_ISO_BRANDS = {
    b"avi": "AVIF, which is read with Pillow 11.3 or later: pip install 'pillow>=11.3'",
    b"crx": f"a camera's raw image (CR3): {_EXPORT}",
}
_KINDS = (
    (rb"version https://git-lfs", "a Git LFS pointer, not the image itself: run git lfs pull"),
    (rb"(\.\./)*\.git/annex/objects/|/annex/objects/", "a git-annex pointer, not the image itself: run git annex get"),
    (rb".{128}DICM", f"DICOM, a medical image: {_EXPORT}"),
    (rb"%PDF-", f"a PDF document: {_EXPORT}"),
    (rb"\xff\x0a|\0\0\0\x0cJXL \r\n\x87\n", f"JPEG XL, a format that is not read: {_EXPORT}"),
    (
        rb"(\xef\xbb\xbf)?\s*(<\?xml.*?>\s*)?(<!--.*?-->\s*)?(<!DOCTYPE svg.*?>\s*)?<svg[\s/>]",
        f"an SVG drawing: {_EXPORT}",
    ),
    (rb"(?i)(\xef\xbb\xbf)?\s*(<!--.*?-->\s*)?<(!doctype )?html", f"an HTML page, {_NO_DOWNLOAD}"),
    (rb"(\xef\xbb\xbf)?\s*<\?xml", f"an XML text, {_NO_DOWNLOAD}"),
    (rb"\s*[{\[]\s*[\"{\]}]", f"a JSON text, {_NO_DOWNLOAD}"),
    (rb"PK\x03\x04", f"a ZIP archive or an office document: {_OUT}"),
    (rb"\x1f\x8b|BZh|\xfd7zXZ|7z\xbc\xaf|Rar!", f"a compressed archive: {_OUT}"),
    (rb"FUJIFILMCCD-RAW|IIU\0|FOVb|II\*\0.{4}CR|MRM\0|\0MRM", f"a camera's raw image: {_EXPORT}"),
    (rb"\x1aE\xdf\xa3|RIFF.{4}AVI |\0\0\x01[\xb3\xba]", f"a film: {_OUT}"),
    (rb"\x89HDF", f"an HDF5 file: {_OUT}"),
    (rb"\x93NUMPY", f"a numpy array: {_EXPORT}"),
    (rb"SIMPLE  =", f"FITS, an image of astronomy: {_EXPORT}"),
    (rb"\0+$", "zero bytes only, as an interrupted copy leaves them: copy it again"),
)
START = 1024
"""Number of bytes at the start of a file by which its kind is told."""


def is_heif(start: bytes) -> bool:
    """Return whether a file is HEIF, of which HEIC is the common kind, by its start."""
    return start[4:8] == b"ftyp" and start[8:12] in _HEIF_BRANDS and not is_avif(start)


def is_avif(start: bytes) -> bool:
    """Return whether a file is AVIF, by its start. Its main brand may be the general one of HEIF."""
    others = start[16 : int.from_bytes(start[:4], "big")]
    return start[4:11] == b"ftypavi" or (start[4:12] in (b"ftypmif1", b"ftypmsf1") and b"avif" in others)


def kind_of(start: bytes) -> str | None:
    """Return the kind of a file by its first :data:`START` bytes; None if the kind is not known.

    >>> kind_of(b"%PDF-1.7")
    'a PDF document: export it as JPEG or PNG'
    """
    if is_heif(start):
        return "HEIC (HEIF), which is read with an optional package: pip install 'resnet-lab[heif]'"
    if is_avif(start):
        return _ISO_BRANDS[b"avi"]
    if start[4:8] == b"ftyp":
        return next(
            (text for brand, text in _ISO_BRANDS.items() if start[8:].startswith(brand)), f"a film (MP4 or MOV): {_OUT}"
        )
    return next((text for pattern, text in _KINDS if re.match(pattern, start, re.DOTALL)), None)
