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
    assert accepted(data_rules({"data.allow_leaks": True})) == {"equal_leaks"}
    assert short_sides(report) == {300: 40}
    assert waivers(report, rules) == ["--data.on_bad_image skip"]
    assert waivers(report, skips) == []
    shutil.rmtree(root / "functional")
    assert waivers(checked(str(root), rules), rules) == []  # no option makes one class two
