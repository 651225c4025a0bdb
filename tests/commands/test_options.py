"""Wrong options of our own commands are one paragraph, with what was probably meant."""

import pytest

from resnet_lab.commands.options import OptionParser
from resnet_lab.errors import InputError


@pytest.fixture
def parser():
    parser = OptionParser(prog="resnet-lab dance")
    parser.add_argument("--data.images", dest="images", nargs="+")
    parser.add_argument("--port", type=int)
    parser.add_argument("--speed", type=float)
    return parser


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--prot", "1"], "There is no option --prot; did you mean --port?"),
        (["--data.image", "a.png"], "There is no option --data.image; did you mean --data.images?"),
        (["--por=1"], "There is no option --por; did you mean --port?"),
        (["--music", "loud", "--port", "1"], "There is no option --music."),
        (["--port", "one"], "--port is one; it must be a whole number."),
        (["--speed", "fast"], "--speed is fast; it must be a number."),
        (["--port"], "--port has no value: give --port VALUE."),
        (["--data.images"], "--data.images has no value: give --data.images VALUE."),
        (["--port", "1", "more"], "more belongs to no option: resnet-lab dance --help shows what to write."),
    ],
)
def test_errors_are_input_errors_of_one_line(parser, arguments, text):
    with pytest.raises(InputError) as error:
        parser.parse_args(arguments)
    assert str(error.value) == text


def test_right_options_are_read(parser):
    options = parser.parse_args(["--port", "3", "--data.images", "a", "b"])
    assert (options.port, options.images) == (3, ["a", "b"])


def test_a_missing_word_is_answered_with_the_help_that_names_it(parser):
    parser.add_argument("partner", metavar="PARTNER")
    with pytest.raises(InputError, match=r"^PARTNER is missing: resnet-lab dance --help shows what to write\.$"):
        parser.parse_args([])
