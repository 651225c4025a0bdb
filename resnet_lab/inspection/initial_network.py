"""Network as a fit initialized it."""

from collections.abc import Mapping
from typing import Any

import torch

from resnet_lab.model.backbone import ResNet
from resnet_lab.model.classifier import Classifier


def initial_network(hyper_parameters: Mapping[str, Any], seed: int) -> ResNet:
    """Build a network with the weights that a fit began with, bit for bit; torch's default generator stays as it was.

    A fit seeds torch's default generator and builds the model before anything else draws from it.

    Args:
        hyper_parameters: Arguments of :class:`Classifier`, as a checkpoint keeps them.
        seed: ``seed_everything`` of the fit.
    """
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        return Classifier(**hyper_parameters).backbone
