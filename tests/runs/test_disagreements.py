"""Images that one arm classifies correctly in more seeds than the other, counted by hand."""

import pytest

from resnet_lab.errors import InputError
from resnet_lab.files import write_csv, write_json
from resnet_lab.runs import Run
from resnet_lab.runs.disagreements import disagreements, disputed_images, same_images

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


def seeded(run, arm, seed):
    write_json(run.path / "status.json", {"format": 1, "status": "finished", "arm": arm, "seed": seed})
    return run


def test_disputed_images_are_those_of_both_sides_with_the_greatest_leads(tested):
    guesses = {  # images 1 and 2: the treated arm leads by 2, 1; 3: nobody; 4, 5, 6: the control leads by 1, 2, 2
        ("c", 0): "bbaaaa",
        ("c", 1): "baaaaa",
        ("t", 0): "aaaabb",
        ("t", 1): "aaabbb",
    }
    runs = [seeded(tested(f"{arm}{seed}", of(said)), arm, seed) for (arm, seed), said in guesses.items()]
    alone = seeded(tested("c2", of("bbbbbb")), "c", 2)  # a seed without a partner counts in no lead
    assert disputed_images([*runs, alone], 12) == ["1", "5", "6", "2", "4"]
    assert disputed_images([*reversed(runs)], 12) == ["1", "5", "6", "2", "4"]
    assert disputed_images(runs, 1) == ["1", "5"]


def test_disputed_images_need_tested_runs_of_two_arms_that_disagree(tested, tmp_path):
    first, other, second = (seeded(tested(name, of("ab")), name[0], int(name[1])) for name in ("c0", "t1", "c1"))
    two_arms = "give runs of two arms with equal seeds"
    for runs, said in (
        ([first, second], two_arms),
        ([first, other], two_arms),
        ([other, second], "leave attention out"),
        ([first, seeded(Run(tmp_path / "t0"), "t", 0)], "t0 was not tested"),
    ):
        with pytest.raises(InputError, match=said):
            disputed_images(runs, 12)
