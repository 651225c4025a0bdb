"""Ordinary training loop, as in the scripts of timm and torchvision: `resnet-lab fit` is compared with it.

Torchvision's ResNet-34, ImageFolder, the same augmentation, a DataLoader with workers, autocast, channels-last, fused
AdamW, label smoothing, a running loss and accuracy. No cache, no allocator, no other trick.
"""

import time
from pathlib import Path

import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader
from torchvision.datasets import ImageFolder
from torchvision.models import resnet34
from torchvision.transforms import v2

CPU = torch.device("cpu")
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def ordinary_loop(
    root: Path,
    *,
    bf16: bool,
    size: int,
    batch: int,
    workers: int,
    warm: int,
    steps: int,
    device: torch.device = CPU,
) -> list[float]:
    """Train for ``warm + steps`` batches, evaluate as many, and return images per second of the last ``steps`` of each.

    Args:
        root: ``ROOT/CLASS/*``.
        bf16: bf16 autocast on channels-last tensors; else float32 on contiguous ones.
        size: Side of the images in pixels.
        batch: Images in a batch.
        workers: Of the data loaders.
        warm: Batches before the clock starts.
        steps: Batches that count.
        device: Device that computes.
    """
    layout = torch.channels_last if bf16 else torch.contiguous_format
    to_tensor = [v2.ToImage(), v2.ToDtype(torch.float32, scale=True), v2.Normalize(MEAN, STD)]
    augmented = v2.Compose([v2.RandomResizedCrop(size), v2.RandomHorizontalFlip(), *to_tensor])
    cropped = v2.Compose([v2.Resize(round(size * 256 / 224)), v2.CenterCrop(size), *to_tensor])
    model = resnet34(num_classes=2).to(device, memory_format=layout)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-4, weight_decay=1e-4, fused=True)
    rates = []
    for training, transform in ((True, augmented), (False, cropped)):
        loader = DataLoader(
            ImageFolder(str(root), transform),
            batch,
            shuffle=training,
            num_workers=workers,
            pin_memory=device.type == "cuda",
        )
        model.train(training)
        loss_sum, correct, seen, start = 0.0, 0, 0, 0.0
        for index, (images, labels) in enumerate(loader):
            if index == warm:
                start = time.perf_counter()
            images = images.to(device, non_blocking=True).contiguous(memory_format=layout)
            labels = labels.to(device, non_blocking=True)
            with torch.set_grad_enabled(training):
                with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
                    logits = model(images)
                loss = F.cross_entropy(logits.float(), labels, label_smoothing=0.1)
            if training:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            loss_sum += loss.item() * len(labels)
            correct += int((logits.argmax(1) == labels).sum())
            seen += len(labels)
            if index == warm + steps - 1:
                rates.append(steps * batch / (time.perf_counter() - start))
                break
    return rates
