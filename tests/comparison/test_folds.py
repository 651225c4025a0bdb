"""Folds of a contrast: read from the configs of its pairs, and judged by the means of the folds."""

import pytest

from resnet_lab.comparison.folds import folds_of
from resnet_lab.errors import InputError
from resnet_lab.statistics.folds import fold_interval


@pytest.fixture
def runs_of(make_run):
    """Return a function that makes pairs, by the fold of each seed."""

    def make(folds):
        return [
            make_run(
                residual,
                seed,
                0.5 + 0.2 * residual + 0.01 * seed * residual,
                changes={"data.fold": fold} if fold else {},
                name=f"{residual}",
            )
            for seed, fold in folds.items()
            for residual in (False, True)
        ]

    return make


def test_every_fold_counts_once_however_many_seeds_it_has(runs_of, compare):
    [finding] = compare(runs_of({0: "1/3", 1: "2/3", 2: "3/3", 3: "1/3"})).findings
    folds = folds_of(finding.contrast)
    assert (folds.number, folds.of_seed, folds.complete) == (3, {0: 1, 1: 2, 2: 3, 3: 1}, True)
    claim = finding.claims[0]
    first, second, third, fourth = claim.differences
    expected = fold_interval([(first + fourth) / 2, second, third], folds.test_share)
    assert (claim.about, claim.folds) == ("folds", 3)
    assert (claim.interval.low, claim.interval.high) == pytest.approx((expected.low, expected.high))
    sizes = finding.contrast.pairs[0][0].status().split_sizes
    assert folds.test_share == pytest.approx(sizes["test"] / (sizes["test"] + sizes["train"]))


def test_one_fold_of_all_pairs_is_a_split_like_any_other(runs_of, compare):
    [finding] = compare(runs_of({0: "2/3", 1: "2/3", 2: "2/3"})).findings
    assert folds_of(finding.contrast) is None
    assert finding.claims[0].about == "new_images"


def test_a_fold_that_no_pair_holds_out_leaves_all_undecided(runs_of, compare):
    [finding] = compare(runs_of({0: "1/4", 1: "2/4", 2: "3/4"})).findings
    assert not folds_of(finding.contrast).complete
    assert finding.claims[0].verdict == "undecided"


@pytest.mark.parametrize("other", [None, "1/5"])
def test_folds_of_several_kinds_are_refused(runs_of, compare, other):
    with pytest.raises(InputError, match="folds of different kinds"):
        compare(runs_of({0: "1/3", 1: "2/3", 2: other}))
