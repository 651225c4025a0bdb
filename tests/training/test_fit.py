"""A run folder says what was run and how it went, whatever happened."""

import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from resnet_lab.allocator import preload_environment
from resnet_lab.data.folder import read_image_folder
from resnet_lab.diagnostics.callbacks import COLUMNS
from resnet_lab.runs import Run, find_runs

# In this process a warning is an error; what a user sees of warnings is tested with the console script.
pytestmark = pytest.mark.filterwarnings("default")
TINY = "--model.depth 20 --data.image_size 32 --data.batch_size 8 --data.num_workers 0"
SCALARS = {
    "train/accuracy",
    "train/loss",
    "train/objective",
    "val/accuracy",
    "val/loss",
    "lr",
    "time/images_per_second",
    "time/data_wait",
    "time/epoch_seconds",
}


def scalars(run: Run) -> dict[str, list[tuple[int, float]]]:
    events = EventAccumulator(str(run.path), size_guidance={"scalars": 0}).Reload()
    return {tag: [(e.step, e.value) for e in events.Scalars(tag)] for tag in events.Tags()["scalars"]}


def test_the_status_says_what_was_run(run, cell_folder):
    status = run.status()
    folder = read_image_folder(cell_folder)
    assert status.format == 1
    assert (status.status, status.epochs, status.seed) == ("finished", 2, 0)
    assert status.arm == {"plain34": "Plain-34", "resnet34": "ResNet-34"}[run.name]
    assert status.parameters == 21_111_874  # both arms
    assert status.fingerprint == folder.fingerprint
    assert status.split_sizes == {"train": 28, "val": 6, "test": 6}
    assert status.class_counts == {"train": (14, 14), "val": (3, 3), "test": (3, 3)}
    assert status.precision in ("bf16-mixed", "32-true")
    assert status.threads >= 1
    assert status.hardware.processor
    assert status.hardware.device
    assert {"torch", "lightning", "resnet-lab"} <= status.versions.keys()
    assert "git_commit" in run.status_content()
    assert run.status_content()["plan"] is None  # fitted by hand
    assert status.wall_seconds > 0
    assert status.images_per_second > 0
    assert 0 < status.data_wait < 1
    in_this_process = run.name == "plain34"  # which was started without an allocator of its own
    assert status.allocator == ("mimalloc" if preload_environment() and not in_this_process else "system")
    assert status.compiled is False
    assert status.peak_share == pytest.approx(status.images_per_second * status.gflops_per_image / status.peak_gflops)


def test_tensorboard_shows_the_rows_of_metrics_csv(run):
    rows, shown = run.metrics(), scalars(run)
    assert [row["epoch"] for row in rows] == [1, 2]
    diagnostics = {f"diagnostics/{column}" for column in COLUMNS}
    assert set(shown) - {"test/accuracy"} - diagnostics == SCALARS  # the same tags for both arms
    assert {tuple(step for step, _ in shown[tag]) for tag in diagnostics} == {(1, 2)}
    for tag in SCALARS:
        points = shown[tag]
        expected = [(int(row["epoch"]), row[tag]) for row in rows if tag in row]
        assert [step for step, _ in points] == [step for step, _ in expected]
        assert [value for _, value in points] == pytest.approx([value for _, value in expected], rel=1e-6)


def test_checkpoints_are_plain_and_self_describing(run, cell_folder):
    for which, path in run.checkpoints.items():
        checkpoint = torch.load(path, weights_only=True, map_location="cpu")
        assert checkpoint["epoch"] == {"last": run.status().epochs, "best": run.status().best_epoch}[which] - 1
        assert checkpoint["hyper_parameters"] == {
            "num_classes": 2,
            "depth": 34,
            "residual": run.name == "resnet34",
            "shortcut": "A",
            "lr": 3e-4,
            "weight_decay": 1e-4,
            "label_smoothing": 0.1,
            "warmup_epochs": 1,
            "class_weights": "none",
            "precise_bn": False,
            "shortcut_weight": 1.0,
            "shortcut_gradient": "both",
            "shortcut_span": 2,
            "init": "kaiming_normal",
            "norm_bias": 0.0,
            "zero_init_residual": False,
            "optimizer": "adamw",
            "momentum": 0.9,
            "nesterov": False,
            "decay_on": "all",
            "schedule": "cosine",
            "milestones": None,
        }
        assert checkpoint["ImageFolderDataModule"] == {
            "classes": ["defective", "functional"],
            "image_size": 64,
            "normalize": "imagenet",
            "background": "white",
            "value_range": None,
            "color": "as_stored",
            "short_side": None,
            "mean": [0.485, 0.456, 0.406],
            "std": [0.229, 0.224, 0.225],
            "fingerprint": read_image_folder(cell_folder).fingerprint,
        }


def test_best_is_the_best_epoch_and_scores_as_it_did(run):
    rows = run.metrics()
    best = max(rows, key=lambda row: (row["val/accuracy"], -row["val/loss"]))
    assert run.status().best_epoch == best["epoch"]
    final = run.final_metrics()
    for which, row in (("best", best), ("last", rows[-1])):
        assert final[which]["val"]["accuracy"] == pytest.approx(row["val/accuracy"], abs=1e-6)
        assert final[which]["val"]["loss"] == pytest.approx(row["val/loss"], abs=1e-6)
        assert final[which]["train"].keys() == {"accuracy", "loss"}


@pytest.mark.parametrize(
    ("name", "options", "epochs", "validated"),
    [
        ("second", "--trainer.max_epochs 2 --trainer.check_val_every_n_epoch 2", 2, [False, True]),
        ("never", "--trainer.max_epochs 1 --trainer.limit_val_batches 0", 1, [False]),
        ("steps", "--trainer.max_steps 2", 1, [False]),
    ],
)
def test_epochs_without_validation_are_survived(fit_tiny, name, options, epochs, validated):
    run = fit_tiny(name, options)
    assert run.status().epochs == run.status().best_epoch == epochs
    assert ["val/accuracy" in row for row in run.metrics()] == validated


def test_a_network_that_learned_nothing_is_told_first(folder, resnet_lab):
    """With learning rate zero, the network stays as it was drawn."""
    done = resnet_lab(f"fit --config plain34.yaml --name idle {TINY} --trainer.max_epochs 1 --model.lr 0")
    assert done.returncode == 0, done.stderr
    said = (
        "note    this network has learned nothing: on the {} split it is no better than always predicting defective "
        "(50.0%)"
    )
    lines = done.stdout.splitlines()
    [run] = [place for place, line in enumerate(lines) if line.startswith("done    in ")]
    assert lines[run - 1] == said.format("validation")
    for command, split in (("test", "test"), ("validate", "validation")):
        done = resnet_lab(f"{command} idle")
        assert done.stdout.splitlines()[1] == said.format(split)


def test_a_diverged_run_says_so_and_is_not_scored(folder, resnet_lab):
    done = resnet_lab(f"fit --config plain34.yaml --name wild {TINY} --trainer.max_epochs 1 --model.lr 1e30")
    assert done.returncode == 1
    assert "resnet-lab: error: Training diverged in step 2, batch 2 of epoch 1: the objective is nan" in done.stderr
    assert "Traceback" not in done.stderr
    status = find_runs(folder / "lightning_logs", "wild")[0].status()
    assert (status.status, status.epochs) == ("diverged", 0)
    assert status.error.startswith("RunError: Training diverged in step 2, batch 2 of epoch 1: the objective is nan at")
    assert resnet_lab(f"test --config plain34.yaml --name wild {TINY}").returncode == 2
