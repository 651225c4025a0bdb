"""Part of the report on tuned arms: the values that were tried, and both comparisons of arms that chose two values."""

from resnet_lab.comparison.claims import Claim
from resnet_lab.comparison.results import Finding, Results
from resnet_lab.comparison.tuning import Choice, Tried, at_the_end
from resnet_lab.report.document import Block, Heading, Row, Table, Text
from resnet_lab.report.tuning_sentences import arm_names, difference_text, values_of
from resnet_lab.report.words import Words
from resnet_lab.statistics.intervals import Interval
from resnet_lab.statistics.mean_sd import MISSING


def tuning_blocks(results: Results, words: Words) -> list[Block]:
    """Return the blocks; none without a tuning."""
    choice = results.choice
    if choice is None:
        return []
    texts = words.report["tuning"]
    by, seeds = words.report["table"][choice.tuning.by], ", ".join(map(str, choice.tuning.seeds))
    epoch = texts["epochs"]["last" if at_the_end(choice.tuning.by) else "best"]
    blocks: list[Block] = [
        Heading(texts["heading"], 3),
        Text(texts["how"].format(by=f"{by[0].lower()}{by[1:]}", seeds=seeds, epoch=epoch)),
        _tried(choice, words),
    ]
    differing = [finding for finding in results.findings if finding.second is not None]
    if differing:
        blocks.append(Text(texts["why_both"]))
    for finding in differing:
        blocks += _both(finding, choice, words)
    return blocks


def _tried(choice: Choice, words: Words) -> Table:
    """Return the mean score of each value, by arm."""
    names, chosen = arm_names(choice), choice.chosen
    columns = [[_score(one, of_cell.value, words) for one in of_cell.tried] for of_cell in chosen.values()]
    first = next(iter(chosen.values()))
    rows = [Row((f"{tried.value:g}", *scores)) for tried, *scores in zip(first.tried, *columns, strict=True)]
    key = words.key(choice.tuning.key)
    return Table((f"{key[0].upper()}{key[1:]}", *(names[cell] for cell in chosen)), tuple(rows))


def _score(tried: Tried, value: float, words: Words) -> str:
    texts = words.report["tuning"]
    score = MISSING if tried.mean is None else f"{tried.mean:.4f}"
    diverged = texts["diverged"].format(n=tried.diverged) if tried.diverged else ""
    return f"{score}{diverged}{texts['chosen'] if tried.value == value else ''}"


def _both(finding: Finding, choice: Choice, words: Words) -> list[Block]:
    """Return the differences of both comparisons, their intervals, and the verdicts."""
    texts, at = words.report["tuning"], words.in_brackets(finding.axis_value)
    names = values_of(finding, choice)
    head = (
        words.report["effect"]["claim"],
        texts["own"].format(**names),
        texts["second"].format(**names),
        words.report["effect"]["verdict"],
    )
    rows = tuple(_row(claim, words) for claim in finding.claims if claim.second is not None)
    blocks: list[Block] = [Text(texts["table"].format(**names, axis_value=at)), Table(head, rows)]
    assert finding.second is not None
    if finding.second.lost:
        runs = ", ".join(run for arm in finding.second.diverged for run in arm)
        blocks.append(Text(texts["lost"].format(runs=runs)))
    return blocks


def _row(claim: Claim, words: Words) -> Row:
    second = claim.second
    assert second is not None
    cells = (
        _difference(claim.interval, second.first_verdict, claim.unit, words),
        _difference(second.interval, second.verdict, claim.unit, words),
    )
    return Row((words.claim(claim.key), *cells, words.verdict(claim.verdict)))


def _difference(interval: Interval | None, verdict: str, unit: str, words: Words) -> str:
    said = MISSING if interval is None else difference_text(interval, unit, words)
    return f"{said}; {words.verdict(verdict)}"
