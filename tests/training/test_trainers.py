"""The trainers beside the one that trains: without its limits, and undisturbed by what lies in the folder."""

import pytest

# In this process a warning is an error; what a user sees of warnings is tested with the console script.
pytestmark = pytest.mark.filterwarnings("default")
TINY = "--model.depth 20 --data.image_size 32 --data.batch_size 8 --data.num_workers 0"


def test_final_scores_are_of_whole_splits_whatever_was_limited(fit_tiny):
    run = fit_tiny("limited", "--trainer.max_epochs 1 --trainer.limit_val_batches 1")
    scores = run.final_metrics()["last"]
    # 28 training and 6 validation images: any other count would give other fractions.
    assert (scores["train"]["accuracy"] * 28) % 1 == pytest.approx(0, abs=1e-5)
    assert (scores["val"]["accuracy"] * 6) % 1 == pytest.approx(0, abs=1e-5)


def test_on_slurm_a_stray_checkpoint_of_lightnings_is_not_read(folder, resnet_lab, fit_tiny, monkeypatch):
    monkeypatch.chdir(folder)
    stray = folder / "hpc_ckpt_1.ckpt"
    stray.write_bytes(b"whoever reads this fails")
    job = {"NTASKS": "1", "JOB_NAME": "fit", "JOB_ID": "7", "PROCID": "0", "LOCALID": "0", "NODEID": "0"}
    for key, value in job.items():
        monkeypatch.setenv(f"SLURM_{key}", value)
    run = fit_tiny("slurm", "--trainer.max_epochs 1")
    done = resnet_lab(f"validate --config plain34.yaml --name slurm {TINY}")
    assert done.returncode == 0, done.stderr
    assert run.status().status == "finished"
    assert [path.name for path in folder.glob("hpc_ckpt*")] == [stray.name]
    stray.unlink()
