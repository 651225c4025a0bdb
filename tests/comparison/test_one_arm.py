"""One arm alone: its settings, its refusals, and what it shares with a comparison."""

import pytest

from resnet_lab.comparison.mistakes import mistakes
from resnet_lab.comparison.one_arm import gather_one_arm, has_one_arm
from resnet_lab.comparison.results_json import as_json
from resnet_lab.comparison.selection import NotReady, Selection
from resnet_lab.errors import InputError
from resnet_lab.files import write_csv

FACTOR = "model.residual"


def gathered(runs, *, force=False):
    return gather_one_arm(Selection(tuple(runs), (NotReady("resnet34/version_9", "failed"),)), force=force)


def test_one_value_of_the_residual_connection_is_one_arm(make_run):
    plain, residual, deeper = make_run(False), make_run(True), make_run(True, changes={"model.depth": 50})
    assert has_one_arm([plain], FACTOR)
    assert has_one_arm([residual, deeper], FACTOR)
    assert not has_one_arm([plain, residual], FACTOR)
    assert not has_one_arm([residual], "model.lr")
    assert not has_one_arm([residual], "model.residul")


@pytest.mark.parametrize(("residual", "role"), [(False, "control"), (True, "treated")])
def test_the_arm_has_the_role_that_it_has_in_a_comparison(make_run, compare, residual, role):
    runs = [make_run(residual, seed) for seed in (2, 0, 1)]
    results = gathered(runs)
    [finding] = results.findings
    compared = compare([*runs, *(make_run(not residual, seed) for seed in range(3))])
    assert finding.arm == getattr(compared.findings[0], role)
    assert finding.arms == (finding.arm,)
    assert finding.seeds == [0, 1, 2]
    assert results.values == {role: residual}
    assert (results.axis, finding.axis_value, results.not_ready[0].state) == ((), {}, "failed")
    assert results.runs == sorted(runs, key=lambda run: run.status().seed)
    assert results.identity.startswith("residual-")
    assert results.identity != compared.identity


def test_mistakes_are_those_of_seeds_that_saw_the_images_of_the_first(make_run):
    runs = [make_run(True, seed) for seed in range(3)]
    [finding] = gathered(runs).findings
    assert (finding.alike, finding.tested, finding.on_other_images) == ((0, 1, 2), 60, [])
    assert finding.mistakes == mistakes(dict(enumerate(runs)))
    rows = [{**row, "path": f"other/{row['path']}"} for row in runs[1].test_predictions("best")]
    write_csv(runs[1].path / "test" / "predictions.csv", rows[0].keys(), rows)
    [finding] = gathered(runs).findings
    assert (finding.alike, finding.on_other_images) == ((0, 2), [1])
    assert finding.mistakes == mistakes({0: runs[0], 2: runs[2]})


def test_each_setting_is_a_group_in_the_order_of_the_axis(make_run):
    results = gathered([make_run(False, seed, changes={"model.depth": d}) for d in (110, 20) for seed in (1, 0)])
    assert results.axis == ("model.depth",)
    assert [finding.axis_value for finding in results.findings] == [{"model.depth": 20}, {"model.depth": 110}]
    assert [finding.seeds for finding in results.findings] == [[0, 1], [0, 1]]
    assert [finding.arm.name for finding in results.findings] == ["Plain-20", "Plain-110"]


def test_runs_of_a_setting_that_differ_in_a_condition_are_refused_unless_forced(make_run):
    runs = [make_run(True), make_run(True, 1, status={"fingerprint": "0" * 64})]
    with pytest.raises(
        InputError, match=r"^These runs of one arm differ in more than their seed: fingerprint: "
    ) as caught:
        gathered(runs)
    assert str(caught.value).endswith("Name runs that agree in them, or add --force: the report then says so.")
    assert [difference.key for difference in gathered(runs, force=True).differences] == ["fingerprint"]


def in_folds(make_run, *folds, depth=34, **status):
    """Make a run per fold, each tested on images of its own."""
    runs = []
    for seed, fold in enumerate(folds):
        changes = {"model.depth": depth, "data.fold": fold}
        labels = tuple(k % 3 for k in range(60 + seed))
        run = make_run(True, seed, 0.7, changes, {"fingerprint": f"{fold}".ljust(64, "0"), **status}, labels=labels)
        rows = [{**row, "path": f"{fold}/{row['path']}"} for row in run.test_predictions("best")]
        write_csv(run.predictions_path, rows[0].keys(), rows)
        runs.append(run)
    return runs


def test_seeds_of_an_arm_hold_out_a_fold_each_and_their_mistakes_are_over_all_folds(make_run):
    runs = in_folds(make_run, "1/3", "2/3", "3/3")
    results = gathered(runs)
    [finding] = results.findings
    assert (results.differences, results.between) == ([], [])
    assert (finding.alike, finding.on_other_images, finding.tested) == ((0, 1, 2), [], 183)
    wrong = {row["path"] for run in runs for row in run.test_predictions("best") if row["label"] != row["predicted"]}
    assert {image.path for image in finding.mistakes} == wrong
    assert {len(image.predicted) for image in finding.mistakes} == {1}


def test_folds_excuse_no_other_condition_and_no_other_data(make_run):
    runs = in_folds(make_run, "1/2", "2/2")
    runs[1].update_status({"precision": "16-mixed"})
    assert [one.key for one in gathered(runs, force=True).differences] == ["precision"]
    again = make_run(True, 2, changes={"data.fold": "1/2"}, status={"fingerprint": "f" * 64})
    assert [one.key for one in gathered([runs[0], again], force=True).differences] == ["fingerprint"]


@pytest.mark.parametrize("other", [None, "2/4"])
def test_folds_of_several_kinds_are_refused(make_run, other):
    runs = [
        make_run(True, seed, changes={"data.fold": fold} if fold else {}) for seed, fold in ((0, "1/3"), (1, other))
    ]
    with pytest.raises(InputError, match=r"differ in more than their seed: data\.fold: "):
        gathered(runs)


def test_settings_with_folds_are_held_against_each_other_fold_by_fold(make_run):
    runs = [*in_folds(make_run, "1/2", "2/2"), *in_folds(make_run, "1/2", "2/2", depth=50)]
    assert gathered(runs).between == []
    runs[3].update_status({"fingerprint": "f" * 64})
    assert [one.key for one in gathered(runs).between] == ["fingerprint"]


def test_settings_may_differ_from_each_other_and_that_is_told(make_run):
    runs = [make_run(True), make_run(True, changes={"model.depth": 18}, status={"threads": 8})]
    results = gathered(runs)
    assert (results.differences, [one.key for one in results.between]) == ([], ["threads"])


def test_one_experiment_twice_and_other_classes_are_refused(make_run):
    with pytest.raises(InputError, match="are the same experiment: equal configs and seed 0"):
        gathered([make_run(True), make_run(True)])
    with pytest.raises(InputError, match="These runs have different classes"):
        gathered([make_run(True), make_run(True, 1, classes=("a", "b", "c"))], force=True)


def test_diverged_runs_of_the_arm_are_named_and_have_no_measures(make_run):
    runs = [make_run(True, seed, status={"status": "diverged"} if seed == 1 else None) for seed in range(3)]
    for name in ("metrics.csv", "test/metrics.json", "test/predictions.csv", "final/metrics.json"):
        (runs[1].path / name).unlink()
    results = gathered(runs)
    assert results.diverged == ("resnet34/version_1",)
    assert results.findings[0].seeds == [0, 2]
    assert as_json(results)["left_out"]["diverged"] == ["resnet34/version_1"]


def test_an_arm_of_which_all_runs_diverged_is_refused(make_run):
    runs = [make_run(True, seed, status={"status": "diverged"}) for seed in range(2)]
    with pytest.raises(InputError, match=r"All these runs diverged: resnet34/version_0, resnet34/version_1\. .* lower"):
        gathered(runs)
