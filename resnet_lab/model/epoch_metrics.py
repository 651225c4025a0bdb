"""Metrics of a classifier, each one value per epoch."""

from collections.abc import Iterator
from typing import Any

from torch import nn
from torchmetrics import MeanMetric, Metric
from torchmetrics.classification import MulticlassAccuracy

from resnet_lab.model.exact_mean import ExactMean


def epoch_metrics(num_classes: int) -> nn.ModuleDict:
    """Return the metrics by tag, such as ``val/accuracy``; top-5 accuracy only with more than five classes."""
    stages = ("train", "val", "test")
    metrics = {f"{stage}/{name}": metric for stage in stages for name, metric in _metrics(stage, num_classes)}
    return nn.ModuleDict({**metrics, "train/objective": _mean()})


def metric_state(metric: Metric) -> dict[str, Any]:
    """Return the state of a metric, which ``state_dict`` of torchmetrics contains only if it is persistent."""
    metric.persistent(True)
    try:
        return {name: value.cpu() for name, value in metric.state_dict().items()}
    finally:
        metric.persistent(False)


def _metrics(stage: str, num_classes: int) -> Iterator[tuple[str, Metric]]:
    yield "accuracy", MulticlassAccuracy(num_classes, average="micro")
    yield "loss", _mean() if stage == "train" else ExactMean()
    if num_classes > 5:
        yield "top5_accuracy", MulticlassAccuracy(num_classes, average="micro", top_k=5)


def _mean() -> MeanMetric:
    """Return a mean over single images; with this strategy, torchmetrics (1.9) ignores weights of batch means."""
    return MeanMetric(nan_strategy="disable")  # a NaN must stay visible in the mean
