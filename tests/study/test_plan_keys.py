"""Keys that fix the judgment in advance: what they mean, and what is refused by name."""

from collections import Counter
from pathlib import Path

import pytest

from resnet_lab.errors import InputError
from resnet_lab.study.plan_keys import fold_of, read_folds, read_looks, read_question, read_worth

PATH = Path("mine.yaml")
SEEDS = tuple(range(1, 13))


def test_what_the_file_does_not_name_is_not_planned():
    assert read_looks(None, SEEDS, PATH) == ()
    assert read_worth(None, PATH) is None
    assert read_question(None, PATH) == "accuracy"
    assert read_folds(None, SEEDS, (), PATH) is None


def test_points_become_a_share_and_the_rest_stays():
    assert read_looks([6, 9, 12], SEEDS, PATH) == (6, 9, 12)
    assert read_worth(1.5, PATH) == pytest.approx(0.015)
    assert read_question("degradation", PATH) == "degradation"
    assert read_folds(5, SEEDS, (6,), PATH) == 5


@pytest.mark.parametrize("folds", [2, 3, 5, 7])
def test_seeds_in_a_row_hold_out_every_fold_equally_often(folds):
    counts = Counter(fold_of(seed, folds) for seed in range(4, 4 + 3 * folds))
    assert counts == dict.fromkeys(range(1, folds + 1), 3)
    assert all(fold_of(seed, folds) % folds == seed % folds for seed in range(100))


@pytest.mark.parametrize(
    ("read", "message"),
    [
        (lambda: read_looks(6, SEEDS, PATH), "looks of mine.yaml is 6; it must be a list of numbers of pairs: looks:"),
        (lambda: read_looks([], SEEDS, PATH), "looks of mine.yaml is []; it must be a list"),
        (lambda: read_looks([6, True], SEEDS, PATH), "looks of mine.yaml is [6, True]; it must be a list"),
        (lambda: read_looks([6, 6], SEEDS, PATH), "looks of mine.yaml are [6, 6]; they must ascend and begin at 3 "),
        (lambda: read_looks([2, 6], SEEDS, PATH), "looks of mine.yaml are [2, 6]; they must ascend and begin at 3 "),
        (
            lambda: read_looks([6, 13], SEEDS, PATH),
            "The last look of mine.yaml is at 13 pairs, and the number of its seeds is 12",
        ),
        (lambda: read_worth(0, PATH), "worth of mine.yaml is 0; it must be a number of points above zero: worth: 1.0."),
        (lambda: read_worth(True, PATH), "worth of mine.yaml is True; it must be a number of points"),
        (lambda: read_worth(float("nan"), PATH), "worth of mine.yaml is nan; it must be a number of points"),
        (
            lambda: read_question("degredation", PATH),
            "the question degredation, by which no arms can be judged; did you mean deg",
        ),
        (
            lambda: read_question(7, PATH),
            "mine.yaml asks the question 7, by which no arms can be judged; there is accuracy, l",
        ),
        (lambda: read_folds(1, SEEDS, (), PATH), "folds of mine.yaml is 1; it must be a whole number of 2 or more: f"),
        (lambda: read_folds("5", SEEDS, (), PATH), "folds of mine.yaml is 5; it must be a whole number of 2 or more"),
        (
            lambda: read_folds(5, (0, 5, 10), (), PATH),
            "No seed of mine.yaml holds out fold 1 of 5: seed s holds out fo",
        ),
        (
            lambda: read_folds(5, SEEDS, (4, 6), PATH),
            "No seed of mine.yaml holds out fold 5 of 5 before its first look, at 4 pairs: seed s holds out fold s mod",
        ),
    ],
)
def test_a_wrong_value_is_refused_by_name(read, message):
    with pytest.raises(InputError) as error:
        read()
    assert message in str(error.value)
