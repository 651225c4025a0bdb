"""What all verdicts of a page mean: populations, looks, error rates, and a plan that is not applied."""

from dataclasses import replace

import pytest

from resnet_lab.comparison.ladder import climb
from resnet_lab.comparison.ladder_cells import LadderCell
from resnet_lab.comparison.plan import Plan
from resnet_lab.comparison.procedure import Procedure
from resnet_lab.report.compose import compose
from resnet_lab.report.error_rates import error_rates, plan_notice, populations
from resnet_lab.report.words import LANGUAGES, load_words

WORDS = load_words("en")
PLAN = Plan("mine", "0" * 64, (3, 6), 0.01, {"plain34": "accuracy", "resnet34": "accuracy"}, seeds=tuple(range(6)))


def by_plan(results, look, plan=PLAN):
    return replace(results, procedure=Procedure(plan, look))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_filled_in(three_seeds, two_depths, language):
    words = load_words(language)
    for results in (three_seeds, two_depths, by_plan(three_seeds, 3), by_plan(three_seeds, None)):
        for text in (error_rates(results, words), populations(results, words)):
            assert text.endswith(".")
            assert "{" not in text


def test_without_a_plan_the_rates_are_those_of_one_look(three_seeds, depth_study):
    said = error_rates(three_seeds, WORDS)
    assert said.startswith("No plan was fixed before the runs, or none was given.")
    assert "one claim is tested first (higher accuracy)" in said
    assert said.endswith("the chance of any false verdict is at most 10%.")
    assert error_rates(depth_study, WORDS).endswith("at most 15%.")  # degradation is a family more
    ladder = climb(*(LadderCell(name, name, "", {}, {}) for name in ("a", "b")), [], Procedure())
    said = error_rates(replace(three_seeds, ladder=ladder), WORDS)
    assert "The ladder has two more, each with its own 5%" in said
    assert said.endswith("at most 20%.")


def test_a_plan_says_its_looks_and_what_is_worth_having(three_seeds):
    said = error_rates(by_plan(three_seeds, 3), WORDS)
    assert "It has looks at 3, 6 seed pairs; this is the look at 3" in said
    assert said.endswith("the verdict is that there is no difference worth having.")
    assert "nothing is tested yet" in error_rates(by_plan(three_seeds, None), WORDS)


def test_a_question_on_degradation_leaves_performance_untested(two_depths):
    plan = replace(PLAN, questions=dict.fromkeys(("plain18", "resnet18", "plain34", "resnet34"), "degradation"))
    assert "their claims on performance are shown and not tested" in error_rates(by_plan(two_depths, None, plan), WORDS)


def test_populations_are_those_of_the_claims(three_seeds, make_run, compare):
    assert "have two intervals" in populations(three_seeds, WORDS)
    folds = [
        make_run(arm, seed, changes={"data.fold": f"{seed + 1}/3"}, name=str(arm))
        for seed in range(3)
        for arm in (False, True)
    ]
    said = populations(compare(folds), WORDS)
    assert said.startswith("The pairs hold out different folds of the photographs.")
    assert "have two intervals" not in said


def test_a_recorded_plan_that_is_not_applied_is_said_first(make_run, compare):
    status = {"plan": {"study": "mine", "digest": "0" * 64}}
    results = compare([make_run(arm, seed, status=status) for seed in range(3) for arm in (False, True)])
    [notice] = compose(results, WORDS, pictures=False).opening
    assert notice.serious
    assert notice.text.startswith("The runs record the plan of mine, and this comparison does not apply it.")
    assert notice.commands == ("resnet-lab compare mine.yaml",)
    assert "which is not applied here" in error_rates(results, WORDS)
    assert plan_notice(by_plan(results, 3), WORDS) is None
