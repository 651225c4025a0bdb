"""The LightningModule: one backbone, one objective, one optimizer, the same for both arms."""

import math
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, Literal, cast

import lightning.pytorch as pl
import torch
import torch.nn.functional as F
from lightning.pytorch.utilities.types import OptimizerLRScheduler
from torch import Tensor, nn
from torchmetrics import MeanMetric, Metric
from torchmetrics.classification import MulticlassAccuracy

from resnet_lab.errors import InputError, RunError
from resnet_lab.model.backbone import ResNet, Shortcut
from resnet_lab.model.exact_mean import ExactMean
from resnet_lab.model.history import EpochHistory
from resnet_lab.model.optimizer import build_optimizer
from resnet_lab.model.precise_bn import estimate_in_fit
from resnet_lab.model.schedule import warmup_cosine

Batch = tuple[Tensor, Tensor]


class DivergenceError(RunError):
    """The objective of a batch is not finite; the weights are still those before it.

    Args:
        objective: Its value.
        epoch: Epoch, from 0.
        batch: Number of the batch in the epoch, from 0.
        step: Optimizer steps done.
        lr: Learning rate.
    """

    def __init__(self, *, objective: float, epoch: int, batch: int, step: int, lr: float) -> None:
        super().__init__(
            f"Training diverged in step {step + 1}, batch {batch + 1} of epoch {epoch + 1}: the objective is "
            f"{objective} at learning rate {lr:g}."
        )
        self.epoch, self.batch = epoch, batch


class Classifier(pl.LightningModule):
    """Train a :class:`ResNet` or its plain twin to tell classes of images apart.

    The objective is cross-entropy with label smoothing, the optimizer AdamW, the learning rate a linear
    warm-up and a cosine to zero, stepped per batch. A batch is images ``(B, 3, H, W)``, normalised, and class
    indices ``(B,)``.

    Metrics, one value an epoch, weighted by sample:

    ======================  ===============================================================
    ``train/accuracy``      top-1, on the augmented batches, while the weights move
    ``train/loss``          plain cross-entropy, in nats
    ``train/objective``     smoothed cross-entropy: what is minimised; its floor is not 0
    ``val/accuracy``        top-1
    ``val/loss``            plain cross-entropy, in nats
    ``*/top5_accuracy``     with more than five classes
    ======================  ===============================================================

    Args:
        num_classes: Number of classes K.
        lr: Peak learning rate.
        weight_decay: AdamW's decoupled weight decay, on all parameters.
        label_smoothing: Mass e spread evenly over all K classes (Szegedy et al. 2016, arXiv:1512.00567).
        warmup_epochs: Epochs of linear warm-up.
        depth: Weighted layers, see :class:`ResNet`.
        residual: Whether there are shortcuts: the one difference between the arms.
        shortcut: Kind of shortcut, see :class:`ResNet`.
        class_weights: ``balanced``: in the objective an image of class k weighs N / (K n_k), so that all classes weigh
            the same and images 1 on average (King and Zeng 2001, as in scikit-learn). Metrics are never weighted.
        class_counts: Training images n_k of each class; only ``balanced`` needs them.
        precise_bn: Whether the running statistics of BatchNorm are measured anew on the epoch's training batches
            before each validation of a fit (:func:`estimate_in_fit`), so that evaluation, and every checkpoint,
            has those of its weights. It changes no weight, and takes a pass over the training split.
    """

    class_weight: Tensor | None

    def __init__(
        self,
        num_classes: int,
        lr: float,
        weight_decay: float,
        label_smoothing: float,
        warmup_epochs: int,
        depth: int = 34,
        residual: bool = True,
        shortcut: Shortcut = "B",
        class_weights: Literal["none", "balanced"] = "none",
        class_counts: Sequence[int] | None = None,
        precise_bn: bool = False,
    ) -> None:
        super().__init__()
        for name, value, lowest, highest in (
            ("lr", lr, 0.0, math.inf),
            ("weight_decay", weight_decay, 0.0, math.inf),
            ("label_smoothing", label_smoothing, 0.0, 1.0),
            ("warmup_epochs", warmup_epochs, 0, math.inf),
        ):
            if not lowest <= value <= highest:
                raise InputError(f"model.{name} is {value}; it must lie between {lowest:g} and {highest:g}.")
        if class_weights == "balanced" and class_counts is None:
            raise InputError("model.class_weights is balanced, which needs class_counts: those of the data module.")
        self.save_hyperparameters(ignore="class_counts" if class_weights == "none" else ())
        self.label_smoothing = label_smoothing
        self.warmup_epochs = warmup_epochs
        self.precise_bn = precise_bn
        self._statistics_of_step = 0
        self.backbone = ResNet(depth, residual, shortcut, num_classes).to(memory_format=torch.channels_last)
        weights = balanced_weights(class_counts) if class_weights == "balanced" and class_counts else None
        self.register_buffer("class_weight", weights, persistent=False)
        self.metrics = nn.ModuleDict(
            {
                f"{stage}/{name}": metric
                for stage in ("train", "val", "test")
                for name, metric in _metrics(stage, num_classes)
            }
        )
        self.metrics["train/objective"] = _mean()

    @property
    def training_tags(self) -> list[str]:
        """Tags of the metrics that are measured while training."""
        return [tag for tag in self.metrics if not tag.startswith("test/")]

    def configure_callbacks(self) -> list[pl.Callback]:
        """Bring an :class:`EpochHistory` along where there is none, as in a notebook, so that loggers get metrics."""
        present = self.trainer.callbacks  # type: ignore[attr-defined]
        has_one = any(isinstance(callback, EpochHistory) for callback in present)
        return [] if has_one else [EpochHistory()]

    def forward(self, images: Tensor) -> Tensor:
        """Map normalised images ``(B, 3, H, W)`` to float32 logits ``(B, K)``."""
        return self.backbone(self._as_seen(images)).float()

    @staticmethod
    def _as_seen(images: Tensor) -> Tensor:
        return images.contiguous(memory_format=torch.channels_last)

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Return the objective of one batch, a scalar."""
        images, labels = batch
        try:
            logits = self(images)
        except ValueError as error:
            if "more than 1 value per channel" not in str(error):  # torch's words, from BatchNorm
                raise
            raise InputError(
                "A training batch of one image, and images this small leave BatchNorm nothing to average: choose "
                "another data.batch_size (the last batch of an epoch has what is left over)."
            ) from error
        objectives = F.cross_entropy(logits, labels, label_smoothing=self.label_smoothing, reduction="none")
        if self.class_weight is not None:
            # Whole images are weighed. Torch's own weight= weighs the smoothed mass of each other class by that class:
            # with few images of one class, the best answer for all others would then be that class.
            objectives = self.class_weight[labels] * objectives
        objective = objectives.mean()
        if not torch.isfinite(objective):  # before it reaches weights, metrics or a checkpoint
            raise DivergenceError(
                objective=objective.item(),
                epoch=self.trainer.current_epoch,
                batch=batch_idx,
                step=self.trainer.global_step,
                lr=self.trainer.optimizers[0].param_groups[0]["lr"],
            )
        self._metric("train/objective").update(objectives.detach())
        self._measure("train", logits.detach(), labels)
        return objective

    def validation_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Measure one batch and return its log-probabilities ``(B, K)``."""
        return self._evaluation_step("val", batch)

    def test_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Measure one batch and return its log-probabilities ``(B, K)``."""
        return self._evaluation_step("test", batch)

    def predict_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Return the log-probabilities ``(B, K)`` of one batch; its labels are not looked at."""
        return F.log_softmax(self(batch[0]), dim=1)

    def on_train_epoch_start(self) -> None:
        """Forget the epoch before, which a checkpoint at its end still held."""
        for tag in self._training_metrics:
            self._metric(tag).reset()

    def on_validation_start(self) -> None:
        """Have validation see the statistics of the weights that it scores."""
        if self.trainer.state.fn == "fit" and not self.trainer.sanity_checking:
            self._measure_statistics()

    def on_train_epoch_end(self) -> None:
        """Have the epoch's checkpoint hold them too, where the epoch was not validated."""
        self._measure_statistics()

    def _measure_statistics(self) -> None:
        step = self.trainer.global_step
        if not self.precise_bn or self._statistics_of_step == step:
            return
        estimate_in_fit(self.trainer, self.backbone, self._as_seen)
        self._statistics_of_step = step

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Add what the epoch has measured so far, so that it can go on; not to the weights, which people take out.

        One state a process, as each has measured its own batches: a sum over them would be rounded otherwise.
        """
        mine = {tag: _state(self._metric(tag)) for tag in self._training_metrics}
        states: list[Any] = [mine] * self.trainer.world_size
        if self.trainer.world_size > 1:
            torch.distributed.all_gather_object(states, mine)
        checkpoint["train_metrics"] = states

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Take up the measurements of an epoch under way, those of this process."""
        states = checkpoint.get("train_metrics", [])
        if self.global_rank < len(states):  # a test may have more processes than the fit
            for tag, state in states[self.global_rank].items():
                self._metric(tag).load_state_dict(state)

    @property
    def _training_metrics(self) -> list[str]:
        return [tag for tag in self.metrics if tag.startswith("train/")]

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """Return the optimizer of all parameters, and the schedule, stepped after every optimizer step."""
        fused = not self.trainer.gradient_clip_val  # Lightning (2.6) cannot clip for a fused one in mixed precision
        optimizer = build_optimizer(self.parameters(), self.hparams, fused=fused)
        total_steps = self.trainer.estimated_stepping_batches
        if math.isinf(total_steps):
            raise InputError("The cosine needs an end: set trainer.max_epochs or trainer.max_steps.")
        self.trainer.fit_loop.setup_data()  # counts the batches, which the estimate skips if steps end the training
        steps_per_epoch = math.ceil(self.trainer.num_training_batches / self.trainer.accumulate_grad_batches)
        schedule = partial(
            warmup_cosine, warmup_steps=self.warmup_epochs * steps_per_epoch, total_steps=int(total_steps)
        )
        scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, schedule)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}

    def _evaluation_step(self, stage: str, batch: Batch) -> Tensor:
        images, labels = batch
        logits = self(images)
        self._measure(stage, logits, labels)
        return F.log_softmax(logits, dim=1)

    def _metric(self, tag: str) -> Metric:
        return cast(Metric, self.metrics[tag])

    def _measure(self, stage: str, logits: Tensor, labels: Tensor) -> None:
        """Feed one batch to the metrics of ``stage`` and have Lightning read them at the epoch's end."""
        losses = F.cross_entropy(logits, labels, reduction="none")
        # In a fit, loggers get metrics with the epoch as x axis from EpochHistory; Lightning would give the step.
        # What Trainer.validate and Trainer.test return is what goes to loggers; without any, Lightning warns.
        to_loggers = self.trainer.state.fn != "fit" and bool(self.loggers)
        for tag in self.metrics:
            metric = self._metric(tag)
            if tag == f"{stage}/loss":
                metric.update(losses)
            elif tag in (f"{stage}/accuracy", f"{stage}/top5_accuracy"):
                metric.update(logits, labels)
            if tag.startswith(f"{stage}/"):
                self.log(tag, metric, on_step=False, on_epoch=True, logger=to_loggers)


def _state(metric: Metric) -> dict[str, Any]:
    """Return a metric's state, which torchmetrics leaves out of ``state_dict`` unless it is told otherwise."""
    metric.persistent(True)
    try:
        return {name: value.cpu() for name, value in metric.state_dict().items()}
    finally:
        metric.persistent(False)


def balanced_weights(counts: Sequence[int]) -> Tensor:
    """Return the weight N / (K n_k) of each class, float32 ``(K,)``.

    >>> balanced_weights([10, 30])
    tensor([2.0000, 0.6667])
    """
    return torch.tensor([sum(counts) / (len(counts) * count) for count in counts])


def _metrics(stage: str, num_classes: int) -> Iterator[tuple[str, Metric]]:
    yield "accuracy", MulticlassAccuracy(num_classes, average="micro")
    yield "loss", _mean() if stage == "train" else ExactMean()
    if num_classes > 5:
        yield "top5_accuracy", MulticlassAccuracy(num_classes, average="micro", top_k=5)


def _mean() -> MeanMetric:
    """Mean over single images: with this strategy, torchmetrics (1.9) drops the weights of batch means in silence."""
    return MeanMetric(nan_strategy="disable")  # a NaN must show, not vanish from the mean
