"""``resnet-lab inspect``: measurements inside the networks of finished runs, both arms side by side."""

from collections.abc import Sequence
from pathlib import Path

from resnet_lab.commands.command import Command
from resnet_lab.commands.options import OptionParser, note_old_spelling
from resnet_lab.errors import InputError
from resnet_lab.runs import LOGS
from resnet_lab.runs.disagreements import disputed_images
from resnet_lab.runs.resolve import runs_with_network

_WHAT = ("gradients", "responses", "branch", "probes", "similarity", "attention", "landscape", "plane", "lesion")
"""Words of ``--what``: each :attr:`~resnet_lab.inspection.measurement.Measurement.what`, here without torch."""
_DEFAULT = ("gradients", "responses", "lesion")

_HELP_ON_WHAT = f"some of {', '.join(_WHAT)} (default: {' '.join(_DEFAULT)})"


def inspect(arguments: list[str]) -> int:
    """Measure runs, write the values into their folders, and draw the runs side by side.

    Raises:
        InputError: The options, the runs, their checkpoints or their data cannot be used.
    """
    options = COMMAND.parse(arguments)
    what = _chosen(options.what)
    least_images = 4 if "similarity" in what else 2  # the unbiased estimate needs so many
    for name, least in (("images", least_images), ("train_images", 2), ("draws", 1), ("seed", 0)):
        if getattr(options, name) < least:
            raise InputError(f"--{name} is {getattr(options, name)}; it must be {least} or more.")
    if options.budget is not None and not options.budget > 0:
        raise InputError(f"--budget is {options.budget:g}; it must be minutes, more than 0.")
    if options.output is not None and any(p.is_file() for p in (options.output, *options.output.absolute().parents)):
        raise InputError(f"--output {options.output} cannot be written: give a folder.")

    chosen = runs_with_network(options.runs, options.logs, options.checkpoint)  # answers before torch is there
    if "attention" in what:
        disputed_images(chosen, 1)
    from resnet_lab.distributed.signals import exit_by_signal
    from resnet_lab.inspection.measurement import InspectionOptions
    from resnet_lab.inspection.side_by_side import inspect_side_by_side
    from resnet_lab.training.console import silence_lightning

    silence_lightning()
    asked = InspectionOptions(what, options.images, options.draws, options.seed, options.budget, options.train_images)
    with exit_by_signal():
        try:
            inspect_side_by_side(options.runs, options.logs, options.checkpoint, options.output, asked)
        except OSError as error:
            raise InputError(
                f"The results cannot be written ({error}): check permissions and free space of the run folders."
            ) from error
    return 0


def add_options(parser: OptionParser) -> None:
    """Add the options of the command."""
    add = parser.add_argument
    add("runs", nargs="+", metavar="RUN|NAME", help="run folders, or names of runs")
    add("--what", nargs="+", metavar="MEASUREMENT", default=[*_DEFAULT], help=_HELP_ON_WHAT)
    add("--images", metavar="N", type=int, default=256, help="number of held-out images (default: %(default)s, or all)")
    add(
        "--train_images",
        metavar="N",
        type=int,
        default=1024,
        help="number of training images that probes are fitted on (default: %(default)s, or all)",
    )
    add("--checkpoint", choices=("best", "last"), default="best", help="which network (default: %(default)s)")
    add("--budget", type=float, metavar="MINUTES", help="time after which no more images and removed blocks are added")
    add(
        "--draws",
        metavar="N",
        type=int,
        default=5,
        help="random sets of removed blocks per size (default: %(default)s)",
    )
    add("--seed", type=int, default=0, help="key of the sample and of the random sets (default: %(default)s)")
    add("--output", metavar="FOLDER", type=Path, help="folder of the plots (default: LOGS/inspection/NAMES)")
    add("--logs", metavar="FOLDER", type=Path, default=Path(LOGS), help="folder of all runs (default: %(default)s)")
    add(
        "--allocator",
        choices=("auto", "system"),
        default="auto",
        help="memory allocator; it changes the speed and no result",
    )


def _chosen(given: Sequence[str]) -> tuple[str, ...]:
    """Return the words of ``--what`` in the order of the measurements; version 0.1 had commas between them."""
    words = [word.strip() for text in given for word in text.split(",")]
    if unknown := [word for word in words if word not in _WHAT]:
        raise InputError(f"--what has {unknown[0] or 'an empty word'}; choose from {', '.join(_WHAT)}.")
    if len(words) > len(given):
        note_old_spelling(",".join(words), f"--what {' '.join(words)}")
    return tuple(what for what in _WHAT if what in words)


COMMAND = Command(
    name="inspect",
    summary="measure inside networks: gradients, responses, probes, similarity, accuracy without single blocks",
    run=inspect,
    add_options=add_options,
    position=70,
    description="Measure inside the networks of finished runs: gradients, responses of the layers, and accuracy "
    "without single blocks; if --what names them, the share of residual branches, linear probes after each block, "
    "the similarity of the blocks of different networks, attention (Grad-CAM) on images on which the arms disagree, "
    "and the loss around the trained weights (landscape, plane).",
    epilog="example:\n  resnet-lab inspect plain34 resnet34    of both names, the newest finished run with checkpoints",
    computes=True,
)
