"""Running statistics of BatchNorm, measured with the weights as they are, in place of a moving average of the past."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm


def estimate_statistics(network: nn.Module, batches: Iterable[Tensor]) -> None:
    """Set the running mean and variance of every BatchNorm to what ``batches`` have under the present weights.

    A moving average remembers batches that the network saw with other weights; the faster the weights move and the
    deeper the network, the less it fits. Here, as in the release of He et al. (2015), the statistics are "computed on a
    sufficiently large training batch after the training procedure, not moving average": each is the mean over the
    batches of their own statistics, normalised batch by batch as in training: what the moving average is an average of,
    by torch's ``momentum=None``. (The variance over all images at once, as Wu and Johnson 2021, arXiv:2105.07576, take
    it, also has that between the means of batches, a share of about one over the batch size.) A smaller last batch
    counts as much as the others. No parameter changes, and nothing that training computes: there, BatchNorm reads its
    batch alone.

    Args:
        network: Its modes are left as they are.
        batches: Images ``(B, 3, H, W)``, normalised, at least one batch, in an order without runs of one class.

    Raises:
        ValueError: There is no batch.
    """
    layers = [module for module in network.modules() if isinstance(module, _BatchNorm)]
    modes = {module: module.training for module in network.modules()}
    momenta = [layer.momentum for layer in layers]
    for layer in layers:
        layer.reset_running_stats()
        layer.momentum = None  # torch's plain mean over all batches since the reset
    network.train()
    count = 0
    try:
        with torch.no_grad():
            for count, images in enumerate(batches, start=1):  # noqa: B007  (said once it is over)
                network(images)
    finally:
        for module, mode in modes.items():
            module.training = mode
        for layer, momentum in zip(layers, momenta, strict=True):
            layer.momentum = momentum
    if not count:
        raise ValueError("There is no batch to measure the statistics of BatchNorm on.")
