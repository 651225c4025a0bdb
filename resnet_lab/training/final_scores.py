"""The scores of a finished fit: train and val, both with the evaluation transform.

While training, train accuracy is measured on augmented crops and moving weights. The claim of degradation (He et al.
2015, section 1) is about training error, so the training split is scored once more as the others are.
"""

from pathlib import Path
from typing import Any

from lightning.pytorch import Trainer

from resnet_lab.checkpoint.loading import load_weights
from resnet_lab.data.module import ImageFolderDataModule
from resnet_lab.model.classifier import Classifier


def final_scores(trainer: Trainer, model: Classifier, data: ImageFolderDataModule, best: Path | None) -> dict[str, Any]:
    """Return accuracy and plain loss on train and val, for the ``last`` and the ``best`` checkpoint.

    Args:
        trainer: A trainer without limits.
        model: The model, with the weights of its last epoch; it is left with the best ones.
        data: Its data.
        best: The best checkpoint, or None if that is the last one.
    """
    last = _scores(trainer, model, data)
    if best is None:
        return {"best": last, "last": last}
    load_weights(model, best)
    return {"best": _scores(trainer, model, data), "last": last}


def _scores(trainer: Trainer, model: Classifier, data: ImageFolderDataModule) -> dict[str, dict[str, float]]:
    return {split: score_split(trainer, model, data, split) for split in ("train", "val")}


def score_split(trainer: Trainer, model: Classifier, data: ImageFolderDataModule, split: str) -> dict[str, float]:
    """Return accuracy and plain loss of the model's present weights on one split, with the evaluation transform."""
    data.trainer = trainer  # several processes share the batches; Lightning says so only to data that it asks itself
    # The weights are loaded by hand before this: Trainer.validate(ckpt_path) would set callbacks back too (2.6).
    trainer.validate(model, data.evaluation_dataloader(split), verbose=False)
    return {figure: float(trainer.callback_metrics[f"val/{figure}"]) for figure in ("accuracy", "loss")}
