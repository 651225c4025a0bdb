"""Procedure: the levels, the worth and the question that a plan gives to each contrast."""

import pytest

from resnet_lab.comparison.plan import Plan
from resnet_lab.comparison.procedure import Procedure
from resnet_lab.statistics.looks import look_levels


def plan(**fixed):
    return Plan("residual", "0" * 64, **fixed)


def test_without_a_plan_there_is_one_look_and_no_difference_worth_having(three_seeds):
    [rules] = Procedure().of_contrasts(three_seeds.pairing.contrasts)
    assert (rules.level, rules.worth, rules.primary, rules.tested) == (0.05, None, "accuracy", True)


def test_contrasts_share_the_level(two_depths):
    rules = Procedure(plan(worth=0.01)).of_contrasts(two_depths.pairing.contrasts)
    assert [(one.level, one.worth) for one in rules] == [(0.025, 0.01)] * 2


def test_planned_contrasts_without_runs_share_the_level_too(two_depths):
    cells = dict.fromkeys([f"{arm}{depth}" for arm in ("plain", "resnet") for depth in (18, 34, 50, 101)], "accuracy")
    rules = Procedure(plan(questions=cells)).of_contrasts(two_depths.pairing.contrasts)
    assert [one.level for one in rules] == [0.0125] * 2


@pytest.mark.parametrize("look", [6, 9, 12])
def test_a_look_has_its_own_level(three_seeds, look):
    procedure = Procedure(plan(looks=(6, 9, 12)), look)
    assert procedure.level == dict(zip((6, 9, 12), look_levels((6, 9, 12)), strict=True))[look]
    assert procedure.of_contrasts(three_seeds.pairing.contrasts)[0].level == procedure.level
    assert not procedure.too_early


def test_before_the_first_look_nothing_is_tested(three_seeds):
    procedure = Procedure(plan(looks=(6, 9, 12)), None)
    assert procedure.too_early
    assert not procedure.of_contrasts(three_seeds.pairing.contrasts)[0].tested


def test_cells_that_are_judged_by_degradation_leave_the_level_to_others(two_depths):
    contrasts = two_depths.pairing.contrasts
    names = [contrast.pairs[0][0].name for contrast in contrasts]
    asked = Procedure(plan(questions=dict.fromkeys(names, "degradation"), worth=0.02))
    levels = [(rules.level, rules.mechanism, rules.primary) for rules in asked.of_contrasts(contrasts)]
    assert levels == [(0.05, 0.025, None)] * 2  # mechanism is tested in each
    assert (asked.of_depth_studies(1).level, asked.of_depth_studies(2).level) == (0.05, 0.025)
    assert asked.of_depth_studies(1).worth == 0.02
    assert Procedure(plan(worth=0.02)).of_depth_studies(1).worth is None
