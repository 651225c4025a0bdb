"""The pages of throughput are what their script makes of the committed values."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
RESULTS = BENCHMARKS / "results"
SCRIPT = """
import json, sys
from pathlib import Path
import throughput_report
folder = Path(sys.argv[1])
throughput_report.write(json.loads((folder / "throughput.json").read_text()), folder)
"""


@pytest.mark.timeout(120)
def test_the_pages_are_made_of_the_committed_values(tmp_path):
    for name in ("throughput.json", "data.json"):
        (tmp_path / name).write_bytes((RESULTS / name).read_bytes())
    words = [sys.executable, "-c", SCRIPT, tmp_path]
    done = subprocess.run(words, cwd=BENCHMARKS, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stderr
    for name in ("throughput.md", "growth.md"):
        assert (tmp_path / name).read_text() == (RESULTS / name).read_text(), name


def test_sixteen_cores_would_read_6000_images_per_second_if_the_rate_grew_as_the_cores():
    measured = json.loads((RESULTS / "data.json").read_text())
    for row in measured["throughput"].values():
        assert row["cached_images_per_second"]["min"] / measured["hardware"]["cores"] * 16 >= 6000
