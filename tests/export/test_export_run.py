"""A run is exported whole or not at all: what computes something else is not kept."""

import shutil

import pytest
import torch

from resnet_lab.errors import InputError, RunError
from resnet_lab.export import export_run as module
from resnet_lab.export.export_run import ExportOptions, export_run
from resnet_lab.export.formats import FORMATS
from resnet_lab.export.network_files import write_network

WEIGHTS = ExportOptions("best", [FORMATS["safetensors"]])


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_the_file_and_the_card_are_written_and_told(copy_of_run, capsys):
    run = copy_of_run("plain34")
    export_run(run, WEIGHTS)
    assert names(run.path / "exported") == ["README.md", "model.safetensors"]
    said = capsys.readouterr().out
    assert f"wrote   {run.path / 'exported' / 'model.safetensors'}" in said
    assert "checked 40 photographs in batches of 1 and 3: the same classes, logits within" in said


def test_the_last_checkpoint_has_a_folder_of_its_own(copy_of_run):
    run = copy_of_run()
    export_run(run, ExportOptions("last", [FORMATS["safetensors"]]))
    assert names(run.path / "exported-last") == ["README.md", "model.safetensors"]
    assert "weights of the last epoch" in (run.path / "exported-last" / "README.md").read_text()


def test_a_file_that_computes_something_else_is_removed(copy_of_run, monkeypatch):
    def altered(network, *arguments):
        weight = network.fc.weight.detach().clone()
        with torch.no_grad():
            network.fc.weight[0] += 0.01
            write_network(network, *arguments)
            network.fc.weight.copy_(weight)

    run = copy_of_run()
    monkeypatch.setattr(module, "write_network", altered)
    with pytest.raises(RunError, match=r"model\.safetensors is not kept\. The file does not compute what the network"):
        export_run(run, WEIGHTS)
    assert names(run.path / "exported") == []


def test_an_earlier_file_stays_if_the_new_one_is_not_kept(copy_of_run, monkeypatch):
    run = copy_of_run()
    export_run(run, WEIGHTS)
    before = (run.path / "exported" / "model.safetensors").read_bytes()
    monkeypatch.setattr(module, "largest_difference", lambda *_: (_ for _ in ()).throw(RunError("No.")))
    with pytest.raises(RunError, match="No"):
        export_run(run, WEIGHTS)
    assert names(run.path / "exported") == ["README.md", "model.safetensors"]
    assert (run.path / "exported" / "model.safetensors").read_bytes() == before


def test_other_photographs_do_where_those_of_the_run_are_gone(copy_of_run, cells, tmp_path):
    run = copy_of_run()
    config = run.config_path.read_text()
    root = run.config()["data"]["root"]
    run.config_path.write_text(config.replace(str(root), str(tmp_path / "gone")))
    with pytest.raises(
        InputError, match=r"gone.*\. A file is checked on photographs before it is kept: give some with"
    ):
        export_run(run, WEIGHTS)
    (tmp_path / "photographs").mkdir()
    (tmp_path / "photographs" / "bad.png").write_bytes(b"no image")
    images = ExportOptions("best", [FORMATS["safetensors"]], images=[tmp_path / "photographs"])
    with pytest.raises(InputError, match="No photograph for the check can be read"):
        export_run(run, images)
    shutil.copy(cells["defective"][0], tmp_path / "photographs")
    export_run(run, images)
    assert "on 1 photographs" in (run.path / "exported" / "README.md").read_text()
