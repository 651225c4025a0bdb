"""The schedule against the table of the recipe: lr 3e-4, one warm-up epoch of ten, cosine to zero."""

from itertools import pairwise

import pytest
import torch

from resnet_lab.model.schedule import rate_factor

# Learning rate at whole epochs 1 .. 10, from 0.5 * 3e-4 * (1 + cos(pi * (t - 1) / 9)).
TABLE = [3.0000e-4, 2.9095e-4, 2.6491e-4, 2.2500e-4, 1.7605e-4, 1.2395e-4, 7.5000e-5, 3.5093e-5, 9.046e-6, 0.0]


@pytest.mark.parametrize("steps_per_epoch", [1, 58, 296])
def test_whole_epochs_follow_the_table(steps_per_epoch):
    for epoch, lr in enumerate(TABLE, start=1):
        factor = rate_factor(epoch * steps_per_epoch, warmup_steps=steps_per_epoch, total_steps=10 * steps_per_epoch)
        assert 3e-4 * factor == pytest.approx(lr, rel=5e-5, abs=1e-12)


def test_first_middle_and_last_step():
    def factor(step):
        return rate_factor(step, warmup_steps=10, total_steps=100)

    assert factor(0) == pytest.approx(1 / 10)
    assert factor(4) == pytest.approx(5 / 10)
    assert factor(9) == factor(10) == 1.0  # continuous: warm-up ends where the cosine starts
    assert factor(55) == pytest.approx(0.5)
    assert 0 < factor(99) < 4e-4
    assert factor(100) == pytest.approx(0.0, abs=1e-15)


def test_it_rises_in_the_warm_up_and_falls_after_it():
    factors = [rate_factor(step, warmup_steps=10, total_steps=100) for step in range(100)]
    assert factors[:10] == sorted(factors[:10])
    assert factors[10:] == sorted(factors[10:], reverse=True)
    assert max(abs(a - b) for a, b in pairwise(factors)) <= 0.1 + 1e-12


@pytest.mark.parametrize("total_steps", [10, 5])
def test_no_more_steps_than_the_warm_up_are_warm_up_only(total_steps):
    factors = [rate_factor(step, warmup_steps=10, total_steps=total_steps) for step in range(total_steps)]
    assert factors == [(step + 1) / 10 for step in range(total_steps)]
    assert rate_factor(10, warmup_steps=10, total_steps=10) == 1.0


@pytest.mark.parametrize(("share", "total"), [(0.55, 64_000), (0.07, 100), (0.29, 100)])
def test_a_milestone_that_is_a_step_is_that_step(share, total):
    """In floats 0.55 of 64,000 is a little more than 35,200."""
    first = round(share * total)
    rates = [
        rate_factor(k, warmup_steps=0, total_steps=total, schedule="steps", milestones=[share])
        for k in (first - 1, first)
    ]
    assert rates == [1.0, 0.1]


def test_without_warm_up_the_cosine_starts_at_once():
    assert rate_factor(0, warmup_steps=0, total_steps=4) == 1.0
    assert rate_factor(2, warmup_steps=0, total_steps=4) == pytest.approx(0.5)


def test_steps_fall_as_in_the_paper():
    def factor(step):
        return rate_factor(step, warmup_steps=0, total_steps=64_000, schedule="steps")

    parameter = torch.nn.Parameter(torch.zeros(1))
    scheduler = torch.optim.lr_scheduler.MultiStepLR(torch.optim.SGD([parameter], lr=1.0), [32_000, 48_000])
    for step in (0, 31_999, 32_000, 47_999, 48_000, 63_999):
        expected = scheduler.gamma ** sum(step >= milestone for milestone in scheduler.milestones)
        assert factor(step) == pytest.approx(expected, rel=1e-12)


def test_a_warm_up_comes_before_steps():
    options = {"warmup_steps": 4, "total_steps": 8, "schedule": "steps", "milestones": (0.8,)}
    assert [rate_factor(step, **options) for step in range(8)] == [0.25, 0.5, 0.75, 1.0, 1.0, 1.0, 1.0, 0.1]
