"""LightningModule of both arms: one backbone, one objective, one optimizer."""

from collections.abc import Sequence
from functools import partial
from typing import Any, cast

import lightning.pytorch as pl
import torch
import torch.nn.functional as F
from lightning.pytorch.utilities.types import OptimizerLRScheduler
from torch import Tensor
from torchmetrics import Metric

from resnet_lab.config.ranges import check_recipe
from resnet_lab.data.module import ImageFolderDataModule
from resnet_lab.errors import DivergenceError, InputError
from resnet_lab.model.backbone import ResNet, Shortcut
from resnet_lab.model.class_weights import ClassWeights, weights_by_class
from resnet_lab.model.epoch_metrics import epoch_metrics, metric_state
from resnet_lab.model.history import EpochHistory
from resnet_lab.model.optimizer import DecayOn, OptimizerChoice, build_optimizer
from resnet_lab.model.precise_bn import estimate_in_fit
from resnet_lab.model.rung import RUNG_KEYS, Init, ShortcutGradient, ShortcutSpan
from resnet_lab.model.schedule import Schedule, rate_factor, training_steps

Batch = tuple[Tensor, Tensor]


class Classifier(pl.LightningModule):
    """Train a :class:`ResNet` or its plain twin to classify images.

    The objective is cross-entropy with label smoothing. :mod:`~resnet_lab.model.optimizer` builds the optimizer. The
    learning rate has a linear warm-up and then a cosine to zero, or falls by a factor of ten, and changes per batch. A
    batch is normalized images ``(B, 3, H, W)`` and class indices ``(B,)``.

    The defaults are the values of ``recipe.yaml``. Metrics, one value per epoch, as means over images:

    ======================  ===============================================================
    ``train/accuracy``      top-1, on the augmented batches, while the weights change
    ``train/loss``          plain cross-entropy, in nats
    ``train/objective``     smoothed cross-entropy, which is minimized; its minimum is not 0
    ``val/accuracy``        top-1
    ``val/loss``            plain cross-entropy, in nats
    ``*/top5_accuracy``     with more than five classes
    ======================  ===============================================================

    Args:
        num_classes: Number of classes K.
        lr: Highest learning rate, at the end of the warm-up.
        weight_decay: Weight decay: apart from the gradient with ``adamw``, part of it with ``sgd``.
        label_smoothing: Share of the target probability that is spread evenly over all K classes (Szegedy et al. 2016,
            arXiv:1512.00567).
        warmup_epochs: Epochs of linear warm-up.
        depth: Number of layers with weights: 18, 34, 50, 101 or 152; or 6n+2 from 8 to 1202, such as 20, 32 or 56, with
            the first layer of the CIFAR nets (He et al. 2015, Table 1 and section 4.2).
        residual: The one difference between the arms: with shortcuts, or without them.
        shortcut: Shortcut where the shape changes: A pads with zeros, B projects. C projects in all blocks (Table 3).
        class_weights: Weight of an image in the objective, by its class. ``none``: 1. ``balanced``: N / (K n_k), so
            that all classes have the same total weight, and the mean weight is 1 (King and Zeng 2001, as in
            scikit-learn). Or by class name: ``{rust: 3}``; the other classes have 1. Metrics are never weighted.
        class_counts: Training images n_k per class; needed only for ``balanced``.
        classes: Class names in the order of their indices; needed only for weights by class name.
        precise_bn: Estimate the running statistics of BatchNorm again, on the training batches of the epoch, before
            each validation of a fit (:func:`estimate_in_fit`). Evaluation and checkpoints then have the statistics of
            the current weights. No weight changes. Each time takes one pass over the training split.
        shortcut_weight: Weight w of the shortcut in F(x) + w x, from 0 (the plain net) to 1 (He et al. 2016,
            arXiv:1603.05027, section 3.1: constant scaling).
        shortcut_gradient: What the shortcut gives: its value and its gradient (both), its value only (stop_gradient),
            or its gradient only (straight_through; Bengio et al. 2013, arXiv:1308.3432).
        shortcut_span: Number of convolutions per shortcut (He et al. 2015, section 3.2, saw no advantage with 1).
        init: Initial weights of the convolutions in blocks: the draw of He et al. (2015, arXiv:1502.01852); an
            orthogonal matrix at the center of each kernel (Xiao et al. 2018, arXiv:1806.05393); or the identity plus a
            quarter of the draw (Zagoruyko and Komodakis 2017, arXiv:1706.00388).
        norm_bias: Initial bias beta of each BatchNorm in blocks (Ioffe and Szegedy 2015, arXiv:1502.03167, section 3);
            with 2, nearly all values pass the ReLU.
        zero_init_residual: Give the last BatchNorm of each branch the initial weight 0, so that each block starts as
            its shortcut (Goyal et al. 2017, arXiv:1706.02677, section 5.1).
        init_from: Trained weights to start from: a run, a file or ``torchvision``.
        optimizer: ``adamw``, or ``sgd`` with momentum.
        momentum: Momentum of ``sgd``, from 0 to 1.
        nesterov: Use Nesterov's momentum in ``sgd``.
        decay_on: Parameters with weight decay: all, or only the weights of convolutions and of the head, which leaves
            out BatchNorm and biases (He et al. 2019, arXiv:1812.01187, section 3.1).
        schedule: Learning rate after the warm-up: a ``cosine`` to zero, or ``steps``, a tenth after each milestone.
        milestones: Shares of the training after which ``steps`` divides the rate by ten; without them, 0.5 and 0.75.
    """

    class_weight: Tensor | None

    def __init__(
        self,
        num_classes: int,
        lr: float = 3e-4,
        weight_decay: float = 1e-4,
        label_smoothing: float = 0.1,
        warmup_epochs: int = 1,
        depth: int = 34,
        residual: bool = True,
        shortcut: Shortcut = "A",
        class_weights: ClassWeights = "none",
        class_counts: Sequence[int] | None = None,
        classes: Sequence[str] | None = None,
        precise_bn: bool = False,
        shortcut_weight: float = 1.0,
        shortcut_gradient: ShortcutGradient = "both",
        shortcut_span: ShortcutSpan = 2,
        init: Init = "kaiming_normal",
        norm_bias: float = 0.0,
        zero_init_residual: bool = False,
        init_from: str | None = None,
        optimizer: OptimizerChoice = "adamw",
        momentum: float = 0.9,
        nesterov: bool = False,
        decay_on: DecayOn = "all",
        schedule: Schedule = "cosine",
        milestones: Sequence[float] | None = None,
    ) -> None:
        super().__init__()
        needed = "class_counts" if class_weights == "balanced" else "" if class_weights == "none" else "classes"
        self.save_hyperparameters(ignore=["init_from", *{"class_counts", "classes"} - {needed}])
        check_recipe(self.hparams)
        self.label_smoothing = label_smoothing
        self.warmup_epochs = warmup_epochs
        self.precise_bn = precise_bn
        self.needs_start = init_from is not None  # until the network has trained weights, or those of a checkpoint
        self._statistics_of_step = 0
        rung = {key: self.hparams[key] for key in RUNG_KEYS}
        self.backbone = ResNet(depth, residual, shortcut, num_classes, **rung).to(memory_format=torch.channels_last)
        self.register_buffer("class_weight", weights_by_class(class_weights, classes, class_counts), persistent=False)
        self.metrics = epoch_metrics(num_classes)

    def setup(self, stage: str) -> None:
        """Refuse data with more classes than the network has outputs."""
        data, outputs = getattr(self.trainer, "datamodule", None), self.hparams["num_classes"]
        if isinstance(data, ImageFolderDataModule) and data.num_classes > outputs:
            raise InputError(
                f"The data have {data.num_classes} classes, and the network has {outputs} outputs: make it by "
                "Classifier(data.num_classes)."
            )

    def on_fit_start(self) -> None:
        """Refuse a fit that would begin with drawn weights, although trained ones are asked for."""
        if self.needs_start:
            raise InputError("init_from is taken by resnet-lab fit; in Python, call start_from before the fit.")

    @property
    def training_tags(self) -> list[str]:
        """Tags of the metrics that are measured in a fit."""
        return [tag for tag in self.metrics if not tag.startswith("test/")]

    def configure_callbacks(self) -> list[pl.Callback]:
        """Add an :class:`EpochHistory` if the trainer has none, as in a notebook, so that loggers get metrics."""
        present = self.trainer.callbacks  # type: ignore[attr-defined]
        has_one = any(isinstance(callback, EpochHistory) for callback in present)
        return [] if has_one else [EpochHistory()]

    def forward(self, images: Tensor) -> Tensor:
        """Map normalized images ``(B, 3, H, W)`` to float32 logits ``(B, K)``."""
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
                "A training batch has one image, and images this small leave BatchNorm nothing to average: choose "
                "another data.batch_size. The last batch of an epoch has the images that are left over."
            ) from error
        objectives = F.cross_entropy(logits, labels, label_smoothing=self.label_smoothing, reduction="none")
        if self.class_weight is not None:
            # The weight applies to whole images. The argument ``weight`` of torch applies the weight of each other
            # class to its smoothed mass: the best prediction for all images could then be the class with few images.
            objectives = self.class_weight[labels] * objectives
        objective = objectives.mean()
        if not torch.isfinite(objective):  # raise before weights, metrics or a checkpoint get it
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
        """Return the log-probabilities ``(B, K)`` of one batch; its labels are not used."""
        return F.log_softmax(self(batch[0]), dim=1)

    def on_train_epoch_start(self) -> None:
        """Reset training metrics."""
        for tag in self._training_metrics:
            self._metric(tag).reset()

    def on_validation_start(self) -> None:
        """Re-estimate BatchNorm statistics before a validation of the fit."""
        if self.trainer.state.fn == "fit" and not self.trainer.sanity_checking:
            self._measure_statistics()

    def on_train_epoch_end(self) -> None:
        """Re-estimate BatchNorm statistics before the checkpoint if the epoch was not validated."""
        self._measure_statistics()

    def _measure_statistics(self) -> None:
        step = self.trainer.global_step
        if not self.precise_bn or self._statistics_of_step == step:
            return
        estimate_in_fit(self.trainer, self.backbone, self._as_seen)
        self._statistics_of_step = step

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Add the state of the training metrics, so that an epoch can be resumed.

        The state is not part of ``state_dict``, which other tools read. There is one state per rank, because a sum over
        the ranks would be rounded differently.
        """
        mine = {tag: metric_state(self._metric(tag)) for tag in self._training_metrics}
        states: list[Any] = [mine] * self.trainer.world_size
        if self.trainer.world_size > 1:
            torch.distributed.all_gather_object(states, mine)
        checkpoint["train_metrics"] = states

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Restore the training metrics of this rank in an unfinished epoch."""
        self.needs_start = False
        states = checkpoint.get("train_metrics", [])
        if self.global_rank < len(states):  # a test may have more ranks than the fit
            for tag, state in states[self.global_rank].items():
                self._metric(tag).load_state_dict(state)

    @property
    def _training_metrics(self) -> list[str]:
        return [tag for tag in self.metrics if tag.startswith("train/")]

    def configure_optimizers(self) -> OptimizerLRScheduler:
        """Return the optimizer of all parameters, and the schedule, stepped after every optimizer step."""
        # In mixed precision, Lightning (2.6) cannot clip gradients for a fused optimizer.
        optimizer = build_optimizer(self.parameters(), self.hparams, fused=not self.trainer.gradient_clip_val)
        steps_per_epoch, total_steps = training_steps(self.trainer)
        factor = partial(
            rate_factor,
            warmup_steps=self.warmup_epochs * steps_per_epoch,
            total_steps=total_steps,
            **{key: self.hparams[key] for key in ("schedule", "milestones")},
        )
        scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}

    def _evaluation_step(self, stage: str, batch: Batch) -> Tensor:
        images, labels = batch
        logits = self(images)
        self._measure(stage, logits, labels)
        return F.log_softmax(logits, dim=1)

    def _metric(self, tag: str) -> Metric:
        return cast(Metric, self.metrics[tag])

    def _measure(self, stage: str, logits: Tensor, labels: Tensor) -> None:
        """Update the metrics of ``stage`` by one batch; Lightning reads them at the end of the epoch."""
        losses = F.cross_entropy(logits, labels, reduction="none")
        # In a fit, EpochHistory logs with the epoch as x axis; Lightning would log with the step. Trainer.validate and
        # Trainer.test return what goes to loggers, and Lightning warns if there is no logger.
        to_loggers = self.trainer.state.fn != "fit" and bool(self.loggers)
        for tag in self.metrics:
            metric = self._metric(tag)
            if tag == f"{stage}/loss":
                metric.update(losses)
            elif tag in (f"{stage}/accuracy", f"{stage}/top5_accuracy"):
                metric.update(logits, labels)
            if tag.startswith(f"{stage}/"):
                self.log(tag, metric, on_step=False, on_epoch=True, logger=to_loggers)
