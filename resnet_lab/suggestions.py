"""Suggestions for unknown words: "did you mean ...?"."""

from collections.abc import Iterable
from difflib import get_close_matches

_OTHER_NAMES = {
    "arch": "depth",
    "bs": "batch_size",
    "data_dir": "root",
    "data_path": "root",
    "dataset": "root",
    "device": "accelerator",
    "epochs": "max_epochs",
    "gpus": "devices",
    "img_size": "image_size",
    "imgsz": "image_size",
    "layers": "depth",
    "learning_rate": "lr",
    "log_dir": "logs",
    "lr_scheduler": "schedule",
    "num_epochs": "max_epochs",
    "opt": "optimizer",
    "output_dir": "logs",
    "resolution": "image_size",
    "save_dir": "logs",
    "scheduler": "schedule",
    "seed": "seed_everything",
    "size": "image_size",
    "wd": "weight_decay",
    "workers": "num_workers",
}
"""Names that other programs give to a key, and the last part of the key's own name here."""


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

    A name that other programs use (``--epochs``) is nearer than any spelling.

    Args:
        key: The key that was written, with dots: ``model.dept``.
        keys: All known keys.
        prefix: Shown before the suggested key: ``--`` for an option.

    >>> nearest_key("model.dept", ["model.depth", "model.lr"], prefix="--")
    '; did you mean --model.depth?'
    >>> nearest_key("model.rate", ["model.depth", "model.lr"])
    '; model has depth, lr.'
    >>> nearest_key("epochs", ["trainer.min_epochs", "trainer.max_epochs"], prefix="--")
    '; did you mean --trainer.max_epochs?'
    """
    group, _, last = key.rpartition(".")
    keys = sorted(set(keys))
    siblings = [k for k in keys if group and k.startswith(f"{group}.")]
    own = _OTHER_NAMES.get(last.replace("-", "_").lower())
    if meant := [k for k in siblings or keys if k.rpartition(".")[2] == own]:
        return f"; did you mean {prefix}{meant[0]}?"
    by_last = {k.rpartition(".")[2]: k for k in siblings or keys}
    if near := nearest(last, by_last, cutoff=0.7):
        return f"; did you mean {prefix}{by_last[near]}?"
    return f"; {group} has {', '.join(k.removeprefix(f'{group}.') for k in siblings)}." if siblings else "."
