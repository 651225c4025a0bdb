"""The two trained nets of each seed, image by image; nothing of it is about their arms."""

from collections.abc import Mapping
from dataclasses import dataclass

from resnet_lab.comparison.claims import ALPHA
from resnet_lab.errors import InputError
from resnet_lab.runs import Run
from resnet_lab.statistics.intervals import Interval
from resnet_lab.statistics.mcnemar import mcnemar, paired_proportions


@dataclass(frozen=True)
class NetPair:
    """Two trained nets of one seed on the same test images: best checkpoints. Says nothing of their arms.

    Attributes:
        seed: Of both runs.
        only_control: Images that only the control's net classified right.
        only_treated: Images that only the treated net did.
        n: All test images.
        p: Two-sided, of the exact McNemar test.
        interval: Of the difference of accuracies, treated minus control, over images.
    """

    seed: int
    only_control: int
    only_treated: int
    n: int
    p: float
    interval: Interval


def net_pairs(pairs: Mapping[int, tuple[Run, Run]]) -> list[NetPair]:
    """Return how the two nets of each seed differ, image by image; never pooled over seeds.

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
    """Return whether the best checkpoint classified each test image right, by its path."""
    return {row["path"]: row["label"] == row["predicted"] for row in run.test_predictions("best")}
