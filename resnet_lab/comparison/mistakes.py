"""Test images that an arm misclassifies in most of its seeds."""

from collections import defaultdict
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
        runs: Runs of one arm by seed. An image counts over the seeds that were tested on it.
    """
    tested = defaultdict[str, list[dict[str, str]]](list)
    for run in runs.values():
        for row in run.test_predictions("best"):
            tested[row["path"]].append(row)
    images = []
    for path, rows in tested.items():
        label = rows[0]["label"]
        probability = fmean(float(row[f"probability_{label}"]) for row in rows)
        images.append(Mistake(path, label, tuple(row["predicted"] for row in rows), probability))
    most = [image for image in images if 2 * image.wrong > len(image.predicted)]
    return sorted(most, key=lambda image: (-image.wrong, image.probability, image.path))
