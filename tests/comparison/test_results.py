"""Results: their content, their refusals, and comparison.json."""

import shutil

import pytest

from resnet_lab.comparison.families import judge
from resnet_lab.comparison.image_differences import image_differences
from resnet_lab.comparison.measures import run_measures
from resnet_lab.comparison.net_pairs import net_pairs
from resnet_lab.comparison.pairing import pair
from resnet_lab.comparison.results import gather
from resnet_lab.comparison.results_json import as_json
from resnet_lab.comparison.selection import select
from resnet_lab.errors import InputError
from resnet_lab.files import write_csv
from resnet_lab.runs import Run


def test_an_arm_has_the_figures_of_its_runs(three_seeds):
    [finding] = three_seeds.findings
    assert (finding.control.name, finding.treated.name, finding.seeds) == ("Plain-34", "ResNet-34", [0, 1, 2])
    for arm in finding.arms:
        for seed, run in arm.runs.items():
            assert run.status().seed == seed
            assert arm.measures[seed]["test/best/accuracy"] == run.test_metrics()["best"]["accuracy"]
            assert sum(bar.n for bar in arm.reliability[seed]) == 60
        mean = sum(run.test_metrics()["best"]["accuracy"] for run in arm.runs.values()) / 3
        assert arm.mean_sd("test/best/accuracy").mean == pytest.approx(mean)
        assert sum(map(sum, arm.confusion)) == pytest.approx(60)


def test_claims_and_nets_are_those_of_the_pairs(three_seeds):
    [finding] = three_seeds.findings
    pairs = finding.contrast.pairs.items()
    measures = {seed: (run_measures(a), run_measures(b)) for seed, (a, b) in pairs}
    assert finding.claims == judge(measures, images=image_differences(finding.contrast.pairs))
    assert finding.nets == net_pairs(finding.contrast.pairs)
    assert finding.tested == 60
    assert finding.on_other_images == []
    assert all(image.lead for image in finding.images)


def test_claims_are_judged_by_the_files_of_the_runs(make_run, compare):
    pairs = {seed: (make_run(False, seed, 0.5), make_run(True, seed, 0.8)) for seed in (2, 0, 1)}
    [finding] = compare([run for pair in pairs.values() for run in pair]).findings
    accuracy, loss = finding.claims[:2]
    assert accuracy.seeds == (0, 1, 2)
    assert accuracy.verdict == "supported"
    for seed, control, treated in zip((0, 1, 2), loss.control, loss.treated, strict=True):
        assert control == pairs[seed][0].test_metrics()["best"]["loss"]
        assert treated == pairs[seed][1].test_metrics()["best"]["loss"]


def test_networks_that_were_inspected_on_different_images_have_no_verdict_on_gradients(make_run, compare, inspect):
    runs = []
    for seed in range(2):
        for residual in (False, True):
            runs.append(make_run(residual, seed))
            inspect(runs[-1], sample="b" if seed and residual else "a")
    [finding] = compare(runs).findings
    claims = {claim.key: claim for claim in finding.claims}
    assert claims["gradient_flow"].seeds == claims["vanishing_gradients"].seeds == (0,)
    assert claims["accuracy"].seeds == (0, 1)
    assert "gradients/best/unevenness" in finding.control.measures[1]  # still in the table of the run


def test_the_measures_of_a_run_are_read_once(make_run, monkeypatch):
    """Over two depths, so that claims, arms and the depth study all use them."""
    runs = [make_run(residual, changes={"model.depth": depth}) for depth in (20, 56) for residual in (False, True)]
    pairing = pair(runs, "model.residual")
    read, final_metrics = [], Run.final_metrics

    def counted(run):
        read.append(run)
        return final_metrics(run)

    monkeypatch.setattr(Run, "final_metrics", counted)
    results = gather(pairing, (), force=False)
    as_json(results)
    assert results.depth_studies
    assert sorted(run.path for run in read) == sorted(run.path for run in runs)


def test_pairs_on_other_images_say_nothing_image_by_image(make_run, compare):
    runs = [make_run(residual, seed) for seed in range(3) for residual in (False, True)]
    rows = [{**row, "path": f"other/{row['path']}"} for row in runs[-1].test_predictions("best")]
    write_csv(runs[-1].path / "test" / "predictions.csv", rows[0].keys(), rows)
    [finding] = compare(runs).findings
    assert [pair.seed for pair in finding.nets] == [0, 1]
    assert finding.on_other_images == [2]
    assert finding.claims[0].seeds == (0, 1, 2)


def test_no_pair_on_the_same_images_is_no_error(make_run, compare):
    runs = [make_run(False), make_run(True, labels=[0, 1] * 30)]
    [finding] = compare(runs).findings
    assert (finding.nets, finding.images, finding.tested) == ([], [], 0)


def test_a_difference_that_is_no_factor_is_refused_with_a_list(make_run, compare):
    runs = [make_run(False), make_run(True, status={"threads": 8, "precision": "bf16-mixed"})]
    with pytest.raises(InputError) as caught:
        compare(runs)
    assert str(caught.value) == (
        "These runs differ in more than model.residual: precision: 32-true (plain34/version_0), bf16-mixed "
        "(resnet34/version_0); threads: 2 (plain34/version_0), 8 (resnet34/version_0). A difference between the arms "
        "could come from any of these. Name runs that agree in them, or add --force: the report then says so."
    )
    assert [difference.key for difference in compare(runs, force=True).differences] == ["precision", "threads"]


def test_contrasts_may_differ_from_each_other_and_that_is_told(make_run, compare):
    """Each place was made alike inside: on other threads and hardware."""
    places = {224: {}, 128: {"threads": 1}}
    runs = [
        make_run(residual, changes={"data.image_size": size}, status=status)
        for size, status in places.items()
        for residual in (False, True)
    ]
    results = compare(runs)
    assert results.differences == []
    assert [str(difference) for difference in results.between] == ["threads: 1 (2 runs), 2 (2 runs)"]
    assert as_json(results)["between_contrasts"][0]["key"] == "threads"


def test_pairs_may_differ_from_each_other_and_that_is_told(make_run, compare):
    """Pairs are blocks: here each was made on a number of threads of its own."""
    runs = [make_run(residual, seed, status={"threads": seed + 1}) for seed in range(2) for residual in (False, True)]
    results = compare(runs)
    assert (results.differences, results.between) == ([], [])
    assert [str(difference) for difference in results.between_pairs] == ["threads: 1 (2 runs), 2 (2 runs)"]
    assert as_json(results)["between_pairs"][0]["key"] == "threads"


def test_mixed_hardware_within_a_pair_is_refused(make_run, compare):
    """Half of either arm on each machine is no excuse: a pair's difference has the machines' difference in it."""
    another = {"device": "cpu", "processor": "Another", "instructions": ["avx2"], "cores": 8}
    mixed = {(False, 0), (True, 1)}
    runs = [
        make_run(residual, seed, status={"hardware": another} if (residual, seed) in mixed else None)
        for seed in range(2)
        for residual in (False, True)
    ]
    with pytest.raises(InputError, match=r"differ in more than model\.residual: hardware: Another \(2 runs\), A Proc"):
        compare(runs)
    assert compare(runs, force=True).between_pairs == []


def test_contrasts_whose_pairs_differ_alike_do_not_differ_from_each_other(make_run, compare):
    def made(threads):
        return [
            make_run(residual, seed, changes={"data.image_size": size}, status={"threads": threads[size][seed]})
            for size in (224, 128)
            for seed in range(2)
            for residual in (False, True)
        ]

    assert compare(made({224: (1, 2), 128: (1, 2)})).between == []


def test_contrasts_whose_pairs_differ_otherwise_do(make_run, compare):
    threads = {224: (1, 2), 128: (2, 4)}
    runs = [
        make_run(residual, seed, changes={"data.image_size": size}, status={"threads": threads[size][seed]})
        for size in (224, 128)
        for seed in range(2)
        for residual in (False, True)
    ]
    results = compare(runs)
    assert [difference.key for difference in results.between] == ["threads"]
    assert [difference.axis_value["data.image_size"] for difference in results.between_pairs] == [128, 224]


def test_a_difference_within_a_contrast_is_told_with_its_place(make_run, compare):
    runs = [make_run(residual, changes={"model.depth": depth}) for depth in (18, 34) for residual in (False, True)]
    runs[0].update_status({"threads": 8})
    results = compare(runs, force=True)
    assert [str(difference) for difference in results.differences] == [
        "threads (depth 18): 8 (plain18/version_0), 2 (resnet18/version_0)"
    ]
    assert results.between == []


def test_runs_that_are_left_out_cause_no_refusal(make_run, compare):
    runs = [make_run(False), make_run(True), make_run(True, 1, status={"threads": 8})]
    assert compare(runs).differences == []


def test_other_classes_are_refused_even_when_forced(make_run, compare):
    runs = [make_run(False), make_run(True, classes=("cracked", "fine", "worn"), status={"fingerprint": "0" * 64})]
    with pytest.raises(InputError, match=r"have different classes: cracked, fine, worn and cracked, good, worn\."):
        compare(runs, force=True)


def test_the_identity_is_that_of_the_runs_wherever_they_lie(three_seeds, logs, tmp_path):
    moved = shutil.copytree(logs, tmp_path / "moved")
    again = gather(pair(select([str(moved)], logs).runs, "model.residual"), (), force=False)
    assert again.identity == three_seeds.identity
    assert again.identity.startswith("residual-")
    fewer = [run for run in again.runs if run.status().seed]
    assert gather(pair(fewer, "model.residual"), (), force=False).identity != again.identity
