"""Groups stay together in every split and fold, and groups of one image change no split."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from resnet_lab.data.folder import read_image_folder
from resnet_lab.data.groups import groups_of, refuse_groups_in_two_splits
from resnet_lab.data.items import Item
from resnet_lab.data.layout import PlacedImage
from resnet_lab.data.manifest import ManifestRule
from resnet_lab.data.rgb import DecodeRule
from resnet_lab.data.split import SPLITS, Fold, fingerprint, split_by_content
from resnet_lab.errors import InputError

RULE = DecodeRule()


def item(number: int, label: str = "cell") -> Item:
    return Item(Path(f"{number}.png"), label, f"{number * 7919 % 10007:064x}")


def placed(items, group_of, split=None):
    return [(PlacedImage(one.path, one.label, split, group_of(one)), one) for one in items]


ITEMS = [item(number, "ab"[number % 3 == 0]) for number in range(200)]


@pytest.mark.parametrize("fold", [None, Fold(2, 5)])
def test_groups_of_one_change_nothing(fold):
    assert groups_of(placed(ITEMS, lambda one: one.path.name), "column", RULE) == {}
    alone = {one.sha256: one.sha256 for one in ITEMS}
    default = fingerprint(split_by_content(ITEMS, fold=fold))
    assert fingerprint(split_by_content(ITEMS, fold=fold, linked=alone)) == default


def test_a_group_is_never_torn_and_shares_are_kept():
    named = {one.sha256: f"plant{number // 5}" for number, one in enumerate(ITEMS)}  # 40 groups of 5, of two classes
    linked = groups_of(placed(ITEMS, lambda one: named[one.sha256]), "column", RULE)
    for fold in (None, *(Fold(number, 4) for number in range(1, 5))):
        splits = split_by_content(ITEMS, fold=fold, linked=linked)
        homes = {(named[one.sha256], split) for split in SPLITS for one in splits[split]}
        assert len(homes) == 40
        assert sum(map(len, splits.values())) == 200
        expected = 50 if fold else 30
        assert len(splits["test"]) == pytest.approx(expected, abs=5)
        assert len(splits["val"]) == pytest.approx(30, abs=5)


def test_over_all_folds_every_image_is_held_out_once():
    sizes = iter(np.random.default_rng(0).integers(1, 9, 200).tolist())
    names = [str(name) for name, size in enumerate(sizes) for _ in range(size)]
    linked = groups_of(
        placed(ITEMS, lambda one: names[ITEMS.index(one)]),
        "column",
        RULE,
    )
    held_out = Counter()
    for number in range(1, 6):
        held_out.update(one.sha256 for one in split_by_content(ITEMS, fold=Fold(number, 5), linked=linked)["test"])
    assert held_out == Counter({one.sha256: 1 for one in ITEMS})


def test_the_order_and_the_names_of_groups_do_not_matter():
    def split(items, name):
        linked = groups_of(placed(items, lambda one: name + str(int(one.path.stem) // 3)), "column", RULE)
        return fingerprint(split_by_content(items, linked=linked))

    assert split(ITEMS, "a") == split(ITEMS[::-1], "z")


def test_groups_with_a_content_in_common_are_one():
    one, two, three = item(1), item(2), item(3)
    copy = Item(Path("copy.png"), "cell", two.sha256)
    named = {"1.png": "x", "2.png": "x", "copy.png": "y", "3.png": "y"}
    linked = groups_of(placed([one, two, copy, three], lambda image: named[image.path.name]), "column", RULE)
    assert len({*linked.values()}) == 1
    assert linked[one.sha256] == min(linked)


def test_a_manifest_without_groups_is_refused():
    with pytest.raises(InputError, match=r"data\.groups: column needs a manifest with a column group.*--data\.columns"):
        groups_of(placed(ITEMS, lambda one: ""), "column", RULE)


def test_groups_in_two_given_splits_are_refused():
    train, test = placed([item(1)], lambda one: "x", "train"), placed([item(2)], lambda one: "x", "test")
    linked = groups_of([*train, *test], "column", RULE)
    with pytest.raises(
        InputError, match=r"^1 group of images lies in two splits .*\n  1\.png \(train\) and 2\.png \(t"
    ):
        refuse_groups_in_two_splits([*train, *test], linked, {"train", "test"})
    refuse_groups_in_two_splits([*train, *test], linked, {"train"})  # val and test are taken from train


@pytest.fixture
def photographs(tmp_path):
    """Return a manifest of 40 images in two classes: 20 patterns, each once as it is and once a little brighter."""
    rng = np.random.default_rng(0)
    lines = ["path,label,plant"]
    for number in range(20):
        pattern = np.kron(rng.integers(0, 200, (16, 16)), np.ones((8, 8))).astype(np.uint8)
        for bright in (0, 20):
            Image.fromarray(pattern + np.uint8(bright)).save(tmp_path / f"{number}-{bright}.png")
            lines.append(f"{number}-{bright}.png,{'ab'[number % 2]},p{number // 2}")
    (tmp_path / "list.csv").write_text("\n".join(lines))
    return tmp_path / "list.csv"


def homes(folder, name_of):
    found = {}
    for split, items in folder.splits.items():
        for one in items:
            found.setdefault(name_of(one.path.stem), set()).add(split)
    return found


def test_near_duplicates_stay_together_and_are_remembered(photographs, monkeypatch):
    torn = homes(read_image_folder(photographs), lambda stem: stem.split("-")[0])
    assert max(map(len, torn.values())) > 1  # by default, twins fall into different splits
    first = read_image_folder(photographs, groups="near-duplicates")
    assert all(len(splits) == 1 for splits in homes(first, lambda stem: stem.split("-")[0]).values())
    monkeypatch.setattr("resnet_lab.data.image_hash.hash_images", None)
    assert read_image_folder(photographs, groups="near-duplicates").fingerprint == first.fingerprint


def test_a_column_of_another_name_gives_the_groups(photographs):
    rule = ManifestRule({"group": "plant"})
    default = read_image_folder(photographs, manifest=rule)
    assert default.fingerprint == read_image_folder(photographs).fingerprint
    [doubt] = default.doubts
    assert doubt == "the manifest has 10 groups, and images of one group can fall into different splits"
    together = read_image_folder(photographs, manifest=rule, groups="column")
    assert not together.doubts
    plants = homes(together, lambda stem: int(stem.split("-")[0]) // 2)
    assert len(plants) == 10
    assert all(len(splits) == 1 for splits in plants.values())


def test_blank_images_are_no_near_duplicates(tmp_path):
    """Blank images have hashes of noise: as in ``data check``, they are alone."""
    rng = np.random.default_rng(1)
    for number in range(40):
        path = tmp_path / "ab"[number % 2] / f"{number}.png"
        path.parent.mkdir(exist_ok=True)
        blank = number < 20
        pixels = np.full((32, 32), number) if blank else rng.integers(0, 256, (32, 32))
        Image.fromarray(pixels.astype(np.uint8)).save(path)
    grouped = read_image_folder(tmp_path, groups="near-duplicates")
    assert grouped.fingerprint == read_image_folder(tmp_path).fingerprint


def test_a_column_named_group_that_holds_splits_is_doubted(photographs):
    lines = photographs.read_text().splitlines()
    swapped = [line.rpartition(",")[0] + f",{'test' if n % 5 == 0 else 'train'}" for n, line in enumerate(lines[1:])]
    photographs.write_text("\n".join(["path,label,group", *swapped]))
    assert any(
        "the column group of the manifest names splits" in doubt for doubt in read_image_folder(photographs).doubts
    )


@pytest.mark.parametrize(
    ("groups", "fold", "message"),
    [
        (
            lambda number: number % 2 or "",
            Fold(2, 3),
            r"class b without training images: .* largest has 20 of 40 images",
        ),
        (lambda number: number // 4, None, r"the val split without images: .* the largest has 8 of 40 images"),
    ],
)
def test_groups_that_leave_nothing_to_a_split_are_named(photographs, groups, fold, message):
    """The remedy for images that are too few is not the remedy for groups that are too large."""
    lines = photographs.read_text().splitlines()[1:]
    rows = [f"{line.rpartition(',')[0]},{groups(int(line.split('-')[0]))}" for line in lines]
    photographs.write_text("\n".join(["path,label,group", *rows]))
    with pytest.raises(InputError, match=rf"^data\.groups leaves {message}\. Give more"):
        read_image_folder(photographs, groups="column", fold=fold)


def test_a_class_in_one_group_is_remarked_upon(photographs):
    lines = photographs.read_text().splitlines()[1:]
    rows = [f"{line.rpartition(',')[0]},{'g' * (int(line.split('-')[0]) % 2)}" for line in lines]
    photographs.write_text("\n".join(["path,label,group", *rows]))
    found = read_image_folder(photographs, groups="column")
    said = "the {} split has no image of b: each group goes to one split"
    assert found.doubts == (said.format("val"), said.format("test"))


def test_images_that_are_only_scored_need_no_groups(photographs):
    """A network trained with ``data.groups: column`` is scored on photographs from elsewhere."""
    for label in "ab":
        (photographs.parent / "elsewhere" / "test" / label).mkdir(parents=True)
        (photographs.parent / f"{'ab'.index(label)}-0.png").rename(
            photographs.parent / "elsewhere" / "test" / label / "0.png"
        )
    found = read_image_folder(photographs.parent / "elsewhere", groups="column", known=("a", "b"))
    assert found.sizes == {"train": 0, "val": 0, "test": 2}
