"""Degradation with depth: training error that rises as nets get deeper (He et al. 2015, section 1 and Fig. 6)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from resnet_lab.comparison.claims import Claim, judge_alone
from resnet_lab.comparison.measures import Measures
from resnet_lab.comparison.pairing import Contrast
from resnet_lab.comparison.per_class import majority_share
from resnet_lab.comparison.questions import DEGRADATION
from resnet_lab.runs import Run
from resnet_lab.statistics.intervals import Interval, paired_t

DEPTH = "model.depth"
ERRORS = {
    "train": "final/last/train/accuracy",
    "val": "final/last/val/accuracy",
    "test": "test/last/accuracy",
}
"""The accuracy behind the error on each split: of the last checkpoint, with the evaluation transform."""

ByDepth = Mapping[int, Mapping[int, float]]
"""A figure by depth, ascending, and seed."""


@dataclass(frozen=True)
class DepthCurve:
    """One arm over depth: 1 - accuracy on each split, by depth and seed."""

    name: str
    errors: Mapping[str, ByDepth]

    @cached_property
    def rises(self) -> dict[int, float]:
        """Training error of the deepest net minus that of the shallowest, by seed that both have."""
        by_depth = list(self.errors["train"].values())
        shallowest, deepest = by_depth[0], by_depth[-1]
        return {seed: deepest[seed] - shallowest[seed] for seed in shallowest if seed in deepest}

    @property
    def rise(self) -> Interval | None:
        """The mean of ``rises`` with its 95% interval over seeds: whether this arm degrades; None without seeds."""
        return paired_t(list(self.rises.values())) if self.rises else None

    def interval(self, split: str, depth: int) -> Interval:
        """Return the mean error at a depth with its 95% interval over seeds."""
        return paired_t(list(self.errors[split][depth].values()))


@dataclass(frozen=True)
class DepthStudy:
    """Both arms at several depths, all else equal.

    Attributes:
        place: The further factors and their values here; empty if depth is the only one.
        control: The control.
        treated: The treated arm.
        claim: That training error rises less with depth in the treated arm; tested alone, over the seeds that both
            arms have at the shallowest and at the deepest depth.
        majority_error: Test error of always naming the most frequent class, which stands for the other splits too:
            their labels are not in a run folder.
    """

    place: Mapping[str, Any]
    control: DepthCurve
    treated: DepthCurve
    claim: Claim
    majority_error: float

    @property
    def arms(self) -> tuple[DepthCurve, DepthCurve]:
        """Control and treated arm."""
        return self.control, self.treated

    @property
    def depths(self) -> list[int]:
        """All depths, ascending."""
        return list(self.control.errors["train"])

    def differences(self, split: str, depth: int) -> list[float]:
        """Return the error of the treated arm minus that of the control at a depth, by seed that both have."""
        control, treated = (curve.errors[split][depth] for curve in self.arms)
        return [treated[seed] - control[seed] for seed in control if seed in treated]


def depth_studies(contrasts: Sequence[Contrast], measures: Mapping[Run, Measures]) -> list[DepthStudy]:
    """Return one study per group of contrasts that differ in depth alone; none if depth does not vary.

    Args:
        contrasts: Of one comparison.
        measures: The measures of each run.
    """
    groups: dict[str, list[Contrast]] = {}
    for contrast in contrasts:
        if DEPTH in contrast.place:
            groups.setdefault(str(_elsewhere(contrast)), []).append(contrast)
    return [_study(sorted(group, key=_depth), measures) for group in groups.values() if len(group) > 1]


def belongs_to(contrast: Contrast, study: DepthStudy) -> bool:
    """Say whether a contrast is one of the depths of a study."""
    return DEPTH in contrast.place and _elsewhere(contrast) == study.place


def _study(contrasts: Sequence[Contrast], measures: Mapping[Run, Measures]) -> DepthStudy:
    control, treated = (_curve(contrasts, side, measures) for side in (0, 1))
    common = sorted(control.rises.keys() & treated.rises.keys())
    claim = judge_alone(DEGRADATION, {seed: (control.rises[seed], treated.rises[seed]) for seed in common})
    return DepthStudy(_elsewhere(contrasts[0]), control, treated, claim, 1 - majority_share(contrasts[0].runs[0]))


def _curve(contrasts: Sequence[Contrast], side: int, measures: Mapping[Run, Measures]) -> DepthCurve:
    errors = {
        split: {
            _depth(contrast): {seed: 1 - measures[pair[side]][accuracy] for seed, pair in contrast.pairs.items()}
            for contrast in contrasts
        }
        for split, accuracy in ERRORS.items()
    }
    return DepthCurve(_family((contrast.arms[side], _depth(contrast)) for contrast in contrasts), errors)


def _family(named: Iterable[tuple[str, int]]) -> str:
    """Return what arms of several depths are called together: ``Plain`` for ``Plain-20`` and ``Plain-56``."""
    return "/".join(dict.fromkeys(name.replace(f"-{depth}", "", 1) for name, depth in named))


def _depth(contrast: Contrast) -> int:
    return int(contrast.place[DEPTH])


def _elsewhere(contrast: Contrast) -> dict[str, Any]:
    return {key: value for key, value in contrast.place.items() if key != DEPTH}
