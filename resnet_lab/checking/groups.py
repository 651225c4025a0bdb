"""Topic of a check about groups of images that the data set itself has put into two splits."""

from collections.abc import Iterable

from resnet_lab.checking.report import Entry, File, Topic
from resnet_lab.checking.topics import relative
from resnet_lab.data.groups import Linked, PlacedItems, groups_in_two_splits
from resnet_lab.data.layout import Layout


def of_groups(layout: Layout, items: PlacedItems, linked: Linked) -> Iterable[Topic]:
    """Yield the topic about groups that a fit refuses, even without entries.

    Args:
        layout: The images.
        items: Those that can be used.
        linked: Their groups (``data.groups``).
    """
    torn = groups_in_two_splits(items, linked, layout.given)
    entries = tuple(
        Entry(tuple(File(relative(layout, path), split, label) for split, (path, label) in homes.items()))
        for homes in torn
    )
    yield Topic(
        "groups_apart",
        f"{len(entries):,} group{'s'[: len(entries) != 1]} of images in two splits of the data set",
        entries,
        "Move each group to one split, or leave data.groups out; a fit accepts them with data.allow_leaks.",
        refused=True,
        sign="and",
    )
