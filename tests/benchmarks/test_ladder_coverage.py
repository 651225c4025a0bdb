"""The simulation of the share of a gap: in short, and the committed results."""

import json
import runpy
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks" / "results"


@pytest.fixture(scope="module")
def benchmark():
    return runpy.run_path(str(ROOT / "benchmarks" / "ladder_coverage.py"))


@pytest.fixture(scope="module")
def committed():
    return json.loads((RESULTS / "ladder_coverage.json").read_text())


def test_the_draws_have_the_errors_and_the_correlation_of_their_setting(benchmark):
    case = next(case for case in benchmark["CASES"] if case.correlation == 0.8)
    errors = benchmark["draw_errors"](case, 4000, np.random.default_rng(0))
    for drawn, planned in zip(errors, (case.plain, case.residual, case.rung), strict=True):
        assert drawn.mean() == pytest.approx(planned.mean, rel=0.02)
        assert drawn.std() == pytest.approx(planned.sd, rel=0.05)
    assert np.corrcoef(errors[0].ravel(), errors[2].ravel())[0, 1] == pytest.approx(0.8, abs=0.02)


def test_a_short_simulation_covers_as_the_committed_one(benchmark, committed):
    for number in (0, 8, 25):
        case = benchmark["CASES"][number]
        found = benchmark["simulate"](case, 2000, np.random.default_rng(7))
        assert found["coverage"] == pytest.approx(committed["cases"][number]["coverage"], abs=0.02)
        assert found["coverage"] >= 0.93


def test_the_sets_cover_at_least_94_percent_at_five_seeds(committed):
    assert committed["seeds"] == 5
    assert len(committed["cases"]) > 50
    assert min(case["coverage"] for case in committed["cases"]) >= 0.94
    shown = [case["coverage_shown"] for case in committed["cases"] if case["setting"] == "digits"]
    assert len(shown) == 45
    assert min(shown) >= 0.94


def test_the_page_and_the_documentation_are_made_of_the_results(benchmark, committed):
    assert benchmark["summary"](committed) in (ROOT / "docs" / "ladder.md").read_text()
    assert benchmark["report"](committed) == (RESULTS / "ladder_coverage.md").read_text()
