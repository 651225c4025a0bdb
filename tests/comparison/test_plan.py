"""Plan of a comparison: what a study file fixes in advance."""

from resnet_lab.comparison.plan import Plan


def test_a_plan_that_fixes_nothing_has_no_look_worth_question_or_fold():
    plan = Plan("residual", "0" * 64)
    assert (plan.looks, plan.worth, dict(plan.questions), plan.folds, plan.seeds) == ((), None, {}, None, ())
