"""Results of a comparison, as data; every report is written from them."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from resnet_lab.comparison.both_values import at_both, depth_studies_at_both, joint_p
from resnet_lab.comparison.claims import Claim, all_with_verdict
from resnet_lab.comparison.conditions import Difference, differences, pair_differences, refuse_other_settings
from resnet_lab.comparison.contradictions import refuse_other_classes
from resnet_lab.comparison.convergence import TimeToFinal, times_to_final
from resnet_lab.comparison.degradation import DepthStudy, belongs_to
from resnet_lab.comparison.families import Rules, judge
from resnet_lab.comparison.folds import folds_of
from resnet_lab.comparison.image_differences import image_differences
from resnet_lab.comparison.ladder import Ladder
from resnet_lab.comparison.looks import at_look
from resnet_lab.comparison.measures import Measures, paired_measures, run_measures
from resnet_lab.comparison.net_pairs import NetPair, net_pairs
from resnet_lab.comparison.pairing import Contrast, Pairing
from resnet_lab.comparison.plan import OffPlan, Plan
from resnet_lab.comparison.procedure import Procedure
from resnet_lab.comparison.questions import DEGRADATION
from resnet_lab.comparison.selection import NotReady
from resnet_lab.comparison.tuned_pairs import TunedPairs
from resnet_lab.comparison.tuning import Choice
from resnet_lab.runs import Run
from resnet_lab.runs.disagreements import Disagreement, disagreements, same_images, tested_images
from resnet_lab.runs.measurements import COMPARED_MEASUREMENTS, inspected_apart
from resnet_lab.statistics.calibration import Bin, confidences, reliability
from resnet_lab.statistics.mean_sd import MeanSD, mean_sd
from resnet_lab.statistics.per_class import ClassScores, class_scores, mean_confusion

HEADLINE = "best"
Role = Literal["control", "treated"]
ROLES: tuple[Role, Role] = ("control", "treated")


@dataclass(frozen=True)
class Arm:
    """One arm: its runs and their measures, by seed; of a contrast, the paired runs."""

    role: Role
    name: str
    runs: Mapping[int, Run]
    measures: Mapping[int, Measures]

    def mean_sd(self, measure: str) -> MeanSD:
        """Return mean and standard deviation of a measure over the seeds."""
        return mean_sd(figures.get(measure) for figures in self.measures.values())

    @cached_property
    def _tests(self) -> list[dict[str, Any]]:
        return [run.test_metrics()[HEADLINE] for run in self.runs.values()]

    @cached_property
    def classes(self) -> list[ClassScores]:
        """Scores of each class."""
        return class_scores(self._tests)

    @cached_property
    def confusion(self) -> list[list[float]]:
        """Mean confusion matrix, in images."""
        return mean_confusion(self._tests)

    @cached_property
    def reliability(self) -> dict[int, list[Bin]]:
        """Bars of the reliability diagram of each run, by seed."""
        return {seed: reliability(*confidences(run.test_predictions(HEADLINE))) for seed, run in self.runs.items()}


@dataclass(frozen=True)
class Finding:
    """Results of one contrast.

    Attributes:
        contrast: The compared runs.
        control: The control.
        treated: The treated arm.
        claims: Verdicts about the arms. The verdict on degradation is missing if a depth study has it.
        times: Time to the final validation accuracy of the control.
        nets: Comparison of the trained networks of each pair that was tested on the same images.
        images: Test images that one arm classifies correctly in more of the seeds of ``nets``.
        tested: Number of test images of these pairs; 0 without such pairs.
        inspected_apart: Seeds whose two networks were inspected on different images, by measurement.
        look: Number of pairs at the last look that is complete; None before the first look, and without looks.
        second: The treated runs against the control at the value that the treated arm chose; None unless the arms were
            tuned and chose different values.
    """

    contrast: Contrast
    control: Arm
    treated: Arm
    claims: list[Claim]
    times: list[TimeToFinal]
    nets: list[NetPair]
    images: list[Disagreement]
    tested: int
    inspected_apart: Mapping[str, list[int]]
    look: int | None = None
    second: Contrast | None = None

    @property
    def axis_value(self) -> Mapping[str, Any]:
        """Values of the other factors by their key; empty if there are no other factors."""
        return self.contrast.axis_value

    @property
    def arms(self) -> tuple[Arm, Arm]:
        """Control and treated arm."""
        return self.control, self.treated

    @property
    def seeds(self) -> list[int]:
        """The seed of each pair."""
        return list(self.contrast.pairs)

    @property
    def on_other_images(self) -> list[int]:
        """Seeds whose pairs were tested on different images and are not compared image by image."""
        compared = {pair.seed for pair in self.nets}
        return [seed for seed in self.seeds if seed not in compared]


@dataclass(frozen=True)
class Results:
    """Results of a comparison.

    Attributes:
        pairing: The contrasts and their pairs of runs.
        differences: Conditions in which runs of one contrast differ although they should not.
        between: Conditions in which contrasts differ from each other.
        between_pairs: Conditions in which pairs of one contrast differ, while the two runs of each pair are alike.
        not_ready: Runs that were left out because they are not finished.
        findings: Results of each contrast that has a pair without a diverged run.
        depth_studies: Results of several contrasts together, on degradation with depth.
        procedure: Procedure of the tests, with the plan that was fixed before the runs.
        off_plan: The runs that do not follow the plan that was given; then it is not applied.
        beyond: Runs that are left out, because their pair belongs to a look that is not complete.
        choice: The value that each arm chose by tuning runs; None without a tuning.
        ladder: Results of the ladder of which the contrast is made of both ends; None without a ladder.
    """

    pairing: Pairing
    differences: list[Difference]
    between: list[Difference]
    between_pairs: list[Difference]
    not_ready: tuple[NotReady, ...]
    findings: list[Finding]
    depth_studies: list[DepthStudy]
    procedure: Procedure
    off_plan: tuple[OffPlan, ...] = ()
    beyond: tuple[str, ...] = ()
    choice: Choice | None = None
    ladder: Ladder | None = None

    @property
    def factor(self) -> str:
        """The compared key."""
        return self.pairing.factor

    @property
    def values(self) -> dict[Role, Any]:
        """Value of the compared key in each arm."""
        return dict(zip(ROLES, self.pairing.values, strict=True))

    @property
    def axis(self) -> tuple[str, ...]:
        """The keys in which the contrasts differ from each other."""
        return self.pairing.axis

    @property
    def runs(self) -> list[Run]:
        """All runs that were compared."""
        return self.pairing.runs if self.ladder is None else self.ladder.runs

    @property
    def all_diverged(self) -> list[Contrast]:
        """Contrasts without a finding, since a run of each of their pairs diverged."""
        return [contrast for contrast in self.pairing.contrasts if not contrast.pairs]

    @cached_property
    def identity(self) -> str:
        """Name of this set of runs, independent of their folder: ``residual-5f0c2d9a``."""
        on_ladder = [] if self.ladder is None else self.ladder.runs
        return identity(self.factor, dict.fromkeys([*self.pairing.partners, *on_ladder]))


def identity(factor: str, runs: Iterable[Run]) -> str:
    """Return the name of a set of runs, independent of their folder: ``residual-5f0c2d9a``."""
    parts = sorted(f"{run.name} {run.status().seed} {run.status().started}" for run in runs)
    digest = hashlib.sha256("\n".join([factor, *parts]).encode()).hexdigest()
    return f"{factor.rpartition('.')[2]}-{digest[:8]}"


def gather(
    pairing: Pairing | TunedPairs,
    not_ready: Sequence[NotReady],
    *,
    force: bool,
    plan: Plan | None = None,
    off_plan: Sequence[OffPlan] = (),
) -> Results:
    """Return the results of a comparison; the measures of each run are read once.

    Args:
        pairing: The contrasts and their pairs of runs; of tuned arms, with the second comparison of each.
        not_ready: Runs that were left out because they are not finished.
        force: Whether to go on if runs differ in more than the factors.
        plan: The plan of the runs. Only the pairs of its last complete look are compared.
        off_plan: Runs that do not follow the plan. If there are any, it is not applied.

    Raises:
        InputError: The runs differ in more than the factors, without ``force``; or they have different classes, with
            or without ``force``.
    """
    tuned = pairing if isinstance(pairing, TunedPairs) else None
    pairing = pairing.own if isinstance(pairing, TunedPairs) else pairing
    applied = None if off_plan else plan
    judged = at_look(pairing, applied)
    pairing = judged.pairing
    seconds = tuned.seconds_of(pairing) if tuned is not None else [None] * len(pairing.contrasts)
    compared = [*pairing.contrasts, *filter(None, seconds)]
    by_contrast = [pair_differences(of.partners, pairing.factor, of.axis_value) for of in compared]
    found = [difference for within, _ in by_contrast for difference in within]
    between_pairs = [difference for _, between in by_contrast[: len(seconds)] for difference in between]
    within = {difference.key for difference in found}
    between = [
        other
        for other in differences(pairing.partners, pairing.factor)
        if other.key not in within and _is_between_contrasts(other, pairing)
    ]
    refuse_other_classes(run for contrast in compared for pair in contrast.partners.values() for run in pair)
    refuse_other_settings(found, pairing.factor, force=force)
    measures = {run: run_measures(run) for run in dict.fromkeys(run for contrast in compared for run in contrast.runs)}
    procedure = Procedure(applied, judged.common_look)
    studies = depth_studies_at_both(pairing.contrasts, seconds, measures, Procedure(applied, judged.depth_look))
    rules = procedure.of_contrasts(pairing.contrasts, judged.looks)
    ruled = [one for one in zip(pairing.contrasts, rules, judged.looks, seconds, strict=True) if one[0].pairs]
    findings = [_finding(*one, measures, studies) for one in ruled]
    left_out = (tuple(not_ready), findings, studies, procedure, tuple(off_plan), judged.beyond)
    return Results(
        pairing, found, between, between_pairs, *left_out, choice=tuned.choice if tuned is not None else None
    )


def _is_between_contrasts(difference: Difference, pairing: Pairing) -> bool:
    """Return whether the runs of some contrast have other values than those of another one."""
    labels = [{run.label for pair in contrast.partners.values() for run in pair} for contrast in pairing.contrasts]
    return len({tuple(value for value, runs in difference.runs.items() if of & {*runs}) for of in labels}) > 1


def _finding(
    contrast: Contrast,
    rules: Rules,
    look: int | None,
    second: Contrast | None,
    measures: Mapping[Run, Measures],
    studies: Sequence[DepthStudy],
) -> Finding:
    def arm(side: int) -> Arm:
        runs = {seed: pair[side] for seed, pair in contrast.pairs.items()}
        return Arm(ROLES[side], contrast.arms[side], runs, {seed: measures[run] for seed, run in runs.items()})

    apart = {measurement: inspected_apart(contrast.pairs, measurement) for measurement in COMPARED_MEASUREMENTS}
    claims = _claims(contrast, rules, measures)
    if second is not None:
        joint = joint_p(claims, _claims(second, rules, measures))
        both = (_claims(one, rules, measures, joint) for one in (contrast, second))
        claims = at_both(*both, diverged=bool(second.lost))
    if contrast.unlike or (second is not None and second.unlike):
        claims = all_with_verdict({claim.key: claim for claim in claims}, "other_start")
    alike = contrast.pairs if folds_of(contrast) else same_images(contrast.pairs)
    nets = net_pairs(alike)
    judged_there = any(belongs_to(contrast, study) and study.claim.seeds for study in studies)
    return Finding(
        contrast,
        arm(0),
        arm(1),
        [claim for claim in claims if claim.key != DEGRADATION or not judged_there],
        times_to_final(contrast.pairs),
        nets,
        disagreements(alike) if alike else [],
        tested_images(alike),
        apart,
        look,
        second,
    )


def _claims(
    contrast: Contrast, rules: Rules, measures: Mapping[Run, Measures], joint: Mapping[str, float] | None = None
) -> list[Claim]:
    apart = {measurement: inspected_apart(contrast.pairs, measurement) for measurement in ("gradients", "probes")}
    paired = paired_measures(contrast.pairs, measures, apart)
    images, folds = image_differences(contrast.pairs), folds_of(contrast) if contrast.pairs else None
    barred = bool(contrast.lost or contrast.unlike)
    return judge(paired, rules, images=images, folds=folds, diverged=barred, joint=joint)
