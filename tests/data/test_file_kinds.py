"""Files that are no image that is read: named as what they are, whatever their ending."""

import io
import os
import re
import socket
import sys
import zipfile
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from resnet_lab.data.decode import EXTENSIONS, decode, inspect, register_heif, wrong_ending
from resnet_lab.data.file_kinds import START, is_avif, is_heif, kind_of
from resnet_lab.data.unlabeled_images import UnlabeledImages
from resnet_lab.errors import InputError


def zip_file() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.txt", "text")
    return file.getvalue()


HTML = b'<!DOCTYPE html>\n<html lang="en"><head><title>404</title></head></html>'
KINDS = {
    "Git LFS pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
    "git-annex pointer": b"/annex/objects/SHA256E-s12345--4d7a.jpg\n",
    "DICOM": bytes(128) + b"DICM\x02\x00\x00\x00UL\x04\x00\xc0\x00\x00\x00",
    "PDF": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
    "JPEG XL": b"\xff\x0a\xfa\x1f\x01\x91\x08\x06\x01\x00",
    "JPEG XL in a box": b"\0\0\0\x0cJXL \r\n\x87\n\0\0\0\x14ftypjxl \0\0\0\0jxl ",
    "SVG": b'<svg xmlns="http://www.w3.org/2000/svg" width="9"/>',
    "SVG after XML and a comment": b'<?xml version="1.0"?>\n<!-- by hand -->\n<svg width="9"/>',
    "SVG after a document type": b'<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x">\n<svg/>',
    "HTML": HTML,
    "HTML after blanks": b"\n\n  " + HTML,
    "HTML in a louder voice": HTML.upper(),
    "XML": b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code></Error>',
    "JSON": b'{"message": "Not Found"}',
    "ZIP": zip_file(),
    "archive": b"\x1f\x8b\x08\x00",
    "raw image": b"II*\0\x10\0\0\0CR\x02\0",
    "raw image (CR3)": b"\0\0\0\x18ftypcrx \0\0\0\x01",
    "film (MP4": b"\0\0\0\x20ftypisom\0\0\x02\0",
    "film": b"RIFF\x24\0\0\0AVI LIST",
    "HDF5": b"\x89HDF\r\n\x1a\n",
    "numpy": b"\x93NUMPY\x01\0",
    "FITS": b"SIMPLE  =                    T",
    "zero bytes": bytes(2000),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_named_whatever_the_ending(tmp_path, kind):
    path = tmp_path / "a.jpg"
    path.write_bytes(KINDS[kind])
    said = []
    for read in (decode, inspect):
        with pytest.raises(InputError) as error:
            read(path)
        said.append(str(error.value))
    assert said[0] == said[1]
    assert said[0].startswith(f"{path} is ")
    assert kind.split(" in a")[0].split(" after")[0] in said[0]
    assert ": " in said[0]  # the way out


@pytest.mark.parametrize("ending", ["bmp", "gif", "jpg", "png", "ppm", "tif", "webp"])
def test_images_are_of_no_such_kind(tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    Image.new("RGB", (16, 16)).save(path)
    start = path.read_bytes()[:START]
    assert kind_of(start) is None
    assert not is_heif(start)


@pytest.mark.parametrize("text", [b"", b"[", b"hello", b"<p>", b"0"])
def test_other_texts_are_of_no_kind(text):
    assert kind_of(text) is None


@pytest.mark.parametrize("kind", ["pipe", "socket", "device", "link to a pipe"])
def test_a_special_file_is_named_and_not_waited_for(tmp_path, kind, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the address of a socket is short
    path = Path("a.jpg")
    if kind == "socket":
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(path))
    elif kind == "device":
        path.symlink_to("/dev/zero")
    else:
        os.mkfifo("pipe.png")
        path = Path("pipe.png") if kind == "pipe" else path
        if kind != "pipe":
            path.symlink_to("pipe.png")
    for read in (decode, inspect):
        with pytest.raises(InputError, match=rf"^{path} is no regular file: take it out\.$"):
            read(path)


# HEIC, with and without its package


@pytest.fixture
def heic(tmp_path):
    colors = Image.new("RGB", (64, 32), (200, 60, 20))
    colors.paste((20, 60, 200), (0, 0, 32, 32))
    exif = Image.Exif()
    exif[274] = 6
    path = tmp_path / "IMG_0001.HEIC"
    pillow_heif.from_pillow(colors).save(path, quality=95, exif=exif.tobytes())
    return path


@pytest.mark.parametrize("name", ["a.heic", "a.jpg"])
def test_heic_is_read_upright(heic, tmp_path, name):
    path = heic.rename(tmp_path / name)
    found, image = inspect(path), decode(path)
    assert (found.format, found.mode, found.width, found.height, found.frames) == ("HEIF", "RGB", 32, 64, 1)
    assert np.abs(np.asarray(image)[:24].astype(int) - (20, 60, 200)).max() <= 6
    assert np.abs(np.asarray(image)[40:].astype(int) - (200, 60, 20)).max() <= 6
    assert wrong_ending(path, found.format) == (None if name == "a.heic" else "a .jpg that is HEIF")
    assert {".heic", ".heif", ".hif"} <= EXTENSIONS


def test_damaged_heic_is_no_missing_package(heic):
    decode(heic)
    heic.write_bytes(heic.read_bytes()[:200])
    with pytest.raises(InputError, match=r"HEIC cannot be decoded \("):
        decode(heic)


@pytest.mark.parametrize("name", ["a.heic", "a.jpg"])
def test_without_its_package_heic_is_named_with_the_line_that_installs_it(heic, tmp_path, name, monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    monkeypatch.delitem(Image.OPEN, "HEIF", raising=False)
    register_heif.cache_clear()
    path = heic.rename(tmp_path / name)
    expected = "is HEIC (HEIF), which is read with an optional package: pip install 'resnet-lab[heif]'."
    for read in (decode, inspect):
        with pytest.raises(InputError, match=re.escape(f"{path} {expected}")):
            read(path)
    images = UnlabeledImages([path], 8)
    assert not images[0][0].any()
    assert images.unreadable == {path: f"{path} {expected}"}
    register_heif.cache_clear()


def test_an_avif_of_the_general_brand_is_no_heif():
    start = b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf"
    assert is_avif(start)
    assert not is_heif(start)
    assert is_heif(start.replace(b"avif", b"heic"))
