"""Caches, figures and results as people find them, with commands in processes of their own."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
RESNET_LAB = [sys.executable, "-m", "resnet_lab"]
FIT = (
    "fit --config resnet34.yaml --model.depth 20 --data.image_size 16 --data.batch_size 8 --data.num_workers 0 "
    "--trainer.max_epochs 1 --resume auto --data.root"
)


def command(*words: str, **environment: str | None) -> subprocess.CompletedProcess[str]:
    """Run a command; a variable that is None is taken out."""
    changed = {**os.environ, **environment}
    return subprocess.run(
        [*RESNET_LAB, *words],
        env={name: value for name, value in changed.items() if value is not None},
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture
def nobody(tmp_path) -> dict[str, str | None]:
    """The environment of a user id without a name and without a home folder, as a container has it."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(
        "import pwd\ndef unknown(_):\n    raise KeyError('unknown')\npwd.getpwuid = pwd.getpwnam = unknown\n"
    )
    path = os.pathsep.join([str(tmp_path / "site"), os.environ.get("PYTHONPATH", "")])
    return {"PYTHONPATH": path, "HOME": None, "XDG_CACHE_HOME": None, "RESNET_LAB_CACHE": None}


def test_without_a_home_folder_a_fit_ends_and_says_what_it_does_without(cell_folder, nobody):
    done = command(*FIT.split(), str(cell_folder), **nobody)
    assert done.returncode == 0, done.stderr
    assert "note    There is no home folder for the cache: choose a folder in $RESNET_LAB_CACHE." in done.stderr
    assert "cache   off: There is no home folder" in done.stdout
    done = command("data", "check", "--data.root", "builtin:digits", **nobody)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "choose a folder in $RESNET_LAB_CACHE" in done.stderr


def test_a_home_folder_that_is_not_known_is_one_line(nobody):
    done = command("data", "check", "--data.root", "~nobody-of-this-name/d", **nobody)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "write the path in full" in done.stderr


def test_a_run_that_is_killed_as_soon_as_it_is_finished_has_its_figures(cell_folder, monkeypatch):
    monkeypatch.setenv("RESNET_LAB_FIGURES", "true")
    process = subprocess.Popen(
        [*RESNET_LAB, *FIT.split(), str(cell_folder)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    status, end = Path("lightning_logs/resnet20/version_0/status.json"), time.monotonic() + 120
    while not status.exists() or '"finished"' not in status.read_text():
        assert process.poll() is None
        assert time.monotonic() < end
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait(60)
    assert "nothing to resume" in command(*FIT.split(), str(cell_folder)).stdout
    [figures] = status.parent.glob("events.*.figures")
    assert figures.stat().st_size > 10_000
    drawn = {path.name for path in (status.parent / "figures").iterdir()}
    assert {"curves.png", "train_images.png", "val_images.png", "val_confusion.png"} <= drawn


def test_metrics_without_their_last_epoch_are_not_compared(make_run, logs):
    runs = [make_run(residual) for residual in (False, True)]
    rows = runs[1].metrics_path.read_text().splitlines()
    runs[1].metrics_path.write_text("\n".join(rows[:-1]) + "\n")
    done = command("compare", *(str(run.path) for run in runs), "--logs", str(logs))
    assert done.returncode == 2, done.stdout
    assert done.stderr.startswith(f"resnet-lab: error: The run {runs[1].path} is damaged")
    assert "metrics.csv cannot be used" in done.stderr
