"""Small pictures of test images, read from the photographs that the runs were tested on."""

from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Literal

from resnet_lab.data.decode import decode
from resnet_lab.data.folder import read_image_folder
from resnet_lab.data.manifest import ManifestRule
from resnet_lab.data.rgb import DecodeRule
from resnet_lab.data.sources import resolve_root
from resnet_lab.data.split import parse_fold
from resnet_lab.errors import InputError, as_utf8
from resnet_lab.runs import Run

_SIDE = 160  # pixels: sharp on screens with two pixels per point, where a page shows a picture 80 points wide


class NoPicturesError(InputError):
    """No pictures can be shown.

    Attributes:
        reason: ``unreadable`` or ``others``, a key of the report's texts.
        root: Folder of the photographs.
    """

    def __init__(self, reason: Literal["unreadable", "others"], root: str) -> None:
        super().__init__(f"no pictures of {root}: {reason}")
        self.reason, self.root = reason, root


def small_pictures(run: Run, paths: Iterable[str]) -> dict[str, bytes]:
    """Return test images as small JPEGs, decoded as for the network; an image that was renamed since is left out.

    Args:
        run: A run that was tested on the images.
        paths: Paths of the images as in its ``predictions.csv``.

    Raises:
        NoPicturesError: The photographs cannot be read any more, or the folder now holds other photographs.
    """
    files, rule = _find_images(run), DecodeRule.of_options(run.config()["data"])
    return {path: small_jpeg(files[path], rule) for path in paths if path in files}


def _find_images(run: Run) -> dict[str, Path]:
    """Return the files of the test images by their path relative to the root, as in ``predictions.csv``."""
    data, status = run.config()["data"], run.status()
    try:
        folder = read_image_folder(
            resolve_root(data["root"]),
            rule=DecodeRule.of_options(run.config()["data"]),
            on_bad_image=data.get("on_bad_image", "error"),
            allow_leaks=data.get("allow_leaks", False),
            fold=parse_fold(data.get("fold")),
            groups=data.get("groups"),
            manifest=ManifestRule(data.get("columns"), data.get("images_root")),
        )
    except InputError as error:
        raise NoPicturesError("unreadable", data["root"]) from error
    if folder.fingerprint != status.fingerprint:
        raise NoPicturesError("others", data["root"])
    return {as_utf8(path.relative_to(folder.root).as_posix()): path for path in folder.splits["test"].paths}


def small_jpeg(path: Path, rule: DecodeRule) -> bytes:
    """Return an image as a small JPEG, decoded as for the network.

    Raises:
        InputError: The file cannot be decoded.
    """
    image = decode(path, rule)
    image.thumbnail((_SIDE, _SIDE))
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=82)
    return buffer.getvalue()
