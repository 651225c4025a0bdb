"""Figures in the docs are those of the results that are kept in the repository."""

import json
import runpy
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_tables_of_data_are_the_benchmarks():
    benchmark = runpy.run_path(str(ROOT / "benchmarks" / "data.py"))
    results = json.loads((ROOT / "benchmarks" / "results" / "data.json").read_text())
    docs = (ROOT / "docs" / "data.md").read_text()
    assert benchmark["table"](results) in docs
    assert f"arrays of {results['large_folder']['third']['kept_mb']:.0f} MB" in docs
    assert f"range of {results['throughput']['ELPV, 300x300 grey PNG']['rounds']} rounds" in docs
