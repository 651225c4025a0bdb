"""Page of a data set check: counts, sizes, findings and odd images, with small pictures, in one HTML file."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from statistics import median

from resnet_lab.checking.report import Entry, File, Report, Seen, Topic, content_line
from resnet_lab.data.rgb import DecodeRule
from resnet_lab.errors import InputError, printable
from resnet_lab.plots.data_set import counts_plot, sizes_plot
from resnet_lab.plots.texts import shortened
from resnet_lab.report.document import (
    Block,
    Card,
    Document,
    Heading,
    Photograph,
    Photographs,
    Plot,
    Plots,
    Points,
    Row,
    Table,
    Text,
)
from resnet_lab.report.pictures import small_jpeg
from resnet_lab.report.render import html

_BYTES = 1_800_000  # of all pictures; in the page they take a third more, so that it stays below 3 MB
_ENTRIES = 24  # of a topic
_IN_GROUP = 4
_CLASSES, _OF_EACH = 12, 6  # classes with pictures, and pictures of each
_BARS, _ROWS = 30, 60  # classes in the plot and in the table
_SIZES, _FREQUENT = 400, 10
_ODD = 6
_LONGEST_PATH = 160


def data_page(report: Report, rule: DecodeRule) -> str:
    """Return the page as HTML that needs no other file and no network.

    Args:
        report: The report.
        rule: How images are decoded.
    """
    pictures = _Pictures(report.images, rule)
    notes = [topic for topic in report.topics if not topic.finding]
    blocks: list[Block] = []
    for name, anchor, topics in (("Findings", "findings", report.findings), ("Notes", "notes", notes)):
        section = [block for topic in topics for block in _topic(topic, pictures)]
        parts: list[Block] = [Heading(name, anchor=anchor), *section] if section else []
        if anchor == "findings":
            blocks += [*parts, *_counts(report), *_sizes(report), *_classes(report, pictures), *_odd(report, pictures)]
        else:
            blocks += parts
    blocks.append(Text(pictures.summary, "remark"))
    return html(
        Document(
            language="en",
            title="Data check",
            subtitle=f"{report.root}: {content_line(report)}",
            cards=_cards(report),
            notices=(),
            blocks=tuple(blocks),
        )
    )


class _Pictures:
    """Small pictures, until the page has as many bytes of them as it should.

    Args:
        images: The usable images.
        rule: How they are decoded.
    """

    def __init__(self, images: Mapping[File, Seen], rule: DecodeRule) -> None:
        self.images, self.rule = images, rule
        self.room, self.shown, self.without = _BYTES, 0, 0

    @property
    def summary(self) -> str:
        """Number of pictures, and of images that the page names without one."""
        said = f"{self.shown:,} pictures are shown, of {len(self.images):,} usable images."
        if self.without:
            said += f" {self.without:,} more images are named without a picture, so that the page stays small."
        return said

    def photograph(self, file: File, *notes: str) -> Photograph:
        """Return a file with its picture, as long as there is room; one that cannot be decoded has none."""
        picture = None
        if seen := self.images.get(file):
            try:
                picture = small_jpeg(seen.path, self.rule) if self.room > 0 else None
            except InputError:  # changed since
                picture = None
            if picture and len(picture) <= self.room:
                self.room -= len(picture)
                self.shown += 1
            else:
                picture, self.without = None, self.without + 1
        return Photograph(_path(file), tuple(note for note in notes if note), picture)


def _cards(report: Report) -> tuple[Card, Card]:
    number = sum(sum(labels.values()) for labels in report.counts.values())
    splits = ", ".join(f"{split} {sum(labels.values()):,}" for split, labels in report.counts.items())
    images = Card("undecided", "", "Usable images", f"{number:,}", splits, ())
    found = len(report.findings)
    if report.refused:
        key, said = "contradicted", "A fit refuses this data set until they are repaired."
    elif found:
        key, said = "undecided", "Repair them, then check again. A fit accepts the data set as it is."
    else:
        key, said = "supported", "Nothing to repair."
    return images, Card(key, "", "Findings", str(found), said, ())


def _topic(topic: Topic, pictures: _Pictures) -> Iterator[Block]:
    """Yield the blocks of a topic; the files of a group stand side by side."""
    yield Heading(topic.says, 3)
    advice = " ".join([*(["A fit refuses this data set."] if topic.refused else []), topic.advice]).strip()
    if advice:
        yield Text(advice)
    shown, rest = topic.entries[:_ENTRIES], len(topic.entries) - _ENTRIES
    singles: list[Photograph] = []
    lines: list[str] = []
    for entry in shown:
        if len(entry.files) > 1:
            yield Photographs(tuple(_group(entry, pictures)))
            if len(entry.files) > _IN_GROUP:
                yield Text(f"{len(entry.files) - _IN_GROUP:,} more of this group are not shown.", "remark")
        elif entry.files and entry.files[0] in pictures.images:
            singles.append(pictures.photograph(entry.files[0], _place(entry.files[0]), entry.note))
        else:
            lines.append(" ".join([*map(_path, entry.files), entry.note]).strip())
    if singles:
        yield Photographs(tuple(singles))
    if lines:
        yield Points(tuple(lines))
    if rest > 0:
        yield Text(f"{rest:,} more are not shown; resnet-lab data check --json FILE has all.", "remark")


def _group(entry: Entry, pictures: _Pictures) -> Iterator[Photograph]:
    """Yield the first files of a group, with at least two places if the group has several."""
    first: dict[str, File] = {}
    for file in entry.files:
        first.setdefault(_place(file), file)
    ordered = dict.fromkeys([*first.values(), *entry.files])
    return (pictures.photograph(file, _place(file)) for file in [*ordered][:_IN_GROUP])


def _counts(report: Report) -> Iterator[Block]:
    sums: dict[str, int] = defaultdict(int)
    for by_label in report.counts.values():
        for label, images in by_label.items():
            sums[label] += images
    yield Heading("Images of each class", anchor="counts")
    labels, note = _ends(sorted(sums), sums, _BARS)
    caption = " ".join(["Images by class and split.", *note])
    named = {split: {printable(label): n for label, n in by.items()} for split, by in report.counts.items()}
    yield Plots((Plot("counts", counts_plot(named, [*map(printable, labels)]), caption),))
    labels, note = _ends(sorted(sums), sums, _ROWS)
    rows = [
        Row(
            (_short(label), *(f"{by.get(label, 0):,}" for by in report.counts.values()), f"{sums[label]:,}"), main=False
        )
        for label in labels
    ]
    total = Row(("all", *(f"{sum(by.values()):,}" for by in report.counts.values()), f"{sum(sums.values()):,}"))
    yield Table(("class", *report.counts, "all"), (*rows, total))
    if report.imbalance is not None:
        note.append(f"Largest class / smallest, in train: {report.imbalance:.1f}.")
    yield Text(" ".join(note), "remark")


def _ends(labels: list[str], sums: Mapping[str, int], most: int) -> tuple[list[str], list[str]]:
    """Return the classes that are shown: all, or the largest and the smallest ones, with a sentence that says so."""
    if len(labels) <= most:
        return labels, []
    by_size = sorted(labels, key=lambda label: -sums[label])
    half = most // 2
    return by_size[:half] + by_size[-half:], [f"Shown are the {half} largest and the {half} smallest classes."]


def _sizes(report: Report) -> Iterator[Block]:
    yield Heading("Sizes and formats", anchor="sizes")
    if len(report.sizes) > 1:
        sizes = sorted(report.sizes.items(), key=lambda size: -size[1])
        shown = {(int(w), int(h)): n for size, n in sizes[:_SIZES] for w, h in [size.split("x")]}
        more = f" {len(sizes) - _SIZES:,} rarer sizes are not shown." if len(sizes) > _SIZES else ""
        caption = f"{len(sizes):,} sizes; a larger dot is more images. Images on the dotted line are square.{more}"
        yield Plots((Plot("sizes", sizes_plot(shown), caption),))
    turned = {tag: n for tag, n in report.orientations.items() if tag != "1"}
    kinds = {
        "size": report.sizes,
        "format": report.formats,
        "pixel mode": report.modes,
        "orientation tag": turned or {"none": sum(report.orientations.values())},
    }
    yield Table(("", "images"), tuple(Row((kind, _frequent(counts))) for kind, counts in kinds.items()))


def _frequent(counts: Mapping[str, int]) -> str:
    ordered = sorted(counts, key=lambda name: (-counts[name], name))
    more = [f"and {len(ordered) - _FREQUENT:,} more"] if len(ordered) > _FREQUENT else []
    return ", ".join([*(f"{name} ({counts[name]:,})" for name in ordered[:_FREQUENT]), *more])


def _classes(report: Report, pictures: _Pictures) -> Iterator[Block]:
    by_label: dict[str, list[File]] = defaultdict(list)
    for file in report.images:
        by_label[file.label or ""].append(file)
    if not by_label:
        return
    labels, note = _ends(sorted(by_label), {label: len(files) for label, files in by_label.items()}, _CLASSES)
    yield Heading("What the classes look like", anchor="classes")
    yield Text(" ".join([f"Up to {_OF_EACH} images of each class, evenly spaced.", *note]))
    for label in labels:
        files = by_label[label]
        chosen = [files[position] for position in dict.fromkeys(i * len(files) // _OF_EACH for i in range(_OF_EACH))]
        yield Heading(f"Class {_short(label)}: {len(files):,} image{'' if len(files) == 1 else 's'}", 3)
        yield Photographs(tuple(pictures.photograph(file) for file in chosen))


def _odd(report: Report, pictures: _Pictures) -> Iterator[Block]:
    """Yield the images at the ends of the data set: those that differ from most in size, shape or contrast."""
    images = report.images
    pixels = {file: seen.width * seen.height for file, seen in images.items()}
    aspect = {file: max(seen.width, seen.height) / min(seen.width, seen.height) for file, seen in images.items()}
    contrast = {file: seen.contrast for file, seen in images.items() if seen.contrast is not None}
    kinds: list[tuple[str, Mapping[File, float], bool, str]] = [
        ("The smallest images", pixels, False, ""),
        ("The largest images", pixels, True, ""),
        ("The longest images", aspect, True, ""),
        ("The images of least contrast", contrast, False, "contrast {:.1f} of 255"),
    ]
    found: list[Block] = []
    for name, values, descending, note in kinds:
        if shown := tuple(_extremes(images, values, pictures, descending=descending, note=note)):
            found += [Heading(name, 3), Photographs(shown)]
    if found:
        yield Heading("Odd images", anchor="odd")
        yield Text("These are no findings. Look whether they belong to the data set.")
        yield from found


def _extremes(
    images: Mapping[File, Seen], values: Mapping[File, float], pictures: _Pictures, *, descending: bool, note: str
) -> Iterable[Photograph]:
    middle, sign = median(values.values()) if values else 0, -1 if descending else 1
    beyond = sorted((sign * value, file.path, file) for file, value in values.items() if sign * value < sign * middle)
    for _, _, file in beyond[:_ODD]:
        size = f"{images[file].width}x{images[file].height}"
        yield pictures.photograph(file, _place(file), note.format(values[file]) if note else size)


def _place(file: File) -> str:
    return ", ".join(_short(name) for name in (file.split, file.label) if name)


def _path(file: File) -> str:
    return shortened(file.path, _LONGEST_PATH)


def _short(name: str) -> str:
    return shortened(printable(name), _LONGEST_PATH)
