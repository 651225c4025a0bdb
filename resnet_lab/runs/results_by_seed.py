"""Results of a name, one per seed: the newest run that is finished or diverged."""

from collections.abc import Sequence

from resnet_lab.runs.divergence import has_diverged
from resnet_lab.runs.folder import Run
from resnet_lab.runs.state import is_diverged, is_finished, seed_of


def results_by_seed(runs: Sequence[Run]) -> tuple[list[Run], list[Run]]:
    """Return the newest result of each seed, and the runs that are left out and have to be told.

    A run that diverged is a result like a finished one: a comparison without it would be about the runs that went well.

    Args:
        runs: Runs of one name, the newest last.

    Returns:
        The results; and the unfinished runs of seeds without a result, with the diverged runs of which the seed has a
        newer result.
    """
    newest = {seed_of(run): run for run in runs if is_finished(run) or is_diverged(run)}
    others = [run for run in runs if run not in newest.values()]
    told = [run for run in others if seed_of(run) not in newest or has_diverged(run)]
    return list(newest.values()), told
