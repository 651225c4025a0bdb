"""Options are read with errors of one paragraph."""

from pathlib import Path

import pytest

from resnet_lab.errors import InputError
from resnet_lab.training.parser import FindConfig, Parser


@pytest.fixture
def parser():
    parser = Parser()
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
        (["--config", "no.yaml"], "There is no config no.yaml. Looked in: "),
    ],
)
def test_errors_are_input_errors_of_one_paragraph(parser, arguments, text):
    Path("broken.yaml").write_text("name: [x\n")
    with pytest.raises(InputError) as error:
        parser.parse_args(arguments)
    assert text in str(error.value)
    assert "\n" not in str(error.value)
