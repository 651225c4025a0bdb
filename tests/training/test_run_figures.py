"""Pictures of a run: drawn once, of the right images, and never at the cost of a run."""

import errno
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from resnet_lab import ImageFolderDataModule
from resnet_lab.cli import main
from resnet_lab.plots.mosaic import Tile
from resnet_lab.plots.style import as_png
from resnet_lab.runs import Run, find_runs
from resnet_lab.training import fit, run_figures
from resnet_lab.training.predictions import Predictions
from resnet_lab.training.run_figures import ScoredSplit, draw_curves, draw_fit, draw_test, sample_positions

TINY = (
    "--model.depth 20 --data.image_size 16 --data.batch_size 14 --data.num_workers 0 --trainer.max_epochs 1 "
    "--trainer.logger false"
)
OF_A_FIT = {"curves.png", "train_images.png", "val_images.png", "val_confusion.png"}


@pytest.fixture(autouse=True)
def _pictures(monkeypatch):
    monkeypatch.setenv("RESNET_LAB_FIGURES", "true")


@pytest.fixture
def data(cell_folder):
    return ImageFolderDataModule(str(cell_folder), batch_size=8, image_size=16, num_workers=0, seed=3)


@pytest.fixture
def tiles(monkeypatch):
    """The tiles of each mosaic that is drawn."""
    drawn: list[list[Tile]] = []
    mosaic_plot = run_figures.mosaic_plot
    monkeypatch.setattr(run_figures, "mosaic_plot", lambda of, title: drawn.append([*of]) or mosaic_plot(of, title))
    return drawn


@pytest.fixture
def copied(fitted_logs, tmp_path):
    """A finished run without pictures."""
    path = tmp_path / "logs" / "plain34" / "version_0"
    shutil.copytree(fitted_logs / "plain34" / "version_0", path)
    return Run(path)


def scored(data, log_probabilities=None, split="val", name="plain34/version_0") -> ScoredSplit:
    labels = torch.tensor(data.folder.part(split).class_indices(data.classes)).long()
    if log_probabilities is None:
        draws = torch.randn(len(labels), len(data.classes), generator=torch.Generator().manual_seed(1))
        log_probabilities = draws.log_softmax(1)
    return ScoredSplit(name, False, split, 1, data, Predictions(log_probabilities, labels))


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize(("size", "count"), [(100, 16), (17, 16), (16, 16), (3, 16), (1, 4), (394, 16)])
def test_positions_are_spread_evenly(size, count):
    positions = sample_positions(size, count)
    assert len(positions) == len(set(positions)) == min(size, count)
    assert all(0 <= position < size for position in positions)
    middle = sum(positions) / len(positions)
    assert abs(middle - (size - 1) / 2) <= 0.5


def test_both_arms_have_pictures_and_two_of_them_in_an_event_file_of_their_own(run):
    assert names(run.path / "figures") >= OF_A_FIT
    for path in (run.path / "figures" / name for name in OF_A_FIT):  # another test may have tested the run since then
        with Image.open(path) as image:
            assert image.format == "PNG"
            assert min(image.size) > 300
    files = {path.suffix == ".figures": path for path in run.path.glob("events.*") if path.suffix != ".test"}
    tags = {own: EventAccumulator(str(path)).Reload().Tags() for own, path in files.items()}
    assert tags[True]["images"] == ["val/samples", "val/confusion_matrix"]
    assert tags[False]["images"] == tags[True]["scalars"] == []


def test_a_run_is_finished_after_its_pictures_and_a_resumed_run_draws_them(cell_folder, monkeypatch):
    words = f"fit --config resnet34.yaml --data.root {cell_folder} {TINY} --resume auto".split()
    seen = []

    def killed(run, *arguments):
        seen.append((run.status().status, run.states.exists()))
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(fit, "draw_fit", killed)
        with pytest.raises(SystemExit):
            main(words)
    assert seen == [("running", True)]
    [run] = find_runs(Path("lightning_logs"), "resnet20")
    assert run.status().status == "interrupted"
    assert main(words) == 0
    assert run.status().status == "finished"
    assert names(run.path / "figures") >= OF_A_FIT


def test_pictures_that_cannot_be_kept_cost_one_line_and_validate_draws_them(cell_folder, monkeypatch, capsys):
    """A full disk and a picture that cannot be drawn, at the same time."""

    def full(path, content):
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    def fail(self):
        raise ValueError("a glyph")

    with monkeypatch.context() as patch:
        patch.setattr(run_figures, "write_bytes", full)
        patch.setattr(ScoredSplit, "images", fail)
        assert main(f"fit --config resnet34.yaml --data.root {cell_folder} {TINY}".split()) == 0
    [run] = find_runs(Path("lightning_logs"), "resnet20")
    assert run.status().status == "finished"
    [note] = [line for line in capsys.readouterr().err.splitlines() if "note" in line]
    assert note.startswith(f"note    {run.path / 'figures'} lacks curves.png, train_images.png, val_images.png, ")
    assert "No space left on device" in note
    assert "a glyph" in note
    assert note.endswith(f"All results are complete. resnet-lab validate {run.path} draws them again.")
    assert main(["validate", str(run.path)]) == 0
    assert names(run.path / "figures") >= OF_A_FIT


def test_validate_draws_lost_pictures_and_leaves_those_that_are_there(copied, monkeypatch):
    assert main(["validate", str(copied.path), "--ckpt_path", "last"]) == 0
    assert not (copied.path / "figures").exists()  # they are those of the best checkpoint
    assert main(["validate", str(copied.path)]) == 0
    assert names(copied.path / "figures") >= OF_A_FIT
    monkeypatch.setattr(run_figures, "as_png", None)  # would fail
    assert main(["validate", str(copied.path)]) == 0


def test_a_test_on_other_data_has_its_pictures_beside_its_results(copied, cells, tmp_path):
    assert main(["test", str(copied.path)]) == 0
    always = {"test_images.png", "test_confusion.png"}
    of_a_test = {*always, "test_mistakes.png", "test_confused_pairs.png"}
    assert always <= names(copied.path / "figures") <= of_a_test
    before = {path: path.read_bytes() for path in (copied.path / "figures").iterdir()}
    images = tmp_path / "new" / "test" / "functional"
    images.mkdir(parents=True)
    for path in cells["functional"][:3]:
        shutil.copy(path, images)
    assert main(["test", str(copied.path), "--data.root", str(images.parents[1])]) == 0
    [other] = copied.path.glob("test-*/figures")
    assert always <= names(other) <= of_a_test
    assert {path: path.read_bytes() for path in (copied.path / "figures").iterdir()} == before


def test_nothing_is_drawn_if_the_user_wants_no_pictures(copied, data, monkeypatch, tmp_path):
    monkeypatch.setenv("RESNET_LAB_FIGURES", "false")
    draw_fit(copied, scored(data))
    draw_curves(copied)
    draw_test(tmp_path / "figures", scored(data, split="test"), "")
    assert not (copied.path / "figures").exists()
    assert not (tmp_path / "figures").exists()


def test_the_training_images_are_those_of_the_first_batches(data, copied, tiles):
    draw_fit(copied, scored(data))
    batches = [*data.epoch_dataloader(0)]
    images, labels = (torch.cat([batch[part] for batch in batches])[:16] for part in (0, 1))
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in (data.normalization.mean, data.normalization.std))
    pixels = ((images * std + mean) * 255).round().to(torch.uint8).permute(0, 2, 3, 1).numpy()
    training = tiles[0]
    assert len(training) == 16
    for tile, image, label in zip(training, pixels, labels, strict=True):
        np.testing.assert_array_equal(tile.image, image)
        assert tile.lines == [data.classes[label]]


def test_mistakes_are_the_most_confident_ones_with_their_paths(data, tiles):
    split = scored(data)
    predictions = split.predictions
    assert split.mistakes() is not None
    probabilities = predictions.log_probabilities.exp()
    rows = list(zip(data.folder.splits["val"].paths, probabilities, predictions.labels, strict=True))
    wrong = [(path, p, int(label)) for path, p, label in rows if p.argmax() != label]
    wrong.sort(key=lambda row: -row[1].max())
    [shown] = tiles
    assert len(wrong) > 1
    assert [tile.path for tile in shown] == [path.relative_to(data.folder.root).as_posix() for path, *_ in wrong]
    for tile, (_, p, label) in zip(shown, wrong, strict=True):
        assert tile.lines == [f"{data.classes[p.argmax()]} {p.max():.2f}", f"is {data.classes[label]}"]
        assert tile.wrong


def test_twelve_mistakes_are_shown(tmp_path, tiles):
    for label in ("a", "b"):
        (tmp_path / label).mkdir()
        for k in range(60):
            Image.fromarray(np.full((4, 4), 3 * k + (label == "b"), np.uint8)).save(tmp_path / label / f"{k}.png")
    data = ImageFolderDataModule(str(tmp_path), batch_size=8, image_size=8, num_workers=0, seed=0)
    labels = torch.tensor(data.folder.part("val").class_indices(data.classes)).long()
    upside_down = torch.nn.functional.one_hot(1 - labels, 2).float().log_softmax(1)
    figure = scored(data, upside_down).mistakes()
    assert f"the 12 most confident of {len(labels)} mistakes" in figure.axes[0].texts[-1].get_text()
    assert len(tiles[0]) == 12


def test_without_a_mistake_the_picture_of_an_earlier_test_goes(data, tmp_path):
    draw_test(tmp_path, scored(data, split="test"), "")
    assert names(tmp_path) == {"test_images.png", "test_confusion.png", "test_mistakes.png", "test_confused_pairs.png"}
    labels = scored(data, split="test").predictions.labels
    right = torch.nn.functional.one_hot(labels, 2).float().log_softmax(1)
    draw_test(tmp_path, scored(data, right, "test"), "")
    assert names(tmp_path) == {"test_images.png", "test_confusion.png"}


def test_many_classes_are_capped_and_any_name_is_drawn(tmp_path, monkeypatch, capsys):
    """Without fonts for them, names are boxes, and one line says so."""
    drawn = []
    monkeypatch.setattr(run_figures, "as_png", lambda figure: drawn.append(figure) or as_png(figure))
    odd = ["猫と犬", "قطة", "$x$ \\frac{", "a\nb", "x\u202ey", "n" * 150, "\U0002fa1d", "<b>", "_a^b"]
    for number, name in enumerate([*odd, *(f"class {k:02}" for k in range(20))]):
        (tmp_path / "many" / name).mkdir(parents=True)
        for k in range(7):
            pixels = np.full((4, 4), 8 * number + k, np.uint8)
            Image.fromarray(pixels).save(tmp_path / "many" / name / f"photo {k}.png")
    data = ImageFolderDataModule(str(tmp_path / "many"), batch_size=8, image_size=8, num_workers=0, seed=0)
    split = scored(data, split="test", name="a name of a run that is far too long for any picture/version_0")
    draw_test(tmp_path / "figures", split, "")
    assert names(tmp_path / "figures") == {
        "test_images.png",
        "test_confusion.png",
        "test_mistakes.png",
        "test_confused_pairs.png",
    }
    confusion = drawn[1]
    assert len(confusion.axes[0].get_yticklabels()) == 25
    assert "the 24 most confused of 29 classes, and all others together" in confusion.get_suptitle()
    assert "note" not in capsys.readouterr().err.replace("note    no font here has", "", 1)


def test_the_epochs_before_a_divergence_have_curves(copied):
    copied.update_status({"status": "diverged", "best_epoch": None})
    draw_curves(copied)
    assert names(copied.path / "figures") == {"curves.png"}
    shutil.rmtree(copied.path / "figures")
    copied.metrics_path.write_text(copied.metrics_path.read_text().splitlines()[0] + "\n")
    draw_curves(copied)
    assert not (copied.path / "figures").exists()
