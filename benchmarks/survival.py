"""Runs killed at random moments and resumed, against the same runs left alone: is anything different?

    python benchmarks/survival.py [--kills 100] [--jobs 2]

trains small real nets through the command line, kills each fit with SIGKILL at a random moment, resumes it with
`fit --resume auto`, kills that too, and so on until it is finished; then compares weights, optimizer and schedule,
`metrics.csv`, `diagnostics.csv` and TensorBoard's scalars, bit for bit and `time/*` apart, with a run that nobody
killed. Writes
benchmarks/results/survival.json and survival.md. 100 kills take half an hour on 2 cores.
"""

import argparse
import itertools
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
RESULTS = HERE / "results"
VARIANTS: dict[str, list[str]] = {
    "ResNet-18, bf16, 2 workers": ["--config", "resnet34.yaml", "--model.depth", "18"],
    "Plain-20, fp32, no workers": [
        *("--config", "plain34.yaml", "--model.depth", "20"),
        *("--trainer.precision", "32-true", "--data.num_workers", "0", "--data.cache", "off"),
    ],
    "ResNet-20, bf16, gradients of 2 batches, clipped": [
        *("--config", "resnet34.yaml", "--model.depth", "20"),
        *("--trainer.accumulate_grad_batches", "2", "--trainer.gradient_clip_val", "1.0"),
    ],
}
COMMON = [
    *("--data.image_size", "32", "--data.batch_size", "8", "--trainer.max_epochs", "4"),
    *(
        "--checkpoint.every_n_steps",
        "3",
        "--diagnostics.every_n_steps",
        "4",
        "--trainer.callbacks+=survival_probe.Phase",
    ),
]
IMAGES = 80
"""Photographs of each class."""


def main() -> None:
    """Kill, resume, compare, write, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--jobs", type=int, default=2, help="runs at a time, a thread each")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    parser.add_argument("--variants", type=int, default=len(VARIANTS), help="how many of them")
    parser.add_argument("--output", type=Path, default=RESULTS)
    options = parser.parse_args()
    start = time.time()
    with tempfile.TemporaryDirectory() as folder:
        results = survive(Path(folder), options)
    results["minutes"] = round((time.time() - start) / 60, 1)
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / "survival.json").write_text(json.dumps(results, indent=2) + "\n")
    (options.output / "survival.md").write_text(report(results))
    print(report(results))
    if results["differences"]:
        sys.exit(1)


def survive(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Make a whole run of each variant, then killed ones until there are enough kills."""
    import torch

    from resnet_lab.hardware import describe_hardware
    from resnet_lab.provenance import describe_software, git_commit

    lay_out(folder / "cells")
    names = list(VARIANTS)[: options.variants]
    durations = {name: clocked_fit(folder, name) for name in names}
    kills: list[str] = []
    differences: list[str] = []
    finished: Counter[str] = Counter()
    numbers, lock = itertools.count(), threading.Lock()

    def work(_: int) -> None:
        """Make one run after the other, each killed until it is finished, as long as kills are wanted."""
        while len(kills) < options.kills:
            with lock:
                number = next(numbers)
            name = names[number % len(names)]
            draws = random.Random(f"{options.seed} {number}")
            found, phases = killed_run(folder, name, number, durations[name], draws)
            with lock:
                kills.extend(phases)
                finished[name] += 1
                if found:
                    differences.append(f"{name}, run {number}: {'; '.join(found)}")
                print(f"run {number}: {len(phases)} kills, {len(kills)} in all; {found or 'equal'}", file=sys.stderr)

    with ThreadPoolExecutor(options.jobs) as pool:
        list(pool.map(work, range(options.jobs)))
    return {
        "command": f"python benchmarks/survival.py --kills {options.kills} --jobs {options.jobs} --seed {options.seed}",
        "kills": dict(Counter(kills).most_common()),
        "runs": dict(finished),
        "differences": differences,
        "variants": {name: " ".join(VARIANTS[name]) for name in names},
        "common": " ".join(COMMON),
        "images": 2 * IMAGES,
        "hardware": describe_hardware(torch.device("cpu")),
        "versions": describe_software(),
        "git_commit": git_commit(),
    }


def lay_out(root: Path) -> None:
    """Link the first photographs of each class of `builtin:elpv`."""
    from resnet_lab.data.sources import resolve_root

    for source in sorted(path for path in Path(resolve_root("builtin:elpv")).iterdir() if path.is_dir()):
        (root / source.name).mkdir(parents=True)
        for path in sorted(source.iterdir())[:IMAGES]:
            (root / source.name / path.name).symlink_to(path.resolve())


def fit(folder: Path, name: str, run: str, phase: Path) -> subprocess.Popen[str]:
    """Start or resume a fit."""
    words = [*VARIANTS[name], *COMMON, "--data.root", str(folder / "cells"), "--name", run, "--resume", "auto"]
    path = os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])
    return subprocess.Popen(
        [sys.executable, "-m", "resnet_lab", "fit", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1", "SURVIVAL_PHASE": str(phase)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def slug(name: str) -> str:
    """Return the run name of a variant."""
    return "".join(letter if letter.isalnum() else "-" for letter in name)


def clocked_fit(folder: Path, name: str) -> tuple[float, float]:
    """Make the run that nobody kills; return the seconds until it trains and until it ends."""
    phase = folder / "phase-whole"
    phase.unlink(missing_ok=True)
    start = time.time()
    process = fit(folder, name, f"{slug(name)}-whole", phase)
    while not phase.exists() or not phase.read_text().startswith(("epoch", "training")):
        if process.poll() is not None:
            raise RuntimeError(process.stderr.read() if process.stderr else "")
        time.sleep(0.05)
    training = time.time() - start
    if process.wait():
        raise RuntimeError(process.stderr.read() if process.stderr else "")
    return training, time.time() - start


def killed_run(
    folder: Path, name: str, number: int, duration: tuple[float, float], draws: random.Random
) -> tuple[list[str], list[str]]:
    """Kill a run up to six times, finish it; return the differences from the whole one and the phases of the kills."""
    run, phases = f"{slug(name)}-{number}", []
    training, whole = duration
    for _ in range(6):
        phase = folder / f"phase-{number}"
        phase.unlink(missing_ok=True)
        process = fit(folder, name, run, phase)
        # One moment in ten lies in the start; the others in what follows it.
        moment = draws.uniform(0, training) if draws.random() < 0.1 else draws.uniform(training * 0.8, whole)
        try:
            process.wait(moment)
            break
        except subprocess.TimeoutExpired:
            phases.append(phase_of(folder, run, phase))
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    else:
        process = fit(folder, name, run, folder / f"phase-{number}")
    error = process.communicate()[1]
    if process.returncode:
        return [f"exit {process.returncode}: {error.strip().splitlines()[-1:]}"], phases
    found = compare(folder / "lightning_logs" / f"{slug(name)}-whole", folder / "lightning_logs" / run)
    return found, phases


def phase_of(folder: Path, run: str, phase: Path) -> str:
    """Return what a fit is doing."""
    if any((folder / "lightning_logs" / run).glob("version_*/checkpoints/**/*.tmp")):
        return "a checkpoint being written"
    return phase.read_text().strip() or "start" if phase.exists() else "start"


def compare(whole: Path, killed: Path) -> list[str]:
    """Return what differs between two runs that should be equal."""
    import torch

    from resnet_lab.runs import Run

    versions = sorted(killed.glob("version_*"))
    one, other = Run(whole / "version_0"), Run(versions[-1])
    found = []
    if other.status().status != "finished":
        found.append(f"status is {other.status().status}")
    for which in ("last", "best"):
        states = [torch.load(run.checkpoints[which], weights_only=True) for run in (one, other)]
        for key in ("state_dict", "optimizer_states", "lr_schedulers", "epoch", "global_step", "train_metrics"):
            if not equal(states[0][key], states[1][key]):
                found.append(f"{which}.ckpt: {key}")
    for what, read in (("metrics.csv", rows), ("TensorBoard", scalars)):
        if read(one) != read(other):
            found.append(what)
    if one.diagnostics_path.read_bytes() != other.diagnostics_path.read_bytes():
        found.append("diagnostics.csv")
    if one.final_metrics() != other.final_metrics():
        found.append("final/metrics.json")
    return found


def equal(one: Any, other: Any) -> bool:
    """Compare nested values, tensors bit for bit."""
    import torch

    if isinstance(one, torch.Tensor):
        return torch.equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(equal(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(equal, one, other))
    return bool(one == other)


def rows(run: Any) -> list[dict[str, float]]:
    """Return the metrics without times."""
    return [{tag: value for tag, value in row.items() if not tag.startswith("time/")} for row in run.metrics()]


def scalars(run: Any) -> dict[str, list[tuple[int, float]]]:
    """Return TensorBoard's curves without times, as its own server reads them."""
    from tensorboard.backend.event_processing.event_accumulator import SCALARS, EventAccumulator

    accumulator = EventAccumulator(str(run.path), {SCALARS: 0})
    accumulator.Reload()
    tags = [tag for tag in accumulator.Tags()["scalars"] if not tag.startswith("time/")]
    return {tag: [(event.step, event.value) for event in accumulator.Scalars(tag)] for tag in tags}


def report(results: dict[str, Any]) -> str:
    """Return the results as Markdown."""
    hardware, versions = results["hardware"], results["versions"]
    total, runs = sum(results["kills"].values()), sum(results["runs"].values())
    lines = [
        "# Runs killed and resumed",
        "",
        f"`{results['command']}`: {total} kills (SIGKILL, to the whole process group, at random moments) over {runs} "
        f"fits of {results['images']} photographs, resumed to the end each time; {results['minutes']} minutes on "
        f"{hardware['cores']} cores of {hardware['processor']}, torch {versions['torch']}, lightning "
        f"{versions['lightning']}, commit {(results['git_commit'] or '?')[:12]}.",
        "",
        "Compared with the same run left alone, bit for bit: weights, optimizer, schedule and counters of both",
        "checkpoints, `metrics.csv` and TensorBoard's scalars (`time/*` apart in both), `diagnostics.csv` and",
        "`final/metrics.json`.",
        "",
        f"**Runs that differ: {len(results['differences'])} of {runs}.**",
        *(f"- {text}" for text in results["differences"]),
        "",
        "| killed in | kills |",
        "| --- | --- |",
        *(f"| {phase} | {count} |" for phase, count in results["kills"].items()),
        "",
        "| run | fits | options |",
        "| --- | --- | --- |",
        *(f"| {name} | {results['runs'].get(name, 0)} | `{words}` |" for name, words in results["variants"].items()),
        "",
        f"Options of all: `{results['common']}`.",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
