"""Section 3: what the compared factor does: the verdicts on the arms, and apart from them the trained nets."""

from statistics import fmean

from resnet_lab.comparison.claims import PRIMARY, Claim
from resnet_lab.comparison.conditions import in_words, key_in_words
from resnet_lab.comparison.results import Finding, Results
from resnet_lab.plots.differences import differences_figure, places_figure
from resnet_lab.report.document import (
    Block,
    Card,
    Heading,
    Plate,
    Plates,
    Points,
    Row,
    Table,
    Text,
    Verdict,
    Verdicts,
)
from resnet_lab.report.sections.degradation import degradation_blocks
from resnet_lab.report.sections.places import at_each_place, file_name, in_brackets
from resnet_lab.report.words import claim_sentences, conclusion, epochs_sentences, net_pair_sentence, texts
from resnet_lab.statistics.mean_sd import NOTHING


def effect_section(results: Results, language: str) -> list[Block]:
    """Return the section's blocks."""
    words = texts(f"report_{language}")
    blocks: list[Block] = [
        Heading(words["sections"]["effect"].format(factor=factor_name(results, language)), anchor="effect"),
        Text(words["effect"]["rule"]),
    ]
    if results.pairing.axis:
        blocks += [Text(words["effect"]["places"].format(n=len(results.findings))), _over_places(results, language)]
    blocks += degradation_blocks(results, language)
    level = 4 if results.pairing.axis else 3
    return [*blocks, *at_each_place(results, language, lambda finding: _effect(finding, language, level))]


def factor_name(results: Results, language: str) -> str:
    """Return the compared factor in words; its key where there are none."""
    factor = results.pairing.factor
    return str(texts(f"report_{language}")["factors"].get(factor, factor))


def card(finding: Finding, language: str) -> Card:
    """Return the primary verdict in short."""
    words, claim = texts(f"report_{language}")["card"], _primary(finding)
    interval = claim.interval
    assert interval is not None, "every run is tested"
    control, treated = finding.contrast.arms
    ends = [f"{100 * end:+.2f}" for end in (interval.low, interval.high)]
    said = words["interval"].format(low=ends[0], high=ends[1], n=interval.n)
    name = words["claim"].format(claim=texts(language)["claims"][claim.key]["name"], treated=treated)
    return Card(
        key=claim.verdict,
        verdict=texts(language)["verdicts"][claim.verdict],
        claim=name[0].upper() + name[1:],
        number=f"{100 * interval.mean:+.2f}",
        unit=f"{words['unit'].format(treated=treated, control=control)}{in_brackets(finding.contrast.place, language)}",
        interval=said
        if interval.has_spread
        else words["no_interval" if interval.n == 1 else "no_spread"].format(n=interval.n),
    )


def _effect(finding: Finding, language: str, level: int) -> list[Block]:
    words, arms = texts(f"report_{language}"), finding.contrast.arms
    names, verdicts = texts(language)["claims"], texts(language)["verdicts"]
    told = tuple(
        Verdict(names[c.key]["name"], c.verdict, verdicts[c.verdict], claim_sentences(c, arms, language))
        for c in finding.claims
    )
    blocks: list[Block] = [
        Plates((_differences(finding, language),)),
        _claims_table(finding, language),
        Heading(words["sections"]["verdicts"], level),
        Verdicts(told),
    ]
    if finding.epochs:
        blocks.append(Text(epochs_sentences(finding.epochs, arms, language), "remark"))
    if finding.nets:
        blocks += [
            Heading(words["sections"]["nets"], level),
            Text(words["effect"]["nets"]),
            Points(tuple(net_pair_sentence(pair, arms, language) for pair in finding.nets)),
        ]
    return [*blocks, Heading(words["sections"]["summary"], level), Text(conclusion(finding.claims, arms, language))]


def _claims_table(finding: Finding, language: str) -> Table:
    words, text = texts(f"report_{language}")["effect"], texts(language)
    columns = (words[column] for column in ("difference", "interval", "p", "verdict"))
    head = (words["claim"], words["measure"], *finding.contrast.arms, *columns)
    rows = (
        Row((text["claims"][claim.key]["name"], *_figures(claim, language, finding), text["verdicts"][claim.verdict]))
        for claim in finding.claims
    )
    return Table(head, tuple(rows))


def _figures(claim: Claim, language: str, finding: Finding) -> tuple[str, ...]:
    """Return what was measured, both means, the difference, the interval that decides, p: a dash for what is not."""
    interval = claim.interval
    if interval is None:
        return (NOTHING,) * 6
    control, treated = (fmean(figures) for figures in (claim.control, claim.treated))
    measure = texts(language)["claims"][claim.key]["measure"]
    measured = (measure, f"{control:.4f}", f"{treated:.4f}", f"{fmean(claim.differences):+.4f}")
    if claim.p_holm is None or not interval.has_spread:
        return (*measured, NOTHING, NOTHING)
    level = f"{100 * interval.level:.2f}".rstrip("0").rstrip(".")
    ends = f"{interval.low:+.4f}\u00a0…\u00a0{interval.high:+.4f} ({level}%)"
    if claim.against is not None:
        template = texts(f"report_{language}")["effect"]["control_interval"]
        ends = template.format(arm=finding.control.name, interval=ends)
    return (*measured, ends, f"{claim.p_holm:.3f}" if claim.p_holm >= 0.001 else "< 0.001")


def _differences(finding: Finding, language: str) -> Plate:
    words, claim = texts(f"report_{language}")["effect"], _primary(finding)
    assert claim.interval is not None
    control, treated = finding.contrast.arms
    by_pair = {
        words["pair"].format(seed=seed): 100 * difference
        for seed, difference in zip(claim.seeds, claim.differences, strict=True)
    }
    xlabel = words["axis"].format(control=control, treated=treated)
    drawn = differences_figure(by_pair, (words["mean"], claim.interval), xlabel)
    caption = words["captions"]["differences" if len(by_pair) > 1 else "differences_one"]
    return Plate(
        file_name(finding.contrast.place, "differences"),
        drawn,
        caption.format(place=in_brackets(finding.contrast.place, language)),
    )


def _over_places(results: Results, language: str) -> Plates:
    words = texts(f"report_{language}")["effect"]
    intervals = {
        in_words(f.contrast.place, language): interval for f in results.findings if (interval := _primary(f).interval)
    }
    axis = ", ".join(key_in_words(key, language) for key in results.pairing.axis)
    drawn = places_figure(intervals, (axis, words["places_axis"]))
    return Plates((Plate("differences", drawn, words["captions"]["places"].format(axis=axis)),))


def _primary(finding: Finding) -> Claim:
    return next(claim for claim in finding.claims if claim.key == PRIMARY)
