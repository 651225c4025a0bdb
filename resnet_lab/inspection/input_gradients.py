"""How alike the gradients of different images with respect to their pixels are, as depth grows."""

from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor

from resnet_lab.inspection.batchnorm_statistics import constant_batch_statistics
from resnet_lab.model.backbone import ResNet
from resnet_lab.model.backbone_parts import blocks, stem


def input_gradient_correlations(
    net: ResNet, batches: Iterable[tuple[Tensor, Tensor]], *, seed: int
) -> dict[str, float | None]:
    r"""Return, by block, the mean correlation between images of the gradient with respect to the input.

    The network is cut after the block. What it gives there for one image, ``(C, H, W)``, is projected on one
    direction, drawn once for all images from a standard normal distribution; g is the gradient of that number with
    respect to the image's pixels. The correlation of two images is :math:`g_i g_j / |g_i| |g_j|` (their mean over
    draws of the weights being zero), and its mean is over all pairs. Balduzzi et al. 2017 (arXiv:1702.08591): at
    initialisation it falls exponentially with depth in plain nets and much slower in residual ones; unrelated
    gradients have 0, equal ones 1.

    BatchNorm normalises by the statistics of the batch, held constant, so that each gradient is of its own image.

    Args:
        net: The network; nothing of it changes.
        batches: Images ``(B, 3, H, W)``, normalised, and what is not looked at.
        seed: Key of the directions; equal seeds and shapes have equal ones, whatever the net.
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
    """The mean of the cosine over all pairs of vectors, which are added in any number of batches and not kept.

    With unit vectors u the sum over ordered pairs is ``|u_1 + ... + u_n|^2 - n``.

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
    """Draw a direction ``(C, H, W)`` for what the block at a position gives ``(B, C, H, W)``."""
    key = int(np.random.SeedSequence((seed, position)).generate_state(1, np.uint32)[0])
    return torch.randn(features.shape[1:], generator=torch.Generator().manual_seed(key)).to(features.device)
