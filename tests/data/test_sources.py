"""Sources of photographs that data.root can name."""

import multiprocessing
import os
import shutil
from pathlib import Path

import pytest

from resnet_lab.data import builtin
from resnet_lab.data.sources import NAMED_SETS, cache_folder, named_set, resolve_root
from resnet_lab.errors import InputError


@pytest.fixture(scope="module")
def elpv(tmp_path_factory):
    """The built-in set, laid out in a cache of this module's own."""
    cache = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RESNET_LAB_CACHE", str(cache))
        yield resolve_root("builtin:elpv")


def test_it_is_laid_out_once(elpv, monkeypatch):
    monkeypatch.setenv("RESNET_LAB_CACHE", str(elpv.parent))
    monkeypatch.setattr(builtin, "find_spec", lambda _name: pytest.fail("looked for the package again"))
    before = elpv.stat().st_mtime_ns
    assert resolve_root("builtin:elpv") == elpv
    assert elpv.stat().st_mtime_ns == before


def test_the_built_in_digits_are_laid_out_too(monkeypatch, tmp_path):
    monkeypatch.setenv("RESNET_LAB_CACHE", str(tmp_path))
    assert resolve_root("builtin:digits") == tmp_path / "digits"
    assert sum(1 for _ in (tmp_path / "digits").glob("*/*")) == 1797


def _resolve(cache: str) -> int:
    os.environ["RESNET_LAB_CACHE"] = cache
    return sum(1 for _ in resolve_root("builtin:elpv").rglob("*.png"))


def test_two_processes_lay_it_out_once(tmp_path):
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        assert pool.map(_resolve, [str(tmp_path)] * 2) == [2624, 2624]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["elpv", "elpv.lock"]


@pytest.mark.parametrize(
    ("name", "package", "extra"), [("elpv", "elpv-dataset", "demo"), ("digits", "scikit-learn", "digits")]
)
def test_without_the_package_it_says_what_to_install(monkeypatch, tmp_path, name, package, extra):
    monkeypatch.setenv("RESNET_LAB_CACHE", str(tmp_path / "empty"))
    monkeypatch.setattr(builtin, "find_spec", lambda _name: None)
    with pytest.raises(
        InputError,
        match=rf"data\.root builtin:{name} needs the package {package} \(the extra {extra}\): pip install {package}\.",
    ):
        resolve_root(f"builtin:{name}")
    assert not (tmp_path / "empty").exists()


def test_an_incomplete_copy_is_not_taken_for_another_data_set(elpv, monkeypatch, tmp_path):
    monkeypatch.setenv("RESNET_LAB_CACHE", str(tmp_path))
    (tmp_path / "elpv" / "defective").mkdir(parents=True)
    shutil.copy(next((elpv / "defective").iterdir()), tmp_path / "elpv" / "defective")
    with pytest.raises(InputError, match=r"elpv holds 1 of 2624 images; remove this folder to unpack it again"):
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


def test_every_name_has_its_set():
    assert all(named_set(root) is not None for root in NAMED_SETS)
    assert [named_set(root) for root in ("photos", "builtin:cats", "torchvision:elpv", "elpv")] == [None] * 4


def test_an_unknown_built_in_set_is_named():
    names = "Data sets with a name are builtin:digits, builtin:elpv, builtin:elpv4, torchvision:CIFAR10, "
    with pytest.raises(InputError, match=rf"data\.root builtin:cats is not known\. {names}"):
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


def test_without_a_home_folder_the_way_out_is_named(monkeypatch):
    def no_home(_):
        raise RuntimeError("could not determine the home directory")  # platformdirs 4.14

    monkeypatch.setattr("resnet_lab.data.sources.user_cache_path", no_home)
    monkeypatch.delenv("RESNET_LAB_CACHE")
    with pytest.raises(InputError, match=r"no home folder for the cache: choose a folder in \$RESNET_LAB_CACHE"):
        cache_folder()
    with pytest.raises(InputError, match=r"choose a folder in \$RESNET_LAB_CACHE"):
        resolve_root("builtin:digits")
    with pytest.raises(InputError, match=r"~nobody-of-this-name/d begins with a home folder that is not known"):
        resolve_root("~nobody-of-this-name/d")


def test_a_root_that_no_config_could_name_is_refused():
    with pytest.raises(InputError) as error:
        resolve_root("r\udce9oot")
    assert str(error.value).startswith(r"data.root r\xe9oot is not UTF-8, so no config can name it: rename it")
