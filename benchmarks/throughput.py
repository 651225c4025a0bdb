"""Throughput of `resnet-lab fit` relative to an ordinary loop and to the bare step, and the gain by each change.

    python benchmarks/throughput.py [--rounds 3] [--only loop changes checkpoint growth opening]

writes benchmarks/results/throughput.json and throughput.md, growth.md and growth.png. Every variant runs in a process
of its own, since the allocator and the peak memory belong to a process. Rounds of all variants alternate, so that a
noisy machine slows all of them. Each value is a median over the rounds, with its range. Each section can be measured
alone; the others keep their results. On 2 cores `loop` and `growth` take ten minutes each; `changes` and `opening`
take longer.
"""

import argparse
import hashlib
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

HERE = Path(__file__).parent
RESULTS = HERE / "results"
BATCH, WORKERS, WARM = 32, 2, 3
TCMALLOC = "/usr/lib/x86_64-linux-gnu/libtcmalloc_minimal.so.4"


def main() -> None:
    """Measure the sections that were asked for, write all, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=8, help="training steps that count, a variant and round")
    parser.add_argument("--size", type=int, default=224, help="pixels")
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=list(SECTIONS))
    parser.add_argument("--variant", help=argparse.SUPPRESS)
    parser.add_argument("--settings", type=json.loads, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.variant:
        print(json.dumps(VARIANTS[options.variant](**options.settings)))
        return

    import torch

    from resnet_lab.hardware import describe_hardware
    from resnet_lab.provenance import describe_software, git_commit

    path = RESULTS / "throughput.json"
    results = json.loads(path.read_text()) if path.exists() else {}
    for section in options.only:
        results[section] = {
            **SECTIONS[section](options),
            "command": f"python benchmarks/throughput.py --only {section} --rounds {options.rounds}",
            "steps": options.steps,
            "size": options.size,
            "threads": torch.get_num_threads(),
            "hardware": describe_hardware(torch.device("cpu")),
            "versions": describe_software(),
            "git_commit": git_commit(),
        }
        RESULTS.mkdir(exist_ok=True)
        path.write_text(json.dumps(results, indent=2) + "\n")

    import throughput_report

    throughput_report.write(results, RESULTS)


def in_a_process(variant: str, environment: dict[str, str] | None = None, **settings: Any) -> dict[str, Any]:
    """Run one variant in a process of its own and return what it measured."""
    command = [sys.executable, __file__, "--variant", variant, "--settings", json.dumps(settings)]
    done = subprocess.run(
        command, env={**os.environ, **(environment or {})}, capture_output=True, text=True, timeout=1200, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{variant} {settings}: {done.stderr.strip().splitlines()[-1]}")
    return json.loads(done.stdout.splitlines()[-1])


# -- the variants, each in a process of its own


def ordinary(bf16: bool, size: int, steps: int) -> dict[str, Any]:
    """The ordinary loop."""
    from ordinary_loop import ordinary_loop

    from resnet_lab.data.sources import resolve_root

    root = resolve_root("builtin:elpv")
    train, evaluation = ordinary_loop(root, bf16=bf16, size=size, batch=BATCH, workers=WORKERS, warm=WARM, steps=steps)
    return {"train": train, "evaluation": evaluation, "peak_mb": peak_mb()}


def bare(
    size: int, steps: int, depth: int = 34, batch: int = BATCH, precision: str = "bf16-mixed", change: str = ""
) -> dict[str, Any]:
    """The step on a batch in memory; with a change to it, if one is named."""
    import torch

    from resnet_lab.model.classifier import Classifier
    from resnet_lab.speed.breakdown import profiled, shares_by_kind
    from resnet_lab.speed.resident_step import resident_step

    torch.manual_seed(0)
    model = Classifier(2, lr=3e-4, weight_decay=1e-4, label_smoothing=0.1, warmup_epochs=1, depth=depth, shortcut="A")
    cpu = torch.device("cpu")
    train, evaluate = resident_step(model, batch_size=batch, image_size=size, precision=precision, device=cpu)
    if change:
        CHANGES_IN_THE_PROCESS[change](model)
    for _ in range(WARM):
        train()
    digest = hashlib.sha256()
    for tensor in model.backbone.state_dict().values():
        digest.update(tensor.contiguous().numpy().tobytes())
    seconds = [clocked(train) for _ in range(steps)]
    peak = peak_mb()
    shares = shares_by_kind(profiled(train, cpu))
    evaluate()
    evaluation = [clocked(evaluate) for _ in range(steps)]
    return {
        "train": batch / median(seconds),
        "evaluation": batch / median(evaluation),
        "peak_mb": peak,
        "weights": digest.hexdigest(),
        "shares": shares,
    }


def data_path(size: int, workers: int) -> dict[str, Any]:
    """Training batches alone, from the warm cache; the second pass counts."""
    from resnet_lab.data.module import ImageFolderDataModule

    data = ImageFolderDataModule("builtin:elpv", batch_size=BATCH, image_size=size, num_workers=workers, seed=0)
    data.setup("fit")
    loader = data.train_dataloader()
    for _ in loader:
        pass
    seconds = clocked(lambda: [None for _ in loader])
    return {"train": len(loader.dataset) / seconds}


def clocked(work: Callable[[], Any]) -> float:
    """Return the seconds that it takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def peak_mb() -> float:
    """Return the most memory that this process held, in MB."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def compile_whole(model: Any) -> None:
    """torch.compile over the whole network."""
    model.backbone.compile()


def compile_tails(model: Any) -> None:
    """torch.compile over each BatchNorm alone; the convolutions stay oneDNN's."""
    import torch

    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.compile()


def contiguous(model: Any) -> None:
    """Weights that are not channels-last, under images that are."""
    import torch

    model.backbone.to(memory_format=torch.contiguous_format)


def checkpoint() -> dict[str, Any]:
    """Seconds that a checkpoint of ResNet-34 with AdamW's state holds whoever saves it: as it was, and as it is."""
    import shutil

    import torch

    from resnet_lab.checkpoint.writing import BackgroundCheckpointIO
    from resnet_lab.model.backbone import ResNet

    model = ResNet(34, num_classes=2)
    optimizer = torch.optim.AdamW(model.parameters(), fused=True)
    model(torch.zeros(32, 3, 224, 224)).sum().backward()
    optimizer.step()
    content = {"state_dict": model.state_dict(), "optimizer_states": [optimizer.state_dict()]}
    io = BackgroundCheckpointIO()
    seconds: dict[str, list[float]] = {"in_place": [], "beside": [], "on_disk": []}
    with tempfile.TemporaryDirectory(dir=HERE) as folder:
        last, best = (Path(folder) / f"{which}.ckpt" for which in ("last", "best"))

        def in_place() -> None:
            torch.save(content, Path(folder) / "a.ckpt")
            shutil.copyfile(Path(folder) / "a.ckpt", Path(folder) / "b.ckpt")

        for _ in range(7):
            seconds["in_place"].append(clocked(in_place))
            seconds["beside"].append(clocked(lambda: io.save_checkpoint(content, last, storage_options=[best])))
            seconds["on_disk"].append(seconds["beside"][-1] + clocked(io.finish))
        size = last.stat().st_size
    return {**{kind: values[2:] for kind, values in seconds.items()}, "bytes": size}


VARIANTS = {"checkpoint": checkpoint, "ordinary": ordinary, "bare": bare, "data_path": data_path}
CHANGES_IN_THE_PROCESS = {"compile": compile_whole, "compile-tails": compile_tails, "contiguous": contiguous}


def fit(size: int, steps: int, workers: int = WORKERS, *options: str) -> dict[str, Any]:
    """The training loop of ``resnet-lab fit`` on its defaults, through the command, two short epochs of it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "probe.json"
        words = ["fit", "--config", "resnet34.yaml", "--trainer.default_root_dir", folder]
        words += ["--trainer.max_epochs", "2", "--trainer.limit_train_batches", str(WARM + steps)]
        words += ["--trainer.limit_val_batches", str(WARM + steps), "--data.image_size", str(size)]
        words += ["--data.num_workers", str(workers), "--trainer.enable_progress_bar", "false", *options]
        words += ["--trainer.callbacks+=fit_probe.FitProbe", f"--trainer.callbacks.path={path}"]
        start = time.time()
        done = subprocess.run(
            [sys.executable, "-m", "resnet_lab", *words],
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])},
            capture_output=True,
            text=True,
            check=False,
        )
        if not path.exists():
            raise RuntimeError(done.stderr)
        noted = json.loads(path.read_text())
    first, second = noted["train"]
    per_step = [after - before for before, after in zip(first[WARM - 1 :], first[WARM:], strict=False)]
    writing = [after - before for before, after in itertools.pairwise(second)]
    validation = noted["validation"][-1]
    return {
        "train": BATCH * steps / (first[-1] - first[WARM - 1]),
        "evaluation": BATCH * (len(validation) - WARM) / (validation[-1] - validation[WARM - 1]),
        "peak_mb": noted["peak_mb"],
        "first_step_seconds": first[0] - start,
        "checkpoint_hold_seconds": noted["saving"][0],
        # The steps of the second epoch, beside which the checkpoint of the first one is written.
        "checkpoint_slows_seconds": sum(writing[:3]) - 3 * median(per_step),
    }


# -- the sections


def loop(options: argparse.Namespace) -> dict[str, Any]:
    """Fit, the ordinary loop in bf16 and in fp32, and the bare step."""
    from resnet_lab.allocator import preload_environment

    common = {"size": options.size, "steps": options.steps}
    fit(options.size, 1)  # the cache
    rounds = []
    for number in range(options.rounds):
        print(f"loop: round {number + 1} of {options.rounds}", file=sys.stderr, flush=True)
        rounds.append(
            {
                "fit": fit(**common),
                "bare": in_a_process("bare", preload_environment(), **common),
                "ordinary_bf16": in_a_process("ordinary", bf16=True, **common),
                "ordinary_fp32": in_a_process(
                    "ordinary", bf16=False, **{**common, "steps": max(options.steps // 2, 1)}
                ),
                "help_seconds": clocked(
                    lambda: subprocess.run(
                        [Path(sys.executable).with_name("resnet-lab"), "--help"], check=True, capture_output=True
                    )
                ),
            }
        )
    return {"rounds": rounds}


def changes(options: argparse.Namespace) -> dict[str, Any]:
    """The bare step under each change, with its weights after three steps."""
    from resnet_lab.allocator import preload_environment

    chosen = preload_environment() or {}
    mimalloc = {"LD_PRELOAD": chosen["LD_PRELOAD"]} if chosen else None
    glibc = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "100000000000", "THP_MEM_ALLOC_ENABLE": "1"}
    variants: dict[str, tuple[dict[str, str] | None, dict[str, Any]]] = {
        "system malloc": ({}, {}),
        "glibc told not to return memory, huge pages": (glibc, {}),
        "tcmalloc": ({"LD_PRELOAD": TCMALLOC} if Path(TCMALLOC).exists() else None, {}),
        "mimalloc": (mimalloc, {}),
        "mimalloc that never returns memory (the default)": (chosen or None, {}),
        "the default, torch.compile of the network": (chosen, {"change": "compile"}),
        "the default, torch.compile of each BatchNorm": (chosen, {"change": "compile-tails"}),
        "the default, weights contiguous, images channels-last": (chosen, {"change": "contiguous"}),
        "the default, fp32": (chosen, {"precision": "32-true"}),
    }
    rounds: list[dict[str, Any]] = []
    for number in range(options.rounds):
        print(f"changes: round {number + 1} of {options.rounds}", file=sys.stderr, flush=True)
        measured: dict[str, Any] = {}
        for name, (environment, settings) in variants.items():
            if environment is None:
                continue
            try:
                measured[name] = in_a_process("bare", environment, size=options.size, steps=options.steps, **settings)
            except (RuntimeError, subprocess.TimeoutExpired) as error:
                measured[name] = {"failed": str(error)}
        rounds.append(measured)
    return {"rounds": rounds}


def saving(_: argparse.Namespace) -> dict[str, Any]:
    """How long a checkpoint holds the loop."""
    from resnet_lab.allocator import preload_environment

    return in_a_process("checkpoint", preload_environment())


def growth(options: argparse.Namespace) -> dict[str, Any]:
    """Rates against batch, size, depth and workers."""
    from resnet_lab.allocator import preload_environment

    environment, steps = preload_environment(), max(options.steps // 2, 2)
    axes: dict[str, dict[str, dict[int, Any]]] = {}

    def note(axis: str, what: str, value: int, measured: dict[str, Any]) -> None:
        print(f"growth: {axis} {value}, {what}", file=sys.stderr, flush=True)
        axes.setdefault(axis, {}).setdefault(what, {})[value] = measured["train"]

    for batch in (8, 16, 32, 64):
        note("batch", "bare step", batch, in_a_process("bare", environment, size=224, steps=steps, batch=batch))
    for size in (64, 128, 224, 288):
        note("image size", "bare step", size, in_a_process("bare", environment, size=size, steps=steps))
    for depth in (18, 34, 50, 101):
        note("depth", "bare step", depth, in_a_process("bare", environment, size=224, steps=steps, depth=depth))
    for workers in (0, 1, 2, 4):
        note("workers", "data alone, warm cache", workers, in_a_process("data_path", size=224, workers=workers))
        note("workers", "training loop", workers, fit(224, steps, workers))
    return {"axes": axes}


def opening(_: argparse.Namespace) -> dict[str, Any]:
    """The time to open folders of 10^3 to 10^6 images, for the first time and again."""
    import data

    with tempfile.TemporaryDirectory() as folder:
        os.environ["RESNET_LAB_CACHE"] = f"{folder}/cache"
        entries = (1_000, 10_000, 100_000, 1_000_000)
        return {"opened": {str(n): data.large_folder(Path(folder) / str(n), n) for n in entries}}


SECTIONS: dict[str, Callable[[argparse.Namespace], dict[str, Any]]] = {
    "loop": loop,
    "changes": changes,
    "checkpoint": saving,
    "growth": growth,
    "opening": opening,
}

if __name__ == "__main__":
    main()
