"""The page of the benchmark of runs at a time: its ratios, against those computed by hand."""

import runpy
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def results():
    return {
        "command": "python benchmarks/jobs.py --rounds 3",
        "options": {"data.image_size": "64", "trainer.max_epochs": "2"},
        "runs": 4,
        "arrangements": [
            {"jobs": 1, "threads": 2, "seconds": [100.0, 120.0, 90.0], "images_per_second": [50.0, 40.0, 60.0]},
            {"jobs": 2, "threads": 1, "seconds": [80.0, 60.0, 90.0], "images_per_second": [60.0, 60.0, 60.0]},
        ],
        "hardware": {"cores": 2, "processor": "Some CPU", "instructions": ["avx2"]},
        "versions": {"torch": "2.14.1"},
        "git_commit": "0123456789abcdef",
    }


def test_a_ratio_is_paired_per_round(results):
    page = runpy.run_path(str(BENCHMARKS / "jobs.py"))["page"](results)
    rows = [line for line in page.splitlines() if line.startswith("| ")][2:]
    assert rows == [
        "| 1 | 2 | 100 (90 to 120) | 50.0 (40.0 to 60.0) | 1 | 1 |",
        "| 2 | 1 | 80 (60 to 90) | 60.0 (60.0 to 60.0) | 1.25 (1.00 to 2.00) | 1.20 (1.00 to 1.50) |",
    ]
