"""Network as a fit initialized it."""

from collections.abc import Mapping
from typing import Any

import torch

from resnet_lab.checkpoint.start_weights import start_again
from resnet_lab.model.backbone import ResNet
from resnet_lab.model.classifier import Classifier
from resnet_lab.runs.status import Start


def initial_network(hyper_parameters: Mapping[str, Any], seed: int, start: Start | None = None) -> ResNet:
    """Build a network with the weights that a fit began with, bit for bit; torch's default generator stays as it was.

    A fit seeds torch's default generator and builds the model before anything else draws from it. Trained weights that
    the fit started from are read again.

    Args:
        hyper_parameters: Arguments of :class:`Classifier`, as a checkpoint keeps them.
        seed: ``seed_everything`` of the fit.
        start: The trained weights that the fit started from; None if all were drawn.

    Raises:
        InputError: The file of the trained weights is gone, or holds other weights.
    """
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        model = Classifier(**hyper_parameters)
    if start is not None:
        start_again(model, start)
    return model.backbone
