"""Section of the report: the reasons, as a ladder or errors by depth, one card per claim, and all numbers."""

from dataclasses import replace
from statistics import fmean

from resnet_lab.comparison.claims import FEWEST_PAIRS, UNJUDGED, Claim
from resnet_lab.comparison.falling_behind import CLASS_DEPTH, FallingBehind, falling_behind
from resnet_lab.comparison.families import primary_claim
from resnet_lab.comparison.questions import UNITS
from resnet_lab.comparison.results import Finding, Results
from resnet_lab.plots.differences import strip_plot
from resnet_lab.report.cards import verdict_words
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
from resnet_lab.report.number_texts import factor_text, level_text, number
from resnet_lab.report.sections.answer import color_of, sides_of
from resnet_lab.report.sections.axis_values import file_name
from resnet_lab.report.sections.degradation import degradation_blocks
from resnet_lab.report.sections.inside import gradients_plot, inside_blocks, probes_plot
from resnet_lab.report.sections.ladder import ladder_blocks
from resnet_lab.report.sections.tuning import tuning_blocks
from resnet_lab.report.sentences import (
    claim_details,
    difference_sentence,
    has_too_few,
    limits,
    net_pair_sentence,
    permutation_limit,
    time_sentences,
    verdict_sentence,
)
from resnet_lab.report.words import Words
from resnet_lab.statistics.mean_sd import MISSING


def why_section(results: Results, words: Words) -> list[Block]:
    """Return the section's blocks: a ladder or the errors by depth at once, then one card per claim, then all numbers.

    With several settings, the cards of each setting unfold under its name.
    """
    texts = words.report["why"]
    heading = words.report["sections"]["why" if _is_decided(results) else "compared"]
    blocks: list[Block] = [Heading(heading, anchor="why")]
    if results.ladder is not None:
        blocks += ladder_blocks(results.ladder, words)
    blocks += degradation_blocks(results, words)
    answered = results.ladder is None and not results.depth_studies
    if results.ladder is not None and results.findings:
        control, treated = results.findings[0].contrast.arms
        key = words.key(results.choice.tuning.key) if results.choice is not None else ""
        heading = texts["claims" if results.findings[0].second is None else "claims_selected"]
        blocks.append(Heading(heading.format(control=control, treated=treated, key=key), 3))
    caveats: dict[str, None] = dict.fromkeys(limits(finding.claims, words) for finding in results.findings)
    of_all = [Text(caveat, "remark") for caveat in caveats]
    for finding in results.findings:
        cards, numbers = _cards(finding, words, answered=answered), _numbers(finding, words)
        if finding.axis_value:
            name = texts["claims_at"].format(axis_value=words.axis_value(finding.axis_value))
            blocks.append(Fold(name, (*cards, *numbers)))
        else:
            blocks += [*cards, *of_all, Fold(texts["numbers"], tuple(numbers), printed=True)]
    if results.pairing.axis:
        blocks += of_all
    blocks.append(Fold(texts["how"], tuple(_rules(results, words)), printed=True))
    if tuning := tuning_blocks(results, words):
        blocks.append(Fold(words.report["tuning"]["heading"], tuple(tuning)))
    if inside := inside_blocks(results, words, of_cards=False):
        blocks.append(Fold(words.report["sections"]["inside"], tuple(inside)))
    return blocks


def _is_decided(results: Results) -> bool:
    """Return whether the answer is a difference, which the section may explain."""
    claims = [results.ladder.headline] if results.ladder is not None else [of.claim for of in results.depth_studies]
    claims = claims or [primary_claim(finding.claims) for finding in results.findings]
    return any(claim.verdict in ("supported", "contradicted") for claim in claims)


def claims_table(finding: Finding, words: Words) -> Table:
    """Return the table of all claims: measure, mean of both arms, difference, interval that decides, p, and verdict."""
    texts = words.report["effect"]
    columns = (texts[column] for column in ("difference", "interval", "p", "verdict"))
    rows = (
        Row((words.claim(claim.key), *_values(claim, finding, words), verdict_words(claim, words)))
        for claim in finding.claims
    )
    return Table((texts["claim"], texts["measure"], *finding.contrast.arms, *columns), tuple(rows))


def _cards(finding: Finding, words: Words, *, answered: bool) -> list[Block]:
    """Return what the plots of cards show, and one card per measured claim; the primary claim may be answered above."""
    texts, primary, pairs = words.report["why"], primary_claim(finding.claims), len(finding.seeds)
    shown = texts["shown"]["one" if pairs == 1 else "more"].format(n=pairs)
    others = [claim for claim in finding.claims if not (answered and claim is primary)]
    cards = tuple(_card(claim, finding, words) for claim in others if claim.interval is not None)
    missing = [words.claim(claim.key) for claim in others if claim.interval is None]
    blocks: list[Block] = [Text(shown, "remark"), ClaimCards(texts["details"], cards)] if cards else []
    return [*blocks, *([Text(texts["not_measured"].format(claims=", ".join(missing)), "remark")] if missing else [])]


def _card(claim: Claim, finding: Finding, words: Words) -> ClaimCard:
    arms, own = finding.contrast.arms, words.claims[claim.key]
    title = own.get("title", own["name"]).format(control=arms[0], treated=arms[1])
    own_plot = {"gradient_flow": gradients_plot, CLASS_DEPTH: probes_plot}.get(claim.key)
    plot = own_plot(finding, words) if own_plot is not None else None
    behind = falling_behind(finding) if claim.key == CLASS_DEPTH else None
    said = [
        in_short(claim, arms, words),
        _waits(claim, finding, words),
        "" if behind is None else behind_sentence(behind, arms[0], words),
    ]
    verdict = "not_tested" if len(finding.seeds) < FEWEST_PAIRS else claim.verdict
    flat = not any((*claim.control, *claim.treated))  # a plot of zeros shows nothing
    return ClaimCard(
        _capital(title),
        verdict,
        words.verdict(verdict),
        " ".join(filter(None, said)),
        plot or (None if flat else _strip(claim, finding, words)),
        tuple(claim_details(claim, arms, words, finding.seeds)),
    )


def behind_sentence(behind: FallingBehind, control: str, words: Words) -> str:
    """Return the sentence on the block from which on the control is behind."""
    text: str = words.claims[CLASS_DEPTH]["behind"].format(
        control=control,
        position=behind.position,
        blocks=behind.blocks,
        block=behind.block,
        level=f"{100 * behind.level:.2f}".rstrip("0").rstrip("."),
    )
    return text


def in_short(claim: Claim, arms: tuple[str, str], words: Words) -> str:
    """Return what a card says of a claim: the verdict if it is tested on enough pairs, else the mean difference alone.

    Where neither arm shows what the claim is about, such as a rise of validation loss, that is said too.

    Args:
        claim: A claim with values.
        arms: Names of the control and of the treated arm.
        words: Words of the report.
    """
    nothing = _nothing(claim, arms, words)
    if nothing and not claim.is_decided:
        return nothing
    if _has_verdict(claim):
        return f"{verdict_sentence(claim, arms, words)} {nothing}".strip()
    return difference_sentence(claim, arms, words, in_short=True)


def _has_verdict(claim: Claim) -> bool:
    """Return whether a claim was tested on enough pairs for a verdict."""
    return not (has_too_few(claim) or claim.verdict in UNJUDGED)


def _nothing(claim: Claim, arms: tuple[str, str], words: Words) -> str:
    """Return that neither arm shows what a claim is about, such as a gap; empty if one of them does."""
    own, pairs = words.claims[claim.key], len(claim.seeds)
    if "none" not in own or max(sum(claim.control), sum(claim.treated)) > 0:
        return ""
    networks = words.report["why"]["networks"]["one" if pairs == 1 else "more"].format(n=2 * pairs)
    return str(own["none"].format(control=arms[0], treated=arms[1], networks=networks))


def _waits(claim: Claim, finding: Finding, words: Words) -> str:
    """Return why a claim has no verdict although its interval excludes 0; empty unless that is the first claim."""
    first = primary_claim(finding.claims)
    if claim.verdict != "not_tested" or first.verdict == "not_tested" or has_too_few(first):
        return ""
    if claim.interval is None or not claim.interval.side or first.interval is None or first.interval.side:
        return ""
    return str(words.report["why"]["waits"].format(primary=words.claim(first.key)))


def _strip(claim: Claim, finding: Finding, words: Words) -> Plot:
    """Return the small plot of a claim: each pair a dot, the interval that decides, and the line it is held against.

    Decades that the control loses are drawn as factors.
    """
    texts, own, interval, unit = words.report["why"], words.claims[claim.key], claim.interval, UNITS[claim.unit]
    assert interval is not None
    control, treated = finding.contrast.arms
    name = file_name(finding.axis_value, f"claim-{claim.key.replace('_', '-')}")
    measure = _capital(own.get("caption", own["measure"]))
    level = texts["level"].format(level=level_text(interval)) if interval.has_spread else ""
    means = [(arm, fmean(of)) for arm, of in zip(finding.contrast.arms, (claim.control, claim.treated), strict=True)]
    if claim.against is not None:
        gained = replace(interval, mean=-interval.mean, low=-interval.high, high=-interval.low)
        drawn = strip_plot(
            [-lost for lost in claim.control],
            gained if interval.has_spread else None,
            own["axis"].format(control=control),
            -claim.against,
            limit=own["limit"].format(limit=factor_text(-claim.against)),
            factors=True,
        )
        factors = ", ".join(f"{arm} {factor_text(-lost)}" for arm, lost in means)
        return Plot(name, drawn, f"{measure}: {factors}{level}")
    unit_name = words.sentences["size"][claim.unit].format(value="").strip()
    scaled = replace(interval, **{end: unit.scale * getattr(interval, end) for end in ("mean", "low", "high")})
    drawn = strip_plot(
        [unit.scale * value for value in claim.differences],
        scaled if interval.has_spread else None,
        texts["axis"].format(control=control, treated=treated, unit=unit_name),
        color=color_of(claim),
        sides=sides_of((control, treated), words, lower_is_better=claim.better == "lower"),
    )
    values = ", ".join(f"{arm} {number(mean, claim.unit)}" for arm, mean in means)
    said = "caption" if "caption" in own or _has_verdict(claim) else "values"  # the sentence names the measure already
    return Plot(name, drawn, f"{texts[said].format(measure=measure, unit=unit_name, means=values)}{level}")


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
    if all(len(finding.seeds) < FEWEST_PAIRS for finding in results.findings):
        return [Text(words.report["effect"]["rule"])]  # nothing is tested, so no rate of errors holds
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
    ends = (
        f"{interval.low:+.4f}\u00a0…\u00a0{interval.high:+.4f} ({level_text(interval)}%, {texts['about'][claim.about]})"
    )
    if claim.against is not None:
        ends = texts["control_interval"].format(arm=finding.control.name, interval=ends)
    if claim.p_holm is None:
        return (*measured, ends, MISSING)
    return (*measured, ends, f"{claim.p_holm:.3f}" if claim.p_holm >= 0.001 else "< 0.001")
