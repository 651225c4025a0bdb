"""Precise BatchNorm: running statistics under the current weights, in place of a moving average over past weights."""

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from resnet_lab.errors import InputError


def estimate_statistics(network: nn.Module, batches: Iterable[Tensor]) -> None:
    """Set the running mean and variance of every BatchNorm to those of ``batches`` under the current weights.

    A moving average includes batches that the network saw with earlier weights. It fits the less, the faster the
    weights change and the deeper the network is. Here, as in the release of He et al. (2015), the statistics are
    "computed on a sufficiently large training batch after the training procedure, not moving average". Each is the mean
    of the statistics of single batches, which are normalized one by one as in training (``momentum=None`` of torch).
    Wu and Johnson 2021 (arXiv:2105.07576) take the variance over all images at once. It also contains the variance
    between the means of batches, a share of about one over the batch size. A smaller last batch counts as much as the
    others. Parameters and training do not change, as BatchNorm reads only its batch in training.

    Args:
        network: The network; the mode of each module is restored.
        batches: Normalized images ``(B, 3, H, W)``, at least one batch, in an order that mixes the classes.

    Raises:
        ValueError: There is no batch.
    """
    layers = [module for module in network.modules() if isinstance(module, _BatchNorm)]
    modes = {module: module.training for module in network.modules()}
    momenta = [layer.momentum for layer in layers]
    for layer in layers:
        layer.reset_running_stats()
        layer.momentum = None  # torch then takes the plain mean over all batches since the reset
    network.train()
    count = 0
    try:
        with torch.no_grad():
            for count, images in enumerate(batches, start=1):  # noqa: B007  (read after the loop)
                network(images)
    finally:
        for module, mode in modes.items():
            module.training = mode
        for layer, momentum in zip(layers, momenta, strict=True):
            layer.momentum = momentum
    if not count:
        raise ValueError("There is no batch to measure the statistics of BatchNorm on.")


def estimate_in_fit(trainer: Any, network: nn.Module, as_seen: Callable[[Tensor], Tensor]) -> None:
    """Estimate the statistics on the training batches of the epoch, over all ranks, in the precision of the fit.

    Args:
        trainer: A trainer during a fit.
        network: The network, on the device of the trainer.
        as_seen: Maps images to the input of the network.

    Raises:
        InputError: The trainer has no datamodule, so that its batches cannot be read a second time.
    """
    if trainer.datamodule is None:
        raise InputError("model.precise_bn goes over the training images once more: give the trainer a datamodule.")
    batches = islice(trainer.datamodule.epoch_dataloader(trainer.current_epoch), int(trainer.num_training_batches))
    with trainer.precision_plugin.forward_context():
        estimate_statistics(network, (as_seen(images) for images, _ in batches))
    for name, buffer in network.named_buffers():
        if name.endswith(("running_mean", "running_var")):  # each rank has measured its shard
            buffer.copy_(trainer.strategy.reduce(buffer, reduce_op="mean"))
