"""Runs that diverged are outcomes of their arms: counted, and left out of the measures together with their partners."""

import json

import pytest
from scipy.stats import binomtest

from resnet_lab.comparison.divergence import Divergence, divergence
from resnet_lab.comparison.pairing import pair
from resnet_lab.comparison.results import gather
from resnet_lab.comparison.results_json import as_json
from resnet_lab.comparison.selection import select
from resnet_lab.files import write_json
from resnet_lab.report.compose import compose
from resnet_lab.report.render import write
from resnet_lab.report.tensorboard import write_tensorboard
from resnet_lab.report.words import load_words

FACTOR = "model.residual"
DIVERGED = {"status": "diverged", "epochs": 2, "best_epoch": 2, "error": "RunError: Training diverged in step 20"}


@pytest.fixture
def results(make_run, logs):
    """Compare six pairs of the names; ``control`` and ``treated`` are the seeds whose run diverged."""

    def compared(control=(), treated=(), seeds=6, **more):
        for residual, diverged in ((False, control), (True, treated)):
            for seed in range(seeds):
                make_run(residual, seed, 0.6 + 0.2 * residual, status=DIVERGED if seed in diverged else {}, **more)
        selection = select(["plain34", "resnet34"], logs)
        return gather(pair(selection.runs, FACTOR), selection.not_ready, force=False)

    return compared


def test_runs_that_diverged_are_counted_and_their_pairs_are_left_out_of_the_measures(results):
    found = results(control=[0], treated=[0, 2, 4])
    [contrast] = found.pairing.contrasts
    assert list(contrast.pairs) == [1, 3, 5]
    assert list(contrast.lost) == [0, 2, 4]
    assert list(contrast.partners) == [0, 1, 2, 3, 4, 5]
    assert contrast.diverged == (
        ("plain34/version_0",),
        ("resnet34/version_0", "resnet34/version_2", "resnet34/version_4"),
    )
    assert contrast.trained == (6, 6)
    assert contrast.unpaired == found.pairing.alone == ()
    assert divergence(contrast) == Divergence(only_control=0, only_treated=2, both=1, neither=3)
    [finding] = found.findings
    assert all(claim.seeds == (1, 3, 5) for claim in finding.claims if claim.seeds)
    assert finding.claims[0].seeds == (1, 3, 5)
    assert {claim.verdict for claim in finding.claims if claim.seeds} == {"diverged"}


@pytest.mark.parametrize(("control", "treated"), [(0, 0), (0, 2), (1, 5), (0, 6), (4, 4)])
def test_the_exact_test_is_the_binomial_test_over_pairs_of_which_one_run_diverged(control, treated):
    expected = binomtest(treated, control + treated).pvalue if control + treated else 1.0
    assert Divergence(control, treated, both=3, neither=9).p == pytest.approx(expected, rel=1e-12)


def test_files_that_a_diverged_run_never_wrote_are_not_asked_for(results, logs):
    results(seeds=3)
    run = select(["resnet34"], logs).runs[1]
    run.update_status({**DIVERGED, "digests": None})
    for name in ("metrics.csv", "final/metrics.json", "test/metrics.json", "test/predictions.csv"):
        (run.path / name).unlink()
    selection = select(["plain34", "resnet34"], logs)
    assert run in selection.runs
    [contrast] = pair(selection.runs, FACTOR).contrasts
    assert contrast.diverged == ((), (run.label,))


@pytest.mark.parametrize("name", ["final/metrics.json", "test/metrics.json"])
def test_a_finished_run_with_a_loss_that_is_no_number_diverged(make_run, name):
    runs = [make_run(residual, seed) for seed in range(2) for residual in (False, True)]
    scores = json.loads((runs[3].path / name).read_text())
    scores["last"].get("val", scores["last"])["loss"] = float("nan")
    write_json(runs[3].path / name, scores)
    [contrast] = pair(runs, FACTOR).contrasts
    assert list(contrast.pairs) == [0]
    assert contrast.diverged == ((), ("resnet34/version_1",))


def test_a_diverged_run_without_a_partner_is_left_out_like_any_other(make_run):
    runs = [make_run(False), make_run(True), make_run(True, 1, status=DIVERGED)]
    [contrast] = pair(runs, FACTOR).contrasts
    assert contrast.unpaired == ("resnet34/version_1",)
    assert (contrast.diverged, contrast.trained) == (((), ()), (1, 1))


def test_epochs_that_a_diverged_run_did_not_reach_are_no_difference_and_others_are(make_run):
    runs = [make_run(False), make_run(True, status=DIVERGED)]
    assert gather(pair(runs, FACTOR), (), force=False).differences == []
    runs[1].update_status({"threads": 8, "max_epochs": 9})
    found = gather(pair(runs, FACTOR), (), force=True).differences
    assert [difference.key for difference in found] == ["epochs", "threads"]


def test_an_earlier_divergence_of_a_seed_with_a_newer_run_is_told(make_run, logs):
    for residual in (False, True):
        make_run(residual)
    make_run(True, 1, status=DIVERGED)
    make_run(True, 1)
    make_run(False, 1)
    left_out = select(["plain34", "resnet34"], logs).not_ready
    assert [(left.run, left.state) for left in left_out] == [("resnet34/version_1", "repeated")]


def test_comparison_json_has_the_runs_the_counts_and_the_test(results):
    content = as_json(results(control=[0], treated=[0, 2]))
    assert content["left_out"]["diverged"] == ["plain34/version_0", "resnet34/version_0", "resnet34/version_2"]
    [contrast] = content["contrasts"]
    assert contrast["divergence"] == {
        "runs": {
            "control": ["plain34/version_0"],
            "treated": ["resnet34/version_0", "resnet34/version_2"],
        },
        "trained": {"control": 6, "treated": 6},
        "pairs": {"only_control": 0, "only_treated": 1, "both": 1, "neither": 4},
        "p": 1.0,
    }


@pytest.mark.parametrize("language", ["en", "id"])
def test_a_comparison_of_which_all_pairs_diverged_is_written(results, tmp_path, language):
    found = results(treated=[0, 1, 2], seeds=3)
    assert found.findings == []
    [contrast] = found.all_diverged
    assert divergence(contrast) == Divergence(0, 3, 0, 0)
    document = compose(found, load_words(language), pictures=False)
    write(found, document, tmp_path / "report")
    write_tensorboard(found, tmp_path / "events")
    assert (tmp_path / "report" / "report.html").exists()
    assert "Plain\u201134" in (tmp_path / "report" / "report.md").read_text()
    written = json.loads((tmp_path / "report" / "comparison.json").read_text())
    assert [of["divergence"]["pairs"]["only_treated"] for of in written["all_diverged"]] == [3]


def test_an_axis_value_of_which_all_pairs_diverged_leaves_the_others(make_run, tmp_path):
    runs = [
        make_run(residual, seed, changes={"model.depth": depth}, status=DIVERGED if depth == 110 and residual else {})
        for depth in (20, 56, 110)
        for seed in range(3)
        for residual in (False, True)
    ]
    found = gather(pair(runs, FACTOR), (), force=False)
    assert [finding.contrast.axis_value["model.depth"] for finding in found.findings] == [20, 56]
    assert [contrast.axis_value["model.depth"] for contrast in found.all_diverged] == [110]
    [study] = found.depth_studies
    assert study.depths == [20, 56]
    assert study.claim.verdict == "diverged"  # the deepest networks are missing
    write(found, compose(found, load_words("en"), pictures=False), tmp_path / "report")


def test_an_end_of_the_axis_with_a_seed_that_diverged_is_written(make_run, tmp_path):
    runs = [
        make_run(residual, seed, changes={"model.depth": depth}, status=DIVERGED if (depth == 56) == (seed < 2) else {})
        for depth in (20, 56)
        for seed in range(3)
        for residual in (False, True)
    ]
    found = gather(pair(runs, FACTOR), (), force=False)
    [study] = found.depth_studies
    assert study.claim.verdict == "not_measured"  # no seed has both depths
    write(found, compose(found, load_words("en"), pictures=False), tmp_path / "report")


def test_the_identity_counts_diverged_runs(results, make_run, logs):
    whole = results(treated=[2], seeds=3)
    fewer = gather(pair([run for run in whole.pairing.partners if run.status().seed < 2], FACTOR), (), force=False)
    assert [run.label for run in whole.runs] == [run.label for run in fewer.runs]
    assert whole.identity != fewer.identity
