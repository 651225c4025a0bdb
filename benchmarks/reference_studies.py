"""Studies of the reference runs: their reports, their results, and sentences that several pages share."""

import math
import textwrap
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from resnet_lab.comparison.ladder_results import gather_ladder
from resnet_lab.comparison.pairing import pair
from resnet_lab.comparison.results import Finding, Results, gather
from resnet_lab.comparison.selection import select
from resnet_lab.config.find import find_study
from resnet_lab.report.cards import degradation_card
from resnet_lab.report.render import card_markdown
from resnet_lab.report.sentences import difference_sentence, verdict_sentence
from resnet_lab.report.words import load_words
from resnet_lab.runs import Run
from resnet_lab.study.kept_plan import select_planned
from resnet_lab.study.plan import read_study

ROOT = Path(__file__).parents[1]
REPORTS = ROOT / "docs" / "reports"
RECIPE_REPORT, REPORT, GROUPS_REPORT, FOLDS_REPORT = (
    REPORTS / name for name in ("residual", "residual128", "groups128", "folds128")
)
DEPTH_REPORT, LOW_RATE_REPORT, INSPECTION, LADDER_REPORT = (
    REPORTS / name for name in ("depth", "depth-low-rate", "inspection", "ladder-digits")
)
REFERENCE = ROOT / "lightning_logs" / "reference"
RECIPE_STUDY, FOLDS_STUDY, LADDER_STUDY = "residual.yaml", "folds128.yaml", "ladder-digits.yaml"
NAMES = ("plain34-128", "resnet34-128")
GROUPS_NAMES = ("plain34-groups128", "resnet34-groups128")
DEPTH_NAMES = tuple(f"{arm}{depth}" for depth in (20, 32, 56, 110) for arm in ("plain", "resnet"))
LOW_RATE_NAMES = tuple(f"{arm}{depth}-lr3e-4" for depth in (20, 110) for arm in ("plain", "resnet"))
INSPECTED = ("plain34", "resnet34")
"""The networks whose blocks are removed: the newest run of each name."""
WORDS = load_words("en")


@cache
def results_of(report: Path, names: Sequence[str]) -> Results:
    """Return the results of comparing the runs of a report."""
    selection = select(names, report / "runs")
    return gather(pair(selection.runs, "model.residual"), selection.not_ready, force=False)


def recipe_results() -> Results:
    """Return the results of the recipe, by the plan of its study."""
    return planned_results(RECIPE_STUDY, RECIPE_REPORT)


@cache
def planned_results(name: str, report: Path) -> Results:
    """Return the results of a study, by its plan."""
    path = find_study(name)
    study = read_study(path)
    planned = select_planned(study, path, report / "runs")
    pairing = pair(planned.selection.runs, "model.residual")
    return gather(pairing, planned.selection.not_ready, force=False, plan=study.plan, off_plan=planned.off_plan)


def ladder_results() -> Results:
    """Return the results of the ladder on digits, by its plan."""
    path = find_study(LADDER_STUDY)
    study = read_study(path)
    planned = select_planned(study, path, LADDER_REPORT / "runs")
    return gather_ladder(planned.selection, study.plan, off_plan=planned.off_plan, force=False, choice=planned.choice)


def link(report: Path, path: str) -> str:
    """Return the path of a file of a report, relative to a page in docs."""
    return (report / path).relative_to(ROOT / "docs").as_posix()


def wrapped(text: str, indent: str = "") -> str:
    """Return a paragraph as lines of at most 120 characters, all but the first indented."""
    return textwrap.fill(text, 120, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def in_short(finding: Finding, key: str) -> str:
    """Return the verdict on a claim, and the value that decides it."""
    claim, arms = next(claim for claim in finding.claims if claim.key == key), finding.contrast.arms
    name = WORDS.claim(key)
    sentences = (verdict_sentence(claim, arms, WORDS), difference_sentence(claim, arms, WORDS))
    return f"**{name[0].upper()}{name[1:]}: {WORDS.verdict(claim.verdict)}.** {' '.join(sentences)}"


def degradation(results: Results) -> str:
    """Return the verdict on degradation with depth as one line, with the number of pairs that it rests on."""
    [study] = results.depth_studies
    shown = degradation_card(study, WORDS)
    assert shown is not None
    return f"{card_markdown(shown)} Seen in {len(study.claim.seeds)} pairs per depth."


def setting_of_depths(runs: Sequence[Run]) -> str:
    """Return the setting of a study of depth as a sentence."""
    config, status = runs[0].config(), runs[0].status()
    batch = config["data"]["batch_size"]
    return (
        f"{len(runs)} runs at {config['data']['image_size']} pixels, learning rate {config['model']['lr']:g}, "
        f"{status.epochs} epochs of {math.ceil(status.split_sizes['train'] / batch)} steps with {batch} images."
    )
