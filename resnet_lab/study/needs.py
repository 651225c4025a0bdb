"""Seeds, images and hours that a study needs to find a difference, from its pairs so far."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

from resnet_lab.comparison.claims import FEWEST_PAIRS
from resnet_lab.comparison.families import PRIMARY, TWO_POINTS
from resnet_lab.comparison.image_differences import PerImage, image_differences
from resnet_lab.comparison.one_arm import RESIDUAL
from resnet_lab.comparison.pairing import Contrast
from resnet_lab.comparison.plan import Plan
from resnet_lab.comparison.procedure import Procedure
from resnet_lab.comparison.questions import QUESTIONS
from resnet_lab.comparison.selection import select
from resnet_lab.comparison.tuned_pairs import TunedPairs, pair_planned
from resnet_lab.comparison.tuning import Choice
from resnet_lab.errors import InputError
from resnet_lab.runs import Run
from resnet_lab.statistics.crossed import crossed
from resnet_lab.statistics.planning import MOST_SEEDS, Needed, needed
from resnet_lab.study.estimate import as_duration
from resnet_lab.study.on_disk import find_run
from resnet_lab.study.plan_keys import fold_of
from resnet_lab.study.run_rows import RunRow, State

_MEASURE = next(question.measure for question in QUESTIONS if question.key == PRIMARY)


def needs_lines(plan: Plan, rows: Sequence[RunRow], logs: Path, jobs: int, choice: Choice | None = None) -> list[str]:
    """Return one line per contrast that is judged by accuracy: the seeds, images and hours that find a difference.

    With folds there is one line, on the number of pairs per fold.

    The difference is the plan's ``worth``, else two points. The level is that of the last look, shared by the
    contrasts.

    Args:
        plan: The plan of the study.
        rows: Its runs.
        logs: Folder of all runs.
        jobs: Runs at a time.
        choice: The values that tuning runs chose, by which the arms are paired; None without a tuning.
    """
    if plan.folds is not None:
        return [_folds_line(plan, plan.folds)]
    finished = [row for row in rows if row.state is State.FINISHED]
    found = [run for row in finished if (run := find_run(row.planned, logs)) is not None]
    try:
        contrasts = _contrasts(select([str(run.path) for run in found], logs).runs, choice) if found else ()
    except InputError:  # one arm alone, or runs of no common seed: there is no pair
        contrasts = ()
    procedure = Procedure(plan, plan.looks[-1] if plan.looks else None)
    rules = procedure.of_contrasts(contrasts)
    lines = [
        _line(contrast, one.level, plan, _seconds_per_pair(contrast, finished), jobs)
        for contrast, one in zip(contrasts, rules, strict=True)
        if one.primary == PRIMARY
    ]
    return lines if contrasts else ["needs   not known yet: the spread shows when pairs are finished"]


def _contrasts(runs: Sequence[Run], choice: Choice | None) -> tuple[Contrast, ...]:
    """Return the contrasts of the arms; of tuned arms, each at its own value."""
    pairs = pair_planned(runs, RESIDUAL, choice)
    return pairs.own.contrasts if isinstance(pairs, TunedPairs) else pairs.contrasts


def _folds_line(plan: Plan, folds: int) -> str:
    judged = plan.seeds[: plan.looks[-1]] if plan.looks else plan.seeds
    numbers = Counter(fold_of(seed, folds) for seed in judged).values()
    pairs = " or ".join(map(str, sorted(set(numbers))))
    return (
        "needs   planning from values per image does not apply to folds, which hold out different images; each of the "
        f"{folds} folds has {pairs} pair{'' if pairs == '1' else 's'}"
    )


def _line(contrast: Contrast, level: float, plan: Plan, seconds: float | None, jobs: int) -> str:
    cells = ", ".join(dict.fromkeys(run.name for run in contrast.runs))
    per_image = image_differences(contrast.pairs).get(_MEASURE)
    if len(contrast.pairs) < FEWEST_PAIRS:
        return f"needs   {cells}: not known yet: the spread shows when {FEWEST_PAIRS} pairs are finished"
    if per_image is None:
        return f"needs   {cells}: not known: the pairs were tested on different images"
    return f"needs   {cells}: {in_words(_needed(per_image, level, plan.worth), seconds, jobs)}"


def _needed(per_image: PerImage, level: float, worth: float | None) -> Needed:
    analysis = crossed([per_image[seed] for seed in sorted(per_image)])
    return needed(analysis, worth or TWO_POINTS, level=level)


def in_words(plan: Needed, seconds: float | None, jobs: int) -> str:
    """Return a plan as a phrase.

    Args:
        plan: The plan.
        seconds: Seconds per pair, its two runs one after the other; None if no run was timed.
        jobs: Runs at a time.
    """
    points = f"{100 * plan.difference:g} point{'' if plan.difference == 0.01 else 's'}"
    goal = f"to find a difference of {points} with {plan.power:.0%} power"
    if plan.seeds is None:
        return f"{goal}: no number of seeds up to {MOST_SEEDS:,} is enough"
    time = "" if seconds is None else f", about {as_duration(plan.seeds * seconds / jobs)} in all"
    numbers = f"{plan.seeds:,} seeds and at least {plan.images:,} test images"
    if plan.enough_at_hand:
        return f"{goal}: {plan.seeds:,} seeds with the {plan.images:,} test images at hand{time}"
    return f"{goal}: {numbers}; with the test images at hand, no number of seeds is enough{time and f' ({time[2:]})'}"


def _seconds_per_pair(contrast: Contrast, finished: Sequence[RunRow]) -> float | None:
    names = {run.name for run in contrast.runs}
    by_cell = {
        name: [
            row.progress.seconds
            for row in finished
            if row.planned.cell.name == name and row.progress.seconds is not None
        ]
        for name in names
    }
    return sum(map(fmean, by_cell.values())) if all(by_cell.values()) else None
