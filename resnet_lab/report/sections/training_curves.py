"""Section 2: accuracy and loss by epoch, both arms, seeds and their mean."""

from resnet_lab.comparison.recorded import curve
from resnet_lab.comparison.results import Arm, Finding, Results
from resnet_lab.plots.curves import Line, curves_figure
from resnet_lab.plots.style import CONTROL, TREATED
from resnet_lab.report.document import Block, Heading, Plate, Plates, Text
from resnet_lab.report.sections.places import at_each_place, file_name, in_brackets
from resnet_lab.report.words import texts
from resnet_lab.statistics.smoothing import smoothing_floor


def curves_section(results: Results, language: str) -> list[Block]:
    """Return the section's blocks."""
    words = texts(f"report_{language}")
    several = [Text(words["curves"]["seeds"])] if any(len(f.seeds) > 1 for f in results.findings) else []
    return [
        Heading(words["sections"]["curves"], anchor="curves"),
        *several,
        *at_each_place(results, language, lambda finding: _curves(finding, language)),
    ]


def _curves(finding: Finding, language: str) -> list[Block]:
    words = texts(f"report_{language}")["curves"]
    floors = {_floor(arm): None for arm in finding.arms}
    labels = {words["floor_label"].format(floor=f"{floor:.4f}"): floor for floor, _, _ in floors}
    plates = []
    for figure, series in (("accuracy", ("train", "val")), ("loss", ("train", "val")), ("objective", ("train",))):
        lines = [
            Line(f"{arm.name}, {words[split]}", colour, "--" if split == "train" else "-", curves)
            for arm, colour in zip(finding.arms, (CONTROL, TREATED), strict=True)
            for split in series
            if (curves := [curve(run, f"{split}/{figure}") for run in arm.runs.values()])
        ]
        drawn = curves_figure(lines, (words["epoch"], words[figure]), labels if figure == "objective" else {})
        caption = words["captions"][figure].format(place=in_brackets(finding.contrast.place, language))
        plates.append(Plate(file_name(finding.contrast.place, f"curves-{figure}"), drawn, caption))
    told = [
        Text(words["floor"].format(floor=f"{floor:.4f}", smoothing=smoothing, classes=classes))
        for floor, smoothing, classes in floors
    ]
    return [Plates(tuple(plates)), *told]


def _floor(arm: Arm) -> tuple[float, float, int]:
    """Return the lowest smoothed loss of an arm, its label smoothing, and the number of classes."""
    run = next(iter(arm.runs.values()))
    smoothing, classes = run.config()["model"]["label_smoothing"], len(run.status()["classes"])
    return smoothing_floor(smoothing, classes), smoothing, classes
