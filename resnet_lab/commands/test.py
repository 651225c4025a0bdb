"""``resnet-lab test``: score a run's checkpoints on the held-out split."""

from functools import partial

from resnet_lab.commands.command import Command
from resnet_lab.commands.evaluation_options import HELP, add_evaluation_options
from resnet_lab.commands.lightning_options import add_lightning_options
from resnet_lab.training.early_check import check_command_line


def test(arguments: list[str]) -> int:
    """Score, and return the exit code. Lightning's command line reads the options."""
    if HELP & {*arguments}:
        COMMAND.parse(["--help"])
    check_command_line(["test", *arguments])

    from resnet_lab.training.command_line import run_command

    return run_command(["test", *arguments])


COMMAND = Command(
    name="test",
    summary="score a run's checkpoints on the held-out split",
    run=test,
    add_options=partial(add_evaluation_options, command="test"),
    add_completions=partial(add_lightning_options, command="test"),
    position=30,
    usage="resnet-lab test RUN [OPTIONS]",
    description="Score the best and the last checkpoint of a run on the held-out split. Write scores and predictions "
    "into the run folder.",
    epilog="example:\n  resnet-lab test plain34    the newest finished run of this name",
    computes=True,
)
