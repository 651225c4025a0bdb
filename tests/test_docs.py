"""Figures in the docs are those of the results that are kept in the repository; what is kept is small and is read."""

import dataclasses
import json
import re
import runpy
import subprocess
from pathlib import Path

import pytest
import yaml

from resnet_lab.files import read_csv
from resnet_lab.runs.status import Status

ROOT = Path(__file__).parents[1]
REPORTS = Path("docs/reports")
RUN_FILES = (
    {"config.yaml", "status.json", "metrics.csv", "diagnostics.csv"}
    | {"final/metrics.json", "test/metrics.json", "test/predictions.csv.gz"}
    | {f"inspect/{name}.csv" for name in ("gradients", "input_gradients", "responses", "lesion", "branch", "probes")}
    | {f"inspect/{name}.csv" for name in ("similarity", "attention", "images", "landscape", "plane")}
    | {"inspect/inspect.json"}
)


@pytest.fixture(scope="module")
def committed():
    """Paths of the files that git knows."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for name in names.split("\0")[:-1] if (ROOT / (path := Path(name))).exists()]


def test_the_tables_of_data_are_the_benchmarks():
    benchmark = runpy.run_path(str(ROOT / "benchmarks" / "data.py"))
    results = json.loads((ROOT / "benchmarks" / "results" / "data.json").read_text())
    docs = (ROOT / "docs" / "data.md").read_text()
    assert benchmark["table"](results) in docs
    assert f"arrays of {results['large_folder']['third']['kept_mb']:.0f} MB" in docs
    assert f"range of {results['throughput']['ELPV, 300x300 gray PNG']['rounds']} rounds" in docs


@pytest.mark.parametrize("name", ["verdicts", "plans", "fold_coverage"])
def test_the_simulations_are_told_as_they_ended(name, monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    benchmark = runpy.run_path(str(ROOT / "benchmarks" / f"{name}.py"))
    results = json.loads((ROOT / "benchmarks" / "results" / f"{name}.json").read_text())
    assert benchmark["report"](results) == (ROOT / "benchmarks" / "results" / f"{name}.md").read_text()
    assert benchmark["summary"](results) in (ROOT / "docs" / "comparison.md").read_text()


def test_the_costs_of_inspect_are_told_as_they_were_measured():
    """A pass of the landscape is one of the plane; the default sample has eight times the images."""
    benchmark = runpy.run_path(str(ROOT / "benchmarks" / "inspection.py"))
    results = json.loads((ROOT / "benchmarks" / "results" / "inspection.json").read_text())
    assert benchmark["report"](results) == (ROOT / "benchmarks" / "results" / "inspection.md").read_text()
    seconds = benchmark["costs"](results)
    assert [value / 441 for value in seconds["plane"]] == pytest.approx([value / 21 for value in seconds["landscape"]])
    assert seconds["probes"] == pytest.approx([8 * value for value in results["seconds"]["probes"]])
    assert seconds["attention"] == results["seconds"]["attention"]


def test_the_simulations_meet_the_numbers_that_were_asked_for():
    """Coverage 94.5% in every cell, false verdicts 5.5%, wrong equivalence 5%, folds 93%."""
    results = ROOT / "benchmarks" / "results"
    verdicts = json.loads((results / "verdicts.json").read_text())
    null = [cell["deciding"] for cell in verdicts["cells"] if cell["difference"] == 0]
    assert len(null) == 108
    assert min(cell["coverage"] for cell in null) >= 0.945
    assert max(cell["excludes_zero"] for cell in null) <= 0.055
    looks = [row["deciding"] for row in verdicts["looks"] if row["difference"] == 0]
    assert max(row["excludes_zero"] for row in looks) <= 0.055
    at_worth = [row for row in (*verdicts["cells"], *verdicts["looks"]) if row["difference"] > 0]
    assert max(row["deciding"]["within"][str(row["difference"])] for row in at_worth) <= 0.05
    folds = json.loads((results / "fold_coverage.json").read_text())
    assert min(case["coverage"] for case in folds["cases"]) >= 0.93


def test_committed_runs_hold_what_a_report_is_made_of_and_no_more(committed):
    files = [path.parts for path in committed if path.is_relative_to(REPORTS) and path.parts[3] == "runs"]
    assert len({parts[:6] for parts in files}) > 40
    assert {"/".join(parts[6:]) for parts in files} == RUN_FILES


def test_committed_measurements_are_of_the_best_checkpoint_of_their_run(committed):
    """Similarity names its partners by the checksums of their checkpoints, and all partners are committed."""
    pages = [ROOT / path for path in committed if path.name == "inspect.json"]
    checksums, partners = set(), set()
    for page in pages:
        measurements = json.loads(page.read_text())["measurements"]
        status = json.loads((page.parents[1] / "status.json").read_text())
        assert {file.stem for file in page.parent.glob("*.csv")} - {"images"} == set(measurements)
        assert {facts["sample"]["fingerprint"] for facts in measurements.values()} == {status["fingerprint"]}
        [(epoch, checksum)] = {
            (of["checkpoint"]["epoch"], of["checkpoint"]["checksum"]) for of in measurements.values()
        }
        assert epoch == status["best_epoch"]
        checksums.add(checksum[:12])
        if "similarity" in measurements:
            partners |= {row["partner_checksum"] for row in read_csv(page.with_name("similarity.csv"))}
    assert len(partners) == 16
    assert partners <= checksums


def test_committed_files_are_small(committed):
    assert not [path for path in committed if (ROOT / path).stat().st_size > 1_000_000]


def test_every_committed_figure_is_shown_by_a_page(committed):
    shown = set()
    for page in (path for path in committed if path.suffix == ".md"):
        links = re.findall(r"!\[[^]]*\]\((?!https?:)([^)]+)\)", (ROOT / page).read_text())
        shown |= {(ROOT / page).parent.joinpath(link).resolve() for link in links}
    figures = {(ROOT / path).resolve() for path in committed if path.suffix in (".png", ".svg")}
    assert figures == shown


@pytest.mark.parametrize(
    "name",
    [
        *(f"plain34/version_0/{name}" for name in ("events.out.tfevents.1.vm.2.0", "hparams.yaml", ".lock")),
        *(f"plain34/version_0/checkpoints/{name}" for name in ("best.ckpt", "resume/step_1.ckpt", ".last.ckpt.tmp")),
        *("plain34/version_0/figures/val_mistakes.png", "plain34/version_0/test-1234abcd/figures/test_mistakes.png"),
        *("studies/residual/plain34-seed1.log", "studies/.locks/plain34-seed1", "comparison/x/en/report.md"),
    ],
)
def test_git_ignores_what_a_study_leaves_beside_its_numbers(name):
    ignored = ["git", "check-ignore", "--no-index", "--quiet", REPORTS / "residual" / "runs" / name]
    assert subprocess.run(ignored, cwd=ROOT, check=False).returncode == 0


def test_git_ignores_the_pictures_of_the_reference_runs():
    path = ROOT / "lightning_logs" / "reference" / "plain34" / "version_0" / "figures" / "val_images.png"
    assert subprocess.run(["git", "check-ignore", "--no-index", "--quiet", path], cwd=ROOT, check=False).returncode == 0


@pytest.mark.parametrize("name", sorted(RUN_FILES))
def test_git_takes_the_numbers(name):
    path = REPORTS / "residual" / "runs" / "plain34" / "version_0" / name
    assert subprocess.run(["git", "check-ignore", "--no-index", "--quiet", path], cwd=ROOT, check=False).returncode == 1


def test_every_field_of_a_status_is_in_the_page_of_the_run_folder():
    page = (ROOT / "docs" / "run-folder.md").read_text()
    assert [field.name for field in dataclasses.fields(Status) if f"`{field.name}`" not in page] == []


def test_the_indonesian_quick_start_has_the_recipe():
    """Its numbers have decimal commas."""
    recipe = yaml.safe_load((ROOT / "configs" / "recipe.yaml").read_text())
    rows = re.findall(r"\| ([^|]+) \| `(\w+)\.(\w+)` \|", (ROOT / "docs" / "mulai-cepat.md").read_text())
    assert len(rows) == 8
    for value, group, key in rows:
        assert float(value.partition(", lalu")[0].replace(",", ".")) == float(recipe[group][key]), key
