"""The dashboard serves all runs on loopback."""

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from resnet_lab.cli import main

REFERENCE = Path(__file__).parents[2] / "lightning_logs" / "reference"


@pytest.mark.slow
def test_it_serves_both_arms_on_loopback_until_ctrl_c():
    script = Path(sys.executable).with_name("resnet-lab")
    command = [script, "dashboard", "--logs", str(REFERENCE), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        shown = re.search(r"at (http://127\.0\.0\.1:\d+/) \(Ctrl-C to stop\)", process.stdout.readline())
        assert shown is not None
        runs: list[str] = []
        while len(runs) < 2:  # it reads the events while it serves
            with urllib.request.urlopen(shown[1] + "data/runs", timeout=30) as answer:
                runs = json.load(answer)
        assert sorted(runs) == ["plain34/version_0", "resnet34/version_0"]
        os.kill(process.pid, signal.SIGINT)
        assert process.wait(timeout=30) == 0


def test_a_missing_folder_is_named(capsys):
    assert main(["dashboard", "--logs", "nowhere"]) == 2
    assert (
        "There is no folder nowhere; run resnet-lab fit first, or name another with --logs." in capsys.readouterr().err
    )
