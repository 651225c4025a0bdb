"""The answer at the top of a report: its plot, the differences by setting, and what unfolds below it."""

from resnet_lab.comparison.claims import Claim
from resnet_lab.comparison.conditions import as_text
from resnet_lab.comparison.families import accuracy_claim, primary_claim
from resnet_lab.comparison.folds import Folds, folds_of
from resnet_lab.comparison.questions import UNITS
from resnet_lab.comparison.results import Finding, Results
from resnet_lab.plots.differences import Sides, axis_plot, differences_plot
from resnet_lab.plots.style import CONTROL, INK, TREATED, ahead
from resnet_lab.report.document import Block, Fold, Plot, Shares, Text
from resnet_lab.report.number_texts import level_text
from resnet_lab.report.sections.axis_values import at_each_axis_value, file_name
from resnet_lab.report.sentences import claim_details, has_too_few
from resnet_lab.report.uncertainty_sentences import parts_sentence
from resnet_lab.report.words import Words


def sure_fold(results: Results, words: Words) -> Fold:
    """Return what stands behind the primary verdicts: values, parts of the uncertainty, and what lowers it."""
    primary = [primary_claim(finding.claims) for finding in results.findings]
    surer = any(claim.uncertainty or claim.needed or has_too_few(claim) for claim in primary)
    title = "sure_by_setting" if results.pairing.axis else "surer" if surer else "sure"
    return Fold(
        words.report["answer"][title],
        tuple(at_each_axis_value(results.findings, words, lambda finding: _sure(finding, words))),
        printed=not results.pairing.axis,
    )


def _sure(finding: Finding, words: Words) -> list[Block]:
    claim = primary_claim(finding.claims)
    blocks: list[Block] = [Text(text) for text in claim_details(claim, finding.contrast.arms, words, finding.seeds)]
    if has_too_few(claim):
        blocks.append(Text(words.report["answer"]["more_pairs"]))
    shares = shares_of(claim, words)
    return [*blocks, shares] if shares else blocks


def shares_of(claim: Claim, words: Words) -> Shares | None:
    """Return the parts of the uncertainty of a claim; None without values per image."""
    texts, parts = words.report["card"]["parts"], claim.uncertainty
    if parts is None:
        return None
    by_part = {"images": parts.share_of_images, "seeds": parts.share_of_seeds, "both": parts.share_of_both}
    return Shares(tuple((texts[part], 100 * share) for part, share in by_part.items()), parts_sentence(claim, words))


def answer_plot(finding: Finding, words: Words) -> Plot | None:
    """Return the plot of the primary claim: the difference of each pair, and the mean with both of its intervals."""
    claim = primary_claim(finding.claims)
    name = file_name(finding.axis_value, "differences")
    measure, folds = words.report["answer"]["measures"].get(claim.key), folds_of(finding.contrast)
    return pairs_plot(claim, finding.contrast.arms, measure, words, name, folds)


def pairs_plot(
    claim: Claim, arms: tuple[str, str], measure: str | None, words: Words, name: str, folds: Folds | None = None
) -> Plot | None:
    """Return the plot of a difference: one row per pair, and the mean with its intervals; None without values.

    Args:
        claim: A claim about the difference of the arms.
        arms: Names of the control and of the treated arm.
        measure: Short name of the measure, for the axis; None for the one in ``claims.yaml``.
        words: Words of the report.
        name: Name of the files.
        folds: Folds that the pairs hold out; None if all hold out the same images.
    """
    texts = words.report["answer"]
    if claim.interval is None:
        return None
    by_pair = {
        texts["pair" if folds is None else "pair_of_fold"].format(
            seed=seed, fold=None if folds is None else folds.of_seed[seed]
        ): difference
        for seed, difference in zip(claim.seeds, claim.differences, strict=True)
    }
    label = texts["axis"].format(
        control=arms[0],
        treated=arms[1],
        measure=measure or words.claims[claim.key]["measure"],
        unit=words.sentences["size"][claim.unit].format(value="").strip(),
    )
    scale = UNITS[claim.unit].scale
    mean, sides = (texts["mean"], claim.interval), sides_of(arms, words, lower_is_better=claim.better == "lower")
    drawn = differences_plot(by_pair, mean, label, claim.these_images, scale, color_of(claim), sides)
    if len(by_pair) == 1:
        return Plot(name, drawn, texts["captions"]["single"])
    kind = "two" if claim.these_images else "one" if folds is None else "folds"
    caption = texts["captions"][kind].format(
        images=f"{claim.uncertainty.images:,}" if claim.uncertainty else "",
        level=level_text(claim.interval),
        inner=level_text(claim.these_images or claim.interval),
    )
    return Plot(name, drawn, caption)


def over_settings(results: Results, words: Words) -> list[Plot]:
    """Return the plots over several settings: the rise of training error with depth, and test accuracy by setting."""
    return [*_rises(results, words), *([_axis_plot(results, words)] if results.pairing.axis else [])]


def _rises(results: Results, words: Words) -> list[Plot]:
    """Return, for each study of depth, the plot of the difference that its verdict is about."""
    plots = []
    for study in results.depth_studies:
        arms, measure = (study.control.name, study.treated.name), words.report["answer"]["measures"][study.claim.key]
        plots.append(pairs_plot(study.claim, arms, measure, words, file_name(study.axis_value, "degradation")))
    return [plot for plot in plots if plot is not None]


def _axis_plot(results: Results, words: Words) -> Plot:
    """Return the plot of the mean difference of test accuracy by setting."""
    texts, study = words.report["answer"], next(iter(results.depth_studies), None)
    claims = {_setting(of): accuracy_claim(of.claims) for of in results.findings}
    drawn = {name: (claim.interval, color_of(claim)) for name, claim in claims.items() if claim.interval}
    axis, named = ", ".join(map(words.key, results.pairing.axis)), {of.contrast.arms for of in results.findings}
    arms = (study.control.name, study.treated.name) if study else next(iter(named)) if len(named) == 1 else None
    sides = None if arms is None else sides_of(arms, words, ("below", "above"))
    figure = axis_plot(drawn, (axis, texts["mean_difference"]), sides)
    levels = {level_text(interval) for interval, _ in drawn.values()}
    level, shared = ", ".join(sorted(levels)), ""
    if len(drawn) > 1 and levels != {"95"}:
        shared = texts["captions"]["shared"].format(level=level, n=len(drawn))
    return Plot("differences", figure, texts["captions"]["by_setting"].format(axis=axis, level=level, shared=shared))


def _setting(finding: Finding) -> str:
    """Return the name of a setting on an axis: its values, one per line; the label of the axis has the keys."""
    return "\n".join(map(as_text, finding.axis_value.values()))


def color_of(claim: Claim) -> str:
    """Return the color of the arm that a verdict puts ahead; that of text if the claim is open, or about one arm."""
    if claim.interval is None or claim.against is not None or claim.verdict not in ("supported", "contradicted"):
        return INK
    return ahead(claim.interval.mean if claim.better == "higher" else -claim.interval.mean)


def sides_of(
    arms: tuple[str, str], words: Words, ends: tuple[str, str] = ("left", "right"), *, lower_is_better: bool = False
) -> Sides:
    """Return which arm is ahead below zero and which above it, for a difference of treated minus control.

    Args:
        arms: Names of the control and of the treated arm.
        words: Words of the report.
        ends: Where the two sides lie in the plot: ``left`` and ``right``, or ``below`` and ``above``.
        lower_is_better: Whether the arm with the lower value is ahead, as with a loss.
    """
    better = list(zip(arms, (CONTROL, TREATED), strict=True))
    texts, ordered = words.report["answer"]["sides"], better[::-1] if lower_is_better else better
    first, second = ((texts[end].format(arm=arm), color) for end, (arm, color) in zip(ends, ordered, strict=True))
    return first, second
