"""Section of the report: the reasons, as a ladder or errors by depth, one card per claim, and all numbers."""

from dataclasses import replace
from statistics import fmean

from resnet_lab.comparison.claims import FEWEST_PAIRS, Claim
from resnet_lab.comparison.families import primary_claim
from resnet_lab.comparison.questions import UNITS
from resnet_lab.comparison.results import Finding, Results
from resnet_lab.plots.differences import strip_plot
from resnet_lab.plots.style import INK, ahead
from resnet_lab.report.document import (
    Block,
    ClaimCard,
    ClaimCards,
    Fold,
    Heading,
    Plot,
    Points,
    Row,
    Table,
    Text,
)
from resnet_lab.report.error_rates import error_rates, populations
from resnet_lab.report.number_texts import number
from resnet_lab.report.sections.axis_values import file_name
from resnet_lab.report.sections.degradation import degradation_blocks
from resnet_lab.report.sections.inside import gradients_plot, inside_blocks
from resnet_lab.report.sections.ladder import ladder_blocks
from resnet_lab.report.sections.tuning import tuning_blocks
from resnet_lab.report.sentences import (
    claim_details,
    in_short,
    limits,
    net_pair_sentence,
    permutation_limit,
    time_sentences,
)
from resnet_lab.report.words import Words
from resnet_lab.statistics.mean_sd import MISSING


def why_section(results: Results, words: Words) -> list[Block]:
    """Return the section's blocks: a ladder or the errors by depth at once, then one card per claim, then all numbers.

    With several settings, the cards of each setting unfold under its name.
    """
    texts = words.report["why"]
    blocks: list[Block] = [Heading(words.report["sections"]["why"], anchor="why")]
    if results.ladder is not None:
        blocks += ladder_blocks(results.ladder, words)
    blocks += degradation_blocks(results, words)
    answered = results.ladder is None and not results.depth_studies
    for finding in results.findings:
        cards, numbers = _cards(finding, words, answered=answered), _numbers(finding, words)
        if finding.axis_value:
            name = texts["claims_at"].format(axis_value=words.axis_value(finding.axis_value))
            blocks.append(Fold(name, (*cards, *numbers)))
        else:
            blocks += [*cards, Fold(texts["numbers"], tuple(numbers))]
    blocks.append(Fold(texts["how"], tuple(_rules(results, words))))
    if tuning := tuning_blocks(results, words):
        blocks.append(Fold(words.report["tuning"]["heading"], tuple(tuning)))
    if inside := inside_blocks(results, words, gradients=False):
        blocks.append(Fold(words.report["sections"]["inside"], tuple(inside)))
    return blocks


def claims_table(finding: Finding, words: Words) -> Table:
    """Return the table of all claims: measure, mean of both arms, difference, interval that decides, p, and verdict."""
    texts = words.report["effect"]
    columns = (texts[column] for column in ("difference", "interval", "p", "verdict"))
    rows = (
        Row((words.claim(claim.key), *_values(claim, finding, words), words.verdict(claim.verdict)))
        for claim in finding.claims
    )
    return Table((texts["claim"], texts["measure"], *finding.contrast.arms, *columns), tuple(rows))


def _cards(finding: Finding, words: Words, *, answered: bool) -> list[Block]:
    """Return one card per measured claim, and the limits of all of them; the primary claim may be answered above."""
    texts, primary = words.report["why"], primary_claim(finding.claims)
    others = [claim for claim in finding.claims if not (answered and claim is primary)]
    cards = tuple(_card(claim, finding, words) for claim in others if claim.interval is not None)
    missing = [words.claim(claim.key) for claim in others if claim.interval is None]
    return [
        *([ClaimCards(texts["details"], cards)] if cards else []),
        *([Text(texts["not_measured"].format(claims=", ".join(missing)), "remark")] if missing else []),
        Text(limits(finding.claims, words), "remark"),
    ]


def _card(claim: Claim, finding: Finding, words: Words) -> ClaimCard:
    arms = finding.contrast.arms
    plot = gradients_plot(finding, words) if claim.key == "gradient_flow" else None
    too_few = len(finding.seeds) < FEWEST_PAIRS
    return ClaimCard(
        _capital(words.claim(claim.key)),
        "not_tested" if too_few else claim.verdict,
        words.report["why"]["too_few"] if too_few else words.verdict(claim.verdict),
        in_short(claim, arms, words),
        plot or _strip(claim, finding, words),
        tuple(claim_details(claim, arms, words, finding.seeds)),
    )


def _strip(claim: Claim, finding: Finding, words: Words) -> Plot:
    """Return the small plot of a claim: each pair a dot, the interval that decides, and the line it is held against."""
    texts, interval = words.report["why"], claim.interval
    assert interval is not None
    unit, about_control = UNITS[claim.unit], claim.against is not None
    shown, values = claim.control if about_control else claim.differences, (claim.control, claim.treated)
    control, treated = finding.contrast.arms
    name = words.sentences["size"][claim.unit].format(value="").strip()
    label = texts["control_axis" if about_control else "axis"].format(control=control, treated=treated, unit=name)
    scaled = replace(interval, **{end: unit.scale * getattr(interval, end) for end in ("mean", "low", "high")})
    drawn = strip_plot(
        [unit.scale * value for value in shown],
        scaled if interval.has_spread else None,
        label,
        unit.scale * (claim.against or 0.0),
        _color(claim),
    )
    means = (f"{arm} {number(fmean(of), claim.unit)}" for arm, of in zip(finding.contrast.arms, values, strict=True))
    measure = _capital(words.claims[claim.key]["measure"])
    caption = texts["caption"].format(measure=measure, unit=name, means=", ".join(means))
    return Plot(file_name(finding.axis_value, f"claim-{claim.key.replace('_', '-')}"), drawn, caption)


def _color(claim: Claim) -> str:
    """Return the color of the arm that a verdict puts ahead; that of text if the claim is open, or about one arm."""
    if claim.interval is None or claim.against is not None or claim.verdict not in ("supported", "contradicted"):
        return INK
    return ahead(claim.interval.mean if claim.better == "higher" else -claim.interval.mean)


def _numbers(finding: Finding, words: Words) -> list[Block]:
    """Return the table of all claims, the networks pair by pair, and the time to the final accuracy of the control."""
    arms = finding.contrast.arms
    blocks: list[Block] = [claims_table(finding, words)]
    if finding.times:
        blocks.append(Text(time_sentences(finding.times, arms, words), "remark"))
    if finding.nets:
        nets = tuple(net_pair_sentence(pair, arms, words) for pair in finding.nets)
        blocks += [
            Heading(words.report["sections"]["nets"], 4),
            Text(words.report["effect"]["nets"]),
            Points(nets),
        ]
    return blocks


def _rules(results: Results, words: Words) -> list[Block]:
    """Return how a verdict is made, the populations, the error rates, and the smallest p of the permutation test."""
    claims = [claim for finding in results.findings for claim in finding.claims]
    texts = (
        words.report["effect"]["rule"],
        populations(results, words),
        error_rates(results, words),
        permutation_limit(claims, words),
    )
    return [Text(text) for text in texts if text]


def _capital(name: str) -> str:
    return f"{name[0].upper()}{name[1:]}"


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
