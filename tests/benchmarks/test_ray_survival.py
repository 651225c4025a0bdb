"""The report of the killed cluster: every number of the results, and every problem, is in it."""

import runpy
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def benchmark(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    yield runpy.run_path(str(BENCHMARKS / "ray_survival.py"))
    for name in (
        "ray_nodes",
        "survival",
        "survival_compare",
        "survival_probe",
        "survival_report",
        "survival_scenarios",
    ):
        sys.modules.pop(name, None)


def test_the_report_has_every_number_and_names_every_problem(benchmark):
    results = {
        "command": "python x",
        "kills": {"fit, shared": 3, "node, private": 4},
        "runs": 6,
        "lost": ["study 1 (private), seed 0"],
        "twice": [],
        "differing": ["study 2 (shared), seed 1: metrics.csv"],
        "words": "--a b",
        "images": 160,
        "hardware": {"cores": 2, "processor": "P"},
        "versions": {"ray": "2.60.0", "torch": "2.14"},
        "git_commit": "0123456789abcdef",
        "minutes": 7.5,
    }
    text = benchmark["report"](results)
    for part in (
        "7 kills",
        "6 runs",
        "| lost | 1 |",
        "| done twice | 0 |",
        "| with differing bits | 1 |",
        "commit 0123456",
    ):
        assert part in text
    assert "- lost: study 1 (private), seed 0\n- differing: study 2 (shared), seed 1: metrics.csv\n" in text
    assert "| fit, shared | 3 |\n| node, private | 4 |" in text
