"""Batches dealt to ranks: each image once, or equally many full batches per rank."""

import pytest
from torch.utils.data import DataLoader, SequentialSampler

from resnet_lab.data.batch_shards import BatchShardSampler, refuse_too_few_batches
from resnet_lab.data.seeding import EpochShuffleSampler, FixedShuffleSampler
from resnet_lab.errors import InputError


def shards(order, world_size, *, drop_last):
    return [
        BatchShardSampler(order, 4, rank=rank, world_size=world_size, drop_last=drop_last) for rank in range(world_size)
    ]


def batches(sampler, size=4):
    keys = list(sampler)
    assert len(keys) == len(sampler)
    return [keys[start : start + size] for start in range(0, len(keys), size)]


@pytest.mark.parametrize("size", [8, 9, 11, 12, 13, 40])
@pytest.mark.parametrize("world_size", [2, 3])
def test_an_evaluation_sees_each_image_once_in_batches_that_are_whole(size, world_size):
    whole = batches(SequentialSampler(range(size)))
    shares = [batches(sampler) for sampler in shards(SequentialSampler(range(size)), world_size, drop_last=False)]
    for rank, share in enumerate(shares):
        assert share == whole[rank::world_size]
    assert sorted(key for share in shares for batch in share for key in batch) == list(range(size))


@pytest.mark.parametrize(("size", "steps"), [(8, 1), (15, 1), (16, 2), (27, 3)])
def test_training_takes_as_many_full_batches_in_each_process(size, steps):
    order = EpochShuffleSampler(size, seed=0)
    whole = batches(order)
    samplers = shards(order, 2, drop_last=True)
    for epoch in (0, 3):
        order.set_epoch(epoch)
        whole = batches(order)
        for rank, sampler in enumerate(samplers):
            sampler.set_epoch(epoch)
            assert batches(sampler) == whole[rank : 2 * steps : 2]
            assert all(len(batch) == 4 for batch in batches(sampler))


def test_what_is_left_out_is_another_in_another_epoch():
    sampler = BatchShardSampler(EpochShuffleSampler(11, seed=0), 4, rank=0, world_size=2, drop_last=True)
    seen = set()
    for epoch in range(8):
        sampler.set_epoch(epoch)
        seen |= {position for _, position in sampler}
    assert seen == set(range(11))


def test_an_epoch_is_taken_up_within_and_the_next_one_is_whole():
    sampler = BatchShardSampler(FixedShuffleSampler(16, seed=0), 4, rank=1, world_size=2, drop_last=True)
    whole = list(sampler)
    sampler.skip = 4
    assert list(sampler) == whole[4:]
    assert list(sampler) == whole


def test_a_loader_makes_the_same_batches():
    sampler = BatchShardSampler(SequentialSampler(range(11)), 4, rank=0, world_size=2, drop_last=False)
    assert [batch.tolist() for batch in DataLoader(range(11), 4, sampler=sampler)] == [[0, 1, 2, 3], [8, 9, 10]]


@pytest.mark.parametrize(("drop_last", "found"), [(False, "3 batches of 4"), (True, "2 full batches of 4")])
def test_a_split_with_fewer_batches_than_processes_is_refused(drop_last, found):
    refuse_too_few_batches("val", 9, 4, 2, drop_last=drop_last)
    with pytest.raises(InputError) as raised:
        refuse_too_few_batches("val", 9, 4, 4, drop_last=drop_last)
    assert str(raised.value) == (
        f"The val split has 9 images, which make {found}, and each of the 4 processes needs one: choose a smaller "
        "data.batch_size or fewer trainer.devices."
    )
