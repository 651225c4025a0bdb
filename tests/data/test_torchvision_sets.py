"""Data sets of torchvision, from small stand-ins laid out as torchvision lays them out on disk."""

import hashlib
import json
import pickle

import numpy as np
import pytest
import torchvision
from PIL import Image
from scipy.io import savemat
from torchvision import datasets

from resnet_lab.data import sources
from resnet_lab.data.folder import read_image_folder
from resnet_lab.data.sources import resolve_root
from resnet_lab.data.torchvision_sets import TORCHVISION
from resnet_lab.errors import InputError

RNG = np.random.default_rng(0)


def photograph(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(RNG.integers(0, 256, (24, 32, 3), dtype=np.uint8)).save(path, quality=95)
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def downloads(tmp_path, monkeypatch):
    monkeypatch.setenv("RESNET_LAB_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "cache" / "torchvision" / "downloads"
    folder.mkdir(parents=True)
    return folder


def images_are(monkeypatch, name, images):
    small = {**TORCHVISION, name: TORCHVISION[name].__class__(**{**vars(TORCHVISION[name]), "images": images})}
    monkeypatch.setattr(sources, "TORCHVISION", small)


def pickled(path, content):
    path.write_bytes(pickle.dumps(content))
    return [path.name, hashlib.md5(path.read_bytes()).hexdigest()]


def stand_in_cifar(folder, monkeypatch, classes):
    folder.mkdir()
    made = {}
    for name, number in (("data_batch_1", 60), ("test_batch", 20)):
        pixels = RNG.integers(0, 256, (number, 3072), dtype=np.uint8)
        made[name] = pixels, [k % len(classes) for k in range(number)]
        entry = pickled(folder / name, {"data": pixels, "labels": made[name][1]})
        monkeypatch.setattr(datasets.CIFAR10, "train_list" if number == 60 else "test_list", [entry])
    meta = pickled(folder / "batches.meta", {"label_names": classes})
    monkeypatch.setattr(datasets.CIFAR10, "meta", {"filename": meta[0], "key": "label_names", "md5": meta[1]})
    return made


def test_cifar_keeps_every_pixel_and_its_own_test_split(downloads, monkeypatch):
    classes = ["airplane", "cat", "dog", "frog"]
    made = stand_in_cifar(downloads / "cifar-10-batches-py", monkeypatch, classes)
    images_are(monkeypatch, "CIFAR10", 80)
    root = resolve_root("torchvision:CIFAR10")
    assert resolve_root("torchvision:CIFAR10") == root
    folder = read_image_folder(root)
    assert folder.classes == tuple(classes)
    assert folder.sizes == {"train": 52, "val": 8, "test": 20}  # 15% of 15 images of each class, rounded
    pixels, labels = made["test_batch"]
    for number in range(20):
        with Image.open(root / "test" / classes[labels[number]] / f"{number:05}.ppm") as image:
            assert np.array_equal(np.asarray(image).transpose(2, 0, 1).ravel(), pixels[number])


def test_flowers_keep_their_three_splits_and_their_bytes(downloads, monkeypatch):
    base, names = downloads / "flowers-102", datasets.Flowers102.classes
    contents = {number: photograph(base / "jpg" / f"image_{number:05}.jpg") for number in range(1, 41)}
    savemat(base / "imagelabels.mat", {"labels": [number % 4 + 1 for number in range(40)]})
    savemat(base / "setid.mat", {"trnid": [*range(1, 17)], "valid": [*range(17, 25)], "tstid": [*range(25, 41)]})
    ids = {
        kind: (file, hashlib.md5((base / file).read_bytes()).hexdigest())
        for kind, file in (("label", "imagelabels.mat"), ("setid", "setid.mat"))
    }
    monkeypatch.setattr(datasets.Flowers102, "_file_dict", {**datasets.Flowers102._file_dict, **ids})
    images_are(monkeypatch, "Flowers102", 40)
    folder = read_image_folder(resolve_root("torchvision:Flowers102"))
    assert folder.sizes == {"train": 16, "val": 8, "test": 16}
    assert folder.classes == tuple(sorted(names[:4]))
    for split, numbers in (("train", range(1, 17)), ("val", range(17, 25)), ("test", range(25, 41))):
        found = {item.sha256: item.label for item in folder.splits[split]}
        assert found == {contents[number]: names[(number - 1) % 4] for number in numbers}


def test_food_keeps_its_splits(downloads, monkeypatch):
    base, classes = downloads / "food-101", ["apple_pie", "pizza", "ramen", "waffles"]
    for split, numbers in (("train", range(20)), ("test", range(20, 25))):
        listed = {name: [f"{name}/{number}" for number in numbers] for name in classes}
        for name in [one for own in listed.values() for one in own]:
            photograph(base / "images" / f"{name}.jpg")
        (base / "meta").mkdir(exist_ok=True)
        (base / "meta" / f"{split}.json").write_text(json.dumps(listed))
    images_are(monkeypatch, "Food101", 100)
    folder = read_image_folder(resolve_root("torchvision:Food101"))
    assert folder.classes == tuple(classes)
    assert folder.sizes == {"train": 68, "val": 12, "test": 20}


def test_pets_are_classes_of_their_lists(downloads, monkeypatch):
    base, breeds = downloads / "oxford-iiit-pet", ["Abyssinian", "Bengal", "basset_hound", "beagle"]
    (base / "annotations").mkdir(parents=True)
    for list_name, numbers in (("trainval", range(1, 21)), ("test", range(21, 26))):
        lines = [f"{breed}_{number} {k + 1} 1 1" for k, breed in enumerate(breeds) for number in numbers]
        (base / "annotations" / f"{list_name}.txt").write_text("\n".join(lines))
        for line in lines:
            photograph(base / "images" / f"{line.split()[0]}.jpg")
    images_are(monkeypatch, "OxfordIIITPet", 100)
    folder = read_image_folder(resolve_root("torchvision:OxfordIIITPet"))
    assert set(folder.classes) == set(breeds)
    assert folder.sizes == {"train": 68, "val": 12, "test": 20}


@pytest.mark.parametrize("name", TORCHVISION)
def test_without_a_network_it_says_which_files_to_fetch(downloads, monkeypatch, name):
    def no_network(*_arguments, **_options):
        raise OSError("Name or service not known")

    for module in ("cifar", "flowers102", "food101", "oxford_iiit_pet"):
        monkeypatch.setattr(getattr(torchvision.datasets, module), "download_and_extract_archive", no_network)
    with pytest.raises(InputError) as error:
        resolve_root(f"torchvision:{name}")
    assert f"torchvision:{name} could not be downloaded (Name or service not known). " in str(error.value)
    for url, folder in TORCHVISION[name].files:
        assert f"{url} to {downloads / folder}" in str(error.value)


def test_an_archive_that_was_taken_out_in_part_is_named(downloads):
    """torchvision takes the folders for a finished download, so that running the command again is no way out."""
    for part in ("meta", "images"):
        (downloads / "food-101" / part).mkdir(parents=True)
    with pytest.raises(InputError) as error:
        resolve_root("torchvision:Food101")
    assert str(error.value).endswith(f"\nIf an earlier command was stopped, first remove the folders in {downloads}.")


def test_the_addresses_are_those_of_torchvision():
    known = {"CIFAR10": datasets.CIFAR10.url, "CIFAR100": datasets.CIFAR100.url, "Food101": datasets.Food101._URL}
    for name, url in known.items():
        assert TORCHVISION[name].files == ((url, ""),)
    assert [url for url, _ in TORCHVISION["OxfordIIITPet"].files] == [
        url for url, _ in datasets.OxfordIIITPet._RESOURCES
    ]
    flowers, files = datasets.Flowers102, TORCHVISION["Flowers102"].files
    assert {url for url, _ in files} == {flowers._download_url_prefix + file for file, _ in flowers._file_dict.values()}
    assert all(found.license for found in TORCHVISION.values())


def test_an_unknown_set_is_answered_with_the_known_ones():
    with pytest.raises(
        InputError, match=r"torchvision:CIFAR11 is not known; did you mean torchvision:CIFAR10\? .*Food101"
    ):
        resolve_root("torchvision:CIFAR11")
