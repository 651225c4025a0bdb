"""Section 6: the test images on which the arms disagree, as small pictures where that is possible."""

from collections import Counter
from collections.abc import Mapping

from resnet_lab.comparison.disagreements import Disagreement
from resnet_lab.comparison.results import Finding, Results
from resnet_lab.report.document import Block, Heading, Image, Images, Text
from resnet_lab.report.pictures import NoPicturesError, small_pictures
from resnet_lab.report.sections.places import at_each_place
from resnet_lab.report.words import texts

MOST_SHOWN = 12  # on each side


def images_section(results: Results, language: str, *, pictures: bool) -> list[Block]:
    """Return the section's blocks.

    Args:
        results: The comparison.
        language: Of the report.
        pictures: Whether to show the photographs themselves, if they are still there.
    """
    words = texts(f"report_{language}")
    taken: dict[str, bytes] = {}
    note = words["images"]["no_pictures"]
    if pictures:
        taken, note = _take(results, words["images"]["gone"])
    level = 4 if results.pairing.axis else 3
    return [
        Heading(words["sections"]["images"], anchor="images"),
        *([Text(note, "remark")] if note else []),
        *at_each_place(results, language, lambda finding: _images(finding, language, taken, level)),
    ]


def _take(results: Results, gone: Mapping[str, str]) -> tuple[dict[str, bytes], str]:
    """Return the pictures of all images that are shown, and why there are none."""
    paths = {image.path for finding in results.findings for side in _shown(finding) for image in side}
    try:
        return (small_pictures(results.runs[0], paths) if paths else {}), ""
    except NoPicturesError as error:
        return {}, gone[error.reason].format(root=error.root)


def _shown(finding: Finding) -> tuple[list[Disagreement], list[Disagreement]]:
    """Return the images that a report shows: where the treated arm leads, and where the control does."""
    treated = [image for image in finding.images if image.lead > 0]
    control = [image for image in finding.images if image.lead < 0]
    return treated[:MOST_SHOWN], control[:MOST_SHOWN]


def _images(finding: Finding, language: str, pictures: Mapping[str, bytes], level: int) -> list[Block]:
    words = texts(f"report_{language}")["images"]
    if not finding.tested:
        return [Text(words["not_compared"])]
    if not finding.images:
        return [Text(words["none"])]
    seeds = len(finding.nets)
    in_all = sum(abs(image.lead) == seeds for image in finding.images)
    counts = {"n": finding.tested, "count": len(finding.images), "seeds": seeds, "all": in_all}
    said = words["some" if seeds > 1 else "some_one_seed"].format(**counts)
    first = words["first"].format(most=MOST_SHOWN, clearest=words["clearest"] if seeds > 1 else "")
    blocks: list[Block] = [Text(f"{said} {first}")]
    for arm, images in zip(reversed(finding.arms), _shown(finding), strict=True):
        if images:
            drawn = tuple(_image(finding, image, language, pictures.get(image.path)) for image in images)
            blocks += [
                Heading(words["more_often" if seeds > 1 else "alone"].format(arm=arm.name), level),
                Images(drawn),
            ]
    return blocks


def _image(finding: Finding, image: Disagreement, language: str, picture: bytes | None) -> Image:
    words = texts(f"report_{language}")["images"]
    says = [words["is"].format(label=image.label)]
    for arm, guesses in zip(finding.arms, (image.control, image.treated), strict=True):
        counted = [
            guess if len(guesses) == 1 else words["guess"].format(guess=guess, n=n, seeds=len(guesses))
            for guess, n in Counter(guesses).most_common()
        ]
        says.append(words["took"].format(arm=arm.name, guesses=", ".join(counted)))
    return Image(image.path, tuple(says), picture)
