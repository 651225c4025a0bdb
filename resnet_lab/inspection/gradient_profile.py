"""The gradient of the loss through depth: its norm at each weighted layer."""

from collections.abc import Iterable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resnet_lab.inspection.batchnorm_statistics import batch_statistics
from resnet_lab.model.backbone_parts import weighted_layers


def gradient_norms(net: nn.Module, batches: Iterable[tuple[Tensor, Tensor]]) -> dict[str, float]:
    """Return the Euclidean norm of the gradient with respect to each layer's weights, by layer, input first.

    The gradient is that of the plain cross-entropy in nats, averaged over all images. BatchNorm normalises each batch
    by its own statistics and gradients go through them, as in a training step: He et al. 2015 (section 4.1) speak of
    these gradients, and at initialisation the running statistics are those of no data.

    Args:
        net: The network; nothing of it changes.
        batches: Images ``(B, 3, H, W)``, normalised, and class indices ``(B,)``.
    """
    layers = weighted_layers(net)
    weights = [layer.weight for layer in layers.values()]
    sums, images_seen = [torch.zeros_like(weight) for weight in weights], 0
    with batch_statistics(net), torch.enable_grad():
        for images, labels in batches:
            loss = F.cross_entropy(net(images), labels, reduction="sum")
            for total, gradient in zip(sums, torch.autograd.grad(loss, weights), strict=True):
                total += gradient
            images_seen += len(images)
    return {name: float(total.double().norm()) / images_seen for name, total in zip(layers, sums, strict=True)}
