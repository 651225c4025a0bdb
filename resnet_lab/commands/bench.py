"""``resnet-lab bench``: training speed of this machine, breakdown of the time, and advice."""

import os
from datetime import date
from pathlib import Path
from typing import Any

from resnet_lab.commands.command import Command
from resnet_lab.commands.options import OldSpelling, OptionParser, yaml_value
from resnet_lab.config.find import shipped_configs
from resnet_lab.config.safe_yaml import read_yaml
from resnet_lab.errors import InputError
from resnet_lab.output import give, remark
from resnet_lab.program import command_line
from resnet_lab.training.early_check import refuse_missing_root

_OPTIONS = {  # by name in the namespace
    "batch_size": "data.batch_size",
    "image_size": "data.image_size",
    "steps": "steps",
    "rounds": "rounds",
}


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(value)
    return value


_BOOLEAN = yaml_value(_boolean)


def bench(arguments: list[str]) -> int:
    """Time a fit and its parts, print the page, and write it to a file.

    Raises:
        InputError: The options or the data cannot be used.
    """
    options = COMMAND.parse(arguments)
    for name, option in _OPTIONS.items():
        if getattr(options, name) < 1:
            raise InputError(f"--{option} is {getattr(options, name)}; it must be 1 or more.")
    if any(path.is_file() for path in (options.output, *options.output.absolute().parents)):
        raise InputError(f"--output {options.output} cannot be written: give a folder.")

    refuse_missing_root(options.root)
    os.environ.setdefault("KINETO_LOG_LEVEL", "99")  # otherwise torch's profiler prints a line when it starts
    from resnet_lab.distributed.signals import exit_by_signal
    from resnet_lab.hardware import describe_hardware
    from resnet_lab.speed.bench_page import bench_page
    from resnet_lab.speed.report import file_name, write_page
    from resnet_lab.training.console import silence_lightning

    silence_lightning()
    command = command_line("bench", *arguments)
    with exit_by_signal():
        text, device = bench_page(options, command, remark)
    path = write_page(options.output, file_name("bench", describe_hardware(device), date.today()), text)
    give(text)
    remark(f"wrote   {path}")
    return 0


def add_options(parser: OptionParser) -> None:
    """Add the options of the command. Options that a config also has default to the recipe's values."""
    recipe: dict[str, Any] = read_yaml(shipped_configs() / "recipe.yaml")
    model, data = recipe["model"], recipe["data"]
    add = parser.add_argument
    for option, dest, kind, default, help_ in (
        ("--data.root", "root", str, data["root"], "folder, manifest or builtin:elpv"),
        ("--model.depth", "depth", int, model["depth"], "layers with weights"),
        ("--data.image_size", "image_size", int, data["image_size"], "pixels per side"),
        ("--data.batch_size", "batch_size", int, data["batch_size"], "images per batch"),
        ("--data.num_workers", "workers", int, data["num_workers"], "processes that read images"),
    ):
        add(option, dest=dest, type=kind, default=default, help=f"{help_} (default: %(default)s)")
        add(f"--{dest}", dest=dest, type=kind, action=OldSpelling, instead=option)
    add(
        "--model.residual",
        dest="residual",
        type=_BOOLEAN,
        default=True,
        metavar="{true,false}",
        help="with or without shortcuts (default: true)",
    )
    add("--plain", dest="residual", action=OldSpelling, nargs=0, const=False, instead="--model.residual false")
    precision = {"dest": "precision", "choices": ("bf16-mixed", "32-true")}
    add("--trainer.precision", **precision, help="precision (default: that of a fit on this machine)")
    add("--precision", **precision, action=OldSpelling, instead="--trainer.precision")
    add("--steps", type=int, default=8, help="training steps per round (default: %(default)s)")
    add("--rounds", type=int, default=3, help="rounds, after one that does not count (default: %(default)s)")
    add("--allocator", choices=("auto", "system"), default="auto", help="memory allocator, as in fit")
    add(
        "--output",
        type=Path,
        default=Path("benchmarks/results"),
        help="folder to which the page is written (default: %(default)s)",
    )


COMMAND = Command(
    name="bench",
    summary="measure the training speed of this machine, and advise",
    run=bench,
    add_options=add_options,
    position=100,
    description="Time a fit and its parts in turn. Report where the time goes, and what to change.",
    computes=True,
)
