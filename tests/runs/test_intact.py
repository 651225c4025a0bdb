"""Files that were cut off, emptied or are another tool's: each is refused by name, in one paragraph."""

import csv
import gzip
import json
import shutil

import pytest

from resnet_lab.comparison.selection import select
from resnet_lab.errors import InputError
from resnet_lab.files import read_csv, write_csv, write_json
from resnet_lab.runs.digests import FIT_FILES, TEST_FILES, digests
from resnet_lab.runs.intact import check_intact

CASES = [
    ("status.json", '{"status": "finished"}', "lacks 'arm'"),
    ("status.json", '{"status": "finished", "seed": 0}', "lacks 'arm'"),
    ("status.json", "[]", "no JSON object"),
    ("status.json", '{"format": "x", "status": "finished"}', ""),
    ("config.yaml", "", ""),
    ("config.yaml", "[1]", ""),
    ("config.yaml", "model: [", ""),
    ("metrics.csv", "", "it holds no epoch"),
    ("metrics.csv", "epoch,val/accuracy\n", "it holds no epoch"),
    ("metrics.csv", "epoch,val/accuracy\n1,2,3\n", ""),
    ("metrics.csv", "epoch,val/accuracy,x\n1,2\n", ""),
    ("metrics.csv", "val/accuracy\n1\n", "lacks 'epoch'"),
    ("final/metrics.json", "{}", "lacks 'best'"),
    ("test/metrics.json", "{}", "lacks 'best'"),
    ("test/metrics.json", '{"best": {}, "last": {}}', "lacks 'accuracy'"),
    ("test/predictions.csv", "", "it holds 0 of the 60 images of the best checkpoint"),
    ("test/predictions.csv", "version https://git-lfs\noid 1\n", "lacks 'checkpoint'"),
]


@pytest.mark.parametrize(("name", "content", "text"), CASES)
def test_a_damaged_or_foreign_file_is_refused(make_run, logs, name, content, text):
    run = make_run(False)
    (run.path / name).write_text(content)
    with pytest.raises(InputError) as caught:
        select(["plain34"], logs)
    said = str(caught.value)
    assert text in said
    assert "\n" not in said
    assert "damaged" in said or "cannot be read" in said


def test_a_file_that_was_cut_off_is_refused(make_run):
    run = make_run(False)
    path = run.path / "test" / "predictions.csv"
    whole = path.read_text()
    path.write_text("".join(whole.splitlines(keepends=True)[:-1]))
    with pytest.raises(InputError, match=r"predictions\.csv cannot be used \(it holds 59 of the 60 images of the last"):
        check_intact(run)
    path.write_text(whole[:-30])
    with pytest.raises(InputError, match=r"predictions\.csv cannot be used \("):
        check_intact(run)
    path.write_text(whole)
    check_intact(run)


@pytest.mark.parametrize("damage", [lambda whole: whole[:-20], lambda whole: whole[:40] + bytes(20) + whole[60:]])
def test_compressed_predictions_that_are_damaged_are_refused(make_run, damage):
    run = make_run(False)
    path = run.path / "test" / "predictions.csv"
    compressed = gzip.compress(path.read_bytes())
    path.unlink()
    path.with_name("predictions.csv.gz").write_bytes(compressed)
    check_intact(run)
    path.with_name("predictions.csv.gz").write_bytes(damage(compressed))
    with pytest.raises(InputError, match=r"predictions\.csv cannot be used \("):
        check_intact(run)


def test_a_prediction_of_no_class_is_refused(make_run):
    run = make_run(False)
    path = run.path / "test" / "predictions.csv"
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    rows[3]["predicted"] = "unheard of"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    with pytest.raises(InputError, match="lacks 'probability_unheard of'"):
        check_intact(run)


def test_what_a_resumption_says_of_the_machine_is_whole_too(make_run):
    run = make_run(False, status={"resumed": [{"at": "2026", "hardware": {"device": "cpu"}}]})
    with pytest.raises(InputError, match=r"status\.json cannot be used \(it lacks 'cores'\)"):
        check_intact(run)


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("inspect/gradients.csv", "", "it holds no layer"),
        ("inspect/gradients.csv", "checkpoint,layer,position,norm\nbest,conv1,1,x\n", "could not convert"),
        ("inspect/responses.csv", "checkpoint,layer,position\nbest,conv1,1\n", "it lacks 'std'"),
        ("inspect/similarity.csv", "checkpoint,block\nbest,layer1.0\n", "it lacks 'similarity'"),
        ("inspect/similarity.csv", "checkpoint,block\n", "it does not hold the run itself"),
        ("inspect/lesion.csv", "checkpoint,removed,blocks,draw,accuracy,n\n", "it holds no accuracy"),
        ("inspect/inspect.json", "[]", "no JSON object"),
        ("diagnostics.csv", "epoch,step,layer,dead_relus\n1,9,all,\n", "it lacks 'gradient_norm'"),
        ("diagnostics.csv", "epoch,step,layer,dead_relus,gradient_norm\n1,9,all,x,1\n", "could not convert"),
    ],
)
def test_what_was_measured_inside_is_whole_where_it_is_there(make_run, inspect, diagnose, name, content, text):
    run = make_run(False)
    inspect(run)
    diagnose(run)
    check_intact(run)
    (run.path / name).write_text(content)
    with pytest.raises(InputError) as caught:
        check_intact(run)
    assert name in str(caught.value)
    assert text in str(caught.value)


def test_a_run_of_this_package_is_intact(make_run):
    check_intact(make_run(True, status=json.loads('{"resumed": [{"at": "2026", "threads": 4}]}')))


def test_a_run_of_which_the_last_checkpoint_was_inspected_is_whole(make_run, inspect):
    run = make_run(residual=True)
    inspect(run)
    for path in (run.path / "inspect").glob("*.csv"):
        path.write_text(path.read_text().replace("best,", "last,"))
    check_intact(run)


@pytest.mark.parametrize("kept", [1, 5, 12, 15])
def test_gradients_that_were_cut_off_are_refused(make_run, inspect, kept):
    """They would be of other layers in the two arms, and decide a claim by that."""
    run = make_run(False)
    inspect(run)
    path = run.path / "inspect" / "gradients.csv"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[: 1 + kept]))
    with pytest.raises(InputError, match=r"gradients\.csv cannot be used \(it does not hold every layer\)"):
        check_intact(run)


@pytest.mark.parametrize("value", ["accuracy", "loss"])
@pytest.mark.parametrize("name", ["final/metrics.json", "test/metrics.json"])
def test_a_score_is_a_number_and_one_that_is_not_finite_is_divergence(make_run, name, value):
    run = make_run(False, status={"digests": None})
    scores = json.loads((run.path / name).read_text())
    place = scores["last"].get("train", scores["last"])
    place[value] = "high"
    (run.path / name).write_text(json.dumps(scores))
    with pytest.raises(InputError, match=r"metrics\.json cannot be used \(must be real number, not str\)"):
        check_intact(run)
    place[value] = float("nan")
    (run.path / name).write_text(json.dumps(scores))
    check_intact(run)


@pytest.mark.parametrize("name", ["metrics.csv", "final", "test"])
def test_a_diverged_run_has_what_it_got_to(make_run, name):
    run = make_run(False, status={"status": "diverged", "digests": None})
    shutil.rmtree(run.path / name) if (run.path / name).is_dir() else (run.path / name).unlink()
    check_intact(run)
    run.config_path.write_text("model: [")
    with pytest.raises(InputError, match=r"config\.yaml cannot be used"):
        check_intact(run)


# -- files that contradict each other

NO_DIGESTS = {"digests": None}


def written(path, edit):
    """Rewrite a CSV file; ``edit`` changes its rows in place."""
    rows = read_csv(path)
    edit(rows)
    write_csv(path, rows[0].keys(), rows)


def refused(run):
    with pytest.raises(InputError) as caught:
        check_intact(run)
    return str(caught.value)


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda rows: rows.pop(), "of 6 epochs it lacks 6"),
        (lambda rows: rows.pop(0), "of 6 epochs it lacks 1"),
        (lambda rows: [rows.pop(3), rows.pop(1)], "of 6 epochs it lacks 2, 4"),
        (lambda rows: rows.append({**rows[-1], "epoch": 7}), "it holds epoch 7, and the run has 6"),
        (lambda rows: rows.insert(2, rows[1]), "epoch 2 stands twice"),
        (lambda rows: rows.reverse(), "its epochs are out of order"),
    ],
)
def test_metrics_of_other_epochs_than_those_of_the_run_are_refused(make_run, edit, said):
    """Shortened metrics made equal arms differ in the speed of training."""
    run = make_run(False, status=NO_DIGESTS)
    written(run.metrics_path, edit)
    assert refused(run) == (
        f"The run {run.path} is damaged, or not written by resnet-lab: metrics.csv cannot be used ({said}). "
        "Put the original file back, or leave the run out."
    )


def test_scores_that_contradict_their_predictions_are_refused_with_the_command_that_tests_again(make_run):
    run = make_run(False, accuracy=0.7, status=NO_DIGESTS)
    scores = run.test_metrics()
    scores["best"]["accuracy"] = 0.9
    write_json(run.path / "test" / "metrics.json", scores)
    said = refused(run)
    assert "test/metrics.json has another accuracy of the best checkpoint than these predictions: 0.9 and not " in said
    assert said.endswith(
        f"Test the run again (resnet-lab test {run.path}), put the original file back, or leave the run out."
    )


def test_a_config_of_another_seed_than_the_run_is_refused(make_run):
    run = make_run(False, 3, status=NO_DIGESTS)
    config = run.config_path.read_text()
    run.config_path.write_text(config.replace("seed_everything: 3", "seed_everything: 4"))
    assert "config.yaml cannot be used (its seed_everything is 4, and status.json has the seed 3: it was" in refused(
        run
    )


# -- files that were altered


@pytest.mark.parametrize("name", [*FIT_FILES, *TEST_FILES])
def test_a_file_that_was_altered_is_refused_by_its_name(make_run, diagnose, name):
    run = make_run(False)
    diagnose(run)
    run.update_status({"digests": digests(run, (*FIT_FILES, *TEST_FILES))})
    check_intact(run)
    path = run.path / name
    path.write_text(path.read_text() + "\n")
    said = refused(run)
    assert said.startswith(f"{name} of the run {run.path} was changed after resnet-lab wrote it (its digest is")
    assert said.endswith("put the original file back, or leave the run out.")
    assert ("test the run again" in said) == (name in TEST_FILES)


def test_an_altered_number_that_contradicts_nothing_is_refused(make_run):
    """The validation accuracy of one epoch decides the speed of training."""
    run = make_run(False)
    written(run.metrics_path, lambda rows: rows[2].update({"val/accuracy": "0.99"}))
    assert refused(run).startswith(f"metrics.csv of the run {run.path} was changed after resnet-lab wrote it")
