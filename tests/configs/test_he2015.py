"""The recipes of He et al. 2015: every number against the paper, and two steps of each."""

import subprocess
import sys

import pytest
import yaml

from resnet_lab.config.find import shipped_configs
from resnet_lab.model.schedule import rate_factor
from resnet_lab.runs import Run

SGD = {"optimizer": "sgd", "momentum": 0.9, "nesterov": False, "lr": 0.1, "weight_decay": 1e-4, "label_smoothing": 0.0}


def read(name):
    return yaml.safe_load((shipped_configs() / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("name", "batch", "images", "steps", "falls"),
    [
        ("he2015-cifar.yaml", 128, 42_500, 64_000, (32_000, 48_000)),
        ("he2015-imagenet.yaml", 256, 1_281_167, 600_000, (200_000, 400_000)),
    ],
)
def test_it_is_the_recipe_of_the_paper(name, batch, images, steps, falls):
    config = read(name)
    assert SGD.items() <= config["model"].items()
    assert (config["data"]["batch_size"], config["trainer"]["max_steps"]) == (batch, steps)
    per_epoch = images // batch
    assert config["trainer"]["max_epochs"] == -(-steps // per_epoch)  # the steps end first
    options = {key: config["model"][key] for key in ("schedule", "milestones")}
    for step in falls:
        before, after = (rate_factor(at, warmup_steps=0, total_steps=steps, **options) for at in (step - 1, step + 1))
        assert before / after == pytest.approx(10)


def test_the_images_of_cifar_keep_their_pixels():
    assert {"image_size": 32, "short_side": 32, "augment": "pad4"}.items() <= read("he2015-cifar.yaml")["data"].items()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arm", "recipe", "depth"), [("plain34", "he2015-cifar", 20), ("resnet34", "he2015-imagenet", 34)]
)
def test_two_steps_of_it_run(tmp_path, arm, recipe, depth):
    command = [sys.executable, "-m", "resnet_lab", "fit", "--config", f"{arm}.yaml", "--config", f"{recipe}.yaml"]
    few = "--data.root builtin:digits --trainer.max_steps 2 --data.batch_size 16 --trainer.limit_val_batches 1"
    small = "--data.image_size 32" if depth == 34 else ""
    subprocess.run([*command, *few.split(), *small.split(), "--logs", tmp_path], check=True, timeout=300)
    run = Run(tmp_path / f"{arm.removesuffix('34')}{depth}" / "version_0")
    assert run.status().status == "finished"
    assert run.config()["model"]["optimizer"] == "sgd"
