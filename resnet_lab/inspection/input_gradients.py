"""Measurement ``input_gradients``: correlation of the input gradients of different images, by depth."""

from collections.abc import Iterable, Iterator

import numpy as np
import torch
from torch import Tensor

from resnet_lab.inspection.batchnorm_statistics import constant_batch_statistics
from resnet_lab.inspection.measurement import (
    Measurement,
    MeasurementInput,
    MeasurementRow,
    MeasurementRows,
    by_checkpoint,
    profile_rows,
)
from resnet_lab.inspection.sample import BATCH_SIZE
from resnet_lab.model.backbone import ResNet
from resnet_lab.model.backbone_parts import blocks, stem

_SHARE_OF_BUDGET = 1 / 3
"""Share of the time that is left when this measurement begins; lesions get the rest."""


def input_gradient_correlations(
    net: ResNet, batches: Iterable[tuple[Tensor, Tensor]], *, seed: int
) -> dict[str, float | None]:
    r"""Return, by block, the mean correlation between images of the gradient with respect to the input.

    The network is cut after the block. The output of the block for one image, ``(C, H, W)``, is projected on one
    direction, drawn once for all images from a standard normal distribution; g is the gradient of the projection with
    respect to the image's pixels. The correlation of two images is :math:`g_i g_j / |g_i| |g_j|` (their mean over draws
    of the weights is zero); the result is the mean over all pairs of images. Balduzzi et al. 2017 (arXiv:1702.08591):
    at initialization the correlation falls exponentially with depth in plain nets, and much more slowly in residual
    ones. Unrelated gradients have 0, equal gradients have 1.

    BatchNorm normalizes by the statistics of the batch, held constant, so that each gradient belongs to one image.

    Args:
        net: The network; it stays as it was.
        batches: Images ``(B, 3, H, W)``, normalized, and labels, which are not used.
        seed: Key of the directions. Equal seeds and shapes give equal directions for every network.
    """
    sums = {name: CorrelationOfPairs() for name in blocks(net)}
    with constant_batch_statistics(net), torch.enable_grad():
        for images, _ in batches:
            pixels = images.detach().requires_grad_()
            features = stem(net, pixels)
            for position, (name, block) in enumerate(blocks(net).items(), start=1):
                features = block(features)
                direction = _direction(features, seed=seed, position=position)
                [gradients] = torch.autograd.grad((features * direction).sum(), pixels, retain_graph=True)
                sums[name].add(gradients)
    return {name: correlation.mean() for name, correlation in sums.items()}


class CorrelationOfPairs:
    """Mean of the cosine over all pairs of vectors; the vectors arrive in batches and are not kept.

    For unit vectors u, the sum over ordered pairs is ``|u_1 + ... + u_n|^2 - n``.

    >>> pairs = CorrelationOfPairs()
    >>> pairs.add(torch.tensor([[1.0, 0.0], [2.0, 0.0]]))
    >>> pairs.add(torch.tensor([[0.0, 3.0]]))
    >>> round(pairs.mean(), 6)
    0.333333
    """

    def __init__(self) -> None:
        self.total = torch.zeros(())
        self.count = 0

    def add(self, vectors: Tensor) -> None:
        """Add vectors ``(B, ...)``; a vector of zeros has no direction and is left out."""
        flat = vectors.detach().flatten(1).double()
        norms = flat.norm(dim=1, keepdim=True)
        there = norms[:, 0] > 0
        self.total = self.total.to(flat) + (flat[there] / norms[there]).sum(dim=0)
        self.count += int(there.sum())

    def mean(self) -> float | None:
        """Return the mean over pairs; None without a pair."""
        if self.count < 2:
            return None
        return (float(self.total.square().sum()) - self.count) / (self.count * (self.count - 1))


def _direction(features: Tensor, *, seed: int, position: int) -> Tensor:
    """Draw a direction ``(C, H, W)`` for the output ``(B, C, H, W)`` of the block at a position."""
    key = int(np.random.SeedSequence((seed, position)).generate_state(1, np.uint32)[0])
    return torch.randn(features.shape[1:], generator=torch.Generator().manual_seed(key)).to(features.device)


def _measure(given: MeasurementInput) -> tuple[list[MeasurementRow], str | None]:
    rows: list[MeasurementRow] = []
    budget, seen = given.budget.part(_SHARE_OF_BUDGET), dict.fromkeys(given.networks, 0)
    for place, (checkpoint, net) in enumerate(given.networks.items()):

        def counted(
            batches: Iterable[tuple[Tensor, Tensor]], name: str = checkpoint
        ) -> Iterator[tuple[Tensor, Tensor]]:
            for images, labels in batches:
                seen[name] += len(labels)
                yield images, labels

        batches = counted(budget.part(1 / (len(given.networks) - place)).spend_on(given.batches))
        shown = given.show_progress(batches, f"input gradients, {checkpoint}", len(given.batches))
        correlations = input_gradient_correlations(net, shown, seed=given.options.seed)
        rows += [
            {**row, "images": seen[checkpoint]}
            for row in profile_rows(
                correlations, checkpoint=checkpoint, name_column="block", value_column="correlation"
            )
        ]
    wanted = sum(len(labels) for _, labels in given.batches)
    cut = [f"{n} of {wanted} images ({checkpoint})" for checkpoint, n in seen.items() if n < wanted]
    return rows, "; ".join(cut) or None


def _summarize(rows: MeasurementRows) -> str:
    parts = []
    for when, chosen in by_checkpoint(rows):
        first, last = (
            "none" if row["correlation"] is None else f"{row['correlation']:.3f}" for row in (chosen[0], chosen[-1])
        )
        parts.append(f"{when} mean correlation {first} after the first block, {last} after the last")
    return "; ".join(parts)


INPUT_GRADIENTS = Measurement(
    name="input_gradients",
    what="gradients",
    columns=("checkpoint", "block", "position", "correlation", "images"),
    batchnorm=f"statistics of the batch (about {BATCH_SIZE} images), held constant",
    measure=_measure,
    summarize=_summarize,
)
