"""The bare step is the step of a fit: the same weights after it, bit for bit."""

import lightning.pytorch as pl
import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from resnet_lab import Classifier
from resnet_lab.speed.resident_step import resident_step


def model():
    torch.manual_seed(0)
    return Classifier(2, lr=1e-2, weight_decay=0.1, label_smoothing=0.1, warmup_epochs=0, depth=20)


@pytest.mark.parametrize("precision", ["32-true", "bf16-mixed"])
def test_a_step_moves_the_weights_as_a_fits_first_step_does(precision):
    bare, fitted = model(), model()
    train, evaluate = resident_step(bare, batch_size=4, image_size=16, precision=precision, device=torch.device("cpu"))
    evaluate()
    train()
    images = torch.randn(4, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    trainer = pl.Trainer(
        max_steps=2,  # the cosine of one step would be over before it
        limit_train_batches=1,
        limit_val_batches=0,
        accelerator="cpu",
        precision=precision,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=[stop := StopAfterOne()],
    )
    loader = DataLoader(TensorDataset(images, torch.tensor([0, 1, 0, 1])), batch_size=4)
    trainer.fit(fitted, loader, loader)
    assert stop.rate == pytest.approx(1e-2)
    for (name, ours), theirs in zip(bare.backbone.named_parameters(), fitted.backbone.parameters(), strict=True):
        assert torch.equal(ours, theirs), name


class StopAfterOne(pl.Callback):
    rate = 0.0

    def on_before_optimizer_step(self, trainer, pl_module, optimizer):
        self.rate = optimizer.param_groups[0]["lr"]

    def on_train_batch_end(self, trainer, *_):
        trainer.should_stop = True
