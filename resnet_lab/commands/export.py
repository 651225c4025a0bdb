"""``resnet-lab export RUN --format FORMAT...``: the trained network as a file that needs no resnet-lab."""

import re
from pathlib import Path

from resnet_lab.commands.command import Command
from resnet_lab.commands.options import OptionParser
from resnet_lab.errors import InputError
from resnet_lab.export.folder import export_folder, refuse_to_replace
from resnet_lab.export.formats import FORMATS, check_installed
from resnet_lab.runs import LOGS
from resnet_lab.runs.resolve import runs_with_network


def export(arguments: list[str]) -> int:
    """Write the network of a finished run, checked against the run's own, and its model card.

    Raises:
        InputError: The options, the run, its checkpoint or the photographs of the check cannot be used.
        RunError: A file does not compute what the network computes.
    """
    options = COMMAND.parse(arguments)
    formats = [known for known in FORMATS.values() if known.name in options.format]
    if missing := next((path for path in options.images if not path.exists()), None):
        raise InputError(f"data.images {missing} does not exist.")
    if options.license is not None and not re.fullmatch(r"[a-z0-9][a-z0-9.+-]*", options.license):
        raise InputError(
            f"--license {options.license} is no license as model hubs name it, such as cc-by-4.0 or other."
        )
    check_installed(formats)
    [run] = runs_with_network([options.run], options.logs, options.checkpoint)
    if not options.overwrite:
        refuse_to_replace(export_folder(run, options.checkpoint), formats)

    from resnet_lab.distributed.signals import exit_by_signal
    from resnet_lab.export.export_run import ExportOptions, export_run
    from resnet_lab.training.console import silence_lightning

    silence_lightning()
    with exit_by_signal():
        export_run(run, ExportOptions(options.checkpoint, formats, options.images, options.license))
    return 0


def add_options(parser: OptionParser) -> None:
    """Add the options of the command."""
    add = parser.add_argument
    add("run", metavar="RUN|NAME", help="a run folder, or the name of runs: the newest finished one")
    add("--format", nargs="+", choices=[*FORMATS], default=["onnx"], help="files to write (default: onnx)")
    add("--checkpoint", choices=("best", "last"), default="best", help="default: %(default)s")
    add("--license", help="license of the photographs for the model card, as model hubs name it: cc-by-4.0")
    add(
        "--data.images",
        dest="images",
        nargs="+",
        action="extend",
        type=Path,
        default=[],
        help="photographs, or folders of them, for the check (default: 50 held-out ones of the run)",
    )
    add("--overwrite", action="store_true", help="replace files of an earlier export, and an edited model card")
    add("--logs", type=Path, default=Path(LOGS), help="folder of all runs (default: %(default)s)")


COMMAND = Command(
    name="export",
    summary="write the trained network as ONNX, torch.export or safetensors, with a model card",
    run=export,
    add_options=add_options,
    position=75,
    description="Write the network of a finished run into RUN/exported/, as a file that other programs read, with a "
    "model card (README.md) that shows the lines to use it. A file is kept only if it computes what the network "
    "computes, on 50 photographs.",
    epilog="example:\n  resnet-lab export plain34 --format onnx safetensors",
)
