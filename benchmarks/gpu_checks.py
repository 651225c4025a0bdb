"""Checks of `benchmarks/gpu.py`: `gpu_checks.py NAME --device cuda --folder FOLDER` makes one, and prints its values.

A check that fails ends with an error, whose last line is the message.
"""

import argparse
import csv
import json
import math
import os
import signal
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import gpu_speed
import torch
from gpu_images import images_for
from lightning.pytorch import Callback, Trainer
from survival_compare import compare

from resnet_lab.data.module import ImageFolderDataModule
from resnet_lab.hardware import allow_tf32, describe_hardware
from resnet_lab.model.classifier import Classifier
from resnet_lab.provenance import describe_software, git_commit
from resnet_lab.runs import Run
from resnet_lab.speed.resident_step import resident_step

KILL_AFTER = "GPU_KILL_AFTER"
FIT = (
    "--trainer.deterministic true --data.num_workers 2 --data.batch_size 8 "
    "--trainer.max_epochs 3 --checkpoint.every_n_steps 3 --diagnostics.every_n_steps 4 "
    "--trainer.callbacks+=gpu_checks.KillItself"
)
FP32_ERROR, TF32_TO_BF16, BF16_TO_BF16 = 2e-3, 0.5, 2.0
"""Largest relative error of a step in fp32; in TF32 and bf16 as multiples of the CPU's own error in bf16."""


class KillItself(Callback):
    """Kill the process after the optimizer step that the environment names."""

    def on_train_batch_end(self, trainer: Trainer, *_: Any, **__: Any) -> None:
        """Kill."""
        if os.environ.get(KILL_AFTER) == str(trainer.global_step):
            os.kill(os.getpid(), signal.SIGKILL)


class Bench:
    """Device, sizes and folder of one call of the script.

    Args:
        device: ``cuda`` or ``cpu``.
        folder: Folder of the data and the runs, which all checks share.
        tiny: Small nets, small images, few steps.
    """

    def __init__(self, device: str, folder: Path, tiny: bool) -> None:
        self.device, self.folder, self.tiny = torch.device(device), folder, tiny

    def start(self, name: str, *options: str, arm: str = "resnet34", **environment: str) -> subprocess.Popen[str]:
        """Start a fit through the command line."""
        net = "--model.depth 20 --data.image_size 32" if self.tiny else "--model.depth 34 --data.image_size 64"
        words = ["--config", f"{arm}.yaml", *FIT.split(), *net.split(), *options]
        if "--trainer.accelerator" not in options:
            words += ["--trainer.accelerator", self.device.type]
        return self.command(
            "fit", *words, "--data.root", images_for(self.folder, 64, 60), "--name", name, **environment
        )

    def command(self, *words: Any, **environment: str) -> subprocess.Popen[str]:
        """Start ``resnet-lab`` with some words."""
        return subprocess.Popen(
            [sys.executable, "-m", "resnet_lab", *map(str, words)],
            cwd=self.folder,
            env={**os.environ, "OMP_NUM_THREADS": "1", **environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def whole(self, name: str, *options: str, arm: str = "resnet34") -> Path:
        """Return the folder of a fit that nobody disturbs; it is made once."""
        group = self.folder / "lightning_logs" / name
        if not finished(group):
            succeed(self.start(name, *options, arm=arm))
        return group


def finished(group: Path) -> bool:
    """Return whether the first version of a run is finished."""
    run = group / "version_0"
    return (run / "status.json").exists() and Run(run).status().status == "finished"


def succeed(process: subprocess.Popen[str]) -> None:
    """Wait for a command; raise with its last line if it fails."""
    error = process.communicate()[1]
    if process.returncode:
        raise SystemExit(f"exit code {process.returncode}: {(error.strip().splitlines() or [''])[-1]}")


def demand(holds: bool, message: str) -> None:
    """End the check with a message unless something holds."""
    if not holds:
        raise SystemExit(message)


def machine(bench: Bench) -> dict[str, Any]:
    """Hardware and software."""
    torch.zeros(1, device=bench.device)
    return {
        "hardware": describe_hardware(bench.device),
        "versions": describe_software(),
        "cuda": torch.version.cuda,
        "git_commit": git_commit(),
    }


def steps(bench: Bench) -> dict[str, Any]:
    """Gradients and BatchNorm's statistics of one step against those of the CPU in fp32; the largest relative error."""
    depth, size, batch = (20, 32, 8) if bench.tiny else (34, 128, 16)

    def stepped(device: torch.device, precision: str) -> list[torch.Tensor]:
        torch.manual_seed(0)
        model = classifier(depth)
        train, _ = resident_step(model, batch_size=batch, image_size=size, precision=precision, device=device)
        train()
        gradients = [p.grad for p in model.parameters() if p.grad is not None]
        parts = [gradients, *([b for name, b in model.named_buffers() if word in name] for word in ("mean", "var"))]
        return [torch.cat([tensor.detach().float().cpu().flatten() for tensor in part]) for part in parts]

    cpu = torch.device("cpu")
    reference = stepped(cpu, "32-true")

    def error(device: torch.device, precision: str) -> float:
        pairs = zip(stepped(device, precision), reference, strict=True)
        return max(float((found - expected).norm() / expected.norm()) for found, expected in pairs)

    torch.backends.cudnn.allow_tf32 = False
    found = {"fp32": error(bench.device, "32-true"), "bf16 on the CPU": error(cpu, "bf16-mixed")}
    torch.backends.cudnn.allow_tf32 = True
    allow_tf32(bench.device)
    found |= {"tf32": error(bench.device, "32-true"), "bf16": error(bench.device, "bf16-mixed")}
    yardstick = found["bf16 on the CPU"]
    for name, most in (("fp32", FP32_ERROR), ("tf32", TF32_TO_BF16 * yardstick), ("bf16", BF16_TO_BF16 * yardstick)):
        demand(found[name] <= most, f"relative error of a step in {name}: {found[name]:.2g}, at most {most:.2g}")
    return found


def pinned(bench: Bench) -> dict[str, Any]:
    """Batches: copied from pinned memory as uint8, and equal to those of the CPU."""
    from torch.utils.data import DataLoader

    def loader(device: torch.device) -> Any:
        data = data_of(bench, size=32, batch=8, workers=1)
        data.trainer = Trainer(accelerator=device.type, devices=1, logger=False, enable_checkpointing=False)
        data.setup("fit")
        return data.train_dataloader()

    here, on_cpu = loader(bench.device), loader(torch.device("cpu"))
    raw = next(DataLoader.__iter__(here))
    batches = list(zip(here, on_cpu, strict=True))
    labels = all(torch.equal(one[1].cpu(), other[1]) for one, other in batches)
    error = max(float((one[0].cpu() - other[0]).abs().max()) for one, other in batches)
    demand(labels and error <= 1e-6, f"batches on the device differ from those on the CPU by {error:.2g}")
    demand(raw[0].dtype == torch.uint8, f"batches are copied as {raw[0].dtype}")
    is_pinned = raw[0].is_pinned() if bench.device.type == "cuda" else None
    demand(is_pinned is not False, "the copies come from memory that is not pinned")
    demand(batches[0][0][0].device.type == bench.device.type, "the batches are not on the device")
    return {"batches": len(batches), "pinned": is_pinned, "difference": error}


class SynchronizationProbe(Callback):
    """Count, in the training loop, how often torch says that the host waits for the GPU."""

    messages: list[str]

    def on_train_batch_start(self, trainer: Trainer, module: Any, batch: Any, batch_idx: int) -> None:
        """Begin with the second batch, stop before the last."""
        if batch_idx == 1:
            self.caught = warnings.catch_warnings(record=True)
            self.seen = self.caught.__enter__()
            warnings.simplefilter("always")
            torch.cuda.set_sync_debug_mode("warn")
        if batch_idx == trainer.num_training_batches - 1:
            torch.cuda.set_sync_debug_mode("default")
            self.caught.__exit__(None, None, None)
            waits = [one for one in self.seen if "synchronizing" in str(one.message)]
            self.messages = [f"{Path(one.filename).name}, line {one.lineno}" for one in waits]
            self.steps = batch_idx - 1


def synchronizations(bench: Bench) -> dict[str, Any]:
    """Times that the host waits for the GPU in a training step, as torch tells it."""
    probe = SynchronizationProbe()
    trainer = Trainer(
        max_epochs=1,
        limit_val_batches=0,
        accelerator=bench.device.type,
        devices=1,
        precision="bf16-mixed",
        callbacks=[probe] if bench.device.type == "cuda" else [],
        logger=False,
        enable_checkpointing=False,
        enable_model_summary=False,
        enable_progress_bar=False,
    )
    trainer.fit(classifier(20), datamodule=data_of(bench, size=32, batch=8, workers=1))
    if bench.device.type != "cuda":
        return {"per_step": None, "where": []}
    found = {"per_step": len(probe.messages) / probe.steps, "where": sorted(set(probe.messages))}
    demand(found["per_step"] <= 1, f"the host waits {found['per_step']:g} times per step: {found['where']}")
    return found


def deterministic(bench: Bench) -> dict[str, Any]:
    """The same fit twice, bit for bit."""
    one, other = bench.whole("whole"), bench.whole("again")
    different = compare(one, other)
    demand(not different, f"two equal fits differ: {'; '.join(different)}")
    return {"steps": Run(one / "version_0").metrics()[-1]["step"], "processor": device_name(one)}


def killed(bench: Bench) -> dict[str, Any]:
    """A fit that is killed within an epoch, twice, and resumed: bit for bit the one that was not."""
    whole = bench.whole("whole")
    last = int(Run(whole / "version_0").metrics()[-1]["step"])
    after = [last // 3 + 2, last - 1]
    for step in after:
        process = bench.start("killed", "--resume", "auto", **{KILL_AFTER: str(step)})
        error = process.communicate()[1]
        demand(process.returncode == -signal.SIGKILL, f"the fit ended before step {step}: {error.strip()[-200:]}")
    succeed(bench.start("killed", "--resume", "auto"))
    different = compare(whole, bench.folder / "lightning_logs" / "killed")
    demand(not different, f"the resumed fit differs: {'; '.join(different)}")
    return {"killed after steps": after, "of": last}


def two_jobs(bench: Bench) -> dict[str, Any]:
    """Two fits at a time on the device: both end, and one has the bits of the fit alone."""
    whole = bench.whole("whole")
    jobs = [bench.start("together"), bench.start("plain", arm="plain34")]
    for job in jobs:
        succeed(job)
    different = compare(whole, bench.folder / "lightning_logs" / "together")
    demand(not different, f"a fit beside another one differs: {'; '.join(different)}")
    return {"jobs": len(jobs)}


def diagnostics(bench: Bench) -> dict[str, Any]:
    """Diagnostics of the first step in fp32 against those of the CPU; those of all steps are numbers."""
    fp32 = ["--trainer.precision", "32-true", "--trainer.max_epochs", "1"]
    here = rows_of(bench.whole("fp32", *fp32) / "version_0" / "diagnostics.csv")
    on_cpu = rows_of(bench.whole("fp32-cpu", *fp32, "--trainer.accelerator", "cpu") / "version_0" / "diagnostics.csv")
    demand(len(here) == len(on_cpu) > 0, f"{len(here)} rows, and {len(on_cpu)} on the CPU")
    keys = [key for key in here[0] if key not in ("epoch", "step", "layer")]
    values = [float(row[key]) for row in here for key in keys if row[key]]
    demand(all(map(math.isfinite, values)), "a diagnostic is no finite number")
    first = [(a, b) for a, b in zip(here, on_cpu, strict=True) if a["step"] == here[0]["step"]]
    return {"rows": len(here), **agreement(first, keys, most=0.05)}


def inspect(bench: Bench) -> dict[str, Any]:
    """`inspect` of both arms on the device, and its responses against those of the CPU."""
    runs = [bench.whole("whole") / "version_0", bench.whole("plain", arm="plain34") / "version_0"]
    words = ["inspect", *runs, "--images", "16", "--draws", "1", "--output", bench.folder / "plots"]
    found = []
    for environment in ({}, {"CUDA_VISIBLE_DEVICES": ""}):
        succeed(bench.command(*words, **environment))
        found.append([row for run in runs for row in rows_of(run / "inspect" / "responses.csv")])
    plots = len(list((bench.folder / "plots").glob("*.svg")))
    keys = [key for key in found[0][0] if "std" in key]
    return {"plots": plots, **agreement(list(zip(*found, strict=True)), keys, most=0.02)}


def compiled(bench: Bench) -> dict[str, Any]:
    """A fit with `--compile true`; its first objective against that of the fit without."""
    options = ["--trainer.max_epochs", "1"]
    fits = [bench.whole("eager", *options), bench.whole("compiled", *options, "--compile", "true")]
    eager, made = (Run(group / "version_0") for group in fits)
    demand(bool(made.status_content()["compiled"]), "the run does not say that it was compiled")
    losses = [run.metrics()[-1]["train/loss"] for run in (eager, made)]
    error = abs(losses[1] - losses[0]) / losses[0]
    demand(error <= 0.05, f"training loss {losses[1]:.4f}, without compilation {losses[0]:.4f}")
    return {"training loss": losses[1], "without": losses[0]}


def agreement(pairs: list[tuple[dict[str, str], dict[str, str]]], keys: list[str], *, most: float) -> dict[str, Any]:
    """Return the median and the largest relative difference of columns; the median may be ``most``."""
    values = [(float(a[key]), float(b[key])) for a, b in pairs for key in keys if a[key] and b[key]]
    demand(bool(values), f"there are no values of {', '.join(keys)}")
    errors = [abs(one - other) / max(abs(other), 1e-12) for one, other in values if one != other] or [0.0]
    demand(median(errors) <= most, f"median relative difference from the CPU: {median(errors):.2g}, at most {most:g}")
    return {"values": len(values), "median difference": median(errors), "largest difference": max(errors)}


def classifier(depth: int, *, residual: bool = True) -> Classifier:
    """Return a net with its objective."""
    return Classifier(2, depth=depth, residual=residual, shortcut="B")


def data_of(bench: Bench, *, size: int, batch: int, workers: int) -> ImageFolderDataModule:
    """Return the small photographs."""
    root = str(images_for(bench.folder, 64, 60))
    return ImageFolderDataModule(root, batch_size=batch, image_size=size, num_workers=workers, seed=0)


def rows_of(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def device_name(group: Path) -> str:
    """Return the device that a run says it had."""
    hardware = Run(group / "version_0").status_content()["hardware"]
    return hardware.get("accelerator", hardware["processor"])


def speed_of(batch: int) -> Callable[[Bench], dict[str, Any]]:
    """Return the check of the speed with a batch size."""
    return lambda bench: gpu_speed.speed(bench.device, bench.folder, batch=batch, tiny=bench.tiny)


CHECKS: dict[str, Callable[[Bench], dict[str, Any]]] = {
    "machine": machine,
    "steps": steps,
    "pinned": pinned,
    "synchronizations": synchronizations,
    "deterministic": deterministic,
    "killed": killed,
    "two_jobs": two_jobs,
    "diagnostics": diagnostics,
    "inspect": inspect,
    "compile": compiled,
    "bill": lambda bench: gpu_speed.bill(bench.device, tiny=bench.tiny),
    **{f"speed_{batch}": speed_of(batch) for batch in gpu_speed.BATCHES},
}


def main() -> None:
    """Make one check and print its values as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", choices=CHECKS)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--tiny", action="store_true")
    options = parser.parse_args()
    found = CHECKS[options.name](Bench(options.device, options.folder, options.tiny))
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
