"""The dashboard serves all runs on loopback."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from resnet_lab.cli import main

REFERENCE = Path(__file__).parents[2] / "lightning_logs" / "reference"


@pytest.mark.slow
def test_it_serves_both_arms_on_loopback_until_ctrl_c():
    script = Path(sys.executable).with_name("resnet-lab")
    command = [script, "dashboard", "--logs", str(REFERENCE), "--port", "0"]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        # A job in the background of a shell inherits a Ctrl-C that is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        assert process.stdout is not None
        shown = re.search(r"at (http://127\.0\.0\.1:\d+/) \(Ctrl-C to stop\)", process.stdout.readline())
        assert shown is not None
        runs: list[str] = []
        deadline = time.monotonic() + 60
        while len(runs) < 2 and time.monotonic() < deadline:  # it reads the events while it serves
            time.sleep(0.2)
            with urllib.request.urlopen(shown[1] + "data/runs", timeout=30) as answer:
                runs = json.load(answer)
        assert sorted(runs) == ["plain34/version_0", "resnet34/version_0"]
        os.kill(process.pid, signal.SIGINT)
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()
        process.communicate()


def test_a_missing_folder_is_named(capsys):
    assert main(["dashboard", "--logs", "nowhere"]) == 2
    assert (
        "There is no folder nowhere; run resnet-lab fit first, or name another with --logs." in capsys.readouterr().err
    )
