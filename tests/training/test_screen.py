"""What a run says of itself."""

from pathlib import Path

from resnet_lab.runs import claim_run, write_json
from resnet_lab.training.screen import end_block, score_block, start_block


def test_the_start_names_arm_data_device_and_folder(tmp_path):
    run = claim_run(tmp_path, "plain34")
    facts = {
        "name": "plain34",
        "arm": "Plain-34",
        "parameters": 21_111_874,
        "seed": 0,
        "root": "builtin:elpv",
        "split_sizes": {"train": 1837, "val": 394, "test": 393},
        "classes": ["defective", "functional"],
        "hardware": {"device": "cpu"},
        "precision": "bf16-mixed",
        "threads": 2,
        "workers": 2,
    }
    assert start_block(run, facts).splitlines() == [
        "arm     plain34: Plain-34, 21,111,874 parameters, seed 0",
        "data    builtin:elpv: train 1,837, val 394, test 393; classes defective, functional",
        "device  cpu, bf16-mixed, 2 threads, 2 workers",
        f"run     {tmp_path}/plain34/version_0",
    ]


def test_the_end_names_figures_and_the_next_command(tmp_path):
    run = claim_run(tmp_path, "plain34")
    run.update_status({"epochs": 10, "best_epoch": 7, "wall_seconds": 90.0})
    scores = {"train": {"accuracy": 0.75, "loss": 0.5}, "val": {"accuracy": 0.7, "loss": 0.6}}
    write_json(run.path / "final" / "metrics.json", {"best": scores, "last": scores})
    figures = "train accuracy 0.7500, loss 0.5000; val accuracy 0.7000, loss 0.6000 (evaluation transform)"
    assert end_block(run).splitlines() == [
        f"run     {run.path} finished in 1.5 minutes",
        f"last    epoch 10: {figures}",
        f"best    epoch 7: {figures}",
        f"next    resnet-lab test --config {run.path}/config.yaml",
    ]


def test_a_test_is_a_line_a_checkpoint():
    figures = {"accuracy": 0.8, "balanced_accuracy": 0.75, "loss": 0.5, "calibration_error": 0.04, "n": 393}
    assert score_block(Path("run/test"), {"best": figures, "last": figures}).splitlines() == [
        "best    accuracy 0.8000, balanced 0.7500, loss 0.5000, calibration error 0.0400; 393 images",
        "last    accuracy 0.8000, balanced 0.7500, loss 0.5000, calibration error 0.0400; 393 images",
        "wrote   run/test",
    ]
