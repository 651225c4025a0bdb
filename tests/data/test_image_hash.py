"""Hash as in imagehash, contrast as in numpy, and the same values for one image and for many."""

import imagehash
import numpy as np
import pytest
from PIL import Image

from resnet_lab.data import image_hash
from resnet_lab.data.image_hash import BLANK_BELOW, hash_image, hash_images


def test_the_hash_is_the_perceptual_one_of_256_bits(cell_folder):
    cell = next(cell_folder.glob("*/*.png"))
    assert hash_image(cell).hash.hex() == str(imagehash.phash(Image.open(cell), hash_size=16))


def test_the_contrast_is_the_largest_deviation_of_a_channel(tmp_path):
    pixels = np.random.default_rng(0).integers(0, (10, 200, 50), (40, 30, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    assert hash_image(tmp_path / "a.png").contrast == pytest.approx(pixels[..., 1].std())


@pytest.mark.parametrize(("dark", "blank"), [(1, True), (2, False)])
def test_a_speck_on_white_is_no_blank_image(tmp_path, dark, blank):
    pixels = np.full((256, 300), 255, dtype=np.uint8)
    pixels[0, :dark] = 0
    Image.fromarray(pixels).save(tmp_path / "a.png")
    assert (hash_image(tmp_path / "a.png").contrast < BLANK_BELOW) == blank


def test_an_image_turned_by_its_tag_looks_like_one_turned(tmp_path, cell_folder):
    cell = Image.open(next(cell_folder.glob("*/*.png")))
    exif = Image.Exif()
    exif[0x0112] = 3
    cell.save(tmp_path / "tagged.png", exif=exif)
    cell.transpose(Image.Transpose.ROTATE_180).save(tmp_path / "turned.png")
    assert hash_image(tmp_path / "tagged.png") == hash_image(tmp_path / "turned.png")


def test_what_cannot_be_decoded_is_told_in_its_place(tmp_path, cell_folder):
    (tmp_path / "broken.png").write_bytes(b"no image")
    broken, whole = hash_images([tmp_path / "broken.png", next(cell_folder.glob("*/*.png"))])
    assert broken.startswith(f"{tmp_path / 'broken.png'} cannot be decoded (")
    assert whole.contrast > 1


def test_many_images_are_hashed_by_processes_in_their_order(cell_folder, monkeypatch):
    cells = sorted(cell_folder.glob("*/*.png"))
    monkeypatch.setattr(image_hash, "_TOO_FEW", 0)
    assert hash_images(cells) == [hash_image(cell) for cell in cells]
