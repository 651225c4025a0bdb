"""Run folders: paths, state, measurements, and which run a word means; readable without torch."""

from resnet_lab.runs.folder import (
    FORMAT,
    LOGS,
    Run,
    check_name,
    claim_run,
    find_runs,
    is_locked,
    lock_run,
    logs_folder,
    release_run,
    run_of_checkpoint,
    unlock_run,
)
from resnet_lab.runs.resolve import newest_finished
from resnet_lab.runs.status import Status

__all__ = [
    "FORMAT",
    "LOGS",
    "Run",
    "Status",
    "check_name",
    "claim_run",
    "find_runs",
    "is_locked",
    "lock_run",
    "logs_folder",
    "newest_finished",
    "release_run",
    "run_of_checkpoint",
    "unlock_run",
]
