"""Final scores are of the weights they name, on whole splits, without augmentation."""

import lightning.pytorch as pl
import pytest
import torch
import torch.nn.functional as F

from resnet_lab import Classifier, ImageFolderDataModule
from resnet_lab.training.final_scores import final_scores


@pytest.fixture
def data(cell_folder):
    return ImageFolderDataModule(str(cell_folder), batch_size=8, image_size=32, num_workers=0, seed=0)


@pytest.fixture
def trainer():
    return pl.Trainer(
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        max_epochs=1,
    )


def classifier(seed: int) -> Classifier:
    torch.manual_seed(seed)
    return Classifier(2, lr=1e-2, weight_decay=0, label_smoothing=0.1, warmup_epochs=0, depth=20)


def by_hand(model: Classifier, data: ImageFolderDataModule, split: str) -> dict[str, float]:
    batches = list(data.evaluation_dataloader(split))
    images, labels = (torch.cat(parts) for parts in zip(*batches, strict=True))
    with torch.no_grad():
        logits = model.eval()(images)
    accuracy = (logits.argmax(1) == labels).double().mean().item()
    return {"accuracy": accuracy, "loss": F.cross_entropy(logits, labels).item()}


def test_each_checkpoint_gets_its_own_scores(tmp_path, data, trainer):
    """The best checkpoint is another net here, so that mixing the two up would show."""
    model, best = classifier(0), classifier(1)
    content = {
        "state_dict": best.state_dict(),
        "hyper_parameters": dict(best.hparams),
        "ImageFolderDataModule": {**data.state_dict(), "classes": ["a", "b"]},
    }
    torch.save(content, tmp_path / "best.ckpt")
    trainer.fit(model, datamodule=data)
    last = classifier(2)
    last.load_state_dict(model.state_dict())
    scores = final_scores(trainer, model, data, tmp_path / "best.ckpt")
    for which, net in (("last", last), ("best", best)):
        for split in ("train", "val"):
            expected = by_hand(net, data, split)
            assert scores[which][split]["accuracy"] == pytest.approx(expected["accuracy"])
            assert scores[which][split]["loss"] == pytest.approx(expected["loss"], rel=1e-4)
    assert scores["last"] != scores["best"]


def test_if_the_last_is_the_best_they_are_equal(data, trainer):
    model = classifier(0)
    trainer.fit(model, datamodule=data)
    scores = final_scores(trainer, model, data, None)
    assert scores["last"] == scores["best"]
