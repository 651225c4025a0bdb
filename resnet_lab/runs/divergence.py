"""Divergence of a run: by its status, or by a recorded value that is no finite number."""

import math
from collections.abc import Iterator
from contextlib import suppress
from itertools import product

from resnet_lab.runs.folder import Run
from resnet_lab.runs.state import is_diverged

_VALUES = ("accuracy", "loss")
_CHECKPOINTS = ("best", "last")


def has_diverged(run: Run) -> bool:
    """Return whether a run diverged: it stopped for that, or a loss or accuracy that it recorded is no finite number.

    These values are those of training and validation in ``metrics.csv``, and of both checkpoints in
    ``final/metrics.json`` and ``test/metrics.json``. A file that is absent or damaged says nothing here;
    :func:`~resnet_lab.runs.intact.check_intact` refuses it.
    """
    return is_diverged(run) or any(not math.isfinite(value) for value in _recorded_values(run))


def _recorded_values(run: Run) -> Iterator[float]:
    with suppress(OSError, ValueError, TypeError, KeyError):
        for row in run.metrics():
            tags = (f"{split}/{value}" for split, value in product(("train", "val"), _VALUES))
            yield from (float(row[tag]) for tag in tags if tag in row)
    with suppress(OSError, ValueError, TypeError, KeyError):
        final = run.final_metrics()
        yield from (
            float(final[which][split][v]) for which, split, v in product(_CHECKPOINTS, ("train", "val"), _VALUES)
        )
    with suppress(OSError, ValueError, TypeError, KeyError):
        test = run.test_metrics()
        yield from (float(test[which][value]) for which, value in product(_CHECKPOINTS, _VALUES))
