"""Measurement ``responses``: standard deviation of each 3x3 layer's response (He et al. 2015, Fig. 7)."""

from collections.abc import Iterable
from functools import partial
from statistics import mean
from typing import Any

import torch
from torch import Tensor, nn

from resnet_lab.inspection.batchnorm_statistics import running_statistics
from resnet_lab.inspection.measurement import (
    Measurement,
    MeasurementInput,
    MeasurementRow,
    MeasurementRows,
    profile_rows,
)
from resnet_lab.model.backbone import ResNet
from resnet_lab.model.backbone_parts import weighted_layers
from resnet_lab.model.layers import batchnorms


def response_standard_deviations(net: ResNet, batches: Iterable[tuple[Tensor, Tensor]]) -> dict[str, float]:
    """Return the standard deviation of each 3x3 layer's response, by layer, input first.

    The response is the output of the layer's BatchNorm, before ReLU and addition (He et al. 2015, Fig. 7). The standard
    deviation is over all images, channels and pixels. BatchNorm normalizes by running statistics, as in evaluation:
    with the statistics of a batch, only BatchNorm's scale and shift would be seen.

    Args:
        net: The network; it stays as it was.
        batches: Images ``(B, 3, H, W)``, normalized, and labels, which are not used.
    """
    layers = [n for n, m in weighted_layers(net).items() if isinstance(m, nn.Conv2d) and m.kernel_size == (3, 3)]
    norms = batchnorms(net)
    moments = {name: torch.zeros(3, dtype=torch.float64) for name in layers}
    handles = [norms[name].register_forward_hook(partial(_add_moments, moments[name])) for name in layers]
    try:
        with running_statistics(net), torch.inference_mode():
            for images, _ in batches:
                net(images)
    finally:
        for handle in handles:
            handle.remove()
    deviations = {}
    for name, moment in moments.items():
        count, total, squares = moment.tolist()
        deviations[name] = max(squares / count - (total / count) ** 2, 0.0) ** 0.5
    return deviations


def _add_moments(moments: Tensor, _: nn.Module, __: Any, output: Tensor) -> None:
    """Add number, sum and sum of squares at once: the ReLU and the addition that follow overwrite the output."""
    output = output.double()
    moments += torch.stack([output.new_tensor(output.numel()), output.sum(), output.square().sum()]).cpu()


def _measure(given: MeasurementInput) -> tuple[list[MeasurementRow], None]:
    batches = given.show_progress(given.batches, "responses", len(given.batches))
    deviations = response_standard_deviations(given.trained, batches)
    return profile_rows(deviations, checkpoint=given.checkpoint, name_column="layer", value_column="std"), None


def _summarize(rows: MeasurementRows) -> str:
    deviations = [row["std"] for row in rows]
    return (
        f"standard deviation {min(deviations):.3g} to {max(deviations):.3g}, mean {mean(deviations):.3g} over "
        f"{len(deviations)} 3x3 layers"
    )


RESPONSES = Measurement(
    name="responses",
    what="responses",
    columns=("checkpoint", "layer", "position", "std"),
    batchnorm="running statistics",
    measure=_measure,
    summarize=_summarize,
)
