"""Section of the report on one arm alone: test images that most seeds misclassify, with small pictures if readable."""

from collections.abc import Mapping

from resnet_lab.comparison.one_arm import ArmFinding, OneArm
from resnet_lab.report.document import Block, Heading, Photographs, Text
from resnet_lab.report.pictures import SmallPicture
from resnet_lab.report.sections.axis_values import at_each_axis_value
from resnet_lab.report.sections.classes import classes_fold, confusion_blocks
from resnet_lab.report.sections.images import mistake_photograph, read_pictures
from resnet_lab.report.words import Words

MOST_SHOWN = 24


def mistakes_section(results: OneArm, words: Words, *, pictures: bool) -> list[Block]:
    """Return the section's blocks.

    Args:
        results: The arm.
        words: Words of the report.
        pictures: Whether to show the photographs themselves, if they can still be read.
    """
    shown = {image.path for finding in results.findings for image in finding.mistakes[:MOST_SHOWN]}
    by_path, note = read_pictures(results.runs[0], shown, words.report["images"], pictures=pictures)
    return [
        Heading(words.report["sections"]["images"], anchor="images"),
        *note,
        *at_each_axis_value(
            results.findings,
            words,
            lambda finding: [*_mistakes(finding, words, by_path), *confusion_blocks(finding, words)],
        ),
        classes_fold(results, words),
    ]


def _mistakes(finding: ArmFinding, words: Words, pictures: Mapping[str, SmallPicture]) -> list[Block]:
    texts, images, seeds = words.report["images"], finding.mistakes, len(finding.alike)
    if not images:
        return [Text(texts["none" if seeds > 1 else "none_one_seed"].format(n=finding.tested))]
    seeds = max(len(image.predicted) for image in images)
    in_all = sum(image.wrong == len(image.predicted) for image in images)
    counts = {"n": finding.tested, "count": len(images), "seeds": seeds, "all": in_all}
    counted = texts["some" if seeds > 1 else "some_one_seed"].format(**counts)
    first = [texts["first"].format(most=MOST_SHOWN)] if len(images) > MOST_SHOWN else []
    shown = images[:MOST_SHOWN]
    photographs = (mistake_photograph(finding.arm.name, image, words, pictures.get(image.path)) for image in shown)
    return [Text(" ".join([counted, *first, texts["order"]])), Photographs(tuple(photographs))]
