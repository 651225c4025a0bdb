"""Names that look the same: one name in two Unicode forms, and names that differ in case or blanks alone.

macOS may store é as e with an accent (decomposed, NFD). Linux and Windows keep what was typed, mostly one character
(composed, NFC). A data set that went through both has one name in two forms.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable


def composed(name: str) -> str:
    """Return a name in the composed form (NFC)."""
    return unicodedata.normalize("NFC", name)


def loose(name: str) -> str:
    r"""Return what is left of a name without case, blanks, invisible characters and forms of one letter.

    >>> loose(" Cafe\u0301 1"), loose("CAF\u00c9\u200b1")
    ('café1', 'café1')
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return "".join(c for c in folded if not c.isspace() and unicodedata.category(c) != "Cf")


def difference(one: str, other: str) -> str | None:
    r"""Return in what alone two names differ that look the same; None if they do not look the same.

    >>> difference("cat", "Cat"), difference("Cafe\u0301", "Caf\u00e9"), difference("cat", "cats")
    ('case', 'Unicode form (NFC and NFD)', None)
    """
    if composed(one) == composed(other):
        return "Unicode form (NFC and NFD)"
    if loose(one) != loose(other):
        return None
    if composed(composed(one).casefold()) == composed(composed(other).casefold()):
        return "case"
    if "".join(composed(one).split()) == "".join(composed(other).split()):
        return "blanks"
    return "case, blanks or forms of a letter"


def alike(names: Iterable[str]) -> list[list[str]]:
    """Return the groups of names that look the same, each sorted.

    >>> alike(["cat", "dog", "Cat", "do g", "eel"])
    [['Cat', 'cat'], ['do g', 'dog']]
    """
    groups: dict[str, list[str]] = defaultdict(list)
    for name in sorted(set(names)):
        groups[loose(name)].append(name)
    return [group for group in groups.values() if len(group) > 1]


def one_form(names: Iterable[str], known: Iterable[str] = ()) -> dict[str, str]:
    """Return for each name that comes in several Unicode forms the form that stands for all.

    It is the form that is known, if there is one alone. Otherwise it is the composed form. Names that come in one form
    stay as they are, so that data sets of one system keep their fingerprints.

    Args:
        names: All names.
        known: Names whose form decides, if it is one: those to train on.
    """
    forms: dict[str, set[str]] = defaultdict(set)
    for name in names:
        forms[composed(name)].add(name)
    deciding: dict[str, set[str]] = defaultdict(set)
    for name in known:
        deciding[composed(name)].add(name)
    return {
        name: next(iter(deciding[whole])) if len(deciding[whole]) == 1 else whole
        for whole, group in forms.items()
        if len(group) > 1
        for name in group
    }
