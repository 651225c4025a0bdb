"""Measurements of the training speed: the parts of a fit, timed in alternation, round by round."""

import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from itertools import islice
from statistics import median
from typing import Any

import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from typing_extensions import override

from resnet_lab.data.module import ImageFolderDataModule
from resnet_lab.hardware import factor_dtype
from resnet_lab.model.classifier import Classifier
from resnet_lab.model.history import EpochHistory
from resnet_lab.speed.breakdown import profiled, shares_by_kind
from resnet_lab.speed.flops import training_flops
from resnet_lab.speed.matrix_peak import matrix_peak
from resnet_lab.speed.resident_step import Step, resident_step, wait_for

_WARM_UP = 1
"""Rounds before the first that counts, in which kernels are chosen and workers start."""
_IMAGES = 2000
"""Largest number of images that one pass over the data alone reads."""


@dataclass(frozen=True)
class Measurements:
    """Measured values. Rates are in images per second, with one value per round. Rounds of all measurements alternate.

    Attributes:
        peaks: 10^9 operations per second of a square matrix product, by precision.
        gflops_per_image: 10^9 operations of a training step for one image.
        shares: Share of the time of a training step, by kind of operation.
        resident: Rate of training steps on a batch that stays in memory.
        evaluation: Rate of evaluations of that batch.
        loop: Rate of the training loop of a fit, with data, metrics and logging.
        data_wait: Share of the loop's time between two steps.
        cached: Rate of training batches without a network, from the warm cache; empty without a cache.
        decoded: Rate of training batches without a network, decoded each time.
    """

    peaks: dict[str, float]
    gflops_per_image: float
    shares: dict[str, float]
    resident: list[float]
    evaluation: list[float]
    loop: list[float]
    data_wait: list[float]
    cached: list[float]
    decoded: list[float]

    @property
    def loop_to_resident(self) -> list[float]:
        """Ratio of the loop's rate to the bare step's, round by round."""
        return [loop / bare for loop, bare in zip(self.loop, self.resident, strict=True)]

    def peak_share(self, precision: str) -> float:
        """Return the bare step's share of the measured matrix peak."""
        return median(self.resident) * self.gflops_per_image / self.peaks[precision]


def measure(
    model: Callable[[], Classifier],
    data: ImageFolderDataModule,
    undecoded: ImageFolderDataModule,
    *,
    precision: str,
    steps: int,
    rounds: int,
    say: Callable[[str], None] = lambda _: None,
) -> tuple[Measurements, torch.device]:
    """Time a fit and its parts. Return the measurements and the device.

    Args:
        model: Builds the network with its objective.
        data: The data, with the decoded cache unless it is off.
        undecoded: The same data without the cache.
        precision: Lightning's ``trainer.precision``.
        steps: Training steps per round.
        rounds: Rounds that count. One warm-up round comes before them.
        say: Called with a phrase for each step of the bench.
    """
    trainer = Trainer(
        max_epochs=rounds + _WARM_UP,
        limit_train_batches=steps,
        limit_val_batches=0,
        precision=precision,  # type: ignore[arg-type]
        devices=1,
        log_every_n_steps=1,
        logger=False,
        enable_checkpointing=False,
        enable_model_summary=False,
        enable_progress_bar=False,
        use_distributed_sampler=False,
    )
    device = trainer.strategy.root_device
    say("matrix products")
    peaks = {
        name: matrix_peak(device, dtype) / 1e9
        for name in dict.fromkeys(("bf16-mixed", "32-true", precision))
        if (dtype := factor_dtype(name)) is not None
    }
    say("decoded pixels")
    data.setup("fit")
    batch, side = min(data.batch_size, len(data.folder.splits["train"].paths)), data.image_size
    train, evaluate = resident_step(model(), batch_size=batch, image_size=side, precision=precision, device=device)
    loaders = {"decoded": undecoded.train_dataloader()}
    if data.pixels.cache is not None:
        loaders["cached"] = data.train_dataloader()
    beside = _Beside(train, evaluate, loaders, batch, steps, device, say)
    history = EpochHistory()
    trainer.callbacks += [history, beside]  # type: ignore[attr-defined]
    trainer.fit(model(), datamodule=data)
    say("profile")
    shares = shares_by_kind(profiled(train, device))
    counted = history.rows[_WARM_UP:]
    rates = {kind: values[_WARM_UP:] for kind, values in beside.rates.items()}
    measured = Measurements(
        peaks,
        training_flops(model().backbone, side) / 1e9,
        shares,
        rates["resident"],
        rates["evaluation"],
        [row["time/images_per_second"] for row in counted],
        [row["time/data_wait"] for row in counted],
        rates.get("cached", []),
        rates["decoded"],
    )
    return measured, device


class _Beside(Callback):
    """Callback that times all other parts after each epoch of the loop, so that noise slows all parts alike."""

    def __init__(
        self,
        train: Step,
        evaluate: Step,
        loaders: dict[str, Any],
        batch: int,
        steps: int,
        device: torch.device,
        say: Callable[[str], None],
    ) -> None:
        self.train, self.evaluate, self.loaders = train, evaluate, loaders
        self.batch, self.steps, self.device, self.say = batch, steps, device, say
        self.rates: dict[str, list[float]] = {}

    @override
    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.say(f"round {trainer.current_epoch + 1} of {trainer.max_epochs}: training loop, bare step, data")
        times = max(self.steps // 2, 1)
        self._time("resident", times * self.batch, partial(_repeat, self.train, times))
        self._time("evaluation", times * self.batch, partial(_repeat, self.evaluate, times))
        for kind, loader in self.loaders.items():
            loader.sampler.set_epoch(trainer.current_epoch)
            batches = min(len(loader), math.ceil(_IMAGES / loader.batch_size))
            images = min(len(loader.dataset), batches * loader.batch_size)
            self._time(kind, images, partial(_take, loader, batches, self.device))

    def _time(self, kind: str, images: int, work: Callable[[], None]) -> None:
        start = time.perf_counter()
        work()
        self.rates.setdefault(kind, []).append(images / (time.perf_counter() - start))


def _repeat(step: Step, times: int) -> None:
    for _ in range(times):
        step()


def _take(loader: Iterable[Any], batches: int, device: torch.device) -> None:
    for _ in islice(loader, batches):
        pass
    wait_for(device)
