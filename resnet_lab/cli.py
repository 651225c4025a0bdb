"""The command ``resnet-lab``: a thin entry without torch, so that help and typos answer at once."""

import argparse
import difflib
import sys
from collections.abc import Sequence

from resnet_lab import __version__
from resnet_lab.errors import InputError, RunError, plain_message

_LIGHTNING_COMMANDS = {
    "fit": "train an arm, score it, write its run folder",
    "validate": "score a run's best checkpoint on the validation split",
    "test": "score a run's checkpoints on the held-out split",
    "predict": "classify images (--data.images PATH...), or the held-out split",
}
_OWN_COMMANDS = {
    "dashboard": "show all runs in TensorBoard, on this machine alone",
}
_COMMANDS = {**_LIGHTNING_COMMANDS, **_OWN_COMMANDS}
_EPILOG = """\
examples:
  resnet-lab fit --config plain34.yaml                     train the control on the built-in photographs
  resnet-lab fit --config resnet34.yaml                    train the residual arm, on the same batches
  resnet-lab dashboard                                     both runs, overlaid
  resnet-lab test --config resnet34.yaml                   the newest finished run, on the held-out split
  resnet-lab fit --config plain34.yaml --data.root FOLDER  the same on your own photographs
  resnet-lab predict --config plain34.yaml --data.images PATH...   the class of single images

resnet-lab COMMAND --help lists every key of a config and its value in the recipe.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 failed while running, 2 wrong input."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    try:
        return _dispatch(arguments)
    except (InputError, RunError) as error:
        print(f"resnet-lab: error: {plain_message(error)}", file=sys.stderr)
        return 2 if isinstance(error, InputError) else 1
    except KeyboardInterrupt:
        return 130


def _dispatch(arguments: list[str]) -> int:
    if arguments[:1] == ["predict"] and any(argument.startswith("--data.images") for argument in arguments):
        from resnet_lab.commands.predict import predict

        return predict(arguments[1:])
    if arguments and arguments[0] in _LIGHTNING_COMMANDS:
        from resnet_lab.training.command_line import run_command

        return run_command(arguments)
    if arguments and arguments[0] == "dashboard":
        from resnet_lab.commands.dashboard import dashboard

        return dashboard(arguments[1:])
    if arguments and not arguments[0].startswith("-"):
        near = difflib.get_close_matches(arguments[0], _COMMANDS, n=1)
        hint = f"did you mean {near[0]}?" if near else f"choose one of {', '.join(_COMMANDS)}."
        raise InputError(f"{arguments[0]} is not a command; {hint}")
    parser = _parser()
    if any(argument.startswith(("--config", "-c")) for argument in arguments):
        raise InputError("the command comes first: resnet-lab fit --config plain34.yaml")
    parser.parse_args(arguments)
    parser.print_help()
    return 0


def _parser() -> argparse.ArgumentParser:
    commands = "".join(f"  {name:<10} {description}\n" for name, description in _COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="resnet-lab",
        usage="resnet-lab COMMAND [OPTIONS]",
        description="What does the residual connection buy you, here? Plain-34 against ResNet-34 on your photographs.",
        epilog=f"commands:\n{commands}\n{_EPILOG}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"resnet-lab {__version__}")
    return parser
