"""Five classes of unequal size, from the check of the data to the report: each output names all of them."""

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

import resnet_lab
from resnet_lab.cli import main
from resnet_lab.plots import confusion
from resnet_lab.runs import find_runs
from resnet_lab.training import run_figures

CLASSES = ("dent", "hole", "intact", "rust", "scratch")


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A folder with the images, a tested run of each arm in its logs, and its confusion matrices as they were drawn."""
    folder = tmp_path_factory.mktemp("five")
    draws = np.random.default_rng(0)
    for number, name in enumerate(CLASSES):
        (folder / "images" / name).mkdir(parents=True)
        for k in range(8 + 3 * number):
            pixels = draws.integers(0, 256, (16, 16, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / "images" / name / f"{k}.png")
    drawn = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RESNET_LAB_FIGURES", "true")
        plot = confusion.confusion_plot
        patch.setattr(run_figures, "confusion_plot", lambda *of, **how: drawn.append(of) or plot(*of, **how))
        for arm in ("plain34", "resnet34"):
            words = (
                f"fit --config {arm}.yaml --name {arm} --data.root {folder / 'images'} --logs {folder / 'logs'} "
                "--model.depth 8 --data.image_size 16 --data.batch_size 16 --data.num_workers 0 --trainer.max_epochs 1 "
                "--test_after true"
            )
            assert main(words.split()) == 0
    return folder, drawn


def described_in(path: Path) -> dict[str, object]:
    """Return the description of the network in the header of a safetensors file, whose first 8 bytes are its length."""
    content = path.read_bytes()
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    [described] = [json.loads(text) for text in header["__metadata__"].values() if text.startswith("{")]
    return described


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_scores_predictions_and_pictures_of_a_run_have_a_place_for_each_class(lab):
    folder, drawn = lab
    for matrix, names, *_ in drawn:
        assert tuple(names) == CLASSES
        assert np.shape(matrix) == (5, 5)
    assert len(drawn) == 4  # validation and test, per arm
    for arm in ("plain34", "resnet34"):
        [run] = find_runs(folder / "logs", arm)
        scores = run.test_metrics()["best"]
        assert tuple(scores["per_class"]) == CLASSES
        tested = [of["n"] for of in scores["per_class"].values()]
        assert [sum(row) for row in scores["confusion_matrix"]] == tested
        assert tuple(tested) == run.status().class_counts["test"]
        assert tested == sorted(tested)
        assert len(set(tested)) > 1
        assert "top5_accuracy" not in scores  # of five classes it is 1
        for row in rows_of(run.path / "test" / "predictions.csv"):
            shares = {name: float(row[f"probability_{name}"]) for name in CLASSES}
            assert sum(shares.values()) == pytest.approx(1, abs=1e-4)
            assert shares[row["predicted"]] == max(shares.values())
        assert list(run.path.glob("events.*.test"))


def test_the_report_shows_each_class_with_its_images_and_the_chance_level_of_the_most_frequent(lab):
    folder, _ = lab
    out = folder / "report"
    assert main(f"compare plain34 resnet34 --logs {folder / 'logs'} --output {out}".split()) == 0
    text = (out / "report.md").read_text()
    [run] = find_runs(folder / "logs", "plain34")
    counts = run.status().class_counts["test"]
    often, share = CLASSES[counts.index(max(counts))], max(counts) / sum(counts)
    assert f"5 classes; always guessing “{often}” is right for {share:.1%} of test images" in text
    for name, count in zip(CLASSES, counts, strict=True):
        assert f"| **{name}** | {count} |" in text
    for role in ("control", "treated"):
        drawn = (out / "figures" / f"confusion-{role}.svg").read_text()
        assert all(drawn.count(f">{name}<") == 2 for name in CLASSES)  # a row and a column
    assert any(f": is {name}; Plain" in text for name in CLASSES)
    page = (out / "report.html").read_text()
    assert all(name in page for name in CLASSES)


def test_single_images_get_a_probability_per_class_with_and_without_the_package(lab, tmp_path, capsys):
    folder, _ = lab
    logs = tmp_path / "logs"
    shutil.copytree(folder / "logs", logs)
    image = folder / "images" / "rust" / "0.png"
    capsys.readouterr()
    assert main(["predict", "resnet34", "--logs", str(logs), "--data.images", str(image)]) == 0
    [row] = csv.DictReader(capsys.readouterr().out.splitlines())
    assert [column for column in row if column.startswith("probability_")] == [
        f"probability_{name}" for name in CLASSES
    ]
    [run] = find_runs(logs, "resnet34")
    formats = ["onnx", "torch-export", "safetensors"]
    assert main(["export", "resnet34", "--logs", str(logs), "--format", *formats, "--license", "mit"]) == 0
    exported = run.path / "exported"
    assert tuple(described_in(exported / "model.safetensors")["classes"]) == CLASSES
    [of_run] = resnet_lab.load(run.path).predict([image])
    assert of_run.label == max(CLASSES, key=lambda name: float(row[f"probability_{name}"]))
    for ending in ("onnx", "pt2", "safetensors"):
        [of_file] = resnet_lab.load(exported / f"model.{ending}").predict([image])
        assert tuple(of_file.probabilities) == CLASSES
        assert of_file.probabilities == pytest.approx(of_run.probabilities, abs=4e-3)  # the run computes in bf16
    [card] = run.path.rglob("README.md")
    assert "5 classes: dent, hole, intact, rust, scratch" in card.read_text()


def test_the_dashboard_has_a_confusion_matrix_and_predictions_of_five_classes(lab):
    folder, _ = lab
    [run] = find_runs(folder / "logs", "plain34")
    events = [EventAccumulator(str(path)).Reload() for path in run.path.glob("events.*")]
    assert {tag for file in events for tag in file.Tags()["images"]} == {"val/confusion_matrix", "val/samples"}


def test_measurements_inside_the_networks_score_five_classes(lab, tmp_path):
    folder, _ = lab
    logs = tmp_path / "logs"
    shutil.copytree(folder / "logs", logs)
    words = (
        f"inspect plain34 resnet34 --logs {logs} --what gradients probes lesion --draws 1 --output {tmp_path / 'out'}"
    )
    assert main(words.split()) == 0
    for arm in ("plain34", "resnet34"):
        [run] = find_runs(logs, arm)
        held_out = sum(run.status().class_counts["test"])
        [intact] = [row for row in rows_of(run.path / "inspect" / "lesion.csv") if row["removed"] == "0"]
        assert int(intact["n"]) == held_out
        assert float(intact["accuracy"]) == pytest.approx(run.test_metrics()["best"]["accuracy"], abs=0.5 / held_out)
        probes = rows_of(run.path / "inspect" / "probes.csv")
        assert all(0 <= float(row["accuracy"]) <= 1 for row in probes)


def test_the_check_of_the_data_counts_each_class_and_names_the_imbalance(lab, tmp_path, capsys):
    folder, _ = lab
    main(["data", "check", "--data.root", str(folder / "images"), "--json", str(tmp_path / "check.json")])
    said = capsys.readouterr().out
    assert "in 5 classes" in said
    assert all(name in said for name in CLASSES)
