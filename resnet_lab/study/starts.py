"""Data and trained weights of the runs of a study: found for all of them before the first run, not in the night."""

from collections.abc import Iterable
from pathlib import Path

from resnet_lab.checkpoint.start_source import find_source
from resnet_lab.errors import InputError
from resnet_lab.runs.start import INIT_FROM
from resnet_lab.study.on_disk import find_run
from resnet_lab.study.plan import PlannedRun
from resnet_lab.training.early_check import refuse_missing_root


def missing_start(runs: Iterable[PlannedRun], logs: Path) -> str | None:
    """Return why a run of a study cannot start from its trained weights; None if all can.

    A run that has a folder has its weights already.

    Args:
        runs: The runs of the study.
        logs: Folder of all runs.
    """
    for planned in runs:
        word = planned.config.get(INIT_FROM)
        if not isinstance(word, str) or find_run(planned, logs) is not None:
            continue
        model = {key.removeprefix("model."): value for key, value in planned.config.items() if key.startswith("model.")}
        try:
            find_source(word, logs, planned.seed, model)
        except InputError as error:
            return f"The cell {planned.cell.name} cannot start with seed {planned.seed}: {error}"
    return None


def missing_data(runs: Iterable[PlannedRun]) -> str | None:
    """Return why the data of a run are not on this machine; None if those of all are.

    Args:
        runs: The runs that are left to do here.
    """
    for root in dict.fromkeys(planned.config.get("data.root") for planned in runs):
        try:
            if isinstance(root, str):
                refuse_missing_root(root)
        except InputError as error:
            return str(error)
    return None
