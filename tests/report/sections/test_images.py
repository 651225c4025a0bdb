"""Images on which the arms disagree: the shown ones, their notes, and their pictures."""

import shutil
from collections import Counter

import numpy as np
import pytest

from resnet_lab.data.folder import read_image_folder
from resnet_lab.files import write_csv
from resnet_lab.report.document import Fold, Photographs, Table, Text, unfolded
from resnet_lab.report.sections.images import images_section
from resnet_lab.report.words import load_words
from resnet_lab.runs import Run
from resnet_lab.statistics.mean_sd import MISSING


def section(results, pictures=False, language="en"):
    return images_section(results, load_words(language), pictures=pictures)


def of_kind(blocks, kind):
    return [block for block in unfolded(blocks) if isinstance(block, kind)]


def test_each_side_is_shown_with_what_it_was_taken_for(three_seeds):
    [finding] = three_seeds.findings
    blocks = section(three_seeds)
    treated, control, *_ = of_kind(blocks, Photographs)
    assert [fold.summary for fold in of_kind(blocks, Fold)] == [
        "ResNet-34 is right more often",
        "Plain-34 is right more often",
        "Most confident mistakes of Plain-34",
        "Most confident mistakes of ResNet-34",
        "Class by class",
    ]
    leads = {image.path: image.lead for image in finding.images}
    assert [leads[image.path] for image in treated.photographs] == sorted(
        (n for n in leads.values() if n > 0), reverse=True
    )[:6]
    assert all(leads[image.path] < 0 for image in control.photographs)
    first = next(image for image in finding.images if image.path == treated.photographs[0].path)
    assert first.lead == 3
    wrong = first.control[0]
    assert treated.photographs[0].notes == (
        f"is {first.label}",
        f"Plain-34: {wrong} 3/3",
        f"ResNet-34: {first.label} 3/3",
    )
    in_all = sum(abs(lead) == 3 for lead in leads.values())
    assert of_kind(blocks, Text)[1].text.startswith(
        f"Of 60 test images, {len(leads)} are classified correctly by one arm in"
    )
    assert f"For {in_all} of them, one arm is right in all 3 seeds" in of_kind(blocks, Text)[1].text
    counted = Counter(image.label for image in finding.images if image.lead < 0).most_common()
    by_class = ", ".join(f"{label} {n}" for label, n in counted)
    assert f"Plain-34 is right more often: {by_class}." in of_kind(blocks, Text)[1].text


def test_of_one_seed_nets_are_spoken_of(one_seed):
    blocks = section(one_seed)
    assert "are classified correctly by one network and wrongly by the other" in of_kind(blocks, Text)[1].text
    assert of_kind(blocks, Fold)[0].summary == "ResNet-34 alone is right"
    assert "/" not in of_kind(blocks, Photographs)[0].photographs[0].notes[1]


def test_arms_that_never_disagree_are_said_to(make_run, compare):
    runs = [make_run(False), make_run(True)]
    rows = runs[0].test_predictions("best")
    write_csv(runs[1].path / "test" / "predictions.csv", rows[0].keys(), rows)
    assert of_kind(section(compare(runs)), Text)[1].text == (
        "Both arms classify each test image correctly in the same number of seeds."
    )


def test_pairs_on_other_images_are_not_compared(make_run, compare):
    blocks = section(compare([make_run(False), make_run(True, labels=[0, 1] * 30)]))
    assert of_kind(blocks, Text)[1].text == "No pair of runs was tested on the same images."


@pytest.fixture
def on_cells(cell_folder, tmp_path, make_run, compare):
    """A comparison on real photographs, and their folder."""
    root = shutil.copytree(cell_folder, tmp_path / "cells")
    folder = read_image_folder(root)
    changes, status = {"data.root": str(root)}, {"fingerprint": folder.fingerprint}
    runs = [make_run(arm, changes=changes, status=status, labels=[0, 1, 2]) for arm in (False, True)]
    paths = [path.relative_to(root).as_posix() for path in folder.splits["test"].paths]
    for run, right in zip(runs, (True, False), strict=True):
        _tested_on(run, paths[:3], right)
    return compare(runs), root


def _tested_on(run: Run, paths, right):
    rows = [
        {"checkpoint": "best", "path": path, "label": "good", "predicted": "good" if right else "worn"}
        | {f"probability_{name}": 1 / 3 for name in ("cracked", "good", "worn")}
        for path in paths
    ]
    write_csv(run.path / "test" / "predictions.csv", rows[0].keys(), rows)


def test_pictures_are_shown_while_the_photographs_are_there(on_cells):
    results, root = on_cells
    images, mistakes = of_kind(section(results, pictures=True), Photographs)
    assert [image.path for image in mistakes.photographs] == [image.path for image in images.photographs]
    assert mistakes.photographs[0].notes == ("is good", "ResNet-34: worn", "probability of good: 0.33")
    assert all(image.picture.startswith(b"\xff\xd8") for image in images.photographs)
    images, _ = of_kind(section(results, pictures=False), Photographs)
    assert [image.picture for image in images.photographs] == [None] * 3
    shutil.rmtree(root)
    blocks = section(results, pictures=True)
    assert [image.picture for image in of_kind(blocks, Photographs)[0].photographs] == [None] * 3
    assert of_kind(blocks, Text)[0].text.startswith(
        "The pictures are not shown, because the photographs can no longer be read"
    )
    gone = of_kind(section(results, pictures=True, language="id"), Text)[0].text
    assert gone == f"Gambar citra tidak ditampilkan karena citra di {root} tidak dapat dibaca lagi."


def _mapped(run, paths, digits):
    rows = [{"checkpoint": "best", "path": path, "position": 1, "peak": 1.0, "map": digits} for path in paths]
    write_csv(run.path / "inspect" / "attention.csv", rows[0].keys(), rows)


def test_maps_of_both_arms_are_shown_below_a_photograph(on_cells):
    results, _ = on_cells
    [finding] = results.findings
    paths = [image.path for image in finding.images]
    _mapped(finding.control.runs[0], paths[:2], "ff00 0000")
    before = section(results, pictures=True)  # of one arm alone, no map is shown
    assert not [image for image in of_kind(before, Photographs)[0].photographs if image.maps]
    assert not [text for text in of_kind(before, Text) if "Grad-CAM" in text.text]
    _mapped(finding.treated.runs[0], paths[1:], "0000 00ff")
    blocks = section(results, pictures=True)
    images, mistakes = of_kind(blocks, Photographs)
    assert [[arm for arm, _ in image.maps] for image in images.photographs] == [[], ["Plain-34", "ResNet-34"], []]
    (_, control), (_, treated) = images.photographs[1].maps
    assert control != treated
    assert {jpeg[:2] for jpeg in (control, treated)} == {b"\xff\xd8"}
    assert not any(image.maps for image in mistakes.photographs)
    assert [text.weight for text in of_kind(blocks, Text) if "Grad-CAM" in text.text] == ["remark"]
    hidden = section(results, pictures=False, language="id")
    assert not [text for text in of_kind(hidden, Text) if "Grad-CAM" in text.text]


def test_the_images_that_each_arm_wins_are_described(three_seeds):
    [finding] = three_seeds.findings
    assert not [block for block in section(three_seeds) if isinstance(block, Table)]
    leads = {image.path: image.lead for image in finding.images}
    rows = [
        {"path": row["path"], "label": row["label"], "width": 400, "height": 100}
        | {"brightness": place / 100, "sharpness": 1000 * (1 + leads.get(row["path"], 0) ** 2)}
        for place, row in enumerate(finding.control.runs[0].test_predictions("best"))
    ]
    write_csv(finding.treated.runs[1].path / "inspect" / "images.csv", rows[0].keys(), rows)
    blocks = section(three_seeds)
    [table] = [block for block in blocks if isinstance(block, Table)]
    assert [row.cells[0] for row in table.rows] == [
        "ResNet-34 is right more often",
        "Plain-34 is right more often",
        "both are right equally often",
    ]
    sides = [[r for r in rows if np.sign(leads.get(r["path"], 0)) == side] for side in (1, -1, 0)]
    assert [int(row.cells[1]) for row in table.rows] == list(map(len, sides))
    for row, side in zip(table.rows, sides, strict=True):
        count = Counter(r["label"] for r in side)
        assert row.cells[2] == ", ".join(f"{label} {n}" for label, n in count.most_common())
        assert row.cells[3] == "200 (200 … 200)"
        low, middle, high = np.quantile([r["brightness"] for r in side], (0.25, 0.5, 0.75))
        assert row.cells[4] == f"{middle:.2f} ({low:.2f} … {high:.2f})"
    assert table.rows[2].cells[5] == "1,000 (1,000 … 1,000)"
    assert "description" in next(text.text for text in of_kind(blocks, Text) if "Laplacian" in text.text)
    [turned] = [block for block in section(three_seeds, language="id") if isinstance(block, Table)]
    assert turned.rows[0].cells[0] == "ResNet-34 lebih sering benar"


def test_many_classes_are_cut_in_the_description(make_run, compare):
    results = compare([make_run(False), make_run(True)])
    run = results.findings[0].control.runs[0]
    rows = [
        {"path": f"{k}.png", "label": "abcde"[k % 5], "width": "", "height": ""} | {"brightness": 0.5, "sharpness": 1}
        for k in range(7)
    ]
    write_csv(run.path / "inspect" / "images.csv", rows[0].keys(), rows)
    [table] = [block for block in section(results) if isinstance(block, Table)]
    [row] = [row for row in table.rows if row.cells[0] == "both are right equally often"]
    assert row.cells[1:4] == ("7", "a 2, b 2, c 1, …", MISSING)


def test_without_pictures_that_is_said(one_seed):
    assert Text("The pictures themselves are left out.", "remark") in section(one_seed)
    assert Text("Gambar citra tidak disertakan.", "remark") in section(one_seed, language="id")
