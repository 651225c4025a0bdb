"""Run folders as ``fit`` and ``test`` leave them, made up: only the files that a comparison reads."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from resnet_lab.comparison.pairing import pair
from resnet_lab.comparison.results import Results, gather
from resnet_lab.runs import Run, claim_run, write_csv, write_json, write_text

CLASSES = ("cracked", "good", "worn")
EPOCHS = 6


def config(residual: bool, seed: int, changes: dict[str, Any]) -> dict[str, Any]:
    """Return a resolved config; ``changes`` by dotted key, ``None`` takes a key out."""
    made: dict[str, Any] = {
        "seed_everything": seed,
        "name": "any",
        "model": {"depth": 34, "residual": residual, "shortcut": "A", "lr": 3e-4, "weight_decay": 1e-4},
        "data": {"root": "photographs", "batch_size": 32, "image_size": 224, "num_workers": 2},
        "trainer": {"max_epochs": EPOCHS, "precision": "32-true", "gradient_clip_val": None},
    }
    made["model"] |= {"label_smoothing": 0.1, "warmup_epochs": 1}
    for key, value in changes.items():
        group, _, name = key.partition(".")
        if value is None:
            del made[group][name]
        else:
            made[group][name] = value
    return made


def predictions(labels: Sequence[int], right: Sequence[bool], classes: Sequence[str]) -> list[dict[str, object]]:
    """Return rows of predictions.csv for both checkpoints; a wrong one is taken for the next class."""
    rows: list[dict[str, object]] = []
    for checkpoint in ("best", "last"):
        for place, (label, is_right) in enumerate(zip(labels, right, strict=True)):
            guess = label if is_right else (label + 1) % len(classes)
            sure = 0.5 + 0.49 * (place % 10) / 10
            rest = (1 - sure) / (len(classes) - 1)
            rows.append(
                {
                    "checkpoint": checkpoint,
                    "path": f"{classes[label]}/{place:03}.png",
                    "label": classes[label],
                    "predicted": classes[guess],
                    **{f"probability_{name}": sure if k == guess else rest for k, name in enumerate(classes)},
                }
            )
    return rows


def scores(labels: Sequence[int], right: Sequence[bool], classes: Sequence[str]) -> dict[str, Any]:
    """Return what metrics.json says of these predictions; a count and not the package's own code."""
    confusion = np.zeros((len(classes), len(classes)), int)
    for label, is_right in zip(labels, right, strict=True):
        confusion[label, label if is_right else (label + 1) % len(classes)] += 1
    true, predicted, hit = confusion.sum(1), confusion.sum(0), confusion.diagonal()
    recall = [h / n if n else None for h, n in zip(hit, true, strict=True)]
    return {
        "n": len(labels),
        "accuracy": float(np.mean(right)),
        "loss": 1.5 - float(np.mean(right)),
        "balanced_accuracy": float(np.mean([r for r in recall if r is not None])),
        "calibration_error": 0.05,
        "per_class": {
            name: {
                "precision": float(hit[k] / predicted[k]) if predicted[k] else 0.0,
                "recall": None if recall[k] is None else float(recall[k]),
                "f1": float(2 * hit[k] / (true[k] + predicted[k])) if true[k] + predicted[k] else 0.0,
                "n": int(true[k]),
            }
            for k, name in enumerate(classes)
        },
        "confusion_matrix": confusion.tolist(),
    }


LAYERS = ("conv1", *(f"layer{k}.0.conv{j}" for k in (1, 2, 3, 4) for j in (1, 2)), "fc")
STEPS = (9, 18, 27, 36, 45, 54)


def write_inspection(run: Run, *, lost: float = 0.4, sample: str = "0" * 64) -> None:
    """Write what ``resnet-lab inspect`` leaves in a run folder: gradients lose ``lost`` decades in all.

    At initialisation they lose half of it. Numbers hang on arm and seed, give or take a little.
    """
    status = run.status()
    draw = np.random.default_rng([status["seed"], status["arm"].startswith("ResNet")])
    depth = np.linspace(-1, 0, len(LAYERS))
    gradients, responses = [], []
    for checkpoint, share in (("initial", 0.5), ("best", 1.0)):
        for position, layer in enumerate(LAYERS, start=1):
            head = {"checkpoint": checkpoint, "layer": layer, "position": position}
            gradients.append(head | {"norm": 10 ** (share * lost * depth[position - 1] + 0.02 * draw.normal())})
            if layer != "fc":
                responses.append(head | {"std": 1 / position + 0.01 * draw.random()})
    lesion = [
        {
            **{
                "checkpoint": "best",
                "removed": k,
                "blocks": " ".join(f"layer1.{i}" for i in range(d, d + k)),
                "draw": d,
            },
            **{"accuracy": 0.8 - 0.1 * k + 0.01 * d, "n": 60, "shape_changing": 0},
        }
        for k in range(4)
        for d in ((1, 2) if k else (1,))
    ]
    for name, rows in (("gradients", gradients), ("responses", responses), ("lesion", lesion)):
        write_csv(run.path / "inspect" / f"{name}.csv", rows[0].keys(), rows)
    facts = {"sample": {"split": "test", "n": 60, "contents_sha256": sample}}
    measurements = dict.fromkeys(("gradients", "responses", "lesion"), facts)
    write_json(run.path / "inspect" / "inspect.json", {"format": 1, "measurements": measurements})


def write_diagnostics(run: Run) -> None:
    """Write what a run measures of itself while it trains."""
    draw = np.random.default_rng([run.status()["seed"], run.status()["arm"].startswith("ResNet")])
    rows: list[dict[str, object]] = []
    for epoch, step in enumerate(STEPS, start=1):
        for layer in (*LAYERS, "all"):
            rows.append(
                {
                    "epoch": epoch,
                    "step": step,
                    "layer": layer,
                    "gradient_norm": (3.0 if layer == "all" else 1.0) / epoch + 0.1 * draw.random(),
                    "update_ratio": 1e-3,
                    "response_std": "" if layer in ("all", "fc") else 1.0,
                    "dead_relus": "" if layer == "fc" else 0.01 * epoch + 0.005 * draw.random(),
                }
            )
    write_csv(run.path / "diagnostics.csv", rows[0].keys(), rows)


MakeRun = Callable[..., Run]


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    return tmp_path / "lightning_logs"


@pytest.fixture
def make_run(logs: Path) -> MakeRun:
    """Return what makes a finished and tested run of an arm and seed in ``logs``.

    Its accuracy is ``accuracy`` give or take a spread that hangs on arm and seed alone. ``changes`` go into the config,
    ``status`` into status.json.
    """

    def make(
        residual: bool,
        seed: int = 0,
        accuracy: float = 0.7,
        changes: dict[str, Any] | None = None,
        status: dict[str, Any] | None = None,
        name: str = "",
        classes: Sequence[str] = CLASSES,
        labels: Sequence[int] = tuple(k % 3 for k in range(60)),
        train_accuracy: float | None = None,
    ) -> Run:
        made = config(residual, seed, changes or {})
        depth, epochs = made["model"]["depth"], made["trainer"]["max_epochs"]
        arm = f"{'ResNet' if residual else 'Plain'}-{depth}"
        run = claim_run(logs, name or arm.lower().replace("-", ""))
        draw = np.random.default_rng([seed, residual, depth])
        right = (draw.permutation(len(labels)) < accuracy * len(labels) + draw.integers(-2, 3)).tolist()
        write_text(run.config_path, yaml.safe_dump({**made, "name": run.name}, sort_keys=False))
        run.update_status(
            {
                "status": "finished",
                "started": f"2026-11-24T10:00:{run.version:02}+00:00",
                "name": run.name,
                "arm": arm,
                "parameters": 21_111_874,
                "seed": seed,
                "root": made["data"]["root"],
                "classes": list(classes),
                "split_sizes": {"train": 280, "val": 60, "test": len(labels)},
                "fingerprint": "f00dcafe" * 8,
                "max_epochs": epochs,
                "epochs": epochs,
                "best_epoch": epochs - 1,
                "precision": made["trainer"]["precision"],
                "threads": 2,
                "workers": 2,
                "hardware": {"device": "cpu", "processor": "A Processor", "instructions": ["avx2"], "cores": 2},
                "versions": {"python": "3.11.7", "resnet-lab": "0.1.0", "torch": "2.14.1"},
                "git_commit": "0123456789abcdef0123456789abcdef01234567",
                "images_per_second": 40.0,
                "wall_seconds": 550.0,
                **(status or {}),
            }
        )
        level = float(np.mean(right))
        curve = [level * (1 - 0.5 / epoch) + 0.01 * draw.normal() for epoch in range(1, epochs + 1)]
        rows = [
            {
                "epoch": epoch,
                "step": 9 * epoch,
                "train/accuracy": value + 0.02,
                "train/loss": 1.4 - value,
                "train/objective": 1.5 - value,
                "val/accuracy": value,
                "val/loss": 1.5 - value,
            }
            for epoch, value in enumerate(curve, start=1)
        ]
        write_csv(run.metrics_path, rows[0].keys(), rows)
        trained = level + 0.03 if train_accuracy is None else train_accuracy
        split = {"train": {"accuracy": trained, "loss": 0.4}, "val": {"accuracy": level, "loss": 0.5}}
        write_json(run.path / "final" / "metrics.json", {"last": split, "best": split})
        tested = scores(labels, right, classes)
        head = {"headline": "best", "fingerprint": "f00dcafe" * 8}
        write_json(run.path / "test" / "metrics.json", {**head, "best": tested, "last": tested})
        table = predictions(labels, right, classes)
        write_csv(run.path / "test" / "predictions.csv", table[0].keys(), table)
        return run

    return make


@pytest.fixture
def inspect() -> Callable[..., None]:
    """Return what inspects a run."""
    return write_inspection


@pytest.fixture
def diagnose() -> Callable[[Run], None]:
    """Return what measures a run while it trains."""
    return write_diagnostics


Compare = Callable[..., Results]


@pytest.fixture
def compare() -> Compare:
    """Return what compares runs."""

    def compared(runs: Sequence[Run], factor: str = "model.residual", *, force: bool = False) -> Results:
        return gather(pair(runs, factor), (), force=force)

    return compared


@pytest.fixture
def three_seeds(make_run: MakeRun, compare: Compare) -> Results:
    """Three pairs, the residual arm far ahead."""
    return compare([make_run(residual, seed, 0.6 + 0.2 * residual) for seed in range(3) for residual in (False, True)])


@pytest.fixture
def one_seed(make_run: MakeRun, compare: Compare) -> Results:
    """One pair."""
    return compare([make_run(False), make_run(True)])


@pytest.fixture
def inspected(make_run: MakeRun, compare: Compare) -> Results:
    """Three pairs, measured inside: the gradients of the plain arm lose 0.4 decades, those of the residual arm 0.1."""
    runs = [make_run(residual, seed, 0.6 + 0.2 * residual) for seed in range(3) for residual in (False, True)]
    for run in runs:
        write_inspection(run, lost=0.1 if run.status()["arm"].startswith("ResNet") else 0.4)
        write_diagnostics(run)
    return compare(runs)


PLAIN_ERRORS = {20: 0.19, 32: 0.2, 56: 0.22, 110: 0.306}
RESIDUAL_ERRORS = {20: 0.18, 32: 0.18, 56: 0.18, 110: 0.177}


@pytest.fixture
def depth_study(make_run: MakeRun, compare: Compare) -> Results:
    """Four depths, three pairs each: the plain arm degrades by 11.6 points, give or take two, the residual arm not."""
    runs = []
    for residual, errors in ((False, PLAIN_ERRORS), (True, RESIDUAL_ERRORS)):
        for depth, error in errors.items():
            for seed in range(3):
                train_accuracy = 1 - error + 0.01 * ((seed * (1 + residual) + depth // 20) % 3 - 1)
                changes = {"model.depth": depth}
                runs.append(make_run(residual, seed, 0.95 - error, changes, train_accuracy=train_accuracy))
    return compare(runs)


@pytest.fixture
def two_depths(make_run: MakeRun, compare: Compare) -> Results:
    """Two depths, three pairs each."""
    runs = [
        make_run(residual, seed, changes={"model.depth": depth})
        for depth in (34, 18)
        for seed in range(3)
        for residual in (False, True)
    ]
    return compare(runs)
