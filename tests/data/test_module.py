"""The data module as a trainer sees it: same batches for both arms, whatever the workers."""

import hashlib
from pathlib import Path

import lightning.pytorch as pl
import pytest
import torch
from lightning.pytorch import Callback

from resnet_lab import Classifier, ImageFolderDataModule


class HashBatches(Callback):
    """Remember a hash of every training batch, epoch by epoch."""

    def __init__(self):
        self.epochs = []

    def on_train_epoch_start(self, trainer, pl_module):
        self.epochs.append([])

    def on_train_batch_start(self, trainer, pl_module, batch, batch_idx):
        images, labels = batch
        digest = hashlib.sha256(images.numpy().tobytes() + labels.numpy().tobytes())
        self.epochs[-1].append(digest.hexdigest())


def batch_hashes(root: Path, *, residual: bool = True, workers: int = 0, seed: int = 0) -> list[list[str]]:
    torch.manual_seed(99)  # what the default generator was at must not matter
    recorder = HashBatches()
    trainer = pl.Trainer(
        max_epochs=2,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=[recorder],
    )
    data = ImageFolderDataModule(str(root), batch_size=8, image_size=32, num_workers=workers, seed=seed)
    model = Classifier(2, lr=1e-3, weight_decay=0, label_smoothing=0, warmup_epochs=0, depth=20, residual=residual)
    trainer.fit(model, datamodule=data)
    return recorder.epochs


@pytest.fixture(scope="module")
def reference(cell_folder):
    return batch_hashes(cell_folder)


def test_batches_do_not_depend_on_the_arm(cell_folder, reference):
    assert batch_hashes(cell_folder, residual=False) == reference


@pytest.mark.parametrize("workers", [1, 2])
def test_batches_do_not_depend_on_workers(cell_folder, reference, workers):
    assert batch_hashes(cell_folder, workers=workers) == reference


def test_batches_depend_on_the_epoch_and_the_seed(cell_folder, reference):
    first, second = reference
    assert len(first) == len(second) == 4  # 28 images in batches of 8
    assert not set(first) & set(second)
    assert not set(first) & set(batch_hashes(cell_folder, seed=1)[0])
