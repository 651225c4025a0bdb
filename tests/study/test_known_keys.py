"""Known keys of a study file, against the keys that ``fit`` has."""

import pytest
import yaml

from resnet_lab.cli import main
from resnet_lab.errors import InputError
from resnet_lab.study.known_keys import OF_A_CONFIG, refuse_unknown_keys


def test_the_known_groups_are_those_of_fit(capsys):
    with pytest.raises(SystemExit):
        main(["fit", "--config", "plain34.yaml", "--print_config"])
    assert set(yaml.safe_load(capsys.readouterr().out)) == OF_A_CONFIG


def test_keys_of_known_groups_are_left_to_fit():
    refuse_unknown_keys(["model.depth", "model.dept", "compile"], "s.yaml")
    with pytest.raises(InputError, match=r"s.yaml has modle.depth, which does not exist; did you mean model\?"):
        refuse_unknown_keys(["model.depth", "modle.depth"], "s.yaml")
