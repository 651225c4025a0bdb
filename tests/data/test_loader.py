"""The loader: normalized batches, in order, nothing read before it is needed."""

import pytest
import torch

from resnet_lab.data.labeled_images import FromFiles, LabeledImages
from resnet_lab.data.loader import NormalizingLoader
from resnet_lab.data.normalization import IMAGENET
from resnet_lab.data.pixels import evaluation_transform
from resnet_lab.data.rgb import DecodeRule
from resnet_lab.data.seeding import EpochShuffleSampler


def images(cells, n=5):
    return LabeledImages(
        FromFiles(cells["functional"][:n], 32, DecodeRule()), list(range(n)), evaluation_transform(32), seed=0
    )


def test_batches_are_normalized_and_complete(cells):
    dataset = images(cells)
    batches = list(NormalizingLoader(dataset, IMAGENET, batch_size=2))
    assert [labels.tolist() for _, labels in batches] == [[0, 1], [2, 3], [4]]
    stacked = torch.stack([dataset[i][0] for i in range(5)])
    assert torch.equal(torch.cat([pixels for pixels, _ in batches]), IMAGENET(stacked))


def test_an_epoch_chosen_after_iter_still_counts(cells):
    sampler = EpochShuffleSampler(5, seed=0)
    loader = NormalizingLoader(images(cells), IMAGENET, batch_size=5, sampler=sampler, num_workers=1)
    iterator = iter(loader)
    sampler.set_epoch(3)
    sampler_order = [position for _, position in sampler]
    assert next(iterator)[1].tolist() == sampler_order


@pytest.mark.parametrize("workers", [0, 1])
def test_an_iteration_is_taken_up_where_it_was_left_without_decoding_what_was_seen(cells, workers):
    def loader():
        dataset = images(cells, 7)
        return dataset, NormalizingLoader(
            dataset, IMAGENET, batch_size=2, sampler=EpochShuffleSampler(7, seed=0), num_workers=workers
        )

    _, whole = loader()
    batches = list(whole)
    _, left = loader()
    iterator = iter(left)
    next(iterator)
    next(iterator)
    state = left.state_dict()
    assert state == {"batches": 2}
    dataset, resumed = loader()
    decoded = []
    read = dataset.resized
    dataset.resized = lambda position: decoded.append(position) or read(position)
    resumed.load_state_dict(state)
    rest = list(resumed)
    assert [labels.tolist() for _, labels in rest] == [labels.tolist() for _, labels in batches[2:]]
    assert all(torch.equal(a, b) for (a, _), (b, _) in zip(rest, batches[2:], strict=True))
    # A worker notes what it decodes in a list of its own.
    assert workers or decoded == [position for _, position in EpochShuffleSampler(7, seed=0)][4:]
    assert len(list(resumed)) == 4  # the next iteration is whole again
