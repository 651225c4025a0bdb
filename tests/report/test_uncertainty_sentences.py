"""Sentences about uncertainty: intervals and their populations, the larger part, and the plan of a new study."""

import re
from dataclasses import replace

import pytest

from resnet_lab.comparison.claims import Uncertainty, unmeasured
from resnet_lab.comparison.questions import QUESTIONS
from resnet_lab.report.uncertainty_sentences import (
    interval_texts,
    parts_sentence,
    planning_sentences,
    spread_text,
    why_undecided,
)
from resnet_lab.report.words import load_words
from resnet_lab.statistics.intervals import paired_t
from resnet_lab.statistics.planning import Needed

WORDS = load_words("en")
VALUES = (0.03, -0.01, 0.02)


def claim(**changes):
    plain = replace(unmeasured(QUESTIONS[0]), seeds=(0, 1, 2), interval=paired_t(VALUES), verdict="undecided")
    return replace(plain, **changes)


def per_image(images=0.6, seeds=0.1):
    return claim(uncertainty=Uncertainty(3, 393, images, seeds), these_images=paired_t(VALUES, 0.9))


@pytest.mark.parametrize(
    ("about", "said"),
    [
        (claim(), ["These images, new training: 95% interval -3.84 to +6.50 (the verdict rests on it; contains 0)"]),
        (
            claim(folds=3),
            [
                "New photographs like those of all 3 folds, and new training: 95% interval -3.84 to +6.50 "
                "(the verdict rests on it; contains 0)"
            ],
        ),
        (
            per_image(),
            [
                "New images and new training: 95% interval -3.84 to +6.50 (the verdict rests on it; contains 0)",
                "These 393 images, new training: 90% interval -2.18 to +4.84 (for information)",
            ],
        ),
        (
            claim(uncertainty=Uncertainty(3, 393, 0.0, 0.1), these_images=paired_t(VALUES)),
            [
                "New images and new training (for these images it is the same): 95% interval -3.84 to +6.50 "
                "(the verdict rests on it; contains 0)"
            ],
        ),
        (claim(interval=paired_t([0.1])), ["one seed pair, so no interval"]),
        (claim(interval=paired_t([0.1] * 3)), ["the same in all 3 seed pairs, so no interval"]),
    ],
)
def test_each_interval_names_the_population_that_it_is_about(about, said):
    assert interval_texts(about, WORDS) == said
    ends = [re.search(r"\d+% interval [^ ]+ to [^ ]+", text) for text in said]
    assert (
        all(found is not None and found[0] in spread_text(about, WORDS) for found in ends) == about.interval.has_spread
    )


def test_an_interval_says_what_it_excludes_and_a_fixed_value_is_in_its_unit():
    ahead = claim(interval=paired_t([0.03, 0.031, 0.032]))
    assert interval_texts(ahead, WORDS)[0].endswith("(the verdict rests on it; excludes 0)")
    vanishing = replace(unmeasured(QUESTIONS[-2]), seeds=(0, 1), interval=paired_t([1.0, 1.2], against=1.0))
    assert interval_texts(vanishing, WORDS)[0].endswith("(contains 1)")  # two pairs decide nothing
    assert interval_texts(per_image(), load_words("id"))[1].startswith(
        "393 citra uji ini, pelatihan ulang: interval 90% "
    )


@pytest.mark.parametrize(
    ("images", "seeds", "said"),
    [
        (0.6, 0.1, "10% comes from the seeds alone, 60% from the test images alone, and 30% from both. So more test"),
        (0.1, 0.7, "So more seed pairs help most."),
        (0.1, 0.2, "So more of either helps."),
    ],
)
def test_the_larger_part_says_what_to_get_more_of(images, seeds, said):
    assert said in parts_sentence(per_image(images, seeds), WORDS)
    assert parts_sentence(claim(), WORDS) == ""


def test_a_plan_names_seeds_and_images_and_whether_these_images_are_enough():
    enough = replace(per_image(), needed=Needed(27, 393, True, 0.02, 0.8))
    assert planning_sentences(enough, WORDS) == [
        "A new study would find a difference of 2 percentage points with 80% power with 27 seed pairs and these 393 "
        "test "
        "images."
    ]
    more = replace(enough, needed=Needed(12, 1100, False, 0.01, 0.8), images_forbid=True)
    assert planning_sentences(more, WORDS) == [
        "More seeds cannot decide this claim: these 393 test images alone are too few.",
        "A new study would find a difference of 1 percentage points with 80% power with 12 seed pairs and at least "
        "1,100 "
        "test images. More seeds with these 393 test images are not enough.",
    ]
    assert why_undecided(more, WORDS)[1:] == planning_sentences(more, WORDS)
    assert planning_sentences(claim(), WORDS) == []
    hopeless = replace(enough, needed=Needed(None, 90000, False, 0.001, 0.8))
    assert "with more than 1,000 seed pairs and at least 90,000 test images" in planning_sentences(hopeless, WORDS)[0]


@pytest.mark.parametrize(
    ("undecided", "why"),
    [
        (claim(), "The interval that decides includes zero."),
        (claim(interval=paired_t([0.1] * 3)), "The difference is the same in every pair."),
        (claim(interval=paired_t([0.1, 0.11, 0.12]), folds=3), "Not every fold has a seed pair."),
    ],
)
def test_an_undecided_claim_says_why(undecided, why):
    assert why_undecided(undecided, WORDS)[0].startswith(why)
    assert why_undecided(replace(undecided, verdict="supported"), WORDS) == []


def test_that_pairs_are_too_few_stands_on_the_card_and_in_no_paragraph():
    for values in ([0.1], [0.1, 0.2]):
        assert why_undecided(claim(interval=paired_t(values)), WORDS) == []
