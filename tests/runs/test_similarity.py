"""Maps of similarity: which pairs of networks are taken, and their mean; files are found by checksum."""

import numpy as np
import pytest
from fixtures.run_folders import BLOCKS, write_similarities

from resnet_lab.runs.similarity import network_identity, similarity_maps


def code(run, partner, i, j):
    return round(0.1 * run + 0.01 * partner + 0.001 * i + 0.0001 * j, 4)


@pytest.fixture
def arms(make_run):
    runs = [make_run(residual, seed) for residual in (False, True) for seed in range(2)]
    write_similarities(runs, code)
    return {"plain": runs[:2], "residual": runs[2:]}


def test_pairs_of_different_seeds_make_all_three_maps(arms):
    maps = similarity_maps(arms, "best")
    assert [(one.arms, one.kind, one.pairs) for one in maps] == [
        (("plain", "plain"), "seeds", 1),
        (("plain", "residual"), "seeds", 2),
        (("residual", "residual"), "seeds", 1),
    ]
    assert maps[1].blocks == (BLOCKS, BLOCKS)
    # plain 0 with residual 1 and plain 1 with residual 0; the file of the residual run has them, turned
    expected = [[(code(3, 0, j, i) + code(2, 1, j, i)) / 2 for j in range(3)] for i in range(3)]
    assert maps[1].values == pytest.approx(np.array(expected))
    assert maps[1].corresponding == pytest.approx(np.mean(np.diagonal(expected)))


def test_with_one_seed_the_maps_say_what_they_are(arms):
    maps = similarity_maps({arm: runs[:1] for arm, runs in arms.items()}, "best")
    assert [one.kind for one in maps] == ["itself", "twins", "itself"]
    assert maps[0].values[0, 1] == code(0, 0, 0, 1)


def test_runs_are_found_by_checksum_when_they_were_moved(arms):
    before = similarity_maps(arms, "best")[1].values
    arms["plain"][0].path.rename(arms["plain"][0].path.with_name("version_77"))
    arms["plain"][0] = type(arms["plain"][0])(arms["plain"][0].path.with_name("version_77"))
    assert (similarity_maps(arms, "best")[1].values == before).all()


def test_a_network_that_was_measured_again_by_another_checkpoint_is_in_no_pair_of_the_old_one(arms):
    path = arms["plain"][0].path / "inspect" / "inspect.json"
    path.write_text(path.read_text().replace("sum000000000", "another_one_"))
    maps = similarity_maps(arms, "best")
    assert [(one.kind, one.pairs) for one in maps] == [("itself", 1), ("seeds", 1), ("seeds", 1)]
    assert maps[1].values[0, 1] == code(2, 1, 1, 0)


def test_nothing_measured_is_no_map(make_run, arms):
    assert similarity_maps({"plain": [make_run(False)]}, "best") == []
    assert similarity_maps(arms, "last") == []


def test_a_missing_value_is_left_out_of_the_mean(make_run):
    runs = [make_run(False, seed) for seed in range(3)]
    write_similarities(runs, lambda run, partner, i, j: "" if i == 0 and (j == 0 or run == 2) else 0.5)
    [one] = similarity_maps({"plain": runs}, "best")
    assert one.pairs == 3
    assert np.isnan(one.values[0, 0])
    assert one.values[0, 1] == 0.5
    assert one.corresponding == 0.5


def test_a_checkpoint_of_version_0_1_has_no_checksum():
    assert network_identity(None, "plain34/version_0") == "plain34/version_0"
    assert network_identity("0123456789abcdef", "plain34/version_0") == "0123456789ab"
