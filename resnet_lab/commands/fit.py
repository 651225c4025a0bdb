"""``resnet-lab fit``: train an arm and write its run folder."""

from functools import partial

from resnet_lab.commands.command import Command
from resnet_lab.commands.lightning_options import add_lightning_options
from resnet_lab.errors import NothingToResumeError
from resnet_lab.output import give, say
from resnet_lab.training.early_check import check_command_line

_PRINT = "--print_config"


def fit(arguments: list[str]) -> int:
    """Train, and return the exit code. Lightning's command line reads the options.

    With several ``--print_config``, each prints the config of the options before it, as a YAML document of its own.
    """
    try:
        if arguments.count(_PRINT) < 2:
            check_command_line(["fit", *arguments])
    except NothingToResumeError as finished:
        say(str(finished))
        return 0

    from resnet_lab.training.command_line import run_command

    if arguments.count(_PRINT) < 2:
        return run_command(["fit", *arguments])
    while _PRINT in arguments:
        end = arguments.index(_PRINT) + 1
        try:
            run_command(["fit", *arguments[:end]])
        except SystemExit as printed:  # so ends the parser
            if printed.code:
                raise
        give("---")
        arguments = arguments[end:]
    return 0


COMMAND = Command(
    name="fit",
    summary="train an arm, score it, write its run folder",
    run=fit,
    add_completions=partial(add_lightning_options, command="fit"),
    position=10,
    computes=True,
)
