"""Every file once, whatever lies in the way."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from resnet_lab.data.scan import scan
from resnet_lab.errors import InputError


def touch(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


def test_images_others_and_folders_are_told_apart(tmp_path):
    touch(tmp_path, "b/x.PNG", "a/y.jpeg", "a/deep/er/z.tif", "a/notes.txt", "top.webp", "README")
    found = scan(tmp_path)
    assert found.images == ["a/deep/er/z.tif", "a/y.jpeg", "b/x.PNG", "top.webp"]
    assert found.others == ["README", "a/notes.txt"]
    assert found.folders == ["a", "a/deep", "a/deep/er", "b"]


def test_litter_is_left_out(tmp_path):
    touch(
        tmp_path, ".hidden.png", ".ipynb_checkpoints/a.png", "__MACOSX/a.png", "a/Thumbs.db", "a/desktop.ini", "a/b.png"
    )
    touch(tmp_path, "a/@eaDir/b.png/SYNOPHOTO_THUMB_M.jpg", "$Recycle.Bin/S-1-5/$R1.jpg", "a/.c.jpg.icloud")
    found = scan(tmp_path)
    assert (found.images, found.others, found.folders) == (["a/b.png"], ["a/.c.jpg.icloud"], ["a"])
    assert found.left_out == [
        *("$Recycle.Bin", ".hidden.png", ".ipynb_checkpoints", "__MACOSX"),
        *("a/@eaDir", "a/Thumbs.db", "a/desktop.ini"),
    ]


def test_links_are_followed_and_loops_are_not(tmp_path):
    touch(tmp_path, "root/a/x.png", "elsewhere/y.png")
    (tmp_path / "root/b").symlink_to("../elsewhere")
    (tmp_path / "root/a/up").symlink_to("..")
    (tmp_path / "root/a/self").symlink_to(".")
    (tmp_path / "elsewhere/over").symlink_to("../root/a")
    (tmp_path / "root/a/broken.png").symlink_to("gone.png")
    assert scan(tmp_path / "root").images == ["a/broken.png", "a/x.png", "b/over/broken.png", "b/over/x.png", "b/y.png"]


def test_a_link_to_itself_is_a_file_that_cannot_be_read(tmp_path):
    touch(tmp_path, "a/x.png")
    (tmp_path / "a/self.png").symlink_to("self.png")
    assert scan(tmp_path).images == ["a/self.png", "a/x.png"]


def test_folders_that_all_link_to_each_other_end(tmp_path):
    names = [f"{i}" for i in range(9)]
    for name in names:
        touch(tmp_path, f"{name}/x.png")
        for other in names:
            (tmp_path / name / f"to{other}").symlink_to(f"../{other}")
    found = scan(tmp_path)
    assert {f"{name}/x.png" for name in names} <= set(found.images)
    assert len(found.images) < 30


def test_names_that_are_no_utf8_are_kept(tmp_path):
    name = os.fsdecode(b"caf\xe9.png")
    touch(tmp_path, f"a/{name}")
    assert scan(tmp_path).images == [f"a/{name}"]


def test_folders_that_cannot_be_listed_are_all_named(tmp_path):
    """As nobody, since permissions do not stop root."""
    touch(tmp_path, "a/x.png", "b/y.png", "c/z.png")
    tmp_path.chmod(0o755)
    for name in ("a", "c"):
        (tmp_path / name).chmod(0o000)
    code = (
        "import os, sys; from pathlib import Path; from resnet_lab.data.scan import scan; "
        "os.getuid() or os.setuid(65534); os.chdir('/');"
        "scan(Path(sys.argv[1]))"
    )
    parents = [folder for folder in tmp_path.parents if folder.stat().st_uid == os.getuid()]
    modes = {folder: folder.stat().st_mode for folder in parents}
    try:
        for folder in parents:
            folder.chmod(0o755)
        done = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False, timeout=300
        )
    finally:
        for folder, mode in modes.items():
            folder.chmod(mode)
        for name in ("a", "c"):
            (tmp_path / name).chmod(0o755)
    assert (
        f"These folders cannot be listed: {tmp_path}/a (Permission denied), {tmp_path}/c (Permission denied)."
        in done.stderr
    )


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(InputError, match=r"nowhere \(No such file or directory\)"):
        scan(tmp_path / "nowhere")
