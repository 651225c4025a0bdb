"""The run folder, read and written without torch."""

import gzip
import multiprocessing
import os
import subprocess
import sys
from pathlib import Path

import pytest

from resnet_lab import runs
from resnet_lab.errors import InputError
from resnet_lab.files import write_csv, write_json
from resnet_lab.runs import Run, claim_run, find_runs, run_of_checkpoint


def finished(logs: Path, name: str, status: str = "finished") -> Run:
    run = claim_run(logs, name)
    run.update_status({"status": status})
    return run


def test_versions_count_up_from_zero(tmp_path):
    assert [claim_run(tmp_path, "plain34").path for _ in range(3)] == [
        tmp_path / "plain34" / f"version_{n}" for n in range(3)
    ]
    (tmp_path / "plain34" / "version_0").rmdir()
    assert claim_run(tmp_path, "plain34").version == 3
    assert claim_run(tmp_path, "resnet34").version == 0


def test_a_released_run_leaves_nothing_and_takes_nothing(tmp_path):
    logs = tmp_path / "logs"
    kept = finished(logs, "arm")
    runs.release_run(claim_run(logs, "arm"))
    assert find_runs(logs, "arm") == [kept]
    runs.release_run(kept)  # written to: stays
    assert kept.status().status == "finished"
    runs.release_run(claim_run(tmp_path / "other", "arm"))
    assert [path.name for path in tmp_path.iterdir()] == ["logs"]


def _claim(logs: Path) -> int:
    return claim_run(logs, "arm").version


def test_two_processes_never_get_the_same_version(tmp_path):
    with multiprocessing.get_context("fork").Pool(8) as pool:
        versions = pool.map(_claim, [tmp_path] * 64, chunksize=1)
    assert sorted(versions) == list(range(64))


@pytest.mark.parametrize("name", ["", "a/b", "..", ".hidden", "-x", "a b", "a\n"])
def test_a_name_that_is_no_folder_is_refused(tmp_path, name):
    with pytest.raises(InputError, match="cannot name a run folder: use letters, digits"):
        claim_run(tmp_path, name)
    assert not list(tmp_path.iterdir())


def test_the_newest_run_is_last_by_number(tmp_path):
    for _ in range(12):
        claim_run(tmp_path, "arm")
    assert [run.version for run in find_runs(tmp_path, "arm")] == list(range(12))


def test_a_run_has_its_name_also_from_within(tmp_path, monkeypatch):
    monkeypatch.chdir(claim_run(tmp_path, "arm").path.parent)
    assert (Run(Path("version_0")).name, Run(Path("version_0")).label) == ("arm", "arm/version_0")


@pytest.mark.parametrize(
    ("logs", "root", "expected"),
    [("here", "there", "here"), (None, "there", "there/lightning_logs"), (None, None, "lightning_logs")],
)
def test_where_the_runs_are(logs, root, expected):
    assert runs.logs_folder(logs, root) == Path(expected)


def test_status_is_merged_and_versioned(tmp_path):
    run = claim_run(tmp_path, "arm")
    run.update_status({"status": "running", "seed": 3})
    run.update_status({"status": "finished"})
    assert run.status_content() == {"format": 1, "status": "finished", "seed": 3}
    assert [path.name for path in run.path.iterdir()] == ["status.json"]  # no temporary file is left


def test_metrics_are_read_back_as_numbers_and_gaps(tmp_path):
    run = claim_run(tmp_path, "arm")
    rows = [{"epoch": 1, "a/b": 0.1}, {"epoch": 2, "a/b": float("nan"), "c": 1 / 3}]
    write_csv(run.metrics_path, ("epoch", "a/b", "c"), rows)
    first, second = run.metrics()
    assert first == {"epoch": 1.0, "a/b": 0.1}
    assert second["c"] == 1 / 3
    assert second["a/b"] != second["a/b"]


def test_a_damaged_or_newer_status_is_named(tmp_path):
    run = finished(tmp_path, "arm")
    run.update_status({"format": 2})
    with pytest.raises(InputError, match="version_0 has format 2; this resnet-lab reads up to 1"):
        run.status()
    (run.path / "status.json").write_text("{")
    with pytest.raises(InputError, match=r"status\.json is damaged"):
        run.status()
    (run.path / "status.json").write_text("[]")
    with pytest.raises(InputError, match=r"status\.json is damaged or foreign: it holds no JSON object\.$"):
        run.status()


@pytest.mark.parametrize(
    ("change", "lacking"),
    [({"model": None}, "model.depth"), ({"data": {}}, "data.root"), ({"trainer": ["precision"]}, "trainer.precision")],
)
def test_a_config_that_lacks_what_every_run_has_is_refused_by_name(make_run, change, lacking):
    run = make_run(False)
    whole = run.config()
    write_json(run.config_path, {**whole, **change})  # JSON is YAML
    with pytest.raises(InputError, match=rf"config\.yaml lacks {lacking}\. The run .* is damaged"):
        run.config()
    run.config_path.write_text("name: a\nname: b\n")
    with pytest.raises(InputError, match=r"config\.yaml cannot be used: the key name stands twice.*is damaged"):
        run.config()


@pytest.mark.timeout(60)
def test_a_pipe_in_place_of_any_text_file_of_a_run_is_refused(make_run):
    run = make_run(False)
    reads = {
        "config.yaml": run.config,
        "status.json": run.status,
        "metrics.csv": run.metrics,
        "final/metrics.json": run.final_metrics,
        "test/metrics.json": run.test_metrics,
        "test/predictions.csv": lambda: run.test_predictions("best"),
    }
    for name, read in reads.items():
        (run.path / name).unlink()
        os.mkfifo(run.path / name)
        with pytest.raises(InputError, match=f"{name} is a pipe, and a file is needed"):
            read()


def test_a_run_is_locked_as_long_as_another_process_holds_it(tmp_path):
    run = claim_run(tmp_path, "arm")
    assert not runs.is_locked(run)
    holds = (
        "import sys; from pathlib import Path; from resnet_lab.runs import Run, lock_run; "
        "lock = lock_run(Run(Path(sys.argv[1]))); print(flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", holds, str(run.path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        assert runs.is_locked(run)
        process.kill()
    assert (run.path / ".lock").exists()
    assert not runs.is_locked(run)


def test_a_log_folder_that_cannot_be_made_is_named():
    with pytest.raises(InputError, match=r"The run folder /proc/logs/arm/version_0 cannot be made"):
        claim_run(Path("/proc/logs"), "arm")


def test_the_run_of_a_checkpoint(tmp_path):
    run = finished(tmp_path, "arm")
    assert run_of_checkpoint(run.checkpoints["best"]) == Run(run.path.resolve())
    assert run_of_checkpoint(tmp_path / "elsewhere" / "best.ckpt") is None


def test_predictions_are_read_compressed_too_and_the_plain_file_counts(make_run):
    run = make_run(False)
    plain = run.predictions_path
    content, rows = plain.read_bytes(), run.test_predictions("last")
    plain.unlink()
    compressed = plain.with_name("predictions.csv.gz")
    compressed.write_bytes(gzip.compress(content))
    assert run.predictions_path == compressed
    assert run.test_predictions("last") == rows
    plain.write_bytes(content.replace(b"last", b"best"))  # tested once more
    assert run.predictions_path == plain
    assert run.test_predictions("last") == []


def test_reading_a_run_needs_no_torch():
    asset = Path(__file__).parents[1] / "assets" / "runs" / "plain34" / "version_0"
    code = (
        "import sys; from pathlib import Path; from resnet_lab.runs import Run; run = Run(Path(sys.argv[1])); "
        "run.status(), run.config(), run.metrics(), run.final_metrics(), run.test_metrics(); "
        "assert len(run.test_predictions('best')) == 6; "
        "sys.exit(any(m in sys.modules for m in ('torch', 'lightning', 'numpy')))"
    )
    assert subprocess.run([sys.executable, "-c", code, str(asset)], check=False, timeout=300).returncode == 0
