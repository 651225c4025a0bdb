"""Errors for users keep their own words."""

import os
import shutil
import sys
import unicodedata
from pathlib import Path

import pytest

from resnet_lab.data.labeled_images import FromFiles, LabeledImages
from resnet_lab.data.loader import NormalizingLoader
from resnet_lab.data.normalization import IMAGENET
from resnet_lab.data.pixels import evaluation_transform
from resnet_lab.data.rgb import DecodeRule
from resnet_lab.errors import InputError, RunError, as_utf8, plain_message, printable


@pytest.mark.parametrize("workers", [0, 1])
def test_it_stays_itself_on_its_way_out_of_a_worker(tmp_path, cells, workers):
    shutil.copy(cells["defective"][0], tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes(b"no image")
    images = LabeledImages(
        FromFiles([tmp_path / "a.png", tmp_path / "b.png"], 32, DecodeRule()), [0, 1], evaluation_transform(32), seed=0
    )
    with pytest.raises(InputError, match=r"b\.png cannot be decoded"):
        list(NormalizingLoader(images, IMAGENET, batch_size=2, num_workers=workers))


def test_its_own_words_are_without_the_workers_traceback(tmp_path):
    (tmp_path / "b.png").write_bytes(b"no image")
    images = LabeledImages(FromFiles([tmp_path / "b.png"], 32, DecodeRule()), [0], evaluation_transform(32), seed=0)
    messages = []
    for workers in (0, 1):
        with pytest.raises(InputError) as error:
            list(NormalizingLoader(images, IMAGENET, batch_size=1, num_workers=workers))
        messages.append(plain_message(error.value))
    assert messages[0] == messages[1]
    assert messages[0].startswith(f"{tmp_path}/b.png cannot be decoded")
    assert plain_message(RunError("diverged")) == "diverged"


def test_any_name_can_be_printed():
    name = os.fsdecode(b"caf\xe9 \xff.png")
    assert printable(Path("a") / name) == r"a/caf\xe9 \xff.png"
    assert printable("Größe 大小 \N{MAN}\u200d\N{BOY} ابو\u200c.png") == "Größe 大小 \N{MAN}\u200d\N{BOY} ابو\u200c.png"
    assert printable("\x1b[2J\x9b31m\r\n\a\u202egnp.exe\ud800") == r"\x1b[2J\x9b31m\r\n\x07\u202egnp.exe\ud800"
    assert printable("two\nlines\r", keep="\n") == "two\nlines\\r"


def test_no_character_reaches_the_terminal_as_more_than_text():
    """A terminal acts on the categories Cc, Zl and Zp of Unicode, and on the bidirectional classes of overrides."""
    shown = printable("".join(map(chr, range(sys.maxunicode + 1))))
    shown.encode()
    assert not {unicodedata.category(character) for character in shown} & {"Cc", "Cs", "Zl", "Zp"}
    directions = {unicodedata.bidirectional(character) for character in shown}
    assert not directions & {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


def test_a_stored_name_keeps_all_that_utf8_holds():
    assert as_utf8(Path("a") / os.fsdecode(b"caf\xe9 \xff\n.png")) == "a/caf\\xe9 \\xff\n.png"
    assert as_utf8("Größe 大小\x1b.png") == "Größe 大小\x1b.png"
