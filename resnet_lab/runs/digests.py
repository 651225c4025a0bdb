"""Digests of the result files of a run in ``status.json``, by which a file that was altered or cut is recognized."""

import gzip
import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from resnet_lab.errors import InputError
from resnet_lab.files import opened
from resnet_lab.runs.folder import Run

FIT_FILES = ("config.yaml", "metrics.csv", "diagnostics.csv", "final/metrics.json")
TEST_FILES = ("test/metrics.json", "test/predictions.csv")
_KEY = "digests"
_BLOCK = 1_000_000


def digest(path: Path) -> str:
    """Return the SHA-256 of a text file, in hexadecimal digits.

    It is of the content without compression and with line feeds alone, so that a compressed file and a checkout with
    other line ends have the same digest.
    """
    total, held = hashlib.sha256(), b""
    with opened(path) as file, gzip.open(file) if path.suffix == ".gz" else file as content:
        while block := content.read(_BLOCK):  # a compressed file may be larger than the memory
            held += block
            ends = len(held) - held.endswith(b"\r")
            total.update(held[:ends].replace(b"\r\n", b"\n"))
            held = held[ends:]
    total.update(held)
    return total.hexdigest()


def digests(run: Run, names: Iterable[str]) -> dict[str, str]:
    """Return the digests of those files that the run has, by name."""
    paths = {name: _path(run, name) for name in names}
    return {name: digest(path) for name, path in paths.items() if path.exists()}


@contextmanager
def rewritten(run: Run, names: Iterable[str]) -> Iterator[None]:
    """Forget the digests of files that are written now, and record those of the new ones at the end.

    If writing ends halfway, no digest is left that the files do not have.
    """
    others = {name: value for name, value in _recorded(run).items() if name not in names}
    run.update_status({_KEY: others})
    yield
    run.update_status({_KEY: {**_recorded(run), **digests(run, names)}})


def refuse_altered_files(run: Run) -> None:
    """Refuse a run of which a file is not the one that resnet-lab wrote.

    Raises:
        InputError: A file has another digest than in ``status.json``, or is gone. The message names it.
    """
    for name, recorded in _recorded(run).items():
        path = _path(run, name)
        if not path.exists():
            raise InputError(f"The run {run.path} lacks {name}, which it had: put it back, or leave the run out.")
        if digest(path) != recorded:
            again = "test the run again, " if name in TEST_FILES else ""
            raise InputError(
                f"{name} of the run {run.path} was changed after resnet-lab wrote it (its digest is another one than "
                f"in status.json): {again}put the original file back, or leave the run out."
            )


def lacks_digests(run: Run) -> bool:
    """Return whether a file that a comparison reads has no digest. Runs of version 0.1 have none."""
    recorded = _recorded(run)
    return any(name not in recorded and _path(run, name).exists() for name in (*FIT_FILES, *TEST_FILES))


def _recorded(run: Run) -> dict[str, str]:
    return dict(run.status().digests or {})


def _path(run: Run, name: str) -> Path:
    return run.predictions_path if name == "test/predictions.csv" else run.path / name
