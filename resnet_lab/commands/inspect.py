"""``resnet-lab inspect``: what the networks of finished runs do inside, both arms side by side."""

from pathlib import Path

from resnet_lab.commands.command import Command
from resnet_lab.commands.options import OptionParser
from resnet_lab.errors import InputError
from resnet_lab.runs import LOGS

_WHAT = ("gradients", "responses", "lesion")


def inspect(arguments: list[str]) -> int:
    """Measure runs, write what was found into their folders, and draw them side by side.

    Raises:
        InputError: The options, the runs, their checkpoints or their data cannot be used.
    """
    options = COMMAND.parse(arguments)
    what = _chosen(options.what)
    for name, least in (("images", 2), ("draws", 1), ("seed", 0)):
        if getattr(options, name) < least:
            raise InputError(f"--{name} is {getattr(options, name)}; it must be {least} or more.")
    if options.budget is not None and not options.budget > 0:
        raise InputError(f"--budget is {options.budget:g}; it must be minutes, more than 0.")
    if options.output is not None and any(p.is_file() for p in (options.output, *options.output.absolute().parents)):
        raise InputError(f"--output {options.output} cannot be written: give a folder.")

    from resnet_lab.distributed.signals import exit_by_signal
    from resnet_lab.inspection.inspect_run import Request
    from resnet_lab.inspection.side_by_side import inspect_side_by_side
    from resnet_lab.training.console import quieten

    quieten()
    request = Request(what, options.images, options.draws, options.seed, options.budget)
    with exit_by_signal():
        try:
            inspect_side_by_side(options.runs, options.logs, options.checkpoint, options.output, request)
        except OSError as error:
            raise InputError(f"What was found cannot be written ({error}).") from error
    return 0


def add_options(parser: OptionParser) -> None:
    """Add the options of the command."""
    add = parser.add_argument
    add("runs", nargs="+", metavar="RUN|NAME", help="run folders, or names of runs")
    add("--what", default=",".join(_WHAT), help="which of these, with commas between (default: %(default)s)")
    add("--images", type=int, default=256, help="held-out images in the sample (default: %(default)s, or all)")
    add("--checkpoint", choices=("best", "last"), default="best", help="default: %(default)s")
    add("--budget", type=float, metavar="MINUTES", help="leave out images and removed blocks when this time is over")
    add("--draws", type=int, default=5, help="random sets for each number of removed blocks (default: %(default)s)")
    add("--seed", type=int, default=0, help="key of the sample and of the random sets (default: %(default)s)")
    add("--output", type=Path, help="folder of the figures (default: LOGS/inspection/NAMES)")
    add("--logs", type=Path, default=Path(LOGS), help="folder in which names are looked up (default: %(default)s)")
    add("--allocator", choices=("auto", "system"), default="auto", help="memory allocator; it changes speed alone")


def _chosen(text: str) -> tuple[str, ...]:
    """Return the measurements of ``--what`` in their own order."""
    words = [word.strip() for word in text.split(",")]
    if unknown := [word for word in words if word not in _WHAT]:
        raise InputError(f"--what has {unknown[0] or 'an empty word'}; choose of {', '.join(_WHAT)}.")
    return tuple(what for what in _WHAT if what in words)


COMMAND = Command(
    name="inspect",
    summary="look into the networks of finished runs: gradients, responses, blocks removed",
    run=inspect,
    add_options=add_options,
    position=70,
    description="Look into the networks of finished runs: gradients, responses, and what they can do without.",
    epilog="resnet-lab inspect plain34 resnet34        the newest run of both that is finished and has checkpoints",
    computes=True,
)
