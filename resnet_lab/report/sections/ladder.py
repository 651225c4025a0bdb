"""Parts of the report on a ladder: the table of its ends, its figure, the tests, what follows from each, its costs."""

import math
from dataclasses import replace

from resnet_lab.comparison.claims import Claim
from resnet_lab.comparison.ladder import Ladder, RungResult
from resnet_lab.comparison.ladder_cells import HELD_OUT_ACCURACY, TRAIN_ACCURACY, LadderCell
from resnet_lab.plots.ladder import LadderRow, LadderTexts, ladder_plot
from resnet_lab.plots.style import CONTROL, INK, TREATED
from resnet_lab.report.document import Block, Fold, Plot, Row, Table, Text, Verdict, Verdicts
from resnet_lab.report.ladder_sentences import (
    end_names,
    gap_sentences,
    rung_label,
    rung_name,
    rung_question,
    rung_sentences,
    rung_verdict,
    share_sentences,
    share_text,
    summary_sentence,
)
from resnet_lab.report.number_texts import level_text, signed
from resnet_lab.report.words import Words
from resnet_lab.statistics.intervals import p_value
from resnet_lab.statistics.mean_sd import MISSING, MeanSD

_OF_ENDS = (
    TRAIN_ACCURACY,
    HELD_OUT_ACCURACY,
    "final/last/val/accuracy",
    "final/last/train/loss",
    "final/last/val/loss",
)


def ladder_answer(ladder: Ladder, words: Words) -> list[Block]:
    """Return the table of both ends, with the start at its selected value too, and what stands behind the verdict."""
    sure = Fold(words.report["answer"]["sure"], (Text(gap_sentences(ladder, words)),), printed=True)
    return [ends_table(ladder, words), Text(words.ladder["ends"]["text"], "remark"), sure]


def ends_table(ladder: Ladder, words: Words) -> Table:
    """Return the table of both ends, the start at both values if each end has its own: last checkpoint, all splits."""
    columns = words.report["table"]
    head = [columns[measure.replace("final/last/", "").replace("/last/", "/")] for measure in _OF_ENDS]
    rows = [
        Row((name, *(str(cell.mean_sd(measure)) for measure in _OF_ENDS))) for cell, name in named_ends(ladder, words)
    ]
    return Table((columns["model"], *head), tuple(rows))


def named_ends(ladder: Ladder, words: Words) -> list[tuple[LadderCell, str]]:
    """Return the cells at both ends with their names; if each end has its own value, the start at both values."""
    texts, names = words.ladder["ends"], end_names(ladder)
    cells = [(ladder.start, names["start"], "shared"), (ladder.end, names["end"], "selected")]
    if ladder.own is not None:
        cells.insert(1, (ladder.own, names["start"], "selected"))
    if ladder.tuned is None:
        return [(cell, name) for cell, name, _ in cells]
    key, shared = ladder.tuned
    named = []
    for cell, name, which in cells:
        at = {"key": words.key(key), "value": f"{cell.own_value or shared:g}"}
        value = texts[which if ladder.own else "selected"].format(**at, **names)
        named.append((cell, f"{name} ({value})"))
    return named


def ladder_blocks(ladder: Ladder, words: Words) -> list[Block]:
    """Return what the figure of the ladder says, and what unfolds below it: the tests, each rung, and the costs."""
    texts, names = words.ladder, end_names(ladder)
    rule = texts["rule"].format(**names, level=f"{100 * ladder.level:.3g}", n=len(ladder.rungs))
    return [
        Text(summary_sentence(ladder, words)),
        Fold(
            texts["numbers"],
            (
                Text(rule),
                Text(share_sentences(ladder, words)),
                rungs_table(ladder, words),
                *(Text(text) for text in _runs(ladder, words)),
            ),
            printed=True,
        ),
        Fold(
            texts["verdicts"],
            (
                Verdicts(tuple(_verdict(rung, ladder, words) for rung in ladder.rungs)),
                Text(texts["limits"], "remark"),
            ),
        ),
        Fold(texts["bill"]["heading"], (bill_table(ladder, words), Text(texts["bill"]["text"], "remark"))),
    ]


def rungs_table(ladder: Ladder, words: Words) -> Table:
    """Return the table of all tests: training error, difference to the start, verdict, and share of the gap."""
    texts, names = words.ladder["table"], end_names(ladder)
    columns = ("rung", "seeds", "error", "difference", "interval", "p", "verdict", "share", "held_out")
    rows = [
        Row((names["start"], *_errors(ladder.start), *(MISSING,) * 4, "0%", _held_out(ladder.start))),
        *(_rung_row(rung, ladder, words) for rung in ladder.rungs),
        Row((names["end"], *_errors(ladder.end), *_test(ladder.gap, words), "100%", _held_out(ladder.end))),
    ]
    rows += _own_row(ladder, words)
    if ladder.no_share is not None:
        rows = [Row((*row.cells[:7], MISSING, row.cells[8])) for row in rows]
    return Table(tuple(texts[column].format(**names) for column in columns), tuple(rows))


def bill_table(ladder: Ladder, words: Words) -> Table:
    """Return the table of what each network costs, and of its gradients at the start."""
    texts = words.ladder["bill"]
    rows = []
    for cell, name in zip(ladder.cells, _labels(ladder, words), strict=True):
        bill = cell.bill
        decades = _value(bill.decades_lost, "+.2f", texts["not_measured"])
        costs = (_value(bill.seconds_per_step, ".3g", MISSING), _value(bill.memory_mb, ",.0f", MISSING))
        rows.append(Row((name, decades, *costs)))
    return Table(tuple(texts[column] for column in ("network", "decades", "seconds", "memory")), tuple(rows))


def ladder_figure(ladder: Ladder, words: Words) -> Plot:
    """Return the figure: shares of the gap, or differences in points where no share is shown."""
    texts, names = words.ladder, end_names(ladder)
    kind = "points" if ladder.no_share else "share"
    gap = ladder.gap.interval
    end = 100.0 if ladder.no_share is None else None if gap is None else -100 * gap.mean
    low, high, seeds = math.nan, math.nan, []
    if ladder.no_share and gap is not None:
        low, high, seeds = -100 * gap.high, -100 * gap.low, [-100 * one for one in ladder.gap.differences]
    found, of_end = _differs(ladder.gap), _of_seeds(ladder.end)
    rows = [
        LadderRow(names["start"], "", 0.0, held_out=_of_seeds(ladder.start), decided=None, color=CONTROL),
        *(_rung_drawn(rung, ladder, words) for rung in ladder.rungs),
        LadderRow(names["end"], "", end, low, high, False, seeds, of_end, found, TREATED),
    ]
    figure = texts["figure"]
    confidence = f"{100 * (1 - ladder.level):.4g}"
    over = [
        figure[key].format(**names, accuracy=_value(cell.mean_sd(TRAIN_ACCURACY), ".1f", MISSING, 100))
        for key, cell in (("start", ladder.start), ("end", ladder.end))
    ]
    said = LadderTexts(
        figure[kind].format(**names, confidence=confidence),
        (over[0], over[1]),
        figure["held_out"],
        figure["decided"].format(**names),
        figure["undecided"],
        figure["seed"],
    )
    broad, narrow = (ladder_plot(rows, end, said, narrow=narrow) for narrow in (False, True))
    return Plot("ladder", broad, _caption(ladder, kind, words), wide=True, narrow=narrow)


def _caption(ladder: Ladder, kind: str, words: Words) -> str:
    """Return the caption of the figure: what a row is compared with, and at which value of a tuned setting."""
    texts, names = words.ladder["captions"], end_names(ladder)
    caption = texts[kind].format(**names)
    if ladder.tuned is None:
        return str(caption)
    key, value = ladder.tuned
    own = "tuned" if ladder.own is None else "tuned_apart"
    own_value = "" if ladder.own is None else f"{ladder.own.own_value:g}"
    return " ".join([caption, texts[own].format(**names, key=words.key(key), value=f"{value:g}", own=own_value)])


def _rung_drawn(rung: RungResult, ladder: Ladder, words: Words) -> LadderRow:
    """Return the row of a rung, in percent of the gap or in points."""
    claim, share, held_out = rung.claim, rung.share, _of_seeds(rung.cell)
    interval, name = claim.interval, rung_label(rung, ladder, words)
    decided, untested = _differs(claim), claim.verdict in ("diverged", "not_tested")
    if interval is None or (ladder.no_share is None and share is None) or untested:
        return LadderRow(name, words.verdict(claim.verdict), None, held_out=held_out, decided=False)
    if share is None:
        low, value, high = (-100 * one for one in (interval.high, interval.mean, interval.low))
        seeds = [-100 * one for one in claim.differences]
        return LadderRow(name, f"{value:+.1f}", value, low, high, False, seeds, held_out, decided, INK)
    low, value, high = (100 * one for one in (share.low, share.value, share.high))
    seeds = [100 * one for one in ladder.shares_by_seed(rung).values()]
    return LadderRow(name, f"{value:.0f}%", value, low, high, share.kind == "outside", seeds, held_out, decided, INK)


def _differs(claim: Claim) -> bool:
    """Return whether the test says that a cell differs from the start."""
    return claim.is_decided and claim.interval is not None and claim.interval.side != 0


def _rung_row(rung: RungResult, ladder: Ladder, words: Words) -> Row:
    share = MISSING if rung.share is None or math.isnan(rung.share.value) else share_text(rung.share, words, short=True)
    name = rung_label(rung, ladder, words)
    return Row((name, *_errors(rung.cell), *_test(rung.claim, words), share, _held_out(rung.cell)))


def _own_row(ladder: Ladder, words: Words) -> list[Row]:
    """Return the row of the end against the start at its own best value; none if both have one value."""
    second, own = ladder.headline.second, ladder.own
    if second is None or own is None or ladder.tuned is None:
        return []
    interval = second.interval
    p = p_value(interval) if interval is not None and interval.has_spread else None
    claim = replace(ladder.gap, verdict=second.verdict, interval=interval, p_holm=p)
    name = words.ladder["table"]["against_own"].format(**end_names(ladder), key=words.key(ladder.tuned[0]))
    return [Row((name, *_errors(ladder.end), *_test(claim, words), MISSING, _held_out(ladder.end)))]


def _errors(cell: LadderCell) -> tuple[str, str]:
    """Return the number of seeds and the training error."""
    accuracy = cell.mean_sd(TRAIN_ACCURACY)
    mean = None if accuracy.mean is None else 1 - accuracy.mean
    return str(len(cell.runs)), _percent(MeanSD(mean, accuracy.sd, accuracy.n))


def _held_out(cell: LadderCell) -> str:
    return _percent(cell.mean_sd(HELD_OUT_ACCURACY))


def _percent(share: MeanSD) -> str:
    """Return a mean with its standard deviation over seeds, in percent."""
    shown = (f"{100 * one:.1f}" for one in (share.mean, share.sd) if one is not None)
    return "\u00a0±\u00a0".join(shown) or MISSING


def _test(claim: Claim, words: Words) -> tuple[str, str, str, str]:
    """Return difference, interval, p and verdict of a test."""
    interval, verdict = claim.interval, words.verdict(claim.verdict)
    if interval is None:
        return MISSING, MISSING, MISSING, verdict
    mean = signed(interval.mean, "points")
    if not interval.has_spread:
        return mean, MISSING, MISSING, verdict
    ends = f"{signed(interval.low, 'points')}\u00a0…\u00a0{signed(interval.high, 'points')} ({level_text(interval)}%)"
    tested = claim.p_holm is not None and claim.verdict not in ("diverged", "not_tested")
    p = MISSING if not tested else _p(claim)
    return mean, ends, p, verdict


def _p(claim: Claim) -> str:
    assert claim.p_holm is not None
    return f"{claim.p_holm:.3f}" if claim.p_holm >= 0.001 else "< 0.001"


def _verdict(rung: RungResult, ladder: Ladder, words: Words) -> Verdict:
    asked, answered = rung_question(rung, ladder, words), rung_verdict(rung, words)
    return Verdict(asked, rung.claim.verdict, answered, rung_sentences(rung, ladder, words))


def _runs(ladder: Ladder, words: Words) -> list[str]:
    """Return what the reader has to know of the runs: parameters, missing and diverged runs, the tuned value."""
    texts, sentences = words.ladder, []
    start, end = end_names(ladder).values()
    named = list(
        zip(ladder.cells, [start, *(rung_name(rung, ladder, words) for rung in ladder.rungs), end], strict=True)
    )
    counts = {name: cell.parameters for cell, name in named if cell.parameters is not None}
    if len(set(counts.values())) == 1:
        sentences.append(texts["parameters"]["equal"].format(n=f"{next(iter(counts.values())):,}"))
    elif counts:
        these = ", ".join(f"{name} {n:,}" for name, n in counts.items())
        sentences.append(texts["parameters"]["unequal"].format(these=these))
    missing = [
        texts["missing_seeds"].format(rung=name, seeds=", ".join(map(str, cell.missing)))
        for cell, name in named
        if cell.missing
    ]
    if missing:
        sentences.append(texts["missing"].format(these="; ".join(missing)))
    if diverged := [label for cell, _ in named for label in cell.diverged]:
        sentences.append(texts["diverged"].format(these=", ".join(diverged)))
    if ladder.tuned is not None:
        key, value = ladder.tuned
        template = texts["same_value" if ladder.same_value else "shared_value"]
        sentences.append(template.format(**end_names(ladder), key=words.key(key), value=f"{value:g}"))
    return [" ".join(sentences)] if sentences else []


def _labels(ladder: Ladder, words: Words) -> list[str]:
    start, end = end_names(ladder).values()
    return [start, *(rung_label(rung, ladder, words) for rung in ladder.rungs), end]


def _of_seeds(cell: LadderCell) -> list[float]:
    return [values[HELD_OUT_ACCURACY] for values in cell.measures.values() if HELD_OUT_ACCURACY in values]


def _value(found: MeanSD, form: str, missing: str, scale: float = 1) -> str:
    return missing if found.mean is None else f"{scale * found.mean:{form}}"
