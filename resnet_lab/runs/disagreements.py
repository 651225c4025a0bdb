"""Test images that one arm classifies correctly in more seeds than the other."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import TypeVar

from resnet_lab.errors import InputError
from resnet_lab.runs import Run

Runs = TypeVar("Runs", bound=tuple[Run, ...])


@dataclass(frozen=True)
class Disagreement:
    """A test image and its predictions by the best checkpoints of both arms.

    Attributes:
        path: Path relative to ``data.root``.
        label: Class of the image.
        control: Predicted class of each seed of the control.
        treated: Predicted class of each seed of the treated arm.
    """

    path: str
    label: str
    control: tuple[str, ...]
    treated: tuple[str, ...]

    @property
    def right(self) -> tuple[int, int]:
        """Number of seeds in which the control is right, and in which the treated arm is right."""
        return self.control.count(self.label), self.treated.count(self.label)

    @property
    def lead(self) -> int:
        """Seeds in which the treated arm is right minus seeds in which the control is right."""
        control, treated = self.right
        return treated - control


def same_images(by_seed: Mapping[int, Runs]) -> dict[int, Runs]:
    """Return the seeds, with their run or pair of runs, that were tested on the images of the first run."""
    tested = {seed: [_predictions(run) for run in runs] for seed, runs in by_seed.items()}
    first = next(iter(tested.values()))[0].keys()
    return {seed: by_seed[seed] for seed, of_seed in tested.items() if all(run.keys() == first for run in of_seed)}


def disagreements(pairs: Mapping[int, tuple[Run, Run]]) -> list[Disagreement]:
    """Return the images that one arm classifies correctly in more seeds than the other, the greatest lead first.

    Args:
        pairs: The control and the treated run, by seed; the two runs of a pair were tested on the same images. With
            folds, an image has the predictions of the pairs that were tested on it.
    """
    control, treated = ([_predictions(run) for run in arm] for arm in zip(*pairs.values(), strict=True))
    labels = {path: label for run in control for path, (label, _) in run.items()}
    images = [
        Disagreement(path, label, *(tuple(run[path][1] for run in arm if path in run) for arm in (control, treated)))
        for path, label in labels.items()
    ]
    return sorted((image for image in images if image.lead), key=lambda image: (-abs(image.lead), image.path))


def disputed_images(runs: Iterable[Run], most: int) -> list[str]:
    """Return the paths of the test images on which arms disagree most, the greatest lead first.

    Runs of one arm and seed count once, and only seeds that both arms have. Of each two arms, there are at most
    ``most`` images that the first one classifies correctly in more seeds, and as many of the second one.

    Args:
        runs: Runs of two arms or more.
        most: Number of images per side.

    Raises:
        InputError: A run was not tested, no two arms have a seed in common, or the arms disagree nowhere.
    """
    arms: dict[str, dict[int, Run]] = {}
    for run in runs:
        if not run.predictions_path.exists():
            raise InputError(f"{run.path} was not tested, so its mistakes are not known: run resnet-lab test on it.")
        arms.setdefault(str(run.status().arm), {}).setdefault(run.status().seed, run)
    leads: dict[str, int] = {}
    compared = False
    for first, second in combinations(arms.values(), 2):
        pairs = {seed: (first[seed], second[seed]) for seed in first if seed in second}
        if not (pairs and (alike := same_images(pairs))):
            continue
        compared = True
        images = disagreements(alike)
        for side in ([image for image in images if image.lead > 0], [image for image in images if image.lead < 0]):
            for image in side[:most]:
                leads[image.path] = max(leads.get(image.path, 0), abs(image.lead))
    if not compared:
        raise InputError("The images on which arms disagree are asked for: give runs of two arms with equal seeds.")
    if not leads:
        raise InputError(
            "The arms classify each test image correctly in the same number of seeds, so there is no image to look at: "
            "leave attention out, or give more seeds."
        )
    return sorted(leads, key=lambda path: (-leads[path], path))


def tested_images(by_seed: Mapping[int, tuple[Run, ...]]) -> int:
    """Return the number of different images on which the runs were tested; those of a pair on the same ones."""
    return len({path for first, *_ in by_seed.values() for path in _predictions(first)})


def _predictions(run: Run) -> dict[str, tuple[str, str]]:
    """Return label and predicted class of each test image, by its path."""
    return {row["path"]: (row["label"], row["predicted"]) for row in run.test_predictions("best")}
