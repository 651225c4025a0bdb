"""Reference runs trained again by their own configs: are the numbers the same, and if not, by how much?

    python benchmarks/reproduction.py [--runs FOLDER]

trains plain and residual nets of the depth study (64 pixels) and of the full recipe (224 pixels) anew, with as many
threads as then, tests them, and compares metrics.csv (`time/*` apart) and the scores of the test split. Writes
benchmarks/results/reproduction.json and reproduction.md. Runs that are finished are not made again, one that broke off
goes on. An hour on 2 cores.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from resnet_lab.runs import Run, find_runs

RESULTS = Path(__file__).parent / "results"
ROOT = Path(__file__).parents[1]
REFERENCES = {
    **dict.fromkeys(("plain20", "resnet20"), ROOT / "docs" / "reports" / "depth" / "runs"),
    **dict.fromkeys(("plain34", "resnet34"), ROOT / "lightning_logs" / "reference"),
}
"""Names of the runs that are trained again, and the folder of each."""
SHOWN = ("train/objective", "val/loss", "val/accuracy")


def main() -> None:
    """Train what is missing, test it, compare, write, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=Path, default=Path("build/reproduction"), help="folder of the runs")
    folder = parser.parse_args().runs
    results = {"command": "python benchmarks/reproduction.py", "runs": {}}
    for name, logs in REFERENCES.items():
        reference = find_runs(logs, name)[0]
        results["runs"][name] = compare(reference, trained_again(reference, folder))
    (RESULTS / "reproduction.json").write_text(json.dumps(results, indent=2) + "\n")
    (RESULTS / "reproduction.md").write_text(report(results))
    print(report(results))


def trained_again(reference: Run, folder: Path) -> Run:
    """Return the tested run that a reference run's config gives; make it first if it is not there."""
    environment = {**os.environ, "OMP_NUM_THREADS": str(reference.status().threads)}

    def resnet_lab(*words: str | Path) -> None:
        subprocess.run([sys.executable, "-m", "resnet_lab", *words], check=True, env=environment)

    resnet_lab("fit", "--config", reference.config_path, "--logs", folder, "--resume", "auto")
    again = find_runs(folder, reference.name)[-1]
    if not (again.path / "test" / "metrics.json").exists():
        resnet_lab("test", "--config", again.config_path)
    return again


def compare(then: Run, now: Run) -> dict[str, Any]:
    """Return in what two runs of one config differ: what they were made on, and what came out.

    ``metrics`` has, for each column of metrics.csv, the largest absolute difference over epochs;
    ``first_epoch`` the difference after the first epoch alone.
    """
    before, after = then.metrics(), now.metrics()
    assert [row["epoch"] for row in before] == [row["epoch"] for row in after]
    columns = [name for name in before[0] if not name.startswith("time/")]
    differences = {name: [abs(b[name] - a[name]) for b, a in zip(before, after, strict=True)] for name in columns}
    return {
        "reference": f"{then.name}/{then.path.name}",
        "epochs": len(before),
        "conditions": {key: [conditions(then)[key], conditions(now)[key]] for key in conditions(now)},
        "metrics": {name: max(each) for name, each in differences.items()},
        "first_epoch": {name: each[0] for name, each in differences.items()},
        "test_accuracy": [run.test_metrics()["last"]["accuracy"] for run in (then, now)],
        "test_images": now.status().split_sizes["test"],
        "best_epoch": [run.status().best_epoch for run in (then, now)],
    }


def conditions(run: Run) -> dict[str, str]:
    """Return what a run was made on and by."""
    status = run.status()
    hardware, versions = status.hardware, status.versions
    return {
        "processor": f"{hardware.processor} ({', '.join(hardware.instructions)})",
        "threads": str(status.threads),
        "precision": status.precision,
        "torch": versions["torch"],
        "torchvision": versions["torchvision"],
        "python": versions["python"],
        "commit": (status.git_commit or "?")[:12],
    }


def report(results: dict[str, Any]) -> str:
    """Return the results as Markdown."""
    lines = [
        "# Reference runs, trained again",
        "",
        f"`{results['command']}`: each run once more, by its own config and with as many threads. metrics.csv",
        "without `time/*`; differences are absolute, the largest over epochs, in brackets the first epoch's. Test",
        "accuracy is of the last checkpoint, the reference first. One run each: these runs, and no spread.",
        "",
        f"| run | metrics.csv | {' | '.join(f'`{name}`' for name in SHOWN)} | test accuracy |",
        f"| --- | --- |{' --- |' * (len(SHOWN) + 1)}",
    ]
    for run in results["runs"].values():
        metrics, first, (then, now) = run["metrics"], run["first_epoch"], run["test_accuracy"]
        differ = sum(value != 0 for value in metrics.values())
        equal = f"{differ} of {len(metrics)} columns differ" if differ else "equal"
        shown = " | ".join(f"{metrics[name]:.2g} ({first[name]:.2g})" for name in SHOWN)
        images = round((now - then) * run["test_images"])
        lines.append(
            f"| {run['reference']} | {equal} | {shown} | {then:.4f}, {now:.4f} ({images:+d} of {run['test_images']}) |"
        )
    lines += ["", "## Made on", "", "| run | | reference | again |", "| --- | --- | --- | --- |"]
    for run in results["runs"].values():
        for key, (then, now) in run["conditions"].items():
            lines.append(f"| {run['reference']} | {key} | {then} | {'the same' if then == now else f'**{now}**'} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
