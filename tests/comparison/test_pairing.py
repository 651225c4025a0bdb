"""Pairing: cells, factors and pairs, and the runs that are left out or refused."""

import pytest

from resnet_lab.comparison.pairing import pair
from resnet_lab.errors import InputError

FACTOR = "model.residual"


def pairs(contrast):
    return {seed: tuple(run.label for run in runs) for seed, runs in contrast.pairs.items()}


def test_arms_are_paired_seed_by_seed_and_the_plain_one_is_the_control(make_run):
    runs = [make_run(residual, seed) for residual in (True, False) for seed in (10, 2)]
    pairing = pair(runs, FACTOR)
    [contrast] = pairing.contrasts
    assert pairing.values == (False, True)
    assert contrast.arms == ("Plain-34", "ResNet-34")
    assert pairs(contrast) == {
        2: ("plain34/version_1", "resnet34/version_1"),
        10: ("plain34/version_0", "resnet34/version_0"),
    }
    assert list(contrast.pairs) == [2, 10]
    assert (pairing.axis, contrast.axis_value, contrast.unpaired, pairing.alone) == ((), {}, (), ())
    assert [run.label for run in pairing.runs] == [run.label for two in contrast.pairs.values() for run in two]


def test_a_cell_is_a_config_whatever_its_runs_are_called(make_run):
    runs = [make_run(False, 0, name="a"), make_run(False, 1, name="b"), make_run(True, 0), make_run(True, 1)]
    [contrast] = pair(runs, FACTOR).contrasts
    assert pairs(contrast)[1] == ("b/version_0", "resnet34/version_1")


def test_seeds_that_one_arm_has_not_are_left_out_by_name(make_run):
    runs = [make_run(False, seed) for seed in (0, 1)] + [make_run(True, seed) for seed in (1, 2)]
    [contrast] = pair(runs, FACTOR).contrasts
    assert list(contrast.pairs) == [1]
    assert contrast.unpaired == ("plain34/version_0", "resnet34/version_1")


def test_a_further_factor_is_the_axis_in_ascending_order(make_run):
    changes = [{"model.depth": depth} for depth in (34, 18, 110)]
    pairing = pair([make_run(residual, changes=change) for change in changes for residual in (True, False)], FACTOR)
    assert pairing.axis == ("model.depth",)
    assert [contrast.axis_value for contrast in pairing.contrasts] == [{"model.depth": d} for d in (18, 34, 110)]
    assert pairing.contrasts[0].arms == ("Plain-18", "ResNet-18")


def test_two_further_factors_make_a_grid(make_run):
    pairing = pair(
        [
            make_run(residual, changes={"model.lr": lr, "model.depth": depth})
            for lr in (1e-3, 1e-4)
            for depth in (18, 34)
            for residual in (True, False)
        ],
        FACTOR,
    )
    assert pairing.axis == ("model.depth", "model.lr")
    assert [tuple(contrast.axis_value.values()) for contrast in pairing.contrasts] == [
        (18, 1e-4),
        (18, 1e-3),
        (34, 1e-4),
        (34, 1e-3),
    ]


def test_a_third_cell_without_a_partner_is_left_out_by_name(make_run):
    runs = [make_run(False), make_run(True), make_run(True, changes={"model.depth": 18})]
    pairing = pair(runs, FACTOR)
    assert pairing.alone == ("resnet18/version_0",)
    assert pairing.axis == ()
    assert len(pairing.runs) == 2


def test_another_factor_is_compared_and_its_arms_are_named_by_it(make_run):
    runs = [make_run(True, changes={"model.lr": lr}) for lr in (1e-3, 3e-4)]
    pairing = pair(runs, "model.lr")
    assert pairing.values == (3e-4, 1e-3)
    assert pairing.contrasts[0].arms == ("ResNet-34 (lr 0.0003)", "ResNet-34 (lr 0.001)")


def refusal(runs, factor=FACTOR):
    with pytest.raises(InputError) as caught:
        pair(runs, factor)
    return str(caught.value)


def test_one_arm_only_is_refused(make_run):
    first = make_run(False)
    assert refusal([first]) == (
        "There is one arm only: the only run, plain34/version_0, has model.residual false. "
        "Name runs of both arms, or another factor with --factor."
    )
    assert refusal([first, make_run(False, 1)]).startswith("There is one arm only: all 2 runs have model.residual fal")


def test_three_values_of_the_compared_factor_are_refused(make_run):
    runs = [make_run(True, changes={"model.depth": depth}) for depth in (18, 34, 50)]
    assert refusal(runs, "model.depth") == (
        "model.depth has 3 values in these runs (18, 34, 50); two are compared. Name the runs of two."
    )


def test_cells_that_differ_in_more_than_the_factor_are_refused(make_run):
    runs = [make_run(False), make_run(True, changes={"model.lr": 1e-3, "data.batch_size": 8})]
    assert refusal(runs) == (
        "No two of these runs differ in model.residual alone; they also differ in data.batch_size, model.lr. "
        "Train the partner of one of them, or name other runs."
    )


def test_arms_without_a_common_seed_are_refused(make_run):
    runs = [make_run(False, 3), make_run(False, 0), make_run(True, 1)]
    assert refusal(runs) == (
        "The arms have no seed in common: Plain-34 has 0, 3; ResNet-34 has 1. Only runs of equal seed are paired."
    )


def test_one_experiment_twice_is_refused(make_run):
    runs = [make_run(False), make_run(False), make_run(True)]
    assert refusal(runs) == (
        "plain34/version_0 and plain34/version_1 are the same experiment: equal configs and seed 0. "
        "Together they are one observation; name one of them."
    )


@pytest.mark.parametrize(
    ("changes", "status", "text"),
    [
        ({"trainer.max_epochs": 3}, {}, "epochs: 6/6 (plain34/version_0), 3/3 (plain34/version_1)"),
        ({}, {"precision": "bf16-mixed"}, "precision: 32-true (plain34/version_0), bf16-mixed (plain34/version_1)"),
        ({}, {"fingerprint": "0" * 64}, "fingerprint: f00dcafef00d (plain34/version_0), 000000000000 (plain34"),
    ],
)
def test_runs_that_differ_in_a_condition_are_not_called_the_same(make_run, changes, status, text):
    said = refusal([make_run(False), make_run(False, changes=changes, status=status), make_run(True)])
    assert said.startswith(
        f"plain34/version_0 and plain34/version_1 have the same settings and seed 0, but differ in {text}"
    )
    assert said.endswith("Each arm takes one run per seed; name the run to compare.")


def test_an_axis_value_without_a_common_seed_is_left_out_by_name(make_run):
    runs = [make_run(False), make_run(True), make_run(False, 0, changes={"model.depth": 18})]
    runs.append(make_run(True, 1, changes={"model.depth": 18}))
    pairing = pair(runs, FACTOR)
    assert pairing.alone == ("plain18/version_0", "resnet18/version_0")
    assert (len(pairing.contrasts), pairing.axis) == (1, ())


def test_axis_values_without_a_common_seed_are_named(make_run):
    runs = [make_run(arm, int(arm), changes={"model.depth": depth}) for depth in (34, 18) for arm in (False, True)]
    assert refusal(runs) == (
        "The arms have no seed in common: at depth 34, Plain-34 has 0; ResNet-34 has 1; at depth 18, Plain-18 has 0; "
        "ResNet-18 has 1. Only runs of equal seed are paired."
    )


def test_a_factor_can_be_a_list(make_run):
    runs = [make_run(True, changes={"data.value_range": values}) for values in ([0, 255], [0, 1023])]
    assert pair(runs, "data.value_range").values == ([0, 1023], [0, 255])
    pairing = pair([make_run(False), make_run(False, changes={"data.value_range": [0, 255]})], "data.value_range")
    assert pairing.values == ([0, 255], None)


def test_an_unknown_factor_is_refused_with_the_nearest(make_run):
    runs = [make_run(False), make_run(True)]
    assert refusal(runs, "model.residul") == (
        "plain34/version_0 has no key model.residul in its config; did you mean model.residual?"
    )
