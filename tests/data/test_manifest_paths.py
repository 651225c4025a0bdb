"""A cell names a file as the system it was written on does; the file system is the reference."""

import os
from pathlib import Path
from unicodedata import normalize

import pytest

from resnet_lab.data.manifest_paths import ManifestPaths


@pytest.fixture
def root(tmp_path) -> Path:
    for name in ("a.png", "sub/b c.png", "sub/IMG_1.JPG", " blank.png", "back\\slash.png", "deep/er/e.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).touch()
    return tmp_path


def inside(root: Path, written: str) -> str | None:
    found = ManifestPaths(root).find(written)
    return None if found is None else found.inside


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("a.png", "a.png"),
        ("./a.png", "a.png"),
        ("sub//b c.png", "sub/b c.png"),
        (" sub\\b c.png\u00a0", "sub/b c.png"),
        (".\\sub\\b c.png", "sub/b c.png"),
        (" blank.png", " blank.png"),  # to the letter first
        ("back\\slash.png", "back\\slash.png"),
        ("sub/../a.png", "a.png"),
        ("file://{root}/sub/b%20c.png", "sub/b c.png"),
        ("FILE://localhost{root}/a.png", "a.png"),
        ("{root}/a.png", "a.png"),
    ],
)
def test_a_file_is_found(root, written, name):
    assert inside(root, written.replace("{root}", str(root))) == name


def test_the_home_folder(root, monkeypatch):
    monkeypatch.setenv("HOME", str(root))
    assert inside(root, "~/a.png") == "a.png"
    assert inside(root, "~\\sub\\b c.png") == "sub/b c.png"
    (root / "~").mkdir()
    (root / "~" / "a.png").touch()
    assert inside(root, "~/a.png") == "~/a.png"


@pytest.mark.parametrize(("on_disk", "written"), [("NFC", "NFD"), ("NFD", "NFC"), ("NFC", "NFC")])
def test_either_unicode_form_of_a_name(root, on_disk, written):
    name = "caf\u00e9/\u00fc.png"
    path = root / normalize(on_disk, name)
    path.parent.mkdir()
    path.touch()
    assert ManifestPaths(root).find(normalize(written, name)).path == path


def test_dots_after_a_link_mean_what_the_system_means(root, tmp_path_factory):
    """``link/..`` is the folder above the folder that the link leads to."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "folder").mkdir()
    (elsewhere / "a.png").touch()
    (root / "link").symlink_to(elsewhere / "folder")
    found = ManifestPaths(root).find("link/../a.png")
    assert found.path.samefile(root / "link" / ".." / "a.png")
    assert found.inside is None


def test_links_to_folders_are_names_within_and_one_file_has_one_identity(root):
    (root / "link").symlink_to("sub")
    paths = ManifestPaths(root)
    names = ["link/b c.png", "sub/b c.png", f"{root}/link/b c.png"]
    assert [paths.find(name).inside for name in names] == ["link/b c.png", "sub/b c.png", "link/b c.png"]
    assert len({paths.find(name).identity for name in names}) == 1


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("", "has no path"),
        ("  ", "has no path"),
        ("no.png", "is no file"),
        ("a.png/b.png", "is no file"),
        ("a\0.png", "is no file"),
        ("sub", "is no file (it is a folder)"),
        ("pipe", "is no regular file"),
        ("loop", "is no file (Too many levels of symbolic links)"),
        ("x" * 300, "is no file (File name too long)"),
        ("x/" * 3000, "is no file (File name too long)"),
        ("https://example.org/a.png", "is an address: download the image, and write the path of its file"),
    ],
)
def test_the_reason_is_told(root, written, problem):
    os.mkfifo(root / "pipe")
    (root / "loop").symlink_to("loop")
    assert ManifestPaths(root).find(written) is None
    assert ManifestPaths(root).problem(written) == problem
    ManifestPaths(root).meant(written)  # raises nothing


@pytest.mark.parametrize(
    ("written", "folder", "name"),
    [
        ("b c.png", "sub", "b c.png"),
        ("e.png", None, None),
        ("er/e.png", "deep", "er/e.png"),
        ("a", ".", "a.png"),
        ("sub/b c", ".", "sub/b c.png"),
        ("sub/img_1.jpg", ".", "sub/IMG_1.JPG"),
        ("C:\\Users\\me\\data\\sub\\b c.png", ".", "sub/b c.png"),
        ("/home/other/data/a.png", ".", "a.png"),
    ],
)
def test_a_file_of_a_similar_path_is_suggested(root, written, folder, name):
    expected = None if folder is None else (root / folder, name)
    assert ManifestPaths(root).meant(written) == expected
