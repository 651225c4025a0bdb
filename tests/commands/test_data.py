"""The commands on data sets are read from the command line."""

import pytest

from resnet_lab.cli import main
from resnet_lab.commands.data import COMMAND


@pytest.mark.parametrize(
    ("command", "text"),
    [
        ("data", "check|cache is missing: resnet-lab data --help"),
        ("data chekc ROOT", "invalid choice: 'chekc' (choose from"),
        ("data check", "The data folder is missing: give --data.root FOLDER."),
        ("data check --data.root ROOT --jsn file", "There is no option --jsn; did you mean --json?"),
        ("data cache build --data.root ROOT --data.image_size 0", "data.image_size is 0; it must be 1 or more."),
        (
            "data check --data.root ROOT --data.image_size=64",
            "There is no option --data.image_size; data has background, color, columns, fold, groups, images_root, "
            "root, value_range.",
        ),
        (
            "data check --data.root ROOT --data.fold 6/5",
            "data.fold 6/5 is no fold: write i/k, where k is the number of",
        ),
        ("data check --data.root R --data.columns {image:path}", "invalid YAML value: '{image:path}'"),
        ("data check --data.root R --data.columns {'image':path}", "on the right: write {path: image}."),
        ("data cache build --data.root R --data.images_root nowhere", "data.root R does not exist"),
        ("data check --data.root nowhere", "data.root nowhere does not exist. It should hold one folder per class"),
        ("data cache", "list|build|verify|clear is missing: resnet-lab data cache --help"),
        ("data cache build --data.root nowhere", "data.root nowhere does not exist."),
        ("data cache build --data.root ROOT --data.background plaid", "data.background plaid is no opaque color"),
        ("data cache build --data.root ROOT --data.value_range [5,1]", "data.value_range 5, 1 is no range"),
    ],
)
def test_wrong_input_is_one_line_and_exit_code_2(capsys, command, text):
    assert main(command.split()) == 2
    assert text in capsys.readouterr().err


def test_options_are_read():
    words = ["cache", "verify", "--data.root", "photos", "--data.image_size", "64", "--data.value_range", "[0,4095]"]
    words += ["--data.columns", "{path: image, label: 1}", "--data.images_root", "there"]
    options = COMMAND.parse(words)
    assert (options.what, options.action, options.root) == ("cache", "verify", "photos")
    assert (options.image_size, options.background, options.value_range) == (64, "white", (0.0, 4095.0))
    assert (options.columns, options.images_root) == ({"path": "image", "label": "1"}, "there")


def test_the_spelling_of_version_0_1_still_works_and_says_the_new_one(capsys):
    options = COMMAND.parse(["cache", "verify", "photos", "--image_size", "64", "--value_range", "0", "4095"])
    assert (options.root, options.image_size, options.value_range) == ("photos", 64, [0.0, 4095.0])
    assert capsys.readouterr().err.splitlines() == [
        "note    photos: write --data.root FOLDER instead; version 0.3 will refuse it.",
        "note    --image_size: write --data.image_size instead; version 0.3 will refuse it.",
        "note    --value_range: write --data.value_range [BLACK,WHITE] instead; version 0.3 will refuse it.",
    ]
