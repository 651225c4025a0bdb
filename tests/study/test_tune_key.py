"""The key ``tune`` of a study file: what it says, and what is refused."""

import pytest

from resnet_lab.comparison.plan import Tuning
from resnet_lab.errors import InputError
from resnet_lab.study.plan import read_study

TUNE = "tune: {key: model.lr, values: [3e-4, 1e-4, 1e-3], by: val/accuracy, seeds: [101, 100]}\n"
CELLS = "cells: [plain34.yaml, resnet34.yaml]\nseeds: [1, 2, 3]\n"


@pytest.fixture
def read(tmp_path):
    def of(text=CELLS + TUNE, overrides=None):
        path = tmp_path / "s.yaml"
        path.write_text(text)
        return read_study(path, overrides)

    return of


def test_the_key_is_read_with_its_values_ascending(read):
    assert read().plan.tuning == Tuning("model.lr", (1e-4, 3e-4, 1e-3), "val/accuracy", (100, 101))
    assert read(CELLS).plan.tuning is None


@pytest.mark.parametrize(
    ("key", "values", "read_as"),
    [("model.weight_decay", "[0, 1e-4]", (0, 1e-4)), ("model.warmup_epochs", "[1, 5]", (1, 5))],
)
def test_any_number_of_the_model_can_be_tuned(read, key, values, read_as):
    tuning = read(CELLS + TUNE.replace("model.lr", key).replace("[3e-4, 1e-4, 1e-3]", values)).plan.tuning
    assert (tuning.key, tuning.values) == (key, read_as)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("[3e-4, 1e-4, 1e-3]", "[3e-4]", "has one value, so there is nothing to choose: give it two or more"),
        ("[3e-4, 1e-4, 1e-3]", "[3e-4, 0.0003]", "has the value 0.0003 twice: leave one of them out"),
        ("[3e-4, 1e-4, 1e-3]", "[low, high]", "values of tune of .* they must be numbers: tune: "),
        ("[3e-4, 1e-4, 1e-3]", "3e-4", "values of tune of .* they must be numbers: tune: "),
        ("[3e-4, 1e-4, 1e-3]", "[true, false]", "values of tune of .* they must be numbers: tune: "),
        ("model.lr", "data.batch_size", "the key data.batch_size; it must be a key of the model, such as model.lr"),
        ("model.lr", "model.residual", "the key model.residual, in which the arms differ: tune another one"),
        ("model.lr", "model.norm_bias", "which says what the network is and not how it is trained, so each value is"),
        ("model.lr", "model.depth", "the key model.depth, which says what the network is and not how it is trained"),
        ("[3e-4, 1e-4, 1e-3]", "[1e-4, .inf]", "values of tune of .* they must be numbers: tune: "),
        ("val/accuracy", "test/accuracy", "what is chosen by the test split can no longer be judged on it: choose by"),
        ("val/accuracy", "val/acuracy", "chooses by val/acuracy, which is no metric of every epoch; did you mean val/"),
        ("val/accuracy", "speed", "which is no metric of every epoch; there is val/accuracy, val/loss, train/"),
        ("[101, 100]", "[100, 3]", "has seed 3, which counts for the verdict: choose values by other seeds, such as"),
        ("[101, 100]", "[100, 100]", "has a seed twice, and a seed is one run per value: give it once"),
        ("[101, 100]", "100", "seeds of tune of .* are 100; they must be whole numbers: tune: "),
        ("by: val/accuracy, ", "", "tune of .* needs key, values, by, seeds: tune: "),
        ("by:", "metric:", "tune of .* has metric, which does not exist: tune: "),
        (TUNE, "tune: model.lr\n", "tune of .* needs key, values, by, seeds: tune: "),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(read, before, after, message):
    assert before in TUNE
    with pytest.raises(InputError, match=message):
        read(CELLS + TUNE.replace(before, after))


def test_the_key_may_not_be_set_beside_tune(read):
    with pytest.raises(InputError, match=r"s.yaml has model.lr, which tune sets in every cell: leave one of them out"):
        read(CELLS + TUNE + "model: {lr: 1e-3}\n")
    of_cell = CELLS.replace("plain34.yaml", "{config: plain34.yaml, model: {lr: 1e-3}}")
    with pytest.raises(InputError, match=r"s.yaml has model.lr, which tune sets in every cell"):
        read(of_cell + TUNE)
    with pytest.raises(InputError, match=r"The command line has model.lr, which tune sets in every cell"):
        read(overrides={"model.lr": "1e-3"})


def test_a_cell_has_no_tune_of_its_own(read):
    cell = "{config: plain34.yaml, tune: {key: model.lr, values: [1, 2], by: val/loss, seeds: [9]}}"
    with pytest.raises(InputError, match=r"has tune, but tune is for all cells: write it beside cells"):
        read(CELLS.replace("plain34.yaml", cell))


def test_folds_are_refused_since_they_test_what_a_tuning_run_sees(read):
    with pytest.raises(InputError, match=r"has tune and folds: a tuning run would choose by photographs on which"):
        read(CELLS + TUNE + "folds: 3\n")
