"""``resnet-lab validate``: score a run's best checkpoint on the validation split."""

from functools import partial

from resnet_lab.commands.command import Command
from resnet_lab.commands.evaluation_options import HELP, add_evaluation_options
from resnet_lab.commands.lightning_options import add_lightning_options
from resnet_lab.training.early_check import check_command_line


def validate(arguments: list[str]) -> int:
    """Score, and return the exit code. Lightning's command line reads the options."""
    if HELP & {*arguments}:
        COMMAND.parse(["--help"])
    check_command_line(["validate", *arguments])

    from resnet_lab.training.command_line import run_command

    return run_command(["validate", *arguments])


COMMAND = Command(
    name="validate",
    summary="score a run's best checkpoint on the validation split",
    run=validate,
    add_options=partial(add_evaluation_options, command="validate"),
    add_completions=partial(add_lightning_options, command="validate"),
    position=20,
    usage="resnet-lab validate RUN [OPTIONS]",
    description="Score a run's best checkpoint on the validation split.",
    epilog="example:\n  resnet-lab validate plain34    the newest finished run of this name",
    computes=True,
)
