"""Images without labels: files, folders, and what cannot be read."""

from pathlib import Path

import pytest
import torch

from resnet_lab.data.pixels import evaluation_transform, load_resized
from resnet_lab.data.unlabeled_images import UnlabeledImages, find_images
from resnet_lab.errors import InputError


def test_folders_are_searched_and_files_are_taken_as_they_are(tmp_path):
    for name in ("b.png", "a.JPG", "deep/c.png", "notes.txt", ".hidden/d.png", "odd.bin"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = find_images([tmp_path / "odd.bin", tmp_path])
    assert [path.relative_to(tmp_path).as_posix() for path in found] == ["odd.bin", "a.JPG", "b.png", "deep/c.png"]


def test_system_files_are_passed_over_even_where_a_shell_names_them(tmp_path):
    for name in ("a.png", "@eaDir/a.png/thumb.jpg", "$RECYCLE.BIN/b.png", "Thumbs.db", ".own.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert find_images(sorted(tmp_path.iterdir())) == [tmp_path / ".own.png", tmp_path / "a.png"]


def test_what_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match=r"data\.images x+ does not exist\."):  # too long for the system
        find_images([Path("x" * 300)])
    with pytest.raises(InputError, match=r"data\.images nowhere does not exist\."):
        find_images([Path("nowhere")])
    with pytest.raises(InputError, match=r"data\.images holds no images; known endings: \."):
        find_images([tmp_path])


def test_an_unreadable_file_is_black_and_noted(tmp_path, cells):
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"no image")
    images = UnlabeledImages([cells["defective"][0], bad], 32)
    expected = evaluation_transform(32)(load_resized(cells["defective"][0], 32))
    assert torch.equal(images[0][0], expected)
    assert not images.unreadable
    pixels, _ = images[1]
    assert pixels.shape == (3, 32, 32)
    assert not pixels.any()
    assert list(images.unreadable) == [bad]
    assert "bad.png cannot be decoded" in images.unreadable[bad]
