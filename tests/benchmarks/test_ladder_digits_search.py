"""The search for the setting of the digits ladder: its committed results, and one of its runs repeated."""

import json
import runpy
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
RESULTS = BENCHMARKS / "results"


@pytest.fixture(scope="module")
def search():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["ladder_digits_search.py"])
        return runpy.run_path(str(BENCHMARKS / "ladder_digits_search.py"))


@pytest.fixture(scope="module")
def found():
    return json.loads((RESULTS / "ladder_digits_search.json").read_text())


def test_the_page_is_made_of_the_results_of_all_runs_that_were_planned(search, found):
    assert [row["run"] for row in found] == search["planned"]()
    assert (RESULTS / "ladder_digits_search.md").read_text() == search["report"](found)


def test_no_seed_of_the_study_was_seen(found):
    assert {row["run"]["seed"] for row in found} == {100, 101}


def test_the_chosen_setting_is_off_ceiling_and_floor(search, found):
    """Further than one point from perfect and from the 10% of chance, at every rate from 0.001."""
    chosen = [
        row for row in found if search["SETTING"].items() <= row["run"].items() and row["run"]["model.lr"] >= 1e-3
    ]
    assert {row["run"]["cell"] for row in chosen} == search["CELLS"].keys()
    assert max(row["train"] for row in chosen) < 0.98
    assert min(row["train"] for row in chosen) > 0.2


@pytest.mark.filterwarnings("default")
def test_a_run_is_repeated(search, found):
    """Another processor may round otherwise, so the accuracy is near the committed one."""
    [row] = [
        row
        for row in found
        if row["run"] | {"cell": "residual", "model.depth": 20, "trainer.max_epochs": 2, "data.augment": "none"}
        == row["run"]
        and row["run"]["data.batch_size"] == 64
    ]
    again = search["train"](row["run"])
    assert again.keys() == row.keys() - {"run"}
    assert again["train"] == pytest.approx(row["train"], abs=0.03)
