"""The plots of a finished fit are in TensorBoard."""

from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from resnet_lab.cli import main
from resnet_lab.runs import find_runs
from resnet_lab.training.tensorboard_figures import sample_positions, show_validation

TINY = "--model.depth 20 --data.image_size 32 --data.batch_size 8 --data.num_workers 0 --trainer.max_epochs 1"


@pytest.mark.parametrize(("size", "count"), [(100, 16), (17, 16), (16, 16), (3, 16), (1, 4), (394, 16)])
def test_positions_are_spread_evenly(size, count):
    positions = sample_positions(size, count)
    assert len(positions) == len(set(positions)) == min(size, count)
    assert all(0 <= position < size for position in positions)
    middle = sum(positions) / len(positions)
    assert abs(middle - (size - 1) / 2) <= 0.5


def images_of(path: Path) -> list[str]:
    return EventAccumulator(str(path)).Reload().Tags()["images"]


def figures_of(run) -> list[str]:
    [path] = run.path.glob("events.*.figures")
    return images_of(path)


def test_a_run_is_finished_after_its_figures_and_a_resumed_run_draws_them(cell_folder, monkeypatch):
    words = f"fit --config resnet34.yaml --data.root {cell_folder} {TINY} --resume auto".split()
    shown = []

    def fail(*arguments):
        show_validation(*arguments)
        [run] = find_runs(Path("lightning_logs"), "resnet20")
        shown.append((run.status().status, run.states.exists()))
        raise OSError("No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("resnet_lab.training.tensorboard_figures.show_validation", fail)
        with pytest.raises(OSError, match="No space left"):
            main(words)
    assert shown == [("running", True)]
    [run] = find_runs(Path("lightning_logs"), "resnet20")
    assert run.status().status == "failed"
    assert main(words) == 0
    assert run.status().status == "finished"
    assert figures_of(run) == ["val/samples", "val/confusion_matrix"]


def test_figures_that_cannot_be_drawn_do_not_cost_the_run(cell_folder, monkeypatch, capsys):
    def fail(*_):
        raise ValueError("a glyph")

    monkeypatch.setattr("resnet_lab.training.tensorboard_figures.show_validation", fail)
    assert main(f"fit --config resnet34.yaml --data.root {cell_folder} {TINY}".split()) == 0
    [run] = find_runs(Path("lightning_logs"), "resnet20")
    assert run.status().status == "finished"
    assert "note    TensorBoard gets no figures, they cannot be drawn: a glyph" in capsys.readouterr().err


def test_they_have_an_event_file_of_their_own(cell_folder):
    assert main(f"fit --config resnet34.yaml --data.root {cell_folder} {TINY}".split()) == 0
    [run] = find_runs(Path("lightning_logs"), "resnet20")
    files = {path.suffix == ".figures": path for path in run.path.glob("events.*")}
    assert images_of(files[True]) == ["val/samples", "val/confusion_matrix"]
    assert images_of(files[False]) == []
    assert not EventAccumulator(str(files[True])).Reload().Tags()["scalars"]
