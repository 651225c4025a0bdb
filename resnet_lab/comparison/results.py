"""All that a comparison found, as data: what ``comparison.json`` holds and every report is written from."""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from resnet_lab.comparison.calibration import Bin, confidences, reliability
from resnet_lab.comparison.claims import Claim, NetPair, judge, net_pairs
from resnet_lab.comparison.conditions import Difference, differences
from resnet_lab.comparison.convergence import EpochsToBest, epochs_to_best
from resnet_lab.comparison.disagreements import Disagreement, disagreements, same_images
from resnet_lab.comparison.measures import run_measures
from resnet_lab.comparison.pairing import Contrast, Pairing
from resnet_lab.comparison.per_class import ClassScores, class_scores, mean_confusion
from resnet_lab.comparison.selection import NotReady, label
from resnet_lab.comparison.spread import Spread, spread
from resnet_lab.errors import InputError
from resnet_lab.runs import Run

FORMAT = 1
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
        claims: Verdicts about the arms.
        epochs: Epochs to the control's best, told beside them.
        nets: Of the pairs that were tested on the same images, about the trained nets alone.
        images: Test images that one arm gets right in more of these seeds.
        tested: Test images of these pairs; 0 without such pairs.
    """

    contrast: Contrast
    control: Arm
    treated: Arm
    claims: list[Claim]
    epochs: list[EpochsToBest]
    nets: list[NetPair]
    images: list[Disagreement]
    tested: int

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
    """

    pairing: Pairing
    differences: list[Difference]
    between: list[Difference]
    not_ready: tuple[NotReady, ...]
    findings: list[Finding]

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
    return Results(pairing, found, between, tuple(not_ready), [_finding(contrast) for contrast in pairing.contrasts])


def _finding(contrast: Contrast) -> Finding:
    control, treated = (
        Arm(name, {seed: pair[side] for seed, pair in contrast.pairs.items()})
        for side, name in enumerate(contrast.arms)
    )
    alike = same_images(contrast.pairs)
    nets = net_pairs(alike)
    return Finding(
        contrast,
        control,
        treated,
        judge(contrast.pairs),
        epochs_to_best(contrast.pairs),
        nets,
        disagreements(alike) if alike else [],
        nets[0].n if nets else 0,
    )


def as_json(results: Results) -> dict[str, Any]:
    """Return a comparison in plain types; ``format`` is raised when a key changes its meaning. Not a number is null."""
    pairing = results.pairing
    content = {
        "format": FORMAT,
        "id": results.identity,
        "factor": pairing.factor,
        "values": dict(zip(("control", "treated"), pairing.values, strict=True)),
        "axis": pairing.axis,
        "differences": [asdict(difference) for difference in results.differences],
        "between_contrasts": [asdict(difference) for difference in results.between],
        "left_out": {"not_ready": list(map(asdict, results.not_ready)), "without_partner": pairing.alone},
        "contrasts": [_finding_json(finding) for finding in results.findings],
    }
    plain: dict[str, Any] = _plain(content)
    return plain


def _finding_json(finding: Finding) -> dict[str, Any]:
    return {
        "place": finding.contrast.place,
        "seeds": finding.seeds,
        "without_partner": finding.contrast.unpaired,
        "arms": {
            role: {
                "name": arm.name,
                "runs": {
                    str(seed): {"run": label(run), "measures": arm.measures[seed]} for seed, run in arm.runs.items()
                },
                "classes": [asdict(scores) for scores in arm.classes],
                "mean_confusion_matrix": arm.confusion,
                "reliability": {str(seed): [asdict(bar) for bar in bars] for seed, bars in arm.reliability.items()},
            }
            for role, arm in zip(("control", "treated"), finding.arms, strict=True)
        },
        "claims": [asdict(claim) for claim in finding.claims],
        "epochs_to_control_best": [asdict(epochs) for epochs in finding.epochs],
        "nets": [asdict(pair) for pair in finding.nets],
        "disagreements": [asdict(image) for image in finding.images],
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
