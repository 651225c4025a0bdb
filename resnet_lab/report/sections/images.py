"""Section of the report: test images on which the arms disagree, the surest mistakes of each, and both by class."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from resnet_lab.comparison.mistakes import Mistake, mistakes
from resnet_lab.comparison.results import Arm, Finding, Results
from resnet_lab.report.document import Block, Fold, Heading, Photograph, Photographs, Row, Table, Text
from resnet_lab.report.pictures import Heats, NoPicturesError, SmallPicture, small_pictures
from resnet_lab.report.sections.classes import classes_fold, confusion_blocks
from resnet_lab.report.words import Words
from resnet_lab.runs import Run
from resnet_lab.runs.disagreements import Disagreement
from resnet_lab.runs.measurements import TRAINED, attention_maps, image_properties
from resnet_lab.statistics.mean_sd import MISSING

MOST_SHOWN = 6  # per arm
_MOST_CLASSES = 3  # named in a cell


def images_section(results: Results, words: Words, *, pictures: bool) -> list[Block]:
    """Return the section's blocks.

    Args:
        results: The comparison.
        words: Words of the report.
        pictures: Whether to show the photographs themselves, if they can still be read.
    """
    texts, findings = words.report["images"], results.findings
    surest = [[mistakes(arm.runs)[:MOST_SHOWN] for arm in finding.arms] for finding in findings]
    shown = {image.path for finding in findings for side in _shown(finding) for image in side}
    shown |= {image.path for of_finding in surest for of_arm in of_finding for image in of_arm}
    heats = _heats(findings) if pictures else {}
    by_path, note = read_pictures(results.runs[0], shown, texts, pictures=pictures, heats=heats)
    parts = [
        (*_disagreements(finding, words, by_path), *_mistakes(finding, of_arms, words, by_path))
        for finding, of_arms in zip(findings, surest, strict=True)
    ]
    parts = [(*part, *confusion_blocks(finding, words)) for finding, part in zip(findings, parts, strict=True)]
    *others, last = zip(findings, parts, strict=True)
    blocks: list[Block] = [Heading(words.report["sections"]["images"], anchor="images"), *note]
    if others:
        blocks.append(Heading(words.axis_value(last[0].axis_value), 3))
    blocks += [*last[1], *(Fold(words.axis_value(finding.axis_value), part) for finding, part in others)]
    return [*blocks, classes_fold(results, words)]


def read_pictures(
    run: Run,
    paths: Collection[str],
    texts: Mapping[str, Any],
    *,
    pictures: bool,
    heats: Mapping[str, Heats] | None = None,
) -> tuple[dict[str, SmallPicture], list[Text]]:
    """Return the pictures of test images by path, and a remark on the reason if there are none.

    Args:
        run: A run that was tested on the images.
        paths: Paths of the images.
        texts: Texts of the section.
        pictures: Whether to show the photographs themselves, if they can still be read.
        heats: Maps of attention by path.
    """
    if not pictures:
        return {}, [Text(texts["no_pictures"], "remark")]
    try:
        return (small_pictures(run, paths, heats) if paths else {}), []
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


def _heats(findings: Sequence[Finding]) -> Mapping[str, Heats]:
    """Return the maps of all arms by path; an image that was mapped in one arm of a finding only has none of it."""
    heats: dict[str, dict[str, Any]] = {}
    for finding in findings:
        maps = [attention_maps(arm.runs.values(), TRAINED) for arm in finding.arms]
        for path in maps[0].keys() & maps[1].keys():
            named = {_map_name(finding, arm): of_arm[path] for arm, of_arm in zip(finding.arms, maps, strict=True)}
            heats.setdefault(path, {}).update(named)
    return heats


def _map_name(finding: Finding, arm: Arm) -> str:
    """Return a name of the maps of an arm that no other arm of the report has."""
    return f"{arm.name} {dict(finding.axis_value)}"


def _shown(finding: Finding) -> tuple[list[Disagreement], list[Disagreement]]:
    """Return the images that the report shows: those with a lead of the treated arm, then those of the control."""
    treated = [image for image in finding.images if image.lead > 0]
    control = [image for image in finding.images if image.lead < 0]
    return treated[:MOST_SHOWN], control[:MOST_SHOWN]


def _disagreements(finding: Finding, words: Words, pictures: Mapping[str, SmallPicture]) -> list[Block]:
    """Return the images that one arm classifies correctly more often than the other, by the arm that does."""
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
    leads = ([image for image in finding.images if (image.lead > 0) == first] for first in (True, False))
    by_arm = zip(reversed(finding.arms), leads, strict=True)
    name = texts["more_often" if seeds > 1 else "alone"]
    by_class = [f"{name.format(arm=arm.name)}: {_most_classes(of.label for of in own)}." for arm, own in by_arm if own]
    blocks: list[Block] = [Text(" ".join([counted, *by_class, first]))]
    for arm, images in zip(reversed(finding.arms), _shown(finding), strict=True):
        listed = [_photograph(finding, image, words, pictures.get(image.path)) for image in images]
        blocks += _listed(name.format(arm=arm.name), listed, shown=bool(pictures))
    mapped = any(isinstance(block, Photographs) and any(p.maps for p in block.photographs) for block in blocks)
    return [*blocks, *([Text(texts["attention"], "remark")] if mapped else []), *_properties(finding, texts)]


def _properties(finding: Finding, texts: Mapping[str, Any]) -> list[Block]:
    """Return a table of the images by the arm that classifies them correctly more often; none if not inspected."""
    measured = image_properties(run for arm in finding.arms for run in arm.runs.values())
    if not measured:
        return []
    own, leads = texts["properties"], {image.path: image.lead for image in finding.images}
    groups = defaultdict[int, list[dict[str, str]]](list)
    for path, row in measured.items():
        groups[int(np.sign(leads.get(path, 0)))].append(row)
    names = {1: finding.treated.name, -1: finding.control.name}
    rows = [
        Row((texts["more_often"].format(arm=names[side]) if side else own["neither"], *_cells(groups[side])))
        for side in (1, -1, 0)
        if groups[side]
    ]
    head = ("", *(own[column] for column in ("n", "classes", "side", "brightness", "sharpness")))
    return [Heading(own["heading"], 4), Table(head, tuple(rows)), Text(own["text"], "remark")]


def _cells(images: Sequence[Mapping[str, str]]) -> tuple[str, ...]:
    """Return the number of images, the most frequent classes, and median with quartiles of each property."""
    classes = _most_classes(row["label"] for row in images)
    sides = [(int(row["width"]) * int(row["height"])) ** 0.5 for row in images if row["width"]]
    of_pixels = ([float(row[name]) for row in images] for name in ("brightness", "sharpness"))
    return str(len(images)), classes, *map(_quartiles, (sides, *of_pixels), ("{:,.0f}", "{:.2f}", "{:,.0f}"))


def _most_classes(labels: Iterable[str]) -> str:
    """Return the most frequent classes with their numbers, such as ``functional 20, defective 5``."""
    counted = Counter(labels).most_common()
    return ", ".join(f"{label} {n}" for label, n in counted[:_MOST_CLASSES]) + (
        ", …" if len(counted) > _MOST_CLASSES else ""
    )


def _quartiles(values: Sequence[float], form: str) -> str:
    """Return the median and the quartiles, such as ``0.41 (0.35 … 0.47)``."""
    if not values:
        return MISSING
    low, middle, high = (form.format(value) for value in np.percentile(values, (25, 50, 75)))
    return f"{middle} ({low} … {high})"


def _mistakes(
    finding: Finding, of_arms: Sequence[Sequence[Mistake]], words: Words, pictures: Mapping[str, SmallPicture]
) -> list[Block]:
    """Return the most confident mistakes of each arm, over all of its seeds."""
    texts, blocks = words.report["images"], list[Block]()
    for arm, images in zip(finding.arms, of_arms, strict=True):
        listed = [mistake_photograph(arm.name, image, words, pictures.get(image.path)) for image in images]
        blocks += _listed(texts["mistakes"].format(arm=arm.name), listed, shown=bool(pictures))
    return [*blocks, Text(texts["mistakes_order"], "remark")] if blocks else []


def _listed(heading: str, photographs: Sequence[Photograph], *, shown: bool) -> list[Block]:
    """Return images under a heading; without pictures they unfold, and without images there is nothing."""
    if not photographs:
        return []
    block = Photographs(tuple(photographs))
    return [Heading(heading, 4), block] if shown else [Fold(heading, (block,))]


def _photograph(finding: Finding, image: Disagreement, words: Words, picture: SmallPicture | None) -> Photograph:
    texts = words.report["images"]
    both = zip(finding.arms, (image.control, image.treated), strict=True)
    guessed = (guesses_note(arm.name, guesses, texts) for arm, guesses in both)
    notes = (texts["is"].format(label=image.label), *guessed)
    if picture is None:
        return Photograph(image.path, notes)
    named = ((arm.name, picture.maps.get(_map_name(finding, arm))) for arm in finding.arms)
    return Photograph(image.path, notes, picture.whole, tuple((arm, jpeg) for arm, jpeg in named if jpeg is not None))


def mistake_photograph(arm: str, image: Mistake, words: Words, picture: SmallPicture | None) -> Photograph:
    """Return a misclassified image with its class, the predictions of an arm, and the probability of its own class.

    Args:
        arm: Name of the arm.
        image: The image.
        words: Words of the report.
        picture: The image, if it is shown.
    """
    texts = words.report["images"]
    probability = texts["probability"].format(label=image.label, value=f"{image.probability:.2f}")
    notes = (texts["is"].format(label=image.label), guesses_note(arm, image.predicted, texts), probability)
    return Photograph(image.path, notes, None if picture is None else picture.whole)
