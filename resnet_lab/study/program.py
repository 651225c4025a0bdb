"""Command lines of ``resnet-lab`` for the steps of a run, and their environment."""

from pathlib import Path

from resnet_lab.comparison.plan import Plan
from resnet_lab.provenance import PLAN_VARIABLE
from resnet_lab.runs import Run
from resnet_lab.study.on_disk import Step
from resnet_lab.study.plan import PlannedRun

_TEST_AFTER = ("--test_after", "true")
"""A process of its own for the test would spend most of its time on imports. ``TEST`` is for runs without a test."""


def step_arguments(planned: PlannedRun, step: Step, run: Run | None, logs: Path, precision: str | None) -> list[str]:
    """Return the command and options of ``resnet-lab`` for a step of a run.

    Args:
        planned: The run.
        step: ``FIT``, ``RESUME`` or ``TEST``.
        run: Its run folder; None only for ``FIT``.
        logs: Folder of all runs.
        precision: Precision of a new run, unless the plan sets one; None lets the hardware decide.
    """
    if step is Step.FIT:
        words = [*planned.words, "--logs", str(logs)]
        if precision is not None and "trainer.precision" not in planned.named:
            words += ["--trainer.precision", precision]
        return ["fit", *words, *_TEST_AFTER]
    assert run is not None
    if step is Step.RESUME:
        return ["fit", "--resume", str(run.path), *_TEST_AFTER]
    return ["test", str(run.path)]


def step_environment(plan: Plan, threads: int) -> dict[str, str]:
    """Return the environment variables that a study sets for its runs.

    Args:
        plan: The plan that a run records.
        threads: Threads for torch.
    """
    number = str(threads)
    return {"OMP_NUM_THREADS": number, "MKL_NUM_THREADS": number, PLAN_VARIABLE: f"{plan.digest} {plan.study}"}
