"""Preparation of finished runs for a commit: without checkpoints, predictions compressed, files with digests.

    python benchmarks/commit_run.py RUN_FOLDER...

Removes TensorBoard events, checkpoints, exports, pictures, `hparams.yaml` and the lock from each run folder, and
compresses `test/predictions.csv` to `test/predictions.csv.gz`. What a report is made of stays (docs/run-folder.md).
Files without a digest in `status.json` get one; it says that the file was not altered since this preparation. A run
that is not finished and tested is refused, and so is one that a process still holds, or of which a file is damaged or
altered.
"""

import argparse
import gzip
import shutil
from pathlib import Path

from resnet_lab.errors import InputError
from resnet_lab.runs import Run, is_locked
from resnet_lab.runs.digests import FIT_FILES, TEST_FILES, digests
from resnet_lab.runs.intact import check_intact

REMOVED = ("events.out.tfevents.*", "checkpoints", "exported*", "hparams.yaml", ".lock", "figures", "*/figures")
"""``figures`` holds photographs, which have a license of their own."""


def main() -> None:
    """Check all runs, then prepare each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN_FOLDER")
    runs = [Run(path) for path in parser.parse_args().runs]
    for run in runs:
        if reason := unfit(run):
            parser.error(f"{run.path} {reason}.")
        try:
            check_intact(run)
        except InputError as error:
            parser.error(str(error))
    for run in runs:
        compress_predictions(run)
        remove_what_no_report_reads(run)
        record_lacking_digests(run)


def unfit(run: Run) -> str | None:
    """Return why a run cannot be committed; None if it can."""
    if not (run.path / "status.json").exists():
        return "is no run folder"
    if is_locked(run):
        return "is being trained by another process"
    if run.status().status != "finished":
        return "is not finished"
    return None if run.predictions_path.exists() else "is not tested"


def compress_predictions(run: Run) -> None:
    """Replace ``test/predictions.csv`` by ``predictions.csv.gz``, without a date: equal files give equal bytes."""
    plain = run.path / "test" / "predictions.csv"
    if plain.exists():
        compressed = plain.with_name("predictions.csv.gz")
        compressed.write_bytes(gzip.compress(plain.read_bytes(), mtime=0))
        assert gzip.decompress(compressed.read_bytes()) == plain.read_bytes()
        plain.unlink()


def remove_what_no_report_reads(run: Run) -> None:
    """Remove the files of training and of the dashboard."""
    for path in (path for pattern in REMOVED for path in run.path.glob(pattern)):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def record_lacking_digests(run: Run) -> None:
    """Record the digests of those result files that have none yet."""
    recorded = dict(run.status().digests or {})
    if found := digests(run, [name for name in (*FIT_FILES, *TEST_FILES) if name not in recorded]):
        run.update_status({"digests": {**recorded, **found}})


if __name__ == "__main__":
    main()
