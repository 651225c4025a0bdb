"""Lines on the course of a study: the tuning, the values that were chosen, and the looks."""

from collections.abc import Sequence
from statistics import fmean

from resnet_lab.comparison.plan import Plan, Tuning
from resnet_lab.comparison.tuning import Choice, tuned_cells
from resnet_lab.study.course import Due
from resnet_lab.study.estimate import as_duration
from resnet_lab.study.looks import looks_block
from resnet_lab.study.plan import Study
from resnet_lab.study.run_rows import CLOSED, RunRow


def course_block(due: Due, study: Study, rows: Sequence[RunRow], jobs: int) -> str:
    """Return where a study stands; empty for a study without tuning and looks.

    Args:
        due: The runs that are due.
        study: The study.
        rows: Their rows.
        jobs: Runs at a time.
    """
    lines, plan = [], study.plan
    if plan.tuning is not None:
        lines += _open(due, plan, plan.tuning, rows, jobs) if due.choice is None else chosen_lines(due.choice)
    if due.standings:
        lines.append(looks_block(due.standings, study, due.problem))
    return "\n".join(lines)


def chosen_lines(choice: Choice) -> list[str]:
    """Return the values that were chosen, and what is to be said of the choice."""
    tuning = choice.tuning
    values = ", ".join(f"{cell} {chosen.value:g}" for cell, chosen in choice.chosen.items())
    each = len(tuning.values) * len(tuning.seeds)
    lines = [f"tune    {tuning.key}: {values}; by {tuning.by} on {_seeds(tuning)}, {each} runs each"]
    for cell, chosen in choice.chosen.items():
        if chosen.tied:
            lines.append(f"note    {cell}: several values are equally good, and the one nearest the middle is taken")
        if chosen.edge is not None:
            lines.append(f"note    {cell}: the best value is the {chosen.edge} tried: the range may be too narrow")
    for cell, values_of_cell in choice.values.items():
        if len(values_of_cell) > 1:
            both = " and ".join(f"{value:g}" for value in values_of_cell)
            lines.append(f"note    {cell} is run at {both}: a verdict needs the control at both values")
    return lines


def _open(due: Due, plan: Plan, tuning: Tuning, rows: Sequence[RunRow], jobs: int) -> list[str]:
    done = sum(row.state in CLOSED for row in rows)
    values = ", ".join(f"{value:g}" for value in tuning.values)
    cells = ", ".join(tuned_cells(plan))
    bound = f", or up to {due.most_later} if arms choose different values" if due.most_later > due.fewest_later else ""
    seconds = [row.progress.seconds for row in rows if row.progress.seconds is not None]
    time = f"; up to {as_duration(due.most_later * fmean(seconds) / jobs)}" if seconds else ""
    return [
        f"tune    {tuning.key} {values} for each of {cells}, by {tuning.by} on {_seeds(tuning)}: {done} of {len(rows)} "
        "runs done",
        f"then    the chosen values on the seeds of the file: {due.fewest_later} runs{bound}{time}",
    ]


def _seeds(tuning: Tuning) -> str:
    return f"seed{'' if len(tuning.seeds) == 1 else 's'} {', '.join(map(str, tuning.seeds))}"
