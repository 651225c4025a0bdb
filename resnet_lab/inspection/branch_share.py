"""Measurement ``branch``: share of a block's residual branch in its output (De and Smith 2020, arXiv:2002.10444)."""

from collections.abc import Iterable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resnet_lab.inspection.measurement import (
    BY_NETWORK,
    Measurement,
    MeasurementInput,
    MeasurementRow,
    MeasurementRows,
    by_checkpoint,
    profile_rows,
    statistics_of,
)
from resnet_lab.model.backbone import ResNet
from resnet_lab.model.backbone_parts import Block, blocks, keeps_shape, shortcuts, stem


def branch_shares(net: ResNet, batches: Iterable[tuple[Tensor, Tensor]]) -> dict[str, float | None]:
    r"""Return :math:`\mathrm{var}(z - s(x)) / \mathrm{var}(z)` of each block, by block, input first.

    z is the sum of the block before its last ReLU, and s(x) the value of its shortcut. In a residual block, z - s(x) is
    the branch F(x). De and Smith (2020, section 3) derive that in a normalized network the shortcut's variance grows
    with every block and the branch's does not, so that at initialization the share falls like 1 / (l + 1) with block l.
    In a plain block that keeps the shape, s(x) is x: then z - x is what the block changes, and its share is above 1
    where z does not resemble x. A plain block that changes the shape has no share. With span 1, a block has two
    branches, and the result is the ratio of their mean variances.

    A variance is that of one channel over all images and pixels, averaged over channels. The mode of the network
    decides which statistics BatchNorm uses.

    Args:
        net: The network; it stays as it was.
        batches: Images ``(B, 3, H, W)``, normalized, and labels, which are not used.
    """
    changes = {name: _ChannelVariance() for name in blocks(net)}
    sums = {name: _ChannelVariance() for name in blocks(net)}
    with torch.inference_mode():
        for images, _ in batches:
            features = stem(net, images)
            for name, block in blocks(net).items():
                features = _add_block(block, features, changes[name], sums[name])
    return {name: _ratio(changes[name].mean(), sums[name].mean()) for name in sums}


def _add_block(block: Block, x: Tensor, changes: "_ChannelVariance", sums: "_ChannelVariance") -> Tensor:
    """Add the values of a block to both variances, and return its output."""
    entering: list[Tensor] = []

    def keep(_: nn.Module, inputs: tuple[Any, ...]) -> None:
        entering.append(inputs[0].clone())  # the ReLU works in place

    handle = block.relu.register_forward_pre_hook(keep)
    try:
        output: Tensor = block(x)
    finally:
        handle.remove()
    valued = shortcuts(block)
    if not valued and not keeps_shape(block):
        return output
    totals = entering[-max(len(valued), 1) :]
    starts = [x, *(F.relu(total) for total in totals[:-1])]
    for place, (total, start) in enumerate(zip(totals, starts, strict=True)):
        sums.add(total)
        changes.add(total - (valued[place](start) if valued else start))
    return output


class _ChannelVariance:
    """Variance of each channel over images and pixels, averaged over channels; values arrive in batches."""

    def __init__(self) -> None:
        self.count = 0
        self.total = self.squares = torch.zeros((), dtype=torch.float64)

    def add(self, values: Tensor) -> None:
        """Add values ``(B, C, H, W)``."""
        values = values.double()
        self.count += values.numel() // values.shape[1]
        self.total = self.total + values.sum(dim=(0, 2, 3)).cpu()
        self.squares = self.squares + values.square().sum(dim=(0, 2, 3)).cpu()

    def mean(self) -> float | None:
        """Return the mean over channels; None without values."""
        if not self.count:
            return None
        return float((self.squares / self.count - (self.total / self.count).square()).clamp(min=0).mean())


def _ratio(change: float | None, total: float | None) -> float | None:
    return None if change is None or not total else change / total


def _measure(given: MeasurementInput) -> tuple[list[MeasurementRow], None]:
    rows: list[MeasurementRow] = []
    for checkpoint, net in given.networks.items():
        batches = given.show_progress(given.batches, f"branch, {checkpoint}", len(given.batches))
        with statistics_of(checkpoint, net):
            shares = branch_shares(net, batches)
        rows += profile_rows(shares, checkpoint=checkpoint, name_column="block", value_column="share")
    return rows, None


def _summarize(rows: MeasurementRows) -> str:
    parts = []
    for when, chosen in by_checkpoint(rows):
        shares = {row["block"]: row["share"] for row in chosen if row["share"] is not None}
        if shares:
            low, high = min(shares, key=shares.__getitem__), max(shares, key=shares.__getitem__)
            parts.append(f"{when} share of a block's change {shares[low]:.3g} ({low}) to {shares[high]:.3g} ({high})")
        else:
            parts.append(f"{when} no block that keeps the shape")
    return "; ".join(parts)


BRANCH = Measurement(
    name="branch",
    what="branch",
    columns=("checkpoint", "block", "position", "share"),
    batchnorm=BY_NETWORK,
    measure=_measure,
    summarize=_summarize,
)
