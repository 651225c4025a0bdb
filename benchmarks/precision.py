"""Whether bf16 changes what the comparison of the arms says: both arms, seeds and precisions, paired.

    python benchmarks/precision.py [--runs FOLDER]

trains Plain-34 and ResNet-34 from seeds 0, 1 and 2 in bf16-mixed and in fp32 on a short schedule, 12 runs, tests each,
and writes benchmarks/results/precision.json and precision.md. Runs that are finished are not made again, so it can be
stopped and started anew. Of one arm and seed the two precisions share weights and batches, so their difference is
paired; so is the difference between the arms, within a precision.
"""

import argparse
import json
import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from resnet_lab.runs import Run, find_runs

RESULTS = Path(__file__).parent / "results"
ARMS = {"plain34": "Plain-34", "resnet34": "ResNet-34"}
PRECISIONS = {"bf16": "bf16-mixed", "fp32": "32-true"}
SEEDS = (0, 1, 2)
OPTIONS = {"trainer.max_epochs": "5", "data.image_size": "64"}
MEASURES: dict[str, Callable[[Run], float]] = {
    "test accuracy, last": lambda run: run.test_metrics()["last"]["accuracy"],
    "test loss, last": lambda run: run.test_metrics()["last"]["loss"],
    "val accuracy, last": lambda run: run.final_metrics()["last"]["val"]["accuracy"],
    "train accuracy, last": lambda run: run.final_metrics()["last"]["train"]["accuracy"],
    "train loss, last": lambda run: run.final_metrics()["last"]["train"]["loss"],
}


def main() -> None:
    """Train what is missing, test it, compare, write, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=Path, default=Path("build/precision"), help="folder of the runs")
    folder = parser.parse_args().runs
    runs = {
        (arm, short, seed): finished_run(folder, arm, short, seed)
        for seed in SEEDS
        for arm in ARMS
        for short in PRECISIONS
    }
    results = compare(runs)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "precision.json").write_text(json.dumps(results, indent=2) + "\n")
    (RESULTS / "precision.md").write_text(report(results))
    print(report(results))


def finished_run(folder: Path, arm: str, short: str, seed: int) -> Run:
    """Return the tested run of a cell and seed; make it first if it is not there."""
    name = f"{arm}-{short}-seed{seed}"
    words = [f"--{key}={value}" for key, value in OPTIONS.items()]
    words += ["--name", name, "--seed_everything", str(seed), f"--trainer.precision={PRECISIONS[short]}"]
    words += [f"--trainer.default_root_dir={folder}"]
    command = [sys.executable, "-m", "resnet_lab"]
    finished = [run for run in find_runs(folder / "lightning_logs", name) if run.status().status == "finished"]
    if not finished:
        subprocess.run([*command, "fit", "--config", f"{arm}.yaml", *words], check=True)
        finished = find_runs(folder / "lightning_logs", name)
    if not (finished[-1].path / "test" / "metrics.json").exists():
        subprocess.run([*command, "test", "--config", f"{arm}.yaml", *words], check=True)
    return finished[-1]


def compare(runs: dict[tuple[str, str, int], Run]) -> dict[str, Any]:
    """Return every run's figures, and the paired differences with their 95% intervals."""
    values = {
        measure: {
            arm: {short: [read(runs[arm, short, seed]) for seed in SEEDS] for short in PRECISIONS} for arm in ARMS
        }
        for measure, read in MEASURES.items()
    }
    differences = {}
    for measure, by_arm in values.items():
        bf16, fp32 = ({arm: np.array(by_arm[arm][short]) for arm in ARMS} for short in ("bf16", "fp32"))
        rows = {f"bf16 - fp32, {label}": bf16[arm] - fp32[arm] for arm, label in ARMS.items()}
        rows["ResNet - Plain, bf16"] = bf16["resnet34"] - bf16["plain34"]
        rows["ResNet - Plain, fp32"] = fp32["resnet34"] - fp32["plain34"]
        rows["the one less the other"] = rows["ResNet - Plain, bf16"] - rows["ResNet - Plain, fp32"]
        differences[measure] = {name: paired(row) for name, row in rows.items()}
    some = runs["plain34", "bf16", 0].status_content()
    kept = ("hardware", "versions", "threads", "workers", "split_sizes", "fingerprint", "git_commit")
    return {
        "command": "python benchmarks/precision.py",
        "seeds": list(SEEDS),
        "options": OPTIONS,
        "values": values,
        "differences": differences,
        **{key: some[key] for key in kept},
    }


def paired(differences: np.ndarray) -> dict[str, Any]:
    """Return the mean of paired differences and its 95% t interval (two-sided, n - 1 degrees of freedom)."""
    n = len(differences)
    half = stats.t.ppf(0.975, n - 1) * differences.std(ddof=1) / math.sqrt(n)
    mean = differences.mean()
    return {"each": differences.tolist(), "mean": mean, "low": mean - half, "high": mean + half}


def report(results: dict[str, Any]) -> str:
    """Return the results as Markdown."""
    hardware, versions = results["hardware"], results["versions"]
    lines = [
        "# bf16 against fp32",
        "",
        f"`{results['command']}`: seeds {', '.join(map(str, results['seeds']))}, "
        + ", ".join(f"{key} {value}" for key, value in results["options"].items())
        + f", `builtin:elpv` ({'/'.join(map(str, results['split_sizes'].values()))} images); "
        f"{hardware['cores']} cores of {hardware['processor']} ({', '.join(hardware['instructions'])}), "
        f"torch {versions['torch']}, lightning {versions['lightning']}, commit {(results['git_commit'] or '?')[:9]}.",
        "",
        "Mean of the paired differences over seeds, with its 95% t interval, and each seed's difference. An interval",
        "from three seeds is wide; one that holds zero shows no difference, and does not show that there is none.",
    ]
    for measure, rows in results["differences"].items():
        lines += ["", f"## {measure[0].upper()}{measure[1:]}", "", "| difference | mean | 95% interval | by seed |"]
        lines += ["| --- | --- | --- | --- |"]
        for name, row in rows.items():
            each = ", ".join(f"{value:+.4f}" for value in row["each"])
            lines.append(f"| {name} | {row['mean']:+.4f} | {row['low']:+.4f} to {row['high']:+.4f} | {each} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
