"""The report as text and as JSON: short at the terminal, whole in the file."""

import dataclasses
import json
from pathlib import Path

from resnet_lab.checking.report import (
    Entry,
    File,
    Report,
    Seen,
    Topic,
    as_json,
    as_text,
    doubts_in_short,
    in_short,
    must_mend,
)

COUNTS = {"train": {"cat": 1200, "dog": 30}, "val": {"cat": 5, "dog": 6}, "test": {"cat": 7, "dog": 8}}
REPORT = Report(
    root="/data/pets",
    counts=COUNTS,
    carved=("test",),
    imbalance=40.0,
    modes={"L": 6, "RGB": 1250},
    formats={"JPEG": 1256},
    sizes={f"{side}x{side}": side for side in range(1, 9)},
    orientations={"1": 1255, "6": 1},
    topics=(),
)
GROUPS = (
    Entry((File("a.png", "train", "cat"), File("b.png", "test", "cat"))),
    Entry((File("c.png", "train", "cat"), File("d.png", "train", "dog"))),
    Entry((File("e.png", "train", "cat"), File("f.png", "val", "dog"))),
    Entry(tuple(File(f"{k}.png", "val", "dog") for k in range(6))),
)


def with_topics(*topics):
    return dataclasses.replace(REPORT, topics=topics)


def test_a_clean_data_set():
    assert (
        as_text(REPORT)
        == """\
/data/pets
1,256 usable images in 2 classes; train, val given; test split by content, as a fit does

images            train  val  test    all
  cat             1,200    5     7  1,212
  dog                30    6     8     44
  all             1,230   11    15  1,256
  largest class / smallest, in train: 40.0

pixel mode        RGB (1,250), L (6)
format            JPEG (1,256)
size              8x8 (8), 7x7 (7), 6x6 (6), 5x5 (5), 4x4 (4), ... and 3 more (--json FILE has all)
orientation tag   6 (1)

Nothing to repair.
"""
    )


def test_groups_name_what_their_files_differ_in():
    text = as_text(with_topics(Topic("leaks", "4 groups", GROUPS, "Keep one.", sign="~")))
    assert (
        text.partition("\n! ")[2]
        == """\
4 groups
    a.png [train] ~ b.png [test]
    c.png [cat] ~ d.png [dog]
    e.png [train cat] ~ f.png [val dog]
    0.png ~ 1.png ~ 2.png ~ 3.png ~ 2 more
  Keep one.

1 finding, marked !: repair, then check again. A fit accepts it as it is.
"""
    )


def test_ten_examples_at_the_terminal_and_all_in_the_json():
    entries = tuple(Entry((File(f"{k}.png", "train", "cat"),), "is broken") for k in range(12))
    note = Topic("ignored", "1 file ignored", (Entry((File("notes.txt"),)),), finding=False)
    report = with_topics(note, Topic("unusable", "12 images", entries, "Mend.", refused=True))
    text = as_text(report)
    assert "! 12 images [a fit refuses this]\n    0.png is broken\n" in text
    assert "    9.png is broken\n    ... and 2 more (--json FILE has all)\n  Mend.\n\n- 1 file ignored" in text
    assert text.endswith("1 finding, marked !: repair, then check again. Until then, a fit refuses this data set.\n")
    content = json.loads(json.dumps(as_json(report)))
    assert (content["format"], content["fit_refuses"], content["counts"]) == (1, True, COUNTS)
    assert content["sizes"] == REPORT.sizes
    assert len(content["topics"][1]["entries"]) == 12
    assert content["topics"][0] == {
        "name": "ignored",
        "finding": False,
        "fit_refuses": False,
        "says": "1 file ignored",
        "advice": "",
        "entries": [{"files": [{"path": "notes.txt", "split": None, "label": None}], "note": ""}],
    }


def test_of_many_classes_the_largest_and_the_smallest_are_shown():
    counts = {"train": {f"class {k:02}": 100 - k for k in range(30)}}
    lines = as_text(dataclasses.replace(REPORT, counts=counts)).splitlines()
    table = lines[lines.index("images            train    all") :][:14]
    assert [line.split()[1] for line in table[1:6]] == ["00", "01", "02", "03", "04"]
    assert table[6] == "    ... 20 classes between the largest and the smallest (--json FILE has all)"
    assert [line.split()[1] for line in table[7:12]] == ["25", "26", "27", "28", "29"]
    assert table[12].split() == ["all", "2,565", "2,565"]


def test_the_json_has_no_images():
    seen = {File("a.png", "train", "cat"): Seen(Path("/data/pets/a.png"), 8, 8, 5.0)}
    assert as_json(dataclasses.replace(REPORT, images=seen)) == as_json(REPORT)


def test_a_fold_that_is_held_out_is_named():
    report = dataclasses.replace(REPORT, fold="2/5")
    assert "train, val given; test split by content, as a fit does, test is fold 2/5\n" in as_text(report)
    assert as_json(report)["fold"] == "2/5"
    assert as_json(REPORT)["fold"] is None


def test_in_short_a_data_set_is_one_line():
    assert in_short(REPORT) == "1,256 photographs in 2 classes (cat 1,212, dog 44); 1,230 train, 11 val, 15 test"
    many = {split: {f"c{k}": 2 for k in range(9)} for split in COUNTS}
    assert "in 9 classes (c0 6, c1 6, c2 6, c3 6, 5 more); 18 train" in in_short(
        dataclasses.replace(REPORT, counts=many)
    )


def test_in_short_what_a_fit_refuses_is_named_with_its_files_and_doubts_are_one_line_each():
    broken = Topic(
        "unusable", "1 image cannot be used", (Entry((File("a.png"),), "is cut off"),), "Mend it.", refused=True
    )
    blank = Topic("blank", "2 images blank", (Entry((File("b.png"),)),), "Remove them.")
    ignored = Topic("ignored", "1 file ignored", (Entry((File("c.txt"),)),), finding=False)
    report = with_topics(broken, blank, ignored)
    assert must_mend(report) == "! 1 image cannot be used [a fit refuses this]\n    a.png is cut off\n  Mend it."
    assert must_mend(report, {"unusable"}) is None
    assert doubts_in_short(report) == ["1 image cannot be used", "2 images blank"]
