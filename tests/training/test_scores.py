"""Each figure against scikit-learn, or against its definition written out."""

import math

import numpy as np
import pytest
import sklearn.metrics
import torch

from resnet_lab.training.scores import score

CLASSES = ("blank", "crack", "dust")


@pytest.fixture(params=[0, 1, 2])
def predictions(request):
    generator = torch.Generator().manual_seed(request.param)
    logits = 2 * torch.randn(101, 3, generator=generator)
    labels = torch.randint(3, (101,), generator=generator)
    return logits.log_softmax(dim=1), labels


def test_figures_are_scikit_learns(predictions):
    log_p, labels = predictions
    result = score(log_p, labels, CLASSES)
    p, y = log_p.double().exp().numpy(), labels.numpy()
    guesses = p.argmax(axis=1)
    assert result["n"] == 101
    assert result["accuracy"] == sklearn.metrics.accuracy_score(y, guesses)
    assert result["balanced_accuracy"] == pytest.approx(sklearn.metrics.balanced_accuracy_score(y, guesses))
    assert result["loss"] == pytest.approx(sklearn.metrics.log_loss(y, p / p.sum(axis=1, keepdims=True)), rel=1e-6)
    assert result["confusion_matrix"] == sklearn.metrics.confusion_matrix(y, guesses).tolist()
    precision, recall, f1, n = sklearn.metrics.precision_recall_fscore_support(y, guesses)
    for k, name in enumerate(CLASSES):
        figures = result["per_class"][name]
        assert figures["precision"] == pytest.approx(precision[k])
        assert figures["recall"] == pytest.approx(recall[k])
        assert figures["f1"] == pytest.approx(f1[k])
        assert figures["n"] == n[k]


@pytest.mark.parametrize("count", [6, 20])
def test_top5_accuracy_is_scikit_learns_with_more_than_five_classes(count):
    generator = torch.Generator().manual_seed(count)
    log_p = torch.randn(200, count, generator=generator).log_softmax(dim=1)
    labels = torch.randint(count, (200,), generator=generator)
    expected = sklearn.metrics.top_k_accuracy_score(labels.numpy(), log_p.numpy(), k=5, labels=list(range(count)))
    found = score(log_p, labels, [f"class {k}" for k in range(count)])
    assert found["top5_accuracy"] == pytest.approx(expected)
    assert found["accuracy"] < found["top5_accuracy"] < 1


def test_five_classes_have_no_top5_accuracy():
    assert "top5_accuracy" not in score(torch.zeros(4, 5).log_softmax(dim=1), torch.arange(4), "abcde")


@pytest.mark.parametrize("certain", [0, 40])
def test_calibration_error_is_its_definition(predictions, certain):
    """Guo et al. 2017, eq. 3: bins (0, 1/15], (1/15, 2/15] ... of the top-1 confidence, one of them exactly 1."""
    log_p, labels = predictions
    log_p[:certain] = torch.tensor([0.0, -100.0, -100.0])
    p = log_p.double().exp().numpy()
    confidence, correct = p.max(axis=1), p.argmax(axis=1) == labels.numpy()
    expected = 0.0
    for k in range(15):
        inside = (confidence > k / 15) & (confidence <= (k + 1) / 15)
        if inside.any():
            expected += inside.mean() * abs(correct[inside].mean() - confidence[inside].mean())
    assert score(log_p, labels, CLASSES)["calibration_error"] == pytest.approx(expected, abs=1e-6)


def test_perfect_and_uniform_predictions():
    labels = torch.tensor([0, 1, 2, 0])
    certain = torch.full((4, 3), -1000.0)
    certain[torch.arange(4), labels] = 0.0
    perfect = score(certain, labels, CLASSES)
    assert (perfect["accuracy"], perfect["loss"], perfect["calibration_error"]) == (1.0, 0.0, 0.0)
    uniform = score(torch.zeros(4, 3).log_softmax(dim=1), labels, CLASSES)
    assert uniform["loss"] == pytest.approx(math.log(3))


def test_an_absent_class_has_no_recall_and_does_not_count():
    log_p = torch.tensor([[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.6, 0.3, 0.1]]).log()
    result = score(log_p, torch.tensor([0, 1, 1]), CLASSES)
    assert result["per_class"]["dust"] == {"precision": 0.0, "recall": None, "f1": 0.0, "n": 0}
    assert result["balanced_accuracy"] == pytest.approx((1.0 + 0.5) / 2)


def test_everything_is_a_plain_type(predictions):
    def plain(value):
        if isinstance(value, dict):
            return all(map(plain, value.values()))
        if isinstance(value, list):
            return all(map(plain, value))
        return value is None or type(value) in (int, float)

    assert plain(score(*predictions, CLASSES))
    assert not isinstance(score(*predictions, CLASSES)["accuracy"], np.floating)
