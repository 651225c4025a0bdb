"""Descriptions of curves follow the curves, for one seed and for several, and test nothing."""

import pytest

from resnet_lab.files import write_csv
from resnet_lab.report.curve_sentences import curve_sentences, lead_changes
from resnet_lab.report.words import LANGUAGES, load_words


@pytest.fixture
def described(make_run, compare):
    """Return what describes the arms of given validation accuracies and losses by epoch, one list per arm."""

    def of(accuracies, losses, language="en"):
        runs = [make_run(False), make_run(True)]
        for run, accuracy, loss in zip(runs, accuracies, losses, strict=True):
            rows = run.metrics()[: len(accuracy)]
            columns = {"val/accuracy": accuracy, "val/loss": loss}
            rows = [{**row, **{tag: of[k] for tag, of in columns.items()}} for k, row in enumerate(rows)]
            write_csv(run.metrics_path, rows[0].keys(), rows)
        [finding] = compare(runs).findings
        return curve_sentences(finding.arms, load_words(language))

    return of


FALLING = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4]
RISING = [0.3, 0.4, 0.5, 0.6, 0.7, 0.8]


def test_an_arm_that_is_always_ahead_is_said_to_be(described):
    lower = [value - 0.1 for value in RISING]
    said = described((lower, RISING), (FALLING, FALLING))
    assert said[0] == (
        "ResNet-34 has the higher validation accuracy from the first epoch to the last, where it reaches 0.800 against "
        "0.700 of Plain-34."
    )
    assert described((RISING, lower), (FALLING, FALLING))[0].startswith("Plain-34 has the higher validation accuracy")


def test_curves_that_cross_are_told_with_their_epochs(described):
    other = [0.2, 0.5, 0.4, 0.7, 0.6, 0.7]
    said = described((RISING, other), (FALLING, FALLING))[0]
    assert said == (
        "The curves of validation accuracy cross 4 times, last in epoch 5; ResNet-34 is ahead in 2 of 6 epochs. At the "
        "end, Plain-34 is ahead with 0.800 against 0.700."
    )
    assert "cross in epochs 2 and 3;" in described((RISING, [0.2, 0.5, 0.4, 0.5, 0.6, 0.7]), (FALLING, FALLING))[0]
    assert "cross in epoch 2;" in described((RISING, [0.2, 0.5, 0.6, 0.7, 0.8, 0.9]), (FALLING, FALLING))[0]


def test_loss_that_rises_again_is_told_and_loss_that_falls_is_no_overfitting(described):
    risen = [0.9, 0.7, 0.5, 0.6, 0.65, 0.7]
    said = described((RISING, RISING), (risen, FALLING))
    assert "Validation loss of Plain-34 is lowest in epoch 3, and 0.200 nats higher at the end." in said
    assert "Validation loss of ResNet-34 ends close to its lowest value, so no overfitting shows." in said
    hardly = [0.9, 0.7, 0.5, 0.499, 0.498, 0.5]
    said = described((RISING, RISING), (hardly, FALLING))
    assert "Validation loss of Plain-34 and ResNet-34 ends close to its lowest value, so no overfitting shows." in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_most_frequent_class_is_named_with_its_share_and_the_distance_to_it(described, language):
    said = described((RISING, [1 / 3] * 6), (FALLING, FALLING), language)[-1]
    assert "33.3%" in said
    assert "+46.7" in said
    assert "+0.0" in said


def test_of_one_arm_there_is_no_lead(one_arm):
    said = curve_sentences(one_arm.findings[0].arms, load_words("en"))
    assert len(said) == 2
    assert "ahead" not in " ".join(said)


def test_an_equal_epoch_changes_no_lead():
    assert lead_changes({1: 0.1, 2: 0.2, 3: 0.3}, {1: 0.2, 2: 0.2, 3: 0.4}) == ([1, 3], [])
