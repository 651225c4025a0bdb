"""The peak is that of the process alone, whoever started it, and counts in 10^6 bytes."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from resnet_lab.training import peak_memory
from resnet_lab.training.peak_memory import peak_memory_facts

CODE = """
import sys
from resnet_lab.training.peak_memory import peak_memory_facts
before = peak_memory_facts()["peak_memory_mb"]
block = bytearray(b"1") * 300_000_000
del block
after = peak_memory_facts()["peak_memory_mb"]
print(after - before)
"""


def test_memory_that_was_given_back_counts_and_that_of_the_parent_does_not():
    torch.ones(100_000_000)  # 400 MB here, and so in ru_maxrss of a process that is started here
    done = subprocess.run([sys.executable, "-c", CODE], check=True, capture_output=True, text=True, timeout=120)
    assert float(done.stdout) == pytest.approx(300, abs=15)


def test_where_nothing_is_measured_there_is_none(monkeypatch):
    monkeypatch.setattr(peak_memory, "resource", None)  # as on Windows
    monkeypatch.setattr(peak_memory, "_PROCESS_STATUS", Path("no such file"))
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: False)
    assert peak_memory_facts() == {"peak_memory_mb": None, "peak_accelerator_memory_mb": None}


def test_an_accelerator_has_a_peak_of_its_own(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda: 1_234_567_890)
    assert peak_memory_facts()["peak_accelerator_memory_mb"] == 1234.6


def test_a_resumed_run_keeps_the_higher_peak_of_its_processes(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: False)
    [peak, _] = peak_memory_facts().values()
    assert peak_memory_facts({"peak_memory_mb": 10.0**9})["peak_memory_mb"] == 10.0**9
    assert peak_memory_facts({"peak_memory_mb": 1.0})["peak_memory_mb"] >= peak > 1
    assert peak_memory_facts({"peak_accelerator_memory_mb": 5.0})["peak_accelerator_memory_mb"] == 5.0
