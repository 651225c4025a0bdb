"""Diverged runs are named first, counted per arm, with the exact test beside them, in both languages."""

import pytest

from resnet_lab.comparison.one_arm import gather_one_arm
from resnet_lab.comparison.selection import Selection
from resnet_lab.report.compose import compose
from resnet_lab.report.divergence_notice import divergence_notice
from resnet_lab.report.words import load_words

DIVERGED = {"status": "diverged"}


@pytest.fixture
def results(make_run, compare):
    """Four pairs; one treated run of each of two seeds diverged."""
    return compare(
        [
            make_run(arm, seed, status=DIVERGED if arm and seed > 1 else None)
            for seed in range(4)
            for arm in (False, True)
        ]
    )


def test_runs_that_diverged_are_said_first(results):
    first = compose(results, load_words("en"), pictures=False).opening[0]
    assert first.serious
    assert first.text.startswith("The training of some runs diverged, or left values that are no numbers.")
    assert first.points == (
        "Plain-34: none of 4 runs",
        "ResNet-34: 2 of 4 runs (resnet34/version_2, resnet34/version_3)",
        "Exact McNemar test over the pairs: p 0.500. Only the run of Plain-34 diverged in 0, only that of ResNet-34 in "
        "2, both in 0, neither in 2.",
    )


def test_they_are_said_in_indonesian(results):
    notice = divergence_notice(results, load_words("id"))
    assert notice.points[1] == "ResNet-34: 2 dari 4 run (resnet34/version_2, resnet34/version_3)"
    assert notice.points[2].endswith(
        "Hanya run Plain-34 yang divergen: 0, hanya run ResNet-34: 2, keduanya: 0, tidak satu pun: 2."
    )


def test_without_a_diverged_run_there_is_no_notice(three_seeds):
    assert divergence_notice(three_seeds, load_words("en")) is None


def test_only_axis_values_with_a_diverged_run_are_named(make_run, compare):
    results = compare(
        [
            make_run(arm, changes={"model.depth": depth}, status=DIVERGED if depth == 56 and not arm else None)
            for depth in (20, 56)
            for arm in (False, True)
        ]
    )
    points = divergence_notice(results, load_words("en")).points
    assert points[0] == "Plain-56 (depth 56): 1 of 1 runs (plain56/version_0)"
    assert len(points) == 3


def test_of_one_arm_alone_they_are_counted(make_run):
    runs = tuple(make_run(True, seed, status=DIVERGED if seed else None) for seed in range(2))
    results = gather_one_arm(Selection(runs, ()), force=False)
    notice = divergence_notice(results, load_words("en").of_one_arm())
    assert notice.text.endswith("Such a run has no measures.")
    assert notice.points == ("ResNet-34: 1 of 2 runs (resnet34/version_1)",)
