"""What is certainly wrong is answered before torch is imported, in the words of the parser."""

import subprocess
import sys
from pathlib import Path

import pytest

from resnet_lab.errors import InputError
from resnet_lab.training.command_line import run_command
from resnet_lab.training.early_check import check_command_line, refuse_missing_root

WRONG = [
    "fit --config plain34.yaml --model.dept 18",
    "fit --config plain34.yaml --epochs 3",
    "fit --config plain34.yaml --checkpoint 3",
    "fit --config plain34.yaml --checkpoint.every 3",
    "fit --config plain34.yaml --output here",
    "fit --config typo.yaml",
    "fit --config group.yaml",
    "fit --config word.yaml",
    "fit --config plain35.yaml",
    "fit --config resnet18.yaml",
    "fit --config plain34.yaml --model.depth deep",
    "fit --config plain34.yaml --model.residual maybe",
    "fit --config plain34.yaml --model.lr fast",
    "fit --config plain34.yaml --model.shortcut Z",
    "fit --config plain34.yaml --data.augment mixup",
    "fit --config plain34.yaml --model.shortcut_span 3",
    "fit --config plain34.yaml --model.depth 33",
    "fit --config plain34.yaml --model.depth -5",
    "fit --config shallow.yaml",
    "fit --config plain34.yaml --model.lr -1",
    "fit --config plain34.yaml --model.warmup_epochs -1",
    "fit --config plain34.yaml --model.nesterov true --model.momentum 0",
    "fit --config plain34.yaml --model.milestones [0.9,0.5]",
    "fit --config plain34.yaml --model.milestones [1]",
    "fit --config plain34.yaml --model.milestones []",
    "fit --config plain34.yaml --data.short_side 20",
    "fit --config plain34.yaml --data.image_size 0",
    "fit --config plain34.yaml --allocator fast",
    "fit --config plain34.yaml --compile maybe",
    "fit --config plain34.yaml --data.root nowhere",
    "fit --config plain34.yaml --data.root builtin:cats",
    "fit --config here.yaml",
    "fit --config plain34.yaml --model.init_from torchvision",
    "fit --config resnet34.yaml --model.init_from torchvision",
    "fit --config resnet34.yaml --model.init_from nowhere",
    "fit --config resnet34.yaml --model.init_from nowhere.pth",
    "fit",
    "test",
    "fit plain34.yaml",
    "test plain35",
    "fit --resume plain35",
]


@pytest.fixture(autouse=True)
def _configs():
    Path("typo.yaml").write_text("name: x\nmodel:\n  lernrate: 1\n")
    Path("group.yaml").write_text("name: x\nmodle:\n  depth: 18\n")
    Path("word.yaml").write_text("name: x\nmodel:\n  depth: deep\n")
    Path("shallow.yaml").write_text("name: x\nmodel: {depth: 33}\ndata: {root: builtin:elpv}\n")
    Path("here.yaml").write_text("name: x\ndata: {root: nowhere}\n")


@pytest.mark.parametrize("command", WRONG)
def test_the_early_answer_is_that_of_the_parser(command):
    with pytest.raises(InputError) as early:
        check_command_line(command.split())
    with pytest.raises(InputError) as late:
        run_command(command.split())
    assert str(early.value) == str(late.value)


@pytest.mark.parametrize(
    "command",
    [
        "fit --config plain34.yaml",
        "fit -cplain34.yaml --model.lr 3e-4 --data.root=. --model.residual true --test_after=false --model.shortcut A",
        "fit --config plain34.yaml --model.depth 1e2 --data.value_range [0,4095] --model.lr null",
        "fit --config plain34.yaml --model.milestones [a] --data.short_side null --data.num_workers 0",
        "fit --config plain34.yaml --model.milestones 0.5 --model.depth 20.5 --data.short_side true",
        "fit --config plain34.yaml --model.schedule steps --model.milestones [0.5,0.75] --data.short_side 224",
        "fit --config plain34.yaml --trainer.callbacks+=EarlyStopping --trainer.callbacks.monitor val/loss",
        "fit --config plain34.yaml --trainer.logger.init_args.project x --trainer more.yaml",
        "fit --config plain34.yaml --print_config=skip_default --data.root nowhere",
        "fit --config more.yaml --name x --resume auto",
        "fit --model.dept 18 --help",
        "fit --trainer.logger.help CSVLogger",
        "test --config plain34.yaml --verbose false --output here",
        "predict --name plain34 --return_predictions true",
    ],
)
def test_what_may_be_right_is_left_to_the_parser(command):
    Path("more.yaml").write_text("model:\ntrainer:\n  callbacks+: []\n  logger: {class_path: CSVLogger}\n")
    check_command_line(command.split())


def test_a_name_too_long_for_the_system_is_left_to_the_data():
    refuse_missing_root("x" * 5000)
    refuse_missing_root("builtin:elpv")


def test_no_torch_is_imported_for_an_error():
    commands = [
        "fit --config plain43.yaml",
        "fit --config plain34.yaml --model.dept 18",
        "fit --config plain34.yaml --model.depth 33",
        "fit --config plain34.yaml --model.milestones [0.9,0.5]",
        "fit --config plain34.yaml --data.short_side 20",
        "fit --config plain34.yaml --data.root nowhere",
        "test plain35",
        "inspect plain35",
        "bench --data.root nowhere",
        "predict plain35 --data.images .",
        "predict plain34 --data.images nowhere",
        "study residual.yaml --model.dept 18 --plan",
    ]
    code = (
        "import sys; from resnet_lab.cli import main\n"
        "print(*[main(line.split()) for line in sys.argv[1:]], *sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *commands], capture_output=True, text=True, check=True, timeout=60
    )
    said = done.stdout.split()
    assert said[: len(commands)] == ["2"] * len(commands), done.stderr
    assert not {"torch", "lightning", "jsonargparse"} & {*said}
