"""The model card: its front matter by the reader of a model hub, its numbers from the run folder."""

import json
import re
import shutil
from dataclasses import replace

import pytest
from huggingface_hub import ModelCard
from scipy.stats import binomtest

from resnet_lab.checkpoint.trained_checkpoint import TrainedCheckpoint
from resnet_lab.cli import main
from resnet_lab.export.description import describe
from resnet_lab.export.formats import FORMATS
from resnet_lab.export.model_card import model_card
from resnet_lab.files import write_json


def card(run, formats=FORMATS, license=None):
    description = describe(TrainedCheckpoint.read(run.checkpoints["best"]), run.status().arm, run.label, "best")
    return model_card(run, "best", description, [FORMATS[name] for name in formats], license=license, checked=40)


def test_a_model_hub_reads_the_front_matter(exported_run):
    data = ModelCard.load(exported_run.path / "exported" / "README.md").data
    assert data.license == "cc-by-4.0"
    assert data.pipeline_tag == "image-classification"
    assert {"image-classification", "resnet", "onnx", "pytorch", "safetensors"} <= {*data.tags}
    [result] = data.eval_results
    assert (result.task_type, result.metric_type, result.dataset_split) == (
        "image-classification",
        "accuracy",
        "validation",
    )
    assert result.metric_value == exported_run.final_metrics()["best"]["val"]["accuracy"]


def test_without_a_test_the_card_says_so_and_how_to_get_one(exported_run):
    text = card(exported_run)
    assert "`resnet-lab test resnet34` adds the held-out split" in text
    assert "held out |" not in text
    assert "resnet-lab does not know it. Before you publish this model, name it" in text


def test_the_numbers_are_those_of_the_test_with_n_and_interval(copy_of_run):
    run = copy_of_run()
    assert main(["test", str(run.path)]) == 0
    scores = run.test_metrics()["best"]
    n, right = scores["n"], sum(row[k] for k, row in enumerate(scores["confusion_matrix"]))
    interval = binomtest(right, n).proportion_ci(0.95, "wilson")
    text = card(run)
    expected = f"| {n} | {right / n:.4f} | {interval.low:.4f} to {interval.high:.4f} | {scores['loss']:.4f} |"
    assert f"| held out {expected}" in text
    for name, values in scores["per_class"].items():
        assert re.search(rf"\| {name} \| {values['n']} \| {values['recall']:.4f} \|", text)
    data = ModelCard(text).data
    by_type = {result.metric_type: result for result in data.eval_results}
    assert by_type["accuracy"].metric_value == pytest.approx(right / n)
    assert by_type["accuracy"].dataset_split == "test"
    assert by_type["balanced_accuracy"].metric_value == scores["balanced_accuracy"]


def test_a_network_that_learned_nothing_says_so(copy_of_run):
    run = copy_of_run()
    assert main(["test", str(run.path)]) == 0
    metrics = run.test_metrics()
    for confusion, said in (([[0, 3], [0, 3]], True), ([[3, 0], [0, 3]], False)):
        metrics["best"]["confusion_matrix"] = confusion
        write_json(run.path / "test" / "metrics.json", metrics)
        assert ("has learned nothing" in card(run)) is said


def test_no_path_of_the_machine_is_in_it(exported_run):
    text = card(exported_run)
    assert str(exported_run.config()["data"]["root"]).rpartition("/")[0] not in text
    assert str(exported_run.path.parents[2]) not in text


def test_names_of_classes_stay_text(copy_of_run):
    """A class may be called after anything, also what Markdown or YAML would read otherwise."""
    run = copy_of_run()
    status = json.loads((run.path / "status.json").read_text())
    status |= {"root": "/photos/- [x]: *all* | #1", "classes": ["a|b", "<b>: yes"]}
    write_json(run.path / "status.json", status)
    text = card(run)
    data = ModelCard(text).data
    assert data.datasets == ["x-all-1"]
    assert [result.dataset_name for result in data.eval_results] == ["- [x]: *all* | #1"]
    assert "# ResNet-20 on - \\[x\\]: \\*all\\* \\| #1" in text


def test_many_classes_are_named_in_part_and_one_epoch_is_one(copy_of_run):
    run = copy_of_run()
    status = json.loads((run.path / "status.json").read_text())
    write_json(run.path / "status.json", {**status, "epochs": 1})
    description = describe(TrainedCheckpoint.read(run.checkpoints["best"]), run.status().arm, run.label, "best")
    many = replace(description, classes=tuple(f"kind{k}" for k in range(23)))
    text = model_card(run, "best", many, [FORMATS["onnx"]], license=None, checked=40)
    assert "An image classifier with 23 classes: kind0, " in text
    assert "kind18, kind19 and 3 more.\n" in text
    assert re.search(r"^1 epoch in [\d.]+ minutes on ", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("source", "run", "named"),
    [("/home/me/net.ckpt", None, "net.ckpt"), ("digits", "digits/version_3", "digits/version_3"), ("torchvision",) * 3],
)
def test_the_start_from_trained_weights_is_told(copy_of_run, source, run, named):
    made = copy_of_run()
    assert "trained from scratch" in card(made)
    start = {
        "kind": "file",
        "source": source,
        "file": source,
        "weights_sha256": "0",
        "taken": [],
        "new": [],
        "run": run,
    }
    write_json(made.path / "status.json", made.status_content() | {"init_from": start})
    text = card(made)
    assert f"started from the weights `{named}`, whose licence holds too" in text
    assert "/home/me" not in text


@pytest.mark.parametrize(
    ("root", "license", "source"),
    [
        ("builtin:elpv", "cc-by-nc-sa-4.0", "Deitsch et al. 2019, arXiv:1807.02894"),
        ("torchvision:OxfordIIITPet", "cc-by-sa-4.0", "Parkhi et al. 2012"),
        ("torchvision:CIFAR10", "unknown", "Krizhevsky 2009"),
    ],
)
def test_what_is_known_of_a_data_set_with_a_name_is_told(copy_of_run, root, license, source):
    run = copy_of_run()
    status = json.loads((run.path / "status.json").read_text())
    write_json(run.path / "status.json", status | {"root": root})
    text = card(run)
    assert ModelCard(text).data.license == license
    assert source in text
    assert ModelCard(card(run, license="other")).data.license == "other"


def test_the_weights_alone_of_a_network_that_torchvision_lacks_are_said_to_need_resnet_lab(exported_run):
    text = card(exported_run, ["safetensors"])
    assert "torchvision cannot build this network" in text
    assert "```python" not in text


def test_a_run_of_version_0_1_has_a_card(copy_of_run):
    """Its status lacks what came later."""
    run = copy_of_run()
    status = json.loads((run.path / "status.json").read_text())
    later = ("class_counts", "leaks", "skipped", "processes", "batch_size", "digests", "peak_memory_mb", "plan")
    write_json(run.path / "status.json", {key: value for key, value in status.items() if key not in later})
    config = run.config_path.read_text()
    for key in ("class_weights", "precise_bn", "init", "augment", "normalize"):
        config = re.sub(rf"^  {key}: .*\n", "", config, flags=re.MULTILINE)
    run.config_path.write_text(config)
    shutil.rmtree(run.path / "test", ignore_errors=True)
    assert "| train | " in card(run)
