"""Images that one arm classifies correctly in more seeds than the other, counted by hand."""

import pytest

from resnet_lab.comparison.disagreements import disagreements, same_images
from resnet_lab.files import write_csv
from resnet_lab.runs import Run

COLUMNS = ("checkpoint", "path", "label", "predicted")


@pytest.fixture
def tested(tmp_path):
    """Return what makes a run of the predictions of its best checkpoint, all of images of class a."""

    def make(name: str, guesses: dict[str, str]) -> Run:
        run = Run(tmp_path / name)
        rows = [dict(zip(COLUMNS, ("best", path, "a", guess), strict=True)) for path, guess in guesses.items()]
        other = [{**row, "checkpoint": "last", "predicted": "b"} for row in rows]
        write_csv(run.path / "test" / "predictions.csv", COLUMNS, rows + other)
        return run

    return make


def of(guesses):
    """Return the guess of each image, by its number from 1."""
    return {str(place): guess for place, guess in enumerate(guesses, start=1)}


def test_images_are_ordered_by_the_lead_and_equal_ones_left_out(tested):
    pairs = {
        0: (tested("c0", of("abab")), tested("t0", of("aaba"))),
        1: (tested("c1", of("acaa")), tested("t1", of("baab"))),
    }
    found = disagreements(pairs)
    assert [(image.path, image.lead, image.right) for image in found] == [
        ("2", 2, (0, 2)),
        ("1", -1, (2, 1)),
        ("3", -1, (2, 1)),
    ]
    assert (found[0].label, found[0].control, found[0].treated) == ("a", ("b", "c"), ("a", "a"))


def test_pairs_on_other_images_are_told_apart(tested):
    alike, other = {"1": "a", "2": "a"}, {"1": "a", "3": "a"}
    pairs = {
        0: (tested("c0", alike), tested("t0", alike)),
        1: (tested("c1", alike), tested("t1", other)),
        2: (tested("c2", other), tested("t2", other)),
    }
    assert list(same_images(pairs)) == [0]
