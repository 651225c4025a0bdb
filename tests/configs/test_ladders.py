"""Studies of the ladder: rungs that differ from an end in one thing, and a setting that no seed of the study chose."""

import runpy
from pathlib import Path

import pytest
import yaml

from resnet_lab.config.find import shipped_configs
from resnet_lab.config.overrides import split_words
from resnet_lab.program import PROGRAM
from resnet_lab.study.plan import read_study
from resnet_lab.study.resolved_configs import resolve_configs

ROOT = Path(__file__).parents[2]
RUNGS = {
    "plain": {},
    "delta_orthogonal": {"model.init": "delta_orthogonal"},
    "norm_bias": {"model.norm_bias": 2.0},
    "dirac": {"model.init": "dirac"},
    "stop_gradient": {"model.shortcut_gradient": "stop_gradient"},
    "straight_through": {"model.shortcut_gradient": "straight_through"},
    "span1": {"model.shortcut_span": 1},
    "residual": {},
}
"""Settings of each rung beside those of all cells. The ninth rung is the plain network at its own best rate."""


@pytest.fixture(params=["ladder", "ladder-digits"])
def study(request):
    return read_study(shipped_configs() / "studies" / f"{request.param}.yaml")


def test_the_rungs_are_those_of_the_ladder(study):
    suffix = {"ladder": "-48", "ladder-digits": ""}[study.name]
    assert list(study.plan.questions) == [f"{name}{suffix}" for name in RUNGS]
    common = set.intersection(*({*cell.settings.items()} for cell in study.every_cell))
    for cell in study.every_cell:
        rung = cell.of.removesuffix(suffix)
        assert dict({*cell.settings.items()} - common) == {**RUNGS[rung], "model.lr": cell.value}
        assert cell.config.name == ("plain34.yaml" if rung in list(RUNGS)[:4] else "resnet34.yaml")


@pytest.mark.slow
def test_no_rung_is_refused(study):
    assert len(resolve_configs(study, PROGRAM)) == len(study.every_cell)


def test_both_ends_are_tuned_on_seeds_that_do_not_count(study):
    plan = study.plan
    suffix = {"ladder": "-48", "ladder-digits": ""}[study.name]
    assert (plan.ladder.start, plan.ladder.end) == (f"plain{suffix}", f"residual{suffix}")
    assert study.seeds == (0, 1, 2, 3, 4)
    assert plan.tuning.seeds == (100, 101)
    assert plan.tuning.key == "model.lr"
    assert plan.tuning.by == {"ladder": "train/loss", "ladder-digits": "val/accuracy"}[study.name]


def test_every_rung_asks_something(study):
    assert list(study.plan.asks) == list(study.plan.questions)
    assert len(set(study.plan.asks.values())) == len(RUNGS)
    assert all(sentence.endswith("?") for sentence in study.plan.asks.values())


def test_the_digits_have_the_setting_that_the_search_chose():
    search = runpy.run_path(str(ROOT / "benchmarks" / "ladder_digits_search.py"))
    study = read_study(shipped_configs() / "studies" / "ladder-digits.yaml")
    assert set(study.plan.tuning.values) <= set(search["RATES"])
    given = split_words(["fit", *search["COMMON"].split()]).options
    common = {key: yaml.safe_load(value) for key, value in given}
    for cell in study.every_cell:
        assert {**common, **search["SETTING"]}.items() <= cell.settings.items()
