"""Generated parts of docs/findings.md: each finding with its figure, its number of pairs and both intervals."""

from collections.abc import Iterable
from pathlib import Path

from reference_studies import (
    DEPTH_NAMES,
    DEPTH_REPORT,
    FOLDS_REPORT,
    FOLDS_STUDY,
    GROUPS_NAMES,
    GROUPS_REPORT,
    LADDER_REPORT,
    LOW_RATE_NAMES,
    LOW_RATE_REPORT,
    RECIPE_REPORT,
    RECIPE_STUDY,
    REPORTS,
    WORDS,
    ladder_results,
    link,
    planned_results,
    recipe_results,
    results_of,
    wrapped,
)

from resnet_lab.comparison.claims import Claim
from resnet_lab.comparison.degradation import DEPTH
from resnet_lab.comparison.falling_behind import CLASS_DEPTH, falling_behind
from resnet_lab.comparison.results import Finding
from resnet_lab.config.find import find_study
from resnet_lab.report.cards import effect_card
from resnet_lab.report.depth_sentences import depth_points
from resnet_lab.report.document import Row, Table
from resnet_lab.report.ladder_sentences import end_names
from resnet_lab.report.number_texts import ends, signed
from resnet_lab.report.render import block_markdown, card_markdown
from resnet_lab.report.sections.why import behind_sentence
from resnet_lab.statistics.mean_sd import MISSING
from resnet_lab.study.kept_plan import select_planned
from resnet_lab.study.plan import read_study


def shown(report: Path, figure: str, alt: str, claims: Iterable[tuple[str, Claim]]) -> str:
    """Return a finding: its figure, and what was measured, with the number of pairs and both intervals.

    Args:
        report: The folder of the report.
        figure: The name of the figure.
        alt: What the figure shows.
        claims: Of each claim what is measured, and the claim.
    """
    head = (
        "Claim",
        "Measured",
        "Pairs",
        "Value",
        "New images and new training",
        "These images, new training",
        "Verdict",
    )
    rows = []
    for measured, claim in claims:
        assert claim.interval is not None
        found = {claim.about: claim.interval} | ({"these_images": claim.these_images} if claim.these_images else {})
        texts = {about: "{low} to {high} ({level}%)".format(**ends(of, claim.unit)) for about, of in found.items()}
        value = f"{signed(claim.interval.mean, claim.unit)} {claim.unit}"
        these = texts.pop("these_images", MISSING)
        [others] = texts.values() or [MISSING]
        name = WORDS.claim(claim.key) if claim.key in WORDS.claims else WORDS.ladder["claim"]["name"]
        rows.append(Row((name, measured, str(len(claim.seeds)), value, others, these, WORDS.verdict(claim.verdict))))
    return f"![{alt}]({link(report, f'en/figures/{figure}')})\n\n{block_markdown(Table(head, tuple(rows)))}"


def measures_of(finding: Finding, *keys: str) -> list[tuple[str, Claim]]:
    """Return some claims of a comparison, each with what is measured: of both arms, or of the control."""
    control, treated = finding.contrast.arms
    claims = [next(claim for claim in finding.claims if claim.key == key) for key in keys]
    arms = [f"{treated} minus {control}" if claim.against is None else control for claim in claims]
    return [(f"{WORDS.claims[claim.key]['measure']}, {of}", claim) for claim, of in zip(claims, arms, strict=True)]


def finding_of_accuracy(study: str = RECIPE_STUDY, report: Path = RECIPE_REPORT) -> str:
    """Return accuracy and loss of both arms of a study."""
    [finding] = planned_results(study, report).findings
    alt = "Difference in test accuracy of each pair, and its mean with the intervals"
    return shown(report, "differences.png", alt, measures_of(finding, "accuracy", "loss"))


def finding_over_folds() -> str:
    """Return accuracy over five folds, in a sentence: the claim, its interval, and the number of pairs."""
    [finding] = planned_results(FOLDS_STUDY, FOLDS_REPORT).findings
    return wrapped(card_markdown(effect_card(finding, WORDS)))


def finding_of_gradients() -> str:
    """Return the gradients of the recipe's networks."""
    [finding] = recipe_results().findings
    alt = "Gradient norm by layer of every network, before and after training"
    claims = measures_of(finding, "gradient_flow", "vanishing_gradients")
    return shown(RECIPE_REPORT, "inside-gradients.png", alt, claims)


def finding_of_depth() -> str:
    """Return degradation with depth and the accuracy of the deepest networks, at both learning rates."""
    claims, points = [], []
    for report, names in ((DEPTH_REPORT, DEPTH_NAMES), (LOW_RATE_REPORT, LOW_RATE_NAMES)):
        results = results_of(report, names)
        [study], rate = results.depth_studies, f"learning rate {results.runs[0].config()['model']['lr']:g}"
        last = next(one for one in results.findings if one.contrast.axis_value[DEPTH] == study.depths[-1])
        claims.append((f"rise of training error, {study.treated.name} minus {study.control.name}, {rate}", study.claim))
        claims += [(f"{measured}, {rate}", claim) for measured, claim in measures_of(last, "accuracy")]
        points.append(depth_points(study, results.findings, WORDS))
    [pairs] = {len(claim.seeds) for _, claim in claims}
    at_both = [point for point in points[0] if point in points[1]]
    figure = shown(DEPTH_REPORT, "depth-train-error.png", "Training error by depth, every network", claims)
    return f"{figure}\n\n{wrapped(' '.join([f'Seen in {pairs} pairs per depth and rate.', *at_both]))}"


def finding_of_ladder() -> str:
    """Return the gap between the ends of the ladder, with the share of it that each rung closes as a figure."""
    results = ladder_results()
    ladder, [finding] = results.ladder, results.findings
    assert ladder is not None
    assert ladder.tuned is not None
    of, (key, value) = end_names(ladder), ladder.tuned
    gap = f"{WORDS.ladder['claim']['measure']}, {of['end']} minus {of['start']}, both at {WORDS.key(key)} {value:g}"
    [(accuracy, claim)] = measures_of(finding, "accuracy")
    claims = [(gap, ladder.gap), (f"{accuracy}, each at its selected {WORDS.key(key)}", claim)]
    alt = "Share of the gap that each rung closes, with its interval, and every seed"
    figure = shown(LADDER_REPORT, "ladder.png", alt, claims)
    if claim.second is None or claim.second.interval is None:
        return figure
    at_one = f"{signed(claim.second.interval.mean, claim.unit)} {claim.unit}"
    level = "{low} to {high} ({level}%)".format(**ends(claim.second.interval, claim.unit))
    both = f"With both at {WORDS.key(key)} {value:g}, test accuracy differs by {at_one}, {level}."
    return f"{figure}\n\n{wrapped(both)}"


def finding_inside() -> str:
    """Return where the class gets lost: on digits, as a figure, and on photographs."""
    [digits], [photographs] = ladder_results().findings, results_of(GROUPS_REPORT, GROUPS_NAMES).findings
    claims = [
        (f"{measured}, {images}", claim)
        for images, finding in (("digits", digits), ("photographs at 128 pixels", photographs))
        for measured, claim in measures_of(finding, CLASS_DEPTH)
    ]
    alt = "Accuracy of a linear probe by block, of every network, before and after training"
    behind = falling_behind(digits)
    assert behind is not None
    figure = shown(LADDER_REPORT, "inside-probes.png", alt, claims)
    return f"{figure}\n\n{wrapped('On digits: ' + behind_sentence(behind, digits.control.name, WORDS))}"


def plans() -> str:
    """Return which runs began from a commit that holds the study by which they are judged."""
    before: list[str] = []
    after: list[str] = []
    for report in sorted(language.parent for language in REPORTS.glob("*/en")):
        path = find_study(f"{report.name}.yaml")
        planned = select_planned(read_study(path), path, report / "runs")
        runs = [*planned.selection.runs, *(planned.choice.runs if planned.choice else ())]
        (after if planned.off_plan else before).append(f"`{path.name}` ({len(runs)} runs)")
    return wrapped(
        f"Every run began with the study file as it is now, apart from comments: {', '.join(before)}. Not so: "
        f"{', '.join(after)}."
    )


PARTS = {
    "accuracy from docs/reports/residual": finding_of_accuracy,
    "accuracy from docs/reports/folds128": finding_over_folds,
    "gradients from docs/reports/residual": finding_of_gradients,
    "from docs/reports/depth": finding_of_depth,
    "from docs/reports/ladder-digits": finding_of_ladder,
    "inside from docs/reports/ladder-digits": finding_inside,
    "plans from docs/reports": plans,
}
"""The functions that write the parts of the page, by their marker."""
