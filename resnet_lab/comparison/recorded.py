"""Values that a run recorded in its folder."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from resnet_lab.comparison.chance_level import chance_level
from resnet_lab.runs import Run
from resnet_lab.runs.measurements import gradient_norm_profile, probe_accuracy_profile
from resnet_lab.statistics.curves import Curve

_LAST_EPOCH = ("train/accuracy", "train/loss", "train/objective", "val/accuracy", "val/loss")


@dataclass(frozen=True)
class Recorded:
    """The recorded values of one run; each file is read once, at the first use."""

    run: Run

    @cached_property
    def values(self) -> dict[str, float]:
        """Single values of the last epoch, of ``final/metrics.json`` and of ``test/metrics.json``, by path."""
        found = {tag: self._epochs[-1][tag] for tag in _LAST_EPOCH if tag in self._epochs[-1]} if self._epochs else {}
        with suppress(FileNotFoundError):
            found |= _flat(self.run.final_metrics(), "final")
        with suppress(FileNotFoundError):
            test = self.run.test_metrics()
            found |= _flat({which: test[which] for which in ("best", "last")}, "test")
        return found

    def curve(self, tag: str) -> Curve:
        """Return a column of ``metrics.csv`` by epoch; an epoch without a value is absent."""
        return {int(row["epoch"]): row[tag] for row in self._epochs if tag in row}

    def chance(self, split: str) -> float | None:
        """Return the share of the most frequent class of a split; None for a run that was not tested."""
        with suppress(FileNotFoundError):
            return chance_level(self.run, split).share
        return None

    def gradient_norms(self, checkpoint: str) -> Mapping[str, float]:
        """Return the gradient norm of each layer of the main path, in the order of the forward pass.

        Args:
            checkpoint: Such as ``best`` or ``initial``; a network that was not inspected has no layers.
        """
        return gradient_norm_profile(self.run, checkpoint)

    def probe_accuracies(self, checkpoint: str) -> Mapping[str, float]:
        """Return the accuracy of the linear probe after each block, in the order of the forward pass."""
        return probe_accuracy_profile(self.run, checkpoint)

    @cached_property
    def _epochs(self) -> list[dict[str, float]]:
        return self.run.metrics()


def curve(run: Run, tag: str) -> Curve:
    """Return a column of the ``metrics.csv`` of a run by epoch; an epoch without a value is absent."""
    return Recorded(run).curve(tag)


def _flat(values: Mapping[str, Any], prefix: str) -> dict[str, float]:
    """Return the numbers of a nested mapping by path; lists, names, null and ``per_class`` are left out."""
    flat: dict[str, float] = {}
    for key, value in values.items():
        if isinstance(value, Mapping):
            if key != "per_class":
                flat |= _flat(value, f"{prefix}/{key}")
        elif isinstance(value, int | float):
            flat[f"{prefix}/{key}"] = float(value)
    return flat
