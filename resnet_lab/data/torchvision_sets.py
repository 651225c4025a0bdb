"""Data sets that torchvision downloads, laid out once as train, val and test folders of classes."""

import os
import shutil
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from resnet_lab.errors import InputError, printable

_SECONDS = 30.0  # without an answer of the server
Labeled = Iterator[tuple[Path, str]]
"""Image files with the name of their class."""


@contextmanager
def answered_within(seconds: float) -> Iterator[None]:
    """Give up downloads in the block, of whichever library, after so many seconds without an answer or a byte."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


@dataclass(frozen=True)
class TorchvisionSet:
    """Data set of ``torchvision.datasets``.

    Attributes:
        files: Addresses of the files that make it up, with the folder below the download folder where each belongs.
        images: Number of its images.
        title: What it shows, with its source.
        license: Its license, as model hubs name it; ``unknown`` where its authors state none.
        lay_out: Writes its images from a download folder as ``SPLIT/CLASS/IMAGE`` into an empty folder.
    """

    files: tuple[tuple[str, str], ...]
    images: int
    title: str
    license: str
    lay_out: Callable[[Path, Path], None]

    def unpack(self, name: str, downloads: Path, tree: Path) -> None:
        """Download what is missing and lay it out.

        Args:
            name: Name of the class in ``torchvision.datasets``.
            downloads: Folder of the downloaded files.
            tree: An empty folder.

        Raises:
            InputError: The files are not there and cannot be downloaded.
        """
        try:
            with answered_within(_SECONDS):
                self.lay_out(downloads, tree)
        except (OSError, RuntimeError, EOFError) as error:
            wanted = "\n  ".join(f"{url} to {printable(downloads / folder)}" for url, folder in self.files)
            torn = isinstance(error, FileNotFoundError)  # a file of an archive that was taken out in part
            first = f"If an earlier command was stopped, first remove the folders in {printable(downloads)}."
            reason = " ".join(str(error).split()) or type(error).__name__
            raise InputError(
                f"torchvision:{name} could not be downloaded ({printable(reason)}). Run the command again, or fetch "
                f"on a machine with a network, and copy:\n  {wanted}" + (f"\n{first}" if torn else "")
            ) from error


def _cifar(name: str) -> Callable[[Path, Path], None]:
    def lay_out(downloads: Path, tree: Path) -> None:
        """Lay out arrays as PPM files, whose bytes depend on the pixels alone; those of a PNG depend on zlib."""
        from PIL import Image
        from torchvision import datasets

        for split, train in (("train", True), ("test", False)):
            found: Any = getattr(datasets, name)(downloads, train=train, download=True)
            folders = [_folder(tree, split, label) for label in found.classes]
            for number, (pixels, label) in enumerate(zip(found.data, found.targets, strict=True)):
                Image.fromarray(pixels).save(folders[label] / f"{number:05}.ppm")

    return lay_out


def _of_paths(name: str, splits: Iterable[str]) -> Callable[[Path, Path], None]:
    def lay_out(downloads: Path, tree: Path) -> None:
        """Lay out the files of a class of torchvision that takes a loader, byte for byte."""
        from torchvision import datasets

        for split in splits:
            found: Any = getattr(datasets, name)(downloads, split=split, download=True, loader=Path)
            _link(tree, split, ((path, found.classes[label]) for path, label in found))

    return lay_out


def _pets(downloads: Path, tree: Path) -> None:
    """Lay out the pets, byte for byte, by the data set's own lists: the name of a file begins with its class."""
    from torchvision import datasets

    base = downloads / "oxford-iiit-pet"
    for split, own in (("train", "trainval"), ("test", "test")):
        datasets.OxfordIIITPet(downloads, split=own, download=True)
        names = [line.split()[0] for line in (base / "annotations" / f"{own}.txt").read_text("utf-8").splitlines()]
        _link(tree, split, ((base / "images" / f"{name}.jpg", name.rpartition("_")[0]) for name in names))


def _folder(tree: Path, split: str, label: str) -> Path:
    folder = tree / split / label.replace("/", "-")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _link(tree: Path, split: str, images: Labeled) -> None:
    """Lay out files without a second copy on disk where the file system can."""
    for path, label in images:
        target = _folder(tree, split, label) / path.name
        try:
            os.link(path, target)
        except OSError:
            shutil.copyfile(path, target)


_TORONTO, _OXFORD = "https://www.cs.toronto.edu/~kriz", "https://www.robots.ox.ac.uk/~vgg/data"
_SMALL = "photographs of 32x32 pixels (Krizhevsky 2009, Learning multiple layers of features from tiny images)"
TORCHVISION = {
    "CIFAR10": TorchvisionSet(
        ((f"{_TORONTO}/cifar-10-python.tar.gz", ""),), 60_000, _SMALL, "unknown", _cifar("CIFAR10")
    ),
    "CIFAR100": TorchvisionSet(
        ((f"{_TORONTO}/cifar-100-python.tar.gz", ""),), 60_000, _SMALL, "unknown", _cifar("CIFAR100")
    ),
    "Flowers102": TorchvisionSet(
        tuple(
            (f"{_OXFORD}/flowers/102/{file}", "flowers-102")
            for file in ("102flowers.tgz", "imagelabels.mat", "setid.mat")
        ),
        8_189,
        "photographs of flowers (Nilsback and Zisserman 2008, doi:10.1109/ICVGIP.2008.47)",
        "unknown",
        _of_paths("Flowers102", ("train", "val", "test")),
    ),
    "Food101": TorchvisionSet(
        (("http://data.vision.ee.ethz.ch/cvl/food-101.tar.gz", ""),),
        101_000,
        "photographs of dishes (Bossard et al. 2014, doi:10.1007/978-3-319-10599-4_29)",
        "unknown",
        _of_paths("Food101", ("train", "test")),
    ),
    "OxfordIIITPet": TorchvisionSet(
        tuple((f"{_OXFORD}/pets/data/{file}", "oxford-iiit-pet") for file in ("images.tar.gz", "annotations.tar.gz")),
        7_349,
        "photographs of cats and dogs (Parkhi et al. 2012, doi:10.1109/CVPR.2012.6248092)",
        "cc-by-sa-4.0",
        _pets,
    ),
}
"""The data sets, by the name after ``torchvision:``. Their splits are kept; a missing val is carved out of train."""
