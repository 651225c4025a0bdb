"""Record of a fit in its run folder: ``config.yaml``, and ``status.json``, which is correct until the end."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.cli import LightningArgumentParser, SaveConfigCallback
from typing_extensions import override

from resnet_lab.allocator import active_allocator
from resnet_lab.data.module import ImageFolderDataModule
from resnet_lab.distributed.signals import ignore_dead_workers, ignore_sigterm, signal_code
from resnet_lab.errors import DivergenceError, plain_message
from resnet_lab.files import write_text
from resnet_lab.hardware import describe_hardware, factor_dtype
from resnet_lab.model.classifier import Classifier
from resnet_lab.model.history import EpochHistory
from resnet_lab.output import remark
from resnet_lab.provenance import describe_software, git_commit, plan_of_study
from resnet_lab.runs import Run
from resnet_lab.runs.digests import FIT_FILES, digests
from resnet_lab.runs.state import DIVERGED
from resnet_lab.speed.flops import training_flops
from resnet_lab.speed.matrix_peak import matrix_peak
from resnet_lab.training.console import interrupted_line
from resnet_lab.training.peak_memory import peak_memory_facts


def arm(model: Any) -> str:
    """Return the name of a network: ``Plain-34``, ``ResNet-34``.

    Args:
        model: The config's ``model``.
    """
    return f"{'ResNet' if model.residual else 'Plain'}-{model.depth}"


def run_facts(config: Any, model: Classifier, data: ImageFolderDataModule, trainer: Trainer) -> dict[str, Any]:
    """Return the facts that ``status.json`` has from the start of a run, in plain types.

    Args:
        config: The resolved config of ``fit``.
        model: The model that will be trained.
        data: The data of the fit.
        trainer: The trainer of the fit.
    """
    device, dtype = trainer.strategy.root_device, factor_dtype(str(trainer.precision))
    return {
        "name": config.name,
        "arm": arm(config.model),
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "seed": config.seed_everything,
        "root": data.root,
        "classes": list(data.classes),
        "split_sizes": data.folder.sizes,
        "class_counts": data.folder.class_counts,
        "fingerprint": data.folder.fingerprint,
        "skipped": list(data.folder.skipped),
        "leaks": data.folder.leaks,
        "max_epochs": trainer.max_epochs,
        "precision": trainer.precision,
        "threads": torch.get_num_threads(),
        "workers": data.num_workers,
        "processes": trainer.world_size,
        "batch_size": data.batch_size,
        "batch_size_effective": data.batch_size * trainer.world_size * trainer.accumulate_grad_batches,
        "compiled": bool(config.compile),
        "allocator": active_allocator(),
        "gflops_per_image": training_flops(model.backbone, data.image_size) / 1e9,
        "peak_gflops": matrix_peak(device, dtype) / 1e9 if dtype else None,
        "hardware": describe_hardware(device),
        "versions": describe_software(),
        "git_commit": git_commit(),
        "plan": plan_of_study(),
    }


def speed_facts(history: EpochHistory, facts: Mapping[str, Any]) -> dict[str, float | None]:
    """Return the mean speed of the training loop, its wait for data, and its share of the measured peak.

    ``images_per_second`` is over all ranks. ``data_wait`` and ``peak_share`` are shares, from 0 to 1. The measured peak
    is of one process, so it is multiplied by their number. A value is None if no epoch measured it.

    Args:
        history: The rows of the fit.
        facts: From :func:`run_facts`.
    """
    rate, peak = history.mean("time/images_per_second"), facts["peak_gflops"]
    return {
        "images_per_second": rate,
        "data_wait": history.mean("time/data_wait"),
        "peak_share": rate * facts["gflops_per_image"] / (peak * facts["processes"]) if rate and peak else None,
    }


@contextmanager
def recorded(
    run: Run,
    facts: Mapping[str, Any],
    progress: Callable[[], Mapping[str, Any]],
    received_sigterm: Callable[[], bool] = lambda: False,
    resumption: Mapping[str, Any] | None = None,
) -> Iterator[None]:
    """Write ``running`` and ``facts`` at the start. Write ``progress()`` and the duration at the end, in any case.

    Args:
        run: The run folder.
        facts: Facts of a new run. A resumed run keeps its own.
        progress: Returns further facts at the end. Its ``seconds_before``, the duration of a resumed run's earlier
            processes, is added to the duration.
        received_sigterm: Returns whether SIGTERM was received.
        resumption: Only of a resumed run: the place where it continues, and the changes since it stopped.

    Raises:
        SystemExit: With the code of the signal, after an interruption.
    """
    start = time.perf_counter()
    if resumption is None:
        run.update_status({"status": "running", "started": _now(), **facts})
    else:
        ends = ("ended", "error", "digests")
        before = {key: value for key, value in run.status_content().items() if key not in ends}
        resumed = [*before.get("resumed", []), {"at": _now(), **resumption}]
        run.replace_status({**before, "status": "running", "resumed": resumed})

    def end(status: str, **more: Any) -> None:
        found = dict(progress())
        seconds = round(found.pop("seconds_before", 0.0) + time.perf_counter() - start, 1)
        peaks = peak_memory_facts(run.status_content())
        run.update_status({**found, **peaks, "status": status, "ended": _now(), "wall_seconds": seconds, **more})

    try:
        yield
    except BaseException as error:
        if code := signal_code(error, received_sigterm=received_sigterm()):
            ignore_dead_workers()
            ignore_sigterm()
            with suppress(OSError):
                end("interrupted")
            remark(interrupted_line(run))
            raise SystemExit(code) from error
        diverged = isinstance(error.__cause__, DivergenceError)
        with suppress(OSError):  # on a full disk the status stays "running", which can be resumed too
            ending = {"digests": digests(run, FIT_FILES)} if diverged else {}
            end(DIVERGED if diverged else "failed", **ending, error=f"{type(error).__name__}: {plain_message(error)}")
        raise
    end("finished", digests=digests(run, FIT_FILES))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


class SaveRunConfig(SaveConfigCallback):
    """Write the resolved config into the run folder."""

    def __init__(self, parser: LightningArgumentParser, config: Any, path: Path) -> None:
        super().__init__(parser, config, save_to_log_dir=False)
        self.path = path

    @override
    def save_config(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        if stage == "fit":
            config = self.config.clone()
            for key in ("resume", "test_after"):  # of this process, not of the run
                config.pop(key)
            write_text(self.path, self.parser.dump(config, skip_unset=False))
