"""The benchmark of killed and resumed runs, in short: a few kills, no difference."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "survival.py"


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_killed_runs_end_as_if_nobody_had_killed_them(tmp_path):
    words = ["--kills", "6", "--scenarios", "fit, bf16, 2 workers", "test", "--output", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, BENCHMARK, *words], capture_output=True, text=True, check=False, timeout=1200
    )
    assert done.returncode == 0, done.stderr
    results = json.loads((tmp_path / "survival.json").read_text())
    assert [chain["differences"] for chain in results["chains"]] == [[] for _ in results["chains"]]
    assert sum(len(chain["kills"]) for chain in results["chains"]) >= 6
    assert "**Chains that differ or lost something: 0 of " in (tmp_path / "survival.md").read_text()
