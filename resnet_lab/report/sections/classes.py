"""Section 5 of the report: precision and recall by class, confusion matrices, reliability diagram."""

from resnet_lab.comparison.per_class import ClassScores
from resnet_lab.comparison.results import Finding, Results
from resnet_lab.plots.confusion import confusion_plot
from resnet_lab.plots.reliability import Calibration, reliability_plot
from resnet_lab.plots.style import CONTROL, TREATED
from resnet_lab.report.document import Block, Heading, Plot, Plots, Row, Table, Text
from resnet_lab.report.sections.axis_values import at_each_axis_value, file_name
from resnet_lab.report.words import Words

_COLORS = (CONTROL, TREATED)
_MOST_SHOWN = 40


def classes_section(results: Results, words: Words) -> list[Block]:
    """Return the section's blocks."""
    texts = words.report["classes"]
    sentences = [texts["text"]]
    if any(len(finding.seeds) > 1 for finding in results.findings):
        sentences.append(texts["mean"])
    if (number := len(results.findings[0].control.classes)) > _MOST_SHOWN:
        sentences.append(texts["most"].format(most=_MOST_SHOWN, n=number))
    return [
        Heading(words.report["sections"]["classes"], anchor="classes"),
        Text(" ".join(sentences)),
        *at_each_axis_value(results, words, lambda finding: [_table(finding, words), _plots(finding, words)]),
    ]


def _table(finding: Finding, words: Words) -> Table:
    texts = words.report["classes"]
    control, treated = finding.arms
    columns = [f"{arm.name}, {texts[score]}" for score in ("precision", "recall") for arm in finding.arms]
    both = list(zip(control.classes, treated.classes, strict=True))
    if len(both) > _MOST_SHOWN:
        both = sorted(both, key=lambda pair: -_recall_difference(*pair))[:_MOST_SHOWN]
    rows = (Row((a.name, str(a.n), str(a.precision), str(b.precision), str(a.recall), str(b.recall))) for a, b in both)
    return Table((texts["class"], texts["n"], *columns), tuple(rows))


def _recall_difference(control: ClassScores, treated: ClassScores) -> float:
    """Return the absolute difference of the arms' recalls of a class; 0 for a class without test images."""
    return abs((treated.recall.mean or 0.0) - (control.recall.mean or 0.0))


def _plots(finding: Finding, words: Words) -> Plots:
    texts, axis_value = words.report["classes"], finding.contrast.axis_value
    captions, at = texts["captions"], words.in_brackets(axis_value)
    plots = []
    for role, arm, color in zip(("control", "treated"), finding.arms, _COLORS, strict=True):
        names = [scores.name for scores in arm.classes]
        drawn = confusion_plot(arm.confusion, names, color, (texts["predicted"], texts["actual"]))
        caption = captions["confusion"].format(arm=arm.name, axis_value=at)
        plots.append(Plot(file_name(axis_value, f"confusion-{role}"), drawn, caption))
    calibrations = [
        Calibration(
            texts["ece"].format(arm=arm.name, value=arm.mean_sd("test/best/calibration_error")),
            color,
            list(arm.reliability.values()),
        )
        for arm, color in zip(finding.arms, _COLORS, strict=True)
    ]
    drawn = reliability_plot(calibrations, (texts["confidence"], texts["accuracy"]))
    caption = captions["reliability"].format(axis_value=at)
    return Plots((*plots, Plot(file_name(axis_value, "reliability"), drawn, caption)))
