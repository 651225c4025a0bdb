"""Page of one bench, from its options to Markdown."""

from argparse import Namespace
from collections.abc import Callable

import torch

from resnet_lab.allocator import active_allocator
from resnet_lab.config.find import shipped_configs
from resnet_lab.config.safe_yaml import read_yaml
from resnet_lab.data.module import ImageFolderDataModule
from resnet_lab.hardware import default_precision, describe_hardware
from resnet_lab.model.classifier import Classifier
from resnet_lab.provenance import describe_software, git_commit
from resnet_lab.speed.measurements import measure
from resnet_lab.speed.report import page


def bench_page(options: Namespace, command: str, say: Callable[[str], None]) -> tuple[str, torch.device]:
    """Measure, and return the page and the device that was measured.

    Args:
        options: Options of ``resnet-lab bench``.
        command: Command line, shown on the page.
        say: Called with a phrase for each step of the bench.

    Raises:
        InputError: The network or the data cannot be built.
    """
    recipe = read_yaml(shipped_configs() / "recipe.yaml")["model"]
    precision = options.precision or default_precision("auto")

    def data(cache: bool) -> ImageFolderDataModule:
        sizes = {"batch_size": options.batch_size, "image_size": options.image_size, "num_workers": options.workers}
        return ImageFolderDataModule(options.root, **sizes, seed=0, cache="auto" if cache else False)

    cached = data(True)
    num_classes = cached.num_classes  # a folder that cannot be used is an error before anything is timed

    def model() -> Classifier:
        return Classifier(num_classes, **{**recipe, "depth": options.depth, "residual": options.residual})

    model()
    measured, device = measure(
        model, cached, data(False), precision=precision, steps=options.steps, rounds=options.rounds, say=say
    )
    hardware = describe_hardware(device)
    setting = {
        "network": f"{'ResNet' if options.residual else 'Plain'}-{options.depth}",
        "data": f"{options.root}, {options.image_size} pixels, batch {options.batch_size}",
        "device": device.type,
        "precision": precision,
        "cores": hardware["cores"],
        "threads": torch.get_num_threads(),
        "workers": options.workers,
        "allocator": active_allocator(),
        "steps": f"{options.steps} per round",
    }
    facts = {
        "command": command,
        "hardware": hardware,
        "versions": describe_software(),
        "git_commit": git_commit(),
    }
    return page(measured, setting, facts), device
