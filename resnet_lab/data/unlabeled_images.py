"""Dataset of image files without labels, from anywhere on disk."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import torch
from torch.utils.data import Dataset

from resnet_lab.data.decode import EXTENSIONS
from resnet_lab.data.labeled_images import Sample
from resnet_lab.data.pixels import evaluation_transform, load_resized
from resnet_lab.data.rgb import DecodeRule
from resnet_lab.data.scan import scan
from resnet_lab.data.system_files import is_system_file
from resnet_lab.errors import InputError


def find_images(paths: Iterable[Path]) -> list[Path]:
    """Return the files among ``paths``, and the images below the folders among them, sorted within each folder.

    A file is taken whatever its ending. In a folder the ending decides, and hidden files are ignored. Files and folders
    of systems and programs, such as ``@eaDir``, are passed over: ``FOLDER/*`` of a shell names them too.

    Raises:
        InputError: A path does not exist, or no image was found.
    """
    found: list[Path] = []
    for path in paths:
        if is_system_file(path.name):
            continue
        if os.path.isdir(path):  # noqa: PTH112  (False for a path that is too long)
            found += [path / name for name in scan(path).images]
        elif os.path.exists(path):  # noqa: PTH110
            found.append(path)
        else:
            raise InputError(f"data.images {path} does not exist.")
    if not found:
        raise InputError(f"data.images holds no images; known endings: {', '.join(sorted(EXTENSIONS))}.")
    return found


class UnlabeledImages(Dataset[Sample]):
    """Center-cropped images as uint8 ``(3, image_size, image_size)``, with 0 instead of a class index.

    A file that cannot be decoded gives black pixels, so that one bad file does not end the prediction of all others.

    Args:
        paths: Image files.
        image_size: Side of the crop in pixels.
        rule: How images are decoded.

    Attributes:
        unreadable: The reason for each file that could not be decoded. Only the process that reads a file fills it in.
    """

    def __init__(self, paths: Sequence[Path], image_size: int, rule: DecodeRule | None = None) -> None:
        self.paths = paths
        self.image_size = image_size
        self.rule = rule or DecodeRule()
        self.transform = evaluation_transform(image_size)
        self.unreadable: dict[Path, str] = {}

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, position: int) -> Sample:
        path = self.paths[position]
        try:
            return self.transform(load_resized(path, self.image_size, self.rule)), 0
        except InputError as error:
            self.unreadable[path] = str(error)
            return torch.zeros(3, self.image_size, self.image_size, dtype=torch.uint8), 0
