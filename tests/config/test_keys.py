"""Keys read from source, against the keys of the parsers that import the classes."""

import pytest

from resnet_lab.config.keys import FROM_THE_DATA, Values, keys_of, parameters
from resnet_lab.training.experiment_cli import ExperimentCLI


@pytest.fixture
def parsed(monkeypatch):
    """Returns the keys of the parser of a command."""
    from resnet_lab.training.command_line import run_command

    class StopHereError(Exception):
        pass

    def keys(command: str) -> set[str]:
        found = {}

        def stop(self, parser, args):
            found.update(dict.fromkeys(self.command_parsers[command].get_defaults().keys()))
            raise StopHereError

        monkeypatch.setattr(ExperimentCLI, "parse_arguments", stop)
        with pytest.raises(StopHereError):
            run_command([command])
        return {".".join(key.split(".")[:2]) for key in found} - {"config", "__default_config__"}

    return keys


@pytest.mark.parametrize("command", ["fit", "validate", "test", "predict"])
def test_the_keys_are_those_of_the_parser(parsed, command):
    assert keys_of(command).keys() - FROM_THE_DATA == parsed(command) - FROM_THE_DATA


def test_values_come_from_annotations():
    keys = keys_of("fit")
    assert keys["model.depth"] == Values("int")
    assert keys["model.residual"] == Values("bool")
    assert keys["model.lr"] == Values("float")
    assert keys["model.shortcut"] == Values("choice", ("A", "B", "C"))
    assert keys["data.augment"].choices == ("standard", "none", "trivial", "pad4")
    assert keys["trainer.max_epochs"] == Values("int")
    assert keys["trainer.logger"] == keys["data.value_range"] == Values()
    assert keys["data.groups"] == Values("choice", ("column", "near-duplicates"))  # or null
    assert keys["data.short_side"] == Values("int")
    assert keys["data.cache"] == Values("", ("auto",))  # true and false are right too


def test_a_file_without_the_class_has_no_keys(tmp_path):
    source = tmp_path / "source.py"
    source.write_text("class Other:\n    def __init__(self, a: int) -> None: ...\n")
    assert parameters(source, "Trainer") == {}
    assert parameters(source, "Other") == {"a": Values("int")}
