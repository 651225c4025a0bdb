"""``resnet-lab fit`` hands its words to Lightning's command line."""

import pytest
import yaml

from resnet_lab.cli import main
from resnet_lab.commands.fit import COMMAND


def test_the_words_reach_lightnings_command_line(monkeypatch):
    taken = []
    monkeypatch.setattr("resnet_lab.training.command_line.run_command", lambda words: taken.append(words) or 0)
    assert main(["fit", "--config", "plain34.yaml"]) == 0
    assert taken == [["fit", "--config", "plain34.yaml"]]


def test_several_configs_are_printed_as_they_are_one_by_one(capsys):
    """A study reads all its cells in one process."""
    cells = [["--config", "plain34.yaml", "--name", "a b"], ["--config", "resnet34.yaml", "--model.depth", "20"]]
    alone = []
    for words in cells:
        with pytest.raises(SystemExit) as end:
            main(["fit", *words, "--print_config"])
        assert not end.value.code
        alone.append(yaml.safe_load(capsys.readouterr().out))
    assert main(["fit", *cells[0], "--print_config", *cells[1], "--print_config"]) == 0
    printed = [config for config in yaml.safe_load_all(capsys.readouterr().out) if config is not None]
    assert printed == alone
    assert [config["model"]["depth"] for config in printed] == [34, 20]


def test_a_refused_config_is_refused_after_those_before_it(capsys):
    words = ["--config", "plain34.yaml", "--print_config"]
    assert main(["fit", *words, "--model.dept", "18", *words, *words]) == 2
    said = capsys.readouterr()
    assert len([config for config in yaml.safe_load_all(said.out) if config is not None]) == 1
    assert "There is no option --model.dept" in said.err


def test_it_computes():
    assert COMMAND.computes
