"""The simulation of the measure of convergence: in short, and the committed results."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
FILES = ("convergence_speed.json", "convergence_speed.md")


@pytest.fixture(scope="module")
def committed():
    return json.loads((BENCHMARKS / "results" / FILES[0]).read_text())


@pytest.mark.timeout(300)
def test_the_simulation_runs(tmp_path, committed):
    words = ["--experiments", "200", "--output", str(tmp_path)]
    command = [sys.executable, BENCHMARKS / "convergence_speed.py", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stderr
    results = json.loads((tmp_path / FILES[0]).read_text())
    assert [cell.keys() for cell in results["cells"]] == [cell.keys() for cell in committed["cells"]]
    assert results["noise_sd"] == pytest.approx(committed["noise_sd"], rel=1e-3)
    assert "| final accuracies |" in (tmp_path / FILES[1]).read_text()


def test_equal_time_constants_are_decided_in_at_most_5_percent_but_for_the_error_of_the_simulation(committed):
    shares = [cell["equal_speed_time"] for cell in committed["cells"]]
    error = (0.05 * 0.95 / committed["experiments"]) ** 0.5
    assert committed["experiments"] == 20_000
    assert len(shares) == 48
    assert sum(shares) / len(shares) <= 0.05 + 2 * error
    assert max(shares) <= 0.05 + 3 * error


def test_the_former_measure_decides_by_the_final_level(committed):
    assert min(cell["equal_speed_height"] for cell in committed["cells"]) > 0.4


def test_a_time_constant_twice_as_fast_is_found(committed):
    power = {
        (cell["finals"], cell["tau"], cell["spread"], cell["seeds"]): cell["twice_as_fast"]
        for cell in committed["cells"]
    }
    assert power["high", 2.0, 0.0, 10] > 0.9
    assert power["high", 4.0, 0.0, 5] > 0.8
