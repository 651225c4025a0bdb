"""Start of the real program: an error within a second, a plan with an estimate; in seconds of the processor."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


def processor_seconds(*words: str) -> tuple[int, str, float]:
    """Run ``resnet-lab``. Return its exit code, what it printed, and its seconds on processors, of all its children."""
    before = os.times()
    done = subprocess.run(
        [sys.executable, "-m", "resnet_lab", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return done.returncode, done.stdout, used


@pytest.mark.parametrize(
    ("command", "text"),
    [
        ("fit --config plain43.yaml", "did you mean plain34.yaml?"),
        ("fit --config resnet18.yaml", "--config resnet34.yaml --model.depth 18"),
        ("fit --config plain34.yaml --epochs 3", "did you mean --trainer.max_epochs?"),
        ("fit --config plain34.yaml --model.depth deep", "model.depth is deep; it must be a whole number."),
        ("fit --config plain34.yaml --data.root nowhere", "data.root nowhere does not exist."),
        ("fit --config typo.yaml", "There is no key model.dept; did you mean model.depth?"),
        ("test plain35", "plain35 is neither a run folder nor the name of a run"),
        ("predict plain34 --data.images nowhere", "data.images nowhere does not exist."),
    ],
)
def test_an_error_takes_a_second(command, text):
    Path("typo.yaml").write_text("name: x\nmodel: {dept: 18}\n")
    code, said, seconds = processor_seconds(*command.split())
    assert code == 2
    assert text in said
    assert seconds < 1


def test_the_plan_of_eight_cells_has_an_estimate():
    """Ten seconds on two cores that have nothing else to do are at most twenty of the processor.

    With one thread: threads that wait for a busy core count too.
    """
    code, said, seconds = processor_seconds("study", "depth.yaml", "--threads", "1", "--plan")
    assert code == 0
    assert "for the 24 runs left" in said
    assert "estimated from a few steps timed now" in said
    assert seconds < 20
