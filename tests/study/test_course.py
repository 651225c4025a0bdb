"""Course of a study with ``tune``: runs that choose, then runs that count, over a program that fits nothing."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from resnet_lab.cli import main
from resnet_lab.comparison.plan import OffPlan
from resnet_lab.comparison.results import gather
from resnet_lab.comparison.tuned_pairs import pair_planned
from resnet_lab.errors import InputError
from resnet_lab.runs import Run, find_runs
from resnet_lab.study.kept_plan import select_planned
from resnet_lab.study.plan import read_study

FILE = """\
cells: [plain34.yaml, resnet34.yaml]
seeds: [1, 2, 3]
tune: {key: model.lr, values: [1e-4, 3e-4, 1e-3], by: val/accuracy, seeds: [100]}
"""
NAMES = [f"{arm}34-lr{value}" for arm in ("plain", "resnet") for value in ("0.0001", "0.0003", "0.001")]
LOW_AND_MIDDLE = {"plain34-lr0.0001": 0.6, "resnet34-lr0.0003": 0.6}
"""Validation accuracies with which plain34 chooses 0.0001 and resnet34 chooses 0.0003; all others have 0.25."""


@pytest.fixture
def path(fake, calls, monkeypatch):
    """The study, in the working folder, over a program that fits nothing."""
    monkeypatch.setattr("resnet_lab.program.PROGRAM", fake)
    monkeypatch.setenv("FAKE_VAL", json.dumps(LOW_AND_MIDDLE))
    right = {name: 20 for name in NAMES if name.startswith("plain")} | dict.fromkeys(NAMES[3:], 57)
    monkeypatch.setenv("FAKE_RIGHT", json.dumps(right))
    Path("s.yaml").write_text(FILE)
    return Path("s.yaml")


def study(words="") -> int:
    return main(["study", "s.yaml", "--threads", "1", "--jobs", "9", *words.split()])


def fits(calls):
    """Return the number of fits by name, of the seeds that choose and of those that count."""
    counted = {}
    for call in calls():
        if call.startswith("fit "):
            name, seed = call.removeprefix("fit ").split(":")
            choosing, counting = counted.get(name, (0, 0))
            counted[name] = (choosing + (int(seed) >= 100), counting + (int(seed) < 100))
    return counted


def test_every_value_is_tried_and_only_the_chosen_ones_are_run_on_the_seeds_that_count(path, calls, capsys):
    assert study() == 0
    assert fits(calls) == {
        **dict.fromkeys(NAMES, (1, 0)),
        "plain34-lr0.0001": (1, 3),
        "plain34-lr0.0003": (1, 3),  # the control at the value of the treated arm
        "resnet34-lr0.0003": (1, 3),
    }
    out = capsys.readouterr().out
    assert "tune    model.lr 0.0001, 0.0003, 0.001 for each of plain34, resnet34, by val/accuracy on seed 100: " in out
    assert ": 0 of 6 runs done\n" in out
    assert (
        "then    the chosen values on the seeds of the file: 6 runs, or up to 9 if arms choose different values\n"
        in out
    )
    assert "tune    model.lr: plain34 0.0001, resnet34 0.0003; by val/accuracy on seed 100, 3 runs each\n" in out
    assert "note    plain34: the best value is the lowest tried: the range may be too narrow\n" in out
    assert "note    resnet34" not in out
    assert "note    plain34 is run at 0.0001 and 0.0003: a verdict needs the control at both values\n" in out
    assert out.splitlines()[-1] == "next    resnet-lab compare s.yaml --logs lightning_logs"


def test_where_both_arms_choose_one_value_no_further_cell_is_run(path, calls, monkeypatch, capsys):
    monkeypatch.setenv("FAKE_VAL", json.dumps({"plain34-lr0.0003": 0.6, "resnet34-lr0.0003": 0.6}))
    assert study() == 0
    assert {name for name, (_, counting) in fits(calls).items() if counting} == {
        "plain34-lr0.0003",
        "resnet34-lr0.0003",
    }
    assert "at both values" not in capsys.readouterr().out


def test_a_study_that_was_run_does_nothing_more(path, calls, capsys):
    assert study() == 0
    before = calls()
    assert study() == 0
    assert calls() == before
    assert "time    all runs are finished" in capsys.readouterr().out


def test_a_failed_tuning_run_holds_up_the_choice_and_is_tried_again(path, calls, monkeypatch, capsys):
    monkeypatch.setenv("FAKE_FAILS", "plain34-lr0.001:100")
    assert study() == 1
    assert not [name for name, (_, counting) in fits(calls).items() if counting]
    assert "next    " not in capsys.readouterr().out  # compare would refuse
    assert main(["compare", "s.yaml"]) == 2
    assert "these tuning runs are missing in lightning_logs: plain34-lr0.001 seed 100. Run " in capsys.readouterr().err
    monkeypatch.delenv("FAKE_FAILS")
    assert study() == 0
    assert fits(calls)["plain34-lr0.0001"] == (1, 3)


def test_a_diverged_tuning_run_is_the_worst_and_no_failure(path, calls, monkeypatch, capsys):
    monkeypatch.setenv("FAKE_DIVERGES", "plain34-lr0.0001:100")
    assert study() == 0
    assert "tune    model.lr: plain34 0.0003, resnet34 0.0003; by val/accuracy" in capsys.readouterr().out
    assert fits(calls)["plain34-lr0.0001"] == (1, 0)


def test_a_cell_that_diverges_at_every_value_stops_the_study(path, calls, monkeypatch, capsys):
    monkeypatch.setenv("FAKE_DIVERGES", " ".join(f"{name}:100" for name in NAMES[:3]))
    assert study() == 2
    said = "All tuning runs of plain34 diverged, so there is no model.lr at which it trains: widen values of tune."
    assert said in capsys.readouterr().err
    assert not [name for name, (_, counting) in fits(calls).items() if counting]


LADDER = """\
cells:
  - {config: plain34.yaml, asks: 'What is lost without the shortcut?'}
  - {config: resnet34.yaml, name: stop, model: {shortcut_gradient: stop_gradient}, asks: 'Does the gradient do it?'}
  - {config: resnet34.yaml, asks: 'What does the shortcut give?'}
ladder: {from: plain34, to: resnet34}
"""


def test_of_a_ladder_only_the_ends_are_tuned_and_the_rungs_take_the_value_of_the_end(path, calls, monkeypatch, capsys):
    monkeypatch.setenv("FAKE_RIGHT", json.dumps({**json.loads(os.environ["FAKE_RIGHT"]), "stop-lr0.0003": 40}))
    path.write_text(LADDER + FILE.partition("\n")[2])
    assert study() == 0
    assert fits(calls) == {
        **dict.fromkeys(NAMES, (1, 0)),
        "plain34-lr0.0001": (1, 3),
        "plain34-lr0.0003": (1, 3),
        "resnet34-lr0.0003": (1, 3),
        "stop-lr0.0003": (0, 3),
    }
    out = capsys.readouterr().out
    assert "for each of plain34, resnet34, by val/accuracy on seed 100: 0 of 6 runs done\n" in out
    assert "the seeds of the file: 9 runs, or up to 12 if arms choose different values\n" in out
    planned = select_planned(read_study(path), path, Path("lightning_logs"))
    assert planned.choice.names == ["plain34-lr0.0001", "plain34-lr0.0003", "stop-lr0.0003", "resnet34-lr0.0003"]
    assert {run.name for run in planned.selection.runs} == {*planned.choice.names}


def test_the_plan_shows_both_stages_with_an_upper_bound_and_runs_nothing(path, calls, capsys):
    assert study("--cells plain34-lr0.001 --seeds 100") == 0
    assert fits(calls) == {"plain34-lr0.001": (1, 0)}
    capsys.readouterr()
    assert study("--plan") == 0
    out = capsys.readouterr().out
    assert out.startswith("study   s: 6 cells x 1 seed, 6 runs in lightning_logs\n")
    assert ": 1 of 6 runs done\n" in out
    assert "6 runs, or up to 9 if arms choose different values; up to 1 min\n" in out
    assert fits(calls) == {"plain34-lr0.001": (1, 0)}


def test_for_slurm_the_tuning_is_an_array_of_its_own_and_the_next_command_is_named(path, capsys):
    words = "--launcher slurm"
    assert study(words) == 0
    text = Path("lightning_logs/studies/s/slurm.sh").read_text()
    assert "#SBATCH --array=0-5%9\n" in text
    assert '"plain34-lr0.001 100"' in text
    again = "then    after these runs: resnet-lab study s.yaml --logs lightning_logs --threads 1 --launcher slurm"
    assert capsys.readouterr().out.splitlines()[-1] == again
    assert study("--seeds 100") == 0
    capsys.readouterr()
    assert study(words) == 0
    text = Path("lightning_logs/studies/s/slurm.sh").read_text()
    assert "#SBATCH --array=0-8%9\n" in text
    by_plan = "then    after these runs: resnet-lab compare s.yaml --logs lightning_logs"
    assert capsys.readouterr().out.splitlines()[-1] == by_plan


def test_looks_begin_after_the_tuning(path, calls, capsys):
    path.write_text(FILE.replace("[1, 2, 3]", "[1, 2, 3, 4]") + "looks: [3, 4]\n")
    assert study() == 0
    assert fits(calls)["plain34-lr0.0003"] == fits(calls)["resnet34-lr0.0003"] == (1, 3)
    out = capsys.readouterr().out
    assert "look    plain34-lr0.0001, plain34-lr0.0003, resnet34-lr0.0003: 0 of 4 pairs; first look at 3 pairs" in out
    assert ": 3 of 4 pairs; judged at 3 pairs, higher accuracy: supported, +" in out


def compared(path):
    planned = select_planned(read_study(path), path, Path("lightning_logs"))
    pairs = pair_planned(planned.selection.runs, "model.residual", planned.choice)
    plan = read_study(path).plan
    return planned, gather(pairs, (), force=False, plan=plan, off_plan=planned.off_plan)


def test_the_study_is_compared_by_its_file_and_by_the_choice_on_disk(path, capsys):
    assert study() == 0
    planned, results = compared(path)
    assert planned.choice.values == {"plain34": (1e-4, 3e-4), "resnet34": (3e-4,)}
    assert {run.status().seed for run in planned.choice.runs} == {100}
    assert {(run.name, run.status().seed) for run in planned.selection.runs} == {
        (name, seed) for name in planned.choice.names for seed in (1, 2, 3)
    }
    assert planned.off_plan == ()
    accuracy = results.findings[0].claims[0]
    assert (accuracy.verdict, accuracy.seeds, accuracy.second.verdict) == ("supported", (1, 2, 3), "supported")
    assert results.procedure.plan.study == "s"
    assert main(["compare", "s.yaml", "--factor", "model.depth"]) == 2
    assert "tuned for model.residual: leave --factor out" in capsys.readouterr().err


def test_a_tuning_run_that_follows_another_plan_is_told(path):
    assert study() == 0
    run = find_runs(Path("lightning_logs"), "resnet34-lr0.001")[0]
    run.update_status({"plan": {"study": "s", "digest": "0" * 64}})
    planned, results = compared(path)
    assert planned.off_plan == (OffPlan(run.label, "other_plan"),)
    assert results.procedure.plan is None


def test_a_copied_tuning_run_is_no_run_that_counts(path):
    assert study() == 0
    [choosing] = [run for run in find_runs(Path("lightning_logs"), "resnet34-lr0.001") if run.status().seed == 100]
    counting = next(run for run in find_runs(Path("lightning_logs"), "resnet34-lr0.0003") if run.status().seed == 1)
    shutil.copy(choosing.metrics_path, counting.metrics_path)
    with pytest.raises(InputError, match=r"have the same metrics.csv: one is a copy of the other"):
        compared(path)


def test_an_untested_tuning_run_is_refused_by_name(path):
    assert study() == 0
    [run] = find_runs(Path("lightning_logs"), "resnet34-lr0.001")
    run.predictions_path.unlink()
    with pytest.raises(InputError, match=rf"{run.path} lacks test/predictions.csv: it is trained, but not tested"):
        compared(path)


def test_a_changed_choice_never_mixes_runs(path, calls, monkeypatch):
    assert study() == 0
    for run in find_runs(Path("lightning_logs"), "plain34-lr0.001"):
        better = run.metrics_path.read_text().replace("0.25", "0.9")
        run.metrics_path.write_text(better)
    before = len(calls())
    assert study() == 0
    assert fits(calls)["plain34-lr0.001"] == (1, 3)
    assert len(calls()) == before + 6  # a fit and a test per seed
    assert {Run(run.path).config()["model"]["lr"] for run in find_runs(Path("lightning_logs"), "plain34-lr0.001")} == {
        1e-3
    }


@pytest.mark.slow
def test_a_real_study_is_tuned_run_and_compared(cell_folder, tmp_path):
    """Two rates, one tuning seed and three seeds, from the command line to the report."""
    (tmp_path / "t.yaml").write_text(
        "cells: [plain34.yaml, resnet34.yaml]\nseeds: [1, 2, 3]\n"
        "tune: {key: model.lr, values: [1e-6, 1e-3], by: train/loss, seeds: [100]}\n"
        f"data: {{root: {cell_folder}, image_size: 32, batch_size: 8, num_workers: 0}}\n"
        "model: {depth: 20}\ntrainer: {max_epochs: 2}\n"
    )

    def lab(words):
        command = [sys.executable, "-m", "resnet_lab", *words.split()]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=900, check=False)

    done = lab("study t.yaml --threads 1 --jobs 2")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "next    resnet-lab compare t.yaml --logs lightning_logs"
    done = lab("compare t.yaml --output report --language id")
    assert done.returncode == 0, done.stdout + done.stderr
    content = json.loads((tmp_path / "report" / "comparison.json").read_text())
    chosen = {cell: of_cell["value"] for cell, of_cell in content["tuning"]["chosen"].items()}
    assert chosen.keys() == {"plain34", "resnet34"}
    assert [(run["run"], run["seed"]) for run in content["tuning"]["runs"]] == [
        (f"{cell}-lr{rate}/version_0", 100) for cell in chosen for rate in ("1e-06", "0.001")
    ]
    for cell, of_cell in content["tuning"]["chosen"].items():
        losses = {one["value"]: one["mean"] for one in of_cell["tried"]}
        assert chosen[cell] == min(losses, key=losses.get)
    differ = chosen["plain34"] != chosen["resnet34"]
    [contrast] = content["contrasts"]
    assert ("second" in contrast) == ("second" in contrast["claims"][0]) == differ
    assert contrast["seeds"] == [1, 2, 3]
    assert (
        "Untuk setiap model, learning rate dipilih menurut loss pelatihan pada seed 100: "
        in (tmp_path / "report/report.md").read_text()
    )
    assert "Pemilihan nilai untuk setiap model" in (tmp_path / "report/report.html").read_text()
    recorded = {Run(path.parent).status().plan.digest for path in tmp_path.glob("lightning_logs/*/*/status.json")}
    assert recorded == {content["procedure"]["plan"]["digest"]}
