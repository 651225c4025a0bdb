"""Suggestions for unknown words: "did you mean ...?"."""

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """Return the known word that was probably meant; None if no word is similar.

    Args:
        word: The word that was written.
        known: All known words.
        cutoff: Similarity below which nothing is suggested, from 0 to 1 (``difflib``'s ratio).

    >>> nearest("fti", ["fit", "test"])
    'fit'
    """
    return next(iter(get_close_matches(word, list(known), n=1, cutoff=cutoff)), None)


def nearest_key(key: str, keys: Iterable[str], prefix: str = "") -> str:
    """Return the end of a sentence about an unknown key: the nearest key, else the keys of its group.

    Args:
        key: The key that was written, with dots: ``model.dept``.
        keys: All known keys.
        prefix: Shown before the suggested key: ``--`` for an option.

    >>> nearest_key("model.dept", ["model.depth", "model.lr"], prefix="--")
    '; did you mean --model.depth?'
    >>> nearest_key("model.rate", ["model.depth", "model.lr"])
    '; model has depth, lr.'
    """
    group, _, last = key.rpartition(".")
    keys = sorted(set(keys))
    siblings = [k for k in keys if group and k.startswith(f"{group}.")]
    by_last = {k.rpartition(".")[2]: k for k in siblings or keys}
    if near := nearest(last, by_last, cutoff=0.7):
        return f"; did you mean {prefix}{by_last[near]}?"
    return f"; {group} has {', '.join(k.removeprefix(f'{group}.') for k in siblings)}." if siblings else "."
