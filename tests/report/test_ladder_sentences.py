"""Sentences about a ladder: one per rung on what follows and what does not, for every knob, outcome and language."""

import re
import string
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from resnet_lab.comparison.knobs import Knob, KnobName
from resnet_lab.comparison.ladder import Ladder, Outcome, climb
from resnet_lab.comparison.ladder_cells import TRAIN_ACCURACY, LadderCell
from resnet_lab.comparison.procedure import Procedure
from resnet_lab.report.ladder_sentences import (
    end_names,
    gap_sentences,
    outcome_sentence,
    rung_label,
    rung_name,
    rung_question,
    rung_sentences,
    rung_verdict,
    second_texts,
    share_sentences,
    share_text,
)
from resnet_lab.report.words import LANGUAGES, load_words
from resnet_lab.runs import Run
from resnet_lab.statistics.fieller import Ratio

ENGLISH, INDONESIAN = map(load_words, LANGUAGES)
CONTRAST = {"en": "which does not show", "id": "tetapi ini tidak menunjukkan"}


def cell(name, errors, asks=""):
    runs = {seed: Run(Path(name) / f"version_{seed}") for seed in range(len(errors))}
    return LadderCell(name, name, asks, runs, {seed: {TRAIN_ACCURACY: 1 - error} for seed, error in enumerate(errors)})


def ladder(dirac=(0.08, 0.05, 0.09), plain=(0.56, 0.45, 0.52), residual=(0.05, 0.04, 0.06)) -> Ladder:
    rung = cell("dirac", dirac, "Is a start near the identity enough?")
    made = climb(cell("plain", plain), cell("residual", residual), [rung], Procedure())
    return replace(made, rungs=(replace(made.rungs[0], knob=Knob("dirac", {"model.init": "dirac"})),))


def leaves(texts, path=""):
    if not isinstance(texts, dict):
        return {path: texts}
    return {name: text for key, value in texts.items() for name, text in leaves(value, f"{path}/{key}").items()}


def placeholders(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_have_the_same_texts_with_the_same_names():
    english, indonesian = leaves(ENGLISH.ladder), leaves(INDONESIAN.ladder)
    assert english.keys() == indonesian.keys()
    for key, text in english.items():
        assert placeholders(text) == placeholders(indonesian[key]), key
        if key not in ("/share/short/interval", "/share/short/unknown", "/missing_seeds"):
            assert text != indonesian[key], key


@pytest.mark.parametrize("words", [ENGLISH, INDONESIAN])
def test_every_knob_and_every_outcome_has_its_sentence(words):
    assert set(words.ladder["knobs"]) == set(get_args(KnobName))
    assert set(words.ladder["outcome"]) == {*get_args(Outcome), "equal"}
    one = ladder()
    for name in get_args(KnobName):
        for changes in ({"model.init": "dirac"}, {}) if name == "other" else ({"model.init": "dirac"},):
            rung = replace(one.rungs[0], knob=Knob(name, changes))
            said = outcome_sentence(rung, one, words)
            assert CONTRAST[words.language] in said
            assert not re.search(r"[{}]|  |\.\.|None", said)
            assert said.endswith(".")
            assert said.count(". ") == 0  # one sentence


def outcome(low, high):
    one = ladder()
    share = Ratio((low + high) / 2, "interval", low, high, 3, 0.95)
    return outcome_sentence(replace(one.rungs[0], share=share, family_share=share), one, ENGLISH)


def test_what_follows_and_what_does_not_stand_in_one_sentence():
    assert outcome(0.9, 1.02) == (
        "dirac closes most of the gap (96% of it, 95% interval 90% to 102%): a start near the identity does this "
        "without any shortcut, which does not show that the shortcut works this way."
    )
    assert outcome(0.1, 0.3).startswith(
        "dirac closes less than half of the gap (20% of it, 95% interval 10% to 30%): a "
    )
    assert outcome(0.3, 0.8).startswith("dirac closes a part of the gap, and whether that is more than half is not ")
    assert outcome(-0.05, 0.05) == (
        "dirac closes next to nothing of the gap (0% of it, 95% interval -5% to 5%): a start near the identity is not "
        "what plain lacks here, which does not show that the start of residual does not matter."
    )


def test_other_outcomes():
    worse = ladder(dirac=(0.7, 0.62, 0.69))
    assert outcome_sentence(worse.rungs[0], worse, ENGLISH).startswith(
        "dirac has a higher training error than plain: a "
    )
    same = ladder(dirac=(0.6, 0.4, 0.5))
    assert rung_sentences(same.rungs[0], same, ENGLISH) == (
        "Whether dirac differs from plain in training error is not decided by "
        "this data, so no verdict says whether a start near the identity is enough. The interval that decides includes "
        f"zero. Its share of the gap: {share_text(same.rungs[0].share, ENGLISH)}."
    )
    equal = replace(same.rungs[0], share=None, claim=replace(same.rungs[0].claim, verdict="equivalent"))
    assert outcome_sentence(equal, same, ENGLISH).startswith("dirac does not differ from plain in training error by a ")


def test_the_start_at_its_own_best_value_is_named_by_the_key():
    one = ladder()
    own = replace(one.rungs[0], cell=replace(one.start, own_value=1e-4), knob=Knob("own_rate", {"model.lr": 1e-4}))
    assert (
        rung_name(own, one, ENGLISH)
        == rung_label(own, one, ENGLISH)
        == "plain at learning rate 0.0001 (selected for it)"
    )
    said = outcome_sentence(own, one, ENGLISH)
    assert said.startswith("Plain at learning rate 0.0001 (selected for it) closes most of the gap")
    assert "so much of the gap at one common learning rate comes from that learning rate" in said


def test_the_ends_have_the_names_of_their_networks_and_rungs_say_what_they_change():
    one = ladder()
    assert end_names(one) == {"start": "plain", "end": "residual"}
    named = replace(one, start=replace(one.start, arm="Plain-32"), end=replace(one.end, arm="ResNet-32"))
    assert end_names(named) == {"start": "Plain-32", "end": "ResNet-32"}
    assert "lower for ResNet-32 than for Plain-32" in gap_sentences(named, ENGLISH)
    alike = replace(one, start=replace(one.start, arm="Plain-32"), end=replace(one.end, arm="Plain-32"))
    assert end_names(alike) == end_names(one)
    assert rung_label(one.rungs[0], one, ENGLISH) == "blocks near the identity at the start (dirac)"
    dose = replace(one.rungs[0], knob=Knob("shortcut_weight", {"model.shortcut_weight": 0.5}))
    assert rung_label(dose, one, ENGLISH) == "shortcut of weight 0.5 (dirac)"
    assert rung_label(replace(dose, knob=Knob("several", {"a": 1, "b": 2})), one, ENGLISH) == "dirac"


def test_equal_verdicts_of_both_comparisons_are_not_repeated():
    agreed = gap_sentences(two_values((0.56, 0.45, 0.53)), ENGLISH)
    assert agreed.endswith("The verdict at the top needs both comparisons.")


def two_values(own):
    ends = cell("plain", (0.56, 0.45, 0.52)), cell("residual", (0.05, 0.04, 0.06))
    rung = replace(cell("plain", own, "How well does it train?"), own_value=0.01)
    return climb(*ends, [rung], Procedure(), ("model.lr", 0.003))


@pytest.mark.parametrize("words", [ENGLISH, INDONESIAN])
def test_both_comparisons_of_ends_that_chose_two_values_are_told(words):
    made = two_values((0.06, 0.03, 0.065))
    said = gap_sentences(made, words)
    assert f"{100 * made.headline.second.interval.mean:+.2f}" in said
    assert words.verdict("supported") in said
    assert words.verdict("undecided") in said
    assert "0.003" in said
    assert "0.01" in said
    empty = two_values(())
    assert len(second_texts(empty, words, words.ladder["second"])) == 2
    assert second_texts(ladder(), words, words.ladder["second"]) == []


def test_the_question_comes_first_and_the_verdict_says_what_was_tested():
    one = ladder()
    assert rung_question(one.rungs[0], one, ENGLISH) == (
        "Is a start near the identity enough? "
        "Lower training error of blocks near the identity at the start (dirac) than of plain"
    )
    tested = "Lower training error of blocks near the identity at the start (dirac) than of plain"
    silent = replace(one.rungs[0], cell=replace(one.rungs[0].cell, asks=""))
    assert rung_question(silent, one, ENGLISH) == f"Does it hold that a start near the identity is enough? {tested}"
    assert rung_question(one.rungs[0], one, INDONESIAN).startswith("Apakah awal yang mendekati identitas sudah cukup? ")
    claim = one.rungs[0].claim
    assert rung_verdict(one.rungs[0], ENGLISH).startswith(
        f"supported, {100 * claim.interval.mean:+.2f} percentage points (95% interval "
    )
    for verdict in ("diverged", "not_tested"):
        rung = replace(one.rungs[0], claim=replace(claim, verdict=verdict))
        assert rung_verdict(rung, ENGLISH) == ENGLISH.verdict(verdict)
    own = two_values((0.06, 0.03, 0.065))
    assert rung_question(own.rungs[0], own, ENGLISH) == (
        "Did plain only need another learning rate? "
        "Lower training error of plain at learning rate 0.01 (selected for it) than of plain"
    )


@pytest.mark.parametrize(
    ("name", "english", "indonesian"),
    [
        ("stop_gradient", "does not descend the gradient of its own loss", "tidak menuruni gradien dari loss-nya"),
        ("straight_through", "does not descend the gradient of its own loss", "tidak menuruni gradien dari loss-nya"),
        (
            "own_rate",
            "selected by validation accuracy, and is judged here by training error",
            "dipilih menurut akurasi",
        ),
    ],
)
def test_caveats_stand_with_every_outcome_of_a_test(name, english, indonesian):
    one = ladder()
    rung = replace(one.rungs[0], knob=Knob(name, {"model.lr": 1e-3}))
    failed = replace(rung, claim=replace(rung.claim, verdict="contradicted"))
    for tested in (rung, failed):
        assert english in rung_sentences(tested, one, ENGLISH)
        assert indonesian in rung_sentences(tested, one, INDONESIAN)
    untested = replace(rung, claim=replace(rung.claim, verdict="not_tested"))
    assert english not in rung_sentences(untested, one, ENGLISH)
    assert rung_sentences(one.rungs[0], one, ENGLISH).endswith("works this way.")


def test_the_dose_of_a_shortcut_is_told():
    one = ladder()
    dose = replace(one.rungs[0], knob=Knob("shortcut_weight", {"model.shortcut_weight": 0.5}))
    assert "a shortcut of weight 0.5 does this" in outcome_sentence(dose, one, ENGLISH)


def test_unbounded_sets_are_called_so():
    outside = Ratio(1.6, "outside", -0.2, 0.4, 2, 0.95)
    assert share_text(outside, ENGLISH) == (
        "160% of it, and the 95% set is unbounded: all up to -20% and all from 40% on"
    )
    assert share_text(outside, ENGLISH, short=True) == "160% (unbounded: ≤\u00a0-20 or ≥\u00a040)"
    everything = Ratio(1.6, "everything", float("-inf"), float("inf"), 2, 0.95)
    assert share_text(everything, INDONESIAN, short=True) == "160% (tidak terbatas: semua)"
    assert share_text(Ratio(-0.001, "unknown", float("nan"), float("nan"), 1, 0.95), ENGLISH, short=True) == "0%"


def test_the_paragraph_on_the_gap_says_its_size_and_why_there_are_no_shares():
    said = gap_sentences(ladder(), ENGLISH)
    assert said.startswith(
        "On average over 3 seed pairs, the training error of the last checkpoint is 46.00 percentage points lower for "
        "residual than for plain (standard deviation of the difference over seeds 5.00; 95% interval -58.42 to -33.58 "
    )
    shares = share_sentences(ladder(), ENGLISH)
    assert "Its 95% interval (Fieller) takes account of" in shares
    assert "a wider set, of 95% for each of the 1 rungs (Bonferroni)" in shares
    ceiling = share_sentences(ladder(residual=(0.001, 0.0, 0.002)), ENGLISH)
    assert "On its own training images, residual is wrong on 0.10% only, which is less than one point" in ceiling
    assert "Fieller" not in ceiling
    open_gap = ladder(residual=(0.9, 0.1, 0.4))
    assert gap_sentences(open_gap, ENGLISH).endswith("The interval that decides includes zero.")
    assert share_sentences(open_gap, ENGLISH).startswith("No share of the gap is shown, because the gap itself is not")
    turned = share_sentences(ladder(residual=(0.76, 0.66, 0.72)), INDONESIAN)
    assert "tidak ada jarak yang dapat ditutup" in turned
