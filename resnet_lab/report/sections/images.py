"""Section of the report: test images on which the arms disagree, and how each arm does class by class."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from resnet_lab.comparison.disagreements import Disagreement
from resnet_lab.comparison.results import Finding, Results
from resnet_lab.report.document import Block, Fold, Heading, Photograph, Photographs, Text
from resnet_lab.report.pictures import NoPicturesError, small_pictures
from resnet_lab.report.sections.classes import classes_fold, confusion_blocks
from resnet_lab.report.words import Words
from resnet_lab.runs import Run

MOST_SHOWN = 6  # per arm


def images_section(results: Results, words: Words, *, pictures: bool) -> list[Block]:
    """Return the section's blocks.

    Args:
        results: The comparison.
        words: Words of the report.
        pictures: Whether to show the photographs themselves, if they can still be read.
    """
    texts = words.report["images"]
    shown = {image.path for finding in results.findings for side in _shown(finding) for image in side}
    by_path, note = read_pictures(results.runs[0], shown, texts, pictures=pictures)
    *others, last = results.findings
    blocks: list[Block] = [Heading(words.report["sections"]["images"], anchor="images"), *note]
    if others:
        blocks.append(Heading(words.axis_value(last.axis_value), 3))
    blocks += [*_images(last, words, by_path), *confusion_blocks(last, words)]
    for finding in others:
        parts = (*_images(finding, words, by_path), *confusion_blocks(finding, words))
        blocks.append(Fold(words.axis_value(finding.axis_value), parts))
    return [*blocks, classes_fold(results, words)]


def read_pictures(
    run: Run, paths: Collection[str], texts: Mapping[str, Any], *, pictures: bool
) -> tuple[dict[str, bytes], list[Text]]:
    """Return the pictures of test images by path, and a remark on the reason if there are none.

    Args:
        run: A run that was tested on the images.
        paths: Paths of the images.
        texts: Texts of the section.
        pictures: Whether to show the photographs themselves, if they can still be read.
    """
    if not pictures:
        return {}, [Text(texts["no_pictures"], "remark")]
    try:
        return (small_pictures(run, paths) if paths else {}), []
    except NoPicturesError as error:
        return {}, [Text(texts["gone"][error.reason].format(root=error.root), "remark")]


def guesses_note(arm: str, guesses: Sequence[str], texts: Mapping[str, Any]) -> str:
    """Return the predictions of an arm for an image, such as ``Plain-34: cracked 2/3, good 1/3``.

    Args:
        arm: Name of the arm.
        guesses: Predicted class of each seed.
        texts: Texts of the section.
    """
    counted = [
        guess if len(guesses) == 1 else texts["guess"].format(guess=guess, n=n, seeds=len(guesses))
        for guess, n in Counter(guesses).most_common()
    ]
    return str(texts["took"].format(arm=arm, guesses=", ".join(counted)))


def _shown(finding: Finding) -> tuple[list[Disagreement], list[Disagreement]]:
    """Return the images that the report shows: those with a lead of the treated arm, then those of the control."""
    treated = [image for image in finding.images if image.lead > 0]
    control = [image for image in finding.images if image.lead < 0]
    return treated[:MOST_SHOWN], control[:MOST_SHOWN]


def _images(finding: Finding, words: Words, pictures: Mapping[str, bytes]) -> list[Block]:
    texts = words.report["images"]
    if not finding.tested:
        return [Text(texts["not_compared"])]
    if not finding.images:
        return [Text(texts["none"])]
    seeds = max(len(image.control) for image in finding.images)
    in_all = sum(abs(image.lead) == len(image.control) for image in finding.images)
    counts = {"n": finding.tested, "count": len(finding.images), "seeds": seeds, "all": in_all}
    counted = texts["some" if seeds > 1 else "some_one_seed"].format(**counts)
    first = texts["first"].format(most=MOST_SHOWN, clearest=texts["clearest"] if seeds > 1 else "")
    blocks: list[Block] = [Text(f"{counted} {first}")]
    for arm, images in zip(reversed(finding.arms), _shown(finding), strict=True):
        if images:
            photographs = tuple(_photograph(finding, image, words, pictures.get(image.path)) for image in images)
            heading = texts["more_often" if seeds > 1 else "alone"].format(arm=arm.name)
            blocks.append(Fold(heading, (Photographs(photographs),)) if not pictures else Heading(heading, 4))
            blocks += [Photographs(photographs)] if pictures else []
    return blocks


def _photograph(finding: Finding, image: Disagreement, words: Words, picture: bytes | None) -> Photograph:
    texts = words.report["images"]
    both = zip(finding.arms, (image.control, image.treated), strict=True)
    notes = (guesses_note(arm.name, guesses, texts) for arm, guesses in both)
    return Photograph(image.path, (texts["is"].format(label=image.label), *notes), picture)
