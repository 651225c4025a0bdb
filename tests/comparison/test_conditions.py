"""What may vary and what is held fixed; every difference outside the declared factors is found."""

import pytest

from resnet_lab.comparison.conditions import differences, settings

FACTOR = "model.residual"


def found(runs, factor=FACTOR):
    return [str(difference) for difference in differences(runs, factor)]


def test_runs_under_equal_conditions_differ_in_nothing(make_run):
    runs = [make_run(False), make_run(True), make_run(True, 1, changes={"model.depth": 18})]
    assert found(runs) == []


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (
            {"fingerprint": "0ddba11" * 9},
            "data (fingerprint): f00dcafef00d (plain34/version_0), 0ddba110ddba (",
        ),
        ({"epochs": 4}, "epochs: 6 of 6 (plain34/version_0), 4 of 6 (resnet34/version_0)"),
        ({"precision": "bf16-mixed"}, "precision: 32-true (plain34/version_0), bf16-mixed (resnet34/version_0)"),
        ({"threads": 4}, "threads: 2 (plain34/version_0), 4 (resnet34/version_0)"),
        ({"compiled": True}, "compiled: false (plain34/version_0), true (resnet34/version_0)"),
        (
            {"versions": {"python": "3.11.7", "resnet-lab": "0.1.0", "torch": "2.15.0"}},
            "version of torch: 2.14.1 (plain34/version_0), 2.15.0 (resnet34/version_0)",
        ),
        (
            {"hardware": {"device": "cpu", "processor": "A Processor", "instructions": [], "cores": 2}},
            "instructions: avx2 (plain34/version_0), none (resnet34/version_0)",
        ),
        (
            {"hardware": {"device": "cpu", "processor": "Another", "instructions": ["avx2"], "cores": 8}},
            "hardware: A Processor (plain34/version_0), Another (resnet34/version_0)",
        ),
    ],
)
def test_each_condition_that_differs_is_named_with_its_runs(make_run, status, text):
    [difference] = found([make_run(False), make_run(True, status=status)])
    assert difference.startswith(text)


def test_a_key_of_the_trainer_is_a_condition(make_run):
    runs = [make_run(False), make_run(True, changes={"trainer.gradient_clip_val": 1.0})]
    assert found(runs) == ["trainer.gradient_clip_val: null (plain34/version_0), 1.0 (resnet34/version_0)"]


def test_a_key_that_some_runs_do_not_know_is_a_condition_and_no_factor(make_run):
    runs = [make_run(False, seed) for seed in (0, 1)] + [make_run(True, changes={"data.augment": "none"})]
    assert found(runs) == ["data.augment: absent (2 runs), none (resnet34/version_0)"]
    assert not any("data.augment" in keys for keys in settings(runs, FACTOR).values())


@pytest.mark.parametrize("key", ["data.root", "data.num_workers", "trainer.default_root_dir"])
def test_what_changes_no_bit_is_no_difference(make_run, key):
    runs = [make_run(False, changes={key: "1"}), make_run(True, changes={key: "2"})]
    assert found(runs) == []
    assert not any(key in keys for keys in settings(runs, FACTOR).values())


@pytest.mark.parametrize("status", [{"git_commit": None}, {"allocator": "mimalloc"}, {"wall_seconds": 1.0}])
def test_what_says_nothing_of_the_figures_is_no_difference(make_run, status):
    assert found([make_run(False), make_run(True, status=status)]) == []


def test_keys_of_model_and_data_are_factors_and_not_conditions(make_run):
    runs = [make_run(False), make_run(True, changes={"model.lr": 1e-3, "data.batch_size": 64})]
    assert found(runs) == []
    first, second = settings(runs, FACTOR).values()
    assert {key for key in first if first[key] != second[key]} == {FACTOR, "model.lr", "data.batch_size"}


def test_the_compared_factor_declares_what_it_changes(make_run):
    runs = [make_run(True), make_run(True, changes={"trainer.max_epochs": 3})]
    assert found(runs, "trainer.max_epochs") == []
    assert found(runs) == ["epochs: 6 of 6 (resnet34/version_0), 3 of 3 (resnet34/version_1)"]
    runs = [make_run(True, 5), make_run(True, 5, changes={"trainer.precision": "bf16-mixed"})]
    assert found(runs, "trainer.precision") == []
