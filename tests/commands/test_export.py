"""The command: its mistakes in one sentence, and what it leaves in the run folder."""

import pytest

from resnet_lab.cli import main
from resnet_lab.commands import export as command
from resnet_lab.export import formats
from resnet_lab.files import write_json


def export(capsys, *arguments: object) -> tuple[int, str]:
    code = main(["export", *map(str, arguments)])
    return code, capsys.readouterr().err


def test_every_format_and_the_card_are_in_the_folder(exported_run):
    names = {path.name for path in (exported_run.path / "exported").iterdir()}
    assert names == {"model.onnx", "model.pt2", "model.safetensors", "README.md"}


def test_an_export_is_replaced_only_if_asked(copy_of_run, capsys):
    run = copy_of_run()
    weights = (run.path, "--format", "safetensors")
    assert export(capsys, *weights)[0] == 0
    code, err = export(capsys, *weights)
    assert (code, "model.safetensors exists: remove it, or replace it with --overwrite." in err) == (2, True)
    card = run.path / "exported" / "README.md"
    card.write_text(card.read_text() + "My own words.\n")
    (run.path / "exported" / "model.safetensors").unlink()
    code, err = export(capsys, *weights)
    assert (code, "README.md was edited by hand" in err) == (2, True)
    assert export(capsys, *weights, "--overwrite", "--license", "mit")[0] == 0
    assert "My own words" not in card.read_text()
    assert card.read_text().startswith("---\nlicense: mit\n")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ("absent", "absent is neither a run folder nor the name of a run in lightning_logs"),
        ("RUN --format jpeg", "invalid choice: 'jpeg' (choose from"),
        ("RUN --data.images nowhere", "data.images nowhere does not exist."),
        ("RUN --license CC\tBY", "is no license as model hubs name it, such as cc-by-4.0"),
        ("RUN --formt onnx", "There is no option --formt; did you mean --format?"),
    ],
)
def test_a_mistake_is_one_sentence(exported_run, capsys, arguments, text):
    code, err = export(capsys, *(exported_run.path if word == "RUN" else word for word in arguments.split(" ")))
    assert code == 2
    assert text in err
    assert err.count("\n") == 1


def test_a_run_that_is_not_finished_or_has_no_network_is_refused(copy_of_run, capsys):
    run = copy_of_run()
    run.checkpoints["best"].unlink()
    code, err = export(capsys, run.path)
    assert (code, "which holds the network (a run that is kept in git has none)" in err) == (2, True)
    write_json(run.path / "status.json", {**run.status_content(), "status": "interrupted"})
    code, err = export(capsys, run.path)
    assert (code, "is interrupted; a finished run is needed" in err) == (2, True)


def test_a_missing_extra_is_told_before_the_run_is_looked_for(monkeypatch, capsys):
    monkeypatch.setattr(formats, "find_spec", lambda name: None)
    assert command.COMMAND.parse(["x"]).format == ["onnx"]
    code, err = export(capsys, "absent")
    assert (code, "(the extra export): pip install onnx onnxscript onnxruntime" in err) == (2, True)
