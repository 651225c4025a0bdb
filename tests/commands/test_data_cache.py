"""The decoded cache of a data set can be listed, built, verified and cleared."""

import os
import re
import shutil

import pytest

from resnet_lab.cli import main


@pytest.fixture
def root(cell_folder, tmp_path, monkeypatch):
    monkeypatch.setenv("RESNET_LAB_CACHE", str(tmp_path / "cache"))
    return shutil.copytree(cell_folder, tmp_path / "cells")


def run(capsys, *arguments: object) -> tuple[int, str]:
    code = main(["data", "cache", *map(str, arguments)])
    return code, capsys.readouterr().out


def test_a_cache_is_built_listed_verified_and_cleared(root, capsys, tmp_path):
    assert run(capsys, "list") == (0, f"       0.0 MB  in {tmp_path}/cache/pixels\n")
    code, out = run(capsys, "build", root, "--image_size", 32)
    assert code == 0
    assert re.match(r"0 MB of decoded pixels written to .*/cache/pixels/[0-9a-f]{32}\n", out)
    code, out = run(capsys, "list")
    assert f"  40 images of {root}, short side 37\n" in out
    assert run(capsys, "verify", root, "--image_size", 32) == (
        0,
        "read 40 files again, compared 40 with the cache: 0 differ\n",
    )
    code, out = run(capsys, "clear")
    assert (code, out) == (0, f"removed 0.2 MB from {tmp_path}/cache\n")
    assert run(capsys, "list")[1] == f"       0.0 MB  in {tmp_path}/cache/pixels\n"


def test_a_fit_uses_what_was_built(root, capsys):
    run(capsys, "build", root, "--image_size", 32)
    tiny = "--model.depth 20 --data.image_size 32 --data.batch_size 8 --data.num_workers 0 --trainer.max_epochs 1"
    assert main(f"fit --config plain34.yaml --data.root {root} {tiny}".split()) == 0
    assert "cache   0 MB of decoded pixels found in " in capsys.readouterr().out


def test_verify_finds_what_size_and_time_do_not_tell(root, capsys):
    run(capsys, "build", root, "--image_size", 32)
    path = next((root / "defective").iterdir())
    stamp = path.stat()
    content = bytearray(path.read_bytes())
    content[-1] ^= 1  # in PNG's last checksum, which is not looked at
    path.write_bytes(content)
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    code, out = run(capsys, "verify", root, "--image_size", 32)
    assert code == 1
    assert f"{path} changed, but kept its size and time\n" in out
    assert "read 40 files again, compared 39 with the cache: 1 differ" in out


def test_verify_finds_a_damaged_cache(root, capsys, tmp_path):
    run(capsys, "build", root, "--image_size", 32)
    [pixels] = (tmp_path / "cache" / "pixels").glob("*/pixels.bin")
    content = bytearray(pixels.read_bytes())
    content[0] ^= 1
    pixels.write_bytes(content)
    code, out = run(capsys, "verify", root, "--image_size", 32)
    assert code == 1
    assert re.search(r"has other pixels than the cache; remove .*/pixels/[0-9a-f]{32}\n", out)
