"""Write the README's table, sentences and picture from the reference runs.

    python benchmarks/reference_runs.py

reads ``lightning_logs/reference/{plain34,resnet34}/version_0`` and rewrites what stands between the markers in
README.md, and docs/reference-curves.png. Run it again after the reference runs were made again.
"""

import textwrap
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.ticker import MaxNLocator
from scipy.stats import binomtest

from resnet_lab.runs import Run

ROOT = Path(__file__).parents[1]
BEGIN, END = "<!-- from lightning_logs/reference by benchmarks/reference_runs.py -->", "<!-- end -->"
COLOURS = {"Plain-34": "#b45309", "ResNet-34": "#1d4ed8"}


def reference_runs() -> list[Run]:
    """Return the two runs, the control first."""
    return [Run(ROOT / "lightning_logs" / "reference" / name / "version_0") for name in ("plain34", "resnet34")]


def table(runs: list[Run]) -> str:
    """The report's table: both arms at the last epoch."""
    lines = [
        "| Model | Train accuracy | Validation accuracy | Train loss | Validation loss |",
        "| --- | --- | --- | --- | --- |",
    ]
    tags = ("train/accuracy", "val/accuracy", "train/loss", "val/loss")
    for run in runs:
        cells = [f"{run.metrics()[-1][tag]:.4f}" for tag in tags]
        lines.append(f"| **{run.status()['arm']}** | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def evaluation_table(runs: list[Run]) -> str:
    """Last and best checkpoint: train scored with the evaluation transform, and the held-out split."""
    lines = [
        "| Model, checkpoint | Train accuracy | Train loss | Test accuracy (95% interval) | Test loss |",
        "| --- | --- | --- | --- | --- |",
    ]
    for run in runs:
        epochs = {"last": run.status()["epochs"], "best": run.status()["best_epoch"]}
        for which in ("last", "best"):
            train, test = run.final_metrics()[which]["train"], run.test_metrics()[which]
            low, high = wilson(test["accuracy"], test["n"])
            lines.append(
                f"| {run.status()['arm']}, {which} (epoch {epochs[which]}) | {train['accuracy']:.4f} | "
                f"{train['loss']:.4f} | {test['accuracy']:.4f} ({low:.3f} to {high:.3f}) | {test['loss']:.4f} |"
            )
    return "\n".join(lines)


def wilson(accuracy: float, n: int) -> tuple[float, float]:
    """Wilson's 95% interval of a proportion (Wilson 1927)."""
    interval = binomtest(round(accuracy * n), n).proportion_ci(method="wilson")
    return interval.low, interval.high


def setting(runs: list[Run]) -> str:
    """Say what the runs took and on what."""
    first = runs[0].status()
    sizes, versions = first["split_sizes"], first["versions"]
    minutes = " and ".join(f"{run.status()['wall_seconds'] / 60:.1f}" for run in runs)
    speed = " and ".join(f"{run.status()['images_per_second']:.0f}" for run in runs)
    instructions = ", ".join(name.upper().replace("_", "-") for name in first["hardware"]["instructions"])
    return (
        f"Train figures are measured while training, on augmented crops. One seed ({first['seed']}) an arm; "
        f"{sizes['train']:,} photographs to train on, {sizes['val']} to validate, "
        f"{sizes['test']} held out; losses are plain cross-entropy in nats. Both arms have {first['parameters']:,} "
        f"parameters, the same initial weights and the same batches. They took {minutes} minutes at {speed} images a "
        f"second in the training loop, on {first['hardware']['cores']} cores of an {first['hardware']['processor']} "
        f"({instructions}), {first['precision']}, torch {versions['torch']}, torchvision {versions['torchvision']}, "
        f"lightning {versions['lightning']}, Python {versions['python']}."
    )


def verdict(runs: list[Run]) -> str:
    """Say what two runs on so many test images can show, and what they cannot."""
    plain, residual = (right(run) for run in runs)
    n = len(plain | residual)
    only_plain = sum(plain[path] and not residual[path] for path in plain)
    only_residual = sum(residual[path] and not plain[path] for path in plain)
    difference = only_residual - only_plain
    p = binomtest(only_plain, only_plain + only_residual).pvalue
    return (
        f"**What this shows.** Of {n} held-out photographs these two nets (best checkpoints) disagree about "
        f"{only_plain + only_residual}: ResNet-34 alone is right on {only_residual}, Plain-34 alone on {only_plain}, a "
        f"difference of {difference} photographs or {100 * difference / n:.1f} points (exact McNemar p = {p:.2f}, "
        "about these two trained nets only). **What it does not show.** One seed an arm says nothing about the spread "
        "over seeds, so this is no finding about the residual connection, in either direction: with other initial "
        "weights the difference could be larger, gone or reversed. It takes several seeds an arm, compared by seed. "
        "Nor does it say anything of other data, longer training or greater depth, and it does not say why."
    )


def right(run: Run) -> dict[str, bool]:
    """Return whether the best checkpoint classified each held-out image right, by its path."""
    return {row["path"]: row["label"] == row["predicted"] for row in run.test_predictions("best")}


def curves(runs: list[Run], path: Path) -> None:
    """Draw accuracy and loss by epoch, train dashed and validation solid."""
    plt.rcParams.update({"font.size": 10, "axes.spines.top": False, "axes.spines.right": False})
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
    for axis, figure_name, label in zip(axes, ("accuracy", "loss"), ("accuracy (top-1)", "loss (nats)"), strict=True):
        for run in runs:
            arm, rows = run.status()["arm"], run.metrics()
            epochs = [row["epoch"] for row in rows]
            for split, style, width in (("train", "--", 1.2), ("val", "-", 2.0)):
                values = [row[f"{split}/{figure_name}"] for row in rows]
                axis.plot(epochs, values, style, lw=width, color=COLOURS[arm], label=f"{arm}, {split}")
        axis.set(xlabel="epoch", ylabel=label)
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
        axis.grid(axis="y", color="#e5e7eb", lw=0.8)
        axis.set_axisbelow(True)
    axes[0].legend(frameon=False, loc="lower right")
    figure.savefig(path, dpi=160, metadata={"Software": None})


def main() -> None:
    """Rewrite the README's generated part and the picture."""
    runs = reference_runs()
    curves(runs, ROOT / "docs" / "reference-curves.png")
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    before, after = text[: text.index(BEGIN)], text[text.index(END) :]
    readme.write_text(f"{before}{BEGIN}\n\n{generated(runs)}\n\n{after}", encoding="utf-8")


def generated(runs: list[Run]) -> str:
    """Return what stands between the markers."""
    picture = "![Accuracy and loss by epoch, both arms](docs/reference-curves.png)"
    took, shows = (textwrap.fill(text, 120) for text in (setting(runs), verdict(runs)))
    again = "Scored once more without augmentation, and on the held-out split:"
    return "\n\n".join((table(runs), picture, took, again, evaluation_table(runs), shows))


if __name__ == "__main__":
    main()
