"""Photographs of an experiment: read by the rules of a fit, and known again by its fingerprint."""

import shutil

from resnet_lab.checking.report import must_mend
from resnet_lab.data.module import ImageFolderDataModule
from resnet_lab.study.experiment_data import accepted, checked, data_rules, fingerprint, short_sides, waivers


def test_the_fingerprint_is_that_of_a_fit(cell_folder):
    settings = {"data.fold": "2/5", "data.background": "black", "data.value_range": [0, 255]}
    module = ImageFolderDataModule(cell_folder, fold="2/5", background="black", value_range=(0, 255))
    assert fingerprint(str(cell_folder), data_rules(settings)) == module.folder.fingerprint
    assert fingerprint(str(cell_folder), data_rules({})) != module.folder.fingerprint


def test_what_a_fit_would_skip_need_not_be_mended(cell_folder, tmp_path):
    root = tmp_path / "cells"
    shutil.copytree(cell_folder, root)
    (root / "defective" / "broken.png").write_bytes(b"no image")
    rules, skips = data_rules({}), data_rules({"data.on_bad_image": "skip"})
    report = checked(str(root), rules)
    assert "broken.png" in (must_mend(report, accepted(rules)) or "")
    assert must_mend(report, accepted(skips)) is None
    assert fingerprint(str(root), skips) == fingerprint(str(cell_folder), rules)
    assert accepted(data_rules({"data.allow_leaks": True})) == {"equal_leaks", "groups_apart"}
    assert short_sides(report) == {300: 40}
    assert waivers(report, rules) == ["--data.on_bad_image skip"]
    assert waivers(report, skips) == []
    shutil.rmtree(root / "functional")
    assert waivers(checked(str(root), rules), rules) == []  # no option makes one class two


def test_groups_are_those_of_a_fit(cell_folder, tmp_path):
    """Otherwise the same command again would take the photographs for others."""
    files = sorted(cell_folder.rglob("*.png"))
    rows = [f"{file},{file.parent.name},{number // 2}" for number, file in enumerate(files)]
    table = tmp_path / "list.csv"
    table.write_text("\n".join(["path,label,group", *rows]))
    rules = data_rules({"data.groups": "column"})
    grouped = ImageFolderDataModule(table, groups="column").folder
    assert fingerprint(str(table), rules) == grouped.fingerprint != fingerprint(str(table), data_rules({}))
    report = checked(str(table), rules)
    assert {split: sum(counts.values()) for split, counts in report.counts.items()} == grouped.sizes
    assert "column_of_groups" not in [topic.name for topic in report.topics]


def test_groups_in_two_given_splits_have_a_waiver(cell_folder, tmp_path):
    files = sorted(cell_folder.rglob("*.png"))
    splits = ("train", "train", "val", "test")
    rows = [f"{file},{file.parent.name},{splits[number % 4]},{number // 4}" for number, file in enumerate(files)]
    table = tmp_path / "list.csv"
    table.write_text("\n".join(["path,label,split,group", *rows]))
    rules = data_rules({"data.groups": "column"})
    assert waivers(checked(str(table), rules), rules) == ["--data.allow_leaks true"]
    fingerprint(str(table), data_rules({"data.groups": "column", "data.allow_leaks": True}))
