"""Own config of a run: it is known by its place, and an evaluation takes the network and the data from it."""

import pytest

from resnet_lab.config.own_config import arithmetic, for_evaluation, is_for_evaluation

ELSEWHERE = {"class_path": "elsewhere.Class"}


@pytest.mark.parametrize(("command", "takes"), [("test", True), ("validate", True), ("predict", True), ("fit", False)])
def test_an_evaluation_takes_a_part_of_a_runs_own_config_and_fit_all_of_it(tmp_path, command, takes):
    path = tmp_path / "config.yaml"
    assert not is_for_evaluation(command, path)  # a config of this name that is no run's
    (tmp_path / "status.json").touch()
    assert is_for_evaluation(command, path) == takes
    assert not is_for_evaluation(command, tmp_path / "plain34.yaml")


def test_nothing_but_the_network_the_data_and_plain_values_is_taken():
    taken = {"name": "a", "seed_everything": 3, "compile": True, "model": {"depth": 20}, "data": {"root": "d"}}
    left = {
        "trainer": {"callbacks": [ELSEWHERE], "logger": ELSEWHERE, "limit_test_batches": 1, "devices": 100},
        "trainer.profiler": ELSEWHERE,
        "logs": "elsewhere",
        "ckpt_path": "elsewhere.ckpt",
    }
    assert for_evaluation({**left, **taken}) == taken


@pytest.mark.parametrize("content", [{}, {"model": "x.yaml", "data": [1], "name": {}, "compile": ELSEWHERE}])
def test_what_has_another_shape_is_left_out(content):
    assert for_evaluation(content) == {}


@pytest.mark.parametrize(
    ("trainer", "found"),
    [
        ({"accelerator": "cpu", "deterministic": True}, {"accelerator": "cpu", "deterministic": True}),
        ({"accelerator": "gpu", "deterministic": "warn"}, {"accelerator": "gpu", "deterministic": "warn"}),
        ({"accelerator": "elsewhere.Class", "deterministic": [1]}, {}),
        ({"accelerator": ELSEWHERE, "deterministic": None}, {}),
        ({"accelerator": "./cpu"}, {}),
        ({}, {}),
    ],
)
def test_only_known_words_say_how_numbers_are_computed(trainer, found):
    assert arithmetic(trainer) == found
