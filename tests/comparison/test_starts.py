"""Runs from trained weights are judged only if both arms were trained before in the same way."""

import pytest

from resnet_lab.comparison.one_arm import gather_one_arm
from resnet_lab.comparison.pairing import pair
from resnet_lab.comparison.results_json import as_json
from resnet_lab.comparison.selection import Selection
from resnet_lab.comparison.starts import beginning, unlike_starts

RESIDUAL = "model.residual"
TORCHVISION = {"kind": "torchvision", "source": "torchvision", "weights_sha256": "7" * 64}
SEEDS = range(3)


@pytest.fixture
def pairs(make_started_run, compare):
    """Return what compares three pairs of which the residual arm is far ahead, by the starts of both arms."""

    def compared(control, treated, factor=RESIDUAL, **options):
        runs = [
            make_started_run(residual, seed, start, accuracy=0.6 + 0.2 * residual, **options)
            for seed in SEEDS
            for residual, start in ((False, control), (True, treated))
        ]
        return compare(runs, factor)

    return compared


def verdicts(results):
    [finding] = results.findings
    return {claim.verdict for claim in finding.claims if claim.seeds}


def test_both_arms_trained_twice_alike_get_a_verdict(pairs):
    results = pairs({}, {})
    assert results.findings[0].contrast.unlike is None
    assert "supported" in verdicts(results)
    assert "unlike_starts" not in as_json(results)["contrasts"][0]


@pytest.mark.parametrize(
    ("control", "treated"),
    [
        (None, {}),
        (None, TORCHVISION),
        ({}, {"fingerprint": "1" * 64}),  # trained on other data
        ({}, {"settings_sha256": "1" * 64}),  # trained by another recipe
        ({}, {"checkpoint": "last"}),
        ({"seed": 9}, {"seed": 9}),  # all pairs from one source: its chance is in none of the intervals
        ({"kind": "file", "weights_sha256": "1" * 64}, {"kind": "file", "weights_sha256": "1" * 64}),
    ],
)
def test_arms_that_did_not_start_alike_get_no_verdict(pairs, control, treated):
    results = pairs(control, treated)
    assert verdicts(results) == {"other_start"}
    [contrast] = as_json(results)["contrasts"]
    starts = contrast["unlike_starts"]
    assert [starts[arm] and starts[arm]["kind"] for arm in ("control", "treated")] == [
        start if start is None else start.get("kind", "run") for start in (control, treated)
    ]
    assert starts["seed"] == 0
    assert contrast["claims"][0]["verdict"] == "other_start"
    assert contrast["claims"][0]["interval"] is not None  # the numbers stay


def test_torchvision_weights_may_have_their_own_shortcut(make_started_run, compare):
    """They exist for shortcut B only, and the plain arm of the recipe says A."""
    runs = [make_started_run(False, seed, None) for seed in SEEDS]
    runs += [make_started_run(True, seed, TORCHVISION, changes={"model.shortcut": "B"}) for seed in SEEDS]
    assert verdicts(compare(runs)) == {"other_start"}


def test_cells_that_differ_in_more_than_their_start_are_no_pair(make_started_run):
    runs = [make_started_run(False, 0, None), make_started_run(True, 0, {}, changes={"model.lr": 1e-3})]
    with pytest.raises(ValueError, match=r"they also differ in model.init_from, model.lr"):
        pair(runs, RESIDUAL)


def test_drawn_and_trained_weights_are_two_settings_of_one_comparison(make_started_run, compare):
    runs = [make_started_run(arm, seed, start) for arm in (False, True) for seed in SEEDS for start in (None, {})]
    results = compare(runs)
    assert results.axis == ("model.init_from",)
    assert [finding.axis_value["model.init_from"] for finding in results.findings] == [
        "best of data f00df00d, settings 5e775e77",
        None,
    ]
    assert all(finding.contrast.unlike is None for finding in results.findings)


def test_a_start_without_partner_is_left_out_beside_whole_pairs(make_started_run, compare):
    runs = [make_started_run(arm, seed, None) for arm in (False, True) for seed in SEEDS]
    lone = make_started_run(True, 0, {})
    results = compare([*runs, lone])
    assert results.pairing.alone == (lone.label,)


def test_what_the_start_itself_does_can_be_compared(make_started_run, compare):
    runs = [make_started_run(True, seed, start) for seed in SEEDS for start in (None, {})]
    results = compare(runs, "model.init_from")
    assert results.findings[0].contrast.unlike is None
    assert "other_start" not in verdicts(results)


def test_equal_weights_are_alike_where_the_shortcut_is_not_compared(make_started_run):
    same, other = (make_started_run(True, 0, {**TORCHVISION, "weights_sha256": c * 64}) for c in "78")
    again = make_started_run(True, 0, TORCHVISION)
    assert unlike_starts(same, again, "model.lr") is None
    assert unlike_starts(same, other, "model.lr") is not None
    assert unlike_starts(same, again, RESIDUAL) is not None


def test_no_degradation_is_judged_with_unlike_starts(make_started_run, compare):
    runs = [
        make_started_run(arm, seed, {} if arm and depth == 34 else None, changes={"model.depth": depth})
        for arm in (False, True)
        for seed in SEEDS
        for depth in (18, 34)
    ]
    [study] = compare(runs).depth_studies
    assert study.claim.verdict == "other_start"


def test_one_arm_from_trained_weights_is_described(make_started_run):
    runs = tuple(make_started_run(True, seed) for seed in SEEDS)
    results = gather_one_arm(Selection(runs, ()), force=False)
    assert len(results.findings) == 1


def test_runs_began_with_drawn_weights_with_trained_ones_or_with_both(make_started_run):
    drawn, trained = make_started_run(False, 0, None), make_started_run(True, 0)
    assert [beginning(runs) for runs in ([drawn], [trained], [drawn, trained])] == ["drawn", "trained", "mixed"]
