"""One class list for all splits; how data sets come to theirs is tested with the folders (test_folder.py)."""

from pathlib import Path

import pytest

from resnet_lab.data.class_list import class_list, in_one_form
from resnet_lab.data.items import Item
from resnet_lab.data.layout import Layout, PlacedImage
from resnet_lab.errors import InputError

ROOT = Path("data")


def layout(*labels_and_splits, **facts):
    placed = [PlacedImage(ROOT / f"{k}.png", label, split) for k, (label, split) in enumerate(labels_and_splits)]
    return Layout(ROOT, placed, frozenset(split for _, split in labels_and_splits if split), **facts)


def splits(**labels):
    return {
        split: [Item(ROOT / "x.png", label, "") for label in labels.get(split, ())]
        for split in ("train", "val", "test")
    }


def test_the_list_is_that_of_the_training_split_in_order():
    given = splits(train=("dog", "cat"), val=("cat",), test=("dog",))
    assert class_list(ROOT, layout(("cat", None)), given) == ("cat", "dog")
    assert class_list(ROOT, layout(("cat", None)), given, known=("eel",)) == ("cat", "dog")


def test_without_a_training_split_the_list_is_that_of_the_network():
    given = splits(test=("dog",))
    assert class_list(ROOT, layout(("dog", "test")), given, known=("eel", "dog")) == ("eel", "dog")


@pytest.mark.parametrize(
    ("found", "given", "text"),
    [
        (
            layout(("cat", None), hint="All images lie in a/."),
            splits(train=("cat",)),
            r"one class only \(cat\); .* All images",
        ),
        (
            layout(("cat", None)),
            splits(train=("cat", "dog")),
            "leaves the val split without images; it needs more of them",
        ),
        (
            layout(("cat", "train"), ("cat", "val"), passed_over=(ROOT / "Val" / "1.png",)),
            splits(train=("cat", "dog")),
            r"val split without images: 1 image lies in Val/ without class folders\. Put",
        ),
        (
            layout(("cat", "train")),
            splits(train=("cat", "dog"), val=("Dog",)),
            r"know: Dog \(there is dog, which differs in case\)",
        ),
        (
            layout(("cat", "test"), ("cat", "val")),
            splits(test=("cat",), val=("cat",)),
            "no training split, only val and test",
        ),
    ],
)
def test_what_is_refused(found, given, text):
    with pytest.raises(InputError, match=text):
        class_list(ROOT, found, given)


def test_labels_in_one_form():
    nfc, nfd = "caf\u00e9", "cafe\u0301"
    found = in_one_form(layout((nfd, "train"), (nfc, "val"), inner={nfd: {"x": 1}, nfc: {"x": 2, "y": 1}}))
    assert {image.label for image in found.placed} == {nfd}
    assert (found.merged, found.inner) == ((nfd,), {nfd: {"x": 3, "y": 1}})
    alone = layout((nfd, None), ("tea", None))
    assert in_one_form(alone) is alone
    assert {image.label for image in in_one_form(alone, known=(nfc,)).placed} == {nfc, "tea"}
