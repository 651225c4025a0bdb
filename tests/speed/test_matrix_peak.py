"""The peak is the rate of the fastest product, and measured once."""

import pytest
import torch

from resnet_lab.speed import matrix_peak as module
from resnet_lab.speed.matrix_peak import matrix_peak


def test_the_fastest_of_several_products_counts(monkeypatch):
    readings = iter(
        [0.0, 0.2, 0.3, 0.5, 0.9]
    )  # products of 0.2, 0.1 and 0.2 seconds; the last one ends the half second
    monkeypatch.setattr(module.time, "perf_counter", lambda: next(readings))
    state = torch.get_rng_state()
    cpu = torch.device("cpu")
    matrix_peak.cache_clear()
    assert matrix_peak(cpu, torch.float32) == pytest.approx(
        2 * 2048**3 / 0.1
    )  # n^3 multiplications and as many additions
    assert next(readings) == 0.9
    assert matrix_peak(cpu, torch.float32) == pytest.approx(
        2 * 2048**3 / 0.1
    )  # no further reading: measured once a process
    matrix_peak.cache_clear()
    assert torch.equal(torch.get_rng_state(), state)
