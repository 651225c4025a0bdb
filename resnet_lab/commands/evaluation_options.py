"""Options of ``validate``, ``test`` and ``predict`` on their help pages: what matters, then the Trainer's."""

import argparse
from collections.abc import Sequence

from resnet_lab.commands.command import filled
from resnet_lab.commands.options import OptionParser
from resnet_lab.config.keys import keys_of
from resnet_lab.config.overrides import SET_BY_AN_EVALUATION

HELP = frozenset({"-h", "--help"})
"""Words that ask for the help page."""
_CHECKPOINTS = {"validate": "best", "test": "both", "predict": "best"}


def add_evaluation_options(parser: OptionParser, command: str) -> None:
    """Add the options of a command that evaluates a run, for its help page and for completion.

    Args:
        parser: The parser.
        command: ``validate`` or ``test``.
    """
    add = parser.add_argument
    add("run", nargs="?", metavar="RUN|NAME", help="a run folder, or the name of runs: the newest finished one")
    add("--ckpt_path", help=f"best or last of the run (default: {_CHECKPOINTS[command]}), or a checkpoint file")
    if command == "test":
        add("--output", metavar="FOLDER", help="folder of the results, in place of the run's own")
    add("--data.root", metavar="FOLDER", help="folder of the same photographs, if they have moved; or other data")
    add("--data.batch_size", metavar="N", type=int, help="images per batch (default: that of the run)")
    add("--data.num_workers", metavar="N", type=int, help="processes that read images (default: that of the run)")
    add("--trainer.accelerator", choices=("auto", "cpu", "gpu", "mps"), help="device (default: that of the run)")
    add("--logs", metavar="FOLDER", help="folder of all runs (default: lightning_logs)")
    add("-c", "--config", help="a config, for the newest finished run of its name")
    add("--name", help="name of the run, if it is not the config's")
    add("--allocator", choices=("auto", "system"), help="memory allocator; it changes the speed and no result")
    name_further_options(parser, command)


def name_further_options(parser: OptionParser, command: str) -> None:
    """Name the options of a command that its help page does not describe: of the data, and last of the Trainer.

    Args:
        parser: The parser, with the options that are described.
        command: ``validate``, ``test`` or ``predict``.
    """
    keys = [key for key in keys_of(command) if f"--{key}" not in parser.options]
    _name(parser, "further data options", [key for key in keys if key in SET_BY_AN_EVALUATION])
    _name(parser, "Trainer options", [key for key in keys if key.startswith("trainer.")])


def _name(parser: argparse.ArgumentParser, title: str, keys: Sequence[str]) -> None:
    listed = ", ".join(f"--{key}" for key in sorted(keys))
    parser.add_argument_group(title, filled(f"{listed}. resnet-lab fit --help describes them."))
