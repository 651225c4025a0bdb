"""Sentences about a ladder: the gap, the share that a rung closes, and what follows from a rung and what does not."""

from typing import Any

from resnet_lab.comparison.claims import Claim
from resnet_lab.comparison.conditions import as_text
from resnet_lab.comparison.ladder import CEILING, Ladder, LadderCell, Rung
from resnet_lab.report.number_texts import number, size
from resnet_lab.report.uncertainty_sentences import spread_text, why_undecided
from resnet_lab.report.words import Words
from resnet_lab.statistics.fieller import Ratio


def cell_name(cell: LadderCell, words: Words, key: str = "") -> str:
    """Return the name of a cell: that of the study file, also for the start at its own best value.

    Args:
        cell: The cell.
        words: Words of the report.
        key: The tuned key.
    """
    if cell.own_value is None:
        return cell.name
    return str(words.ladder["own_value"].format(start=cell.name, key=words.key(key)))


def rung_name(rung: Rung, words: Words) -> str:
    """Return the name of a rung."""
    return cell_name(rung.cell, words, next(iter(rung.knob.changes), ""))


def gap_sentences(ladder: Ladder, words: Words) -> str:
    """Return the paragraph on the gap: its size, whether it is decided, and why no shares are shown, if none are."""
    names = {"start": ladder.start.name, "end": ladder.end.name}
    sentences = [difference(ladder.gap, names["start"], names["end"], words), *why_undecided(ladder.gap, words)]
    if ladder.no_share is not None:
        cell = min((ladder.start, ladder.end), key=_mean_error)
        error = number(_mean_error(cell), "points") if ladder.no_share == "ceiling" else ""
        sentences.append(words.ladder["no_share"][ladder.no_share].format(**names, cell=cell.name, error=error))
    else:
        confidence = f"{100 * (1 - ladder.level):.4g}"
        sentences.append(words.ladder["shares"].format(**names, confidence=confidence))
    return " ".join(filter(None, sentences))


def rung_sentences(rung: Rung, ladder: Ladder, words: Words) -> str:
    """Return the paragraph on a rung: its question, and one sentence on what follows and what does not.

    Args:
        rung: The rung.
        ladder: Its ladder.
        words: Words of the report.
    """
    sentences = [rung.cell.asks, outcome_sentence(rung, ladder, words), *why_undecided(rung.claim, words)]
    return " ".join(filter(None, sentences))


def outcome_sentence(rung: Rung, ladder: Ladder, words: Words) -> str:
    """Return the sentence that says what follows from a rung and what does not."""
    texts, knob, outcome = words.ladder, rung.knob, rung.outcome
    [value] = knob.changes.values() if len(knob.changes) == 1 else [""]
    key = words.key(next(iter(knob.changes))) if knob.changes else ""
    names = {"start": ladder.start.name, "end": ladder.end.name, "key": key, "value": as_text(value)}
    own = {name: text.format(**names) for name, text in texts["knobs"][knob.name].items()}
    template = texts["outcome"]["equal" if outcome == "none" and rung.share is None else outcome]
    share = share_text(rung.share, words) if rung.share is not None else ""
    sentence: str = template.format(rung=rung_name(rung, words), share=share, **names, **own)
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
        control=start,
        treated=name,
        pairs=text["pairs"]["one" if pairs == 1 else "more"].format(n=pairs),
        measure=words.ladder["claim"]["measure"],
        size=size(claim.interval.mean, claim.unit, text),
        spread=spread_text(claim, words),
    )
    return sentence


def _mean_error(cell: LadderCell) -> float:
    errors = [cell.error(seed) for seed in cell.runs]
    return sum(errors) / len(errors) if errors else CEILING


def _percent(share: float) -> str:
    shown = f"{100 * share:.0f}"
    return "0" if shown == "-0" else shown
