"""Built-in data sets: the package that has each, and how its images are laid out as ``CLASS/IMAGE``."""

import csv
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from PIL import Image


@dataclass(frozen=True)
class BuiltIn:
    """Built-in data set.

    Attributes:
        package: The PyPI package that has its images.
        module: The module of this package.
        extra: The extra of this package's own that installs it.
        images: Number of its images.
        title: What it shows, with its source.
        license: Its license, as model hubs name it.
        lay_out: Writes its images as ``CLASS/IMAGE`` into an empty folder.
    """

    package: str
    module: str
    extra: str
    images: int
    title: str
    license: str
    lay_out: Callable[[Path], None]

    @property
    def is_installed(self) -> bool:
        """Whether the package is there."""
        return find_spec(self.module) is not None


def lay_out_elpv(tree: Path) -> None:
    """Lay out the ELPV photographs, byte for byte, since the split depends on their content.

    2,624 electroluminescence photographs of solar cells (Deitsch et al. 2019, arXiv:1807.02894; CC BY-NC-SA 4.0),
    each with the experts' probability p of a defect: functional if p < 0.5, else defective.

    Args:
        tree: An empty folder.
    """
    _lay_out_elpv(tree, {0: "functional", 1: "functional", 2: "defective", 3: "defective"})


def lay_out_elpv4(tree: Path) -> None:
    """Lay out the ELPV photographs by the four probabilities of a defect that the experts gave, byte for byte.

    Args:
        tree: An empty folder.
    """
    _lay_out_elpv(tree, {0: "0-functional", 1: "1-possibly-defective", 2: "2-likely-defective", 3: "3-defective"})


def _lay_out_elpv(tree: Path, classes: Mapping[int, str]) -> None:
    """Lay out the photographs in the class of each probability, in thirds from 0 to 3."""
    spec = find_spec("elpv_dataset")
    assert spec is not None
    assert spec.submodule_search_locations
    source = Path(spec.submodule_search_locations[0]) / "data"
    for label in classes.values():
        (tree / label).mkdir(exist_ok=True)
    with (source / "labels.csv").open(newline="", encoding="utf-8") as file:
        for path, probability, _cell_type in csv.reader(file, delimiter=" ", skipinitialspace=True):
            shutil.copyfile(source / path, tree / classes[round(3 * float(probability))] / Path(path).name)


def lay_out_digits(tree: Path) -> None:
    """Lay out scikit-learn's digits as PGM files, whose bytes depend on the pixels alone.

    1,797 handwritten digits of 8x8 pixels by 13 writers (Alpaydin and Kaynak 1998, doi:10.24432/C50P49; CC BY 4.0), the
    test set of the UCI data set. Gray value v, from 0 to 16, becomes round(v * 255 / 16), so no two values meet. The
    bytes of a PNG file would depend on the version of zlib, and the split depends on the bytes.

    Args:
        tree: An empty folder.
    """
    from sklearn.datasets import load_digits

    digits = load_digits()
    pixels = (digits.images * 255 / 16).round().astype("uint8")
    for number, (image, label) in enumerate(zip(pixels, digits.target, strict=True)):
        (tree / str(label)).mkdir(exist_ok=True)
        Image.fromarray(image).save(tree / str(label) / f"digit{number:04}.pgm")


_DIGITS = "handwritten digits of 8x8 pixels (Alpaydin and Kaynak 1998, doi:10.24432/C50P49)"
_ELPV = "electroluminescence photographs of solar cells (Deitsch et al. 2019, arXiv:1807.02894)"
BUILT_IN = {
    "digits": BuiltIn("scikit-learn", "sklearn", "digits", 1797, _DIGITS, "cc-by-4.0", lay_out_digits),
    "elpv": BuiltIn("elpv-dataset", "elpv_dataset", "demo", 2624, _ELPV, "cc-by-nc-sa-4.0", lay_out_elpv),
    "elpv4": BuiltIn("elpv-dataset", "elpv_dataset", "demo", 2624, _ELPV, "cc-by-nc-sa-4.0", lay_out_elpv4),
}
"""The built-in data sets, by the name after ``builtin:``."""
