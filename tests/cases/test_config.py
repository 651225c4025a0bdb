"""What lies in a run folder of somebody else: it hangs no command, ends in one paragraph, and is not carried out."""

import json
import os
import shutil
import sys
from pathlib import Path

import pytest
import yaml

from resnet_lab.cli import main
from resnet_lab.runs import Run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120), pytest.mark.filterwarnings("default")]
FOREIGN = {"class_path": "foreign_module.Foreign"}
COMMANDS = {
    "test": ["test", "RUN", "--output", "t"],
    "old spelling": ["test", "--config", "RUN/config.yaml", "--output", "t"],
    "validate": ["validate", "RUN"],
    "predict": ["predict", "RUN", "--output", "t"],
    "images": ["predict", "RUN", "--data.images", "IMAGE"],
    "inspect": ["inspect", "RUN", "--what", "gradients", "--images", "4", "--output", "t"],
    "compare": ["compare", "RUN", "RUN", "--output", "t"],
    "resume": ["fit", "--resume", "RUN"],
}


@pytest.fixture
def run(fitted_logs, tmp_path, monkeypatch) -> Run:
    """A finished run, with a module beside it that notes when it is imported."""
    shutil.copytree(fitted_logs, tmp_path / "lightning_logs")
    (tmp_path / "foreign_module.py").write_text("class Foreign:\n    pass\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "foreign_module", raising=False)
    return Run(Path("lightning_logs/resnet34/version_0"))


@pytest.fixture
def exit_code(run, cells):
    """Carries out a command on the run and returns its exit code."""

    def carry_out(command):
        words = {"RUN": str(run.path), "RUN/config.yaml": str(run.config_path), "IMAGE": str(cells["functional"][0])}
        return main([words.get(word, word) for word in COMMANDS[command]])

    return carry_out


@pytest.mark.parametrize("command", [name for name in COMMANDS if name not in ("compare", "resume")])
def test_no_class_of_a_runs_config_is_imported_by_an_evaluation(run, exit_code, command):
    config = run.config()
    kept = {"accelerator": "foreign_module.Foreign", "callbacks": [FOREIGN], "logger": FOREIGN, "plugins": [FOREIGN]}
    kept |= {"profiler": {"class_path": "SimpleProfiler", "init_args": {"dirpath": "elsewhere", "filename": "owned"}}}
    config["trainer"] |= {**kept, "strategy": FOREIGN, "limit_test_batches": 1}
    run.config_path.write_text(yaml.safe_dump(config))
    (run.path / "cpu").write_text(yaml.safe_dump(FOREIGN))  # a parser would read it for accelerator: cpu
    assert exit_code(command) == 0
    assert "foreign_module" not in sys.modules
    assert not Path("elsewhere").exists()


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("name", ["config.yaml", "status.json"])
def test_what_is_no_content_of_a_run_ends_in_one_paragraph(run, exit_code, capsys, name, command):
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]", *(f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]" for a, b in _NEXT)]
    whole = (run.path / name).read_text()
    twice = whole + "name: other\n" if name == "config.yaml" else whole.replace("{", '{"name": "other",', 1)
    for text in ("\n".join([*lines, "name: resnet34"]), "[" * 200_000, "{}", "", twice, '{"name": "resnet34"}', None):
        (run.path / name).unlink()
        os.mkfifo(run.path / name) if text is None else (run.path / name).write_text(text)
        assert exit_code(command) in ((0, 2) if command == "resume" else (2,)), text
        said = capsys.readouterr().err.strip().splitlines()
        assert len([line for line in said if not line.startswith(("note ", "using "))]) <= 1


_NEXT = list(zip("abcdefgh", "bcdefghi", strict=True))


@pytest.mark.parametrize("group", ["model", "data"])
def test_no_key_of_the_network_or_the_data_imports_a_class_or_reads_a_file(run, exit_code, capsys, group):
    config = run.config()
    os.mkfifo("pipe")
    Path("foreign.yaml").write_text(json.dumps(FOREIGN))
    for key in config[group]:
        for value in (
            FOREIGN,
            "foreign_module.Foreign",
            str(Path("pipe").absolute()),
            str(Path("foreign.yaml").absolute()),
        ):
            run.config_path.write_text(yaml.safe_dump({**config, group: {**config[group], key: value}}))
            never_read = key == "init_from" and isinstance(value, str)  # an evaluation has the run's own weights
            assert exit_code("validate") == (0 if never_read else 2), (key, value)
            assert "foreign_module" not in sys.modules, (key, value)
    assert "Traceback" not in capsys.readouterr().err


def test_a_finished_run_is_no_error_to_resume(run, exit_code, capsys):
    assert exit_code("resume") == 0
    assert capsys.readouterr().out == f"{run.path} is finished: there is nothing to resume.\n"
