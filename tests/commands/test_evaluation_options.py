"""Help pages of the commands that evaluate a run: first what matters, Trainer options last, without torch."""

import subprocess
import sys

import pytest

from resnet_lab.cli import main
from resnet_lab.commands import all_commands
from resnet_lab.config.keys import keys_of

FIRST = {"validate": "--ckpt_path", "test": "--ckpt_path", "predict": "--data.images"}


@pytest.mark.parametrize("command", FIRST)
def test_the_page_opens_with_what_matters_and_ends_with_the_trainer(command, capsys):
    with pytest.raises(SystemExit) as done:
        main([command, "--help"])
    assert done.value.code == 0
    page = capsys.readouterr().out
    assert page.startswith(f"usage: resnet-lab {command} RUN ")
    places = [
        page.index(text) for text in ("RUN|NAME", f"  {FIRST[command]}", "further data options", "Trainer options")
    ]
    assert places == sorted(places)
    assert places[1] < 600
    assert page.index("--data.root") < page.index("Trainer options")
    trainer = page[places[-1] :]
    own = {f"--{key}" for key in keys_of(command) if key.startswith("trainer.")}
    assert {option for option in own if option not in page} == set()
    assert trainer.count("--trainer.") >= 30
    assert "--model." not in page


def test_the_described_options_are_options_of_the_command():
    for command in ("validate", "test"):
        described = set(all_commands()[command].parser().options) - {"-h", "--help", "-c", "--config"}
        assert described <= {f"--{key}" for key in keys_of(command)}


def test_the_page_needs_no_torch():
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "resnet_lab", "test", "--help"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert " torch\n" not in done.stderr
