"""Looks of a study: the cells that are judged together, where they stand, and the runs up to their next look."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from resnet_lab.comparison.claims import Claim
from resnet_lab.comparison.conditions import FOLD, as_text
from resnet_lab.comparison.degradation import DEPTH, belongs_to
from resnet_lab.comparison.looks import last_look, pairs_in_a_row
from resnet_lab.comparison.one_arm import RESIDUAL
from resnet_lab.comparison.pairing import Contrast
from resnet_lab.comparison.plan import Tuning
from resnet_lab.comparison.questions import DEGRADATION, UNITS
from resnet_lab.comparison.results import Results, gather
from resnet_lab.comparison.selection import select
from resnet_lab.comparison.tuned_pairs import pair_planned
from resnet_lab.comparison.tuning import Choice
from resnet_lab.config.result_neutral_keys import is_result_neutral
from resnet_lab.errors import InputError
from resnet_lab.report.words import load_words
from resnet_lab.runs import Run
from resnet_lab.runs.start import INIT_FROM
from resnet_lab.study.kept_plan import off_plan
from resnet_lab.study.on_disk import Step, find_run, next_step
from resnet_lab.study.plan import PlannedRun, Study

Closed = Literal["decided", "images", "diverged", "other_start"]
"""Reasons to close a contrast: it is decided; the test images alone forbid a verdict; a run diverged; or the arms began
with weights that were not made alike."""

_CLOSED: Mapping[Closed, str] = {
    "decided": "no further pair is needed",
    "images": "these test images cannot decide it, however many seeds there are",
    "diverged": "no further pair can decide: a run diverged",
    "other_start": "no further pair can decide: the arms began with weights that were not made alike",
}
_APART = frozenset({"name", "seed_everything", RESIDUAL, FOLD})
"""Keys in which the runs of one contrast may differ."""


@dataclass(frozen=True)
class Standing:
    """Cells that are judged together, and where they stand.

    Attributes:
        cells: Names of the cells.
        pairs: Number of complete pairs, from the first seed of the plan on.
        look: Number of pairs at the last look that is complete; None before the first.
        claim: The claim that decides; None before the first look, if the runs could not be judged, and if no pair is
            without a diverged run.
        closed: The reason why no further pair is run; None while the claim is open.
        goal: Number of pairs that are run now: up to the next look, or to the last one that counts.
    """

    cells: tuple[str, ...]
    pairs: int
    look: int | None
    claim: Claim | None
    closed: Closed | None
    goal: int


@dataclass(frozen=True)
class Looks:
    """Looks of a study whose file fixes some.

    Attributes:
        study: The study.
        path: Its file.
        overrides: Settings of the command line for all cells.
        runs: All runs of the study.
        logs: Folder of all runs.
        choice: The values that tuning runs chose; None without a tuning.
    """

    study: Study
    path: Path
    overrides: Mapping[str, str]
    runs: Sequence[PlannedRun]
    logs: Path
    choice: Choice | None = None

    def standings(self) -> tuple[list[Standing], str | None]:
        """Read from disk where the study stands.

        Returns:
            The standings; and the reason if the runs cannot be judged, else None. Without a judgment, the study is run
            to its last look.

        Raises:
            InputError: The cells of a pair have different questions.
        """
        plan = self.study.plan
        done = self._done()
        groups = _groups(self.runs, self.study.plan.tuning)
        complete = [_complete_seeds(group, done) for group in groups]
        results, problem = None, None
        if any(last_look(plan, [seeds]) for seeds in complete):
            try:
                results = self._judged(done)
            except InputError as error:
                problem = str(error)
        return [self._standing(*one, results, problem) for one in zip(groups, complete, strict=True)], problem

    def due(self, standings: Sequence[Standing]) -> list[PlannedRun]:
        """Return the runs up to the next look of each open group, with those that are done, in the order of the plan.

        Args:
            standings: From :meth:`standings`.
        """
        goals = {name: standing.goal for standing in standings for name in standing.cells}
        first = {name: frozenset(self.study.plan.seeds[:goal]) for name, goal in goals.items()}
        return [run for run in self.runs if run.seed in first[run.cell.name]]

    def _done(self) -> dict[PlannedRun, Run]:
        found = ((planned, find_run(planned, self.logs)) for planned in self.runs)
        return {planned: run for planned, run in found if run is not None and next_step(run) is Step.NOTHING}

    def _judged(self, done: Mapping[PlannedRun, Run]) -> Results:
        choosing = self.choice.runs if self.choice is not None else ()
        off = off_plan(self.study, self.path, [*choosing, *done.values()], self.overrides)
        if off:
            these = ", ".join(f"{run.run} ({run.reason.replace('_', ' ')})" for run in off)
            raise InputError(
                f"these runs do not follow the plan of {self.path}: {these}. Restore the file, or move the runs away."
            )
        selection = select([str(run.path) for run in done.values()], self.logs)
        pairs = pair_planned(selection.runs, RESIDUAL, self.choice)
        return gather(pairs, (), force=False, plan=self.study.plan)

    def _standing(
        self, group: Sequence[PlannedRun], complete: set[int], results: Results | None, problem: str | None
    ) -> Standing:
        plan, cells = self.study.plan, tuple(dict.fromkeys(run.cell.name for run in group))
        pairs, look = pairs_in_a_row(plan.seeds, [complete]), last_look(plan, [complete])
        contrasts = [one for one in results.pairing.contrasts if _is_of(one, cells)] if results and look else []
        claim = deciding_claim(results, contrasts[0]) if results and contrasts else None
        closed = _closed(contrasts, claim)
        ahead = [one for one in plan.looks if one > pairs]
        goal = look if closed and look else plan.looks[-1] if problem or not ahead else ahead[0]
        return Standing(cells, pairs, look, claim, closed, goal)


def deciding_claim(results: Results, contrast: Contrast) -> Claim | None:
    """Return the claim by which a contrast is judged; None if it is not among the results, as without a sound pair.

    Args:
        results: Results of the study so far.
        contrast: One of its contrasts.
    """
    question = results.procedure.question(contrast)
    if question == DEGRADATION:
        return next((study.claim for study in results.depth_studies if belongs_to(contrast, study)), None)
    claims = [claim for finding in results.findings if finding.contrast == contrast for claim in finding.claims]
    return next((claim for claim in claims if claim.key == question), None)


def looks_block(standings: Sequence[Standing], study: Study, problem: str | None) -> str:
    """Return one line per group of cells: its pairs, its verdict and its next look.

    Args:
        standings: From :meth:`Looks.standings`.
        study: The study.
        problem: The reason why the runs are not judged, if any.
    """
    lines = [f"look    {', '.join(standing.cells)}: {_in_words(standing, study)}" for standing in standings]
    if problem is not None:
        lines.append(f"note    the runs are not judged, and go on to the last look: {problem}")
    return "\n".join(lines)


def _in_words(standing: Standing, study: Study) -> str:
    looks = study.plan.looks
    parts = [f"{standing.pairs} of {looks[-1]} pairs"]
    if standing.claim is not None or standing.closed is not None:
        said = load_words("en").verdict("diverged") if standing.claim is None else _verdict(standing.claim)
        parts.append(f"judged at {standing.look} pairs, {said}")
    if standing.closed is not None:
        parts.append(_CLOSED[standing.closed])
    elif standing.pairs >= looks[-1]:
        parts.append("that was the last look")
    else:
        parts.append(f"{'next' if standing.look else 'first'} look at {standing.goal} pairs")
    return "; ".join(parts)


def _closed(contrasts: Sequence[Contrast], claim: Claim | None) -> Closed | None:
    """Return the reason to close contrasts that are judged together at a look, with a claim if any pair is sound."""
    if any(contrast.lost for contrast in contrasts):
        return "diverged"
    if any(contrast.unlike is not None for contrast in contrasts):
        return "other_start"
    if claim is None:
        return None
    return "decided" if claim.is_decided else "images" if claim.images_forbid else None


def _verdict(claim: Claim) -> str:
    words, interval = load_words("en"), claim.interval
    said = f"{words.claim(claim.key)}: {words.verdict(claim.verdict)}"
    if interval is None:
        return said
    scale, decimals = UNITS[claim.unit]
    mean, low, high = (f"{scale * value:+.{decimals}f}" for value in (interval.mean, interval.low, interval.high))
    return f"{said}, {mean} {claim.unit}, {100 * interval.level:.2f}% interval {low} to {high}"


def _groups(runs: Sequence[PlannedRun], tuning: Tuning | None) -> list[list[PlannedRun]]:
    """Return the runs of each contrast; those of all depths together where degradation is the question.

    Args:
        runs: The runs that count.
        tuning: The tuning of the plan: runs of one contrast may differ in its key.

    Raises:
        InputError: The cells of a pair have different questions.
    """
    contrasts: dict[str, list[PlannedRun]] = {}
    apart = _APART | ({tuning.key} if tuning is not None else set())
    for run in runs:
        contrasts.setdefault(_key({**run.config, INIT_FROM: bool(run.config.get(INIT_FROM))}, apart), []).append(run)
    groups: dict[str, list[PlannedRun]] = {}
    _refuse_several_starts(contrasts.values())
    for key, contrast in contrasts.items():
        by_question = {run.cell.question: run.cell.name for run in contrast}
        if len(by_question) > 1:
            names = " and ".join(f"{name} ({question})" for question, name in by_question.items())
            raise InputError(f"The cells of a pair have different questions: {names}. Give them one question.")
        if DEGRADATION in by_question:
            key = f"{DEGRADATION} {_key(contrast[0].config, apart | {DEPTH})}"
        groups.setdefault(key, []).extend(contrast)
    return list(groups.values())


def _refuse_several_starts(contrasts: Iterable[Sequence[PlannedRun]]) -> None:
    """Refuse cells of one arm that differ in their trained weights alone.

    The two arms start from sources of different names. Which sources belong together shows only after the runs.
    """
    for contrast in contrasts:
        cells = {run.cell.name: (run.config.get(RESIDUAL), run.config.get(INIT_FROM)) for run in contrast}
        arms = [residual for residual, start in cells.values() if start]
        if len(set(arms)) < len(arms):
            raise InputError(
                f"The cells {', '.join(cells)} differ in {INIT_FROM} alone, and a study with looks judges one start of "
                "each arm: give each start a study of its own, or leave looks out."
            )


def _key(config: Mapping[str, Any], apart: frozenset[str]) -> str:
    kept = sorted(key for key in config if key not in apart and not is_result_neutral(key))
    return "; ".join(f"{key}: {as_text(config[key])}" for key in kept)


def _complete_seeds(group: Sequence[PlannedRun], done: Mapping[PlannedRun, Run]) -> set[int]:
    return {run.seed for run in group} - {run.seed for run in group if run not in done}


def _is_of(contrast: Contrast, cells: Sequence[str]) -> bool:
    return any(run.name in cells for pair in contrast.partners.values() for run in pair)
