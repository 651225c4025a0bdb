"""The networks of an inspected run, its data and checkpoint, and refusals."""

import shutil
from pathlib import Path

import pytest
import torch

from resnet_lab.checkpoint.reading import read_checkpoint
from resnet_lab.errors import InputError
from resnet_lab.files import write_text
from resnet_lab.inspection.inspected_run import check_inspected_runs, open_inspected_run
from resnet_lab.runs import Run
from resnet_lab.runs.resolve import runs_with_network


@pytest.fixture
def logs(fitted_logs, tmp_path) -> Path:
    return Path(shutil.copytree(fitted_logs, tmp_path / "lightning_logs"))


def test_the_networks_are_those_of_the_run(logs):
    [run] = runs_with_network(["resnet34"], logs, "last")
    [data], [checkpoint] = check_inspected_runs([run], "last")
    inspected = open_inspected_run(run, data, checkpoint, "last")
    content = read_checkpoint(run.checkpoints["last"])
    assert torch.equal(inspected.trained.conv1.weight, content["state_dict"]["backbone.conv1.weight"])
    assert not torch.equal(inspected.initial.conv1.weight, inspected.trained.conv1.weight)
    assert (inspected.label, inspected.arm) == ("resnet34/version_0", "ResNet-20")
    assert inspected.checkpoint == {"which": "last", "epoch": 1, "checksum": content["checksum"]}


def refusal(logs, *words) -> str:
    with pytest.raises(InputError) as refused:
        check_inspected_runs(runs_with_network(words, logs, "best"), "best")
    return str(refused.value)


def test_other_data_are_refused_by_name(logs):
    Run(logs / "plain34" / "version_0").update_status({"fingerprint": "0" * 64})
    said = refusal(logs, "plain34", "resnet34")
    assert said.startswith(f"The data are no longer those of the run: {logs / 'plain34' / 'version_0'} (data.root ")
    assert said.endswith("Put the data back, or train again.")
    assert "resnet34" not in said


def test_runs_that_see_other_pixels_are_not_put_side_by_side(logs):
    run = Run(logs / "resnet34" / "version_0")
    write_text(run.config_path, run.config_path.read_text().replace("image_size: 16", "image_size: 32"))
    assert refusal(logs, "plain34", "resnet34") == (
        "These runs do not see the same images, and side by side they need one sample: plain34/version_0: image_size "
        "16; resnet34/version_0: image_size 32. Inspect them one by one, or train them on the same data."
    )


def test_a_checkpoint_of_another_net_is_refused(logs):
    plain, residual = (Run(logs / name / "version_0") for name in ("plain34", "resnet34"))
    shutil.copy(plain.checkpoints["best"], residual.checkpoints["best"])
    assert "does not fit the config: residual is False there and True here." in refusal(logs, "resnet34")
