"""Lesions: against one made by hand, in a net that is the identity, and what is drawn."""

from copy import deepcopy
from itertools import islice
from math import comb

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from resnet_lab.inspection.lesion import (
    count_random_sets,
    logits_without,
    random_lesions,
    random_sets,
    removable,
    single_lesions,
)
from resnet_lab.model.backbone_parts import blocks

NAMES = [f"layer{stage}.{n}" for stage in (1, 2, 3) for n in range(3)]
SAME_SHAPE = [name for name in NAMES if name not in ("layer2.0", "layer3.0")]


@torch.no_grad()
def test_nothing_removed_is_the_network_bit_for_bit(network, batches):
    for residual in (False, True):
        net = network(residual)
        assert torch.equal(logits_without(net, batches[0][0], ()), net(batches[0][0]))


@pytest.mark.parametrize("residual", [False, True])
@torch.no_grad()
def test_it_is_the_lesion_that_is_made_by_hand(network, batches, residual):
    net = network(residual)
    by_hand = deepcopy(net)
    by_hand.layer1[1] = nn.Identity()
    by_hand.layer3[2] = nn.Identity()
    images, _ = batches[0]
    found = logits_without(net, images, ("layer1.1", "layer3.2"))
    assert torch.equal(found, by_hand(images))
    assert not torch.allclose(found, net(images))


@torch.no_grad()
def test_of_a_block_that_changes_the_shape_the_shortcut_remains(network, batches):
    net = network(True)
    by_hand = deepcopy(net)
    by_hand.layer2[0] = nn.Sequential(net.layer2[0].downsample, nn.ReLU())
    assert torch.equal(logits_without(net, batches[0][0], ("layer2.0",)), by_hand(batches[0][0]))


@torch.no_grad()
def test_where_the_branches_are_zero_no_lesion_is_felt(network, batches):
    """The last BatchNorm of every block has scale 0: on what is not negative, a block is what its shortcut is."""
    net = network(True)
    for block in blocks(net).values():
        nn.init.zeros_(block.bn2.weight)
    images, _ = batches[0]
    intact = net(images)
    for removed in (*((name,) for name in NAMES), SAME_SHAPE):
        assert torch.equal(logits_without(net, images, removed), intact)


@pytest.mark.parametrize(
    ("options", "changing"),
    [
        ({"shortcut_weight": 0.5}, True),
        ({"shortcut_gradient": "stop_gradient"}, True),
        ({"shortcut_span": 1}, True),
        ({"shortcut_gradient": "straight_through"}, False),
        ({"shortcut_weight": 0.0}, False),
    ],
)
def test_blocks_of_a_rung_are_removed_where_a_value_passes_around(network, batches, options, changing):
    net = network(True, **options)
    assert removable(net) == (NAMES if changing else SAME_SHAPE)
    intact, *singles = single_lesions(net, batches)
    assert [lesion.blocks for lesion in singles] == [(name,) for name in removable(net)]
    assert intact.n == 11
    assert len(list(random_lesions(net, batches, draws=1, seed=0))) == len(SAME_SHAPE) - 1


@torch.no_grad()
def test_a_lesion_of_straight_through_is_that_of_the_plain_net(network, batches):
    rung, plain = network(True, shortcut_gradient="straight_through"), network(False)
    for removed in ((), ("layer1.1",), tuple(SAME_SHAPE)):
        assert torch.equal(logits_without(rung, batches[0][0], removed), logits_without(plain, batches[0][0], removed))


@torch.no_grad()
def test_a_lesion_of_span_1_leaves_both_shortcuts(network, batches):
    net = network(True, shortcut_span=1, shortcut_weight=0.5)
    by_hand = deepcopy(net)
    for norm in (by_hand.layer1[1].bn1, by_hand.layer1[1].bn2):
        nn.init.zeros_(norm.weight)
        nn.init.zeros_(norm.bias)
    assert torch.equal(logits_without(net, batches[0][0], ("layer1.1",)), by_hand(batches[0][0]))


def test_a_plain_net_can_do_without_blocks_that_keep_the_shape_alone(network):
    assert removable(network(True)) == NAMES
    assert removable(network(False)) == SAME_SHAPE


@pytest.mark.parametrize("residual", [False, True])
def test_single_lesions_are_those_of_the_whole_network(network, batches, residual):
    """What is kept of the blocks before changes nothing."""
    net = network(residual)
    intact, *singles = single_lesions(net, batches)
    assert (intact.blocks, intact.draw, intact.n) == ((), 0, 11)
    assert [lesion.blocks for lesion in singles] == [(name,) for name in removable(net)]
    assert [lesion.draw for lesion in singles] == list(range(1, len(singles) + 1))
    for lesion in (intact, *singles):
        with torch.no_grad():
            answers = [logits_without(net, images, lesion.blocks).argmax(1) for images, _ in batches]
        correct = sum(int((a == labels).sum()) for a, (_, labels) in zip(answers, batches, strict=True))
        assert (lesion.correct, lesion.accuracy) == (correct, correct / 11)
        assert lesion.shape_changing == len({"layer2.0", "layer3.0"} & set(lesion.blocks))


def test_the_net_is_restored_also_when_nobody_listens_to_the_end_or_an_image_is_wrong(network, batches):
    net = network(True).train()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    assert len(list(islice(single_lesions(net, batches), 3))) == 3
    assert net.training
    assert torch.is_grad_enabled()
    with pytest.raises(RuntimeError):
        list(random_lesions(net, [(torch.zeros(1, 4, 16, 16), torch.zeros(1))], draws=1, seed=0))
    assert all(module.training for module in net.modules())
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    assert list(blocks(net)) == NAMES


def test_twins_lose_the_same_random_blocks(network, batches):
    plain, residual = (list(random_lesions(network(r), batches, draws=2, seed=1)) for r in (False, True))
    assert [lesion.blocks for lesion in plain] == [lesion.blocks for lesion in residual]
    assert all(lesion.shape_changing == 0 for lesion in plain)


def test_all_numbers_come_once_before_any_comes_twice():
    sets = list(random_sets(SAME_SHAPE, draws=3, seed=0))
    assert [len(names) for _, names in sets[:6]] == [2, 3, 4, 5, 6, 7]
    assert [draw for draw, _ in sets[:12]] == [1] * 6 + [2] * 5 + [3]  # there is one set of all seven
    assert len(sets) == count_random_sets(7, 3) == 16
    assert len(set(sets)) == 16


def test_where_there_are_fewer_sets_than_draws_all_are_taken():
    sets = [names for _, names in random_sets("abcd", draws=99, seed=3)]
    assert len(set(sets)) == len(sets) == comb(4, 2) + comb(4, 3) + 1


def test_every_set_is_as_likely():
    """2,000 first pairs of five names: each of the ten pairs within 5 sigma of 200."""
    counts: dict[tuple[str, ...], int] = {}
    for seed in range(2000):
        _, names = next(random_sets("abcde", draws=1, seed=seed))
        counts[names] = counts.get(names, 0) + 1
    assert len(counts) == 10
    assert all(abs(count - 200) < 67 for count in counts.values())


def test_an_unlucky_net_scores_what_it_says(network, batches):
    net = network(True)
    with torch.no_grad():
        net.fc.weight.zero_()
        net.fc.bias.copy_(F.one_hot(torch.tensor(2), 3))
    twos = sum(int((labels == 2).sum()) for _, labels in batches)
    assert {lesion.correct for lesion in single_lesions(net, batches)} == {twos}
