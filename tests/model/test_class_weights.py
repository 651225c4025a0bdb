"""Class weights against scikit-learn and against the names that a user may write."""

import math
from unicodedata import normalize

import numpy as np
import pytest
import torch
from sklearn.utils.class_weight import compute_class_weight

from resnet_lab.errors import InputError
from resnet_lab.model.class_weights import balanced_weights, named_weights, weights_by_class

CLASSES = ("Dent", "ok", "rust")


def test_balanced_weights_are_scikit_learns():
    labels = [0] * 7 + [1] * 20 + [2] * 3
    expected = compute_class_weight("balanced", classes=np.arange(3), y=np.array(labels))
    np.testing.assert_allclose(balanced_weights([7, 20, 3]).numpy(), expected, rtol=1e-6)


def test_named_weights_are_scikit_learns():
    expected = compute_class_weight({"rust": 3.0, "Dent": 0.5}, classes=np.array(CLASSES), y=np.array(CLASSES))
    np.testing.assert_allclose(named_weights({"rust": 3.0, "Dent": 0.5}, CLASSES).numpy(), expected)


def test_a_number_of_yaml_and_either_unicode_form_are_names():
    classes = ("0", "1", normalize("NFD", "caf\u00e9"))
    assert named_weights({1: 2.0, normalize("NFC", "caf\u00e9"): 3.0}, classes).tolist() == [1.0, 2.0, 3.0]
    both = (normalize("NFC", "\u00e9"), normalize("NFD", "\u00e9"))
    assert named_weights({both[0]: 2.0, both[1]: 3.0}, both).tolist() == [2.0, 3.0]


@pytest.mark.parametrize("weights", ["none", {}])
def test_without_weights_there_is_no_tensor(weights):
    assert weights_by_class(weights, CLASSES, [1, 2, 3]) is None


def test_each_kind_of_weights():
    assert torch.equal(weights_by_class("balanced", None, [1, 2, 3]), balanced_weights([1, 2, 3]))
    assert weights_by_class({"ok": 2}, CLASSES, None).tolist() == [1.0, 2.0, 1.0]


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        ({"Rust": 3}, "model.class_weights has Rust, which is no class; did you mean rust?"),
        ({"ok": 3, "dnet": 3}, "model.class_weights has dnet, which is no class; did you mean Dent?"),
        ({"scratch": 3}, "model.class_weights has scratch, which is no class; the classes are Dent, ok, rust."),
        ({True: 3}, "model.class_weights has True, which is no class"),
        ({"rust": 0}, "model.class_weights has 0 for rust; a weight must be above 0 and finite"),
        ({"rust": -1}, "model.class_weights has -1 for rust"),
        ({"rust": math.inf}, "model.class_weights has inf for rust"),
        ({"rust": math.nan}, "model.class_weights has nan for rust"),
    ],
)
def test_what_is_no_weight_of_a_class_is_refused(weights, said):
    with pytest.raises(InputError) as refused:
        weights_by_class(weights, CLASSES, None)
    assert said in str(refused.value)


def test_a_message_names_no_thousand_classes():
    with pytest.raises(InputError, match=r"the classes are 0, 1, .*, 19, \.\.\.\.$"):
        named_weights({"rust": 3}, [str(k) for k in range(1000)])


def test_what_is_missing_is_named():
    with pytest.raises(InputError, match="class_weights is balanced, so class_counts are needed"):
        weights_by_class("balanced", CLASSES, None)
    with pytest.raises(InputError, match="class_weights names classes, so classes are needed"):
        weights_by_class({"rust": 3}, None, [1, 2, 3])
