"""Epochs and scores that contradict the other files of a run are refused; rounding is not."""

import copy
import math

import pytest
import torch

from resnet_lab.runs.agreement import check_epochs, check_predictions
from resnet_lab.training.scores import score

CLASSES = ("cracked", "good", "worn")


def shares(log_probabilities):
    """Return the probabilities of one image as ``test`` writes them."""
    values = log_probabilities.double().exp().tolist()
    return {f"probability_{name}": f"{value:.9g}" for name, value in zip(CLASSES, values, strict=True)}


@pytest.fixture(scope="module")
def tested():
    """Rows and scores as ``test`` writes them, by its own code, with a class of which there is no image."""
    logits = torch.randn(50, 3, generator=torch.Generator().manual_seed(1)) * 3
    labels = torch.randint(2, (50,), generator=torch.Generator().manual_seed(2))
    log_probabilities = torch.log_softmax(logits, dim=1)
    rows = [
        {
            "path": f"{k}.png",
            "label": CLASSES[label],
            "predicted": CLASSES[values.argmax()],
            **{
                f"probability_{name}": f"{v:.9g}"
                for name, v in zip(CLASSES, values.double().exp().tolist(), strict=True)
            },
        }
        for k, (label, values) in enumerate(zip(labels.tolist(), log_probabilities, strict=True))
    ]
    return rows, score(log_probabilities, labels, CLASSES)


def refused(rows, scores):
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        check_predictions(rows, scores, CLASSES, "best")
    return str(caught.value)


def changed(tested, *keys, value):
    """Return a copy of rows and scores with one value changed."""
    inside = made = copy.deepcopy(list(tested))
    for key in keys[:-1]:
        inside = inside[key]
    inside[keys[-1]] = value
    return made


def test_what_test_writes_agrees(tested):
    check_predictions(*tested, CLASSES, "best")


@pytest.mark.parametrize(
    ("keys", "value", "said"),
    [
        (("n",), 51, "it holds 50 of the 51 images of the best checkpoint"),
        (("accuracy",), 0.99, "another accuracy of the best checkpoint than these predictions: 0.99 and not 0."),
        (("loss",), 0.99, "another loss of the best checkpoint than these predictions: 0.99 and not "),
        (("confusion_matrix", 0, 0), 1, "another confusion_matrix of the best checkpoint"),
        (("per_class", "good", "n"), 1, "another n of good of the best checkpoint than these predictions: 1 and not"),
        (("per_class", "good", "precision"), 0.123, "another precision of good"),
        (("per_class", "cracked", "recall"), 0.123, "another recall of cracked"),
        (("per_class", "cracked", "f1"), 0.123, "another f1 of cracked"),
        (
            ("per_class", "worn", "recall"),
            0.0,
            "another recall of worn of the best checkpoint than these predictions: 0.0 and not None",
        ),
    ],
)
def test_each_score_is_computed_again(tested, keys, value, said):
    assert said in refused(*changed(tested, 1, *keys, value=value))


@pytest.mark.parametrize(("key", "factor", "agrees"), [("loss", 1 + 1e-8, True), ("loss", 1 + 1e-4, False)])
def test_rounding_agrees_and_another_digit_does_not(tested, key, factor, agrees):
    rows, scores = changed(tested, 1, key, value=tested[1][key] * factor)
    if agrees:
        check_predictions(rows, scores, CLASSES, "best")
    else:
        assert "another loss" in refused(rows, scores)


def test_an_image_that_stands_twice_is_refused(tested):
    assert refused(*changed(tested, 0, 7, "path", value="3.png")) == "3.png stands twice under the best checkpoint"


def test_a_label_that_was_changed_is_refused(tested):
    rows, _ = tested
    other = "good" if rows[7]["label"] == "cracked" else "cracked"
    assert "confusion_matrix" in refused(*changed(tested, 0, 7, "label", value=other))
    assert "has the label new, which is no class" in refused(*changed(tested, 0, 7, "label", value="new"))


def test_labels_of_two_images_that_were_swapped_are_refused_by_the_loss(tested):
    """Where both images are predicted alike, no count changes."""
    rows, scores = copy.deepcopy(list(tested))
    a, b = (next(r for r in rows if (r["label"], r["predicted"]) == (label, "good")) for label in ("good", "cracked"))
    a["label"], b["label"] = b["label"], a["label"]
    assert "another loss" in refused(rows, scores)


def test_a_prediction_that_is_not_the_most_probable_class_is_refused(tested):
    """Even if the scores were changed with it."""
    rows, _ = tested
    other = next(name for name in CLASSES if name != rows[7]["predicted"])
    assert "7.png is predicted as" in refused(*changed(tested, 0, 7, "predicted", value=other))


def test_a_probability_that_was_changed_is_refused(tested):
    rows, _ = tested
    key = f"probability_{rows[7]['label']}"
    assert refused(*changed(tested, 0, 7, key, value=f"{float(rows[7][key]) * 0.9:.9g}"))


def test_of_a_probability_that_is_stored_as_zero_a_bound_of_the_loss_is_known(tested):
    logits = torch.tensor([[0.0, 900.0, 0.0], [3.0, 0.0, 0.0]])
    labels = torch.tensor([0, 0])
    log_probabilities = torch.log_softmax(logits, dim=1)
    rows = [
        {"path": str(k), "label": "cracked", "predicted": predicted} | shares(values)
        for k, (predicted, values) in enumerate(zip(("good", "cracked"), log_probabilities, strict=True))
    ]
    assert rows[0]["probability_cracked"] == "0"
    scores = score(log_probabilities, labels, CLASSES)
    check_predictions(rows, scores, CLASSES, "best")
    assert "another loss" in refused(rows, {**scores, "loss": 100.0})


def test_a_probability_that_is_no_number_is_refused(tested):
    """Where it was the network that diverged, the scores say so too, and the run is not asked for its predictions."""
    assert refused(*changed(tested, 0, 7, "probability_good", value="nan")) == (
        "7.png has a probability that is no number under the best checkpoint"
    )


@pytest.mark.parametrize("epochs", [[1.0], [1.0, 2.0, 3.0]])
def test_epochs_from_one_to_the_last_are_whole(epochs):
    check_epochs(epochs, len(epochs))
    with pytest.raises(ValueError, match=f"of {len(epochs) + 1} epochs it lacks {len(epochs) + 1}"):
        check_epochs(epochs, len(epochs) + 1)


def test_an_epoch_that_is_no_whole_number_is_refused():
    with pytest.raises(ValueError, match=r"of 2 epochs it lacks 2"):
        check_epochs([1.0, math.nan], 2)
