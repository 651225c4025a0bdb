"""Class list of a data set: one list for all splits, and one name for each class."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from resnet_lab.data.elsewhere import without_class_folders
from resnet_lab.data.items import Item
from resnet_lab.data.layout import Layout, split_meant
from resnet_lab.data.names import difference, one_form
from resnet_lab.data.split import SPLITS
from resnet_lab.errors import InputError, printable
from resnet_lab.program import command_line


def in_one_form(layout: Layout, known: Sequence[str] = ()) -> Layout:
    """Return the layout with one label for each class whose name comes in two Unicode forms.

    Args:
        layout: The images.
        known: Class names of a network that is scored. They stay as they are, and their forms decide. Without them, the
            names to train on decide.
    """
    labels = {placed.label for placed in layout.placed}
    deciding = known or {placed.label for placed in layout.placed if placed.split in (None, "train")}
    forms = {name: form for name, form in one_form({*labels, *known}, deciding).items() if name not in known}
    if not forms:
        return layout
    inner: dict[str, Counter[str]] = defaultdict(Counter)
    for label, folders in layout.inner.items():
        inner[forms.get(label, label)].update(folders)
    return replace(
        layout,
        placed=[replace(placed, label=forms.get(placed.label, placed.label)) for placed in layout.placed],
        inner=inner,
        merged=tuple(sorted({forms[label] for label in labels if label in forms})),
    )


def class_list(
    root: Path, layout: Layout, splits: Mapping[str, Sequence[Item]], known: Sequence[str] = ()
) -> tuple[str, ...]:
    """Return the class names in the order of their indices: those of the training split, sorted.

    Args:
        root: The data set.
        layout: Its images.
        splits: Its images that can be used, by split.
        known: Class names of a network that is scored: the classes of a data set without a training split.

    Raises:
        InputError: Fewer than two classes, a class that is not in the list, a split without images, or no training
            split and no known classes.
    """
    if not layout.has_training:
        return _held_out(root, splits, known)
    classes = tuple(sorted({item.label for item in splits["train"]}))
    if len(classes) < 2:
        raise InputError(
            f"data.root {printable(root)} has one class only ({printable(''.join(classes))}); a classifier needs two "
            f"or more.{layout.hint and ' '}{layout.hint}"
        )
    for split in SPLITS[1:]:
        if not splits[split]:
            raise InputError(
                f"data.root {printable(root)} leaves the {split} split without images{_lack(layout, split)}."
            )
        if unknown := sorted({item.label for item in splits[split]} - set(classes)):
            named = ", ".join(f"{printable(label)}{alike_class(label, classes)}" for label in unknown)
            raise InputError(
                f"The {split} split of {printable(root)} has classes that the training split does not know: {named}. "
                "All splits share one class list; rename or remove these folders."
            )
    return classes


def _held_out(root: Path, splits: Mapping[str, Sequence[Item]], known: Sequence[str]) -> tuple[str, ...]:
    """Return the class list for a data set without a training split: the known classes."""
    if not known:
        given = " and ".join(split for split in SPLITS if splits[split])
        raise InputError(
            f"data.root {printable(root)} has no training split, only {given}: nothing can be trained on. Score a run "
            f"on it by {command_line('test', 'RUN', '--data.root', root)}, or add train/."
        )
    if unknown := sorted({item.label for items in splits.values() for item in items} - set(known)):
        named = ", ".join(f"{printable(label)}{alike_class(label, known)}" for label in unknown)
        raise InputError(
            f"data.root {printable(root)} has classes that the network does not know: {named}. It knows "
            f"{printable(', '.join(known))}. Rename or remove these folders."
        )
    return tuple(known)


def alike_class(label: str, classes: Iterable[str]) -> str:
    """Return the class that looks the same and in what it differs, in brackets; empty without one.

    >>> alike_class("Cat", ["cat", "dog"])
    ' (there is cat, which differs in case)'
    """
    for name in classes:
        if name != label and (how := difference(name, label)):
            return f" (there is {printable(name)}, which differs in {how})"
    return ""


def _lack(layout: Layout, split: str) -> str:
    """Return what a split without images lacks, as the end of a sentence."""
    folders = {path.relative_to(layout.root).parts[0] for path in layout.passed_over}
    meant = [folder for folder in sorted(folders) if split_meant(folder) == split]
    if split in layout.given and (there := without_class_folders(layout.passed_over, layout.root, meant)):
        return f": {there}. Put them into one folder per class, or move the folder out of the data set"
    return "; it needs more of them"
