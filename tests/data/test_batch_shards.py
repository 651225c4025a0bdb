"""Batches dealt to processes: each image once, or as many full batches for all."""

import pytest
from torch.utils.data import DataLoader, SequentialSampler

from resnet_lab.data.batch_shards import DealtSampler, refuse_too_few
from resnet_lab.data.seeding import FixedShuffle, KeyedSampler
from resnet_lab.errors import InputError


def dealt(order, processes, *, evenly):
    return [DealtSampler(order, 4, process=n, processes=processes, evenly=evenly) for n in range(processes)]


def batches(sampler, size=4):
    keys = list(sampler)
    assert len(keys) == len(sampler)
    return [keys[start : start + size] for start in range(0, len(keys), size)]


@pytest.mark.parametrize("size", [8, 9, 11, 12, 13, 40])
@pytest.mark.parametrize("processes", [2, 3])
def test_an_evaluation_sees_each_image_once_in_batches_that_are_whole(size, processes):
    whole = batches(SequentialSampler(range(size)))
    shares = [batches(sampler) for sampler in dealt(SequentialSampler(range(size)), processes, evenly=False)]
    for process, share in enumerate(shares):
        assert share == whole[process::processes]
    assert sorted(key for share in shares for batch in share for key in batch) == list(range(size))


@pytest.mark.parametrize(("size", "steps"), [(8, 1), (15, 1), (16, 2), (27, 3)])
def test_training_takes_as_many_full_batches_in_each_process(size, steps):
    order = KeyedSampler(size, seed=0)
    whole = batches(order)
    samplers = dealt(order, 2, evenly=True)
    for epoch in (0, 3):
        order.set_epoch(epoch)
        whole = batches(order)
        for process, sampler in enumerate(samplers):
            sampler.set_epoch(epoch)
            assert batches(sampler) == whole[process : 2 * steps : 2]
            assert all(len(batch) == 4 for batch in batches(sampler))


def test_what_is_left_out_is_another_in_another_epoch():
    sampler = DealtSampler(KeyedSampler(11, seed=0), 4, process=0, processes=2, evenly=True)
    seen = set()
    for epoch in range(8):
        sampler.set_epoch(epoch)
        seen |= {position for _, position in sampler}
    assert seen == set(range(11))


def test_an_epoch_is_taken_up_within_and_the_next_one_is_whole():
    sampler = DealtSampler(FixedShuffle(16, seed=0), 4, process=1, processes=2, evenly=True)
    whole = list(sampler)
    sampler.first = 4
    assert list(sampler) == whole[4:]
    assert list(sampler) == whole


def test_a_loader_makes_the_same_batches():
    sampler = DealtSampler(SequentialSampler(range(11)), 4, process=0, processes=2, evenly=False)
    assert [batch.tolist() for batch in DataLoader(range(11), 4, sampler=sampler)] == [[0, 1, 2, 3], [8, 9, 10]]


@pytest.mark.parametrize(("evenly", "found"), [(False, "3 batches of 4"), (True, "2 full batches of 4")])
def test_a_split_with_fewer_batches_than_processes_is_refused(evenly, found):
    refuse_too_few("val", 9, 4, 2, evenly=evenly)
    with pytest.raises(InputError) as raised:
        refuse_too_few("val", 9, 4, 4, evenly=evenly)
    assert str(raised.value) == (
        f"The val split has 9 images, which make {found}, and each of the 4 processes needs one: choose a smaller "
        "data.batch_size or fewer trainer.devices."
    )
