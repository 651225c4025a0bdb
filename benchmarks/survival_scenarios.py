"""Commands that `survival.py` kills."""

from dataclasses import dataclass

FEW = 24
"""Photographs of each class."""
COMMON = (
    "--data.image_size 32 --data.batch_size 8 --trainer.max_epochs 2 --checkpoint.every_n_steps 3 "
    "--diagnostics.every_n_steps 4"
)
RESIDUAL, PLAIN = (
    "fit --config resnet34.yaml --name residual --model.depth 20",
    "fit --config plain34.yaml --name plain --model.depth 20",
)


@dataclass(frozen=True)
class Scenario:
    """Commands that are killed.

    Attributes:
        words: The command, given again until it ends.
        kills: Most kills of a chain.
        first: A command that ends before the first kill.
        beside: A command that runs beside the first try of `words`, and that nobody kills.
        forked: Run in a fork of this process, which has imported everything; False starts a process for each command.
        victims: Processes that one kill takes: `all`, the `root`, or its `child` processes.
    """

    words: str
    kills: int = 8
    first: str = ""
    beside: str = ""
    forked: bool = True
    victims: tuple[str, ...] = ("all",)


SCENARIOS = {
    "fit, bf16, 2 workers": Scenario(f"{RESIDUAL} {COMMON} --data.num_workers 2 --resume auto"),
    "fit, fp32, no workers, no cache": Scenario(
        f"{PLAIN} {COMMON} --trainer.precision 32-true --data.num_workers 0 --data.cache false --resume auto"
    ),
    "fit, gradients of 2 batches, clipped": Scenario(
        f"{RESIDUAL} {COMMON} --data.num_workers 0 --trainer.accumulate_grad_batches 2 "
        "--trainer.gradient_clip_val 1.0 --resume auto"
    ),
    "test": Scenario(
        "test lightning_logs/residual/version_0", kills=8, first=f"{RESIDUAL} {COMMON} --data.num_workers 0"
    ),
    "two fits, one cache": Scenario(
        f"{RESIDUAL} {COMMON} --data.num_workers 0 --resume auto",
        kills=3,
        beside=f"{PLAIN} {COMMON} --data.num_workers 0",
    ),
    "study": Scenario(
        f"study residual.yaml --cells resnet34 --seeds 0 --threads 1 --model.depth 20 {COMMON} --data.num_workers 0",
        kills=4,
        forked=False,
        victims=("all", "root", "child"),
    ),
    "fit of two processes": Scenario(
        f"{RESIDUAL} {COMMON} --data.num_workers 0 --trainer.devices 2 --trainer.accelerator cpu "
        "--trainer.strategy ddp --data.batch_size 3 --resume auto",
        kills=4,
        forked=False,
        victims=("all", "root", "child"),
    ),
}
FITS, (TEST, CACHE, STUDY, PROCESSES) = list(SCENARIOS)[:3], list(SCENARIOS)[3:]
ORDER = [*FITS, TEST, CACHE, STUDY, *FITS, TEST, PROCESSES]
"""Scenarios of the chains, in turn; those that start a process for each command take the longest."""
