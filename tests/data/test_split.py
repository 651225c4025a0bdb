"""The split depends on contents and classes, and on nothing else."""

import hashlib
import random
from collections import Counter
from pathlib import Path

import pytest

from resnet_lab.data.items import Item
from resnet_lab.data.split import Fold, equal_contents, fingerprint, parse_fold, split_by_content
from resnet_lab.errors import InputError


def items(n: int, label: str = "cell") -> list[Item]:
    return [Item(Path(f"{label}{i}.png"), label, hashlib.sha256(f"{label}{i}".encode()).hexdigest()) for i in range(n)]


def contents(splits: dict[str, list[Item]]) -> dict[str, set[str]]:
    return {split: {item.sha256 for item in part} for split, part in splits.items()}


@pytest.mark.parametrize("n", [6, 7, 10, 20, 99, 821, 1803])
def test_each_class_is_split_70_15_15(n):
    sizes = {split: len(part) for split, part in split_by_content(items(n)).items()}
    assert sum(sizes.values()) == n
    assert sizes["train"] == pytest.approx(0.70 * n, abs=0.5)
    assert sizes["train"] + sizes["val"] == pytest.approx(0.85 * n, abs=0.5)


def test_classes_are_split_apart():
    both = split_by_content(items(40, "a") + items(20, "b"))
    assert Counter(item.label for item in both["test"]) == {"a": 6, "b": 3}
    alone = split_by_content(items(20, "b"))
    assert contents(alone)["test"] == {item.sha256 for item in both["test"] if item.label == "b"}


def test_the_lowest_hashes_are_for_training():
    splits = split_by_content(items(50))
    assert max(contents(splits)["train"]) < min(contents(splits)["val"])
    assert max(contents(splits)["val"]) < min(contents(splits)["test"])


def test_order_and_names_change_nothing():
    original = items(60)
    renamed = [item._replace(path=Path(f"x/{i:09}.jpg")) for i, item in enumerate(original)]
    random.Random(0).shuffle(renamed)
    assert contents(split_by_content(renamed)) == contents(split_by_content(original))


def test_equal_contents_stay_together_and_count_once():
    originals = items(40)
    copies = [item._replace(path=Path("copy") / item.path) for item in originals[:25]]
    splits = split_by_content(originals + copies)
    assert contents(splits) == contents(split_by_content(originals))
    of = {item.path: split for split, part in splits.items() for item in part}
    assert all(of[copy.path] == of[original.path] for original, copy in zip(originals, copies, strict=False))


def test_fingerprint_is_the_documented_hash():
    splits = {
        "train": [Item(Path("x"), "b", "22")],
        "val": [Item(Path("y"), "a", "33")],
        "test": [Item(Path("z"), "a", "11")],
    }
    by_hand = hashlib.sha256(b"11\ta\ttest\n22\tb\ttrain\n33\ta\tval\n").hexdigest()
    assert fingerprint(splits) == by_hand


def test_fingerprint_follows_content_label_and_split_but_not_the_path():
    splits = split_by_content(items(20))
    reference = fingerprint(splits)
    moved = {split: [item._replace(path=Path("elsewhere")) for item in part[::-1]] for split, part in splits.items()}
    assert fingerprint(moved) == reference
    assert fingerprint({**splits, "val": splits["test"], "test": splits["val"]}) != reference
    first = splits["train"][0]
    for change in ({"label": "other"}, {"sha256": "0" * 64}):
        assert fingerprint({**splits, "train": [first._replace(**change), *splits["train"][1:]]}) != reference


def test_equal_contents_across_splits_or_labels_are_found():
    a, b, c, d = items(4)
    copy = d._replace(path=Path("copy"))
    fine = {"train": [a, b, d, copy], "val": [c], "test": []}
    assert equal_contents(fine) == []  # copies within one class of one split are no leak
    assert equal_contents({**fine, "test": [a]}) == [[a, a]]
    two_labels = a._replace(label="other")
    assert equal_contents({**fine, "train": [a, b, two_labels]}) == [[a, two_labels]]


@pytest.mark.parametrize("given", ["val", "test"])
def test_one_missing_split_is_carved_out_of_train_alone(given):
    missing = {"val": "test", "test": "val"}[given]
    splits = split_by_content(items(100), {given})
    assert {split: len(part) for split, part in splits.items()} == {"train": 85, missing: 15, given: 0}
    assert max(contents(splits)["train"]) < min(contents(splits)[missing])


def test_with_both_given_all_is_for_training():
    assert len(split_by_content(items(10), {"val", "test"})["train"]) == 10


FOLDS = [(n, k) for n in (1, 2, 3, 5, 7, 20, 99, 821) for k in (2, 3, 5, 10)]


@pytest.mark.parametrize(("n", "k"), FOLDS)
def test_every_image_is_held_out_in_exactly_one_fold(n, k):
    parts = [contents(split_by_content(items(n), fold=Fold(number, k))) for number in range(1, k + 1)]
    held_out = Counter(sha256 for part in parts for sha256 in part["test"])
    assert held_out == Counter(item.sha256 for item in items(n))
    for part in parts:
        assert sum(map(len, part.values())) == n == len(set().union(*part.values()))
        assert len(part["test"]) == pytest.approx(n / k, abs=1)
        assert len(part["val"]) == pytest.approx(0.15 * n, abs=0.5)
        assert n < 2 or part["train"]


@pytest.mark.parametrize("number", range(1, 6))
def test_folds_are_the_parts_of_the_ranking_and_validation_stands_before_them(number):
    ranked = sorted(item.sha256 for item in items(100))
    part = contents(split_by_content(items(100), fold=Fold(number, 5)))
    start = 20 * (number - 1)
    assert part["test"] == set(ranked[start : start + 20])
    assert part["val"] == {ranked[place % 100] for place in range(start - 15, start)}


def test_folds_hold_out_a_part_of_each_class():
    part = split_by_content(items(40, "a") + items(20, "b"), fold=Fold(2, 5))
    assert Counter(item.label for item in part["test"]) == {"a": 8, "b": 4}


def test_the_last_fold_keeps_the_order_of_the_plain_split():
    part = contents(split_by_content(items(60), fold=Fold(4, 4)))
    assert max(part["train"]) < min(part["val"]) <= max(part["val"]) < min(part["test"])


def test_equal_contents_stay_together_in_a_fold():
    originals = items(40)
    copies = [item._replace(path=Path("copy") / item.path) for item in originals[:25]]
    for number in range(1, 4):
        parts = split_by_content(originals + copies, fold=Fold(number, 3))
        assert contents(parts) == contents(split_by_content(originals, fold=Fold(number, 3)))


def test_a_given_validation_split_takes_nothing_from_a_fold():
    parts = split_by_content(items(100), {"val"}, Fold(1, 5))
    assert {split: len(part) for split, part in parts.items()} == {"train": 80, "val": 0, "test": 20}


def test_each_fold_has_a_fingerprint_of_its_own():
    folds = [fingerprint(split_by_content(items(60), fold=Fold(number, 5))) for number in range(1, 6)]
    assert len({*folds, fingerprint(split_by_content(items(60)))}) == 6


@pytest.mark.parametrize("text", ["1/2", "5/5", "10/10"])
def test_a_fold_is_read(text):
    assert parse_fold(text) == tuple(map(int, text.split("/")))


def test_without_a_fold_there_is_none():
    assert parse_fold(None) is None


@pytest.mark.parametrize("text", ["0/5", "6/5", "2/1", "1/1", "a/b", "2", "", "2/5/1", "-1/5", "1.0/5", "1/5\n", "²/5"])
def test_what_is_no_fold_is_refused_with_the_way_out(text):
    with pytest.raises(InputError) as error:
        parse_fold(text)
    assert str(error.value).startswith("data.fold ")
    assert "is no fold: write i/k" in str(error.value)
    assert "Or leave data.fold out" in str(error.value)
