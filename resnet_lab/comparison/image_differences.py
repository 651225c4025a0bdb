"""Differences of two arms per test image: of correct classification and of loss, by seed."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from resnet_lab.runs import Run

Values = NDArray[np.float64]
PerImage = Mapping[int, Values]
"""Treated minus control on each test image, by seed; all seeds have the same images in the same order."""

_CHECKPOINTS = ("best", "last")


def image_differences(pairs: Mapping[int, tuple[Run, Run]]) -> dict[str, PerImage]:
    """Return the differences per image, by the measure whose mean over images they make up.

    The measures are ``test/<checkpoint>/accuracy``, with differences -1, 0 and 1, and ``test/<checkpoint>/loss``, in
    nats. The loss of an image is the negative logarithm of the probability of its class. A measure is absent if a loss
    is not finite. All measures are absent if two runs were tested on different images, or with different labels.

    Args:
        pairs: The control and the treated run, by seed.
    """
    found: dict[str, PerImage] = {}
    for checkpoint in _CHECKPOINTS:
        scores = {seed: [_scores(run, checkpoint) for run in pair] for seed, pair in pairs.items()}
        images = [run.keys() for pair in scores.values() for run in pair]
        if not images or not images[0] or any(other != images[0] for other in images):
            return {}
        order = sorted(images[0])
        for column, name in enumerate(("accuracy", "loss")):
            arms = {
                seed: [np.array([run[image][column] for image in order]) for run in pair]
                for seed, pair in scores.items()
            }
            if all(np.isfinite(arm).all() for pair in arms.values() for arm in pair):
                found[f"test/{checkpoint}/{name}"] = {
                    seed: treated - control for seed, (control, treated) in arms.items()
                }
    return found


def _scores(run: Run, checkpoint: str) -> dict[tuple[str, str], tuple[float, float]]:
    """Return 1 for a correct classification, else 0, and the loss of each image, by its path and label."""
    scores = {}
    for row in run.test_predictions(checkpoint):
        probability = float(row[f"probability_{row['label']}"])
        loss = -float(np.log(probability)) if probability > 0 else np.inf
        scores[row["path"], row["label"]] = (float(row["label"] == row["predicted"]), loss)
    return scores
