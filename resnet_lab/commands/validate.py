"""``resnet-lab validate``: score a run's best checkpoint on the validation split."""

from resnet_lab.commands.command import Command
from resnet_lab.commands.lightning_options import add_lightning_options


def validate(arguments: list[str]) -> int:
    """Score, and return the exit code. Lightning's command line reads the options."""
    from resnet_lab.training.command_line import run_command

    return run_command(["validate", *arguments])


COMMAND = Command(
    name="validate",
    summary="score a run's best checkpoint on the validation split",
    run=validate,
    add_completions=add_lightning_options,
    position=20,
    computes=True,
)
