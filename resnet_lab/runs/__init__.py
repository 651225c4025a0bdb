"""Run folders: paths, status, which run is meant; readable without torch."""

from resnet_lab.runs.folder import (
    FORMAT,
    LOGS,
    Run,
    check_name,
    claim_run,
    find_runs,
    is_locked,
    lock_run,
    newest_finished,
    release_run,
    run_of_checkpoint,
    unlock_run,
)

__all__ = [
    "FORMAT",
    "LOGS",
    "Run",
    "check_name",
    "claim_run",
    "find_runs",
    "is_locked",
    "lock_run",
    "newest_finished",
    "release_run",
    "run_of_checkpoint",
    "unlock_run",
]
