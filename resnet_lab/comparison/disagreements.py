"""The test images that one arm gets right more often than the other, over seeds."""

from collections.abc import Mapping
from dataclasses import dataclass

from resnet_lab.runs import Run


@dataclass(frozen=True)
class Disagreement:
    """A test image, and what the best checkpoints of both arms took it for.

    Attributes:
        path: Relative to ``data.root``.
        label: What it is.
        control: What each seed of the control took it for.
        treated: What each seed of the treated arm took it for.
    """

    path: str
    label: str
    control: tuple[str, ...]
    treated: tuple[str, ...]

    @property
    def right(self) -> tuple[int, int]:
        """In how many seeds the control and the treated arm are right."""
        return self.control.count(self.label), self.treated.count(self.label)

    @property
    def lead(self) -> int:
        """By how many seeds the treated arm is ahead; negative where the control is."""
        control, treated = self.right
        return treated - control


def same_images(pairs: Mapping[int, tuple[Run, Run]]) -> dict[int, tuple[Run, Run]]:
    """Return the pairs both runs of which were tested on the images of the first run."""
    tested = {seed: [_predictions(run) for run in pair] for seed, pair in pairs.items()}
    first = next(iter(tested.values()))[0].keys()
    return {seed: pairs[seed] for seed, both in tested.items() if all(run.keys() == first for run in both)}


def disagreements(pairs: Mapping[int, tuple[Run, Run]]) -> list[Disagreement]:
    """Return the images that one arm gets right in more seeds than the other, the greatest lead first.

    Args:
        pairs: Control and treated run by seed, all tested on the same images.
    """
    control, treated = ([_predictions(run) for run in arm] for arm in zip(*pairs.values(), strict=True))
    images = [
        Disagreement(path, label, tuple(run[path][1] for run in control), tuple(run[path][1] for run in treated))
        for path, (label, _) in control[0].items()
    ]
    return sorted((image for image in images if image.lead), key=lambda image: (-abs(image.lead), image.path))


def _predictions(run: Run) -> dict[str, tuple[str, str]]:
    """Return label and prediction of each test image."""
    return {row["path"]: (row["label"], row["predicted"]) for row in run.test_predictions("best")}
