"""All that a comparison found, as data: what every report is written from."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from resnet_lab.comparison.claims import DEGRADATION, Claim, judge
from resnet_lab.comparison.conditions import Difference, differences
from resnet_lab.comparison.convergence import EpochsToBest, epochs_to_best
from resnet_lab.comparison.degradation import DepthStudy, belongs_to, depth_studies
from resnet_lab.comparison.disagreements import Disagreement, disagreements, same_images
from resnet_lab.comparison.measures import run_measures
from resnet_lab.comparison.net_pairs import NetPair, net_pairs
from resnet_lab.comparison.pairing import Contrast, Pairing
from resnet_lab.comparison.per_class import ClassScores, class_scores, mean_confusion
from resnet_lab.comparison.selection import NotReady
from resnet_lab.errors import InputError
from resnet_lab.runs import Run
from resnet_lab.runs.measurements import COMPARED_MEASUREMENTS, inspected_apart
from resnet_lab.statistics.calibration import Bin, confidences, reliability
from resnet_lab.statistics.spread import Spread, spread

HEADLINE = "best"


@dataclass(frozen=True)
class Arm:
    """One arm of a contrast: its paired runs, by seed, and their figures."""

    name: str
    runs: Mapping[int, Run]

    @cached_property
    def measures(self) -> dict[int, dict[str, float]]:
        """The figures of each run."""
        return {seed: run_measures(run) for seed, run in self.runs.items()}

    def spread(self, measure: str) -> Spread:
        """Return a figure over the seeds."""
        return spread(figures.get(measure) for figures in self.measures.values())

    @cached_property
    def _tests(self) -> list[dict[str, Any]]:
        return [run.test_metrics()[HEADLINE] for run in self.runs.values()]

    @cached_property
    def classes(self) -> list[ClassScores]:
        """Scores by class."""
        return class_scores(self._tests)

    @cached_property
    def confusion(self) -> list[list[float]]:
        """Mean confusion matrix, in images."""
        return mean_confusion(self._tests)

    @cached_property
    def reliability(self) -> dict[int, list[Bin]]:
        """The bars of the reliability diagram of each run."""
        return {seed: reliability(*confidences(run.test_predictions(HEADLINE))) for seed, run in self.runs.items()}


@dataclass(frozen=True)
class Finding:
    """What one contrast shows.

    Attributes:
        contrast: What was compared.
        control: The control.
        treated: The other arm.
        claims: Verdicts about the arms; without that on degradation where a depth study has it.
        epochs: Epochs to the control's best, told beside them.
        nets: Of the pairs that were tested on the same images, about the trained nets alone.
        images: Test images that one arm gets right in more of these seeds.
        tested: Test images of these pairs; 0 without such pairs.
        inspected_apart: Seeds whose two nets were inspected on different images, by measurement.
    """

    contrast: Contrast
    control: Arm
    treated: Arm
    claims: list[Claim]
    epochs: list[EpochsToBest]
    nets: list[NetPair]
    images: list[Disagreement]
    tested: int
    inspected_apart: Mapping[str, list[int]]

    @property
    def arms(self) -> tuple[Arm, Arm]:
        """Control and treated arm."""
        return self.control, self.treated

    @property
    def seeds(self) -> list[int]:
        """Seeds of the pairs."""
        return list(self.contrast.pairs)

    @property
    def on_other_images(self) -> list[int]:
        """Seeds that are not compared image by image."""
        compared = {pair.seed for pair in self.nets}
        return [seed for seed in self.seeds if seed not in compared]


@dataclass(frozen=True)
class Results:
    """A whole comparison.

    Attributes:
        pairing: What was compared with what.
        differences: Conditions in which runs of one contrast differ all the same.
        between: Conditions in which contrasts differ, though the runs of each are alike.
        not_ready: Runs that were left out since they are not finished.
        findings: One a contrast.
        depth_studies: What several contrasts say together of degradation with depth.
    """

    pairing: Pairing
    differences: list[Difference]
    between: list[Difference]
    not_ready: tuple[NotReady, ...]
    findings: list[Finding]
    depth_studies: list[DepthStudy]

    @property
    def runs(self) -> list[Run]:
        """All runs that were compared."""
        return self.pairing.runs

    @cached_property
    def identity(self) -> str:
        """A name that these runs have wherever they lie: ``residual-5f0c2d9a``."""
        parts = sorted(f"{run.name} {run.status()['seed']} {run.status()['started']}" for run in self.runs)
        digest = hashlib.sha256("\n".join([self.pairing.factor, *parts]).encode()).hexdigest()
        return f"{self.pairing.factor.rpartition('.')[2]}-{digest[:8]}"


def gather(pairing: Pairing, not_ready: Sequence[NotReady], *, force: bool) -> Results:
    """Collect all that a comparison says.

    Args:
        pairing: The pairs.
        not_ready: Runs that were left out since they are not finished.
        force: Whether to go on where runs differ in more than the factors.

    Raises:
        InputError: They do, and it was not forced; or they have other classes, which no force makes comparable.
    """
    found = [
        difference
        for contrast in pairing.contrasts
        for difference in differences(contrast.runs, pairing.factor, contrast.place)
    ]
    within = {difference.key for difference in found}
    between = [other for other in differences(pairing.runs, pairing.factor) if other.key not in within]
    classes = {tuple(run.status()["classes"]) for run in pairing.runs}
    if len(classes) > 1:
        lists = " and ".join(", ".join(names) for names in sorted(classes))
        raise InputError(f"These runs tell apart other classes: {lists}. They cannot be compared.")
    if found and not force:
        raise InputError(
            f"These runs differ in more than {pairing.factor}: {'; '.join(map(str, found))}. A difference between the "
            "arms could come from any of it. Compare runs made alike, or go on with --force: the report then says so."
        )
    studies = depth_studies(pairing.contrasts)
    findings = [_finding(contrast, studies) for contrast in pairing.contrasts]
    return Results(pairing, found, between, tuple(not_ready), findings, studies)


def _finding(contrast: Contrast, studies: Sequence[DepthStudy]) -> Finding:
    control, treated = (
        Arm(name, {seed: pair[side] for seed, pair in contrast.pairs.items()})
        for side, name in enumerate(contrast.arms)
    )
    alike = same_images(contrast.pairs)
    nets = net_pairs(alike)
    judged_there = any(belongs_to(contrast, study) and study.claim.seeds for study in studies)
    return Finding(
        contrast,
        control,
        treated,
        [claim for claim in judge(contrast.pairs) if claim.key != DEGRADATION or not judged_there],
        epochs_to_best(contrast.pairs),
        nets,
        disagreements(alike) if alike else [],
        nets[0].n if nets else 0,
        {measurement: inspected_apart(contrast.pairs, measurement) for measurement in COMPARED_MEASUREMENTS},
    )
