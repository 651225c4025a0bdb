"""A small real fit without the command line; small networks whose BatchNorm has seen something, and small batches."""

import lightning.pytorch as pl
import pytest
import torch
from lightning.pytorch.loggers.logger import DummyLogger
from torch.utils.data import DataLoader, TensorDataset

from resnet_lab import Classifier
from resnet_lab.model.backbone import ResNet


class InMemoryLogger(DummyLogger):
    def __init__(self):
        super().__init__()
        self.logged = []

    def log_metrics(self, metrics, step=None):
        self.logged.append((step, dict(metrics)))


@pytest.fixture(scope="module")
def train():
    """Train ResNet-20 on 10 images for two epochs of three batches."""

    def train(callbacks, model=None, **options):
        torch.manual_seed(0)
        model = model or Classifier(2, lr=3e-4, weight_decay=0.1, label_smoothing=0.1, warmup_epochs=1, depth=20)
        images = torch.randn(10, 3, 16, 16, generator=torch.Generator().manual_seed(1))
        logger = InMemoryLogger()
        trainer = pl.Trainer(
            **{"max_epochs": 2, "logger": logger, **options},
            accelerator="cpu",
            callbacks=list(callbacks),
            log_every_n_steps=1,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
        )
        loader = DataLoader(TensorDataset(images, torch.arange(10) % 2), batch_size=4)
        trainer.fit(model, loader, loader)
        model.logged = logger.logged
        return model

    return train


@pytest.fixture
def network():
    """Build a net of 9 blocks with running statistics of noise; twins have the same weights."""

    def build(residual: bool, depth: int = 20, **options) -> ResNet:
        torch.manual_seed(0)
        net = ResNet(depth, residual, num_classes=3, **{"shortcut": "A", **options})
        with torch.no_grad():
            for seed in range(2):
                net(torch.randn(8, 3, 16, 16, generator=torch.Generator().manual_seed(seed)))
        return net.eval()

    return build


@pytest.fixture
def batches():
    """Two batches of noise: 6 and 5 images of 16 pixels."""
    generator = torch.Generator().manual_seed(5)
    return [
        (torch.randn(n, 3, 16, 16, generator=generator), torch.randint(3, (n,), generator=generator)) for n in (6, 5)
    ]
