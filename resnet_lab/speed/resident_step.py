"""Bare training step on one batch that stays in memory: no data, no metrics, no logging."""

from collections.abc import Callable

import torch
import torch.nn.functional as F

from resnet_lab.model.classifier import Classifier
from resnet_lab.model.optimizer import build_optimizer

Step = Callable[[], None]


def resident_step(
    model: Classifier, *, batch_size: int, image_size: int, precision: str, device: torch.device
) -> tuple[Step, Step]:
    """Return a training step of the model and an evaluation of it, each on the same batch of noise.

    The training step computes what a fit computes: smoothed cross-entropy, gradients and the fused optimizer, on
    channels-last tensors. Both return when the device is done.

    Args:
        model: Its weights move with each training step.
        batch_size: Images in the batch.
        image_size: Side in pixels.
        precision: ``bf16-mixed``, ``16-mixed`` or ``32-true``.
        device: Device that computes.
    """
    model.to(device)
    generator = torch.Generator().manual_seed(0)
    images = torch.randn(batch_size, 3, image_size, image_size, generator=generator)
    images = images.to(device).contiguous(memory_format=torch.channels_last)
    labels = torch.arange(batch_size, device=device) % model.backbone.fc.out_features
    optimizer = build_optimizer(model.parameters(), model.hparams)
    half = {"bf16-mixed": torch.bfloat16, "16-mixed": torch.float16}.get(precision)

    def forward() -> torch.Tensor:
        with torch.autocast(device.type, half, enabled=half is not None):
            return model(images)

    def train() -> None:
        model.train()
        loss = F.cross_entropy(forward(), labels, label_smoothing=model.label_smoothing)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        wait_for(device)

    def evaluate() -> None:
        model.eval()
        with torch.inference_mode():
            forward()
        wait_for(device)

    return train, evaluate


def wait_for(device: torch.device) -> None:
    """Wait until the device has finished its work."""
    if device.type != "cpu":
        torch.accelerator.synchronize(device)
