"""Agreement of an exported file with its network, on real photographs."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from resnet_lab.errors import RunError
from resnet_lab.export.network_files import Logits

BATCHES = (1, 3)
"""Numbers of images in a batch with which a file is tried."""
TOLERANCE = 1e-4
"""Largest difference between two logits in float32."""


def largest_difference(network: nn.Module, exported: Logits, images: Tensor, batches: Sequence[int] = BATCHES) -> float:
    """Return the largest difference between the logits of a network and those of its file.

    Args:
        network: The network, float32, in evaluation mode.
        exported: The network of the file.
        images: Normalized photographs, float32 ``(N, 3, S, S)``.
        batches: Numbers of images in a batch; each photograph is tried in a batch of each.

    Raises:
        RunError: A logit differs by more than ``TOLERANCE`` or is no number, or a class differs.
    """
    largest = 0.0
    for size in batches:
        for batch in torch.split(images, size):
            with torch.no_grad():
                expected, found = network(batch), exported(batch)
            difference = float((expected - found).abs().max()) if expected.shape == found.shape else float("nan")
            if not difference <= TOLERANCE:
                raise RunError(
                    f"The file does not compute what the network computes: in a batch of {len(batch)}, a logit "
                    f"differs by {difference:.2g}, and {TOLERANCE:g} is allowed."
                )
            if not torch.equal(expected.argmax(dim=1), found.argmax(dim=1)):
                raise RunError(
                    f"The file does not compute what the network computes: in a batch of {len(batch)}, it gives a "
                    "photograph another class."
                )
            largest = max(largest, difference)
    return largest
