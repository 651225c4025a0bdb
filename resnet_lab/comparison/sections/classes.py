"""Section 5: precision and recall by class, confusion matrices side by side, reliability with its error."""

from resnet_lab.comparison.document import Block, Heading, Plate, Plates, Row, Table, Text
from resnet_lab.comparison.plots import CONTROL, TREATED, Calibration, confusion_figure, reliability_figure
from resnet_lab.comparison.results import Finding, Results
from resnet_lab.comparison.sections.places import at_each_place, file_name, in_brackets
from resnet_lab.comparison.wording import texts

_COLOURS = (CONTROL, TREATED)


def classes_section(results: Results, language: str) -> list[Block]:
    """Return the section's blocks."""
    words = texts(f"report_{language}")
    several = [Text(words["classes"]["mean"])] if any(len(f.seeds) > 1 for f in results.findings) else []
    return [
        Heading(words["sections"]["classes"], anchor="classes"),
        Text(words["classes"]["text"]),
        *several,
        *at_each_place(results, lambda finding: [_table(finding, language), _plates(finding, language)]),
    ]


def _table(finding: Finding, language: str) -> Table:
    words = texts(f"report_{language}")["classes"]
    figures = [f"{arm.name}, {words[figure]}" for figure in ("precision", "recall") for arm in finding.arms]
    control, treated = finding.arms
    rows = (
        Row((a.name, str(a.n), str(a.precision), str(b.precision), str(a.recall), str(b.recall)))
        for a, b in zip(control.classes, treated.classes, strict=True)
    )
    return Table((words["class"], words["n"], *figures), tuple(rows))


def _plates(finding: Finding, language: str) -> Plates:
    words = texts(f"report_{language}")["classes"]
    captions, place = words["captions"], in_brackets(finding)
    plates = []
    for role, arm, colour in zip(("control", "treated"), finding.arms, _COLOURS, strict=True):
        names = [scores.name for scores in arm.classes]
        drawn = confusion_figure(arm.confusion, names, colour, (words["predicted"], words["actual"]))
        caption = captions["confusion"].format(arm=arm.name, place=place)
        plates.append(Plate(file_name(finding, f"confusion-{role}"), drawn, caption))
    calibrations = [
        Calibration(
            words["ece"].format(arm=arm.name, value=arm.spread("test/best/calibration_error")),
            colour,
            list(arm.reliability.values()),
        )
        for arm, colour in zip(finding.arms, _COLOURS, strict=True)
    ]
    drawn = reliability_figure(calibrations, (words["confidence"], words["accuracy"]))
    caption = captions["reliability"].format(place=place)
    return Plates((*plates, Plate(file_name(finding, "reliability"), drawn, caption)))
