"""Contradictions between runs: a copy of another run, other labels for the same images, and other classes."""

from collections.abc import Iterable, Sequence

from resnet_lab.errors import InputError
from resnet_lab.runs import Run
from resnet_lab.runs.digests import digests

_TIME = "time/epoch_seconds"


def refuse_copies(runs: Sequence[Run]) -> None:
    """Refuse two runs of which one is a copy of the other. Together they are one observation.

    No two runs take the same time in each epoch. Two networks do not give the same nine digits for every image, unless
    each gives one answer to all images. A training that was repeated does: it has the same arm and seed, and the same
    scores in each epoch.

    Raises:
        InputError: Two runs have the same ``metrics.csv`` with its times, two runs of different seeds have the same
            ``metrics.csv``, or two trainings have the same predictions. The message names both.
    """
    seen: dict[tuple[str, str], Run] = {}
    for run in runs:
        for name, digest in digests(run, ("metrics.csv", "test/predictions.csv")).items():
            first = seen.setdefault((name, digest), run)
            if first != run and _is_copied(name, first, run):
                raise InputError(
                    f"{first.label} (seed {first.status().seed}) and {run.label} (seed {run.status().seed}) have the "
                    f"same {name}: one is a copy of the other, and together they are one observation. Leave one of "
                    "them out, and train its seed again."
                )


def refuse_other_labels(runs: Sequence[Run]) -> None:
    """Refuse runs that give the same test image different labels.

    An image is the same if its path is. In runs of equal fingerprint, the images at one place of the predictions are
    the same too, since they are in the order of their class and content.

    Args:
        runs: Tested runs.

    Raises:
        InputError: An image has two labels. The message names it and both runs.
    """
    by_path: dict[str, tuple[str, Run]] = {}
    by_fingerprint: dict[str, tuple[list[str], Run]] = {}
    for run in runs:
        labels = {row["path"]: row["label"] for row in run.test_predictions("best")}
        for path, label in labels.items():
            known, first = by_path.setdefault(path, (label, run))
            if known != label:
                raise _other_labels(f"{path} is labeled {known} in {first.label} and {label} in {run.label}")
        in_order, first = by_fingerprint.setdefault(run.status().fingerprint, (list(labels.values()), run))
        if in_order != list(labels.values()):
            raise _other_labels(
                f"{first.label} and {run.label} have the same data by their fingerprint, and their test images have "
                "other labels"
            )


def refuse_other_classes(runs: Iterable[Run]) -> None:
    """Refuse runs that do not all tell apart the same classes.

    Raises:
        InputError: The classes differ.
    """
    classes = {tuple(run.status().classes) for run in runs}
    if len(classes) > 1:
        lists = " and ".join(", ".join(names) for names in sorted(classes))
        raise InputError(f"These runs have different classes: {lists}. Name runs of the same classes.")


def _is_copied(name: str, first: Run, second: Run) -> bool:
    if name == "metrics.csv":
        epochs = first.metrics()
        return bool(epochs) and (_TIME in epochs[-1] or first.status().seed != second.status().seed)
    rows = first.test_predictions("best")
    answers = {tuple(value for key, value in row.items() if key.startswith("probability_")) for row in rows}
    return len(answers) > 1 and not _is_repeated(first, second)


def _is_repeated(first: Run, second: Run) -> bool:
    """Return whether two trainings of one arm and seed have the same scores in each epoch."""
    arms_and_seeds = {(run.status().arm, run.status().seed) for run in (first, second)}
    return len(arms_and_seeds) == 1 and _scores(first) == _scores(second)


def _scores(run: Run) -> list[dict[str, float]]:
    return [{key: value for key, value in row.items() if not key.startswith("time/")} for row in run.metrics()]


def _other_labels(said: str) -> InputError:
    return InputError(
        f"{said}: labels were changed between the runs, or in a file. Test both runs again on the same data, or leave "
        "one of them out."
    )
