"""Arrangement of a study on the cores of one machine: many runs of one thread, or few runs of many threads.

    python benchmarks/jobs.py [--rounds 5]

runs both arms of the recipe for one epoch per arrangement, by ``resnet-lab study``, and writes
benchmarks/results/jobs.json and jobs.md. Each round measures all arrangements, in turn first and last, so a ratio
compares runs of one moment. It takes about 10 minutes on two cores that have nothing else to do.
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
OPTIONS = {"data.image_size": "128", "trainer.max_epochs": "1", "trainer.logger": "false", "data.num_workers": "0"}


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="measurements of each arrangement")
    parser.add_argument("--image_size", default=OPTIONS["data.image_size"], help="pixels")
    parser.add_argument("--root", default="builtin:elpv", help="photographs")
    parser.add_argument("--output", type=Path, default=RESULTS, help="folder of the results")
    chosen = parser.parse_args()

    import torch

    from resnet_lab.hardware import describe_hardware
    from resnet_lab.provenance import describe_software, git_commit
    from resnet_lab.study.cores import physical_cores

    cores = physical_cores()
    options = {**OPTIONS, "data.image_size": chosen.image_size, "data.root": chosen.root}
    arrangements = [(jobs, cores // jobs) for jobs in range(1, cores + 1) if cores % jobs == 0]
    runs = 2 * cores  # a number that every arrangement can divide evenly among its jobs
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        study(folder / "warm", 1, cores, 1, options)  # fills the decoded cache
        seconds: dict[tuple[int, int], list[float]] = {arrangement: [] for arrangement in arrangements}
        for number in range(chosen.rounds):
            order = arrangements if number % 2 == 0 else arrangements[::-1]
            for jobs, threads in order:
                logs = folder / f"{number}-{jobs}"
                seconds[jobs, threads].append(study(logs, jobs, threads, runs // 2, options))
    results: dict[str, Any] = {
        "command": f"python benchmarks/jobs.py --rounds {chosen.rounds} --image_size {chosen.image_size}",
        "options": options,
        "runs": runs,
        "arrangements": [
            {"jobs": jobs, "threads": threads, "seconds": taken} for (jobs, threads), taken in seconds.items()
        ],
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


def page(results: dict[str, Any]) -> str:
    """Return the results as Markdown."""
    hardware, versions = results["hardware"], results["versions"]
    rows = results["arrangements"]
    base = rows[0]["seconds"]
    lines = [
        "# Runs at a time on the cores of one machine",
        "",
        f"`{results['command']}`: {results['runs']} runs per arrangement, Plain-34 and ResNet-34, one epoch, "
        f"{results['options']['data.image_size']} pixels; {hardware['cores']} cores of {hardware['processor']} "
        f"({', '.join(hardware['instructions'])}), torch {versions['torch']}, commit "
        f"{(results['git_commit'] or '?')[:9]}.",
        "",
        "Seconds of the whole study, start-up and test included: median and range over rounds. The ratio is the time",
        "of the first arrangement divided by that of this one, paired per round; above 1, this one is faster.",
        "",
        "| runs at a time | threads per run | seconds | ratio |",
        "| --- | --- | --- | --- |",
    ]
    for row in rows:
        ratios = [first / own for first, own in zip(base, row["seconds"], strict=True)]
        lines.append(
            f"| {row['jobs']} | {row['threads']} | {_median(row['seconds'], 0)} | "
            f"{'1' if row is rows[0] else _median(ratios, 2)} |"
        )
    return "\n".join(lines) + "\n"


def _median(values: list[float], decimals: int) -> str:
    low, middle, high = min(values), statistics.median(values), max(values)
    return f"{middle:.{decimals}f} ({low:.{decimals}f} to {high:.{decimals}f})"


if __name__ == "__main__":
    main()
