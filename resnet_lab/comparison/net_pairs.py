"""Comparison of the two trained networks of each seed, image by image; it says nothing about their arms."""

from collections.abc import Mapping
from dataclasses import dataclass

from resnet_lab.comparison.claims import ALPHA
from resnet_lab.errors import InputError
from resnet_lab.runs import Run
from resnet_lab.statistics.intervals import Interval
from resnet_lab.statistics.mcnemar import mcnemar, paired_proportions


@dataclass(frozen=True)
class NetPair:
    """The two best checkpoints of one seed on the same test images.

    Attributes:
        seed: Seed of both runs.
        only_control: Number of images that only the network of the control classified correctly.
        only_treated: Number of images that only the treated network classified correctly.
        n: Number of all test images.
        p: Two-sided p of the exact McNemar test.
        interval: Interval over images of the difference of accuracies, treated minus control.
    """

    seed: int
    only_control: int
    only_treated: int
    n: int
    p: float
    interval: Interval


def net_pairs(pairs: Mapping[int, tuple[Run, Run]]) -> list[NetPair]:
    """Return the comparison of the two networks of each seed; seeds are never pooled.

    Raises:
        InputError: The two runs of a seed were tested on different images.
    """
    return [_net_pair(seed, *pairs[seed]) for seed in sorted(pairs)]


def _net_pair(seed: int, control: Run, treated: Run) -> NetPair:
    control_right, treated_right = _right(control), _right(treated)
    if control_right.keys() != treated_right.keys():
        raise InputError(
            f"{control.path} and {treated.path} were tested on different images: run `resnet-lab test` again for both."
        )
    only_control = sum(right and not treated_right[path] for path, right in control_right.items())
    only_treated = sum(right and not control_right[path] for path, right in treated_right.items())
    n = len(control_right)
    interval = paired_proportions(only_control, only_treated, n, 1 - ALPHA)
    return NetPair(seed, only_control, only_treated, n, mcnemar(only_control, only_treated), interval)


def _right(run: Run) -> dict[str, bool]:
    """Return whether the best checkpoint classified each test image correctly, by its path."""
    return {row["path"]: row["label"] == row["predicted"] for row in run.test_predictions("best")}
