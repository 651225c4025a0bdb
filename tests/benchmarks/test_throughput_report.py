"""The pages of throughput are what their script makes of the committed values."""

import importlib
import json
from pathlib import Path

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
RESULTS = BENCHMARKS / "results"


def test_the_pages_are_made_of_the_committed_values(tmp_path, monkeypatch):
    for name in ("throughput.json", "data.json"):
        (tmp_path / name).write_bytes((RESULTS / name).read_bytes())
    monkeypatch.syspath_prepend(BENCHMARKS)
    importlib.import_module("throughput_report").write(json.loads((tmp_path / "throughput.json").read_text()), tmp_path)
    for name in ("throughput.md", "growth.md"):
        assert (tmp_path / name).read_text() == (RESULTS / name).read_text(), name


def test_sixteen_cores_would_read_6000_images_per_second_if_the_rate_grew_as_the_cores():
    measured = json.loads((RESULTS / "data.json").read_text())
    for row in measured["throughput"].values():
        assert row["cached_images_per_second"]["min"] / measured["hardware"]["cores"] * 16 >= 6000
