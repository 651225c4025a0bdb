"""A copied run is no second observation, and an image has one label in all runs."""

import gzip
import shutil

import pytest

from resnet_lab.comparison.contradictions import refuse_copies, refuse_other_labels
from resnet_lab.comparison.selection import select
from resnet_lab.errors import InputError
from resnet_lab.files import read_csv, write_csv
from resnet_lab.runs import Run


def refused(check, runs):
    with pytest.raises(InputError) as caught:
        check(runs)
    return str(caught.value)


def copied(run, seed):
    """Copy a run of seed 0 under another seed, as thoroughly as a careless hand would."""
    path = run.path.with_name(f"version_{run.version + 50 + seed}")
    shutil.copytree(run.path, path)
    copy = Run(path)
    copy.update_status({"seed": seed, "digests": None})
    copy.config_path.write_text(run.config_path.read_text().replace("seed_everything: 0", f"seed_everything: {seed}"))
    return copy


def test_a_run_that_was_copied_under_another_seed_is_refused(make_run, logs):
    """It made three seeds of two."""
    for seed in range(2):
        make_run(False, seed)
        make_run(True, seed)
    copy = copied(Run(logs / "resnet34" / "version_0"), 2)
    with pytest.raises(InputError) as caught:
        select(["plain34", "resnet34"], logs)
    assert str(caught.value) == (
        f"resnet34/version_0 (seed 0) and {copy.label} (seed 2) have the same metrics.csv: one is a copy of the other, "
        "and together they are one observation. Leave one of them out, and train its seed again."
    )


def test_copied_predictions_are_refused_even_if_they_are_compressed(make_run):
    runs = [make_run(True, 0), make_run(True, 1)]
    shutil.copy(runs[0].predictions_path, runs[1].predictions_path)
    assert "have the same test/predictions.csv" in refused(refuse_copies, runs)
    plain = runs[1].predictions_path
    plain.with_suffix(".csv.gz").write_bytes(gzip.compress(plain.read_bytes()))
    plain.unlink()
    assert "have the same test/predictions.csv" in refused(refuse_copies, runs)


@pytest.mark.parametrize("seed", [0, 1])
def test_predictions_of_the_other_arm_are_copied_also_under_an_equal_seed(make_run, seed):
    """Without digests, a comparison of a network with itself said that both are right on the same images."""
    runs = [make_run(False, 0), make_run(True, seed, status={"digests": None})]
    for name in ("predictions.csv", "metrics.json"):
        shutil.copy(runs[0].path / "test" / name, runs[1].path / "test" / name)
    assert refused(refuse_copies, runs).startswith(
        f"plain34/version_0 (seed 0) and resnet34/version_0 (seed {seed}) have the same test/predictions.csv: "
    )


def test_predictions_of_another_run_of_the_same_arm_and_seed_are_copied(make_run):
    runs = [make_run(True, accuracy=0.7), make_run(True, accuracy=0.6, changes={"model.lr": 1e-3})]
    refuse_copies(runs)
    shutil.copy(runs[0].predictions_path, runs[1].predictions_path)
    assert "have the same test/predictions.csv" in refused(refuse_copies, runs)


def test_a_training_that_was_repeated_alike_is_no_copy(make_run):
    """A setting that changes nothing gives the same scores in each epoch, and the same predictions."""
    runs = [make_run(True), make_run(True, changes={"model.lr": 1e-3})]
    for seconds, run in zip(("61.25", "60.75"), runs, strict=True):
        rows = [{**row, "time/epoch_seconds": seconds} for row in read_csv(run.metrics_path)]
        write_csv(run.metrics_path, rows[0].keys(), rows)
    assert runs[0].test_predictions("best") == runs[1].test_predictions("best")
    refuse_copies(runs)


def test_runs_of_their_own_are_no_copies(make_run):
    refuse_copies([make_run(residual, seed) for seed in range(4) for residual in (False, True)])


def test_networks_that_give_one_answer_to_all_images_are_no_copies(make_run):
    """Each has learned nothing, in a training of its own."""
    runs = [make_run(True, 0), make_run(True, 1)]
    for run in runs:
        rows = read_csv(run.predictions_path)
        for row in rows:
            row |= {key: "0.333333333" for key in row if key.startswith("probability_")}
            row["predicted"] = "good"
        write_csv(run.predictions_path, rows[0].keys(), rows)
    refuse_copies(runs)


def test_equal_metrics_of_one_seed_are_a_copy_only_with_equal_times(make_run):
    """Two settings can train alike, and never in the same time."""
    runs = [make_run(True), make_run(True, changes={"model.lr": 1e-3})]
    refuse_copies(runs)
    for run in runs:
        rows = [{**row, "time/epoch_seconds": "61.25"} for row in read_csv(run.metrics_path)]
        write_csv(run.metrics_path, rows[0].keys(), rows)
    assert "have the same metrics.csv" in refused(refuse_copies, runs)


def test_a_diverged_run_can_be_a_copy_too(make_run):
    first = make_run(True, status={"status": "diverged"})
    assert "have the same metrics.csv" in refused(refuse_copies, [first, copied(first, 1)])


def test_diverged_runs_without_an_epoch_are_no_copies(make_run):
    runs = [make_run(True, seed, status={"status": "diverged"}) for seed in range(2)]
    for run in runs:
        run.metrics_path.unlink()
        shutil.rmtree(run.path / "test")
    refuse_copies(runs)


def relabeled(run, **labels):
    """Give images of a run other labels, by path."""
    rows = read_csv(run.predictions_path)
    for row in rows:
        row["label"] = labels.get(row["path"], row["label"])
    write_csv(run.predictions_path, rows[0].keys(), rows)


def test_the_same_images_under_other_labels_are_refused(make_run):
    runs = [make_run(False), make_run(True)]
    refuse_other_labels(runs)
    relabeled(runs[1], **{"cracked/000.png": "good", "good/001.png": "cracked"})
    assert refused(refuse_other_labels, runs) == (
        "cracked/000.png is labeled cracked in plain34/version_0 and good in resnet34/version_0: labels were changed "
        "between the runs, or in a file. Test both runs again on the same data, or leave one of them out."
    )


def test_swapped_labels_are_refused_where_all_scores_were_made_to_agree(make_run, logs):
    """Scores without digests that agree with the swapped labels: only the other runs tell."""
    make_run(False)
    run = make_run(True, accuracy=1.0, labels=[1, 0, *(k % 3 for k in range(2, 60))], status={"digests": None})
    rows = read_csv(run.predictions_path)
    for row in rows:
        row["path"] = {"good/000.png": "cracked/000.png", "cracked/001.png": "good/001.png"}.get(
            row["path"], row["path"]
        )
    write_csv(run.predictions_path, rows[0].keys(), rows)
    with pytest.raises(
        InputError, match=r"cracked/000\.png is labeled cracked in plain34/version_0 and good in resnet34"
    ):
        select(["plain34", "resnet34"], logs)


def test_renamed_images_of_equal_fingerprint_are_held_against_each_other_in_order(make_run):
    runs = [make_run(False), make_run(True)]
    rows = [{**row, "path": f"other/{row['path']}"} for row in read_csv(runs[1].predictions_path)]
    write_csv(runs[1].predictions_path, rows[0].keys(), rows)
    refuse_other_labels(runs)
    relabeled(runs[1], **{"other/cracked/000.png": "good"})
    assert refused(refuse_other_labels, runs).startswith(
        "plain34/version_0 and resnet34/version_0 have the same data by their fingerprint, and their test images have "
    )
    runs[1].update_status({"fingerprint": "0" * 64})
    refuse_other_labels(runs)  # other images: their labels say nothing about those of the first run
