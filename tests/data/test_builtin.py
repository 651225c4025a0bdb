"""Built-in data sets: their images are those of their packages, and their splits are fixed."""

import hashlib
from collections import Counter

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from resnet_lab.checking.data_set import check_data_set
from resnet_lab.data.builtin import lay_out_digits, lay_out_elpv, lay_out_elpv4
from resnet_lab.data.folder import read_image_folder
from resnet_lab.data.split import Fold


@pytest.fixture(scope="module")
def elpv(tmp_path_factory):
    tree = tmp_path_factory.mktemp("elpv")
    lay_out_elpv(tree)
    return tree


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    tree = tmp_path_factory.mktemp("digits")
    lay_out_digits(tree)
    return tree


def test_the_built_in_photographs_are_the_packages_own(elpv, cells):
    """2,624 cells, 821 of them defective at p >= 0.5 (labels.csv, counted), byte for byte."""
    laid_out = sorted(elpv.rglob("*.png"))
    assert Counter(path.parent.name for path in laid_out) == {"functional": 1803, "defective": 821}
    by_label = {label: {path.name: path for path in paths} for label, paths in cells.items()}
    for path in laid_out:
        original = by_label[path.parent.name][path.name]
        assert hashlib.sha256(path.read_bytes()).digest() == hashlib.sha256(original.read_bytes()).digest()


def test_the_built_in_split_is_fixed(elpv):
    """The reference runs hang on it: a change here makes every one of them incomparable."""
    folder = read_image_folder(elpv)
    assert folder.classes == ("defective", "functional")
    assert folder.sizes == {"train": 1837, "val": 394, "test": 393}
    assert folder.fingerprint == FINGERPRINT


FINGERPRINT = "f6d847082eb17a68f81e72260b99313930c6394ba18ede68d1133260b4a9f8bd"


@pytest.mark.parametrize(
    ("number", "sizes"),
    [
        (1, {"train": 1706, "val": 393, "test": 525}),
        (2, {"train": 1707, "val": 393, "test": 524}),
        (3, {"train": 1705, "val": 393, "test": 526}),
        (4, {"train": 1707, "val": 393, "test": 524}),
        (5, {"train": 1706, "val": 393, "test": 525}),
    ],
)
def test_the_folds_of_the_built_in_set_are_fixed(elpv, number, sizes):
    """Of 821 and 1,803 cells, 15% are 123 and 270; the fifths have 164 or 165, and 360 or 361."""
    folder = read_image_folder(elpv, fold=Fold(number, 5))
    assert folder.sizes == sizes


def test_the_built_in_digits_are_those_of_scikit_learn_to_the_gray_value(digits):
    """An image goes back to scikit-learn's values from 0 to 16, whatever wrote it."""
    known = load_digits()
    files = sorted(digits.rglob("*.pgm"), key=lambda path: path.name)
    assert [int(path.parent.name) for path in files] == known.target.tolist()
    for path, image in zip(files, known.images, strict=True):
        with Image.open(path) as opened:
            pixels = np.asarray(opened)
        assert pixels.dtype == np.uint8
        assert np.array_equal(np.rint(pixels * (16 / 255)), image)


def test_black_and_white_are_those_of_the_digits(digits):
    darkest, brightest = (
        f([f(np.asarray(Image.open(path))) for path in digits.rglob("*.pgm")]) for f in (np.min, np.max)
    )
    assert (darkest, brightest) == (0, 255)


def test_the_bytes_of_a_digit_are_its_pixels(digits):
    """The split depends on the bytes, so no library may choose them."""
    path = digits / "0" / "digit0000.pgm"
    assert path.read_bytes()[:-64] == b"P5\n8 8\n255\n"


def test_the_split_of_the_built_in_digits_is_fixed(digits):
    """The runs of the ladder hang on it. 70/15/15 in each of ten classes of 174 to 183 images."""
    folder = read_image_folder(digits)
    assert folder.classes == tuple("0123456789")
    assert folder.sizes == {"train": 1258, "val": 270, "test": 269}
    assert folder.fingerprint == DIGITS_FINGERPRINT


DIGITS_FINGERPRINT = "f95c8ff2104681c6b4d0813cbfb2228b893f10f820a46de039b5615885cd3ee4"


def test_no_two_digits_are_equal_or_alike(digits):
    """So the carved splits share no image."""
    assert not check_data_set(digits).findings


def test_the_four_degrees_of_defect_are_those_of_the_experts(tmp_path):
    """Counts of the four probabilities: Deitsch et al. 2019 (arXiv:1807.02894, Table 1)."""
    lay_out_elpv4(tmp_path)
    counts = {path.name: len([*path.iterdir()]) for path in sorted(tmp_path.iterdir())}
    assert counts == {"0-functional": 1508, "1-possibly-defective": 295, "2-likely-defective": 106, "3-defective": 715}
