"""Start of data-loader workers in a run of two processes: number of hangs, and cost in time.

    python benchmarks/worker_start.py [--fits 50]

writes benchmarks/results/worker_start.json and worker_start.md. It takes 15 to 30 minutes on two cores.
"""

import argparse
import ctypes
import json
import multiprocessing
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
METHODS = ("fork", "forkserver")
STARTS, ROUNDS, WORKERS = 20, 7, 2
SECONDS = 300
"""Seconds after which a fit counts as hanging; one takes a tenth of that."""
FIT = (
    "--config resnet34.yaml --model.depth 20 --data.image_size 16 --data.batch_size 2 --data.num_workers 2 "
    "--trainer.accelerator cpu --trainer.devices 2 --trainer.strategy ddp --trainer.max_epochs 2 "
    "--trainer.logger false --checkpoint.every_n_steps 2 --diagnostics.every_n_steps 0"
)


def main() -> None:
    """Measure and write."""
    from resnet_lab.allocator import active_allocator, start_with

    start_with("auto")  # as a fit has it
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fits", type=int, default=50, help="resumed fits of two processes")
    options = parser.parse_args()

    import torch

    from resnet_lab.data.sources import resolve_root
    from resnet_lab.hardware import describe_hardware
    from resnet_lab.provenance import describe_software, git_commit

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        os.environ["RESNET_LAB_CACHE"] = f"{folder}/cache"
        elpv = resolve_root("builtin:elpv")
        results: dict[str, Any] = {
            "command": f"python benchmarks/worker_start.py --fits {options.fits}",
            "cost": cost(folder, elpv),  # first: it starts the fork server as a fit does
            "lock_held": {method: starts_with_the_lock_held(method) for method in METHODS},
            "fits": resumed_fits(folder, elpv, options.fits),
            "allocator": active_allocator(),
            "hardware": describe_hardware(torch.device("cpu")),
            "versions": describe_software(),
            "git_commit": git_commit(),
        }
    (RESULTS / "worker_start.json").write_text(json.dumps(results, indent=2) + "\n")
    (RESULTS / "worker_start.md").write_text(page(results))


def starts_with_the_lock_held(method: str) -> dict[str, int] | None:
    """Start processes while the lock of the list of threads is held, as by a thread of gloo that enters Python.

    The place of the lock is that of CPython 3.11; None for other versions.
    """
    if sys.version_info[:2] != (3, 11):
        return None
    context: Any = multiprocessing.get_context(method)
    runtime = ctypes.addressof(ctypes.c_char.in_dll(ctypes.pythonapi, "_PyRuntime"))
    lock = ctypes.c_void_p(ctypes.c_void_p.from_address(runtime + 32).value)
    hung = 0
    for _ in range(STARTS):
        process = context.Process(target=time.time)
        assert ctypes.pythonapi.PyThread_acquire_lock(lock, 0)
        process.start()
        ctypes.pythonapi.PyThread_release_lock(lock)
        process.join(5)
        hung += process.is_alive()
        process.kill()
        process.join()
    return {"starts": STARTS, "hung": hung}


def cost(folder: Path, elpv: Path) -> dict[str, Any]:
    """Return seconds until the first batch of a new loader, and of an epoch of batches, by both methods in turn."""
    import torch

    from resnet_lab.data.module import ImageFolderDataModule

    data = ImageFolderDataModule(str(elpv), batch_size=32, image_size=224, num_workers=WORKERS, seed=0)
    data.setup("fit")
    first: dict[str, list[float]] = {method: [] for method in METHODS}
    epoch: dict[str, list[float]] = {method: [] for method in METHODS}
    for round_ in range(ROUNDS + 1):
        loaders = {"fork": data.train_dataloader()}
        store = f"file://{folder}/store-{round_}"
        torch.distributed.init_process_group("gloo", init_method=store, rank=0, world_size=1)
        loaders["forkserver"] = data.train_dataloader()
        torch.distributed.destroy_process_group()  # no fork beside its threads
        for method in METHODS if round_ % 2 else reversed(METHODS):
            start = time.perf_counter()
            batches = iter(loaders[method])
            next(batches)
            first[method].append(time.perf_counter() - start)
            for _ in batches:
                pass
            start = time.perf_counter()
            for _ in loaders[method]:  # the same workers
                pass
            epoch[method].append(time.perf_counter() - start)
    ratios = [served / forked for forked, served in zip(epoch["fork"][1:], epoch["forkserver"][1:], strict=True)]
    return {
        "images": len(data.train_dataloader().dataset),  # type: ignore[arg-type]
        "image_size": 224,
        "workers": WORKERS,
        "rounds": ROUNDS,
        "first_start_of_the_server_seconds": first["forkserver"][0],
        **{f"first_{method}": summary(values[1:]) for method, values in first.items()},
        **{f"epoch_{method}": summary(values[1:]) for method, values in epoch.items()},
        "epoch_ratio": summary(ratios),
    }


def summary(values: list[float]) -> dict[str, float]:
    """Return median and range."""
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def resumed_fits(folder: Path, elpv: Path, count: int) -> dict[str, Any]:
    """Kill a fit of two processes in its first epoch, and resume copies of it; return how they ended."""
    root = folder / "cells"
    for source in (path for path in sorted(elpv.iterdir()) if path.is_dir()):
        (root / source.name).mkdir(parents=True)
        for path in sorted(source.iterdir())[:20]:
            shutil.copy(path, root / source.name)
    killed = fit(folder, f"{FIT} --data.root {root} --name killed")
    run = folder / "lightning_logs" / "killed" / "version_0"
    end = time.monotonic() + SECONDS
    while not list(run.glob("checkpoints/resume/*.ckpt")):
        assert killed.poll() is None
        assert time.monotonic() < end
        time.sleep(0.01)
    stop(killed)
    ends: Counter[str] = Counter()
    finals, seconds = set(), []
    for number in range(count):
        copy = folder / "lightning_logs" / f"resumed-{number}" / "version_0"
        shutil.copytree(run, copy)
        start = time.monotonic()
        resumed = fit(folder, f"--resume {copy}")
        try:
            ends["finished" if resumed.wait(SECONDS) == 0 else "failed"] += 1
            seconds.append(time.monotonic() - start)
            finals.add((copy / "final" / "metrics.json").read_text())
        except subprocess.TimeoutExpired:
            ends["hung"] += 1
        finally:
            stop(resumed)
        print(dict(ends), f"{time.monotonic() - start:.0f} s", file=sys.stderr)
    return {**ends, "different_final_metrics": len(finals), "seconds": summary(seconds), "options": FIT}


def fit(folder: Path, words: str) -> "subprocess.Popen[bytes]":
    """Start a fit as a session of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "resnet_lab", "fit", *words.split()],
        cwd=folder,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def stop(process: "subprocess.Popen[bytes]") -> None:
    """Kill what is left of a session."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(SECONDS)


def page(results: dict[str, Any]) -> str:
    """Return the results as Markdown."""
    held, cost, fits = results["lock_held"], results["cost"], results["fits"]
    version = results["versions"]["python"]

    def seconds(key: str) -> str:
        return "{median:.2f} ({min:.2f} to {max:.2f})".format(**cost[key])

    starts = [f"| {method} | {held[method]['starts']} | {held[method]['hung']} |" for method in METHODS if held[method]]
    ended = ", ".join(f"{fits[end]} {end}" for end in ("finished", "hung", "failed") if end in fits)
    return f"""# Start of data-loader workers in a run of several processes

`{results["command"]}`, Python {version}, {results["hardware"]["processor"]}, commit {results["git_commit"][:12]}.

## Starts while the lock of the list of threads is held

A process of Python before 3.11.10 that is forked while another thread holds this lock waits for it forever (CPython
issue 112275). Threads of gloo hold it for a moment whenever they enter Python.

| start method | starts | hung |
| --- | --- | --- |
{chr(10).join(starts)}

## Resumed fits of two processes

{sum(fits.get(end, 0) for end in ("finished", "hung", "failed"))} copies of one killed fit were resumed: {ended}.
Different `final/metrics.json` among them: {fits["different_final_metrics"]} (1 if all are equal).
A fit took {fits["seconds"]["median"]:.0f} seconds ({fits["seconds"]["min"]:.0f} to {fits["seconds"]["max"]:.0f}); after
{SECONDS} it would have counted as hung.

## Cost

{cost["images"]:,} images of {cost["image_size"]} pixels from the decoded cache, {cost["workers"]} workers, no network.
Medians and range of {cost["rounds"]} rounds; each round measures both methods, in turn first and second.

| | fork | forkserver |
| --- | --- | --- |
| seconds to the first batch of a new loader | {seconds("first_fork")} | {seconds("first_forkserver")} |
| seconds of an epoch | {seconds("epoch_fork")} | {seconds("epoch_forkserver")} |

Seconds of an epoch, forkserver divided by fork, paired per round: {seconds("epoch_ratio")}. Workers live as long as the
fit, so their start is paid once per loader. The start of the server itself, once per process of a run, took
{cost["first_start_of_the_server_seconds"]:.1f} seconds.
"""


if __name__ == "__main__":
    main()
