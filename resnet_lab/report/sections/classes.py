"""Parts of the report on classes: confusion matrices, precision and recall by class, reliability diagram."""

import math
from collections.abc import Iterator, Sequence

from resnet_lab.comparison.one_arm import AnyFinding, AnyResults
from resnet_lab.plots.confusion import confusion_plot
from resnet_lab.plots.reliability import Calibration, reliability_plot
from resnet_lab.plots.style import ROLE_COLORS
from resnet_lab.report.document import Block, Fold, Plot, Plots, Row, Table, Text
from resnet_lab.report.sections.axis_values import at_each_axis_value, file_name
from resnet_lab.report.words import Words
from resnet_lab.statistics.per_class import ClassScores

_MOST_SHOWN = 40


def confusion_blocks(finding: AnyFinding, words: Words) -> list[Block]:
    """Return the confusion matrix of each arm."""
    return [Plots(tuple(_confusions(finding, words)))]


def classes_fold(results: AnyResults, words: Words) -> Fold:
    """Return precision and recall by class and the reliability diagrams, which unfold."""
    texts = words.report["classes"]
    sentences = [texts["text"]]
    if any(len(finding.seeds) > 1 for finding in results.findings):
        sentences.append(texts["mean"])
    if (number := len(results.findings[0].arms[0].classes)) > _MOST_SHOWN:
        sentences.append(texts["most"].format(most=_MOST_SHOWN, n=number))
    of_findings = at_each_axis_value(
        results.findings, words, lambda finding: [_table(finding, words), Plots((_reliability(finding, words),))]
    )
    return Fold(words.report["sections"]["classes"], (Text(" ".join(sentences)), *of_findings))


def _table(finding: AnyFinding, words: Words) -> Table:
    texts = words.report["classes"]
    columns = [f"{arm.name}, {texts[score]}" for score in ("precision", "recall") for arm in finding.arms]
    of_class: list[tuple[ClassScores, ...]] = list(zip(*(arm.classes for arm in finding.arms), strict=True))
    if len(of_class) > _MOST_SHOWN:
        of_class = sorted(of_class, key=_prominence)[:_MOST_SHOWN]
    rows = (
        Row((arms[0].name, str(arms[0].n), *(str(s.precision) for s in arms), *(str(s.recall) for s in arms)))
        for arms in of_class
    )
    return Table((texts["class"], texts["n"], *columns), tuple(rows))


def _prominence(arms: Sequence[ClassScores]) -> float:
    """Return the sort key of a class: its recall in an arm alone, or the negative difference of the arms' recalls.

    A class without test images comes last.
    """
    recalls = [scores.recall.mean for scores in arms if scores.recall.mean is not None]
    return math.inf if not recalls else recalls[0] if len(arms) == 1 else min(recalls) - max(recalls)


def _confusions(finding: AnyFinding, words: Words) -> Iterator[Plot]:
    texts, axis_value = words.report["classes"], finding.axis_value
    for arm in finding.arms:
        n = len(arm.runs)
        images = texts["counts"]["one" if n == 1 else "more"].format(n=n)
        names = [scores.name for scores in arm.classes]
        drawn = confusion_plot(arm.confusion, names, ROLE_COLORS[arm.role], (texts["predicted"], texts["actual"]))
        at = words.in_brackets(axis_value, arm.name)
        caption = texts["captions"]["confusion"].format(arm=arm.name, axis_value=at, images=images)
        name = f"confusion-{arm.role}" if len(finding.arms) > 1 else "confusion"
        yield Plot(file_name(axis_value, name), drawn, caption)


def _reliability(finding: AnyFinding, words: Words) -> Plot:
    texts, axis_value = words.report["classes"], finding.axis_value
    calibrations = [
        Calibration(
            texts["ece"].format(arm=arm.name, value=arm.mean_sd("test/best/calibration_error")),
            ROLE_COLORS[arm.role],
            list(arm.reliability.values()),
        )
        for arm in finding.arms
    ]
    drawn = reliability_plot(calibrations, (texts["confidence"], texts["accuracy"]))
    caption = texts["captions"]["reliability"].format(axis_value=words.in_brackets(axis_value))
    return Plot(file_name(axis_value, "reliability"), drawn, caption)
