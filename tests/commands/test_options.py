"""Wrong options of our own commands are one paragraph, with what was probably meant."""

import pytest

from resnet_lab.commands.options import OptionParser
from resnet_lab.errors import InputError


@pytest.fixture
def parser():
    parser = OptionParser(prog="resnet-lab dance")
    parser.add_argument("--data.images", dest="images", nargs="+")
    parser.add_argument("--port", type=int)
    return parser


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--prot", "1"], "There is no option --prot; did you mean --port?"),
        (["--data.image", "a.png"], "There is no option --data.image; did you mean --data.images?"),
        (["--por=1"], "There is no option --por; did you mean --port?"),
        (["--music", "loud", "--port", "1"], "There is no option --music."),
        (["--port", "one"], "argument --port: invalid int value: 'one'"),
    ],
)
def test_errors_are_input_errors_of_one_line(parser, arguments, text):
    with pytest.raises(InputError) as error:
        parser.parse_args(arguments)
    assert str(error.value) == text


def test_right_options_are_read(parser):
    options = parser.parse_args(["--port", "3", "--data.images", "a", "b"])
    assert (options.port, options.images) == (3, ["a", "b"])
