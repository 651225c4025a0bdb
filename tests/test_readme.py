"""Figures in README.md and on pages of docs are those of the reference runs, and these runs are what they say."""

import json
import re
import runpy
import shutil
import statistics
from pathlib import Path

import pytest

from resnet_lab.cli import main
from resnet_lab.runs import Run, find_runs

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
RESULTS = (ROOT / "docs" / "results.md").read_text()
RUNS = {
    arm: Run(ROOT / "lightning_logs" / "reference" / name / "version_0")
    for arm, name in (("Plain-34", "plain34"), ("ResNet-34", "resnet34"))
}
arms = pytest.mark.parametrize("arm", RUNS)


REPORTS = ROOT / "docs" / "reports"


def study(arm):
    """Runs of the recipe."""
    return find_runs(REPORTS / "residual" / "runs", {"Plain-34": "plain34", "ResNet-34": "resnet34"}[arm])


def small_study(arm):
    return find_runs(REPORTS / "residual128" / "runs", {"Plain-34": "plain34-128", "ResNet-34": "resnet34-128"}[arm])


def spread(values):
    return f"{statistics.mean(values):.4f}\u00a0±\u00a0{statistics.stdev(values):.4f}"


@arms
def test_the_table_is_of_the_last_rows_of_metrics_csv(arm):
    row = re.search(rf"\| \*\*{arm}\*\* \| ([^l].*) \|\n", README)
    assert row is not None
    last = [run.metrics()[-1] for run in study(arm)]
    assert {row["epoch"] for row in last} == {10}
    tags = ("train/accuracy", "val/accuracy", "train/loss", "val/loss")
    of_the_best, *of_the_last_epoch = row[1].split(" | ")
    assert of_the_last_epoch == [spread([row[tag] for row in last]) for tag in tags]
    assert of_the_best == spread([run.test_metrics()["best"]["accuracy"] for run in study(arm)])


@arms
@pytest.mark.parametrize("which", ["last", "best"])
def test_the_second_table_is_of_final_and_test(arm, which):
    row = re.search(rf"\| \*\*{arm}\*\* \| {which} \| (.*) \|\n", RESULTS)
    assert row is not None
    final = [run.final_metrics()[which] for run in study(arm)]
    test = [run.test_metrics()[which] for run in study(arm)]
    figures = [
        [scores[figure] for scores in split]
        for figure in ("accuracy", "loss")
        for split in ([f["train"] for f in final], [f["val"] for f in final], test)
    ]
    assert row[1].split(" | ") == [spread(values) for values in figures]


@pytest.mark.parametrize("page", ["README.md", *(f"docs/{name}.md" for name in ("results", "findings", "diagnostics"))])
def test_the_generated_parts_are_what_the_reports_generate(page, monkeypatch):
    """Times and sentences too."""
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    module = runpy.run_path(str(ROOT / "benchmarks" / "reference_report.py"))
    text = (ROOT / page).read_text()
    assert text.count(module["END"]) == len(module["PARTS"][page])
    for name, generate in module["PARTS"][page].items():
        part = text.partition(module["BEGIN"].format(name))[2].partition(module["END"])[0]
        assert part.strip() == generate()


@pytest.mark.parametrize("language", ["en", "id"])
@pytest.mark.parametrize(
    ("report", "compared"),
    [
        ("residual", "residual.yaml"),
        ("residual128", "plain34-128 resnet34-128"),
        ("ladder-digits", "ladder-digits.yaml"),
    ],
)
def test_the_committed_reports_are_what_compare_writes_today(report, compared, language, tmp_path, monkeypatch):
    """What is compared here has no picture inside, so none is drawn."""
    monkeypatch.setattr("resnet_lab.report.document.as_svg", lambda figure: '<svg viewBox="0 0 1 1"></svg>')
    monkeypatch.setattr("resnet_lab.report.render.as_png", lambda figure: b"")
    logs = tmp_path / "logs"
    shutil.copytree(REPORTS / report / "runs", logs)
    words = f"compare {compared} --logs {logs} --language {language} --no_pictures --output {tmp_path}/out"
    assert main(words.split()) == 0
    for name, folder in {"report.md": language, "comparison.json": "en"}.items():  # numbers have no language
        committed = (REPORTS / report / folder / name).read_text()
        assert (tmp_path / "out" / name).read_text() == committed


def test_the_study_is_the_recipe_at_128_pixels():
    plain, residual = small_study("Plain-34"), small_study("ResNet-34")
    assert [run.status().seed for run in plain] == [run.status().seed for run in residual] == [0, 1, 2]
    for run in (*plain, *residual):
        config, full = run.config(), RUNS["Plain-34"].config()
        assert config["data"]["image_size"] == 128
        for group in ("model", "data"):
            for key in full[group].keys() - {"image_size", "residual"}:
                assert config[group][key] == full[group][key], key


@arms
def test_the_reference_runs_are_the_recipes(arm):
    config, status = RUNS[arm].config(), RUNS[arm].status()
    assert (status.status, status.epochs, status.seed, status.arm) == ("finished", 10, 0, arm)
    assert config["model"] == {
        "depth": 34,
        "residual": arm == "ResNet-34",
        "shortcut": "A",
        "lr": 3e-4,
        "weight_decay": 1e-4,
        "label_smoothing": 0.1,
        "warmup_epochs": 1,
    }
    assert config["data"] == {"root": "builtin:elpv", "batch_size": 32, "image_size": 224, "num_workers": 2}
    assert status.git_commit
    assert "dirty" not in status.git_commit


@arms
def test_final_scores_are_those_of_their_epochs(arm):
    """Scored once more after training, the checkpoints give back what was logged when they were written."""
    rows, status, final = RUNS[arm].metrics(), RUNS[arm].status(), RUNS[arm].final_metrics()
    for which, epoch in (("last", status.epochs), ("best", status.best_epoch)):
        row = rows[epoch - 1]
        assert final[which]["val"]["accuracy"] == pytest.approx(row["val/accuracy"], abs=1e-6)
        assert final[which]["val"]["loss"] == pytest.approx(row["val/loss"], abs=1e-6)


def test_the_arms_differ_in_the_residual_connection_alone():
    plain, residual = (RUNS[arm].status() for arm in RUNS)
    for key in (
        "fingerprint",
        "split_sizes",
        "parameters",
        "precision",
        "threads",
        "versions",
        "hardware",
        "git_commit",
    ):
        assert getattr(plain, key) == getattr(residual, key), key


def test_every_file_that_the_readme_links_to_exists():
    links = re.findall(r'\]\((?!https?:)([^)#]+)\)|src="([^"]+)"', README)
    assert len(links) >= 5
    assert not [link for pair in links if not (ROOT / (link := "".join(pair))).exists()]


def test_the_first_command_is_on_the_first_screen():
    """A first screen has about 40 lines of 120 characters, and a picture takes 15 of them."""
    assert README[: README.index("    git clone")].count("\n") < 25
    assert len(README.splitlines()) < 150


@pytest.mark.parametrize("page", sorted(path.name for path in (ROOT / "docs").glob("*.md")))
def test_every_file_that_a_page_links_to_exists(page):
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", (ROOT / "docs" / page).read_text())
    assert not [link for link in links if not (ROOT / "docs" / link).exists()]


def test_the_near_duplicates_are_those_that_were_counted():
    results = json.loads((ROOT / "benchmarks" / "results" / "near_duplicates.json").read_text())
    held_out = RUNS["Plain-34"].status().split_sizes["test"]
    counted = f"{results['with_one_in_train']['test']} of the {held_out} held-out photographs have a near-duplicate"
    assert counted in README


@pytest.mark.parametrize(
    ("page", "reports"), [("README.md", ["depth"]), ("docs/results.md", ["depth", "depth-low-rate"])]
)
def test_a_verdict_on_degradation_says_in_how_many_pairs_it_was_seen(page, reports):
    _, *verdicts = " ".join((ROOT / page).read_text().split()).split("**Less degradation with depth of ResNet")
    for report, verdict in zip(reports, verdicts, strict=True):
        [cell] = (REPORTS / report / "runs").glob("plain110*")
        pairs = len(find_runs(cell.parent, cell.name))
        assert f"excludes 0). Seen in {pairs} pairs per depth." in verdict


def test_findings_take_ten_minutes_and_each_has_its_figure():
    """A table has numbers of its own; the text between them is read word by word."""
    page = (ROOT / "docs" / "findings.md").read_text()
    text = re.sub(r"<!--.*?-->|^[|!].*$", "", page, flags=re.MULTILINE)
    assert len(text.split()) < 1000
    findings = re.split(r"^## (?=\d)", page, flags=re.MULTILINE)[1:]
    assert len(findings) >= 5
    for finding in findings:
        part = finding.partition("\n## ")[0]
        assert part.count("](reports/") == 1
        assert "| Pairs | Value | New images and new training | These images, new training |" in part


def test_the_findings_have_no_number_of_a_result_by_hand():
    """What is not between markers has settings only: depths, pixels, and the numbers of findings."""
    page = (ROOT / "docs" / "findings.md").read_text()
    by_hand = re.sub(r"<!-- [^e].*?<!-- end -->", "", page, flags=re.DOTALL)
    assert not re.findall(r"\d+\.\d+|\d+%|±", by_hand)
