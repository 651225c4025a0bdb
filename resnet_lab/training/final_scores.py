"""Final scores of a fit: train and val, both with the evaluation transform.

During training, train accuracy is measured on augmented crops and on weights that change. Degradation (He et al. 2015,
section 1) is about training error, so the training split is scored once more in the same way as the other splits.
"""

from pathlib import Path
from typing import Any

from lightning.pytorch import Trainer

from resnet_lab.checkpoint.trained_checkpoint import TrainedCheckpoint
from resnet_lab.data.module import ImageFolderDataModule
from resnet_lab.model.classifier import Classifier


def final_scores(trainer: Trainer, model: Classifier, data: ImageFolderDataModule, best: Path | None) -> dict[str, Any]:
    """Return accuracy and plain loss on train and val, for the ``last`` and the ``best`` checkpoint.

    Args:
        trainer: A trainer without limits on batches.
        model: The model with the weights of the last epoch. It ends with those of the best epoch.
        data: The data of the fit.
        best: The best checkpoint; None if the last epoch is the best one.
    """
    last = _scores(trainer, model, data)
    if best is None:
        return {"best": last, "last": last}
    TrainedCheckpoint.read(best).load_into(model)
    return {"best": _scores(trainer, model, data), "last": last}


def _scores(trainer: Trainer, model: Classifier, data: ImageFolderDataModule) -> dict[str, dict[str, float]]:
    return {split: score_split(trainer, model, data, split) for split in ("train", "val")}


def score_split(trainer: Trainer, model: Classifier, data: ImageFolderDataModule, split: str) -> dict[str, float]:
    """Return accuracy and plain loss of the current weights on one split, with the evaluation transform."""
    data.trainer = trainer  # it knows the ranks; Lightning sets it only if it asks the module for the loader
    # The weights are loaded by hand before this: Trainer.validate(ckpt_path) would also reset callbacks (2.6).
    trainer.validate(model, data.evaluation_dataloader(split), verbose=False)
    return {metric: float(trainer.callback_metrics[f"val/{metric}"]) for metric in ("accuracy", "loss")}
