"""The loader: normalised batches, in order, nothing read before it is needed."""

import torch

from resnet_lab.data.images import FromFiles, Images
from resnet_lab.data.keyed import KeyedSampler
from resnet_lab.data.loader import NormalisingLoader
from resnet_lab.data.normalisation import IMAGENET
from resnet_lab.data.pixels import evaluation_transform
from resnet_lab.data.rgb import DecodeRule


def images(cells, n=5):
    return Images(
        FromFiles(cells["functional"][:n], 32, DecodeRule()), list(range(n)), evaluation_transform(32), seed=0
    )


def test_batches_are_normalised_and_complete(cells):
    dataset = images(cells)
    batches = list(NormalisingLoader(dataset, IMAGENET, batch_size=2))
    assert [labels.tolist() for _, labels in batches] == [[0, 1], [2, 3], [4]]
    stacked = torch.stack([dataset[i][0] for i in range(5)])
    assert torch.equal(torch.cat([pixels for pixels, _ in batches]), IMAGENET(stacked))


def test_an_epoch_chosen_after_iter_still_counts(cells):
    sampler = KeyedSampler(5, seed=0)
    loader = NormalisingLoader(images(cells), IMAGENET, batch_size=5, sampler=sampler, num_workers=1)
    iterator = iter(loader)
    sampler.set_epoch(3)
    sampler_order = [position for _, position in sampler]
    assert next(iterator)[1].tolist() == sampler_order
