"""Cached or decoded, the batches are the same; the choice says why."""

import shutil

import pytest
import torch

from resnet_lab import ImageFolderDataModule
from resnet_lab.data import cache_choice
from resnet_lab.data.cache_choice import choose_cache, resized_bytes
from resnet_lab.data.folder import read_image_folder
from resnet_lab.data.labeled_images import FromFiles
from resnet_lab.data.pixels import load_resized
from resnet_lab.data.rgb import DecodeRule
from resnet_lab.data.split import Fold
from resnet_lab.errors import InputError

RULE = DecodeRule()


@pytest.fixture
def caches(tmp_path):
    return tmp_path / "caches"


@pytest.fixture
def folder(cell_folder):
    return read_image_folder(cell_folder)


def choose(folder, caches, use="auto", *, build=True, workers=0):
    return choose_cache(folder, 32, RULE, use, caches, build=build, workers=workers)


def test_it_is_built_once_for_a_fit_and_found_by_all_others(folder, caches):
    assert choose(folder, caches, build=False).reason == "off: no cache exists yet for these images"
    built = choose(folder, caches, workers=2)
    assert "decoded pixels written to" in built.reason
    found = choose(folder, caches, build=False)
    assert found.cache == built.cache
    assert "decoded pixels found in" in found.reason
    for items in folder.splits.values():
        files = FromFiles(items.paths, 32, RULE)
        for position, row in enumerate(found.cache.rows(items.contents)):
            assert torch.equal(found.cache.pixels(int(row)), files(position))


def test_all_folds_share_one_cache(folder, caches, cell_folder):
    built = choose(folder, caches)
    for number in (1, 2, 3):
        fold = read_image_folder(cell_folder, fold=Fold(number, 3))
        found = choose(fold, caches)
        assert found.cache == built.cache
        files = FromFiles(fold.splits["test"].paths, 32, RULE)
        for position, row in enumerate(found.cache.rows(fold.splits["test"].contents)):
            assert torch.equal(found.cache.pixels(int(row)), files(position))


def test_false_is_no_cache(folder, caches):
    assert choose(folder, caches, False).reason == "off, as data.cache says"
    assert not caches.exists()


def test_a_full_disk_is_a_reason_or_an_error(folder, caches, monkeypatch):
    monkeypatch.setattr(cache_choice, "no_room", lambda *_, share: "it takes 9 GB, and there are 2")
    assert choose(folder, caches).reason == "off: it takes 9 GB, and there are 2"
    monkeypatch.setattr("resnet_lab.data.pixel_cache.no_room", lambda *_: "it takes 9 GB, and there are 2")
    with pytest.raises(InputError, match=r"it takes 9 GB, and there are 2\. Turn it off"):
        choose(folder, caches, True)


def test_a_changed_file_is_noticed(cell_folder, caches, tmp_path, cells):
    root = shutil.copytree(cell_folder, tmp_path / "cells")
    before = choose(read_image_folder(root), caches)
    shutil.copy(cells["defective"][30], next((root / "defective").iterdir()))
    after = choose(read_image_folder(root), caches)
    assert after.cache != before.cache
    assert "written to" in after.reason


def test_renamed_files_need_no_new_cache(cell_folder, caches, tmp_path):
    before = choose(read_image_folder(cell_folder), caches)
    root = shutil.copytree(cell_folder, tmp_path / "elsewhere")
    for i, path in enumerate(sorted(root.glob("*/*"))):
        path.rename(path.with_name(f"{i}.png"))
    assert choose(read_image_folder(root), caches).cache == before.cache


@pytest.mark.parametrize("size", [(300, 300), (500, 375), (375, 500), (31, 400)])
def test_the_room_needed_is_known_from_the_sizes(cells, tmp_path, size, folder):
    from PIL import Image

    Image.open(cells["defective"][0]).resize(size).save(tmp_path / "a.png")
    item = folder.splits["train"][0]._replace(width=size[0], height=size[1])
    assert resized_bytes(item, 256) == load_resized(tmp_path / "a.png", 224).numel()


def test_batches_are_the_same_with_and_without(cell_folder, monkeypatch, tmp_path):
    monkeypatch.setenv("RESNET_LAB_CACHE", str(tmp_path))

    def batches(cache, workers):
        options = {"batch_size": 8, "image_size": 32, "num_workers": workers, "seed": 3}
        data = ImageFolderDataModule(str(cell_folder), **options, augment="trivial", cache=cache)
        data.setup("fit")
        assert (data.pixels.cache is not None) == (cache is True)
        loader = data.train_dataloader()
        loader.sampler.set_epoch(2)
        return torch.cat([images for images, _ in [*loader, *data.val_dataloader()]])

    plain = batches(False, 0)
    for workers in (0, 2):
        assert torch.equal(batches(True, workers), plain)


def test_a_file_that_changed_since_it_was_read_never_gets_into_a_cache(cell_folder, caches, tmp_path, cells):
    root = shutil.copytree(cell_folder, tmp_path / "cells")
    folder = read_image_folder(root)
    changed = folder.splits["val"].paths[0]
    shutil.copy(cells["defective"][30], changed)
    with pytest.raises(InputError, match=rf"{changed.name} changed since the data set was read: put it back"):
        choose(folder, caches)
    assert not [path for path in caches.iterdir() if path.is_dir()]


def test_a_cache_folder_that_cannot_be_used_is_a_reason_or_an_error(folder, tmp_path):
    (tmp_path / "file").touch()
    choice = choose(folder, tmp_path / "file" / "caches")
    assert choice.cache is None
    assert choice.reason.startswith("off: The decoded cache in ")
    with pytest.raises(InputError, match="The decoded cache in"):
        choose(folder, tmp_path / "file" / "caches", True)


def test_clearing_the_cache_takes_nothing_from_a_run_that_uses_it(cell_folder, monkeypatch, tmp_path):
    monkeypatch.setenv("RESNET_LAB_CACHE", str(tmp_path))
    data = ImageFolderDataModule(str(cell_folder), 8, 32, num_workers=1, seed=0)
    data.setup("fit")
    loader = data.val_dataloader()
    shutil.rmtree(tmp_path / "pixels")
    assert sum(len(labels) for _, labels in loader) == 6
