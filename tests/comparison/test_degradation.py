"""Degradation with depth: rises seed by seed, judged once over all depths, and each arm by itself."""

import pytest

from resnet_lab.comparison.degradation import belongs_to
from resnet_lab.comparison.families import judge_alone
from resnet_lab.statistics.intervals import paired_t


def test_the_rises_are_the_training_errors_of_the_deepest_minus_those_of_the_shallowest(depth_study):
    [study] = depth_study.depth_studies
    assert [curve.name for curve in study.arms] == ["Plain", "ResNet"]
    assert (study.depths, study.axis_value) == ([20, 32, 56, 110], {})
    for curve, side in zip(study.arms, (0, 1), strict=True):
        runs = {finding.contrast.axis_value["model.depth"]: finding.arms[side].runs for finding in depth_study.findings}
        for seed in range(3):
            error = {depth: 1 - runs[depth][seed].final_metrics()["last"]["train"]["accuracy"] for depth in runs}
            assert curve.rises[seed] == pytest.approx(error[110] - error[20])
            assert curve.errors["train"][56][seed] == pytest.approx(error[56])
            assert curve.errors["val"][56][seed] == pytest.approx(
                1 - runs[56][seed].final_metrics()["last"]["val"]["accuracy"]
            )
            assert curve.errors["test"][56][seed] == pytest.approx(
                1 - runs[56][seed].test_metrics()["last"]["accuracy"]
            )
        assert curve.rise == paired_t(list(curve.rises.values()))
        assert curve.interval("train", 32) == paired_t(list(curve.errors["train"][32].values()))
    assert study.majority_error("test") == pytest.approx(2 / 3)


def test_the_verdict_is_that_of_the_paired_rises(depth_study):
    [study] = depth_study.depth_studies
    assert study.claim == judge_alone(
        "degradation", {seed: (study.control.rises[seed], study.treated.rises[seed]) for seed in range(3)}
    )
    assert (study.claim.verdict, study.claim.tested_with, study.claim.interval.level) == ("supported", 1, 0.95)
    assert study.claim.differences == pytest.approx(
        [study.treated.rises[seed] - study.control.rises[seed] for seed in range(3)]
    )


@pytest.mark.parametrize(
    ("rises", "verdict"),
    [
        ([(0.12, 0.01), (0.11, 0.0), (0.13, 0.0)], "supported"),
        ([(0.01, 0.12), (0.0, 0.11), (0.0, 0.13)], "contradicted"),
        ([(0.01, 0.02), (0.03, 0.0), (0.0, 0.01)], "undecided"),
        ([(0.12, 0.01), (0.11, 0.02)], "undecided"),
        ([], "not_measured"),
    ],
)
def test_it_is_judged_by_the_side_of_the_whole_interval_from_three_seeds_on(rises, verdict):
    claim = judge_alone("degradation", dict(enumerate(rises)))
    assert claim.verdict == verdict


def test_contrasts_leave_the_claim_to_the_study(depth_study, three_seeds):
    assert all(claim.key != "degradation" for finding in depth_study.findings for claim in finding.claims)
    assert three_seeds.depth_studies == []
    [claim] = [claim for claim in three_seeds.findings[0].claims if claim.key == "degradation"]
    assert claim.verdict == "not_measured"


def test_only_seeds_with_both_ends_count_and_without_any_it_is_not_measured(make_run, compare):
    def runs(seeds_of):
        return [
            make_run(residual, seed, changes={"model.depth": depth})
            for depth, seeds in seeds_of.items()
            for seed in seeds
            for residual in (False, True)
        ]

    [study] = compare(runs({20: [0, 1, 2], 56: [0, 1], 110: [1, 2]})).depth_studies
    assert study.claim.seeds == (1, 2)
    apart = compare(runs({18: [3], 34: [4]}))
    assert apart.depth_studies[0].claim.verdict == "not_measured"
    assert apart.depth_studies[0].control.rise is None
    assert [finding.claims[-1].key for finding in apart.findings] == ["degradation"] * 2


def test_a_further_factor_has_a_study_of_its_own_at_each_value(make_run, compare):
    places = [(20, 64), (56, 64), (20, 128), (56, 128), (110, 32)]
    results = compare(
        [
            make_run(residual, 0, changes={"model.depth": depth, "data.image_size": size})
            for depth, size in places
            for residual in (False, True)
        ]
    )
    assert [study.axis_value for study in results.depth_studies] == [{"data.image_size": 64}, {"data.image_size": 128}]
    alone = next(f for f in results.findings if f.contrast.axis_value["model.depth"] == 110)
    assert not any(belongs_to(alone.contrast, study) for study in results.depth_studies)
    assert alone.claims[-1].key == "degradation"
    others = [finding for finding in results.findings if finding is not alone]
    assert {finding.claims[-1].key for finding in others} == {"vanishing_gradients"}


def test_arms_keep_what_tells_them_apart_but_their_depth(make_run, compare):
    runs = [
        make_run(True, 0, changes={"model.depth": depth, "model.shortcut": shortcut})
        for depth in (20, 56)
        for shortcut in ("A", "B")
    ]
    [study] = compare(runs, "model.shortcut").depth_studies
    assert [curve.name for curve in study.arms] == ["ResNet (shortcut A)", "ResNet (shortcut B)"]
