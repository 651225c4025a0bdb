"""Degradation with depth: training error that rises as nets get deeper (He et al. 2015, section 1 and Fig. 6)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from resnet_lab.comparison.chance_level import ChanceLevel, chance_level
from resnet_lab.comparison.claims import Claim, all_with_verdict
from resnet_lab.comparison.families import Rules, judge_alone
from resnet_lab.comparison.measures import Measures
from resnet_lab.comparison.pairing import Contrast
from resnet_lab.comparison.procedure import Procedure
from resnet_lab.comparison.questions import DEGRADATION
from resnet_lab.runs import Run
from resnet_lab.statistics.intervals import Interval, paired_t

DEPTH = "model.depth"
ERRORS = {
    "train": "final/last/train/accuracy",
    "val": "final/last/val/accuracy",
    "test": "test/last/accuracy",
}
"""Measure of the accuracy behind the error on each split: last checkpoint, evaluation transform."""

ByDepth = Mapping[int, Mapping[int, float]]
"""Values by depth, ascending, and seed."""


@dataclass(frozen=True)
class DepthCurve:
    """Errors of one arm over depth: 1 - accuracy on each split, by depth and seed."""

    name: str
    errors: Mapping[str, ByDepth]

    @cached_property
    def rises(self) -> dict[int, float]:
        """Training error of the deepest network minus that of the shallowest, for each seed that both have."""
        by_depth = list(self.errors["train"].values())
        shallowest, deepest = by_depth[0], by_depth[-1]
        return {seed: deepest[seed] - shallowest[seed] for seed in shallowest if seed in deepest}

    @property
    def rise(self) -> Interval | None:
        """Mean of ``rises`` with its 95% interval over seeds; None without seeds."""
        return paired_t(list(self.rises.values())) if self.rises else None

    def interval(self, split: str, depth: int) -> Interval:
        """Return the mean error at one depth with its 95% interval over seeds."""
        return paired_t(list(self.errors[split][depth].values()))


@dataclass(frozen=True)
class DepthStudy:
    """Both arms at several depths; all else is equal.

    Attributes:
        axis_value: Values of the other factors by their key; empty if depth is the only factor.
        control: The control.
        treated: The treated arm.
        claim: The claim that training error rises less with depth in the treated arm. It is tested alone, over the
            seeds that both arms have at the smallest and at the largest depth.
        chance: The most frequent class of each split. A run that is older than ``class_counts`` in ``status.json`` has
            that of its test split on all splits.
    """

    axis_value: Mapping[str, Any]
    control: DepthCurve
    treated: DepthCurve
    claim: Claim
    chance: Mapping[str, ChanceLevel]

    @property
    def arms(self) -> tuple[DepthCurve, DepthCurve]:
        """Control and treated arm."""
        return self.control, self.treated

    @property
    def depths(self) -> list[int]:
        """All depths, ascending."""
        return list(self.control.errors["train"])

    def majority_error(self, split: str) -> float:
        """Return the error of always predicting the most frequent class of a split."""
        return 1 - self.chance[split].share

    def differences(self, split: str, depth: int) -> list[float]:
        """Return the error of the treated arm minus that of the control at one depth, for each seed that both have."""
        control, treated = (curve.errors[split][depth] for curve in self.arms)
        return [treated[seed] - control[seed] for seed in control if seed in treated]


def depth_studies(
    contrasts: Sequence[Contrast], measures: Mapping[Run, Measures], procedure: Procedure
) -> list[DepthStudy]:
    """Return one study per group of contrasts that differ in depth alone; none if depth does not vary.

    Args:
        contrasts: Of one comparison. A depth of which every pair has a diverged run has no errors, and leaves the claim
            undecided.
        measures: The measures of each run.
        procedure: Procedure of the tests. Its level is divided by the number of studies.
    """
    groups: dict[str, list[Contrast]] = {}
    for contrast in contrasts:
        if DEPTH in contrast.axis_value:
            groups.setdefault(str(_elsewhere(contrast)), []).append(contrast)
    over_depths = [
        sorted(group, key=_depth) for group in groups.values() if sum(bool(contrast.pairs) for contrast in group) > 1
    ]
    rules = procedure.of_depth_studies(len(over_depths))
    return [_study(group, measures, rules) for group in over_depths]


def belongs_to(contrast: Contrast, study: DepthStudy) -> bool:
    """Return whether a contrast is one of the depths of a study."""
    return DEPTH in contrast.axis_value and _elsewhere(contrast) == study.axis_value


def _study(contrasts: Sequence[Contrast], measures: Mapping[Run, Measures], rules: Rules) -> DepthStudy:
    diverged = any(contrast.lost for contrast in contrasts)
    unlike = any(contrast.unlike for contrast in contrasts)
    contrasts = [contrast for contrast in contrasts if contrast.pairs]
    control, treated = (_curve(contrasts, side, measures) for side in (0, 1))
    common = sorted(control.rises.keys() & treated.rises.keys())
    rises = {seed: (control.rises[seed], treated.rises[seed]) for seed in common}
    claim = judge_alone(DEGRADATION, rises, rules, diverged=diverged or unlike)
    if unlike:
        [claim] = all_with_verdict({claim.key: claim}, "other_start")
    chance = {split: chance_level(contrasts[0].runs[0], split) for split in ERRORS}
    return DepthStudy(_elsewhere(contrasts[0]), control, treated, claim, chance)


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
    """Return the common name of arms of several depths: ``Plain`` for ``Plain-20`` and ``Plain-56``."""
    return "/".join(dict.fromkeys(name.replace(f"-{depth}", "", 1) for name, depth in named))


def _depth(contrast: Contrast) -> int:
    return int(contrast.axis_value[DEPTH])


def _elsewhere(contrast: Contrast) -> dict[str, Any]:
    return {key: value for key, value in contrast.axis_value.items() if key != DEPTH}
