"""Small pictures of test images, read from the photographs that the runs were tested on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from resnet_lab.data.decode import decode
from resnet_lab.data.folder import read_image_folder
from resnet_lab.data.manifest import ManifestRule
from resnet_lab.data.rgb import DecodeRule, short_side
from resnet_lab.data.sources import resolve_root
from resnet_lab.data.split import parse_fold
from resnet_lab.errors import InputError, as_utf8
from resnet_lab.plots.attention import overlay
from resnet_lab.runs import Run

Heats = Mapping[str, NDArray[np.float64]]
"""Maps of attention ``(h, w)``, from 0 to 1, by the name of what they are of."""

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


@dataclass(frozen=True)
class SmallPicture:
    """A test image as a small JPEG.

    Attributes:
        whole: The whole image.
        maps: The crop that the network saw under a map of attention, by the name of the map.
    """

    whole: bytes
    maps: Mapping[str, bytes] = field(default_factory=dict)


def small_pictures(run: Run, paths: Iterable[str], heats: Mapping[str, Heats] | None = None) -> dict[str, SmallPicture]:
    """Return test images as small JPEGs, decoded as for the network; an image that was renamed since is left out.

    Args:
        run: A run that was tested on the images.
        paths: Paths of the images as in its ``predictions.csv``.
        heats: Maps of attention by path.

    Raises:
        NoPicturesError: The photographs cannot be read any more, or the folder now holds other photographs.
    """
    files, data, heats = _find_images(run), run.config()["data"], heats or {}
    rule = DecodeRule.of_options(data)
    return {
        path: SmallPicture(small_jpeg(files[path], rule), _mapped(files[path], heats.get(path, {}), data))
        for path in paths
        if path in files
    }


def _mapped(path: Path, heats: Heats, data: Mapping[str, Any]) -> dict[str, bytes]:
    """Return the crop of an image that the network saw under each map."""
    if not heats:
        return {}
    size, rule = data["image_size"], DecodeRule.of_options(data)
    border = (1 - size / short_side(size, rule)) / 2  # that the center crop cuts off on each side
    seen = ImageOps.fit(decode(path, rule), (size, size), Image.Resampling.BILINEAR, bleed=border)
    return {name: _jpeg(Image.fromarray(overlay(np.asarray(seen), heat))) for name, heat in heats.items()}


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
    return _jpeg(decode(path, rule))


def _jpeg(image: Image.Image) -> bytes:
    image.thumbnail((_SIDE, _SIDE))
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=82)
    return buffer.getvalue()
