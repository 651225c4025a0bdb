"""Folders as people bring them, checked by the command in a process of its own."""

import shutil
import subprocess
import sys
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytestmark = pytest.mark.slow


def tree(root: Path, classes=("cat", "dog"), count: int = 10, seed: int = 0) -> Path:
    for k, label in enumerate(classes):
        (root / label).mkdir(parents=True, exist_ok=True)
        for i in range(count):
            pixels = np.random.default_rng([seed, k, i]).integers(0, 256, (40, 40, 3), dtype=np.uint8)
            pixels[..., k % 3] //= 2
            Image.fromarray(pixels).save(root / label / f"{i:04d}.png")
    return root


def command(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "resnet_lab", *map(str, words)], check=False, capture_output=True, text=True, timeout=300
    )


def check(root: Path) -> subprocess.CompletedProcess[str]:
    return command("data", "check", "--data.root", root)


def test_thumbnails_of_a_nas_are_no_images(tmp_path):
    root = tree(tmp_path / "d")
    for path in sorted(root.glob("*/*.png")):
        thumbnail = path.parent / "@eaDir" / path.name / "SYNOPHOTO_THUMB_M.jpg"
        thumbnail.parent.mkdir(parents=True)
        Image.open(path).resize((16, 16)).save(thumbnail)
    shutil.copytree(root / "cat", root / "#Recycle" / "cat")
    done = check(root)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "\n20 usable images in 2 classes;" in done.stdout
    assert "3 files and folders left out, hidden or of a system: @eaDir (2), #Recycle (1)" in done.stdout


def test_a_class_in_two_unicode_forms_is_one_class(tmp_path):
    nfc, nfd = (unicodedata.normalize(form, "café") for form in ("NFC", "NFD"))
    for number, (split, name) in enumerate((("train", nfc), ("val", nfd), ("test", nfc))):
        tree(tmp_path / "splits" / split, (name, "tea"), 4, seed=number)
    tree(tmp_path / "one", (nfc, "tea"))
    tree(tmp_path / "one", (nfd,), seed=7)
    table = tree(tmp_path / "table", (nfd, "tea")) / "list.csv"
    table.write_text(
        "path,label\n" + "".join(f"{name}/{i:04d}.png,{name}\n" for name in (nfc, "tea") for i in range(10))
    )
    for root, images in ((tmp_path / "splits", 24), (tmp_path / "one", 30), (table, 20)):
        done = check(root)
        assert f"{images} usable images in 2 classes" in done.stdout, done.stdout + done.stderr


def test_images_that_are_there_are_not_said_to_be_absent(tmp_path):
    tree(tmp_path / "flat" / "train")
    (tmp_path / "flat" / "val").mkdir()
    for path in (tmp_path / "flat" / "train" / "cat").iterdir():
        shutil.copy(path, tmp_path / "flat" / "val" / f"x{path.name}")
    done = command("fit", "--config", "plain34.yaml", "--data.root", tmp_path / "flat", "--logs", tmp_path / "logs")
    assert done.returncode == 2
    assert "10 images lie in val/ without class folders" in " ".join(done.stderr.split())
    done = check(tmp_path / "flat" / "train" / "cat")
    assert done.returncode == 2
    said = " ".join(done.stderr.split())
    assert "10 images lie in cat/ without class folders: is this one class?" in said
    assert f"--data.root {tmp_path}/flat/train, which also holds dog" in said


def test_folders_that_repeat_in_all_classes_are_named_by_check_and_fit(tmp_path):
    root = tree(tmp_path / "d", ("cat/images", "cat/masks", "dog/images", "dog/masks"), 6)
    said = "2 folders in several classes, whose images are all taken: images/, masks/"
    assert f"! {said}" in (done := check(root)).stdout
    assert done.returncode == 1
    small = ("--model.depth", "20", "--data.image_size", "8", "--trainer.max_epochs", "1", "--data.num_workers", "0")
    done = command("fit", "--config", "plain34.yaml", "--data.root", root, "--logs", tmp_path / "logs", *small)
    assert f"note    {said}" in done.stdout, done.stderr
