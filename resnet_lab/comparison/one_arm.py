"""Results of one arm alone, setting by setting; without a partner there is no verdict."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from resnet_lab.comparison.conditions import Difference, as_text, has_folds, seed_differences, settings
from resnet_lab.comparison.contradictions import refuse_other_classes
from resnet_lab.comparison.measures import run_measures
from resnet_lab.comparison.mistakes import Mistake, mistakes
from resnet_lab.comparison.pairing import axis_order, cells_of, varied_keys
from resnet_lab.comparison.results import Arm, Finding, Results, Role, identity
from resnet_lab.comparison.selection import NotReady, Selection
from resnet_lab.errors import InputError
from resnet_lab.runs import Run
from resnet_lab.runs.disagreements import same_images, tested_images
from resnet_lab.runs.divergence import has_diverged

RESIDUAL = "model.residual"


@dataclass(frozen=True)
class ArmFinding:
    """Results of one arm in one setting.

    Attributes:
        axis_value: Values of the keys in which the settings differ; empty if there is one setting.
        arm: The arm with its runs.
        alike: Seeds that were tested on the images of the first one; with folds, all seeds.
        tested: Number of images that the seeds in ``alike`` were tested on.
        mistakes: Those that most of the seeds in ``alike`` misclassify.
        inspected_apart: Empty, since no two networks are held against each other.
    """

    inspected_apart: ClassVar[Mapping[str, list[int]]] = {}
    axis_value: Mapping[str, Any]
    arm: Arm
    alike: tuple[int, ...]
    tested: int
    mistakes: list[Mistake]

    @property
    def arms(self) -> tuple[Arm]:
        """The only arm."""
        return (self.arm,)

    @property
    def seeds(self) -> list[int]:
        """The seed of each run."""
        return list(self.arm.runs)

    @property
    def on_other_images(self) -> list[int]:
        """Seeds that were tested on other images and are left out of ``mistakes``."""
        return [seed for seed in self.seeds if seed not in self.alike]


@dataclass(frozen=True)
class OneArm:
    """Results of one arm alone.

    Attributes:
        values: Value of ``model.residual``, under the role that the arm has in a comparison.
        axis: The keys in which the settings differ.
        differences: Conditions in which runs of one setting differ although they should not.
        between: Conditions in which settings differ from each other, while the runs of each setting are alike.
        not_ready: Runs that were left out because they are not finished.
        findings: Results of each setting that has a run which did not diverge, in the order of the axis.
        diverged: The runs that diverged. They have no measures.
    """

    factor: ClassVar = RESIDUAL
    values: Mapping[Role, bool]
    axis: tuple[str, ...]
    differences: list[Difference]
    between: list[Difference]
    not_ready: tuple[NotReady, ...]
    findings: list[ArmFinding]
    diverged: tuple[str, ...]

    @property
    def runs(self) -> list[Run]:
        """All runs."""
        return [run for finding in self.findings for run in finding.arm.runs.values()]

    @cached_property
    def identity(self) -> str:
        """Name of this set of runs, independent of their folder: ``residual-5f0c2d9a``."""
        return identity(self.factor, self.runs)


AnyFinding = Finding | ArmFinding
AnyResults = Results | OneArm


def has_one_arm(runs: Sequence[Run], factor: str) -> bool:
    """Return whether the residual connection is the factor, and these runs all have it or all lack it."""
    values = {as_text(setting.get(factor)) for setting in settings(runs, factor).values()}
    return factor == RESIDUAL and values in ({"false"}, {"true"})


def gather_one_arm(selection: Selection, *, force: bool) -> OneArm:
    """Return the results of one arm alone.

    Args:
        selection: Runs of one arm (:func:`has_one_arm`), and the unfinished runs beside them.
        force: Whether to go on if the runs of a setting differ in more than their seed.

    Raises:
        InputError: All runs diverged; two runs are the same experiment; the runs of a setting differ in more than their
            seed, without ``force``; or they have different classes, with or without ``force``.
    """
    refuse_other_classes(selection.runs)
    diverged = [run for run in selection.runs if has_diverged(run)]
    measured = [run for run in selection.runs if run not in diverged]
    if not measured:
        raise InputError(
            f"All these runs diverged: {', '.join(run.label for run in diverged)}. There is nothing to report; train "
            "the arm with a lower --model.lr."
        )
    cells = cells_of(settings(measured, RESIDUAL), RESIDUAL)
    axis = varied_keys(cell for cell, _ in cells)
    groups = [({key: cell[key] for key in axis}, dict(sorted(runs.items()))) for cell, runs in cells]
    groups.sort(key=lambda group: axis_order(group[0]))
    found = [one for axis_value, runs in groups for one in seed_differences(list(runs.values()), RESIDUAL, axis_value)]
    if found and not force:
        raise InputError(
            f"These runs of one arm differ in more than their seed: {'; '.join(map(str, found))}. Their mean would "
            "mix different settings. Name runs that agree in them, or add --force: the report then says so."
        )
    within = {difference.key for difference in found}
    between = [other for other in seed_differences(measured, RESIDUAL) if other.key not in within]
    role: Role = "treated" if cells[0][0][RESIDUAL] else "control"
    findings = [_finding(axis_value, role, runs) for axis_value, runs in groups]
    labels = tuple(run.label for run in diverged)
    return OneArm({role: cells[0][0][RESIDUAL]}, axis, found, between, selection.not_ready, findings, labels)


def _finding(axis_value: Mapping[str, Any], role: Role, runs: Mapping[int, Run]) -> ArmFinding:
    name, measures = next(iter(runs.values())).status().arm, {seed: run_measures(run) for seed, run in runs.items()}
    arm = Arm(role, name, runs, measures)
    by_seed = {seed: (run,) for seed, run in runs.items()}
    alike = by_seed if has_folds(runs.values()) else same_images(by_seed)
    counted = mistakes({seed: run for seed, (run,) in alike.items()})
    return ArmFinding(axis_value, arm, tuple(alike), tested_images(alike), counted)
