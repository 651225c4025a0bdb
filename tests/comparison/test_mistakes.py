"""Images that most seeds misclassify, counted by hand."""

import pytest

from resnet_lab.comparison.mistakes import mistakes
from resnet_lab.files import write_csv
from resnet_lab.runs import Run

COLUMNS = ("checkpoint", "path", "label", "predicted", "probability_a", "probability_b", "probability_c")


@pytest.fixture
def tested(tmp_path):
    """Return what makes a run of the predictions of its best checkpoint for images 1, 2, ... of class a."""

    def make(guesses: str, probabilities) -> Run:
        run = Run(tmp_path / f"run {len(list(tmp_path.iterdir()))}")
        rows = [
            dict(zip(COLUMNS, ("best", str(place), "a", guess, p, 0, 1 - p), strict=True))
            for place, (guess, p) in enumerate(zip(guesses, probabilities, strict=True), start=1)
        ]
        other = [{**row, "checkpoint": "last", "predicted": "b"} for row in rows]
        write_csv(run.path / "test" / "predictions.csv", COLUMNS, rows + other)
        return run

    return make


def test_images_of_most_seeds_are_ordered_by_seeds_and_then_by_probability(tested):
    runs = {
        3: tested("abbab", (0.9, 0.3, 0.4, 0.9, 0.2)),
        5: tested("acbab", (0.9, 0.2, 0.1, 0.8, 0.2)),
        7: tested("abaca", (0.9, 0.4, 0.5, 0.1, 0.9)),
    }
    found = mistakes(runs)
    assert [(image.path, image.label, image.predicted, image.wrong) for image in found] == [
        ("2", "a", ("b", "c", "b"), 3),
        ("3", "a", ("b", "b", "a"), 2),
        ("5", "a", ("b", "b", "a"), 2),
    ]
    assert [image.probability for image in found] == pytest.approx([0.3, 1 / 3, 1.3 / 3])


def test_an_image_that_some_seeds_were_tested_on_counts_over_these_seeds(tested, tmp_path):
    runs = {0: tested("ab", (0.9, 0.3)), 1: tested("aba", (0.8, 0.1, 0.9)), 2: tested("abb", (0.9, 0.2, 0.4))}
    assert [(image.path, image.predicted) for image in mistakes(runs)] == [("2", ("b", "b", "b"))]
    only = {0: runs[0], 1: tested("aab", (0.9, 0.8, 0.1))}
    assert [(image.path, image.predicted) for image in mistakes(only)] == [("3", ("b",))]


def test_half_of_the_seeds_are_not_most(tested):
    runs = {0: tested("ba", (0.1, 0.9)), 1: tested("aa", (0.9, 0.9))}
    assert mistakes(runs) == []
    assert [image.path for image in mistakes({0: runs[0]})] == ["1"]
