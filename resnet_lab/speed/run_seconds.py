"""Seconds that a run will take, from a few timed steps of its network, for ``study --plan``.

It is a program of its own, since ``study`` imports no torch: threads and configs come on standard input, the seconds of
each config go to standard output, both as JSON.
"""

import json
import sys
import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from resnet_lab.data.folder import find_layout
from resnet_lab.data.sources import named_set, resolve_root
from resnet_lab.data.split import SPLITS, parse_fold
from resnet_lab.errors import InputError
from resnet_lab.hardware import default_precision
from resnet_lab.model.backbone import ResNet
from resnet_lab.model.optimizer import build_optimizer

BUDGET = 2.5
"""Seconds after which no further network is timed."""
_STARTS = 12.0
"""Processor seconds in which a run starts, reads, saves, draws and starts again to be tested, per second that the
import of this module took: 11 in the fit and 8 in the test where the import took 1.6, with 190 photographs."""
_FEW, _MORE = 2, 4
"""Images of the two batches that are timed on a processor."""
_TRIES = 3
"""Steps of each batch, of which the shortest counts: threads that wait for a busy core make some steps long."""
_FORWARD = 1 / 3
"""Share of a training step that an evaluation takes: the backward pass has twice the operations of the forward pass."""
_OF_THE_DATA = ("data.root", "data.fold")
_OF_THE_NETWORK = (
    "model.depth",
    "data.image_size",
    "data.batch_size",
    "trainer.precision",
    "trainer.accelerator",
)
"""Keys that decide the time of a step; a shortcut costs little."""
_VAL, _TEST = 0.15, 0.15
"""Shares of images in val and test, unless the data say otherwise."""

Config = Mapping[str, Any]


def seconds_of_runs(configs: Mapping[str, Config], start: float, budget: float = BUDGET) -> dict[str, float]:
    """Return the seconds of one run of each cell, without the cells that cannot be estimated.

    The first network is timed, and others while the budget lasts. The time of the rest is taken to be proportional to
    the multiplications of their convolutions.

    Args:
        configs: Resolved config of each cell by name, as ``group.key``.
        start: Seconds of a run without its epochs.
        budget: Seconds of computing after which no further network is timed.
    """
    end = _clock() + budget
    images: dict[tuple[Any, ...], dict[str, float]] = {}
    per_image: dict[tuple[Any, ...], float] = {}
    per_multiplication = None
    seconds = {}
    for name, config in configs.items():
        epochs = config["trainer.max_epochs"]
        data, network = (tuple(config.get(key) for key in keys) for keys in (_OF_THE_DATA, _OF_THE_NETWORK))
        if not isinstance(epochs, int) or epochs < 1:
            continue
        try:
            images[data] = images.get(data) or count_images(config["data.root"], config.get("data.fold"))
        except (InputError, OSError):
            continue
        if network not in per_image:
            backbone = ResNet(config["model.depth"], config["model.residual"], num_classes=2)
            count = multiplications(backbone, config["data.image_size"])
            if per_multiplication is None or _clock() < end:
                per_multiplication = seconds_per_image(backbone, config) / count
            per_image[network] = per_multiplication * count
        seconds[name] = start + per_image[network] * _images_trained(images[data], config, epochs)
    return seconds


def multiplications(backbone: ResNet, image_size: int) -> int:
    """Count the multiplications of all convolutions for one image, in the forward pass.

    Args:
        backbone: Network for images ``(B, 3, image_size, image_size)``.
        image_size: Side of the images in pixels.
    """
    counts: list[int] = []

    def count(convolution: Any, _: Any, output: torch.Tensor) -> None:
        counts.append(convolution.weight.numel() * output.shape[-2] * output.shape[-1])

    hooks = [module.register_forward_hook(count) for module in backbone.modules() if isinstance(module, nn.Conv2d)]
    with torch.inference_mode():
        backbone.eval()(torch.zeros(1, 3, image_size, image_size))
    for hook in hooks:
        hook.remove()
    return sum(counts)


def _clock() -> float:
    """Return a time in seconds that other work on a processor slows little."""
    return time.perf_counter() if torch.cuda.is_available() else time.process_time() / torch.get_num_threads()


def _images_trained(count: Mapping[str, float], config: Config, epochs: int) -> float:
    """Return the images of a run, with those that are only evaluated as a share of a trained image."""
    passes = count["train"] * (1 + _FORWARD * bool(config.get("model.precise_bn"))) + count["val"] * _FORWARD
    return epochs * passes + 2 * _FORWARD * (count["val"] + count["test"])  # best and last are scored at the end


def count_images(root: str, fold: str | None) -> dict[str, float]:
    """Return about how many images each split has, without reading an image.

    Args:
        root: ``data.root``.
        fold: ``data.fold``.

    Raises:
        InputError: The data set cannot be used.
    """
    named = named_set(root)
    counts = Counter[str | None]()
    if named is not None:  # it may not be there yet; about as many images as these are in each split
        counts[None] = named.images
    else:
        counts.update(image.split for image in find_layout(resolve_root(root), allow_empty_classes=True).placed)
    undivided = counts[None] + counts["train"]
    held_out = parse_fold(fold)
    test = 0.0 if "test" in counts else 1 / held_out.total if held_out else _TEST
    val = 0.0 if "val" in counts else _VAL
    own = {"train": (1 - val - test) * undivided, "val": val * undivided, "test": test * undivided}
    return {split: own[split] + (counts[split] if split != "train" else 0) for split in SPLITS}


def seconds_per_image(backbone: ResNet, config: Config) -> float:
    """Return the seconds of a training step per image, from a step of few and a step of more images.

    Args:
        backbone: The network.
        config: Resolved config of a run, as ``group.key``.
    """
    accelerator = config["trainer.accelerator"]
    cuda = accelerator in ("auto", "gpu", "cuda") and torch.cuda.is_available()
    device = torch.device("cuda" if cuda else "cpu")
    batch, side = max(config["data.batch_size"], 2), config["data.image_size"]
    few, more = (max(batch // 4, 2), batch) if cuda else (min(_FEW, batch), min(_MORE, batch))
    precision = config["trainer.precision"] or default_precision(accelerator)
    half = {"bf16-mixed": torch.bfloat16, "16-mixed": torch.float16}.get(precision)
    network = backbone.train().to(device).to(memory_format=torch.channels_last)
    optimizer = build_optimizer(network.parameters(), {"lr": 0.0, "weight_decay": 0.0})

    def step(images: int) -> float:
        start = _clock()
        pixels = torch.randn(images, 3, side, side, device=device).contiguous(memory_format=torch.channels_last)
        with torch.autocast(device.type, half, enabled=half is not None):
            loss = F.cross_entropy(network(pixels), torch.zeros(images, dtype=torch.long, device=device))
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        loss.item()  # waits for the device
        return _clock() - start

    for images in {few, more}:  # chooses kernels
        step(images)
    short, long = (min(step(images) for _ in range(_TRIES)) for images in (few, more))
    each = max(long - short, 0.0) / (more - few) if more > few else 0.0
    return (long + each * (batch - more)) / batch


if __name__ == "__main__":
    imported = time.process_time()
    asked = json.load(sys.stdin)
    torch.set_num_threads(asked["threads"])
    json.dump(seconds_of_runs(asked["configs"], _STARTS * imported), sys.stdout)
