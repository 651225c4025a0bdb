"""The command as a user meets it: help, typos, wrong input; and the whole way once, on real cells."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from resnet_lab import __version__
from resnet_lab.cli import main
from resnet_lab.commands import all_commands
from resnet_lab.runs import Run


def test_help_lists_every_command_without_torch(tmp_path):
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "resnet_lab", "--help"],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    for command in all_commands():
        assert f"\n  {command} " in done.stdout, command
    assert "resnet-lab fit --config plain34.yaml" in done.stdout
    for heavy in (" torch\n", " lightning\n", " jsonargparse\n", " numpy\n"):
        assert heavy not in done.stderr


def test_version(capsys):
    with pytest.raises(SystemExit) as exit_:
        main(["--version"])
    assert exit_.value.code == 0
    assert capsys.readouterr().out == f"resnet-lab {__version__}\n"


def test_no_command_shows_the_help(capsys):
    assert main([]) == 0
    assert "commands:" in capsys.readouterr().out


ELSEWHERE = "/nowhere/at/all"
WRONG = [
    ("fti --config plain34.yaml", "fti is not a command; did you mean fit?"),
    (
        "dance",
        f"dance is not a command; choose one of {', '.join(all_commands())}.",
    ),
    ("--config plain34.yaml fit", "The command comes first: resnet-lab fit --config plain34.yaml"),
    ("dashboard", "There is no folder lightning_logs; run resnet-lab fit first, or name another with --logs."),
    ("fit --config plain35.yaml", "There is no config plain35.yaml; did you mean plain34.yaml? Looked in "),
    ("fit", "name is missing: give a config that has it (--config plain34.yaml), or --name."),
    ("test", "name is missing: name a run (resnet-lab test RUN), or give a config that has it"),
    ("fit plain34.yaml", "plain34.yaml belongs to no option; a config is given as --config plain34.yaml."),
    ("fit --config plain34.yaml --data photos", "--data takes a config; a data set is given as --data.root photos"),
    ("-c plain34.yaml fit", "The command comes first: resnet-lab fit --config plain34.yaml"),
    ("--config=plain34.yaml fit", "The command comes first: resnet-lab fit --config plain34.yaml"),
    ("fit --config plain34.yaml --lr 0.1", "There is no option --lr; did you mean --model.lr?"),
    ("fit --config plain34.yaml --trainer.precision bf17", "trainer.precision cannot be bf17; --help says what it"),
    ("fit --config image.yaml", "image.yaml cannot be used: "),
    ("fit --config plain34.yaml --data.root=", "data.root is empty; name a folder of photographs, or builtin:elpv."),
    ("fit --config plain34.yaml --data.root CELLS --trainer.strategy foo", "The trainer cannot be made: "),
    (
        "fit --config plain34.yaml --data.root CELLS --trainer.max_epochs 0",
        "is 0, so nothing would be trained: give 1 or more.",
    ),
    ("fit --config plain34.yaml --data.root CELLS --trainer.default_root_dir /proc", "cannot be made ("),
    ("test --config plain34.yaml --name mine", "First run: resnet-lab fit --config plain34.yaml --name mine"),
    (
        "fit --config plain34.yaml --data.root empty --model.dept 18",
        "There is no option --model.dept; did you mean --model.depth?",
    ),
    (
        "fit --config plain34.yaml --data.root empty --trainer.max_epoch 1",
        "did you mean --trainer.max_epochs?",
    ),
    ("fit --config typo.yaml", "There is no key model.lernrate; model has class_weights, decay_on, depth, "),
    ("fit --config broken.yaml", "broken.yaml cannot be used: "),
    ("fit --config plain34.yaml --model.depth deep", "model.depth is deep; it must be a whole number."),
    ("fit --config plain34.yaml --data.root CELLS --model.depth 33", "depth 33 is not known; choose 18, 34, "),
    ("fit --config plain34.yaml --model.shortcut Z", "model.shortcut is Z; it must be one of A, B, C."),
    ("fit --config plain34.yaml --model.num_classes 4", 'must be given via "data.num_classes"'),
    ("fit --config plain34.yaml --data.seed 4", "data.seed"),
    ("fit --config plain34.yaml --seed_everything false", "seed_everything is false, but the arms share weights"),
    ("fit --config plain34.yaml --seed_everything 4294967296", "it must lie between 0 and 4294967295."),
    (
        "fit --config plain34.yaml --data.root CELLS --trainer.accelerator cpu --trainer.devices 2",
        "0 full batches of 32, and each of the 2 processes needs one: choose a smaller data.batch_size",
    ),
    ("fit --config plain34.yaml --name a/b", "name 'a/b' cannot name a run folder"),
    (f"fit --config plain34.yaml --data.root {ELSEWHERE}", f"data.root {ELSEWHERE} does not exist."),
    ("fit --config plain34.yaml --data.root builtin:cats", "data.root builtin:cats is not known"),
    ("fit --config plain34.yaml --data.root empty", "No images in empty. It should hold one folder per class"),
    ("fit --config plain34.yaml --data.root hollow", "hollow has class folders without images: functional."),
    ("fit --config plain34.yaml --data.root single", "data.root single has one class only (defective)"),
    ("fit --config plain34.yaml --data.root CELLS --data.batch_size 0", "data.batch_size is 0; it must be 1 or more."),
    ("fit --config plain34.yaml --data.root CELLS --model.lr=-1", "model.lr is -1.0; it must lie between 0 and inf."),
    ("fit --config plain34.yaml --data.root CELLS --trainer.accelerator tpu", "The trainer cannot be made: "),
    ("fit --config plain34.yaml --ckpt_path last.ckpt", "fit goes on with a run, not with a checkpoint: give"),
    ("fit --ckpt_path last.ckpt --config null.yaml", "fit goes on with a run, not with a checkpoint: give"),
    ("test --config plain34.yaml", "There is no finished run of plain34 in lightning_logs"),
    ("validate --config plain34.yaml", "First run: resnet-lab fit --config plain34.yaml"),
    ("predict --config plain34.yaml --ckpt_path best", "untrained weights are not scored"),
    ("test --config plain34.yaml --ckpt_path no.ckpt", "There is no checkpoint no.ckpt."),
    ("test --config plain34.yaml --ckpt_path typo.yaml", "typo.yaml is not in the checkpoints/ of a run folder"),
    ("fit --config plain34.yaml --output here", "There is no option --output"),
    ("fit --config plain34.yaml --data.augment mixup", "data.augment is mixup; it must be one of standard, none"),
    (
        "fit --config plain34.yaml --data.normalise train",
        "There is no option --data.normalise; did you mean --data.nor",
    ),
    ("fit --config plain34.yaml --model.class_weights 3", "model.class_weights is 3; it must be one of none, balan"),
    ("fit --config plain34.yaml --model.class_counts [3,4]", "data.class_counts"),
    ("dashboard --prot 7", "There is no option --prot; did you mean --port?"),
    ("dashboard --port seven", "--port is seven; it must be a whole number."),
    ("predict --data.images empty --fromat json", "There is no option --fromat; did you mean --format?"),
    ("completion", "shell is missing: resnet-lab completion --help shows what to write."),
]


@pytest.fixture
def here(cell_folder, tmp_path, monkeypatch):
    """A working folder with the files that the wrong inputs speak of."""
    monkeypatch.chdir(tmp_path)
    Path("typo.yaml").write_text("name: x\nmodel:\n  residual: true\n  lernrate: 1\n")
    Path("null.yaml").write_text("name: x\nckpt_path: null\n")
    Path("broken.yaml").write_text("name: [x\n")
    shutil.copy(next((cell_folder / "defective").iterdir()), "image.yaml")
    Path("empty").mkdir()
    shutil.copytree(cell_folder / "defective", "single/defective")
    shutil.copytree(cell_folder / "defective", "hollow/defective")
    Path("hollow/functional").mkdir()
    return tmp_path


@pytest.mark.parametrize(("command", "text"), WRONG, ids=[command for command, _ in WRONG])
def test_wrong_input_is_one_paragraph_and_exit_code_2(here, cell_folder, capsys, command, text):
    arguments = [str(cell_folder) if word == "CELLS" else word for word in command.split()]
    assert main(arguments) == 2
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("resnet-lab: error: ")]
    assert len(lines) == 1
    assert text in lines[0]
    assert "Traceback" not in lines[0]
    assert not Path("lightning_logs").exists()


def test_undecodable_images_are_all_named_before_the_first_epoch(cell_folder, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    root = shutil.copytree(cell_folder, tmp_path / "cells")
    bad = sorted((root / "defective").iterdir())[:2]
    for path in bad:
        path.write_bytes(path.read_bytes()[:500])
    command = "fit --config plain34.yaml --data.root cells --model.depth 20 --data.image_size 32 --trainer.max_epochs 1"
    assert main(command.split()) == 2
    said = capsys.readouterr().err
    assert "resnet-lab: error: 2 of 40 images cannot be used:" in said
    for path in bad:
        assert f"cells/defective/{path.name} cannot be decoded (" in said
    assert "Traceback" not in said
    assert not (tmp_path / "lightning_logs").exists()
    assert main([*command.split(), "--data.on_bad_image", "skip"]) == 0
    assert "note    2 images cannot be used and are left out; status.json lists them" in capsys.readouterr().out
    skipped = Run(tmp_path / "lightning_logs/plain20/version_0").status().skipped
    assert [str(path.relative_to(tmp_path)) in line for path, line in zip(bad, skipped, strict=True)] == [True, True]
