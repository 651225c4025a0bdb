"""Section of the report: accuracy and loss by epoch, each seed of each arm and the means."""

from resnet_lab.comparison.one_arm import AnyFinding, AnyResults
from resnet_lab.comparison.recorded import curve
from resnet_lab.comparison.results import Arm
from resnet_lab.plots.curves import Line, curves_plot
from resnet_lab.plots.style import ROLE_COLORS
from resnet_lab.report.document import Block, Heading, Plot, Plots, Text
from resnet_lab.report.sections.axis_values import at_each_axis_value, file_name
from resnet_lab.report.words import Words
from resnet_lab.statistics.smoothing import smoothing_floor


def curves_section(results: AnyResults, words: Words) -> list[Block]:
    """Return the section's blocks."""
    texts = words.report["curves"]
    several = [Text(texts["seeds"])] if any(len(f.seeds) > 1 for f in results.findings) else []
    return [
        Heading(words.report["sections"]["curves"], anchor="curves"),
        *several,
        *at_each_axis_value(results.findings, words, lambda finding: _curves(finding, words)),
    ]


def _curves(finding: AnyFinding, words: Words) -> list[Block]:
    texts, axis_value = words.report["curves"], finding.axis_value
    floors = {_floor(arm): None for arm in finding.arms}
    labels = {texts["floor_label"].format(floor=f"{floor:.4f}"): floor for floor, _, _ in floors}
    plots = []
    for metric, splits in (("accuracy", ("train", "val")), ("loss", ("train", "val")), ("objective", ("train",))):
        lines = [
            Line(f"{arm.name}, {texts[split]}", ROLE_COLORS[arm.role], "--" if split == "train" else "-", curves)
            for arm in finding.arms
            for split in splits
            if (curves := [curve(run, f"{split}/{metric}") for run in arm.runs.values()])
        ]
        drawn = curves_plot(lines, (texts["epoch"], texts[metric]), labels if metric == "objective" else {})
        caption = texts["captions"][metric].format(axis_value=words.in_brackets(axis_value))
        plots.append(Plot(file_name(axis_value, f"curves-{metric}"), drawn, caption))
    notes = [
        Text(texts["floor"].format(floor=f"{floor:.4f}", smoothing=smoothing, classes=classes))
        for floor, smoothing, classes in floors
    ]
    return [Plots(tuple(plots)), *notes]


def _floor(arm: Arm) -> tuple[float, float, int]:
    """Return the lowest possible smoothed loss of an arm, its label smoothing, and the number of classes."""
    run = next(iter(arm.runs.values()))
    smoothing, classes = run.config()["model"]["label_smoothing"], len(run.status().classes)
    return smoothing_floor(smoothing, classes), smoothing, classes
