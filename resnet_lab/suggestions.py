"""'Did you mean': the known word nearest to one that is not known."""

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """Return the known word that was probably meant, or None.

    Args:
        word: What was written.
        known: What could have been.
        cutoff: Likeness below which nothing is suggested, from 0 to 1 (``difflib``'s ratio).

    >>> nearest("fti", ["fit", "test"])
    'fit'
    """
    return next(iter(get_close_matches(word, list(known), n=1, cutoff=cutoff)), None)


def nearest_key(key: str, keys: Iterable[str], prefix: str = "") -> str:
    """Return the end of a sentence that says ``key`` does not exist: the nearest key, else those of its group.

    Args:
        key: What was written, with dots: ``model.dept``.
        keys: All keys there are.
        prefix: What stands before a key where it is used: ``--`` for an option.

    >>> nearest_key("model.dept", ["model.depth", "model.lr"], prefix="--")
    '; did you mean --model.depth?'
    >>> nearest_key("model.rate", ["model.depth", "model.lr"])
    '; model has depth, lr.'
    """
    group, _, last = key.rpartition(".")
    keys = sorted(keys)
    siblings = [k for k in keys if group and k.startswith(f"{group}.")]
    by_last = {k.rpartition(".")[2]: k for k in siblings or keys}
    if near := nearest(last, by_last, cutoff=0.7):
        return f"; did you mean {prefix}{by_last[near]}?"
    return f"; {group} has {', '.join(k.removeprefix(f'{group}.') for k in siblings)}." if siblings else "."
