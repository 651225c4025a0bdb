"""Section of the report: the effect of the compared factor, as verdicts on the arms, and the trained networks."""

from statistics import fmean

from resnet_lab.comparison.claims import Claim
from resnet_lab.comparison.families import accuracy_claim
from resnet_lab.comparison.results import Finding, Results
from resnet_lab.plots.differences import axis_plot, differences_plot
from resnet_lab.report.document import (
    Block,
    Heading,
    Plot,
    Plots,
    Points,
    Row,
    Table,
    Text,
    Verdict,
    Verdicts,
)
from resnet_lab.report.error_rates import error_rates, populations
from resnet_lab.report.sections.axis_values import at_each_axis_value, file_name
from resnet_lab.report.sections.degradation import degradation_blocks
from resnet_lab.report.sections.tuning import tuning_blocks
from resnet_lab.report.sentences import claim_sentences, conclusion, net_pair_sentence, time_sentences
from resnet_lab.report.words import Words
from resnet_lab.statistics.mean_sd import MISSING


def effect_section(results: Results, words: Words) -> list[Block]:
    """Return the section's blocks."""
    texts, factor = words.report["effect"], words.factor(results.pairing.factor)
    blocks: list[Block] = [
        Heading(words.report["sections"]["effect"].format(factor=factor), anchor="effect"),
        Text(texts["rule"]),
        Text(populations(results, words)),
        Text(error_rates(results, words)),
        *tuning_blocks(results, words),
    ]
    if results.pairing.axis:
        blocks.append(_over_axis(results, words))
    blocks += degradation_blocks(results, words)
    level = 4 if results.pairing.axis else 3
    return [*blocks, *at_each_axis_value(results.findings, words, lambda finding: _effect(finding, words, level))]


def claims_table(finding: Finding, words: Words) -> Table:
    """Return the table of all claims: measure, mean of both arms, difference, interval that decides, p, and verdict."""
    texts = words.report["effect"]
    columns = (texts[column] for column in ("difference", "interval", "p", "verdict"))
    rows = (
        Row((words.claim(claim.key), *_values(claim, finding, words), words.verdict(claim.verdict)))
        for claim in finding.claims
    )
    return Table((texts["claim"], texts["measure"], *finding.contrast.arms, *columns), tuple(rows))


def _effect(finding: Finding, words: Words, level: int) -> list[Block]:
    headings, arms = words.report["sections"], finding.contrast.arms
    verdicts = tuple(
        Verdict(words.claim(c.key), c.verdict, words.verdict(c.verdict), claim_sentences(c, arms, words, finding.seeds))
        for c in finding.claims
    )
    blocks: list[Block] = [
        Plots((_differences(finding, words),)),
        claims_table(finding, words),
        Heading(headings["verdicts"], level),
        Verdicts(verdicts),
    ]
    if finding.times:
        blocks.append(Text(time_sentences(finding.times, arms, words), "remark"))
    if finding.nets:
        blocks += [
            Heading(headings["nets"], level),
            Text(words.report["effect"]["nets"]),
            Points(tuple(net_pair_sentence(pair, arms, words) for pair in finding.nets)),
        ]
    return [*blocks, Heading(headings["summary"], level), Text(conclusion(finding.claims, arms, words))]


def _values(claim: Claim, finding: Finding, words: Words) -> tuple[str, ...]:
    interval = claim.interval
    if interval is None:
        return (MISSING,) * 6
    control, treated = (fmean(values) for values in (claim.control, claim.treated))
    measure = words.claims[claim.key]["measure"]
    measured = (measure, f"{control:.4f}", f"{treated:.4f}", f"{fmean(claim.differences):+.4f}")
    if not interval.has_spread:
        return (*measured, MISSING, MISSING)
    texts = words.report["effect"]
    level = f"{100 * interval.level:.2f}".rstrip("0").rstrip(".")
    ends = f"{interval.low:+.4f}\u00a0…\u00a0{interval.high:+.4f} ({level}%, {texts['about'][claim.about]})"
    if claim.against is not None:
        ends = texts["control_interval"].format(arm=finding.control.name, interval=ends)
    if claim.p_holm is None:
        return (*measured, ends, MISSING)
    return (*measured, ends, f"{claim.p_holm:.3f}" if claim.p_holm >= 0.001 else "< 0.001")


def _differences(finding: Finding, words: Words) -> Plot:
    texts, claim, axis_value = words.report["effect"], accuracy_claim(finding.claims), finding.contrast.axis_value
    assert claim.interval is not None
    control, treated = finding.contrast.arms
    by_pair = {
        texts["pair"].format(seed=seed): 100 * difference
        for seed, difference in zip(claim.seeds, claim.differences, strict=True)
    }
    xlabel = texts["axis"].format(control=control, treated=treated)
    drawn = differences_plot(by_pair, (texts["mean"], claim.interval), xlabel, claim.these_images)
    several = "differences_two" if claim.these_images else "differences"
    caption = texts["captions"][several if len(by_pair) > 1 else "differences_one"]
    return Plot(file_name(axis_value, "differences"), drawn, caption.format(axis_value=words.in_brackets(axis_value)))


def _over_axis(results: Results, words: Words) -> Plots:
    texts = words.report["effect"]
    intervals = {
        words.axis_value(finding.contrast.axis_value): interval
        for finding in results.findings
        if (interval := accuracy_claim(finding.claims).interval)
    }
    axis = ", ".join(map(words.key, results.pairing.axis))
    drawn = axis_plot(intervals, (axis, texts["mean_difference"]))
    return Plots((Plot("differences", drawn, texts["captions"]["axis_values"].format(axis=axis)),))
