"""Cost of each measurement of ``inspect``: seconds per run at depth 34 and 224 pixels.

    python benchmarks/inspection.py [--rounds 2] [--images 32] [--note "beside other work"]

makes each measurement on ResNet-34 with random weights and random images, and writes benchmarks/results/inspection.json
and inspection.md. A run has 256 held-out images and 1,024 training images by default; here are an eighth of both, in
batches of the same size, and the time is multiplied by eight. Reading images and checkpoints is not part of it. A point
of the plane costs what a point of the landscape costs, so the plane is computed and not measured. Two rounds took 2
minutes on 2 cores.
"""

import argparse
import json
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

RESULTS = Path(__file__).parent / "results"
DEPTH, SIZE, CLASSES = 34, 224, 2
IMAGES, TRAIN_IMAGES, DRAWS = 256, 1024, 5
"""What ``inspect`` takes unless it is told otherwise."""


def main() -> None:
    """Measure, write, print."""
    from resnet_lab.allocator import active_allocator, start_with

    start_with("auto")  # as inspect has it
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--images", type=int, default=32, help="images of the sample")
    parser.add_argument("--note", default="", help="what else the machine did, for the page")
    parser.add_argument("--output", type=Path, default=RESULTS)
    options = parser.parse_args()

    import torch

    from resnet_lab.hardware import describe_hardware
    from resnet_lab.provenance import describe_software, git_commit

    seconds: dict[str, list[float]] = {}
    begin = perf_counter()
    for number in range(options.rounds):
        for name, taken in one_round(options.images).items():
            print(f"round {number + 1}: {name} {taken:.1f} s", flush=True)
            seconds.setdefault(name, []).append(taken)
    note = f' --note "{options.note}"' if options.note else ""
    results = {
        "command": f"python benchmarks/inspection.py --rounds {options.rounds} --images {options.images}{note}",
        "note": options.note,
        "depth": DEPTH,
        "size": SIZE,
        "images": options.images,
        "seconds": seconds,
        "took_seconds": round(perf_counter() - begin),
        "allocator": active_allocator(),
        "threads": torch.get_num_threads(),
        "hardware": describe_hardware(torch.device("cpu")),
        "versions": describe_software(),
        "git_commit": git_commit(),
    }
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / "inspection.json").write_text(json.dumps(results, indent=2) + "\n")
    (options.output / "inspection.md").write_text(report(results))
    print(report(results))


def one_round(images: int) -> dict[str, float]:
    """Return the seconds of each measurement of one network on a sample of random images, by its name."""
    import torch

    from resnet_lab.data.normalization import IMAGENET
    from resnet_lab.inspection.attention import MOST_IMAGES
    from resnet_lab.inspection.inspect_run import MEASUREMENTS
    from resnet_lab.inspection.measurement import InspectionOptions, MeasurementInput
    from resnet_lab.inspection.sample import FixedSample
    from resnet_lab.inspection.time_budget import TimeBudget
    from resnet_lab.model.backbone import ResNet

    torch.manual_seed(0)
    networks = {
        name: ResNet(DEPTH, True, "A", CLASSES).to(memory_format=torch.channels_last) for name in ("initial", "best")
    }

    def sample(count: int) -> FixedSample:
        pixels = torch.randint(256, (count, 3, SIZE, SIZE), dtype=torch.uint8)
        names = tuple(map(str, range(count)))
        return FixedSample(pixels, torch.arange(count) % CLASSES, names, 0, paths=names)

    cpu = torch.device("cpu")
    training = sample(images * TRAIN_IMAGES // IMAGES)
    given = MeasurementInput(
        networks=networks,
        checkpoint="best",
        batches=list(sample(images).batches(IMAGENET, cpu)),
        training=training.batches(IMAGENET, cpu),
        options=InspectionOptions((), images, DRAWS, 0, None, len(training.labels)),
        budget=TimeBudget(None),
        show_progress=lambda steps, name, count: steps,
        disputed=sample(2 * MOST_IMAGES).batches(IMAGENET, cpu),
    )
    taken = {}
    for measurement in MEASUREMENTS:
        if measurement.name != "plane":
            begin = perf_counter()
            measurement.measure(given)
            taken[measurement.name] = perf_counter() - begin
    return taken


def costs(results: dict[str, Any]) -> dict[str, list[float]]:
    """Return the seconds per run with the default numbers of images, of each round, by measurement.

    >>> of = costs({"images": 32, "seconds": {"landscape": [2.1], "attention": [1.0]}})
    >>> of["landscape"], round(of["plane"][0], 6), of["attention"]
    ([16.8], 352.8, [1.0])
    """
    times = IMAGES / results["images"]
    of: dict[str, list[float]] = {}
    for name, seconds in results["seconds"].items():
        of[name] = seconds if name == "attention" else [times * taken for taken in seconds]
        if name == "landscape":
            of["plane"] = [taken * 441 / 21 for taken in of[name]]
    return of


def setting(results: dict[str, Any]) -> str:
    """Return what was measured, and where, as sentences."""
    hardware, versions = results["hardware"], results["versions"]
    beside = f", {results['note']}" if results["note"] else ""
    return (
        f"Seconds per run: ResNet-{results['depth']} with random weights at {results['size']} pixels, {IMAGES} "
        f"held-out images, {TRAIN_IMAGES:,} training images, {DRAWS} draws, float32, {results['threads']} threads on "
        f"{hardware['cores']} cores of an {hardware['processor']} ({', '.join(hardware['instructions'])}){beside}, "
        f"torch {versions['torch']}; median and range over rounds. Only attention is "
        f"measured as it is. All others are extrapolated from {results['images']} images and "
        f"{results['images'] * TRAIN_IMAGES // IMAGES} training images: the measured time, multiplied by "
        f"{IMAGES / results['images']:g}; and the plane from the landscape: 441 points instead of 21. Reading images "
        "and checkpoints is not part of them."
    )


def table(results: dict[str, Any]) -> str:
    """Return the seconds per run of each measurement as a table."""
    lines = ["| measurement | rounds | seconds per run, median | range |", "| --- | --- | --- | --- |"]
    for name, seconds in costs(results).items():
        middle, low, high = (
            f"{value:,.{0 if value >= 10 else 1}f}" for value in (median(seconds), min(seconds), max(seconds))
        )
        extrapolated = "" if name == "attention" else " (extrapolated)"
        lines.append(f"| {name.replace('_', ' ')}{extrapolated} | {len(seconds)} | {middle} | {low} to {high} |")
    return "\n".join(lines)


def report(results: dict[str, Any]) -> str:
    """Return the results as Markdown."""
    made = f"`{results['command']}`, commit {(results['git_commit'] or '?')[:12]}, {results['took_seconds']} s."
    return f"# The cost of `resnet-lab inspect`\n\n{made}\n\n{setting(results)}\n\n{table(results)}\n"


if __name__ == "__main__":
    main()
