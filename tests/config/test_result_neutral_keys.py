"""The keys that change no bit of a run are keys that there are, and none that makes a run what it is."""

import subprocess
import sys

import pytest
import yaml

from resnet_lab.cli import main
from resnet_lab.config.flatten import flatten
from resnet_lab.config.result_neutral_keys import RESULT_NEUTRAL, is_result_neutral

NOT_SAVED = {"config", "resume", "test_after"}
"""Keys of the command line that a run's config does not have."""


@pytest.fixture
def resolved(capsys):
    """Every key that ``fit`` has, as ``group.key``."""
    with pytest.raises(SystemExit):
        main(["fit", "--config", "plain34.yaml", "--print_config"])
    return flatten(yaml.safe_load(capsys.readouterr().out)).keys()


def test_every_result_neutral_key_is_one_that_fit_has(resolved):
    assert resolved >= RESULT_NEUTRAL - NOT_SAVED


def test_the_keys_of_a_model_and_of_what_it_sees_and_sums_are_not_result_neutral(resolved):
    keys = resolved - RESULT_NEUTRAL
    assert {key for key in resolved if key.startswith("model.")} <= keys
    assert keys >= {"seed_everything", "compile", "data.batch_size", "data.image_size", "data.augment"}
    assert keys >= {"trainer.precision", "trainer.max_epochs", "trainer.deterministic", "trainer.accelerator"}


def test_a_key_below_a_result_neutral_one_is_neutral_too():
    assert is_result_neutral("trainer.logger.init_args.project")
    assert not is_result_neutral("trainer.loggers")
    assert not is_result_neutral("trainer")
    assert not is_result_neutral("model.trainer.logger")


def test_it_needs_no_torch():
    code = "import sys, resnet_lab.config.result_neutral_keys; assert not {'torch', 'lightning'} & sys.modules.keys()"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=300).returncode == 0
