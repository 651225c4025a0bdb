"""Measurement ``gradients``: norm of the loss gradient at each weighted layer."""

from collections.abc import Iterable
from statistics import median

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resnet_lab.inspection.batchnorm_statistics import batch_statistics
from resnet_lab.inspection.measurement import (
    Measurement,
    MeasurementInput,
    MeasurementRow,
    MeasurementRows,
    by_checkpoint,
    profile_rows,
)
from resnet_lab.inspection.sample import BATCH_SIZE
from resnet_lab.model.backbone_parts import weighted_layers


def loss_gradient_norms(net: nn.Module, batches: Iterable[tuple[Tensor, Tensor]]) -> dict[str, float]:
    """Return the Euclidean norm of the gradient with respect to each layer's weights, by layer, input first.

    The gradient is that of the plain cross-entropy in nats, averaged over all images. BatchNorm normalizes each batch
    by its own statistics, and gradients pass through them, as in a training step: He et al. 2015 (section 4.1) speak of
    these gradients. The running statistics are no alternative: at initialization they describe no data.

    Args:
        net: The network; it stays as it was.
        batches: Images ``(B, 3, H, W)``, normalized, and class indices ``(B,)``.
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


def _measure(given: MeasurementInput) -> tuple[list[MeasurementRow], None]:
    rows: list[MeasurementRow] = []
    for checkpoint, net in given.networks.items():
        batches = given.show_progress(given.batches, f"gradients, {checkpoint}", len(given.batches))
        norms = loss_gradient_norms(net, batches)
        rows += profile_rows(norms, checkpoint=checkpoint, name_column="layer", value_column="norm")
    return rows, None


def _summarize(rows: MeasurementRows) -> str:
    parts = []
    for when, chosen in by_checkpoint(rows):
        norms = {row["layer"]: row["norm"] for row in chosen}
        low, high = min(norms, key=norms.__getitem__), max(norms, key=norms.__getitem__)
        parts.append(
            f"{when} norms from {norms[low]:.3g} ({low}) to {norms[high]:.3g} ({high}), median "
            f"{median(norms.values()):.3g}"
        )
    return "; ".join(parts)


GRADIENTS = Measurement(
    name="gradients",
    what="gradients",
    columns=("checkpoint", "layer", "position", "norm"),
    batchnorm=f"statistics of the batch (about {BATCH_SIZE} images), gradients through them",
    measure=_measure,
    summarize=_summarize,
)
