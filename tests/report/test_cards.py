"""Cards: the primary verdict with both intervals, and the parts of its uncertainty."""

from dataclasses import replace

import pytest

from resnet_lab.comparison.ladder import climb
from resnet_lab.comparison.ladder_results import gather_ladder
from resnet_lab.comparison.one_arm import gather_one_arm
from resnet_lab.comparison.procedure import Procedure
from resnet_lab.comparison.selection import Selection
from resnet_lab.report.cards import accuracy_card, degradation_card, diverged_card, effect_card, gap_card
from resnet_lab.report.sentences import verdict_sentence
from resnet_lab.report.words import load_words
from resnet_lab.statistics.intervals import paired_t
from resnet_lab.study.kept_plan import select_planned


def test_the_card_is_the_verdict_in_short(depth_study):
    [study] = depth_study.depth_studies
    shown = degradation_card(study, load_words("en"))
    assert (shown.key, shown.claim) == ("supported", "Less degradation with depth of ResNet")
    assert shown.number == f"{100 * study.claim.interval.mean:+.2f}"
    assert shown.unit == "points: rise of training error from depth 20 to 110, ResNet minus Plain"


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "the same in all 3 seed pairs, so no interval"),
        ("id", "sama pada semua 3 pasangan seed, sehingga tidak ada interval"),
    ],
)
def test_equal_differences_have_no_interval(three_seeds, language, said):
    [finding] = three_seeds.findings
    equal = replace(finding.claims[0], interval=paired_t([0.0127] * 3), these_images=None)
    assert effect_card(replace(finding, claims=(equal, *finding.claims[1:])), load_words(language)).intervals == (said,)


def test_the_card_is_the_primary_verdict_with_its_sign(make_run, compare):
    for ahead, sign, key in ((True, "+", "supported"), (False, "-", "contradicted")):
        runs = [make_run(arm, seed, 0.4 + 0.4 * (arm == ahead)) for seed in range(3) for arm in (False, True)]
        shown = effect_card(compare(runs).findings[0], load_words("en"))
        assert (shown.key, shown.number[0], shown.claim) == (key, sign, "Higher accuracy of ResNet-34")
        assert shown.unit == "points of test accuracy at the best checkpoint, ResNet-34 minus Plain-34"


def test_seeds_that_never_meet_have_no_card(make_run, compare):
    runs = [make_run(r, seed, changes={"model.depth": d}) for d, seed in ((20, 0), (56, 1)) for r in (False, True)]
    assert degradation_card(compare(runs).depth_studies[0], load_words("en")) is None


def test_a_single_pair_has_no_interval(one_seed, make_run, compare):
    [finding] = one_seed.findings
    shown = effect_card(finding, load_words("en"))
    assert (shown.sentence, shown.intervals) == ("One seed pair gives no verdict.", ())
    assert shown.heading == "Higher accuracy of ResNet-34: one seed pair gives no verdict."
    assert effect_card(finding, load_words("id")).sentence == "Satu pasangan seed belum memberi kesimpulan."
    results = compare([make_run(r, 0, changes={"model.depth": d}) for d in (20, 56) for r in (False, True)])
    shown = degradation_card(results.depth_studies[0], load_words("en"))
    assert (shown.sentence, shown.intervals) == ("One seed pair gives no verdict.", ())


def test_two_pairs_have_an_interval_and_are_too_few_for_a_verdict(make_run, compare):
    [finding] = compare([make_run(arm, seed, 0.4 + 0.4 * arm) for seed in (0, 1) for arm in (False, True)]).findings
    shown = effect_card(finding, load_words("en"))
    assert shown.sentence == "2 seed pairs: a verdict needs at least three."
    assert shown.intervals[0].startswith("New images and new training: 95% interval ")
    assert "decides" not in shown.intervals[0]


def test_the_card_has_the_verdict_as_a_sentence_and_both_intervals(three_seeds):
    [finding] = three_seeds.findings
    shown, claim = effect_card(finding, load_words("en")), finding.claims[0]
    for text, interval in zip(shown.intervals, (claim.interval, claim.these_images), strict=True):
        assert f": 95% interval {100 * interval.low:+.2f} to {100 * interval.high:+.2f} (" in text
    assert shown.intervals[0].startswith("New images and new training: ")
    assert shown.intervals[1].startswith("These 60 images, new training: ")
    assert shown.sentence == verdict_sentence(claim, ("Plain-34", "ResNet-34"), load_words("en"))


@pytest.mark.parametrize(
    ("verdict", "said"),
    [("small", "a difference, smaller than worth having"), ("equivalent", "no difference worth having")],
)
def test_the_card_names_a_difference_that_is_not_worth_having(three_seeds, verdict, said):
    [finding] = three_seeds.findings
    judged = replace(finding, claims=(replace(finding.claims[0], verdict=verdict), *finding.claims[1:]))
    assert effect_card(judged, load_words("en")).verdict == said


def test_the_card_of_one_arm_has_its_accuracy_and_no_verdict(one_arm, make_run):
    words = load_words("en").of_one_arm()
    [finding] = one_arm.findings
    mean, sd = (100 * getattr(finding.arm.mean_sd("test/best/accuracy"), name) for name in ("mean", "sd"))
    card = accuracy_card(finding, words)
    assert (card.key, card.verdict, card.number) == ("treated", "", f"{mean:.2f}%")
    assert (card.heading, card.unit) == (
        "Test accuracy of ResNet-34:",
        "of 60 test images are classified correctly, best checkpoint",
    )
    assert card.intervals == (
        f"standard deviation {sd:.2f} points over 3 seeds",
        "always predicting the most frequent class would give 33.33%",
    )
    runs = tuple(make_run(False, changes={"model.depth": depth}) for depth in (18, 34))
    cards = [accuracy_card(one, words) for one in gather_one_arm(Selection(runs, ()), force=False).findings]
    assert [one.key for one in cards] == ["control"] * 2
    assert cards[1].heading == "Test accuracy of Plain-34:"
    assert cards[1].intervals[0] == "one seed, so the spread over seeds is not known"


def test_a_contrast_with_diverged_runs_counts_them_on_its_card(make_run, compare):
    lost = {"status": "diverged"}
    some = [
        make_run(arm, seed, status=lost if arm and seed > 3 else None) for seed in range(6) for arm in (False, True)
    ]
    [finding] = compare(some).findings
    shown = effect_card(finding, load_words("en"))
    assert (shown.key, shown.verdict) == ("diverged", "not decided: 2 of 12 runs diverged")


def test_a_contrast_of_diverged_runs_alone_has_a_card_without_a_number(make_run, compare):
    lost = {"status": "diverged"}
    results = compare([make_run(arm, seed, status=lost if arm else None) for seed in range(3) for arm in (False, True)])
    shown = diverged_card(results.all_diverged[0], load_words("en"))
    assert (shown.verdict, shown.number) == ("not decided: 3 of 6 runs diverged", "—")
    assert shown.unit == "no pair of Plain-34 and ResNet-34 could be compared"
    assert shown.intervals == ("each pair has a diverged run, so there is no interval",)
    assert diverged_card(results.all_diverged[0], load_words("id")).unit == (
        "tidak ada pasangan Plain-34 dan ResNet-34 yang dapat dibandingkan"
    )


def test_the_card_is_that_of_the_claim_by_which_the_plan_judges(three_seeds):
    [finding] = three_seeds.findings
    claims = [replace(claim, primary=claim.key == "loss") for claim in finding.claims]
    shown = effect_card(replace(finding, claims=claims), load_words("en"))
    assert shown.claim == "Lower loss of ResNet-34"
    assert shown.unit == "nats: test loss of the best checkpoint, ResNet-34 minus Plain-34"
    assert shown.number == f"{claims[1].interval.mean:+.4f}"


def test_the_card_of_a_gap_names_the_ends_of_the_ladder(make_ladder):
    made = make_ladder(seeds=range(3))
    selection = select_planned(made.study, made.path, made.logs).selection
    ladder = gather_ladder(selection, made.study.plan, force=False).ladder
    shown = gap_card(ladder, load_words("en"))
    assert (shown.key, shown.heading) == ("supported", "Lower training error of ResNet-44: supported.")
    assert shown.number == f"{100 * ladder.gap.interval.mean:+.2f}"
    assert shown.unit == "points of training error at the last checkpoint, ResNet-44 minus Plain-44"
    assert shown.intervals[0].startswith("These images, new training: 95% interval ")
    own = replace(ladder.start, own_value=0.01, measures=ladder.end.measures)
    both = gap_card(climb(ladder.start, ladder.end, [own], Procedure(), ("model.lr", 0.003)), load_words("en"))
    assert (both.key, both.number) == ("undecided", shown.number)
    assert both.unit == f"{shown.unit}, both at learning rate 0.003"
    assert both.intervals[1].startswith("Each at its selected learning rate (Plain-44 0.01, ResNet-44 0.003): 0 ")
    assert "the first alone: supported, the second alone: not decided" in both.intervals[2]
    apart = replace(ladder.end, runs={9: ladder.end.runs[0]}, measures={9: ladder.end.measures[0]})
    assert gap_card(climb(ladder.start, apart, [], Procedure()), load_words("en")) is None
