"""A run folder in the hands of one fit: claimed and locked by the first process for all, and given back."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from filelock import FileLock
from lightning.pytorch import Trainer

from resnet_lab import runs
from resnet_lab.distributed.process_group import first_does
from resnet_lab.runs.state import refuse_finished


class Claim:
    """The run folder of a fit, which no other command can have until it is unlocked or the process ends.

    Args:
        company: A trainer whose processes have met.
        logs: The folder of all runs.
        name: Name of a new run.
        resumed: The run that is gone on with, in place of a new one.

    Raises:
        InputError: The folder cannot be made, or another process trains in it.
        NothingToResumeError: The run that was to be gone on with is finished.
    """

    def __init__(self, company: Trainer, logs: Path, name: str, resumed: runs.Run | None) -> None:
        self.is_first = company.is_global_zero
        """Whether this process is the one that writes into the folder."""
        self.is_new = resumed is None
        self._lock: FileLock | None = None
        self.run = first_does(company, partial(self._take, logs, name, resumed))

    def _take(self, logs: Path, name: str, resumed: runs.Run | None) -> runs.Run:
        self.run = resumed or runs.claim_run(logs, name)
        with self.released_on_failure():
            self._lock = runs.lock_run(self.run)
            if resumed is not None:
                refuse_finished(resumed)  # while the lock was waited for
        return self.run

    @contextmanager
    def released_on_failure(self) -> Iterator[None]:
        """Let nothing of a new folder remain where the fit cannot even begin."""
        try:
            yield
        except BaseException:
            if self.is_new and self.is_first:
                runs.release_run(self.run)
            raise

    def unlock(self) -> None:
        """Let others have the run."""
        if self._lock is not None:
            runs.unlock_run(self.run, self._lock)
