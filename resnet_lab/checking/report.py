"""Report of a data set check, as data, text and JSON."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

_SHOWN = 10  # entries per topic, and classes
_SHOWN_IN_GROUP = 4
_MORE = "(--json FILE has all)"


class File(NamedTuple):
    """A file in a report.

    Attributes:
        path: Path from the root.
        split: Split; None if the file has none.
        label: Class; None if the file has none.
    """

    path: str
    split: str | None = None
    label: str | None = None


class Seen(NamedTuple):
    """A usable image as it was read.

    Attributes:
        path: Where it lies.
        width: Width in pixels, turned upright.
        height: Height in pixels, turned upright.
        contrast: Largest standard deviation of a channel, in gray levels of 255; None if it was not hashed.
    """

    path: Path
    width: int
    height: int
    contrast: float | None


class Entry(NamedTuple):
    """One thing that was found.

    Attributes:
        files: The files that it concerns.
        note: Remark on them.
    """

    files: tuple[File, ...]
    note: str = ""


@dataclass(frozen=True)
class Topic:
    """All entries of one kind.

    Attributes:
        name: Name of the topic in the JSON file.
        says: Headline.
        entries: What was found.
        advice: What to do about it.
        finding: True for a finding, which needs a repair; False for a note.
        refused: Whether a fit with default options refuses it.
        sign: Shown between the files of an entry.
    """

    name: str
    says: str
    entries: tuple[Entry, ...]
    advice: str = ""
    finding: bool = True
    refused: bool = False
    sign: str = "="


@dataclass(frozen=True)
class Report:
    """Content of a data set, and everything wrong or doubtful in it.

    Attributes:
        root: The data set.
        counts: Number of usable images by split and class. Every split lists every class.
        carved: Splits that are not given, and carved out of the training images by content.
        fold: Fold that is held out, ``i/k``; None without folds.
        imbalance: Images of the largest class over those of the smallest in the training split; None without images.
        modes: Number of images by pixel mode.
        formats: Number of images by file format.
        sizes: Number of images by width x height in pixels, turned upright.
        orientations: Number of images by EXIF orientation; 1 means as stored.
        topics: Findings and notes.
        images: The usable images, split by split and sorted in each; in no JSON file.
    """

    root: str
    counts: Mapping[str, Mapping[str, int]]
    carved: tuple[str, ...]
    imbalance: float | None
    modes: Mapping[str, int]
    formats: Mapping[str, int]
    sizes: Mapping[str, int]
    orientations: Mapping[str, int]
    topics: tuple[Topic, ...]
    fold: str | None = None
    images: Mapping[File, Seen] = field(default_factory=dict)

    @property
    def findings(self) -> list[Topic]:
        """Topics that need a repair."""
        return [topic for topic in self.topics if topic.finding]

    @property
    def refused(self) -> bool:
        """Whether a fit with default options refuses the data set."""
        return any(topic.refused for topic in self.topics)


def as_json(report: Report) -> dict[str, Any]:
    """Return the whole report in plain types. ``format`` is raised when a key changes its meaning."""
    facts = {name: value for name, value in vars(report).items() if name not in ("topics", "images")}
    topics = [
        {
            "name": topic.name,
            "finding": topic.finding,
            "fit_refuses": topic.refused,
            "says": topic.says,
            "advice": topic.advice,
            "entries": [
                {"files": [file._asdict() for file in entry.files], "note": entry.note} for entry in topic.entries
            ],
        }
        for topic in report.topics
    ]
    return {"format": 1, **facts, "fit_refuses": report.refused, "topics": topics}


def as_text(report: Report) -> str:
    """Return the report for a terminal: content of the data set, findings, then notes."""
    blocks = [[report.root, content_line(report)], _table(report.counts, report.imbalance), _pixels(report)]
    ordered = [*report.findings, *(topic for topic in report.topics if not topic.finding)]
    blocks += [_topic(topic) for topic in ordered]
    return "\n\n".join("\n".join(block) for block in [*blocks, [_last(report)]]) + "\n"


def in_short(report: Report) -> str:
    """Return one line on the content of a data set."""
    labels = sorted({label for by_label in report.counts.values() for label in by_label})
    images = sum(_total(part) for part in report.counts.values())
    sizes = ", ".join(f"{_total(part):,} {split}" for split, part in report.counts.items())
    of_class = [f"{label} {sum(part[label] for part in report.counts.values()):,}" for label in labels]
    more = [f"{len(of_class) - 4:,} more"] if len(of_class) > 5 else []
    named = ", ".join([*(of_class if not more else of_class[:4]), *more])
    return f"{images:,} photographs in {len(labels):,} classes ({named}); {sizes}"


def must_mend(report: Report, accepted: Collection[str] = ()) -> str | None:
    """Return what a fit refuses, each with its files and the way out; None if a fit can begin.

    Args:
        report: The report.
        accepted: Names of topics that the settings of the fit accept.
    """
    topics = [topic for topic in report.topics if topic.refused and topic.name not in accepted]
    return "\n".join(line for topic in topics for line in _topic(topic)) or None


def doubts_in_short(report: Report) -> list[str]:
    """Return one line per finding, without its files."""
    return [topic.says for topic in report.findings]


def content_line(report: Report) -> str:
    """Return the number of images and classes, and where the splits come from."""
    images = sum(_total(labels) for labels in report.counts.values())
    classes = len({label for labels in report.counts.values() for label in labels})
    given = [split for split in report.counts if split not in report.carved]
    splits = [f"{', '.join(given)} given"] if given else []
    if report.carved:
        held_out = f", test is fold {report.fold}" if report.fold else ""
        splits.append(f"{', '.join(report.carved)} split by content, as a fit does{held_out}")
    return f"{images:,} usable images in {classes:,} class{'es' if classes != 1 else ''}; {'; '.join(splits)}"


def _table(counts: Mapping[str, Mapping[str, int]], imbalance: float | None) -> list[str]:
    labels = sorted({label for by_label in counts.values() for label in by_label})
    sums = {label: sum(by_label[label] for by_label in counts.values()) for label in labels}
    between = ""
    if len(labels) > _SHOWN + 2:
        by_size = sorted(labels, key=lambda label: -sums[label])
        between = f"    ... {len(labels) - _SHOWN:,} classes between the largest and the smallest {_MORE}"
        labels = by_size[: _SHOWN // 2] + by_size[-_SHOWN // 2 :]
    rows = [
        ["images", *counts, "all"],
        *(["  " + label, *(f"{part[label]:,}" for part in counts.values()), f"{sums[label]:,}"] for label in labels),
        ["  all", *(f"{_total(part):,}" for part in counts.values()), f"{sum(sums.values()):,}"],
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join([row[0].ljust(max(16, widths[0])), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))])
        for row in rows
    ]
    if between:
        lines.insert(1 + _SHOWN // 2, between)
    if imbalance is not None:
        lines.append(f"  largest class / smallest, in train: {imbalance:.1f}")
    return lines


def _pixels(report: Report) -> list[str]:
    turned = {tag: number for tag, number in report.orientations.items() if tag != "1"}
    rows = [("pixel mode", report.modes), ("format", report.formats), ("size", report.sizes)]
    return [f"{name:<17} {_frequent(counts)}" for name, counts in [*rows, ("orientation tag", turned)]]


def _frequent(counts: Mapping[str, int]) -> str:
    ordered = sorted(counts, key=lambda name: (-counts[name], name))
    shown = [f"{name} ({counts[name]:,})" for name in ordered[:5]]
    more = [f"... and {len(ordered) - 5:,} more {_MORE}"] if len(ordered) > 5 else []
    return ", ".join([*shown, *more]) or "none"


def _topic(topic: Topic) -> list[str]:
    mark, end = ("!", " [a fit refuses this]" if topic.refused else "") if topic.finding else ("-", "")
    lines = [f"{mark} {topic.says}{end}"]
    lines += [f"    {_entry(entry, topic.sign)}" for entry in topic.entries[:_SHOWN]]
    if len(topic.entries) > _SHOWN:
        lines.append(f"    ... and {len(topic.entries) - _SHOWN:,} more {_MORE}")
    return [*lines, f"  {topic.advice}"] if topic.advice else lines


def _entry(entry: Entry, sign: str) -> str:
    """Return one line per entry. Files of a group show what they differ in: split, class or both."""
    differ = [name for name in ("split", "label") if len({getattr(file, name) for file in entry.files}) > 1]
    files = []
    for file in entry.files[:_SHOWN_IN_GROUP]:
        where = " ".join(getattr(file, name) or "" for name in differ)
        files.append(f"{file.path} [{where}]" if where else file.path)
    if len(entry.files) > _SHOWN_IN_GROUP:
        files.append(f"{len(entry.files) - _SHOWN_IN_GROUP:,} more")
    return " ".join(text for text in (f" {sign} ".join(files), entry.note) if text)


def _last(report: Report) -> str:
    number = len(report.findings)
    if not number:
        return "Nothing to repair."
    refused = " Until then, a fit refuses this data set." if report.refused else " A fit accepts it as it is."
    return f"{number} finding{'s' if number > 1 else ''}, marked !: repair, then check again.{refused}"


def _total(counts: Mapping[str, int]) -> int:
    return sum(counts.values())
