"""Arrangement of a study on the cores of one machine: many runs of one thread, or few runs of many threads.

    python benchmarks/jobs.py [--rounds 3] [--image_size 64]

runs both arms of the recipe for two epochs per arrangement, by ``resnet-lab study``, and writes
benchmarks/results/jobs.json and jobs.md. Each round measures all arrangements, in turn first and last, so a ratio
compares runs of one moment. Run it on a machine that has nothing else to do.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
OPTIONS = {"trainer.max_epochs": "2", "trainer.logger": "false", "data.num_workers": "0"}


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, help="measurements of each arrangement")
    parser.add_argument("--image_size", default="64", help="pixels")
    parser.add_argument("--output", type=Path, default=RESULTS, help="folder of the results")
    chosen = parser.parse_args()

    import torch

    from resnet_lab.hardware import describe_hardware
    from resnet_lab.provenance import describe_software, git_commit
    from resnet_lab.study.cores import physical_cores

    cores = physical_cores()
    options = {**OPTIONS, "data.image_size": chosen.image_size}
    measured: list[dict[str, Any]] = [
        {"jobs": jobs, "threads": cores // jobs, "seconds": [], "images_per_second": []}
        for jobs in range(1, cores + 1)
        if cores % jobs == 0
    ]
    seeds = -(-cores // 2)  # both arms of each: as many runs as cores, or one more
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        study(folder / "warm", 2, 1, 1, {**options, "trainer.max_epochs": "1"})  # fills the decoded cache
        for number in range(chosen.rounds):
            for row in measured if number % 2 == 0 else measured[::-1]:
                logs = folder / f"{number}-{row['jobs']}"
                row["seconds"].append(study(logs, row["jobs"], row["threads"], seeds, options))
                row["images_per_second"].append(row["jobs"] * mean_speed(logs))
    results: dict[str, Any] = {
        "command": f"python benchmarks/jobs.py --rounds {chosen.rounds} --image_size {chosen.image_size}",
        "options": options,
        "runs": 2 * seeds,
        "arrangements": measured,
        "hardware": describe_hardware(torch.device("cpu")),
        "versions": describe_software(),
        "git_commit": git_commit(),
    }
    chosen.output.mkdir(parents=True, exist_ok=True)
    (chosen.output / "jobs.json").write_text(json.dumps(results, indent=2) + "\n")
    (chosen.output / "jobs.md").write_text(page(results))
    print(page(results))


def study(logs: Path, jobs: int, threads: int, seeds: int, options: dict[str, str]) -> float:
    """Return the seconds that a study of both arms takes, from its command to its end."""
    words = ["residual.yaml", "--logs", str(logs), "--jobs", str(jobs), "--threads", str(threads)]
    words += ["--seeds", *map(str, range(seeds))]
    words += [word for key, value in options.items() for word in (f"--{key}", value)]
    begun = time.monotonic()
    subprocess.run([sys.executable, "-m", "resnet_lab", "study", *words], check=True, capture_output=True)
    return time.monotonic() - begun


def mean_speed(logs: Path) -> float:
    """Return the mean speed of the training loop over all runs, in images per second of one run."""
    return statistics.fmean(
        json.loads(path.read_text())["images_per_second"] for path in logs.glob("*/version_*/status.json")
    )


def page(results: dict[str, Any]) -> str:
    """Return the results as Markdown."""
    hardware, versions = results["hardware"], results["versions"]
    rows = results["arrangements"]
    lines = [
        "# Runs at a time on the cores of one machine",
        "",
        f"`{results['command']}`: {results['runs']} runs per arrangement and round, Plain-34 and ResNet-34, "
        f"{results['options']['trainer.max_epochs']} epochs, {results['options']['data.image_size']} pixels; "
        f"{hardware['cores']} cores of {hardware['processor']} ({', '.join(hardware['instructions'])}), "
        f"torch {versions['torch']}, commit {(results['git_commit'] or '?')[:9]}.",
        "",
        "Seconds are those of the whole study, start-up and test included. Images per second are those of the",
        "training loops of all runs at a time together. Median and range over rounds. Ratios are to the first",
        "arrangement, paired per round; above 1, the arrangement is faster.",
        "",
        "| runs at a time | threads per run | seconds | images per second | ratio by seconds | ratio by images |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        speed = [own / first for first, own in _paired(rows, row, "images_per_second")]
        seconds = [first / own for first, own in _paired(rows, row, "seconds")]
        cells = [
            f"{row['jobs']}",
            f"{row['threads']}",
            _median(row["seconds"], 0),
            _median(row["images_per_second"], 1),
        ]
        cells += ["1", "1"] if row is rows[0] else [_median(seconds, 2), _median(speed, 2)]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _paired(rows: list[dict[str, Any]], row: dict[str, Any], key: str) -> "zip[tuple[float, float]]":
    return zip(rows[0][key], row[key], strict=True)


def _median(values: list[float], decimals: int) -> str:
    low, middle, high = min(values), statistics.median(values), max(values)
    return f"{middle:.{decimals}f} ({low:.{decimals}f} to {high:.{decimals}f})"


if __name__ == "__main__":
    main()
