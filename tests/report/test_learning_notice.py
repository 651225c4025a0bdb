"""Networks that have learned nothing are named first, in both languages."""

import pytest

from resnet_lab.report.compose import compose
from resnet_lab.report.learning_notice import learning_notice
from resnet_lab.report.words import load_words

IDLE = 0.28  # of three classes of equal size, with a spread of two images


@pytest.fixture
def results_of(make_run, compare):
    """Return a function that compares three pairs with the accuracies of both arms."""
    return lambda *accuracies: compare(
        [make_run(bool(arm), seed, accuracies[arm]) for seed in range(3) for arm in (0, 1)]
    )


@pytest.mark.parametrize(
    ("language", "said", "where"),
    [
        ("en", "No network here has learned anything", "Neither arm has learned anything (Plain-34, ResNet-34)"),
        ("id", "Tidak satu pun jaringan", "Kedua model tidak mempelajari apa pun (Plain-34, ResNet-34)"),
    ],
)
def test_arms_without_learning_are_the_first_line(results_of, language, said, where):
    document = compose(results_of(IDLE, IDLE), load_words(language), pictures=False)
    assert document.opening[0].text.startswith(said)
    assert document.opening[0].points[0].startswith(where)


def test_a_single_arm_that_learned_nothing_is_named_by_its_runs(results_of):
    notice = learning_notice(results_of(IDLE, 0.8), load_words("en"))
    assert notice.text.startswith("Some networks have learned nothing")
    [point] = notice.points
    assert "plain34/version_0, plain34/version_1, plain34/version_2; always predicting " in point
    assert point.endswith("is right in 33.3%.")


def test_networks_that_learned_have_no_notice(three_seeds, one_arm):
    assert learning_notice(three_seeds, load_words("en")) is None
    assert learning_notice(one_arm, load_words("en").of_one_arm()) is None
