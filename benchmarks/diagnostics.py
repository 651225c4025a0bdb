"""Cost of the diagnostics of a fit, as a share of an optimizer step: for a sampled step, and on average over an epoch.

    python benchmarks/diagnostics.py [--rounds 7] [--steps 12] [--output FOLDER]

trains on a batch in memory, ResNet-34 at 128 pixels and ResNet-20 at 64, by Lightning's Trainer in bf16-mixed, and
writes benchmarks/results/diagnostics.json and diagnostics.md. A round is a fit without diagnostics and one in which
every second step is sampled, in turns first and second, so what slows the machine slows all three kinds of step. Each
network has a process of its own, with the allocator that a fit has. Takes five minutes on 2 cores.
"""

import argparse
import json
import logging
import math
import subprocess
import sys
import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

RESULTS = Path(__file__).parent / "results"
WARM = 2
NETWORKS: dict[str, dict[str, Any]] = {
    "ResNet-34, 128 pixels, batches of 32": {"depth": 34, "size": 128, "batch": 32, "steps_per_epoch": 58},
    "ResNet-20, 64 pixels, batches of 64": {"depth": 20, "size": 64, "batch": 64, "steps_per_epoch": 29},
}
"""The steps are those of an epoch of ``builtin:elpv``, 1837 images to train on."""


def main() -> None:
    """Measure, write, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--steps", type=int, default=12, help="steps of each kind, a round")
    parser.add_argument("--output", type=Path, default=RESULTS)
    parser.add_argument("--network", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.network:
        print(json.dumps(rounds(NETWORKS[options.network], options.rounds, options.steps)))
        return

    import torch

    from resnet_lab.hardware import describe_hardware
    from resnet_lab.provenance import describe_software, git_commit

    every = default_every_n_steps()
    results = {
        "command": f"python benchmarks/diagnostics.py --rounds {options.rounds} --steps {options.steps}",
        "every_n_steps": every,
        "networks": {
            name: {**settings, **summary(in_a_process(name, options), settings["steps_per_epoch"], every)}
            for name, settings in NETWORKS.items()
        },
        "threads": torch.get_num_threads(),
        "hardware": describe_hardware(torch.device("cpu")),
        "versions": describe_software(),
        "git_commit": git_commit(),
    }
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / "diagnostics.json").write_text(json.dumps(results, indent=2) + "\n")
    (options.output / "diagnostics.md").write_text(report(results))
    print(report(results))


def default_every_n_steps() -> int:
    """Return what a fit does unless it is told otherwise."""
    import yaml

    words = [sys.executable, "-m", "resnet_lab", "fit", "--config", "resnet34.yaml", "--print_config"]
    config = yaml.safe_load(subprocess.run(words, check=True, capture_output=True, text=True).stdout)
    return int(config["diagnostics"]["every_n_steps"])


def in_a_process(network: str, options: argparse.Namespace) -> list[dict[str, list[float]]]:
    """Make the rounds of a network in a process of their own, with the allocator of a fit."""
    import os

    from resnet_lab.allocator import preload_environment

    words = ["--network", network, "--rounds", str(options.rounds), "--steps", str(options.steps)]
    environment = {**os.environ, **(preload_environment() or {})}
    done = subprocess.run(
        [sys.executable, __file__, *words], env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def rounds(settings: dict[str, Any], count: int, steps: int) -> list[dict[str, list[float]]]:
    """Return for each round the seconds of each step: without diagnostics, with them but not sampled, sampled."""
    import lightning.pytorch  # sets the level of its own log

    logging.getLogger(lightning.pytorch.__name__).setLevel(logging.ERROR)
    warnings.simplefilter("ignore")
    found = []
    for number in range(count):
        print(f"depth {settings['depth']}: round {number + 1} of {count}", file=sys.stderr, flush=True)
        kinds = {"off": (0, WARM + steps), "on": (2, WARM + 2 * steps)}
        order = sorted(kinds, reverse=number % 2 == 1)
        seconds = {kind: step_seconds(settings, *kinds[kind])[WARM:] for kind in order}
        # The first step of an epoch is sampled and every second one after it; what warms up is an even number.
        found.append({"off": seconds["off"], "not sampled": seconds["on"][1::2], "sampled": seconds["on"][::2]})
    return found


def step_seconds(settings: dict[str, Any], every_n_steps: int, steps: int) -> list[float]:
    """Train, and return the seconds of each step, from before its first callback until after its last one."""
    import lightning.pytorch as pl
    import torch
    from torch.utils.data import DataLoader

    from resnet_lab import Classifier
    from resnet_lab.diagnostics.callbacks import diagnostics_callbacks

    seconds: list[float] = []

    class Begin(pl.Callback):
        def on_train_batch_start(self, *_: Any) -> None:
            seconds.append(-time.perf_counter())

    class End(pl.Callback):
        def on_train_batch_end(self, *_: Any) -> None:
            seconds[-1] += time.perf_counter()

    torch.manual_seed(0)
    model = Classifier(
        2, lr=3e-4, weight_decay=1e-4, label_smoothing=0.1, warmup_epochs=1, depth=settings["depth"], shortcut="A"
    )
    images = torch.randn(settings["batch"], 3, settings["size"], settings["size"])
    batch = (images.contiguous(memory_format=torch.channels_last), torch.arange(settings["batch"]) % 2)
    diagnostics = diagnostics_callbacks(every_n_steps) if every_n_steps else []
    trainer = pl.Trainer(
        accelerator="cpu",
        precision="bf16-mixed",
        max_epochs=1,
        callbacks=[Begin(), *diagnostics, End()],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(model, DataLoader([batch] * steps, batch_size=None))
    return seconds


def summary(found: Sequence[dict[str, list[float]]], steps_per_epoch: int, every_n_steps: int) -> dict[str, Any]:
    """Return medians over the rounds with their ranges; each round is the medians of its steps."""
    medians = [{kind: median(seconds) for kind, seconds in one.items()} for one in found]
    share = math.ceil(steps_per_epoch / every_n_steps) / steps_per_epoch
    measures = {
        "step_seconds": [one["off"] for one in medians],
        # Of steps that alternate in one fit: the pair that is disturbed least.
        "sampled": [one["sampled"] / one["not sampled"] - 1 for one in medians],
        "not_sampled": [one["not sampled"] / one["off"] - 1 for one in medians],
    }
    measures["amortised"] = [share * more for more in measures["sampled"]]
    spread = {name: {"median": median(v), "low": min(v), "high": max(v)} for name, v in measures.items()}
    return {**spread, "sampled_steps_per_epoch": math.ceil(steps_per_epoch / every_n_steps), "rounds": found}


def report(results: dict[str, Any]) -> str:
    """Return the results as Markdown."""
    hardware, versions = results["hardware"], results["versions"]
    rounds_made = len(next(iter(results["networks"].values()))["rounds"])
    lines = [
        "# The cost of diagnostics",
        "",
        f"`{results['command']}`: {hardware['cores']} cores of {hardware['processor']} "
        f"({', '.join(hardware['instructions'])}), {results['threads']} threads, torch {versions['torch']}, lightning "
        f"{versions['lightning']}, commit {(results['git_commit'] or '?')[:12]}.",
        "",
        f"Medians of {rounds_made} rounds and their range. A sampled step is compared with those beside it in the same "
        "fit, one that is",
        "not sampled with those of a fit without diagnostics: what differs there is the machine, as a few calls of "
        "Python take",
        f"microseconds. The last column spreads the samples of `diagnostics.every_n_steps` {results['every_n_steps']} "
        "over an epoch of `builtin:elpv`.",
        "",
        "| network | a step without | sampled in an epoch | a sampled step is longer by | another step "
        "| **the training is longer by** |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, found in results["networks"].items():
        seconds = found["step_seconds"]
        lines.append(
            f"| {name} | {seconds['median']:.3f} s ({seconds['low']:.3f} to {seconds['high']:.3f}) "
            f"| {found['sampled_steps_per_epoch']} of {found['steps_per_epoch']} "
            f"| {percent(found['sampled'])} | {percent(found['not_sampled'])} | **{percent(found['amortised'])}** |"
        )
    return "\n".join(lines) + "\n"


def percent(spread: dict[str, float]) -> str:
    """Return a median and its range as percentages.

    >>> percent({"median": 0.1, "low": -0.01, "high": 0.2})
    '+10.0% (-1.0% to +20.0%)'
    """
    digits = 2 if abs(spread["median"]) < 0.02 else 1
    low, middle, high = (f"{100 * spread[key]:+.{digits}f}%" for key in ("low", "median", "high"))
    return f"{middle} ({low} to {high})"


if __name__ == "__main__":
    main()
