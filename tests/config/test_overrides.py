"""Overrides are read from the command line and its configs, and checked against a run's own config."""

from pathlib import Path

import pytest

from resnet_lab.config.overrides import Word, flat_config, given_settings, refuse_contradictions, split_words
from resnet_lab.errors import InputError
from resnet_lab.files import write_text
from resnet_lab.runs import claim_run

OWN = """
name: arm
seed_everything: 7
model: {residual: false, lr: 3.0e-4, class_weights: none}
data: {root: photos, image_size: 64, augment: standard, value_range: null, background: "#000000", mean: [0.0, 10000.0]}
trainer: {max_epochs: 10}
"""


@pytest.fixture
def run(tmp_path):
    run = claim_run(tmp_path, "arm")
    write_text(run.config_path, OWN)
    return run


@pytest.mark.parametrize(
    ("words", "options", "others"),
    [
        ("test", [], []),
        ("test arm", [], [1]),
        ("test --logs runs arm -c a.yaml", [("logs", "runs"), ("c", "a.yaml")], [3]),
        ("test --model.lr=1 arm other", [("model.lr", "1")], [2, 3]),
        ("fit --trainer.max_epochs -1 arm", [("trainer.max_epochs", "-1")], [3]),
        ("fit --print_config --config a.yaml", [("print_config", ""), ("config", "a.yaml")], []),
        ("test --help arm --name", [("help", ""), ("name", "")], [2]),
    ],
)
def test_options_their_values_and_other_words_are_told_apart(words, options, others):
    assert split_words(words.split()) == (options, others)


def test_configs_and_options_are_read_in_their_order():
    Path("mine.yaml").write_text("name: mine\nmodel: {lr: 0.1, depth: 18}\n")
    words = "test --model.lr 1 --config mine.yaml --model.depth=20 --trainer.callbacks+=EarlyStopping --name other"
    assert given_settings(words.split()) == {
        "model.lr": 0.1,
        "model.depth": "20",
        "trainer.callbacks": "EarlyStopping",
        "name": "other",
    }
    assert given_settings(["test", "--config", "plain34.yaml"]) == {"name": "plain34", "model.residual": False}


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"seed_everything": Word("7"), "model.lr": Word("3e-4"), "model.residual": Word("false")},
        {"data.value_range": Word("null"), "data.background": Word("#000000"), "model.lr": "3e-4"},
        {"data.background": "#000000", "seed_everything": True},  # from a config: parsed already
        {"seed_everything": Word("true")},
        {"data.mean": [0, "1e4"]},
        {"data.fold": None},
        {"data.mean": Word("[0,1e4]")},
        {"model.lr": 0.0003, "model.class_weights": "none", "data.image_size": 64},
        {"data.root": "elsewhere", "data.batch_size": "5", "trainer.max_epochs": "77", "name": "other"},
    ],
)
def test_what_agrees_or_is_the_evaluations_own_affair_passes(run, given):
    refuse_contradictions(given, run.config_path)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"data.background": Word("@x")}, "data.background is #000000 there and @x here"),
        ({"seed_everything": Word("3")}, "seed_everything is 7 there and 3 here"),
        ({"model.residual": True}, "model.residual is False there and True here"),
        (
            {"model.lr": Word("0.5"), "data.augment": "trivial"},
            "model.lr is 0.0003 there and 0.5 here; data.augm",
        ),
        ({"data.fold": Word("2/5")}, "data.fold is None there and 2/5 here"),  # the run is older than the key
        ({"model.class_weights": Word("{rust: 3}")}, r"model.class_weights is none there and \{rust: 3\} here"),
        ({"model.class_weights.rust": Word("3")}, "model.class_weights.rust is none there and 3 here"),
        ({"data.image_size": Word("224")}, "data.image_size is 64 there and 224 here"),
        ({"data.value_range": Word("[0, 4095]")}, r"data.value_range is None there and \[0, 4095\] here"),
    ],
)
def test_what_contradicts_is_named(run, given, text):
    with pytest.raises(InputError, match=rf"The run .*/arm/version_0 was made with other settings: {text}"):
        refuse_contradictions(given, run.config_path)


def test_class_weights_are_compared_however_they_are_spelled(tmp_path):
    (tmp_path / "config.yaml").write_text("model: {class_weights: {rust: 3.0, dent: 0.5}}\n")
    for value in ({"rust": 3, "dent": 0.5}, Word("{dent: 0.5, rust: 3}")):
        refuse_contradictions({"model.class_weights": value}, tmp_path / "config.yaml")
    refuse_contradictions({"model.class_weights.rust": Word("3")}, tmp_path / "config.yaml")
    for given in ({"model.class_weights": Word("none")}, {"model.class_weights.rust": Word("2")}):
        with pytest.raises(InputError, match=r"model\.class_weights"):
            refuse_contradictions(given, tmp_path / "config.yaml")


def test_an_evaluation_may_say_where_images_are(tmp_path):
    (tmp_path / "config.yaml").write_text("data: {columns: {path: image}, images_root: old}\n")
    given = {"data.columns.path": Word("file"), "data.images_root": Word("new"), "data.columns": Word("null")}
    refuse_contradictions(given, tmp_path / "config.yaml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("model: {depth: 20}\nmodel.depth: 34\n", "has model.depth twice, once in its group and once with a dot"),
        ("data: {root: a}\ndata: {fold: 1/5}\n", "the key data stands twice, in line 1 and in line 2"),
        ("plain34.yaml", "is no config, since it holds no keys"),
        ("[1, 2]", "is no config, since it holds no keys"),
    ],
)
def test_a_config_that_would_lose_a_key_or_holds_none_is_refused(tmp_path, text, said):
    (tmp_path / "mine.yaml").write_text(text)
    for read in (flat_config, lambda path: given_settings(["fit", "--config", str(path)])):
        with pytest.raises(InputError, match=rf"mine\.yaml .*{said}"):
            read(tmp_path / "mine.yaml")


def test_an_empty_group_sets_nothing(tmp_path):
    (tmp_path / "mine.yaml").write_text("name: mine\nmodel:\n#  depth: 18\ndata:\n  fold:\n")
    assert flat_config(tmp_path / "mine.yaml") == {"name": "mine", "data.fold": None}
    (tmp_path / "mine.yaml").write_text("# all of it is a comment\n")
    assert flat_config(tmp_path / "mine.yaml") == {}


def test_of_a_runs_own_config_an_evaluation_is_given_a_part(run):
    run.config_path.write_text("name: arm\nmodel: {depth: 20}\ntrainer: {devices: 4, max_epochs: 3}\nlogs: elsewhere\n")
    run.update_status({"status": "finished"})
    assert given_settings(["test", "--config", str(run.config_path)]) == {"name": "arm", "model.depth": 20}
    whole = {"name": "arm", "model.depth": 20, "trainer.devices": 4, "trainer.max_epochs": 3, "logs": "elsewhere"}
    assert given_settings(["fit", "--config", str(run.config_path)]) == whole
