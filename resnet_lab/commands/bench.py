"""``resnet-lab bench``: how fast this machine trains, where the time goes, and what to change."""

import os
import sys
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from resnet_lab.commands.options import OptionParser
from resnet_lab.config.find import shipped_configs
from resnet_lab.errors import InputError


def bench(arguments: list[str]) -> int:
    """Time a fit and its parts, print what was found, and write it to a file.

    Raises:
        InputError: The options or the data cannot be used.
    """
    options = bench_options().parse_args(arguments)
    for name in ("batch_size", "image_size", "steps", "rounds"):
        if getattr(options, name) < 1:
            raise InputError(f"--{name} is {getattr(options, name)}; it must be 1 or more.")
    if any(path.is_file() for path in (options.output, *options.output.absolute().parents)):
        raise InputError(f"--output {options.output} cannot be written: give a folder.")

    os.environ.setdefault("KINETO_LOG_LEVEL", "99")  # torch's profiler would say when it starts
    from resnet_lab.distributed.signals import exit_by_signal
    from resnet_lab.hardware import describe_hardware
    from resnet_lab.speed.bench_page import bench_page
    from resnet_lab.speed.report import file_name, write_page
    from resnet_lab.training.console import quieten

    quieten()
    command = " ".join(["resnet-lab bench", *arguments])
    with exit_by_signal():
        text, device = bench_page(options, command, lambda what: print(what, file=sys.stderr, flush=True))
    path = write_page(options.output, file_name("bench", describe_hardware(device), date.today()), text)
    print(text, end="")
    print(f"wrote   {path}", file=sys.stderr)
    return 0


def bench_options() -> OptionParser:
    """Return the options of the command; what a config could say is the recipe's unless given."""
    recipe: dict[str, Any] = yaml.safe_load((shipped_configs() / "recipe.yaml").read_text(encoding="utf-8"))
    model, data = recipe["model"], recipe["data"]
    parser = OptionParser(
        prog="resnet-lab bench",
        description="Time a fit and its parts side by side, say where the time goes and what to change.",
    )
    add = parser.add_argument
    add("--root", default=data["root"], help="folder, manifest or builtin:elpv, as data.root (default: %(default)s)")
    add("--depth", type=int, default=model["depth"], help="model.depth (default: %(default)s)")
    add("--plain", action="store_true", help="the plain arm in place of the residual one")
    add("--image_size", type=int, default=data["image_size"], help="data.image_size (default: %(default)s)")
    add("--batch_size", type=int, default=data["batch_size"], help="data.batch_size (default: %(default)s)")
    add("--workers", type=int, default=data["num_workers"], help="data.num_workers (default: %(default)s)")
    add("--precision", choices=("bf16-mixed", "32-true"), help="trainer.precision (default: what a fit takes here)")
    add("--steps", type=int, default=8, help="training steps in a round (default: %(default)s)")
    add("--rounds", type=int, default=3, help="rounds that count (default: %(default)s)")
    add("--allocator", choices=("auto", "system"), default="auto", help="memory allocator, as of fit")
    add(
        "--output",
        type=Path,
        default=Path("benchmarks/results"),
        help="folder of the page that is written (default: %(default)s)",
    )
    return parser
