"""Messages for errors of the system say the way out."""

import errno

import pytest

from resnet_lab.errors import RunError
from resnet_lab.training.error_messages import explained


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (
            OSError(errno.ENOSPC, "No space left on device", "/tmp/metrics.csv"),
            "The disk is full: /tmp/metrics.csv",
        ),
        (OSError(errno.ENOSPC, "No space left on device"), "The disk is full: a file cannot be written ("),
        (
            RuntimeError("DataLoader worker (pid 7) is killed by signal: Killed. "),
            "A worker process that reads images died (DataLoader worker (pid 7) is killed by signal: Killed.).",
        ),
        (RuntimeError("DataLoader worker (pid(s) 7) exited unexpectedly"), "A worker process that reads images died ("),
        (
            RuntimeError(
                "DataLoader worker (pid 7) is killed by signal: Bus error. It is possible that dataloader's workers "
                "are out of shared memory. Please try to raise your shared memory limit."
            ),
            "The workers ran out of shared memory (",
        ),
        (
            RuntimeError("unable to write to file </torch_12_34_0>: No space left on device (28)"),
            "The workers ran out of shared memory (",
        ),
    ],
)
def test_each_has_its_way_out(error, text):
    better = explained(error)
    assert isinstance(better, RunError)
    assert str(better).startswith(text)
    assert str(better).endswith("Then go on with resnet-lab fit --resume RUN_FOLDER.")
    assert "MB are free in" in str(better) or "killed by signal: Killed" in str(better) or "unexpectedly" in str(better)


@pytest.mark.parametrize(
    "error", [ValueError("shared memory"), RuntimeError("mat1 and mat2"), OSError(errno.EACCES, "no")]
)
def test_others_stay_what_they_are(error):
    assert explained(error) is error
