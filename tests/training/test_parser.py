"""Options are read with errors of one paragraph."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from lightning.pytorch import Trainer

from resnet_lab.cli import main
from resnet_lab.errors import InputError
from resnet_lab.model.rung import RUNG_KEYS
from resnet_lab.training.parser import GROUP_TITLES, FindConfig, Parser, explain


@pytest.fixture
def parser():
    parser = Parser(allow_abbrev=False)
    parser.add_argument("--config", action=FindConfig)
    parser.add_argument("--name", type=str)
    parser.add_argument("--model.residual", type=bool)
    parser.add_argument("--model.depth", type=int)
    return parser


def test_a_bare_config_name_is_found_and_later_options_win(parser):
    config = parser.parse_args(["--config", "plain34.yaml", "--name", "mine"])
    assert (config.name, config.model.residual) == ("mine", False)
    assert parser.parse_args(["--config=plain34.yaml"]).name == "plain34"


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--model.depth", "deep"], "Parser key \"model.depth\": Expected a <class 'int'>. Got value: deep"),
        (["--depth", "3"], "unrecognized arguments: --depth 3"),
        (["--config", "broken.yaml"], "broken.yaml cannot be used: "),
        (["--config", "no.yaml"], "There is no config no.yaml"),
    ],
)
def test_errors_are_input_errors_of_one_paragraph(parser, arguments, text):
    Path("broken.yaml").write_text("name: [x\n")
    with pytest.raises(InputError) as error:
        parser.parse_args(arguments)
    assert text in str(error.value)
    assert "\n" not in str(error.value)


@pytest.fixture
def optional(parser):
    """The parser, with a key that may be null and one that reads numbers in more ways than YAML does."""
    parser.add_argument("--trainer.limit", type=float | None)
    parser.add_argument("--model.lr", type=float)
    return parser


def test_an_empty_group_of_a_config_changes_nothing(optional):
    Path("mine.yaml").write_text("model:\n#  depth: 18\nname: '1e-3'\ntrainer:\n  limit:\n")
    config = optional.parse_args(["--config", "plain34.yaml", "--model.lr", "1", "--config", "mine.yaml"])
    assert (config.name, config.model.residual, config.model.lr, config.trainer.limit) == ("1e-3", False, 1.0, None)
    for text in ("model:\n", "# all of it is a comment\n", ""):
        Path("empty.yaml").write_text(text)
        assert optional.parse_args(["--config", "plain34.yaml", "--config", "empty.yaml"]).model.residual is False


def test_values_of_a_config_with_an_empty_group_keep_their_types(optional):
    Path("mine.yaml").write_text("trainer:\nname: 'true'\nmodel:\n  lr: 1e-3\n  residual: no\n  depth: 0x14\n")
    config = optional.parse_args(["--config", "mine.yaml"])
    assert (config.name, config.model.lr, config.model.residual, config.model.depth) == ("true", 0.001, False, 20)


def test_a_key_twice_and_a_bomb_are_refused_wherever_yaml_is_read(parser):
    parser.add_argument("--objects", type=list[dict[str, int]])
    Path("twice.yaml").write_text("name: a\nname: b\n")
    Path("bomb.yaml").write_text(
        "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
        + "".join(
            f"{here}: &{here} [{', '.join([f'*{before}'] * 10)}]\n"
            for before, here in zip("abcdef", "bcdefg", strict=True)
        )
    )
    for arguments, text in (
        (["--config", "twice.yaml"], "the key name stands twice, in line 1 and in line 2"),
        (["--config", "bomb.yaml"], "its aliases stand for more than 100,000 values"),
        (["--objects", "[{a: 1, a: 2}]"], "[{a: 1, a: 2}]"),
    ):
        with pytest.raises(InputError) as error:
            parser.parse_args(arguments)
        assert text in str(error.value)


KEYS = ["model.depth", "model.lr", "trainer.max_epochs", "name"]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--model.dept", "3"], "There is no option --model.dept; did you mean --model.depth?"),
        (["--depth", "3"], "There is no option --depth; did you mean --model.depth?"),
        (["--model.width=3"], "There is no option --model.width; model has depth, residual."),
        (["--zzz", "3"], "There is no option --zzz."),
        (["--modle.depth", "3"], "There is no option --modle.depth; did you mean --model.depth?"),
        (["plain34.yaml"], "plain34.yaml belongs to no option; a config is given as --config plain34.yaml."),
        (["--model.depth", "deep"], "model.depth is deep; it must be a whole number."),
    ],
)
def test_messages_are_explained(parser, arguments, text):
    with pytest.raises(InputError) as error:
        parser.parse_args(arguments)
    assert explain(str(error.value), parser.get_defaults().keys()) == text


def test_unknown_messages_are_left_alone():
    assert explain("something new", KEYS) == "something new"


@pytest.mark.parametrize(
    ("argument", "text"),
    [
        ("--trainer.callbacks+=EarlyStoping", "no class of Lightning's; did you mean EarlyStopping?"),
        ("--trainer.logger=WandbLoger", "no class of Lightning's; did you mean WandbLogger?"),
        (
            '--trainer.callbacks=[{"class_path": "Mine"}]',
            "from elsewhere is given with its module: package.Class.",
        ),
        (
            '--trainer.callbacks=[{"class_path": "EarlyStopping", "init_args": {"monitr": "val/loss"}}]',
            "EarlyStopping has no option monitr; did you mean monitor?",
        ),
        ("--trainer.logger=CSVLogger", "CSVLogger needs it; give --trainer.logger.save_dir."),
    ],
)
def test_classes_and_their_options_are_explained(argument, text):
    parser = Parser()
    parser.add_lightning_class_args(Trainer, "trainer")
    with pytest.raises(InputError) as error:
        parser.parse_args([argument])
    assert explain(str(error.value), []).endswith(text)


def test_no_config_of_an_impossible_network_is_printed(capsys):
    words = ["fit", "--config", "plain34.yaml", "--print_config"]
    assert main([*words, "--model.shortcut_gradient", "stop_gradient"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "shortcut_gradient needs a shortcut: set residual to true, or leave shortcut_gradient out." in err
    with pytest.raises(SystemExit) as done:
        main([*words, "--model.init", "dirac"])
    assert done.value.code == 0
    assert yaml.safe_load(capsys.readouterr().out)["model"]["init"] == "dirac"


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("--model.init orthogonal", "model.init is orthogonal; it must be one of "),
        ("--model.shortcut_span 3", "model.shortcut_span is 3; it must be one of 2, 1."),
        ("--model.depth 50 --model.shortcut_span 1", "shortcut_span 1 is not defined for the bottlenecks"),
        ("--model.shortcut_weight 2", "shortcut_weight is 2.0; it must lie between 0 and 1."),
    ],
)
def test_an_impossible_rung_is_refused_before_data_are_read(capsys, words, text):
    Path("empty").mkdir()
    assert main(["fit", "--config", "resnet34.yaml", "--data.root", "empty", *words.split()]) == 2
    assert text in capsys.readouterr().err


def test_every_key_of_a_rung_has_a_sentence_and_a_source_in_the_help(capsys):
    with pytest.raises(SystemExit):
        main(["fit", "--help"])
    shown = " ".join(capsys.readouterr().out.split())
    for key in RUNG_KEYS:
        sentence = shown.rpartition(f"--model.{key} ")[2].partition("(type:")[0]  # the usage comes first
        assert "arXiv:" in sentence or "He et al. 2015" in sentence, (key, sentence)
        assert len(sentence.split()) > 10


def test_the_help_of_fit_opens_with_what_matters_and_ends_with_the_trainer(capsys):
    with pytest.raises(SystemExit):
        main(["fit", "--help"])
    page = capsys.readouterr().out
    assert page.startswith("usage: resnet-lab fit --config NAME.yaml ")
    first = page.splitlines()[:30]
    assert any("resnet-lab fit --config plain34.yaml" in " ".join(pair) for pair in pairwise(map(str.strip, first)))
    titles = [f"\n{GROUP_TITLES[group]}:\n" for group in ("model", "data", "trainer")]
    places = [page.index(text) for text in ("--resume", *titles)]
    assert places == sorted(places)
    assert "--trainer." not in page[: places[-1]]
    assert page[places[-1] :].count("\n  --trainer.") > 40
    assert not re.search("``|:class:|:func:|:paramref:", page)


def test_no_config_of_a_number_out_of_its_range_is_printed(capsys):
    assert main(["fit", "--config", "plain34.yaml", "--print_config", "--model.lr", "-1"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "model.lr is -1.0; it must lie between 0 and inf." in err
