"""Run folder: its paths, files, claim and lock; the contract between training and all that reads its results.

docs/run-folder.md describes each file. A run folder is ``<logs>/<name>/version_<n>/``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from resnet_lab.config.safe_yaml import read_yaml
from resnet_lab.errors import InputError
from resnet_lab.files import LARGEST, csv_rows, parse_json, read_bytes, read_json, write_json
from resnet_lab.runs.status import Status, parse_status

FORMAT = 1
LOGS = "lightning_logs"
_LOCK_SECONDS = 10
_LARGEST_SCORES = 1_000_000_000
"""Bytes of ``test/metrics.json``: two confusion matrices of some thousand classes."""
_CONFIG = {
    "model": {"depth", "residual"},
    "data": {"root"},
    "trainer": {"precision"},
}
"""Keys without which a config is no run's: they are in the config of every run, also of version 0.1."""
_VERSION = re.compile(r"version_(\d+)")


@dataclass(frozen=True)
class Run:
    """One run folder. Reading a file that the run has not written yet raises ``FileNotFoundError``."""

    path: Path

    @property
    def name(self) -> str:
        """Name of the run, shared by all its versions."""
        return self.path.absolute().parent.name

    @property
    def label(self) -> str:
        """Name and version: ``plain34/version_0``."""
        return f"{self.name}/{self.path.name}"

    @property
    def version(self) -> int:
        """Number n of ``version_<n>``."""
        return int(self.path.name.removeprefix("version_"))

    @property
    def config_path(self) -> Path:
        """The resolved config."""
        return self.path / "config.yaml"

    @property
    def metrics_path(self) -> Path:
        """The metrics, one row per epoch."""
        return self.path / "metrics.csv"

    @property
    def diagnostics_path(self) -> Path:
        """Measurements inside the network during training, one row per step and layer."""
        return self.path / "diagnostics.csv"

    @property
    def checkpoints(self) -> dict[str, Path]:
        """Paths of the ``best`` and ``last`` checkpoints; absent before the first epoch has ended."""
        return {which: self.path / "checkpoints" / f"{which}.ckpt" for which in ("best", "last")}

    @property
    def states(self) -> Path:
        """Folder of the checkpoints from which an unfinished run is resumed."""
        return self.path / "checkpoints" / "resume"

    def status(self) -> Status:
        """Return ``status.json``, typed.

        Raises:
            InputError: The file is damaged, foreign, or of a newer format.
        """
        path = self.path / "status.json"
        return _status(read_bytes(path), path)

    def status_content(self) -> dict[str, Any]:
        """Return ``status.json`` with all its keys, also those that :class:`Status` does not know.

        Raises:
            InputError: The file is no JSON object, or of a newer format.
        """
        path = self.path / "status.json"
        return _status_content(read_bytes(path), path)

    def update_status(self, changes: Mapping[str, Any]) -> None:
        """Merge ``changes`` into ``status.json``."""
        path = self.path / "status.json"
        self.replace_status({**(read_json(path) if path.exists() else {}), **changes})

    def replace_status(self, status: Mapping[str, Any]) -> None:
        """Replace ``status.json``."""
        write_json(self.path / "status.json", {"format": FORMAT, **status})

    def config(self) -> dict[str, Any]:
        """Return the resolved config.

        Raises:
            InputError: The file is damaged or foreign, or lacks a key that every run has.
        """
        other = f"The run {self.path} is damaged, or not written by resnet-lab: put the original file back."
        try:
            content = read_yaml(self.config_path)
        except InputError as error:
            raise InputError(f"{error}{'' if str(error).endswith('.') else '.'} {other}") from error
        content = content if isinstance(content, dict) else {}
        for group, keys in _CONFIG.items():
            found = content.get(group)
            if lacking := sorted(keys - found.keys() if isinstance(found, dict) else keys):
                raise InputError(f"{self.config_path} lacks {group}.{lacking[0]}. {other}")
        return content

    def metrics(self) -> list[dict[str, float]]:
        """Return ``metrics.csv``, one dictionary per epoch; a metric that an epoch did not measure is absent."""
        return [{k: float(v) for k, v in row.items() if v != ""} for row in csv_rows(self.metrics_path, LARGEST)]

    def final_metrics(self) -> dict[str, Any]:
        """Return ``final/metrics.json``: scores of train and val with the evaluation transform."""
        return read_json(self.path / "final" / "metrics.json")

    def test_metrics(self) -> dict[str, Any]:
        """Return ``test/metrics.json``: scores of the held-out split."""
        return read_json(self.path / "test" / "metrics.json", _LARGEST_SCORES)

    @property
    def predictions_path(self) -> Path:
        """The predictions of the test split: ``predictions.csv``, or ``predictions.csv.gz`` in a committed run."""
        plain = self.path / "test" / "predictions.csv"
        compressed = plain.with_name("predictions.csv.gz")
        return compressed if compressed.exists() and not plain.exists() else plain

    def test_predictions(self, which: str) -> list[dict[str, str]]:
        """Return the predictions of the test split, one row per image, of the ``best`` or the ``last`` checkpoint."""
        path = self.predictions_path
        return [row for row in csv_rows(path) if row["checkpoint"] == which]


@lru_cache(maxsize=1024)
def _status(encoded: bytes, path: Path) -> Status:
    """Return the typed status, converted once per content: a comparison asks each run many times."""
    return parse_status(_status_content(encoded, path), path)


def _status_content(encoded: bytes, path: Path) -> dict[str, Any]:
    content = parse_json(encoded, path)
    written = content.get("format", 0)
    if isinstance(written, int) and written > FORMAT:
        raise InputError(
            f"{path.parent} has format {written}; this resnet-lab reads up to {FORMAT}: install a newer one."
        )
    return content


def logs_folder(logs: str | Path | None, root: str | Path | None) -> Path:
    """Return the folder of all runs.

    Args:
        logs: ``--logs``.
        root: ``trainer.default_root_dir``; without ``logs``, the folder is ``lightning_logs`` in it, as in Lightning.

    >>> str(logs_folder(None, None)), str(logs_folder("runs", "elsewhere"))
    ('lightning_logs', 'runs')
    """
    return Path(logs) if logs else Path(root or ".") / LOGS


def claim_run(logs: Path, name: str) -> Run:
    """Make the next ``version_<n>`` folder of ``name``; two processes never get the same folder.

    Raises:
        InputError: The name cannot name a folder, or the folder cannot be made.
    """
    check_name(name)
    version = max((run.version for run in find_runs(logs, name)), default=-1) + 1
    while True:
        path = logs / name / f"version_{version}"
        try:
            path.mkdir(parents=True)
        except FileExistsError:  # another process made it
            version += 1
        except OSError as error:
            raise InputError(f"The run folder {path} cannot be made ({error}).") from error
        else:
            return Run(path)


def release_run(run: Run) -> None:
    """Remove a claimed folder that nothing was written to, and the folders above it that are then empty."""
    (run.path / ".lock").unlink(missing_ok=True)
    for folder in (run.path, run.path.parent, run.path.parents[1]):
        try:
            folder.rmdir()
        except OSError:  # not empty: other runs are in it
            return


def check_name(name: str) -> None:
    """Refuse a run name that is not one plain folder name.

    >>> check_name("plain34")
    """
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*", name):
        raise InputError(f"name {name!r} cannot name a run folder: use letters, digits, dots, hyphens, underscores.")


def lock_run(run: Run) -> FileLock:
    """Lock a run for this process; the lock ends with the process, however the process ends.

    Workers of a killed process can hold the lock for some seconds, until they notice that the process is gone.

    Raises:
        InputError: Another process holds the lock.
    """
    lock = FileLock(run.path / ".lock")
    try:
        lock.acquire(timeout=_LOCK_SECONDS)
    except Timeout as error:
        raise InputError(f"{run.path} is being trained by another process; wait for it or stop it.") from error
    return lock


def is_locked(run: Run) -> bool:
    """Return whether a process holds the lock of a run."""
    path = run.path / ".lock"
    if not path.exists():
        return False
    try:
        with FileLock(path, timeout=0):
            return False
    except Timeout:
        return True


def unlock_run(run: Run, lock: FileLock) -> None:
    """Release the lock of :func:`lock_run`."""
    (run.path / ".lock").unlink(missing_ok=True)
    lock.release()


def find_runs(logs: Path, name: str) -> list[Run]:
    """Return all runs of a name, the newest last."""
    folder = logs / name
    paths = [path for path in folder.iterdir() if _VERSION.fullmatch(path.name)] if folder.is_dir() else []
    return sorted((Run(path) for path in paths), key=lambda run: run.version)


def run_of_checkpoint(checkpoint: Path) -> Run | None:
    """Return the run whose ``checkpoints`` folder holds a file, or None."""
    path = checkpoint.resolve().parent.parent
    return Run(path) if (path / "status.json").exists() else None
