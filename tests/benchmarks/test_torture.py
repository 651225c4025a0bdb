"""The torture of the decoder: its grid against tifffile, its outcomes, and the committed figures."""

import json
import runpy
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from resnet_lab.data.rgb import DEFAULT_RULE

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
RESULTS = BENCHMARKS / "results"


@pytest.fixture
def torture(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    yield runpy.run_path(str(BENCHMARKS / "torture.py"))
    sys.modules.pop("torture_tiffs", None)


@pytest.fixture
def grid(monkeypatch):
    return runpy.run_path(str(BENCHMARKS / "torture_tiffs.py"))


def test_tifffile_reads_the_grid_as_it_was_written(grid, tmp_path):
    path = tmp_path / "a.tif"
    cases = list(grid["cases"]())
    assert len(set(cases)) == len(cases) > 17_000
    for case in cases[::170]:
        if case.bits == 24 or (case.sign == "signed" and case.bits in (4, 12)):  # tifffile (2026.3) does not read them
            continue
        path.write_bytes(grid["file_of"](case))
        values = grid["values_of"](case)
        try:
            read = tifffile.imread(path)
        except (NotImplementedError, ValueError):  # a few numbers of bits
            assert case.bits not in (1, 2, 4, 8, 16, 32, 64), case
            continue
        read = np.moveaxis(read, 0, -1) if case.separate else read
        np.testing.assert_array_equal(read.reshape(values.shape), values, str(case))


def test_outcomes(torture, tmp_path, monkeypatch):
    Image.new("RGB", (4, 3), (10, 20, 30)).save(tmp_path / "a.png")
    Image.new("RGB", (4, 3), (10, 20, 30)).save(tmp_path / "a.gif")
    (tmp_path / "b.png").write_bytes(b"%PDF-1.7")
    assert torture["of_file"](tmp_path / "a.png") == ("right", "")
    assert torture["of_file"](tmp_path / "a.gif") == ("read", "")
    outcome, reason = torture["of_file"](tmp_path / "b.png")
    assert outcome == "refused"
    assert reason.startswith("is a PDF")
    black = np.zeros((3, 4, 3))
    assert torture["outcome_of"](tmp_path / "a.png", DEFAULT_RULE, lambda: black, 3)[0] == "wrong"
    monkeypatch.setattr("resnet_lab.data.decode.decode", lambda path, rule: 1 / 0)
    assert torture["of_file"](tmp_path / "a.png")[0] == "crash"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_reference_is_turned_as_exif_says(torture, orientation):
    image = np.random.default_rng(0).random((3, 4, 3))
    turns = [
        *(lambda a: a, np.fliplr, lambda a: np.rot90(a, 2), np.flipud),
        *(lambda a: np.swapaxes(a, 0, 1), lambda a: np.rot90(a, -1)),
        *(lambda a: np.swapaxes(np.rot90(a, 2), 0, 1), np.rot90),
    ]
    np.testing.assert_array_equal(torture["turned"](image, orientation), turns[orientation - 1](image))


def test_a_reader_that_dies_costs_one_file(torture, tmp_path, monkeypatch):
    reader = tmp_path / "reader.py"
    reader.write_text(
        "import json, os, sys\n"
        "for name in json.loads(sys.stdin.read()):\n"
        "    os._exit(1) if name == 'bad' else print(json.dumps(['right', name]), flush=True)\n"
    )
    torture["outcomes"].__globals__["__file__"] = str(reader)
    found = [outcome for outcome, _ in torture["outcomes"](["a", "bad", "b", "bad", "bad", "c"], 60)]
    assert found == ["right", "crash", "right", "crash", "crash", "right"]


def test_the_figures_are_those_of_the_report_and_nothing_is_wrong(torture):
    results = json.loads((RESULTS / "torture.json").read_text())
    assert torture["report"](results) == (RESULTS / "torture.md").read_text()
    assert set(results["sources"]) == {*torture["SOURCES"], torture["GRID"]}
    for source, of in results["sources"].items():
        assert of["tried"] == sum(of[outcome] for outcome in torture["OUTCOMES"]), source
        assert of["wrong"] == of["unnamed"] == of["crash"] == 0, source
