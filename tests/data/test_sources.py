"""Sources of photographs that data.root can name."""

import hashlib
import multiprocessing
import os
import shutil
from collections import Counter
from pathlib import Path

import pytest

from resnet_lab.data import sources
from resnet_lab.data.folder import read_image_folder
from resnet_lab.data.sources import cache_folder, resolve_root
from resnet_lab.data.split import Fold
from resnet_lab.errors import InputError


@pytest.fixture(scope="module")
def elpv(tmp_path_factory):
    """The built-in set, laid out in a cache of this module's own."""
    cache = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RESNET_LAB_CACHE", str(cache))
        yield resolve_root("builtin:elpv")


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


def test_it_is_laid_out_once(elpv, monkeypatch):
    monkeypatch.setenv("RESNET_LAB_CACHE", str(elpv.parent))
    monkeypatch.setattr(sources, "find_spec", lambda _name: pytest.fail("looked for the package again"))
    before = elpv.stat().st_mtime_ns
    assert resolve_root("builtin:elpv") == elpv
    assert elpv.stat().st_mtime_ns == before


def _resolve(cache: str) -> int:
    os.environ["RESNET_LAB_CACHE"] = cache
    return sum(1 for _ in resolve_root("builtin:elpv").rglob("*.png"))


def test_two_processes_lay_it_out_once(tmp_path):
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        assert pool.map(_resolve, [str(tmp_path)] * 2) == [2624, 2624]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["elpv", "elpv.lock"]


def test_without_the_package_it_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setenv("RESNET_LAB_CACHE", str(tmp_path / "empty"))
    monkeypatch.setattr(sources, "find_spec", lambda _name: None)
    with pytest.raises(
        InputError, match=r"needs the package elpv-dataset \(the extra demo\): pip install elpv-dataset\."
    ):
        resolve_root("builtin:elpv")
    assert not (tmp_path / "empty").exists()


def test_an_incomplete_copy_is_not_taken_for_another_data_set(elpv, monkeypatch, tmp_path):
    monkeypatch.setenv("RESNET_LAB_CACHE", str(tmp_path))
    (tmp_path / "elpv" / "defective").mkdir(parents=True)
    shutil.copy(next((elpv / "defective").iterdir()), tmp_path / "elpv" / "defective")
    with pytest.raises(InputError, match=r"elpv holds 1 of 2624 photographs; remove this folder to unpack it again"):
        resolve_root("builtin:elpv")


def test_a_cache_folder_that_cannot_be_written_is_named(monkeypatch):
    monkeypatch.setenv("RESNET_LAB_CACHE", "/proc/cache")
    with pytest.raises(
        InputError, match=r"The cache folder cannot be used \(.+\); choose another one in \$RESNET_LAB_"
    ):
        resolve_root("builtin:elpv")


def test_an_empty_root_is_refused_not_the_current_folder():
    with pytest.raises(InputError, match=r"data\.root is empty"):
        resolve_root("")


def test_an_unknown_built_in_set_is_named():
    with pytest.raises(InputError, match=r"data\.root builtin:cats is not known; the built-in set is builtin:elpv"):
        resolve_root("builtin:cats")


def test_a_folder_of_the_users_is_left_alone(tmp_path):
    assert resolve_root(str(tmp_path / "mine")) == tmp_path / "mine"
    assert not (tmp_path / "mine").exists()
    assert resolve_root("~/photos") == Path.home() / "photos"


def test_the_cache_folder_can_be_set(monkeypatch, tmp_path):
    monkeypatch.setenv("RESNET_LAB_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.delenv("RESNET_LAB_CACHE")
    assert cache_folder().name == "resnet-lab"


def test_a_root_that_no_config_could_name_is_refused():
    with pytest.raises(InputError) as error:
        resolve_root("r\udce9oot")
    assert str(error.value).startswith(r"data.root r\xe9oot is not UTF-8, so no config can name it: rename it")
