"""Mean metric that depends on the values alone, not on batches or the number of processes."""

import math
from typing import Any

import torch
from torch import Tensor
from torchmetrics import Metric
from torchmetrics.utilities import dim_zero_cat


class ExactMean(Metric):
    """Mean of all values, rounded once, to float64: the order of the values changes no bit of it.

    MeanMetric of torchmetrics sums in float32 per process, so its digits depend on the number of processes. Here all
    values are kept, 4 bytes each.
    """

    full_state_update = False
    values: list[Tensor]

    def __init__(self) -> None:
        super().__init__()
        self.add_state("values", [], dist_reduce_fx="cat")

    def update(self, values: Tensor) -> None:
        """Add values ``(N,)``."""
        self.values.append(values.detach())

    def compute(self) -> Tensor:
        """Return the mean: a float64 scalar on the CPU."""
        values: list[Any] = dim_zero_cat(self.values).tolist()
        return torch.tensor(math.fsum(values) / len(values), dtype=torch.float64)
