"""Linear probes against numpy's least squares, leave-one-out by hand, and networks with a known answer."""

import numpy as np
import pytest
import torch

from resnet_lab.inspection.linear_probe import PROBES, ProbeStatistics, probe_accuracies
from resnet_lab.inspection.measurement import INITIAL, profile_rows
from resnet_lab.model.backbone_parts import blocks, stem


def data(n, features, classes=3, seed=0, offset=0.0):
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(classes, (n,), generator=generator)
    centers = torch.randn(classes, features, generator=torch.Generator().manual_seed(9))
    return centers[labels] + torch.randn(n, features, generator=generator) + offset, labels


def fitted(x, labels, penalties, classes=3, sizes=(7, 20)):
    statistics = ProbeStatistics(classes)
    for part, of in zip(x.split(sizes[1]), labels.split(sizes[1]), strict=True):
        statistics.add(part, of)
    return statistics.fit(penalties)


@pytest.mark.parametrize("penalty", [1e-3, 0.5, 30.0])
def test_scores_are_those_of_ridge_regression_by_numpy(penalty):
    """Ridge is least squares with rows sqrt(n p) I below the standardized features, and zeros below the targets."""
    x, labels = data(60, 8, offset=3.0)
    new, _ = data(15, 8, seed=4, offset=3.0)
    probe = fitted(x, labels, [penalty])
    a, y = x.double().numpy(), np.eye(3)[labels.numpy()]
    mean, scale = a.mean(0), a.std(0)
    below = np.sqrt(60 * penalty) * np.eye(8)
    weight = np.linalg.lstsq(
        np.vstack([(a - mean) / scale, below]), np.vstack([y - y.mean(0), np.zeros((8, 3))]), rcond=None
    )[0]
    expected = (new.double().numpy() - mean) / scale @ weight + y.mean(0)
    assert probe(new).numpy() == pytest.approx(expected, rel=1e-8)
    assert probe.penalty == penalty


def test_the_penalty_is_that_of_generalized_cross_validation_by_the_hat_matrix():
    x, labels = data(40, 30)
    a, y = x.double().numpy(), np.eye(3)[labels.numpy()]
    a = (a - a.mean(0)) / a.std(0)
    y = y - y.mean(0)

    def error(penalty):
        hat = a @ np.linalg.solve(a.T @ a + 40 * penalty * np.eye(30), a.T) + 1 / 40
        return np.sum((y - hat @ y) ** 2) / 40 / (1 - np.trace(hat) / 40) ** 2

    penalties = [1e-3, 1e-2, 0.1, 0.3, 1.0, 3.0, 10.0]
    assert fitted(x, labels, penalties).penalty == min(penalties, key=error)
    assert min(penalties, key=error) not in (penalties[0], penalties[-1])  # else the test would be of an end


def test_batches_and_a_large_mean_change_no_score():
    x, labels = data(60, 8)
    plain, far = fitted(x.double(), labels, [0.1]), fitted(x.double() + 1e6, labels, [0.1], sizes=(0, 11))
    assert far(x.double() + 1e6).numpy() == pytest.approx(plain(x.double()).numpy(), abs=1e-7)


def test_more_features_than_images_and_constant_ones_are_fitted():
    x, labels = data(20, 50)
    x[:, 3] = 7.0
    scores = fitted(x, labels, [1e-4, 1.0])(x)
    assert torch.isfinite(scores).all()
    assert (scores.argmax(1) == labels).all()
    alone = ProbeStatistics(3)
    alone.add(x[:1], labels[:1])  # no degree of freedom is left
    probe = alone.fit()
    assert probe.penalty == 100
    assert int(probe(x[:1]).argmax()) == int(labels[0])


@torch.no_grad()
def test_features_are_the_outputs_of_blocks_averaged_over_pixels(network):
    """Scored by numpy on features that are computed one block after another."""
    net = network(True)
    x = torch.randn(40, 3, 16, 16, generator=torch.Generator().manual_seed(3))
    labels = torch.arange(40) % 3
    training, held_out = [(x[:15], labels[:15]), (x[15:30], labels[15:30])], [(x[30:], labels[30:])]
    found = probe_accuracies(net, training, held_out)
    features = stem(net, x)
    for name, block in blocks(net).items():
        features = block(features)
        pooled = features.mean(dim=(2, 3)).double().numpy()
        mean, scale = pooled[:30].mean(0), pooled[:30].std(0)
        scale[scale == 0] = 1
        a, (accuracy, penalty) = (pooled - mean) / scale, found[name]
        y = np.eye(3)[labels[:30].numpy()]
        weight = np.linalg.solve(a[:30].T @ a[:30] / 30 + penalty * np.eye(a.shape[1]), a[:30].T @ (y - y.mean(0)) / 30)
        assert accuracy == np.mean(np.argmax(a[30:] @ weight + y.mean(0), axis=1) == labels[30:].numpy()), name


def test_a_class_that_the_pixels_show_is_read_after_every_block(network):
    """Images of one brightness per class."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(60) % 3
    images = labels[:, None, None, None].float() + 0.05 * torch.randn(60, 3, 16, 16, generator=generator)
    found = probe_accuracies(network(True), [(images[:40], labels[:40])], [(images[40:], labels[40:])])
    assert len(found) == 9
    assert all(accuracy == 1 for accuracy, _ in found.values())
    shuffled = labels[torch.randperm(60, generator=generator)]
    found = probe_accuracies(network(True), [(images[:40], shuffled[:40])], [(images[40:], shuffled[40:])])
    assert all(accuracy < 0.75 for accuracy, _ in found.values())


def test_a_probe_is_blind_to_held_out_labels(network, batches):
    net = network(False)
    one, other = (
        probe_accuracies(net, batches[:1], [(batches[1][0], labels)]) for labels in (batches[1][1], batches[1][1] * 0)
    )
    assert [penalty for _, penalty in one.values()] == [penalty for _, penalty in other.values()]


def test_the_printed_line_has_both_ends_and_the_highest_accuracy():
    rows = [
        {**row, "n": 200, "fitted": fitted_on}
        for which, fitted_on in ((INITIAL, 1000), ("best", 900))
        for row in profile_rows(
            {"layer1.0": 0.5, "layer1.1": 0.75, "layer2.0": 0.625},
            checkpoint=which,
            name_column="block",
            value_column="accuracy",
        )
    ]
    ends = "accuracy 50.0% after the first block, 62.5% after the last, highest 75.0% (layer1.1)"
    assert PROBES.summarize(rows) == f"at initialization {ends}; after training {ends}; 200 images, fitted on 900"
