"""Sentences on degradation: the verdict, the change of each arm, and no degradation that the control does not show."""

import re
from dataclasses import replace

import pytest

from resnet_lab.comparison.chance_level import ChanceLevel
from resnet_lab.comparison.degradation import DepthCurve, DepthStudy
from resnet_lab.comparison.families import judge_alone
from resnet_lab.report.depth_sentences import caveats, depth_points, depth_sentences, floor_sentence
from resnet_lab.report.words import LANGUAGES, load_words
from resnet_lab.statistics.intervals import Interval

UP, FLAT, DOWN = (0.12, 0.11, 0.13), (0.01, -0.012, 0.005), (-0.12, -0.11, -0.13)
SLIGHTLY_DOWN, NONE = (0.01, -0.03, 0.005), (0.0, 0.0, 0.0)


def study(control, treated, majority_error=0.4, split="test"):
    def curve(name, rises):
        errors = {20: dict.fromkeys(range(len(rises)), 0.2), 110: {n: 0.2 + rise for n, rise in enumerate(rises)}}
        return DepthCurve(name, {"train": errors})

    arms = curve("Plain", control), curve("ResNet", treated)
    claim = judge_alone("degradation", {n: (arms[0].rises[n], arms[1].rises[n]) for n in arms[0].rises})
    return DepthStudy({}, *arms, claim, {"train": ChanceLevel("good", 1 - majority_error, split)})


STUDIES = {
    "strong": study(UP, FLAT),
    "reversed": study(FLAT, UP),
    "not the control": study(FLAT, DOWN),
    "null": study(FLAT, SLIGHTLY_DOWN),
    "equal": study(NONE, NONE),
    "two seeds": study(UP[:2], FLAT[:2]),
    "one seed": study(UP[:1], FLAT[:1]),
    "no seed": study((), ()),
    "at the floor": study(UP, FLAT, majority_error=0.325),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_said_and_nothing_is_left_to_fill_in(language):
    words = load_words(language)
    said = [f"{depth_sentences(study, words)} {caveats(study, words)}".strip() for study in STUDIES.values()]
    for text in said:
        assert not re.search(r"[{}]|\bnan\b|None|  |\.\.", text), text
    for key, text in load_words(language).sentences["depth"].items():
        parts = re.split(r"{\w+}", text)
        near = [one for one in said if all(part in one for part in parts)]  # much faster than the pattern
        assert any(re.search(".+?".join(map(re.escape, parts)), one) for one in near), key


WAYS = {
    "en": {
        "rises": r"training error of {} is [\d.]+ percentage points higher at [^(;]+\([^)]+\)\.",
        "falls": r"training error of {} is [\d.]+ percentage points lower at [^(;]+\([^)]+\)\.",
        "higher": r"training error of {} is [^(;]+(\([^)]+\))?; whether it is higher at all is not decided",
        "lower": r"training error of {} is [^(;]+(\([^)]+\))?; whether it is lower at all is not decided",
        "equal": "training error of {} is the same",
    },
    "id": {
        "rises": r"error pelatihan {} pada kedalaman 110 lebih tinggi [^(;]+\([^)]+\)\.",
        "falls": r"error pelatihan {} pada kedalaman 110 lebih rendah [^(;]+\([^)]+\)\.",
        "higher": r"error pelatihan {} pada kedalaman 110 [^(;]+(\([^)]+\))?; data ini belum cukup [^.]* lebih tinggi",
        "lower": r"error pelatihan {} pada kedalaman 110 [^(;]+(\([^)]+\))?; data ini belum cukup [^.]* lebih rendah",
        "equal": "error pelatihan {} pada kedalaman 110 sama",
    },
}


@pytest.mark.parametrize(
    ("of", "verdict", "control", "treated"),
    [
        ("strong", "supported", "rises", "higher"),
        ("reversed", "contradicted", "higher", "rises"),
        ("not the control", "supported", "higher", "falls"),
        ("null", "undecided", "higher", "lower"),
        ("equal", "undecided", "equal", "equal"),
        ("two seeds", "undecided", "higher", "lower"),
        ("one seed", "undecided", "higher", "higher"),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_each_arm_is_told_by_sign_and_strength(of, verdict, control, treated, language):
    assert STUDIES[of].claim.verdict == verdict
    said = depth_sentences(STUDIES[of], load_words(language))
    for arm, expected in (("Plain", control), ("ResNet", treated)):
        assert [way for way, text in WAYS[language].items() if re.search(text.format(arm), said)] == [expected]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_control_that_does_not_degrade_leaves_nothing_prevented(language):
    own = load_words(language).sentences["depth"]["no_degradation"].format(control="Plain")
    told = {name: own in caveats(study, load_words(language)) for name, study in STUDIES.items()}
    assert {name for name, is_said in told.items() if is_said} == {"not the control"}


@pytest.mark.parametrize(("majority", "told"), [(0.32, True), (0.329, True), (0.331, False), (0.25, True)])
def test_nets_that_do_no_better_than_the_most_frequent_class_are_told(majority, told):
    of = study(UP, FLAT, majority)
    said = [floor_sentence(of, curve, load_words("en")) for curve in of.arms]
    assert said[0].startswith("At depth 110, Plain is wrong on 32.00% of its training images") == told
    assert said[1] == ""
    assert caveats(of, load_words("en")) == said[0]


@pytest.mark.parametrize(("split", "images"), [("train", "training images"), ("test", "test images")])
def test_the_floor_is_that_of_the_images_that_were_counted(split, images):
    said = floor_sentence(study(UP, FLAT, 0.32, split), study(UP, FLAT).control, load_words("en"))
    assert f"would be wrong on 32.00% of the {images}." in said


@pytest.mark.parametrize(
    ("of", "said"),
    [
        (study(UP, FLAT), ()),
        (
            study(UP, FLAT, 0.325),
            (
                "At depth 110, 2 of 3 Plain networks end no more than one point better on training "
                "images than always guessing “good”. "
                "Their error can hardly rise further, so the size of the difference does not say how hard they are to "
                "train.",
            ),
        ),
        (
            study(FLAT, UP, 0.3),
            (
                "At depth 110, all 3 ResNet networks end no more than one point better on training "
                "images than always guessing “good”. "
                "Their error can hardly rise further, so the size of the difference does not say how hard they are to "
                "train.",
            ),
        ),
    ],
)
def test_networks_that_never_learned_are_counted_for_the_arm_whose_error_rises_more(of, said):
    assert depth_points(of, [], load_words("en"))[1:] == said


def test_both_rises_stand_below_the_verdict_with_the_errors_at_both_ends():
    assert depth_points(STUDIES["strong"], [], load_words("en")) == (
        "Rise of training error from depth 20 to 110, in points: Plain +12.00 (20.00% to 32.00%); "
        "ResNet +0.10 (20.00% to 20.10%).",
    )
    assert depth_points(STUDIES["no seed"], [], load_words("en")) == ()


def verdicts(finding, by_depth):
    """Return findings whose claim on test accuracy has these verdicts."""
    return [
        replace(
            finding,
            contrast=replace(finding.contrast, axis_value={"model.depth": depth}),
            claims=[replace(finding.claims[0], verdict=verdict), *finding.claims[1:]],
        )
        for depth, verdict in by_depth.items()
    ]


@pytest.mark.parametrize(
    ("by_depth", "said"),
    [
        ({20: "undecided", 110: "undecided"}, "Test accuracy at the best checkpoint: not decided at any depth."),
        (
            {20: "supported", 110: "supported"},
            "Test accuracy at the best checkpoint: higher for ResNet at every depth.",
        ),
        (
            {20: "undecided", 56: "undecided", 110: "supported"},
            "Test accuracy at the best checkpoint: not decided at depth 20, 56; higher for ResNet at depth 110.",
        ),
        ({20: "not_tested", 110: "not_tested"}, "Test accuracy at the best checkpoint: not tested at any depth."),
    ],
)
def test_the_verdicts_on_test_accuracy_are_grouped_by_depth(one_seed, by_depth, said):
    findings = verdicts(one_seed.findings[0], by_depth)
    assert depth_points(STUDIES["strong"], findings, load_words("en"))[1] == said
    assert "{" not in " ".join(depth_points(STUDIES["strong"], findings, load_words("id")))


def test_where_the_last_checkpoint_gives_another_verdict_is_said(one_seed):
    [finding] = verdicts(one_seed.findings[0], {110: "undecided"})
    for low, said in ((0.01, " At depth 110, the last checkpoint would give another verdict: supported."), (-0.05, "")):
        beside = Interval(0.05, low, 0.09, 0.02, 3, 0.95)
        found = replace(finding, claims=[replace(finding.claims[0], beside=beside), *finding.claims[1:]])
        points = depth_points(STUDIES["strong"], [found], load_words("en"))
        assert points[1] == f"Test accuracy at the best checkpoint: not decided at depth 110.{said}"


def test_the_whole_paragraph_of_a_degradation():
    assert depth_sentences(STUDIES["strong"], load_words("en")) == (
        "Training error rises less with depth in ResNet than in Plain. On average over 3 seed pairs, the rise of "
        "training error from the "
        "shallowest to the deepest net is 11.90 percentage points lower for ResNet than for Plain (standard deviation "
        "of the difference over seeds 0.79; 95% interval -13.87 to -9.93 for these images, new training). "
        "Two-sided test of the interval that decides: p = 0.00148. Exact "
        "permutation test over seeds: p = 0.25. Degradation is training error that rises with depth. A deeper network "
        "can represent everything that a shallower network does, so degradation is a problem of optimization and not "
        "of overfitting (He et al. 2015, section 1 and Fig. 6). On average over 3 seeds, training error of Plain is "
        "12.00 percentage points higher at depth 110 than at depth 20 (standard deviation 1.00; 95% interval +9.52 to "
        "+14.48). On average over 3 seeds, training error of ResNet is 0.10 percentage points higher at depth 110 than "
        "at depth 20 (standard deviation 1.15; 95% interval -2.76 to +2.96); whether it is higher at all is not "
        "decided by this data."
    )


@pytest.mark.parametrize(("language", "bagian"), [("en", "section 1 and Fig. 6"), ("id", "bagian 1 dan Gambar 6")])
def test_he_et_al_are_cited_wherever_it_is_judged(language, bagian):
    for of in STUDIES.values():
        assert f"He et al. 2015, {bagian}" in depth_sentences(of, load_words(language))
