"""Draws depend on their key alone."""

import torch
from torch.utils.data import SequentialSampler

from resnet_lab.data.seeding import EpochShuffleSampler, FixedShuffleSampler, augmentation_rng, epoch_permutation


def draw(**key: int) -> float:
    with augmentation_rng(**key):
        return torch.rand(()).item()


def test_an_order_is_a_permutation_keyed_by_seed_and_epoch():
    orders = {
        (seed, epoch): tuple(epoch_permutation(50, seed=seed, epoch=epoch)) for seed in range(5) for epoch in range(5)
    }
    assert all(sorted(order) == list(range(50)) for order in orders.values())
    assert len(set(orders.values())) == 25
    assert epoch_permutation(50, seed=3, epoch=2) == list(orders[3, 2])


def test_the_default_generators_state_neither_matters_nor_changes():
    torch.manual_seed(1)
    before = torch.get_rng_state()
    first = draw(seed=0, epoch=0, position=7), epoch_permutation(9, seed=0, epoch=0)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(2)
    assert (draw(seed=0, epoch=0, position=7), epoch_permutation(9, seed=0, epoch=0)) == first


def test_the_state_is_restored_after_an_error():
    before = torch.get_rng_state()
    try:
        with augmentation_rng(seed=0, epoch=0, position=0):
            torch.rand(3)
            raise RuntimeError
    except RuntimeError:
        pass
    assert torch.equal(torch.get_rng_state(), before)


def test_streams_of_different_keys_differ_and_are_uniform():
    draws = torch.tensor([draw(seed=s, epoch=e, position=p) for s in range(3) for e in range(10) for p in range(100)])
    assert len(draws.unique()) > 2990
    # Kolmogorov-Smirnov against the uniform distribution, 0.1% level: 1.95 / sqrt(n).
    gaps = draws.sort().values - torch.arange(1, 3001) / 3000
    assert gaps.abs().max() < 1.95 / 3000**0.5


def test_first_draws_of_neighboring_positions_are_uncorrelated():
    draws = torch.tensor([draw(seed=0, epoch=0, position=p) for p in range(2000)])
    correlation = torch.corrcoef(torch.stack([draws[:-1], draws[1:]]))[0, 1]
    assert correlation.abs() < 4 / 2000**0.5


def test_the_sampler_yields_each_position_once_with_its_epoch():
    sampler = EpochShuffleSampler(10, seed=4)
    assert len(sampler) == 10
    for epoch in (0, 1, 5):
        sampler.set_epoch(epoch)
        assert list(sampler) == [(epoch, position) for position in epoch_permutation(10, seed=4, epoch=epoch)]


def test_a_fixed_shuffle_is_the_order_of_epoch_0_every_time():
    sampler = FixedShuffleSampler(10, seed=3)
    assert isinstance(sampler, SequentialSampler)  # by which Lightning knows what to leave in place
    assert list(sampler) == list(sampler) == epoch_permutation(10, seed=3, epoch=0)
    assert len(sampler) == 10
