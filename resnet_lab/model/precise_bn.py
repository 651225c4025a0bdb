"""Running statistics of BatchNorm, measured with the weights as they are, in place of a moving average of the past."""

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from resnet_lab.errors import InputError


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


def estimate_in_fit(trainer: Any, network: nn.Module, as_seen: Callable[[Tensor], Tensor]) -> None:
    """Estimate the statistics on the training batches of the trainer's epoch, in its precision, over all processes.

    Args:
        trainer: In a fit.
        network: On the trainer's device.
        as_seen: What the network's images go through first.

    Raises:
        InputError: The trainer has loaders without a datamodule, which cannot be gone through once more.
    """
    if trainer.datamodule is None:
        raise InputError("model.precise_bn goes over the training images once more: give the trainer a datamodule.")
    batches = islice(trainer.datamodule.epoch_dataloader(trainer.current_epoch), int(trainer.num_training_batches))
    with trainer.precision_plugin.forward_context():
        estimate_statistics(network, (as_seen(images) for images, _ in batches))
    for name, buffer in network.named_buffers():
        if name.endswith(("running_mean", "running_var")):  # each process has measured its share of the batches
            buffer.copy_(trainer.strategy.reduce(buffer, reduce_op="mean"))
