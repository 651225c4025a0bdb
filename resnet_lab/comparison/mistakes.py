"""Test images that an arm misclassifies in most of its seeds."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean

from resnet_lab.runs import Run


@dataclass(frozen=True)
class Mistake:
    """A test image that the best checkpoints of most seeds misclassify.

    Attributes:
        path: Path relative to ``data.root``.
        label: Class of the image.
        predicted: Predicted class of each seed.
        probability: Probability of the image's own class, mean over seeds.
    """

    path: str
    label: str
    predicted: tuple[str, ...]
    probability: float

    @property
    def wrong(self) -> int:
        """Number of seeds that misclassify the image."""
        return len(self.predicted) - self.predicted.count(self.label)


def mistakes(runs: Mapping[int, Run]) -> list[Mistake]:
    """Return the images that more than half of the seeds misclassify: those of most seeds first, the surest ones first.

    Args:
        runs: Runs of one arm by seed; all were tested on the same images.
    """
    tested = [{row["path"]: row for row in run.test_predictions("best")} for run in runs.values()]
    images = []
    for path, first in tested[0].items():
        label, rows = first["label"], [run[path] for run in tested]
        probability = fmean(float(row[f"probability_{label}"]) for row in rows)
        images.append(Mistake(path, label, tuple(row["predicted"] for row in rows), probability))
    most = [image for image in images if 2 * image.wrong > len(tested)]
    return sorted(most, key=lambda image: (-image.wrong, image.probability, image.path))
