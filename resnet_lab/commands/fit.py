"""``resnet-lab fit``: train an arm and write its run folder."""

from resnet_lab.commands.command import Command
from resnet_lab.commands.lightning_options import add_lightning_options


def fit(arguments: list[str]) -> int:
    """Train, and return the exit code. Lightning's command line reads the options."""
    from resnet_lab.training.command_line import run_command

    return run_command(["fit", *arguments])


COMMAND = Command(
    name="fit",
    summary="train an arm, score it, write its run folder",
    run=fit,
    add_completions=lambda parser: add_lightning_options(parser, "--resume", "--test_after"),
    position=10,
    computes=True,
)
