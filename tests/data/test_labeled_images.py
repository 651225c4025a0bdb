"""A split as a dataset: an item depends on its key alone."""

import shutil

import pytest
import torch

from resnet_lab import ImageFolderDataModule
from resnet_lab.data.labeled_images import FromFiles, LabeledImages
from resnet_lab.data.pixels import evaluation_transform, load_resized, training_transform
from resnet_lab.data.rgb import DecodeRule
from resnet_lab.errors import InputError


@pytest.fixture
def paths(cells):
    return cells["defective"][:3]


def test_an_item_is_its_pixels_and_label(paths):
    images = LabeledImages(FromFiles(paths, 32, DecodeRule()), [0, 1, 0], evaluation_transform(32), seed=0)
    pixels, label = images[1]
    assert len(images) == 3
    assert label == 1
    assert pixels.dtype == torch.uint8
    assert torch.equal(pixels, evaluation_transform(32)(load_resized(paths[1], 32)))


def test_augmentation_is_keyed_by_seed_epoch_and_position(paths):
    def item(key, seed=0, order=paths):
        return LabeledImages(FromFiles(order, 32, DecodeRule()), [0, 0, 0], training_transform(32), seed=seed)[key][0]

    assert torch.equal(item((0, 1)), item((0, 1)))
    assert not torch.equal(item((0, 1)), item((1, 1)))
    assert not torch.equal(item((0, 1)), item((0, 1), seed=1))
    same_image = [paths[0]] * 3
    assert not torch.equal(item((0, 0), order=same_image), item((0, 1), order=same_image))
    assert torch.equal(item(1), item((0, 1)))  # a plain position means epoch 0


@pytest.fixture
def root(cell_folder, tmp_path):
    return shutil.copytree(cell_folder, tmp_path / "photographs")


def module_of(root, cache, workers=0):
    data = ImageFolderDataModule(str(root), 4, 16, num_workers=workers, seed=0, augment="none", cache=cache)
    data.setup("fit")
    return data


@pytest.mark.parametrize("workers", [0, 1])
def test_a_file_that_changes_after_it_was_read_is_not_trained_on(root, cells, workers):
    """It would be trained on under the fingerprint of the old one."""
    data = module_of(root, cache=False, workers=workers)
    before = [images for images, _ in data.train_dataloader()]
    changed = data.folder.splits["train"].paths[3]
    content = changed.read_bytes()
    changed.touch()
    assert all(map(torch.equal, [images for images, _ in data.train_dataloader()], before))  # no other content
    shutil.copy(cells["functional"][30], changed)
    with pytest.raises(InputError, match=rf"{changed.name} changed since the data set was read"):
        list(data.train_dataloader())
    changed.write_bytes(content[:300])  # a change explains the failure better than the decoder does
    with pytest.raises(InputError, match=rf"{changed.name} changed since the data set was read"):
        list(data.train_dataloader())
    changed.write_bytes(content)
    assert all(map(torch.equal, [images for images, _ in data.train_dataloader()], before))


def test_damaged_pixels_of_the_cache_are_not_trained_on(root, monkeypatch, tmp_path, capfd):
    monkeypatch.setenv("RESNET_LAB_CACHE", str(tmp_path / "cache"))
    whole = [images for images, _ in module_of(root, cache=False).train_dataloader()]
    module_of(root, cache=True)
    [pixels] = (tmp_path / "cache").glob("pixels/*/pixels.bin")
    content = bytearray(pixels.read_bytes())
    content[5000::5000] = bytes(byte ^ 255 for byte in content[5000::5000])
    pixels.write_bytes(content)
    damaged = module_of(root, cache=True)
    assert all(map(torch.equal, [images for images, _ in damaged.train_dataloader()], whole))
    assert capfd.readouterr().err.count("is damaged: its images are decoded anew") == 1
    assert "written to" in module_of(root, cache=True).pixels.reason
