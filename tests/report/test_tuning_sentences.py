"""Sentences on tuned arms: the choice and its cost, both comparisons, and the verdict that needs both."""

from dataclasses import replace

import pytest

from resnet_lab.comparison.tuning import Choice, Chosen
from resnet_lab.report.cards import effect_card
from resnet_lab.report.compose import compose
from resnet_lab.report.sentences import claim_sentences
from resnet_lab.report.tuning_sentences import arm_names, second_phrases, second_sentences, tuning_notice
from resnet_lab.report.words import LANGUAGES, load_words

ENGLISH = load_words("en")


def test_the_choice_and_its_cost_are_told(tuned):
    notice = tuning_notice(tuned(), ENGLISH)
    assert notice.text == (
        "The learning rate of each arm was selected by validation accuracy on seeds 100, 101: Plain-34 0.0001, "
        "ResNet-34 0.0003. The selection took 4 runs per arm, 8 runs and 73 minutes in all. These runs do not count "
        "for any verdict."
    )
    assert notice.points == (
        "Plain-34: the selected value is the lowest tried, so the range may be too narrow.",
        "ResNet-34: the selected value is the highest tried, so the range may be too narrow.",
        "The selected values differ. So ResNet-34 at 0.0003 is compared twice: with Plain-34 at the same 0.0003, and "
        "with Plain-34 at its selected 0.0001. A verdict needs both.",
    )


def test_equal_values_are_an_ordinary_pair(tuned):
    notice = tuning_notice(tuned(agree=True), ENGLISH)
    assert notice.points[-1] == (
        "The same value was selected for Plain-34 and ResNet-34, so they are compared as an ordinary pair."
    )


def test_a_tie_is_told(tuned):
    results = tuned()
    chosen = {cell: replace(one, tied=True, edge=None) for cell, one in results.choice.chosen.items()}
    notice = tuning_notice(replace(results, choice=replace(results.choice, chosen=chosen)), ENGLISH)
    assert notice.points[0] == (
        "Plain-34: several values are equally good. The one nearest the middle of the list was taken."
    )


def test_without_a_tuning_there_is_no_notice(three_seeds):
    assert tuning_notice(three_seeds, ENGLISH) is None
    [finding] = three_seeds.findings
    assert second_sentences(finding.claims[0], finding.contrast.arms, ENGLISH) == []


def test_the_card_has_both_differences(tuned):
    [finding] = tuned().findings
    shown = effect_card(finding, ENGLISH)
    assert shown.key == "supported"
    second = shown.intervals[-1]
    assert second.startswith("both at the value selected for ResNet-34: +")
    assert f"{100 * finding.claims[0].second.interval.mean:+.2f} percentage points (95% interval +" in second


def test_verdicts_that_differ_are_told_and_are_why_nothing_is_decided(tuned):
    [finding] = tuned(at_high=0.9).findings
    claim = finding.claims[0]
    assert claim.verdict == "undecided"
    alone = (
        "A verdict needs both comparisons. The first alone would be: supported; the second alone: not decided by this "
        "data."
    )
    in_short = "a verdict needs both; the first alone: supported, the second alone: not decided by this data"
    assert effect_card(finding, ENGLISH).intervals[-1] == in_short
    text = claim_sentences(claim, finding.contrast.arms, ENGLISH)
    assert alone in text
    assert "includes zero" not in text
    loss = next(claim for claim in finding.claims if claim.key == "loss")
    assert loss.verdict == "not_tested"
    assert "alone" not in claim_sentences(loss, finding.contrast.arms, ENGLISH)


def test_a_second_comparison_without_a_pair_is_told(tuned):
    [finding] = tuned().findings
    claim = finding.claims[0]
    lost = replace(claim, second=replace(claim.second, interval=None, verdict="diverged"))
    [said] = second_sentences(lost, finding.contrast.arms, ENGLISH)
    assert said.endswith("no pair could be compared, because runs diverged.")
    assert second_phrases(lost, finding.contrast.arms, ENGLISH)[0].endswith("could be compared, because runs diverged")


def test_cells_of_one_network_keep_their_own_names(tuned):
    choice = tuned().choice
    assert arm_names(choice) == {"plain34": "Plain-34", "resnet34": "ResNet-34"}
    control = [run for run in choice.runs if run.name.startswith("plain34")]
    twice = Choice(choice.tuning, {"plain34": Chosen(1e-4, (), False, None)}, {"plain34": (1e-4,)}, tuple(control))
    assert arm_names(twice) == {"plain34": "Plain-34"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("agree", [False, True])
def test_the_whole_report_is_written_in_both_languages(tuned, language, agree):
    document = compose(tuned(agree=agree), load_words(language), pictures=False)
    assert any({"en": "0.0003", "id": "0,0003"}[language] in notice.text for notice in document.below)
