"""Factors and conditions: every difference outside the factors is found."""

import pytest

from resnet_lab.comparison.conditions import differences, pair_differences, settings, unrecorded_versions

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
            "fingerprint: f00dcafef00d (plain34/version_0), 0ddba110ddba (",
        ),
        ({"epochs": 4}, "epochs: 6/6 (plain34/version_0), 4/6 (resnet34/version_0)"),
        ({"precision": "bf16-mixed"}, "precision: 32-true (plain34/version_0), bf16-mixed (resnet34/version_0)"),
        ({"threads": 4}, "threads: 2 (plain34/version_0), 4 (resnet34/version_0)"),
        ({"compiled": True}, "compiled: false (plain34/version_0), true (resnet34/version_0)"),
        (
            {"versions": {"python": "3.11.7", "resnet-lab": "0.1.0", "torch": "2.15.0"}},
            "versions.torch: 2.14.1 (plain34/version_0), 2.15.0 (resnet34/version_0)",
        ),
        (
            {"hardware": {"device": "cpu", "processor": "A Processor", "instructions": [], "cores": 2}},
            "instructions: avx2 (plain34/version_0), — (resnet34/version_0)",
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
    runs = [make_run(False, seed) for seed in (0, 1)] + [make_run(True, changes={"data.future": 1})]
    assert found(runs) == ["data.future: — (2 runs), 1 (resnet34/version_0)"]
    assert not any("data.future" in keys for keys in settings(runs, FACTOR).values())


def test_a_key_in_which_those_that_know_it_differ_is_a_factor(make_run):
    runs = [make_run(False)] + [make_run(True, changes={"data.future": value}) for value in (1, 2)]
    assert [keys["data.future"] for keys in settings(runs, FACTOR).values()] == ["—", 1, 2]


def test_a_key_that_came_later_has_its_default_in_older_runs(make_run):
    runs = [make_run(False), make_run(True, changes={"data.augment": "standard", "model.class_weights": "none"})]
    assert found(runs) == []
    first, second = settings(runs, FACTOR).values()
    assert {key for key in first if first[key] != second[key]} == {FACTOR}


@pytest.mark.parametrize("key", ["data.root", "data.num_workers", "trainer.default_root_dir"])
def test_what_changes_no_bit_is_no_difference(make_run, key):
    runs = [make_run(False, changes={key: "1"}), make_run(True, changes={key: "2"})]
    assert found(runs) == []
    assert not any(key in keys for keys in settings(runs, FACTOR).values())


@pytest.mark.parametrize("status", [{"git_commit": None}, {"allocator": "mimalloc"}, {"wall_seconds": 1.0}])
def test_what_says_nothing_of_the_figures_is_no_difference(make_run, status):
    assert found([make_run(False), make_run(True, status=status)]) == []


@pytest.mark.parametrize(
    ("resumption", "text"),
    [
        ({"threads": 64}, "threads: 2 (plain34/version_0), 2 → 64 (resnet34/version_0)"),
        (
            {"versions": {"python": "3.11.7", "resnet-lab": "0.1.0", "torch": "3.0"}},
            "versions.torch: 2.14.1 (plain34/version_0), 2.14.1 → 3.0 (resnet34/version_0)",
        ),
        (
            {"hardware": {"device": "cpu", "processor": "Another", "instructions": ["avx2"]}},
            "hardware: A Processor (plain34/version_0), A Processor → Another (resnet34/version_0)",
        ),
    ],
)
def test_what_a_run_was_resumed_with_is_its_condition_too(make_run, resumption, text):
    runs = [make_run(False), make_run(True, status={"resumed": [{"at": "2026", "epoch": 3, **resumption}]})]
    assert found(runs) == [text]


def test_a_run_that_was_resumed_as_it_was_differs_in_nothing(make_run):
    resumed = [{"at": "2026", "epoch": 3, "step": 9}, {"at": "2026", "epoch": 4, "git_commit": "f" * 40}]
    runs = [make_run(False, status={"resumed": []}), make_run(True, status={"resumed": resumed})]
    assert found(runs) == []
    assert [stage.git_commit[:4] for stage in runs[1].status().stages()] == ["0123", "0123", "ffff"]


def test_threads_that_came_back_are_told_in_turn(make_run):
    resumed = [{"at": "2026", "threads": 64}, {"at": "2026"}]
    [difference] = found([make_run(False), make_run(True, status={"resumed": resumed})])
    assert difference == "threads: 2 (plain34/version_0), 2 → 64 → 2 (resnet34/version_0)"


@pytest.mark.parametrize("swap", [False, True])
def test_a_version_that_some_runs_did_not_record_is_no_difference_and_told(make_run, swap):
    versions = {"python": "3.11.7", "resnet-lab": "0.1.0", "torch": "2.14.1", "scipy": "1.0"}
    runs = [make_run(False), make_run(True, status={"versions": versions})]
    runs = runs[::-1] if swap else runs
    assert found(runs) == []
    assert unrecorded_versions(runs) == ["scipy"]


def test_the_version_of_this_package_is_no_condition(make_run):
    versions = {"python": "3.11.7", "resnet-lab": "0.2.0", "torch": "2.14.1"}
    assert found([make_run(False), make_run(True, status={"versions": versions})]) == []


@pytest.mark.parametrize(
    ("key", "value"),
    [("devices", "auto"), ("detect_anomaly", True), ("limit_test_batches", 1.0), ("limit_predict_batches", 2)],
)
def test_keys_of_the_trainer_that_change_no_figure_are_no_conditions(make_run, key, value):
    assert found([make_run(False), make_run(True, changes={f"trainer.{key}": value})]) == []


def test_what_such_keys_lead_to_is_a_condition(make_run):
    runs = [make_run(False), make_run(True, status={"processes": 2}, labels=[0, 1, 2])]
    assert found(runs) == [
        "processes: 1 (plain34/version_0), 2 (resnet34/version_0)",
        "images_tested: 60 (plain34/version_0), 3 (resnet34/version_0)",
    ]


def test_a_difference_is_named_by_its_key_with_its_axis_value(make_run):
    runs = [make_run(False), make_run(False, 1), make_run(True, status={"fingerprint": "0ddba11" * 9})]
    [difference] = differences(runs, FACTOR, {"model.depth": 18})
    assert str(difference) == ("fingerprint (depth 18): f00dcafef00d (2 runs), 0ddba110ddba (resnet34/version_0)")


def test_keys_of_model_and_data_are_factors_and_not_conditions(make_run):
    runs = [make_run(False), make_run(True, changes={"model.lr": 1e-3, "data.batch_size": 64})]
    assert found(runs) == []
    first, second = settings(runs, FACTOR).values()
    assert {key for key in first if first[key] != second[key]} == {FACTOR, "model.lr", "data.batch_size"}


def test_the_compared_factor_declares_what_it_changes(make_run):
    runs = [make_run(True), make_run(True, changes={"trainer.max_epochs": 3})]
    assert found(runs, "trainer.max_epochs") == []
    assert found(runs) == ["epochs: 6/6 (resnet34/version_0), 3/3 (resnet34/version_1)"]
    runs = [make_run(True, 5), make_run(True, 5, changes={"trainer.precision": "bf16-mixed"})]
    assert found(runs, "trainer.precision") == []


# -- pairs are blocks

NEWER = {"python": "3.11.7", "resnet-lab": "0.1.0", "torch": "2.15.0"}
ANOTHER = {"device": "cpu", "processor": "Another", "instructions": ["avx2"], "cores": 8}
OF_THE_BLOCK = [
    ("precision", {"precision": "bf16-mixed"}),
    ("threads", {"threads": 4}),
    ("processes", {"processes": 2}),
    ("compiled", {"compiled": True}),
    ("hardware", {"hardware": ANOTHER}),
    ("device", {"hardware": {**ANOTHER, "processor": "A Processor", "device": "mps"}}),
    ("instructions", {"hardware": {**ANOTHER, "processor": "A Processor", "instructions": []}}),
    ("versions.torch", {"versions": NEWER}),
    ("threads", {"resumed": [{"at": "2026", "epoch": 3, "threads": 64}]}),
]


def two_pairs(make_run, control=None, treated=None, changes=None):
    """Two pairs; the runs of the second one have a status or config of their own."""
    first = (make_run(False), make_run(True))
    return {0: first, 1: (make_run(False, 1, status=control, changes=changes), make_run(True, 1, status=treated))}


def keys(pairs):
    return tuple([difference.key for difference in of] for of in pair_differences(pairs, FACTOR))


@pytest.mark.parametrize(("key", "status"), OF_THE_BLOCK)
def test_pairs_may_differ_from_each_other_in_what_their_two_runs_share(make_run, key, status):
    assert keys(two_pairs(make_run, status, status)) == ([], [key])


@pytest.mark.parametrize(("key", "status"), OF_THE_BLOCK)
def test_the_two_runs_of_a_pair_may_not_differ_in_it(make_run, key, status):
    """Not even if as many runs of either arm have each value."""
    assert keys(two_pairs(make_run, status)) == ([key], [])
    first, second = two_pairs(make_run, status, status).values()
    assert keys({0: (first[0], second[1]), 1: (second[0], first[1])}) == ([key], [])


def test_the_runs_of_a_mixed_pair_are_named_and_not_those_of_the_others(make_run):
    within, _ = pair_differences(two_pairs(make_run, {"threads": 4}), FACTOR, {"model.depth": 18})
    assert list(map(str, within)) == ["threads (depth 18): 4 (plain34/version_1), 2 (resnet34/version_1)"]


@pytest.mark.parametrize(
    ("key", "status"),
    [("fingerprint", {"fingerprint": "0ddba11" * 9}), ("epochs", {"epochs": 4}), ("epochs", {"max_epochs": 7})],
)
def test_what_defines_the_experiment_is_the_same_in_all_pairs(make_run, key, status):
    assert keys(two_pairs(make_run, status, status)) == ([key], [])


def test_the_number_of_tested_images_and_keys_of_the_trainer_are_the_same_in_all_pairs(make_run):
    first = (make_run(False), make_run(True))
    fewer = (make_run(False, 1, labels=[0, 1, 2]), make_run(True, 1, labels=[0, 1, 2]))
    assert keys({0: first, 1: fewer}) == (["images_tested"], [])
    clipped = tuple(make_run(arm, 2, changes={"trainer.gradient_clip_val": 1.0}) for arm in (False, True))
    assert keys({0: first, 2: clipped}) == (["trainer.gradient_clip_val"], [])


def test_a_version_that_one_run_of_a_pair_did_not_record_is_no_difference_within_it(make_run):
    scipy = {"python": "3.11.7", "resnet-lab": "0.1.0", "torch": "2.14.1", "scipy": "1.0"}
    assert keys(two_pairs(make_run, {"versions": scipy})) == ([], [])


def folds(make_run, *of_pairs):
    """Pairs by seed, the two runs of each with a fold and a fingerprint of their own."""
    return {
        seed: tuple(
            make_run(
                residual,
                seed,
                changes={"data.fold": fold},
                status={"fingerprint": f"{seed}" * 64},
                labels=tuple(k % 3 for k in range(60 + seed)),
            )
            for residual, fold in zip((False, True), both, strict=True)
        )
        for seed, both in enumerate(of_pairs)
    }


def test_pairs_hold_out_folds_of_their_own(make_run):
    pairs = folds(make_run, ("1/5", "1/5"), ("2/5", "2/5"))
    assert keys(pairs) == ([], ["fingerprint", "images_tested", "data.fold"])
    runs = [run for pair in pairs.values() for run in pair]
    assert not any("data.fold" in keys for keys in settings(runs, FACTOR).values())  # no axis


def test_the_two_runs_of_a_pair_hold_out_the_same_fold(make_run):
    assert keys(folds(make_run, ("1/5", "2/5"))) == (["data.fold"], [])
