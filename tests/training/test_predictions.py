"""Predictions as a file that gives the scores back."""

import csv
import json
import math
from pathlib import Path

import pytest
import torch

from resnet_lab.data.folder import ImageFolder
from resnet_lab.data.items import Item, Items
from resnet_lab.training.predictions import CollectPredictions, Predictions, write_predictions, write_test_results
from resnet_lab.training.scores import score

CLASSES = ("cat, gray", "dog")
ROOT = Path("/photos")
IMAGES = ImageFolder(ROOT, CLASSES, {"test": Items(Item(ROOT / f"{i}.png", "dog", "") for i in range(20))}, "f00d")


def random_predictions(seed: int) -> Predictions:
    generator = torch.Generator().manual_seed(seed)
    log_p = torch.randn(20, 2, generator=generator).log_softmax(dim=1)
    return Predictions(log_p, torch.randint(2, (20,), generator=generator))


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_file_gives_the_scores_back(tmp_path):
    by_checkpoint = {"best": random_predictions(0), "last": random_predictions(1)}
    scores = write_test_results(tmp_path, IMAGES, by_checkpoint)
    rows = rows_of(tmp_path / "predictions.csv")
    assert list(rows[0]) == ["checkpoint", "path", "label", "predicted", "probability_cat, gray", "probability_dog"]
    for which, predictions in by_checkpoint.items():
        mine = [row for row in rows if row["checkpoint"] == which]
        expected = score(predictions.log_probabilities, predictions.labels, CLASSES)
        assert scores[which] == expected
        assert [row["path"] for row in mine] == [f"{i}.png" for i in range(20)]
        assert sum(row["label"] == row["predicted"] for row in mine) / 20 == expected["accuracy"]
        losses = [-math.log(float(row[f"probability_{row['label']}"])) for row in mine]
        assert sum(losses) / 20 == pytest.approx(expected["loss"], rel=1e-7)
    written = json.loads((tmp_path / "metrics.json").read_text())
    assert written == {"headline": "best", "fingerprint": "f00d", **scores}


def test_a_part_of_the_predictions_is_not_written_as_the_whole(tmp_path):
    every = random_predictions(0)
    some = Predictions(every.log_probabilities[:3], every.labels[:3])
    with pytest.raises(ValueError, match="zip"):
        write_predictions(tmp_path / "p.csv", IMAGES, {"best": some})
    assert not (tmp_path / "p.csv").exists()


def test_collecting_is_by_pass():
    collector = CollectPredictions()
    batch = (torch.zeros(2, 3, 4, 4), torch.tensor([1, 0]))
    for _ in range(2):
        collector.on_test_start(None, None)
        for value in (1.0, 2.0):
            collector.on_test_batch_end(None, None, torch.full((2, 2), value), batch, 0)
        taken = collector.latest()
        assert taken.log_probabilities[:, 0].tolist() == [1.0, 1.0, 2.0, 2.0]
        assert taken.labels.tolist() == [1, 0, 1, 0]
