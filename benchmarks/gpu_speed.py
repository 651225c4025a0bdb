"""Speed and memory for `benchmarks/gpu.py`: a fit, its bare step, an ordinary loop, and the bill of the shortcut."""

import os
import time
from pathlib import Path
from statistics import median
from typing import Any

import torch
from gpu_images import images_for
from ordinary_loop import ordinary_loop

from resnet_lab.data.module import ImageFolderDataModule
from resnet_lab.hardware import allow_tf32
from resnet_lab.model.classifier import Classifier
from resnet_lab.speed.measurements import measure
from resnet_lab.speed.resident_step import resident_step

BATCHES = (32, 64, 128, 256)
ARMS: dict[str, dict[str, Any]] = {
    "plain": {"residual": False},
    "residual, option A": {"residual": True, "shortcut": "A"},
    "residual, option B": {"residual": True, "shortcut": "B"},
}
MB = 1e6


def speed(device: torch.device, folder: Path, *, batch: int, tiny: bool) -> dict[str, Any]:
    """Return images per second of the training loop, its bare step, the data alone and an ordinary loop.

    Args:
        device: Device that computes.
        folder: Folder of the images and the decoded cache.
        batch: Images per batch; a sixteenth of it in tiny form.
        tiny: ResNet-20, 32 pixels, few images.
    """
    allow_tf32(device)
    depth, size = (20, 32) if tiny else (34, 224)
    root = images_for(folder, *((64, 60) if tiny else (256, 1500)))
    batch = batch // 16 if tiny else batch
    workers = min(len(os.sched_getaffinity(0)), 16) if not tiny else 1
    rounds, steps = (1, 2) if tiny else (3, max(8, 1024 // batch))

    def data(*, cache: bool) -> ImageFolderDataModule:
        options: dict[str, Any] = {"batch_size": batch, "image_size": size, "num_workers": workers, "seed": 0}
        return ImageFolderDataModule(str(root), **options, cache=cache)

    precision = "bf16-mixed"
    reset_peak(device)
    measured, used = measure(
        lambda: net(depth, residual=True, shortcut="B"),
        data(cache=True),
        data(cache=False),
        precision=precision,
        steps=steps,
        rounds=rounds,
    )
    assert used.type == device.type
    peak = peak_mb(device)
    reset_peak(device)
    ordinary = []
    for _ in range(1 if tiny else 2):
        trained, _ = ordinary_loop(
            root, bf16=True, size=size, batch=batch, workers=workers, warm=1, steps=min(steps, 8), device=device
        )
        ordinary.append(trained)
    return {
        "batch": batch,
        "workers": workers,
        "loop": measured.loop,
        "resident": measured.resident,
        "evaluation": measured.evaluation,
        "cached": measured.cached,
        "decoded": measured.decoded,
        "ordinary": ordinary,
        "data_wait": measured.data_wait,
        "peak_share": measured.peak_share(precision),
        "shares": measured.shares,
        "loop_peak_mb": peak,
        "ordinary_peak_mb": peak_mb(device),
    }


def bill(device: torch.device, *, tiny: bool) -> dict[str, Any]:
    """Return what a training step of each arm takes: milliseconds, and memory in MB (10^6 bytes).

    ``kept`` is what the forward pass keeps for the backward pass, without the weights: the same on every device.
    ``peak`` is the most that tensors took on the GPU in a step, beyond what stays there between steps; None on a CPU.
    The arms take turns.
    """
    allow_tf32(device)
    depth, size, batches, rounds = (20, 32, (4,), 2) if tiny else (34, 224, BATCHES, 12)
    found: dict[str, Any] = {}
    for batch in batches:
        steps, rows = {}, {}
        for arm, options in ARMS.items():
            model = net(depth, **options)
            steps[arm], _ = resident_step(
                model, batch_size=batch, image_size=size, precision="bf16-mixed", device=device
            )
            rows[arm] = {"kept_mb": kept_mb(model, steps[arm]), "ms": []}
            reset_peak(device)
            before = torch.cuda.memory_allocated() if device.type == "cuda" else 0
            steps[arm]()
            peak = peak_mb(device)
            rows[arm]["peak_mb"] = None if peak is None else peak - before / MB
        for _ in range(rounds):
            for arm, step in steps.items():
                start = time.perf_counter()
                step()
                rows[arm]["ms"].append(1000 * (time.perf_counter() - start))
        for row in rows.values():
            row["images_per_second"] = 1000 * batch / median(row["ms"])
        found[str(batch)] = rows
    return found


def kept_mb(model: Classifier, step: Any) -> float:
    """Return the memory of all tensors that a step keeps for its backward pass, each counted once, weights apart."""
    weights = {p.untyped_storage().data_ptr() for p in (*model.parameters(), *model.buffers())}
    kept: dict[int, torch.UntypedStorage] = {}

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            kept[storage.data_ptr()] = storage  # held, so that no other tensor gets its address
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        step()
    return sum(storage.nbytes() for storage in kept.values()) / MB


def net(depth: int, **options: Any) -> Classifier:
    """Return a net of an arm with its objective."""
    torch.manual_seed(0)
    return Classifier(2, depth=depth, **{"shortcut": "B", **options})


def reset_peak(device: torch.device) -> None:
    """Begin to measure the peak anew."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()


def peak_mb(device: torch.device) -> float | None:
    """Return the most that tensors took on the GPU, in MB; None on a CPU."""
    return torch.cuda.max_memory_allocated() / MB if device.type == "cuda" else None
