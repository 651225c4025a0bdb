"""Composition of a report: its head, its sections, and the notices about what was forced, left out or unknown."""

import pytest

from resnet_lab.comparison.ladder_results import gather_ladder
from resnet_lab.comparison.one_arm import gather_one_arm
from resnet_lab.comparison.pairing import pair
from resnet_lab.comparison.results import gather
from resnet_lab.comparison.selection import NotReady, Selection
from resnet_lab.report.compose import compose
from resnet_lab.report.document import Fold, Heading
from resnet_lab.report.render import markdown
from resnet_lab.report.words import load_words
from resnet_lab.study.kept_plan import select_planned


def composed(results, language="en"):
    return compose(results, load_words(language), pictures=False)


def test_what_was_left_out_is_told(make_run):
    other = {"git_commit": "f" * 40}
    runs = [
        make_run(False),
        make_run(False, 1),
        make_run(True, status=other),
        make_run(True, changes={"model.depth": 18}),
    ]
    results = gather(pair(runs, "model.residual"), [NotReady("plain34/version_7", "failed")], force=False)
    document = composed(results)
    assert [notice.text for notice in document.notices] == [
        "The runs were made at several commits (0123456789ab, ffffffffffff). It is not known here whether the code of "
        "this package changed between them.",
        "Left out, because the other arm has no run of that seed: plain34/version_1.",
        "Left out, because no other run of equal seed differs from them in the residual connection only: "
        "resnet18/version_0.",
        "Left out, because they are not finished: plain34/version_7 (failed).",
    ]
    assert not any(notice.serious for notice in document.notices)


def test_what_differs_between_settings_and_versions_is_told_in_both_languages(make_run, compare):
    versions = {"python": "3.11.7", "resnet-lab": "0.2.0", "torch": "2.14.1", "scipy": "1.0"}
    runs = [make_run(arm, changes={"model.depth": d}) for d in (18, 34) for arm in (False, True)]
    runs[0].update_status({"versions": versions})
    for run in runs[:2]:
        run.update_status({"threads": 8})
    results = compare(runs)
    between, packages, unrecorded = composed(results).notices
    assert not between.serious
    assert between.points == ("threads: 8 (2 runs), 2 (2 runs)",)
    assert packages.text == "The runs were made by several versions of resnet-lab: 0.2.0, 0.1.0."
    assert unrecorded.text == "Not all runs recorded the versions of these packages: scipy."
    document = composed(results, "id")
    assert document.notices[0].points == ("thread: 8 (2 run), 2 (2 run)",)
    assert document.notices[1].text.startswith("Run-run ini dibuat dengan beberapa versi")


@pytest.mark.parametrize(
    ("language", "said"), [("en", "\xa0· 6 runs\xa0· 6 epochs\xa0· "), ("id", "\xa0· 6 run\xa0· 6 epoch\xa0· ")]
)
def test_where_every_pair_has_a_diverged_run_the_subtitle_counts_runs_and_planned_epochs(
    make_run, compare, language, said
):
    lost = {"status": "diverged", "epochs": 2}
    runs = [make_run(arm, seed, status=lost if arm else None) for seed in range(3) for arm in (False, True)]
    assert said in composed(compare(runs), language).subtitle


def test_what_differs_between_pairs_is_told_in_both_languages(make_run, compare):
    runs = [make_run(arm, seed, status={"threads": seed + 1}) for seed in range(2) for arm in (False, True)]
    results = compare(runs)
    [notice] = composed(results).notices
    assert not notice.serious
    assert notice.text.startswith("Pairs differ in the following, and the two runs of each pair are alike.")
    assert notice.points == ("threads: 1 (2 runs), 2 (2 runs)",)
    [notice] = composed(results, "id").notices
    assert notice.text.startswith("Pasangan-pasangan run berbeda dalam hal berikut")


def test_an_earlier_divergence_of_a_seed_with_a_newer_run_is_told_in_both_languages(make_run):
    pairing = pair([make_run(False), make_run(True)], "model.residual")
    results = gather(pairing, [NotReady("plain34/version_7", "repeated")], force=False)
    [notice] = composed(results).notices
    assert notice.text.endswith("plain34/version_7 (diverged; a newer run of that seed counts).")
    [notice] = composed(results, "id").notices
    assert notice.text.endswith("plain34/version_7 (divergen; run yang lebih baru dengan seed tersebut yang dihitung).")


def test_runs_without_digests_are_told_once_for_all_in_both_languages(make_run, compare):
    runs = [make_run(arm, seed, status={"digests": None}) for seed in range(2) for arm in (False, True)]
    runs += [make_run(arm, 2) for arm in (False, True)]
    for language, end in (("en", "Number of these runs: 4."), ("id", "Jumlah run tersebut: 4.")):
        [notice] = composed(compare(runs), language).notices
        assert notice.text.endswith(end)


def test_nets_that_were_inspected_on_different_images_are_told(make_run, compare, inspect):
    runs = [make_run(False), make_run(True)]
    for run, sample in zip(runs, "ab", strict=True):
        inspect(run, sample=sample)
    for language, said in (
        ("en", "were inspected on different images"),
        ("id", "diinspeksi dengan citra yang berbeda"),
    ):
        [notice] = composed(compare(runs), language).notices
        assert said in notice.text
        assert notice.text.endswith(": 0 (gradients), 0 (responses), 0 (lesion).")


def test_nets_seen_from_inside_give_a_reason_and_the_rest_of_them_unfolds(inspected):
    document = composed(inspected)
    folds = [block.summary for block in document.blocks if isinstance(block, Fold)]
    assert "Inside the networks" in folds
    names = [plot.name for plot in document.plots]
    assert names.count("inside-gradients") == 1
    assert names.index("inside-gradients") < names.index("inside-lesion")


def test_sections_are_numbered_and_parts_of_them_are_not(three_seeds, depth_study):
    for results in (three_seeds, depth_study):
        headings = [block for block in composed(results).blocks if isinstance(block, Heading) and block.anchor]
        assert [heading.text.partition(".")[0] for heading in headings] == list("1234")
        assert [heading.anchor for heading in headings] == ["curves", "why", "images", "setting"]


def test_no_plot_is_in_a_report_twice(three_seeds, two_depths, depth_study, inspected):
    for results in (three_seeds, two_depths, depth_study, inspected):
        names = [plot.name for plot in composed(results).plots]
        assert len(names) == len(set(names))


def test_a_verdict_that_stands_alone_has_its_pairs_beside_it(three_seeds, depth_study, two_depths):
    [card] = composed(three_seeds).cards
    assert card.plot.name == "differences"
    [card] = composed(depth_study).cards
    assert (card.plot.name, card.key) == ("depth-train-error", "supported")
    assert [point.partition(":")[0] for point in card.points] == [
        "Rise of training error from depth 20 to 110, in points",
        "Test accuracy at the best checkpoint",
    ]
    assert all(card.plot is None for card in composed(two_depths, "id").cards[1:])


def test_the_report_on_a_ladder_is_the_ladder_the_pair_of_its_ends_and_the_setting(make_ladder):
    made = make_ladder(seeds=range(3))
    selection = select_planned(made.study, made.path, made.logs).selection
    results = gather_ladder(selection, made.study.plan, force=False)
    for language, title in (("en", "Ladder from Plain-44 to ResNet-44"), ("id", "Tangga dari Plain-44 ke ResNet-44")):
        document = composed(results, language)
        assert document.title == title
        headings = [block for block in document.blocks if isinstance(block, Heading) and block.level == 2]
        assert [heading.anchor for heading in headings] == ["curves", "why", "setting"]
        assert [plot.name for plot in document.plots][:2] == ["gap", "ladder"]
        assert len(document.cards) == 1
    lost = make_ladder(seeds=range(3), diverged=[("plain", seed) for seed in range(3)])
    selection = select_planned(lost.study, lost.path, lost.logs).selection
    document = composed(gather_ladder(selection, lost.study.plan, force=False))
    assert [plot.name for plot in document.plots] == ["ladder"]
    assert [block.anchor for block in document.blocks if isinstance(block, Heading) and block.level == 2] == ["why"]


def test_one_arm_with_a_fold_per_seed_is_reported_without_a_notice(make_run):
    runs = [
        make_run(True, seed, changes={"data.fold": f"{seed + 1}/3"}, status={"fingerprint": str(seed) * 64})
        for seed in range(3)
    ]
    document = composed(gather_one_arm(Selection(tuple(runs), ()), force=False))
    assert document.notices == ()


def test_one_arm_has_the_sections_that_need_no_partner(one_arm):
    document = composed(one_arm)
    assert [block.text for block in document.blocks if isinstance(block, Heading) and block.anchor] == [
        "1. What did training look like?",
        "2. Which images do most seeds get wrong?",
        "3. What exactly was run?",
    ]
    assert (document.title, document.notices) == ("ResNet-34 alone", ())
    assert document.subtitle == (
        "photographs, 3 classes; always guessing “cracked” is right for 33.3% of test images\xa0· "
        "images of 224 pixels\xa0· "
        "3 runs\xa0· 6 epochs\xa0· trained 24 November 2026"
    )
    assert [bool(notice.commands) for notice in document.below] == [True]  # the number stands above the commands
    assert composed(one_arm, "id").title == "ResNet-34 saja"


def test_of_one_arm_too_it_is_told_what_was_forced_and_left_out(make_run):
    runs = (make_run(True), make_run(True, 1, status={"threads": 8}, labels=[0, 1] * 30))
    results = gather_one_arm(Selection(runs, (NotReady("resnet34/version_7", "failed"),)), force=True)
    differences, not_ready, other_images = composed(results).notices
    assert differences.serious
    assert differences.points == ("threads: 2 (resnet34/version_0), 8 (resnet34/version_1)",)
    assert not_ready.text == "Left out, because they are not finished: resnet34/version_7 (failed)."
    assert other_images.text.endswith("left out of the list of misclassified images: 1.")


def test_a_clean_comparison_has_no_notice(three_seeds):
    assert composed(three_seeds).notices == ()


def test_only_pairs_of_drawn_weights_have_equal_initial_weights(make_started_run, compare):
    """The subtitle, the methods paragraph and the commands say the same of fine-tuned pairs."""
    both = [make_started_run(arm, seed) for seed in range(3) for arm in (False, True)]
    document = composed(compare(both))
    assert "with the same seed: equal batches, from weights that were trained before)" in document.subtitle
    methods = document.hand_in["methods.txt"]
    assert "were trained from weights that had been trained before (seeds per arm: 3)" in methods
    assert "The two runs of a seed had the same batches." in methods
    assert not {text for text in (document.subtitle, methods, markdown(document)) if "initial weights" in text}


def test_the_head_names_arms_data_and_time(three_seeds, two_depths, make_run, compare):
    document = composed(three_seeds)
    assert document.title == "Plain-34 against ResNet-34"
    assert document.subtitle == (
        "photographs, 3 classes; always guessing “cracked” is right for 33.3% of test images\xa0· "
        "images of 224 pixels\xa0· "
        "3 seed pairs (a pair is one run of each network with the same seed: equal initial weights, equal batches)"
        "\xa0· 6 epochs\xa0· trained 24 November 2026"
    )
    assert "\xa0· 3 seed pairs at each of 2 depths (" in composed(two_depths).subtitle
    grouped = [make_run(arm, changes={"data.groups": "near-duplicates"}) for arm in (False, True)]
    assert (
        "of test images; near-duplicates are never divided between training and test\xa0· "
        in composed(compare(grouped)).subtitle
    )
    document = composed(two_depths, "id")
    assert document.title == "Plain vs ResNet, kedalaman 18 sampai 34"
