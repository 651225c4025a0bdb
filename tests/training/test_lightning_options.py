"""Options that users of Lightning will try: each works with schedule, run folder, status and metrics, or is refused."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
import yaml

from resnet_lab.cli import main
from resnet_lab.runs import Run, find_runs

pytestmark = pytest.mark.filterwarnings("default")  # some of these options have Lightning warn, as it should
TINY = "--model.depth 20 --data.image_size 32 --data.batch_size 8 --data.num_workers 0"


def fit(cell_folder: Path, options: str) -> Run:
    """Fit an arm in this process on 28 training images, 4 batches of 8; it must finish."""
    arguments = f"fit --config plain34.yaml --data.root {cell_folder} {TINY} {options}"
    assert main(arguments.split()) == 0
    run = find_runs(Path("lightning_logs"), "plain20")[-1]
    assert run.status().status == "finished"
    assert run.metrics_path.exists()
    assert run.final_metrics().keys() == {"best", "last"}
    return run


def column(run: Run, tag: str) -> list[float | None]:
    return [row.get(tag) for row in run.metrics()]


def test_max_steps_end_the_schedule(cell_folder):
    run = fit(cell_folder, "--trainer.max_epochs -1 --trainer.max_steps 8")
    assert column(run, "step") == [4, 8]
    assert column(run, "lr") == pytest.approx([3e-4, 0.0], abs=1e-12)


def test_accumulated_batches_are_one_step_of_the_schedule(cell_folder):
    run = fit(cell_folder, "--trainer.max_epochs 3 --trainer.accumulate_grad_batches 2")
    assert column(run, "step") == [2, 4, 6]
    assert column(run, "lr") == pytest.approx([3e-4, 1.5e-4, 0.0], abs=1e-12)


def test_fewer_epochs_than_the_warm_up_are_warm_up_only(cell_folder):
    run = fit(cell_folder, "--trainer.max_epochs 1 --model.warmup_epochs 4")
    assert column(run, "lr") == pytest.approx([3e-4 * 5 / 16])


def test_limited_training_batches_count_as_they_are(cell_folder):
    run = fit(cell_folder, "--trainer.max_epochs 2 --trainer.limit_train_batches 3")
    assert column(run, "step") == [3, 6]
    assert column(run, "lr") == pytest.approx([3e-4, 0.0], abs=1e-12)


@pytest.mark.parametrize("precision", ["32-true", "bf16-mixed"])
def test_clipping_is_done(cell_folder, precision):
    """Steps of AdamW hardly feel the size of gradients, so the clipped weights are near the others, not equal."""
    weights = []
    for option in ("", "--trainer.gradient_clip_val 1e-4"):
        run = fit(cell_folder, f"--trainer.max_epochs 1 --trainer.precision {precision} {option}")
        weights.append(torch.load(run.checkpoints["last"], weights_only=True)["state_dict"]["backbone.fc.weight"])
    assert not torch.equal(*weights)


def test_validation_within_an_epoch_gives_one_row_an_epoch(cell_folder):
    run = fit(cell_folder, "--trainer.max_epochs 2 --trainer.val_check_interval 0.5")
    assert column(run, "epoch") == [1, 2]
    assert None not in column(run, "val/accuracy")


def test_overfitting_a_batch_shows_the_same_one(cell_folder):
    run = fit(cell_folder, "--trainer.max_epochs 2 --trainer.overfit_batches 1")
    assert column(run, "step") == [1, 2]
    assert main(["test", "--config", str(run.config_path)]) == 0  # the whole split: what fit limited is lifted
    assert run.test_metrics()["best"]["n"] == 6


@pytest.mark.parametrize("logger", ["false", "CSVLogger --trainer.logger.save_dir csv"])
def test_other_loggers_or_none_leave_the_run_folder_as_it_is(cell_folder, logger):
    run = fit(cell_folder, f"--trainer.max_epochs 1 --trainer.logger {logger}")
    assert not list(run.path.glob("events.*"))
    assert bool(list(Path().glob("csv/**/metrics.csv"))) == (logger != "false")


def test_mlflow_by_config_gets_the_rows(cell_folder, monkeypatch):
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")  # without a server or a data base
    logger = {"class_path": "MLFlowLogger", "init_args": {"tracking_uri": "file:mlruns", "experiment_name": "cells"}}
    Path("mlflow.yaml").write_text(yaml.safe_dump({"trainer": {"logger": logger}}))
    run = fit(cell_folder, "--trainer.max_epochs 2 --config mlflow.yaml")
    [file] = Path("mlruns").glob("*/*/metrics/val/accuracy")
    points = [line.split() for line in file.read_text().splitlines()]  # time, value, step
    assert [float(value) for _, value, _ in points] == pytest.approx(column(run, "val/accuracy"))
    assert [step for _, _, step in points] == ["1", "2"]


@pytest.mark.slow
def test_wandb_by_config_gets_the_rows(cell_folder):
    logger = {"class_path": "WandbLogger", "init_args": {"offline": True, "project": "cells", "save_dir": "."}}
    Path("wandb.yaml").write_text(yaml.safe_dump({"trainer": {"logger": logger}}))
    command = [
        Path(sys.executable).with_name("resnet-lab"),
        "fit",
        "--config",
        "plain34.yaml",
        "--config",
        "wandb.yaml",
    ]
    options = [*TINY.split(), "--trainer.max_epochs", "2", "--data.root", cell_folder]
    done = subprocess.run([*command, *options], check=True, capture_output=True, timeout=300)
    assert b"anonymous setting" not in done.stderr  # a warning about what Lightning gives, and no user
    [run] = find_runs(Path("lightning_logs"), "plain20")
    assert run.status().status == "finished"
    [file] = Path("wandb").glob("offline-run-*/run-*.wandb")
    content = file.read_bytes()
    for value in column(run, "val/loss"):
        assert repr(value)[:12].encode() in content


def test_a_logger_that_cannot_be_made_is_named(cell_folder, capsys, monkeypatch):
    monkeypatch.delenv("MLFLOW_ALLOW_FILE_STORE", raising=False)
    logger = {"class_path": "MLFlowLogger", "init_args": {"tracking_uri": "no-such-scheme:x"}}
    Path("mlflow.yaml").write_text(yaml.safe_dump({"trainer": {"logger": logger}}))
    command = f"fit --config plain34.yaml --config mlflow.yaml --data.root {cell_folder} {TINY}"
    assert main(command.split()) == 2
    assert "resnet-lab: error: An object that the config names cannot be made: " in capsys.readouterr().err
    assert not Path("lightning_logs").exists()


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (
            "--trainer.val_check_interval 50",
            "trainer.val_check_interval (50) must be less than or equal to the number ",
        ),
        (
            "--trainer.callbacks+=EarlyStopping --trainer.callbacks.monitor=val_loss",
            "EarlyStopping watches val_loss, which is not measured; did you mean val/loss?",
        ),
    ],
)
def test_options_that_cannot_be_followed_are_refused(cell_folder, capsys, options, text):
    command = f"fit --config plain34.yaml --data.root {cell_folder} {TINY} --trainer.max_epochs 1 {options}"
    assert main(command.split()) == 2
    assert text in capsys.readouterr().err


@pytest.mark.parametrize(
    "options",
    [
        "--model.class_weights balanced",
        '--model.class_weights {"defective":3}',
        "--data.augment trivial",
        "--data.augment none",
        "--data.normalize train",
    ],
)
def test_options_of_the_recipe_are_trained_tested_and_recorded(cell_folder, options):
    run = fit(cell_folder, f"--trainer.max_epochs 1 {options}")
    [(group, key, value)] = [(*option.split("."), value) for option, value in [options[2:].split()]]
    assert run.config()[group][key] == yaml.safe_load(value)
    assert main(["test", "--config", str(run.config_path)]) == 0
    logged = float(run.final_metrics()["best"]["val"]["accuracy"])
    assert logged == pytest.approx(run.metrics()[0]["val/accuracy"])


def test_early_stopping_ends_a_run_that_is_finished(cell_folder):
    options = "--trainer.callbacks+=EarlyStopping --trainer.callbacks.monitor=val/loss --trainer.callbacks.patience=1"
    run = fit(cell_folder, f"--trainer.max_epochs 50 --model.lr 0 {options}")
    assert 2 <= run.status().epochs < 50
    assert run.status().max_epochs == 50


def test_a_checkpoint_callback_is_added_to_ours_and_hinders_no_test(cell_folder):
    run = fit(cell_folder, "--trainer.max_epochs 1 --trainer.callbacks+=ModelCheckpoint")
    assert {"best.ckpt", "last.ckpt"} < {path.name for path in (run.path / "checkpoints").iterdir()}
    assert main(["test", "--config", str(run.config_path)]) == 0


def test_a_profile_is_shown(cell_folder, caplog):
    fit(cell_folder, "--trainer.max_epochs 1 --trainer.profiler simple")
    assert "Profiler Report" in caplog.text


def test_deterministic_algorithms_work(cell_folder):
    try:
        fit(cell_folder, "--trainer.max_epochs 1 --trainer.deterministic true")
    finally:
        torch.use_deterministic_algorithms(False)


def test_a_batch_larger_than_the_data_is_one_step(cell_folder):
    run = fit(cell_folder, "--trainer.max_epochs 1 --data.batch_size 100")
    assert column(run, "step") == [1]


@pytest.mark.parametrize(("depth", "code"), [(20, 0), (18, 2)])
def test_a_last_batch_of_one_image_works_or_is_refused(cell_folder, capsys, depth, code):
    """28 images in batches of 9: depth 20 ends in maps of 8 pixels a side, depth 18 in maps of one."""
    command = f"fit --config plain34.yaml --data.root {cell_folder} {TINY} --data.batch_size 9 --model.depth {depth}"
    assert main([*command.split(), "--trainer.max_epochs", "1"]) == code
    if code:
        assert (
            "A training batch has one image, and images this small leave BatchNorm nothing to average"
            in capsys.readouterr().err
        )
