"""A mean of which no order of adding changes a bit."""

import math
from fractions import Fraction

import torch

from resnet_lab.model.exact_mean import ExactMean


def mean(*parts: torch.Tensor) -> torch.Tensor:
    metric = ExactMean()
    for part in parts:
        metric.update(part)
    return metric.compute()


def test_it_is_the_exact_mean_rounded_once():
    values = torch.randn(1000, generator=torch.Generator().manual_seed(0)).exp() * 1e3
    exact = sum((Fraction(value) for value in values.tolist()), Fraction(0))
    result = mean(values)
    assert result.dtype == torch.float64
    assert result.item() == float(exact) / 1000


def test_neither_order_nor_batches_change_a_bit():
    generator = torch.Generator().manual_seed(1)
    values = torch.randn(997, generator=generator).exp() * 10.0 ** torch.randint(-6, 6, (997,), generator=generator)
    whole = mean(values)
    for size in (1, 7, 500):
        shuffled = values[torch.randperm(997, generator=generator)]
        assert torch.equal(mean(*shuffled.split(size)), whole)


def test_what_is_not_finite_shows():
    assert mean(torch.tensor([1.0, math.nan])).isnan()
    assert mean(torch.tensor([1.0, math.inf])).isinf()
