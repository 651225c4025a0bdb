"""The check of a GPU, in tiny form on a CPU: what fails is noted, and the rest goes on."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "gpu.py"
LEFT_OUT = ("compile", "bill", "speed_128", "speed_64")
"""The first takes minutes on a CPU; the others have a test of their own, or are as `speed_256` with another size."""


def gpu(*words, timeout):
    return subprocess.run(
        [sys.executable, BENCHMARK, *map(str, words)], capture_output=True, text=True, check=False, timeout=timeout
    )


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_the_bill_of_the_shortcut_is_written(tmp_path):
    words = ("--tiny", "--device", "cpu", "--output", tmp_path, "--only", "bill")
    done = gpu(*words, timeout=100)
    assert done.returncode == 0, done.stderr
    results = json.loads((tmp_path / "gpu.json").read_text())
    assert {name: one["state"] for name, one in results["checks"].items()} == {"machine": "passed", "bill": "passed"}
    [arms] = results["checks"]["bill"]["found"].values()
    kept = {arm: row["kept_mb"] for arm, row in arms.items()}
    assert kept["plain"] <= kept["residual, option A"] < kept["residual, option B"]
    page = (tmp_path / "gpu.md").read_text()
    assert page.startswith("# The checks of a GPU, made on a CPU\n")
    assert "| 4 | residual, option B |" in page


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_a_check_that_fails_or_takes_too_long_is_noted_with_its_message(tmp_path):
    script = (
        "import argparse, json, os, sys, time; from pathlib import Path; import gpu; "
        "gpu.LIMITS = {'nonsense': 60, 'steps': 60, 'late': 60}; gpu.LEAST_SECONDS = 0.1; "
        "options = argparse.Namespace(device='cpu', tiny=True); "
        f"folder = Path({str(tmp_path)!r}); made = gpu.one_check; "
        "gpu.one_check = lambda name, *rest: made(name, *rest[:-1], 60 if name == 'nonsense' else 0.2); "
        "print(json.dumps(gpu.check(list(gpu.LIMITS), options, folder, time.monotonic() + 60)['checks']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=BENCHMARK.parent, capture_output=True, text=True, check=False, timeout=100
    )
    assert done.returncode == 0, done.stderr
    checks = json.loads(done.stdout.splitlines()[-1])
    assert {one["state"] for one in checks.values()} == {"failed"}
    assert "invalid choice: 'nonsense'" in checks["nonsense"]["message"]
    assert checks["steps"]["message"] == checks["late"]["message"] == "not done after 0 seconds"


def test_no_time_leaves_checks_out_and_says_so(tmp_path):
    done = gpu("--tiny", "--device", "cpu", "--output", tmp_path, "--minutes", "0", "--skip", "machine", timeout=60)
    assert done.returncode == 1
    results = json.loads((tmp_path / "gpu.json").read_text())
    assert {one["state"] for one in results["checks"].values()} == {"left out"}
    assert "**0 of 14 checks passed.**" in (tmp_path / "gpu.md").read_text()


def test_results_of_a_cpu_do_not_get_among_those_of_a_gpu():
    done = gpu("--tiny", "--device", "cpu", timeout=60)
    assert done.returncode == 2
    assert "name another folder by --output" in done.stderr


def test_missing_packages_are_named_at_once(tmp_path):
    """Isolated from its site packages, Python has none of them."""
    words = [sys.executable, "-I", "-S", BENCHMARK, "--device", "cpu", "--output", tmp_path]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert "this Python lacks filelock, jinja2, jsonargparse, lightning," in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
@pytest.mark.timeout(1000)
def test_all_checks_pass(tmp_path):
    words = ("--tiny", "--device", "cpu", "--output", tmp_path, "--minutes", "15", "--skip", *LEFT_OUT)
    done = gpu(*words, timeout=950)
    assert done.returncode == 0, done.stderr
    checks = json.loads((tmp_path / "gpu.json").read_text())["checks"]
    assert {name for name, one in checks.items() if one["state"] == "passed"} >= {"steps", "killed", "speed_256"}
    assert len(checks) == 11
