"""Command ``compare`` on two trained runs: output, refusals, and no import of torch."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from resnet_lab.cli import main
from resnet_lab.runs import Run, find_runs
from resnet_lab.study.plan import read_study

RUNS = Path(__file__).parents[1] / "assets" / "runs"
ARMS = ("plain34", "resnet34")


@pytest.fixture
def logs(tmp_path, monkeypatch):
    """Copies of one run an arm, in the working folder's lightning_logs."""
    monkeypatch.chdir(tmp_path)
    for name in ARMS:
        run = tmp_path / "lightning_logs" / name / "version_0"
        shutil.copytree(RUNS / name / "version_0", run)
    return tmp_path / "lightning_logs"


@pytest.fixture
def undrawn(monkeypatch):
    """Figures are drawn by the tests that look at them."""
    monkeypatch.setattr("resnet_lab.report.document.as_svg", lambda figure: '<svg viewBox="0 0 1 1"></svg>')
    monkeypatch.setattr("resnet_lab.report.render.as_png", lambda figure: b"")


def compare(*arguments: str) -> int:
    return main(["compare", "--no_pictures", *map(str, arguments)])


def test_it_writes_the_report_and_says_the_verdict(logs, capsys):
    assert compare(*ARMS) == 0
    [folder] = (logs / "comparison").iterdir()
    assert {path.name for path in folder.iterdir()} == {"en"}
    written = {path.name for path in (folder / "en").iterdir()}
    assert written == {
        "report.md",
        "report.html",
        "comparison.json",
        "figures",
        "table.csv",
        "table.tex",
        "methods.txt",
    }
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("note    Some networks have learned nothing: ")
    assert said[1].startswith("  Without learning: resnet34/version_0; always predicting ")
    assert said[2:] == [
        "note    An altered file would not be noticed in some runs, since they have no digests of their files in "
        "status.json. Number of these runs: 2.",
        "Higher accuracy of ResNet-20: one seed pair gives no verdict. -16.67 points of test accuracy at the "
        "best checkpoint, ResNet-20 minus Plain-20",
        f"wrote   lightning_logs/comparison/{folder.name}/en/report.html, report.md, table.csv, figures ...",
    ]


@pytest.mark.parametrize("word", ["resnet34", "lightning_logs/resnet34", "lightning_logs/resnet34/version_0"])
@pytest.mark.usefixtures("undrawn")
def test_one_arm_alone_gets_a_report_without_verdicts(logs, capsys, word):
    assert compare(word) == 0
    [folder] = (logs / "comparison").iterdir()
    assert {path.name for path in folder.iterdir()} == {"en"}
    text = (folder / "en" / "report.md").read_text()
    assert text.startswith("# ResNet\u201120 alone\n\ncells, 2 classes; ")
    assert "\xa0· one run\xa0· " in text
    assert "supported" not in text
    assert "Holm" not in text
    assert json.loads((folder / "en" / "comparison.json").read_text())["contrasts"] == []
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("note    No network here has learned anything: ")
    said = said[2:]
    assert said[0].startswith("note    One arm alone allows no verdict about the residual connection.")
    assert said[1].endswith(" resnet-lab fit --config lightning_logs/resnet34/version_0/config.yaml \\")
    assert said[2:5] == [
        "    --model.residual false --name plain34",
        "  resnet-lab test plain34",
        "  resnet-lab compare resnet34 plain34",
    ]
    assert said[5].startswith("note    An altered file would not be noticed")
    assert said[6].startswith("Test accuracy of ResNet-20: ")
    assert said[7].startswith("  one seed, so the spread")


@pytest.mark.usefixtures("undrawn")
def test_what_it_wrote_is_no_run_and_changes_no_comparison(logs):
    for runs in (["lightning_logs"], ["lightning_logs"], [logs / "plain34" / "version_0", "lightning_logs/resnet34"]):
        assert compare(*runs) == 0
    assert len(list((logs / "comparison").iterdir())) == 1
    assert find_runs(logs, "comparison") == []


@pytest.mark.usefixtures("undrawn")
def test_the_output_and_the_language_are_chosen(logs, capsys):
    assert compare(*ARMS, "--language", "id", "--output", "here") == 0
    assert "# Plain\u201120 vs ResNet\u201120" in Path("here/report.md").read_text()
    assert json.loads(Path("here/comparison.json").read_text())["contrasts"][0]["seeds"] == [0]
    assert "satu pasangan seed belum memberi kesimpulan" in capsys.readouterr().out


def test_it_imports_neither_torch_nor_lightning(logs, cell_folder):
    """Not even while it looks for the photographs, which here are others."""
    shutil.copytree(cell_folder, "cells")
    next(Path("cells").rglob("*.png")).unlink()
    code = (
        "import sys; from resnet_lab.cli import main; code = main(['compare', 'plain34', 'resnet34']); "
        "print(code, sorted({'torch', 'torchvision', 'lightning', 'torchmetrics', 'tensorflow'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300)
    assert done.stdout.splitlines()[-1] == "0 []"
    [report] = (logs / "comparison").glob("*/en/report.md")
    assert "now holds other photographs than the runs were tested on" in report.read_text()


@pytest.mark.usefixtures("undrawn")
def test_a_logger_of_one_arm_is_no_difference(logs, capsys):
    """The README's W&B config in one arm; ``study`` and ``--resume`` let it pass too."""
    path = logs / "resnet34" / "version_0" / "config.yaml"
    config = yaml.safe_load(path.read_text())
    init_args = {"project": "cells", "offline": True}
    config["trainer"]["logger"] = {"class_path": "lightning.pytorch.loggers.WandbLogger", "init_args": init_args}
    path.write_text(yaml.safe_dump(config))
    assert compare(*ARMS) == 0, capsys.readouterr().err


@pytest.mark.usefixtures("undrawn")
def test_forced_differences_are_said_first(logs, capsys):
    Run(logs / "plain34" / "version_0").update_status({"threads": 8})
    assert compare(*ARMS, "--force") == 0
    said = capsys.readouterr().out.splitlines()[2:]  # after the network that learned nothing
    assert said[0].startswith("note    The runs differ in more than the residual connection, and were compared")
    assert said[1] == "  threads: 8 (plain34/version_0), 1 (resnet34/version_0)"
    [folder] = (logs / "comparison").iterdir()
    differences = json.loads((folder / "en" / "comparison.json").read_text())["differences"]
    assert [difference["key"] for difference in differences] == ["threads"]


@pytest.fixture
def study_file(logs):
    """A study of the two runs, in the working folder; both record its plan."""
    text = "cells: [plain34.yaml, resnet34.yaml]\nseeds: [0, 1, 2]\nlooks: [3]\nmodel: {depth: 20}\n"
    Path("mine.yaml").write_text(text)
    for name in ARMS:
        plan = {"study": "mine", "digest": read_study(Path("mine.yaml")).plan.digest}
        Run(logs / name / "version_0").update_status({"plan": plan})
    return Path("mine.yaml")


@pytest.mark.usefixtures("undrawn")
def test_the_file_of_a_study_names_its_runs(logs, study_file, capsys):
    shutil.copytree(logs / "plain34" / "version_0", logs / "plain34" / "version_1")
    other = Run(logs / "plain34" / "version_1")  # of no seed of the study
    other.update_status({"seed": 7})
    other.config_path.write_text(yaml.safe_dump(other.config() | {"seed_everything": 7}))
    for path in (other.metrics_path, other.predictions_path):
        path.write_text(path.read_text() + "\n")  # no copy, byte by byte
    assert compare("mine.yaml") == 0
    said = capsys.readouterr().out
    assert "plan of the study" not in said
    assert "version_1" not in said


@pytest.mark.usefixtures("undrawn")
def test_a_plan_that_was_changed_after_the_runs_is_not_applied(logs, study_file, capsys):
    study_file.write_text(study_file.read_text().replace("looks: [3]", "looks: [3]\nworth: 2.0"))
    assert compare("mine.yaml") == 0
    [line] = [line for line in capsys.readouterr().out.splitlines() if "plan of the study" in line]
    assert line == (
        "note    The plan of the study is not applied, and this is a comparison without a plan, because these runs do "
        "not follow it: plain34/version_0 (records another plan), resnet34/version_0 (records another plan)."
    )


@pytest.mark.usefixtures("undrawn")
def test_a_study_stands_alone(logs, study_file, capsys):
    assert compare("mine.yaml", "plain34") == 2
    assert "The file of a study names all runs to compare: give it alone, or name the " in capsys.readouterr().err
    assert compare("nine.yaml") == 2
    assert "There is no study nine.yaml; did you mean mine.yaml?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("look: [3]", "mine.yaml has look, which does not exist; did you mean looks?"),
        ("question: {a: b}", "question.a"),
    ],
)
def test_a_key_that_a_study_does_not_have_is_refused(logs, study_file, capsys, key, message):
    study_file.write_text(study_file.read_text() + f"{key}\n")
    assert compare("mine.yaml") == 2
    assert message in capsys.readouterr().err


@pytest.mark.usefixtures("undrawn")
def test_before_the_first_look_the_reason_stands_on_the_screen_and_in_the_report(logs, study_file, capsys):
    assert compare("mine.yaml") == 0
    said = "nothing is tested before the first look of the plan, at 3 seed pairs"
    lines = capsys.readouterr().out.splitlines()
    card = next(number for number, line in enumerate(lines) if line.startswith("Higher accuracy of ResNet-20: not tes"))
    assert lines[card + 2] == f"  {said}"
    [report] = (logs / "comparison").glob("*/en/report.md")
    assert f"{said[:1].upper()}{said[1:]}." in report.read_text()


@pytest.mark.usefixtures("undrawn")
def test_runs_that_are_not_tested_are_named_and_the_option_is_offered(logs, capsys):
    paths = [str(logs / name / "version_0") for name in ARMS]
    (Path(paths[0]) / "test" / "metrics.json").unlink()
    assert compare(*paths) == 2
    assert f"First run: resnet-lab test {paths[0]}. Or test and compare in one" in capsys.readouterr().err
    (Path(paths[1]) / "test" / "metrics.json").unlink()
    assert compare("lightning_logs/plain34", "resnet34") == 2
    said = capsys.readouterr().err
    named = ["lightning_logs/plain34/version_0", "lightning_logs/resnet34/version_0"]
    assert f"2 runs are trained, but not tested: {', '.join(named)}. First test each of them." in said
    offered = "resnet-lab compare --no_pictures lightning_logs/plain34 resnet34 --test"
    assert f". Or test and compare in one command: {offered}" in said
    assert said.count("\n") == 1


@pytest.mark.usefixtures("undrawn")
def test_a_damaged_run_is_refused_before_runs_are_tested_in_vain(logs, capsys):
    (logs / "plain34" / "version_0" / "test" / "metrics.json").unlink()
    (logs / "resnet34" / "version_0" / "final" / "metrics.json").unlink()
    assert compare(*ARMS) == 2
    assert "resnet34/version_0 lacks final/metrics.json; train it again." in capsys.readouterr().err


@pytest.mark.usefixtures("undrawn")
def test_what_is_not_tested_is_tested_and_then_compared(fitted_logs, capsys):
    """As ``resnet-lab test`` does, which is the reference; a run that is tested is not tested again."""
    for folder in ("one", "each"):
        shutil.copytree(fitted_logs, Path(folder) / "lightning_logs")
    logs, each = Path("one") / "lightning_logs", Path("each") / "lightning_logs"
    for name in ARMS:
        assert main(["test", str(each / name / "version_0")]) == 0
    capsys.readouterr()
    assert compare(*ARMS, "--logs", logs, "--test") == 0
    said = capsys.readouterr().out
    assert said.index("run     one/lightning_logs/plain34/version_0") < said.index("Higher accuracy of ResNet-20: ")
    results = [
        [(folder / name / "version_0" / "test" / file).read_bytes() for name in ARMS]
        for folder in (logs, each)
        for file in ("metrics.json", "predictions.csv")
    ]
    assert results[:2] == results[2:]
    assert compare(*ARMS, "--logs", logs, "--test") == 0
    assert "lightning_logs/plain34/version_0" not in capsys.readouterr().out.partition("Higher accuracy")[0]


@pytest.mark.usefixtures("undrawn")
def test_the_runs_of_a_study_are_tested_too(logs, study_file, capsys, monkeypatch):
    path = logs / "resnet34" / "version_0" / "test" / "metrics.json"
    content = path.read_bytes()
    path.unlink()

    def run_command(arguments: list[str]) -> int:
        assert arguments == ["test", "lightning_logs/resnet34/version_0"]
        path.write_bytes(content)
        return 0

    monkeypatch.setattr("resnet_lab.training.command_line.run_command", run_command)
    assert compare("mine.yaml") == 2
    assert "in one command: resnet-lab compare --no_pictures mine.yaml --test" in capsys.readouterr().err
    assert compare("mine.yaml", "--test") == 0


def change(logs, **status):
    run = Run(logs / "resnet34" / "version_0")
    run.update_status(status)
    config = run.config_path.read_text()
    run.config_path.write_text(config.replace("seed_everything: 0", f"seed_everything: {status.get('seed', 0)}"))


WRONG = [
    (
        "plain43 resnet34",
        {},
        "plain43 is neither a run folder nor the name of a run in lightning_logs; did you mean",
    ),
    ("plain34 resnet34", {"status": "running"}, "resnet34 has no finished run: resnet34/version_0 is still running"),
    ("plain34 empty", {}, "empty holds no run: a run folder is <logs>/<name>/version_<n>, as resnet-lab fit makes it."),
    ("plain34 --factor model.lr", {}, "There is one arm only: the only run, plain34/version_0, has model.lr 0.0003."),
    ("plain34 foreign", {}, "foreign has no finished run: foreign/version_0 is no run of resnet-lab"),
    (
        "plain34 resnet34",
        {"fingerprint": "0" * 64},
        "These runs differ in more than model.residual: fingerprint: ",
    ),
    ("plain34 resnet34", {"classes": ["cat", "dog"]}, "has the label defective, which is no class of the run"),
    ("plain34 resnet34", {"seed": 3}, "The arms have no seed in common: Plain-20 has 0; ResNet-20 has 3."),
    ("plain34 resnet34 --factor model.dept", {}, "has no key model.dept in its config; did you mean model.depth?"),
    ("plain34 resnet34 --output file", {}, "The report cannot be written ("),
    ("plain34 resnet34 --language de", {}, "argument --language: invalid choice: 'de'"),
    ("plain34 resnet34 --forse", {}, "There is no option --forse; did you mean --force?"),
    ("", {}, "RUN|NAME|STUDY.yaml is missing: resnet-lab compare --help"),
]


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize(("arguments", "status", "text"), WRONG, ids=[f"{case[0]} {case[1]}" for case in WRONG])
def test_wrong_input_is_one_paragraph_and_exit_code_2(logs, capsys, arguments, status, text):
    Path("empty").mkdir()
    Path("file").touch()
    (logs / "foreign" / "version_0").mkdir(parents=True)
    change(logs, **status)
    assert compare(*arguments.split()) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("resnet-lab: error: ")
    assert text in captured.err
    assert captured.err.count("\n") == 1
    assert not (logs / "comparison").exists()


@pytest.mark.parametrize(
    ("language", "said"), [("en", "closes most of the gap"), ("id", "menutup sebagian besar jarak")]
)
@pytest.mark.usefixtures("undrawn")
def test_the_file_of_a_ladder_study_gives_its_report(make_ladder, capsys, language, said):
    made = make_ladder(seeds=range(3))
    words = ("--logs", made.logs, "--output", made.logs / "report", "--language", language)
    assert compare(made.path, *words) == 0
    assert said in (made.logs / "report" / "report.md").read_text()
    assert "ladder-small" not in capsys.readouterr().err
    shown = (made.logs / "report" / "report.html").read_text()
    assert 'class="wide-plot"' in shown
    assert json.loads((made.logs / "report" / "comparison.json").read_text())["ladder"]["rungs"][0]["name"] == "dirac"


@pytest.mark.usefixtures("undrawn")
def test_a_ladder_without_an_end_is_refused_in_one_sentence(make_ladder, capsys):
    made = make_ladder(seeds=range(2), without=[("residual", 0), ("residual", 1)])
    assert compare(made.path, "--logs", made.logs) == 2
    assert "The ladder has no finished run of its end residual, and every rung is judged" in capsys.readouterr().err
