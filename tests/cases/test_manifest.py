"""Manifests as people bring them, checked by the command in a process of its own."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytestmark = pytest.mark.slow
ROWS = [
    (f"{label}/{i:02d}.png", label, "train" if i < 8 else "val" if i < 10 else "test")
    for label in ("cat", "dog")
    for i in range(12)
]


@pytest.fixture
def images(tmp_path) -> Path:
    for number, (path, _, _) in enumerate(ROWS):
        pixels = np.random.default_rng(number).integers(0, 256, (40, 40, 3), dtype=np.uint8)
        pixels[..., path.startswith("dog")] //= 2
        (tmp_path / "real" / path).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(tmp_path / "real" / path)
    return tmp_path / "real"


def check(manifest: Path, *options: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "resnet_lab", "data", "check", "--data.root", str(manifest), *options]
    return subprocess.run(words, check=False, capture_output=True, text=True, timeout=120)


def write(manifest: Path, head: str, row: Callable[[str, str, str], str]) -> Path:
    manifest.parent.mkdir(exist_ok=True)
    manifest.write_text("\n".join([head, *(row(*cells) for cells in ROWS)]))
    return manifest


@pytest.mark.parametrize(("opened", "named"), [("real", "link"), ("link", "real")])
def test_absolute_paths_through_a_link_to_the_folder(images, opened, named):
    (images.parent / "link").symlink_to(images)
    write(images / "list.csv", "path,label", lambda path, label, _: f"{images.parent / named}/{path},{label}")
    done = check(images.parent / opened / "list.csv")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_table_from_windows_and_a_spreadsheet(images):
    def row(path: str, label: str, split: str) -> str:
        return path.replace("/", "\\") + f", {label}, {split} ,,\r"

    done = check(write(images / "list.csv", "Path, label,Split,,\r", row))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "24 usable images in 2 classes; train, val, test given" in done.stdout


@pytest.mark.parametrize("way", ["link", "absolute", "up", "images_root"])
def test_a_table_beside_images_that_cannot_be_written_to(images, way):
    work = images.parent / "work"
    start = {"link": "images/", "absolute": f"{images}/", "up": "../real/", "images_root": ""}[way]
    manifest = write(work / "list.csv", "path,label", lambda path, label, _: f"{start}{path},{label}")
    (work / "images").symlink_to(images)
    done = check(manifest, *(["--data.images_root", str(images)] if way == "images_root" else []))
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_path_that_is_too_long(images):
    done = check(write(images / "list.csv", f"path,label\n{'x' * 300},cat", lambda path, label, _: f"{path},{label}"))
    assert done.returncode == 2
    assert "File name too long" in done.stderr
    assert "Traceback" not in done.stderr
