"""A run that broke off is resumed as the run it was, bit for bit; as another one it is refused."""

import csv
import shutil
from pathlib import Path

import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import SCALARS, EventAccumulator

from resnet_lab import runs
from resnet_lab.cli import main
from resnet_lab.data.folder import read_image_folder
from resnet_lab.data.split import Fold
from resnet_lab.errors import InputError
from resnet_lab.model.classifier import Classifier
from resnet_lab.runs import Run, claim_run, find_runs
from resnet_lab.training.resumption import (
    changed_facts,
    refuse_other_config,
    refuse_other_facts,
)

pytestmark = pytest.mark.filterwarnings("default")
LOGS = Path("lightning_logs")
# 28 photographs to train on: 7 batches of 4 an epoch.
TINY = (
    "--config resnet34.yaml --model.depth 20 --data.image_size 32 --data.batch_size 4 --data.num_workers 0 "
    "--trainer.max_epochs 3 --checkpoint.every_n_steps 2 --diagnostics.every_n_steps 3 "
    "--trainer.enable_progress_bar false"
)


@pytest.fixture
def fit(cell_folder, capsys):
    def fit(words):
        code = main(["fit", *words.split(), "--data.root", str(cell_folder)])
        output = capsys.readouterr()
        return code, output.out + output.err

    return fit


@pytest.fixture
def break_off(fit, monkeypatch):
    """A fit whose process is lost in the step after ``step`` optimizer steps."""

    def break_off(words, step):
        train = Classifier.training_step

        def lost(self, batch, batch_idx):
            if self.trainer.global_step == step:
                raise ConnectionAbortedError
            return train(self, batch, batch_idx)

        with monkeypatch.context() as patch:
            patch.setattr(Classifier, "training_step", lost)
            with pytest.raises(ConnectionAbortedError):
                fit(words)

    return break_off


@pytest.fixture(scope="module")
def whole(cell_folder, tmp_path_factory):
    """The run that nobody broke off."""
    folder = tmp_path_factory.mktemp("whole")
    assert main(["fit", *TINY.split(), "--logs", str(folder), "--data.root", str(cell_folder)]) == 0
    return Run(folder / "resnet20" / "version_0")


def the_run(name):
    [run] = find_runs(LOGS, name)
    return run


def rows(run):
    return [{tag: value for tag, value in row.items() if not tag.startswith("time/")} for row in run.metrics()]


def scalars(run):
    accumulator = EventAccumulator(str(run.path), {SCALARS: 0})
    accumulator.Reload()
    tags = [tag for tag in accumulator.Tags()["scalars"] if not tag.startswith("time/")]
    return {tag: [(event.step, event.value) for event in accumulator.Scalars(tag)] for tag in tags}


def assert_equal(one, other):
    for which in ("last", "best"):
        states = [torch.load(run.checkpoints[which], weights_only=True) for run in (one, other)]
        for key in ("state_dict", "optimizer_states", "lr_schedulers", "epoch", "global_step", "train_metrics"):
            torch.testing.assert_close(states[1][key], states[0][key], rtol=0, atol=0)
    assert rows(other) == rows(one)
    assert other.diagnostics_path.read_bytes() == one.diagnostics_path.read_bytes()
    assert {tag for tag in scalars(one) if tag.startswith("diagnostics/")} >= {"diagnostics/gradient_norm"}
    assert scalars(other) == scalars(one)
    assert other.final_metrics() == one.final_metrics()
    assert other.status().status == "finished"
    assert not other.states.exists()


def test_the_curve_goes_on_as_if_nothing_had_happened(whole, fit, break_off):
    words = f"{TINY} --name cut"
    break_off(words, 9)
    run = the_run("cut")
    assert run.status().status == "failed"
    code, said = fit(f"{words} --resume auto")
    assert code == 0, said
    assert "resume  after step 8, in epoch 2\n" in said
    assert_equal(whole, run)
    [resumed] = run.status().resumed
    assert (resumed.epoch, resumed.step) == (2, 8)


def test_a_run_from_trained_weights_goes_on_without_their_source(fit, break_off, fitted_logs):
    """The states hold all; only a run that has none yet reads its start weights again."""
    shutil.copytree(fitted_logs / "resnet34" / "version_0", "source/version_0")
    words = f"{TINY} --trainer.max_epochs 1 --model.init_from source/version_0"
    assert fit(f"{words} --name uncut")[0] == 0
    break_off(f"{words} --name cut", 3)
    break_off(f"{words} --name early", 0)
    shutil.move("source", "elsewhere")
    code, said = fit(f"{words} --name cut --resume auto")
    assert code == 0, said
    assert_equal(the_run("uncut"), the_run("cut"))
    assert the_run("cut").status().init_from == the_run("uncut").status().init_from
    code, said = fit("--resume early")
    assert (code, "best.ckpt, which is gone: put it back" in said) == (2, True)
    shutil.move("elsewhere", "source")
    code, said = fit("--resume early")
    assert code == 0, said
    assert "resume  after step 0, in epoch 1\n" in said
    assert_equal(the_run("uncut"), the_run("early"))


OPTIONS = {
    "--compile true": (9,),
    "": (3, 7, 15),  # in the first epoch, at the start of the second, in the third
    "--trainer.accumulate_grad_batches 2": (3, 4),
    "--trainer.gradient_clip_val 0.1": (7, 10),
    "--trainer.val_check_interval 3": (9, 14),
    "--trainer.val_check_interval 0.5": (10,),
    "--trainer.check_val_every_n_epoch 2": (7, 16),
    "--trainer.limit_train_batches 5": (5, 8),
    "--trainer.overfit_batches 5": (8,),
    "--trainer.max_epochs -1 --trainer.max_steps 17": (7, 9, 14, 16),
    "--trainer.precision 32-true": (10,),
    "--model.class_weights balanced --data.augment trivial --data.normalize train": (10,),
    "--model.precise_bn true --trainer.val_check_interval 0.5": (10,),
    "--model.init dirac --model.shortcut_weight 0.5 --model.shortcut_gradient stop_gradient": (10,),
    "--compile true --model.shortcut_span 1": (9,),
    "--trainer.callbacks+=EarlyStopping --trainer.callbacks.monitor=train/loss --trainer.callbacks.patience=0"
    " --trainer.callbacks.mode=max": (9,),
    "--trainer.deterministic true": (10,),
}


@pytest.mark.slow
@pytest.mark.parametrize("options", OPTIONS)
def test_options_that_keep_a_resumed_run_exact(fit, break_off, options):
    """docs/promises.md has them in a table."""
    assert fit(f"{TINY} {options} --name whole")[0] == 0
    for step in OPTIONS[options]:
        words = f"{TINY} {options} --name at-{step}"
        break_off(words, step)
        run = the_run(f"at-{step}")
        assert run.status().status == "failed"
        code, said = fit(f"{words} --resume auto")
        assert code == 0, said
        assert "resume  after step " in said
        assert_equal(the_run("whole"), run)
        assert [resumed.step <= step for resumed in run.status().resumed] == [True]


@pytest.mark.parametrize(("lost", "epochs"), [("best", 2), ("last", 1)])
def test_a_kill_between_two_files_of_the_first_epoch_loses_neither(fit, monkeypatch, lost, epochs):
    """Both files have one content, and no state was there before them. The second epoch is not better."""
    options = f"--checkpoint.every_n_steps 100 --model.lr 1e-6 --trainer.max_epochs {epochs}"
    assert fit(f"{TINY} {options} --name {lost}-whole")[0] == 0
    whole = the_run(f"{lost}-whole")
    assert whole.status().best_epoch == 1
    with monkeypatch.context() as patch:
        patch.setattr("resnet_lab.training.fit.final_scores", aborted)
        with pytest.raises(ConnectionAbortedError):
            fit(f"{TINY} {options} --name {lost}-cut")
    run = the_run(f"{lost}-cut")
    if epochs == 2:  # back to the end of the first epoch, which was the best
        shutil.copy(run.checkpoints["best"], run.checkpoints["last"])
    run.checkpoints[lost].unlink()
    shutil.rmtree(run.states)
    code, said = fit(f"{TINY} {options} --name {lost}-cut --resume auto")
    assert code == 0, said
    assert_equal(whole, run)


def aborted(*_):
    raise ConnectionAbortedError


@pytest.mark.slow
def test_a_run_is_resumed_by_its_folder_alone_wherever_that_is_now(whole, fit, break_off):
    break_off(f"{TINY} --name moved", 9)
    moved = the_run("moved").path.rename("elsewhere")
    code, said = fit(f"--resume {moved}")
    assert code == 0, said
    assert_equal(whole, Run(moved))
    assert find_runs(LOGS, "moved") == []
    code, said = fit(f"--resume {moved}")
    assert (code, said) == (0, f"{moved} is finished: there is nothing to resume.\n")


@pytest.mark.slow
def test_a_damaged_state_costs_time_only(whole, fit, break_off):
    break_off(f"{TINY} --name damaged", 13)
    run = the_run("damaged")
    newest, before = sorted(run.states.iterdir(), reverse=True)
    newest.write_bytes(newest.read_bytes()[:5000])
    code, said = fit(f"{TINY} --name damaged --resume auto")
    assert code == 0
    assert f"{newest.name} cannot be read" in said
    assert "Going back to the one before it." in said
    assert f"resume  after step {int(before.stem.removeprefix('step_'))}" in said
    assert_equal(whole, run)


@pytest.mark.slow
def test_a_run_lost_before_its_first_state_begins_again_in_its_folder(fit, break_off):
    break_off(f"{TINY} --name early", 1)
    code, said = fit(f"{TINY} --name early --resume auto")
    assert code == 0
    assert "resume  after step 0, in epoch 1" in said
    assert the_run("early").status().status == "finished"


@pytest.mark.slow
def test_auto_starts_what_is_not_there_and_leaves_what_is_finished(fit):
    words = f"{TINY} --trainer.max_epochs 1 --name auto --resume auto"
    assert fit(words)[0] == 0
    run = the_run("auto")
    assert "resume" not in run.config()
    before = run.metrics_path.read_bytes()
    assert fit(words) == (0, f"{run.path} is finished: there is nothing to resume.\n")
    assert run.metrics_path.read_bytes() == before
    assert fit(f"{words} --seed_everything 1")[0] == 0  # another seed is another run
    assert [run.status().seed for run in find_runs(LOGS, "auto")] == [0, 1]
    assert fit(f"{words} --seed_everything true")[1].endswith("version_1 is finished: there is nothing to resume.\n")
    code, said = fit(f"{words} --trainer.max_epochs 2")  # finished, but not what is asked for
    assert (code, "trainer.max_epochs was 1 and is 2" in said) == (2, True)


def test_another_config_or_other_data_are_refused_with_all_differences(fit, break_off, cell_folder, tmp_path):
    break_off(f"{TINY} --name changed", 9)
    content = the_run("changed").status_content()
    code, said = fit(f"{TINY} --name changed --resume auto --trainer.max_epochs 5 --model.lr 1e-3 --data.num_workers 1")
    assert code == 2
    assert (
        "resnet-lab: error: lightning_logs/changed/version_0 cannot be resumed, it would become another run: model.lr "
        "was 0.0003 and is 0.001; trainer.max_epochs was 3 and is 5. Resume it as it was, or start a new run without "
        "--resume.\n"
    ) in said
    other = shutil.copytree(cell_folder, tmp_path / "other")
    next((other / "functional").iterdir()).unlink()
    assert main(f"fit --resume {the_run('changed').path} --data.root {other}".split()) == 2
    assert the_run("changed").status_content() == content


def test_a_run_of_a_fold_is_resumed_tested_and_predicted_as_that_fold(fit, break_off, cell_folder, capsys):
    words = f"{TINY} --name folded --data.fold 2/5 --trainer.max_epochs 1"
    break_off(words, 3)
    code, said = fit(f"{words} --resume auto --data.fold 3/5")
    assert (code, "another run: data.fold was 2/5 and is 3/5." in said) == (2, True)
    code, said = fit(f"{words} --resume auto")
    assert code == 0, said
    held_out = read_image_folder(cell_folder, fold=Fold(2, 5))
    run = the_run("folded")
    assert run.status().fingerprint == held_out.fingerprint
    paths = sorted(path.relative_to(cell_folder).as_posix() for path in held_out.splits["test"].paths)
    for command in ("test", "predict"):
        assert main([command, "folded"]) == 0
        rows = csv.DictReader((run.path / command / "predictions.csv").read_text().splitlines())
        assert sorted(row["path"] for row in rows if row["checkpoint"] == "best") == paths
    capsys.readouterr()
    assert main(["test", "folded", "--data.fold", "1/5"]) == 2
    assert "was made with other settings: data.fold is 2/5 there and 1/5 here." in capsys.readouterr().err


def test_a_run_that_is_being_trained_is_refused(fit, break_off, monkeypatch):
    break_off(f"{TINY} --name held", 9)
    monkeypatch.setattr("resnet_lab.runs.folder._LOCK_SECONDS", 0.1)
    lock = runs.lock_run(the_run("held"))
    code, said = fit(f"{TINY} --name held --resume auto")
    assert code == 2
    assert "held/version_0 is being trained by another process; wait for it or stop it." in said
    runs.unlock_run(the_run("held"), lock)


def test_a_diverging_run_keeps_its_last_good_state_and_names_the_batch(whole, fit, monkeypatch):
    train = Classifier.forward

    def diverge(self, images):
        return train(self, images) * (float("nan") if self.training and self.trainer.global_step == 9 else 1)

    with monkeypatch.context() as patch:
        patch.setattr(Classifier, "forward", diverge)
        patch.setenv("RESNET_LAB_FIGURES", "true")
        code, said = fit(f"{TINY} --name diverged")
    assert code == 1
    assert [path.name for path in (the_run("diverged").path / "figures").iterdir()] == ["curves.png"]
    assert (
        "resnet-lab: error: Training diverged in step 10, batch 3 of epoch 2: the objective is nan at learning rate "
    ) in said
    names = said.split("The images of the batch: ")[1].split(", ")
    assert len(names) == 4
    assert all(Path(name.strip()).exists() for name in names)
    assert the_run("diverged").status().status == "diverged"
    assert fit(f"{TINY} --name diverged --resume auto")[0] == 0  # without what made it diverge
    assert_equal(whole, the_run("diverged"))


# -- whether it is the same run


@pytest.fixture
def run(tmp_path):
    run = claim_run(tmp_path, "arm")
    run.config_path.write_text(
        "name: arm\nmodel: {lr: 0.1, depth: 34, residual: true}\ndata: {root: a, num_workers: 2}\n"
        "trainer: {precision: 32-true}\ncompile: false"
    )
    run.update_status({"status": "running", "seed": 3, "fingerprint": "f00d", "precision": "32-true", "threads": 2})
    return run


def test_a_run_that_is_older_than_folds_is_not_resumed_with_one(run):
    config = {**run.config(), "data": {"root": "a", "num_workers": 2, "fold": None}}
    refuse_other_config(run, config)
    with pytest.raises(InputError, match=r"data\.fold was None and is 2/5\."):
        refuse_other_config(run, {**config, "data": {**config["data"], "fold": "2/5"}})


def test_what_changes_no_bit_may_change(run):
    same = {
        "name": "arm",
        "model": {"lr": 0.1, "depth": 34, "residual": True},
        "data": {"root": "b", "num_workers": 0},
        "compile": False,
    }
    refuse_other_config(run, {**same, "a_new_key": 1})
    with pytest.raises(InputError, match=r"compile was False and is True; model\.lr was 0\.1 and is 0\.2\."):
        refuse_other_config(run, {**same, "model": {"lr": 0.2, "depth": 34, "residual": True}, "compile": True})


def test_other_data_another_precision_or_number_of_processes(run):
    facts = {"fingerprint": "f00d", "precision": "32-true", "processes": 1}
    refuse_other_facts(run, facts)
    with pytest.raises(InputError, match="fingerprint was f00d and is beef; precision was 32-true and is bf16"):
        refuse_other_facts(run, {"fingerprint": "beef", "precision": "bf16-mixed", "processes": 2})


def test_what_is_noted():
    facts = {"threads": 4, "hardware": {"a": 1}, "versions": {"torch": "3"}, "git_commit": None, "seed": 1}
    assert changed_facts({**facts, "threads": 2, "seed": 2}, facts) == {"threads": 4}
