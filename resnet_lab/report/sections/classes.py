"""Section 5: precision and recall by class, confusion matrices side by side, reliability with its error."""

from resnet_lab.comparison.per_class import ClassScores
from resnet_lab.comparison.results import Finding, Results
from resnet_lab.plots.confusion import confusion_figure
from resnet_lab.plots.reliability import Calibration, reliability_figure
from resnet_lab.plots.style import CONTROL, TREATED
from resnet_lab.report.document import Block, Heading, Plate, Plates, Row, Table, Text
from resnet_lab.report.sections.places import at_each_place, file_name, in_brackets
from resnet_lab.report.words import texts

_COLOURS = (CONTROL, TREATED)
_MOST_SHOWN = 40


def classes_section(results: Results, language: str) -> list[Block]:
    """Return the section's blocks."""
    words = texts(f"report_{language}")
    said = [words["classes"]["text"]]
    if any(len(finding.seeds) > 1 for finding in results.findings):
        said.append(words["classes"]["mean"])
    if (number := len(results.findings[0].control.classes)) > _MOST_SHOWN:
        said.append(words["classes"]["most"].format(most=_MOST_SHOWN, n=number))
    return [
        Heading(words["sections"]["classes"], anchor="classes"),
        Text(" ".join(said)),
        *at_each_place(results, language, lambda finding: [_table(finding, language), _plates(finding, language)]),
    ]


def _table(finding: Finding, language: str) -> Table:
    words = texts(f"report_{language}")["classes"]
    control, treated = finding.arms
    figures = [f"{arm.name}, {words[figure]}" for figure in ("precision", "recall") for arm in finding.arms]
    both = list(zip(control.classes, treated.classes, strict=True))
    if len(both) > _MOST_SHOWN:
        both = sorted(both, key=lambda pair: -_recall_apart(*pair))[:_MOST_SHOWN]
    rows = (Row((a.name, str(a.n), str(a.precision), str(b.precision), str(a.recall), str(b.recall))) for a, b in both)
    return Table((words["class"], words["n"], *figures), tuple(rows))


def _recall_apart(control: ClassScores, treated: ClassScores) -> float:
    """Return how far the arms' recalls of a class are apart; 0 for a class without test images."""
    return abs((treated.recall.mean or 0.0) - (control.recall.mean or 0.0))


def _plates(finding: Finding, language: str) -> Plates:
    words = texts(f"report_{language}")["classes"]
    captions, place = words["captions"], in_brackets(finding.contrast.place, language)
    plates = []
    for role, arm, colour in zip(("control", "treated"), finding.arms, _COLOURS, strict=True):
        names = [scores.name for scores in arm.classes]
        drawn = confusion_figure(arm.confusion, names, colour, (words["predicted"], words["actual"]))
        caption = captions["confusion"].format(arm=arm.name, place=place)
        plates.append(Plate(file_name(finding.contrast.place, f"confusion-{role}"), drawn, caption))
    calibrations = [
        Calibration(
            words["ece"].format(arm=arm.name, value=arm.mean_sd("test/best/calibration_error")),
            colour,
            list(arm.reliability.values()),
        )
        for arm, colour in zip(finding.arms, _COLOURS, strict=True)
    ]
    drawn = reliability_figure(calibrations, (words["confidence"], words["accuracy"]))
    caption = captions["reliability"].format(place=place)
    return Plates((*plates, Plate(file_name(finding.contrast.place, "reliability"), drawn, caption)))
