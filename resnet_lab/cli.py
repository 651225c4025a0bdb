"""Entry of ``resnet-lab``: it imports no torch, so that help and error messages appear at once."""

import argparse
import sys
from collections.abc import Sequence
from itertools import pairwise

from resnet_lab import __version__
from resnet_lab.allocator import start_with
from resnet_lab.commands import all_commands
from resnet_lab.errors import InputError, RunError, plain_message
from resnet_lab.output import close_streams, flush_results, open_streams, remark, show_failure
from resnet_lab.program import keep_working_folder_out
from resnet_lab.suggestions import nearest

_EPILOG = """\
examples:
  resnet-lab fit --config plain34.yaml                     train Plain-34 on the built-in photographs
  resnet-lab fit --config resnet34.yaml                    train ResNet-34, on the same batches
  resnet-lab dashboard                                     both runs in the same charts
  resnet-lab test resnet34                                 score its newest finished run on the held-out split
  resnet-lab compare plain34 resnet34 --test               test both, then write the report
  resnet-lab experiment FOLDER --minutes 60                from your own photographs to the report
  resnet-lab study residual.yaml                           both networks, six seeds each; resumable
  resnet-lab fit --config plain34.yaml --data.root FOLDER  train on your own photographs
  resnet-lab predict plain34 --data.images PATH...         the class of single images

resnet-lab COMMAND --help lists the options of a command. fit --help has each key of a config with its default.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 failed while running, 2 wrong input.

    Args:
        arguments: The command and its options. None for the arguments of this process; then the process may be
            started again with another memory allocator.
    """
    open_streams()
    if arguments is None:
        arguments = sys.argv[1:]
        sys.excepthook = show_failure
        keep_working_folder_out()
        command = all_commands().get(arguments[0]) if arguments else None
        if command is not None and command.computes:
            start_with("system" if _wants_system_allocator(arguments) else "auto")
    arguments = list(arguments)
    try:
        try:
            return _dispatch(arguments)
        finally:
            flush_results()
    except (InputError, RunError) as error:
        remark(f"resnet-lab: error: {plain_message(error)}")
        return 2 if isinstance(error, InputError) else 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader of the output has gone
        return 1
    finally:
        close_streams()


def _wants_system_allocator(arguments: Sequence[str]) -> bool:
    """Return whether the last ``--allocator`` is ``system``; the parser is not imported yet."""
    given = [value for word, value in pairwise(arguments) if word == "--allocator"]
    given += [word.partition("=")[2] for word in arguments if word.startswith("--allocator=")]
    return given[-1:] == ["system"]


def _dispatch(arguments: list[str]) -> int:
    commands = all_commands()
    if arguments and arguments[0] in commands:
        return commands[arguments[0]].run(arguments[1:])
    if arguments and not arguments[0].startswith("-"):
        near = nearest(arguments[0], commands)
        hint = f"did you mean {near}?" if near else f"choose one of {', '.join(commands)}."
        raise InputError(f"{arguments[0]} is not a command; {hint}")
    parser = _parser()
    if any(argument.startswith(("--config", "-c")) for argument in arguments):
        raise InputError("The command comes first: resnet-lab fit --config plain34.yaml")
    parser.parse_args(arguments)
    parser.print_help()
    return 0


def _parser() -> argparse.ArgumentParser:
    commands = "".join(f"  {name:<11} {command.summary}\n" for name, command in all_commands().items())
    parser = argparse.ArgumentParser(
        prog="resnet-lab",
        usage="resnet-lab COMMAND [OPTIONS]",
        description="What does the residual connection buy you, here? Plain-34 against ResNet-34 on your photographs.",
        epilog=f"commands:\n{commands}\n{_EPILOG}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"resnet-lab {__version__}")
    return parser
