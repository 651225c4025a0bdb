"""The commands on data sets are read from the command line."""

import pytest

from resnet_lab.cli import main
from resnet_lab.commands.data import data_options


@pytest.mark.parametrize(
    ("command", "text"),
    [
        ("data", "the following arguments are required: check|cache"),
        ("data chekc ROOT", "invalid choice: 'chekc' (choose from"),
        ("data check", "the following arguments are required: ROOT"),
        ("data check ROOT --jsn file", "There is no option --jsn; did you mean --json?"),
        ("data cache build ROOT --image_size 0", "data.image_size is 0; it must be 1 or more."),
        ("data check ROOT --image_size 64", "There is no option --image_size."),
        ("data check nowhere", "data.root nowhere does not exist. It should hold one folder a class"),
        ("data cache", "the following arguments are required: list|build|verify|clear"),
        ("data cache build nowhere", "data.root nowhere does not exist."),
        ("data cache build ROOT --background plaid", "data.background plaid is no opaque colour"),
        ("data cache build ROOT --value_range 5 1", "data.value_range 5, 1 is no range"),
    ],
)
def test_wrong_input_is_one_line_and_exit_code_2(capsys, command, text):
    assert main(command.split()) == 2
    assert text in capsys.readouterr().err


def test_options_are_read():
    options = data_options().parse_args(
        ["cache", "verify", "photos", "--image_size", "64", "--value_range", "0", "4095"]
    )
    assert (options.what, options.action, options.root) == ("cache", "verify", "photos")
    assert (options.image_size, options.background, options.value_range) == (64, "white", [0.0, 4095.0])
