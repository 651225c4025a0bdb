"""Sentences about a ladder: the gap, the share that a rung closes, and what follows from a rung and what does not."""

from collections.abc import Mapping
from typing import Any

from resnet_lab.comparison.claims import Claim
from resnet_lab.comparison.conditions import as_text
from resnet_lab.comparison.ladder import CEILING, LITTLE, MOST, Ladder, RungResult
from resnet_lab.comparison.ladder_cells import LadderCell
from resnet_lab.report.number_texts import number, size
from resnet_lab.report.tuning_sentences import difference_text
from resnet_lab.report.uncertainty_sentences import spread_text, why_undecided
from resnet_lab.report.words import Words
from resnet_lab.statistics.fieller import Ratio


def end_names(ladder: Ladder) -> dict[str, str]:
    """Return the names of ``start`` and ``end``: those of their networks; if these are equal, of the study file."""
    start, end = ladder.start, ladder.end
    apart = start.arm and end.arm and start.arm != end.arm
    return {"start": start.arm, "end": end.arm} if apart else {"start": start.name, "end": end.name}


def rung_name(rung: RungResult, ladder: Ladder, words: Words) -> str:
    """Return the name of a rung: that of the study file, or the start with the value that was selected for it."""
    if rung.cell.own_value is None:
        return rung.cell.name
    key, value = words.key(next(iter(rung.knob.changes), "")), f"{rung.cell.own_value:g}"
    return str(words.ladder["own_value"].format(**end_names(ladder), key=key, value=value))


def rung_label(rung: RungResult, ladder: Ladder, words: Words) -> str:
    """Return what a rung changes, in plain words if there are any, and its name."""
    name, knob = rung_name(rung, ladder, words), rung.knob
    plain = words.ladder["names"].get(knob.name)
    if plain is None or rung.cell.own_value is not None:
        return name
    return f"{plain.format(value=as_text(next(iter(knob.changes.values()), '')))} ({name})"


def headline_sentence(ladder: Ladder, words: Words) -> str:
    """Return the verdict on both ends of a ladder as a sentence."""
    says: Mapping[str, str] = words.ladder["claim"]["says"]
    return says[ladder.headline.verdict].format(**end_names(ladder))


def gap_sentences(ladder: Ladder, words: Words) -> str:
    """Return the paragraph on the gap: its size, and whether it is decided.

    If the ends chose different values, it has both comparisons of the ends, and says which one is the gap.
    """
    start, end = end_names(ladder).values()
    sentences = [
        difference(ladder.gap, start, end, words),
        *why_undecided(ladder.gap, words),
        *second_texts(ladder, words, words.ladder["second"]),
    ]
    return " ".join(filter(None, sentences))


def summary_sentence(ladder: Ladder, words: Words) -> str:
    """Return one sentence on all rungs: those that differ from the start, with their shares, and those left open."""
    texts, names = words.ladder["summary"], end_names(ladder)
    differ: list[str] = []
    rest: list[str] = []
    for rung in ladder.rungs:
        interval, name = rung.claim.interval, rung_label(rung, ladder, words)
        if rung.claim.is_decided and interval is not None and interval.side:
            share = rung.share
            shown = "" if share is None or ladder.no_share else share_text(share, words, short=True)
            differ.append(f"{name} {shown}".strip())
        else:
            rest.append(name)
    confidence = f"{100 * (1 - ladder.level):.4g}"
    found = texts["differ" if ladder.no_share is None else "differ_only"]
    parts = [found.format(**names, confidence=confidence, rungs="; ".join(differ))] if differ else []
    parts += [texts["rest"].format(**names, rungs=", ".join(rest))] if rest else []
    return " ".join([*parts, texts["limit"].format(**names)])


def share_sentences(ladder: Ladder, words: Words) -> str:
    """Return the paragraph on shares: how they and the words about them are made, or why there are none."""
    texts, names = words.ladder, end_names(ladder)
    if ladder.no_share is not None:
        lowest, cell = min(
            (_mean_error(one), names[end]) for one, end in ((ladder.start, "start"), (ladder.end, "end"))
        )
        error = number(lowest, "points") if ladder.no_share == "ceiling" else ""
        return str(texts["no_share"][ladder.no_share].format(**names, cell=cell, error=error))
    of_family = {"level": f"{100 * ladder.level:.3g}", "n": len(ladder.rungs)}
    confidence, family = (f"{100 * (1 - ladder.level / n):.4g}" for n in (1, max(1, len(ladder.rungs))))
    limits = {"most": f"{100 * MOST:g}", "little": f"{100 * LITTLE:g}"}
    shares = texts["shares"].format(**names, confidence=confidence)
    return f"{shares} {texts['words'].format(family=family, **of_family, **limits)}"


def second_texts(ladder: Ladder, words: Words, texts: Mapping[str, str]) -> list[str]:
    """Return what the comparison of the end with the start at its own best value adds; empty if both have one value.

    Args:
        ladder: The ladder.
        words: Words of the report.
        texts: ``common``, ``difference``, ``no_pair``, ``alone``, and of a paragraph ``both``; in short for a card.
    """
    second, own = ladder.headline.second, ladder.own
    if second is None or own is None or ladder.tuned is None:
        return []
    key, value = ladder.tuned
    names = {**end_names(ladder), "key": words.key(key), "value": f"{value:g}", "own": f"{own.own_value:g}"}
    said = [texts["common"].format(**names)]
    if second.interval is None:
        return [*said, texts["no_pair"].format(**names)]
    found = difference_text(second.interval, ladder.headline.unit, words)
    said.append(texts["difference"].format(**names, difference=found))
    if second.first_verdict == second.verdict:
        return [*said, *filter(None, [texts.get("both")])]
    verdicts = {"first": words.verdict(second.first_verdict), "second": words.verdict(second.verdict)}
    return [*said, texts["alone"].format(**verdicts)]


def rung_question(rung: RungResult, ladder: Ladder, words: Words) -> str:
    """Return what is asked of a rung, and then the claim that is tested.

    In an English report, the question is that of the study file. Without one, and in another language, it follows from
    the change.
    """
    texts, names = words.ladder, {**end_names(ladder), "rung": rung_label(rung, ladder, words)}
    own = rung.cell.asks if words.language == "en" else ""
    asks = own or texts["asks"].format(idea=_knob_texts(rung, ladder, words)["idea"])
    if rung.cell.own_value is not None:
        asks = texts["own_asks"].format(**names, key=words.key(next(iter(rung.knob.changes), "")))
    return " ".join(filter(None, [asks, texts["claim"]["tested"].format(**names)]))


def rung_verdict(rung: RungResult, words: Words) -> str:
    """Return the verdict on a rung, with the difference that it is about."""
    claim = rung.claim
    said = words.verdict(claim.verdict)
    if claim.interval is None or claim.verdict in ("diverged", "not_tested"):
        return said
    return f"{said}, {difference_text(claim.interval, claim.unit, words)}"


def rung_sentences(rung: RungResult, ladder: Ladder, words: Words) -> str:
    """Return the paragraph on a rung: what follows and what does not, and what else may be behind the outcome.

    Args:
        rung: The rung.
        ladder: Its ladder.
        words: Words of the report.
    """
    sentences = [outcome_sentence(rung, ladder, words), *why_undecided(rung.claim, words)]
    if rung.outcome == "undecided" and rung.share is not None:
        sentences.append(words.ladder["undecided_share"].format(share=share_text(rung.share, words)))
    if rung.outcome not in ("diverged", "not_tested", "not_measured"):
        sentences.append(_knob_texts(rung, ladder, words).get("caveat", ""))
    return " ".join(filter(None, sentences))


def outcome_sentence(rung: RungResult, ladder: Ladder, words: Words) -> str:
    """Return the sentence that says what follows from a rung and what does not."""
    texts, outcome = words.ladder, rung.outcome
    template = texts["outcome"]["equal" if outcome == "none" and rung.share is None else outcome]
    share = share_text(rung.share, words) if rung.share is not None else ""
    names = {**end_names(ladder), "rung": rung_name(rung, ladder, words)}
    sentence: str = template.format(share=share, **names, **_knob_texts(rung, ladder, words))
    return sentence[0].upper() + sentence[1:] if rung.cell.own_value is not None else sentence


def share_text(share: Ratio, words: Words, *, short: bool = False) -> str:
    """Return a share of the gap with its set; an unbounded set is called so.

    Args:
        share: The share.
        words: Words of the report.
        short: Whether it is for a table.
    """
    texts: dict[str, Any] = words.ladder["share"]["short"] if short else words.ladder["share"]
    numbers = {"value": _percent(share.value), "low": _percent(share.low), "high": _percent(share.high)}
    return str(texts[share.kind].format(**numbers, confidence=f"{100 * share.level:.4g}"))


def difference(claim: Claim, start: str, name: str, words: Words) -> str:
    """Return the mean difference in training error between the start and another cell; empty without pairs."""
    if claim.interval is None:
        return ""
    text, pairs = words.sentences, len(claim.seeds)
    sign = {1: "higher", -1: "lower", 0: "equal"}[claim.interval.sign]
    sentence: str = text["difference"][sign].format(
        more=text["more"].get(sign, ""),
        control=start,
        treated=name,
        pairs=text["pairs"]["one" if pairs == 1 else "more"].format(n=pairs),
        measure=words.ladder["claim"]["measure"],
        size=size(claim.interval.mean, claim.unit, text),
        spread=spread_text(claim, words),
    )
    return sentence


def _knob_texts(rung: RungResult, ladder: Ladder, words: Words) -> dict[str, str]:
    """Return the texts on the setting in which a rung differs, with its names: what follows, what fails, a caveat."""
    knob, ends = rung.knob, end_names(ladder)
    [value] = knob.changes.values() if len(knob.changes) == 1 else [""]
    key = words.key(next(iter(knob.changes))) if knob.changes else ""
    names = {**ends, "rung": rung_name(rung, ladder, words), "key": key, "value": as_text(value)}
    found = {name: text.format(**names) for name, text in words.ladder["knobs"][knob.name].items()}
    return {name: text[0].upper() + text[1:] if name == "caveat" else text for name, text in found.items()}


def _mean_error(cell: LadderCell) -> float:
    errors = [cell.error(seed) for seed in cell.runs]
    return sum(errors) / len(errors) if errors else CEILING


def _percent(share: float) -> str:
    shown = f"{100 * share:.0f}"
    return "0" if shown == "-0" else shown
