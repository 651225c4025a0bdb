"""Names of system files, in any case, against names that may be classes or images."""

import pytest

from resnet_lab.data.system_files import is_left_out, is_system_file

OF_SYSTEMS = [
    *(
        "@eaDir",
        "#recycle",
        "#snapshot",
        "@Recycle",
        "@Recently-Snapshot",
        ".@__thumb",
        "~snapshot",
        ".snapshot",
        ".wdmc",
        ".recycle",
    ),
    *("$RECYCLE.BIN", "RECYCLER", "FOUND.000", "desktop.ini", "Thumbs.db", "Thumbs.db:encryptable", "ehthumbs.db"),
    *("__MACOSX", ".DS_Store", "._cat.jpg", ".AppleDouble", ".Spotlight-V100", ".Trashes", ".fseventsd"),
    *(
        "lost+found",
        "LOST.DIR",
        ".Trash-1000",
        ".Trash",
        ".thumbnails",
        ".trashed-1700000000-IMG_0001.jpg",
        ".nfs000000001",
    ),
    *(".dropbox.cache", ".tmp.drivedownload", ".stversions", ".sync", ".ipynb_checkpoints", "__pycache__", ".git"),
    *(".picasaoriginals", "Picasa.ini", "CaptureOne", "NKSC_PARAM", "cat.jpg:Zone.Identifier", "cat.jpg@SynoEAStream"),
    *("System Volume Information", "Network Trash Folder", "Temporary Items", "Icon\r"),
    *("Wedding Previews.lrdata", "Wedding Smart Previews.lrdata", "Photos Library.photoslibrary"),
]
CLASSES = ["thumbs", "thumb", "trash", "recycled", "recycle bin", "Thumbs up", "previews", "cache", "icon", "found"]
IMAGES = ["cat.jpg", "thumbs.db.jpg", "eaDir.png", "_cat.jpg", "..", "Originals", "@home", "#1", "$5"]


@pytest.mark.parametrize("change", [str, str.lower, str.upper])
def test_system_files_are_known_in_any_case(change):
    assert [name for name in OF_SYSTEMS if not is_system_file(change(name))] == []
    assert [name for name in OF_SYSTEMS if not is_left_out(change(name))] == []


def test_names_of_classes_and_images_are_no_system_files():
    assert [name for name in CLASSES + IMAGES if is_system_file(name)] == []


def test_hidden_files_are_left_out_but_not_photographs_in_icloud():
    assert is_left_out(".hidden.png")
    assert not is_system_file(".hidden.png")
    assert not is_left_out(".IMG_0001.HEIC.icloud")
