"""``resnet-lab test``: score a run's checkpoints on the held-out split."""

from resnet_lab.commands.command import Command
from resnet_lab.commands.lightning_options import add_lightning_options


def test(arguments: list[str]) -> int:
    """Score, and return the exit code. Lightning's command line reads the options."""
    from resnet_lab.training.command_line import run_command

    return run_command(["test", *arguments])


COMMAND = Command(
    name="test",
    summary="score a run's checkpoints on the held-out split",
    run=test,
    add_completions=lambda parser: add_lightning_options(parser, "--output"),
    position=30,
    computes=True,
)
