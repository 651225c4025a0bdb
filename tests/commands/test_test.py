"""``resnet-lab test`` hands its words to Lightning's command line."""

from resnet_lab.cli import main
from resnet_lab.commands.test import COMMAND


def test_the_words_reach_lightnings_command_line(monkeypatch):
    taken = []
    monkeypatch.setattr("resnet_lab.training.command_line.run_command", lambda words: taken.append(words) or 0)
    assert main(["test", "--config", "plain34.yaml"]) == 0
    assert taken == [["test", "--config", "plain34.yaml"]]


def test_it_computes():
    assert COMMAND.computes
