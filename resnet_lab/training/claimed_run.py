"""Claim and lock of a run folder by one fit."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from filelock import FileLock
from lightning.pytorch import Trainer

from resnet_lab import runs
from resnet_lab.distributed.process_group import rank_zero_first
from resnet_lab.runs.state import refuse_finished


class ClaimedRun:
    """The run folder of a fit. No other command can have it until it is unlocked or the process ends.

    Rank zero claims and locks the folder for all ranks.

    Args:
        trainer: A trainer whose ranks are connected.
        logs: The folder of all runs.
        name: Name of a new run.
        resumed: The run to resume, in place of a new one.

    Raises:
        InputError: The folder cannot be made, or another process trains in it.
        NothingToResumeError: The run to resume is finished.
    """

    def __init__(self, trainer: Trainer, logs: Path, name: str, resumed: runs.Run | None) -> None:
        self.is_first = trainer.is_global_zero
        """Whether this process is rank zero, which writes into the folder."""
        self.is_new = resumed is None
        self._lock: FileLock | None = None
        self.run = rank_zero_first(trainer, partial(self._take, logs, name, resumed))

    def _take(self, logs: Path, name: str, resumed: runs.Run | None) -> runs.Run:
        self.run = resumed or runs.claim_run(logs, name)
        with self.released_on_failure():
            self._lock = runs.lock_run(self.run)
            if resumed is not None:
                refuse_finished(resumed)  # another process may have finished it before the lock was free
        return self.run

    @contextmanager
    def released_on_failure(self) -> Iterator[None]:
        """Remove a new folder if the fit fails before it begins."""
        try:
            yield
        except BaseException:
            if self.is_new and self.is_first:
                runs.release_run(self.run)
            raise

    def unlock(self) -> None:
        """Unlock the run for other commands."""
        if self._lock is not None:
            runs.unlock_run(self.run, self._lock)
