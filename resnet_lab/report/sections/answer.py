"""The answer at the top of a report: its plot, the differences by setting, and what unfolds below it."""

from resnet_lab.comparison.claims import Claim
from resnet_lab.comparison.families import accuracy_claim, primary_claim
from resnet_lab.comparison.questions import UNITS
from resnet_lab.comparison.results import Finding, Results
from resnet_lab.plots.differences import axis_plot, differences_plot
from resnet_lab.report.document import Block, Fold, Plot, Plots, Shares, Text
from resnet_lab.report.sections.axis_values import at_each_axis_value, file_name
from resnet_lab.report.sentences import claim_details
from resnet_lab.report.uncertainty_sentences import parts_sentence
from resnet_lab.report.words import Words


def sure_fold(results: Results, words: Words) -> Fold:
    """Return what stands behind the primary verdicts: values, parts of the uncertainty, and what lowers it."""
    return Fold(
        words.report["answer"]["sure"],
        tuple(at_each_axis_value(results.findings, words, lambda finding: _sure(finding, words))),
    )


def _sure(finding: Finding, words: Words) -> list[Block]:
    claim = primary_claim(finding.claims)
    blocks: list[Block] = [Text(text) for text in claim_details(claim, finding.contrast.arms, words, finding.seeds)]
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
    return pairs_plot(claim, finding.contrast.arms, words.report["answer"]["measures"].get(claim.key), words, name)


def pairs_plot(claim: Claim, arms: tuple[str, str], measure: str | None, words: Words, name: str) -> Plot | None:
    """Return the plot of a difference: one row per pair, and the mean with its intervals; None without values.

    Args:
        claim: A claim about the difference of the arms.
        arms: Names of the control and of the treated arm.
        measure: Short name of the measure, for the axis; None for the one in ``claims.yaml``.
        words: Words of the report.
        name: Name of the files.
    """
    texts = words.report["answer"]
    if claim.interval is None:
        return None
    by_pair = {
        texts["pair"].format(seed=seed): difference
        for seed, difference in zip(claim.seeds, claim.differences, strict=True)
    }
    label = texts["axis"].format(
        control=arms[0],
        treated=arms[1],
        measure=measure or words.claims[claim.key]["measure"],
        unit=words.sentences["size"][claim.unit].format(value="").strip(),
    )
    scale = UNITS[claim.unit].scale
    drawn = differences_plot(
        by_pair,
        (texts["mean"], claim.interval),
        label,
        claim.these_images,
        scale,
        lower_is_better=claim.better == "lower",
    )
    several = "two" if claim.these_images else "one"
    return Plot(name, drawn, texts["captions"][several if len(by_pair) > 1 else "single"])


def axis_plots(results: Results, words: Words) -> Plots:
    """Return the plot of the mean difference by setting."""
    texts = words.report["answer"]
    intervals = {
        words.axis_value(finding.contrast.axis_value): interval
        for finding in results.findings
        if (interval := accuracy_claim(finding.claims).interval)
    }
    axis = ", ".join(map(words.key, results.pairing.axis))
    drawn = axis_plot(intervals, (axis, texts["mean_difference"]))
    return Plots((Plot("differences", drawn, texts["captions"]["by_setting"].format(axis=axis)),))
