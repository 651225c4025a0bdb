"""Sentences about a ladder: one per rung on what follows and what does not, for every knob, outcome and language."""

import re
import string
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from resnet_lab.comparison.knobs import Knob, KnobName
from resnet_lab.comparison.ladder import TRAIN_ACCURACY, Ladder, LadderCell, Outcome, climb
from resnet_lab.comparison.procedure import Procedure
from resnet_lab.report.ladder_sentences import (
    cell_name,
    gap_sentences,
    outcome_sentence,
    rung_name,
    rung_sentences,
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
    return outcome_sentence(replace(one.rungs[0], share=share), one, ENGLISH)


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
        "Is a start near the identity enough? Whether dirac differs from plain in training error is not decided by "
        "this data, so it is left open whether a start near the identity is enough. The interval that decides includes "
        "zero."
    )
    equal = replace(same.rungs[0], share=None, claim=replace(same.rungs[0].claim, verdict="equivalent"))
    assert outcome_sentence(equal, same, ENGLISH).startswith("dirac does not differ from plain in training error by a ")


def test_the_start_at_its_own_best_value_is_named_by_the_key():
    one = ladder()
    own = replace(one.rungs[0], cell=replace(one.start, own_value=1e-4), knob=Knob("own_rate", {"model.lr": 1e-4}))
    assert rung_name(own, ENGLISH) == "plain at its own best learning rate"
    said = outcome_sentence(own, one, ENGLISH)
    assert said.startswith("Plain at its own best learning rate closes most of the gap")
    assert "so much of the gap at one common learning rate comes from that learning rate" in said
    assert cell_name(one.start, ENGLISH) == "plain"


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
    assert "Its 95% interval (Fieller) takes account of" in said
    ceiling = gap_sentences(ladder(residual=(0.001, 0.0, 0.002)), ENGLISH)
    assert "On its own training images, residual is wrong on 0.10% only, which is less than one point" in ceiling
    assert "Fieller" not in ceiling
    open_gap = gap_sentences(ladder(residual=(0.9, 0.1, 0.4)), ENGLISH)
    assert (
        "The interval that decides includes zero. No share of the gap is shown, because the gap itself is" in open_gap
    )
    turned = gap_sentences(ladder(residual=(0.76, 0.66, 0.72)), INDONESIAN)
    assert "tidak ada selisih yang dapat ditutup" in turned
